"""Where the directories of a session's agents are, and what is wrong with the places that a configuration names."""

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from massgen.agents import AgentId
from massgen.config.quotes import Quotes
from massgen.config.shared import IMPOSSIBLE, LIES_IN_OURS, unreadable
from massgen.workspace.access import Permission, Root
from massgen.workspace.permissions import OURS, same_name
from massgen.workspace.ways import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextPath:
    """A directory or file of the user's as the configuration names it; protected paths are relative to it."""

    path: str
    permission: Permission = "read"
    protected_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is wrong with the value of a key of the configuration; `value` is shown where no file says it."""

    key: str
    value: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Plain values, all paths absolute. Everything but the context paths lies below `root/.massgen`.

    `root` is the directory massgen was started in; `agents` is the whole team in the order of the configuration and
    `homes` the workspaces of those with a `cwd:`. `private` are further places that no agent may read (sessions, debug
    logs). `quotes` is what the configuration's file says of all these places.
    """

    root: Path
    agents: tuple[AgentId, ...]
    homes: Mapping[AgentId, Path]
    context: tuple[ContextPath, ...] = ()
    snapshots: Path
    temporary: Path
    private: tuple[Path, ...] = field(default_factory=tuple)
    quotes: Quotes = field(default_factory=dict)

    @property
    def ours(self) -> Path:
        """Everything of ours in this project."""
        return self.root / OURS

    def name(self, agent: AgentId) -> Path:
        """How an agent's directories are called below the snapshots and the temporary workspaces: like its `cwd:`."""
        if agent not in self.homes:
            return Path(".no_workspace", str(self.agents.index(agent) + 1))
        inside = self.homes[agent].relative_to(self.ours)
        return Path(*inside.parts[1:]) if inside.parts[0] == "workspaces" and inside.parts[1:] else inside

    def context_roots(self, *, presenting: bool) -> tuple[Root, ...]:
        """The context paths as roots; one with `permission: write` can be written only while presenting."""
        tops = [(each, Path(os.path.realpath(self.root / each.path))) for each in self.context]
        return tuple(self._root(each, top, tops, presenting=presenting) for each, top in tops)

    def _root(self, each: ContextPath, top: Path, tops: list[tuple[ContextPath, Path]], *, presenting: bool) -> Root:
        path = top if top.is_dir() else top.parent
        # A context path inside this one has its own permission: what it may not, this one may not do for it.
        inner = [other for context, other in tops if context.permission == "read" and other != top]
        private = (self.ours, self.snapshots, self.temporary, *self.homes.values(), *self.private)
        return Root(
            kind="context",
            path=path,
            inside=() if path == top else (top.name,),
            name=self._name_of(each, top),
            writable=presenting and each.permission == "write",
            protected=(*_beneath(path, inner), *_beneath(path, (top / name for name in each.protected_paths))),
            hidden=tuple(_beneath(path, (Path(os.path.realpath(place)) for place in private))),
        )

    def _name_of(self, each: ContextPath, top: Path) -> Parts:
        """`src/` is `src` in relative paths; a path elsewhere goes by its last name."""
        written = Path(os.path.normpath(self.root / each.path))
        return written.relative_to(self.root).parts if written.is_relative_to(self.root) else (top.name,)

    # -- what is wrong ----------------------------------------------------------------------------------------------

    def problems(self) -> tuple[str, ...]:
        """One sentence for each place of the configuration that cannot be used, opening with where it is written."""
        found = (*self._wrong_homes(), *self._wrong_stores(), *self._wrong_context())
        return tuple(self._said(each) for each in sorted(found, key=self._order))

    def _said(self, wrong: _Wrong) -> str:
        quote = self.quotes.get(wrong.key)
        return quote.complaint(wrong.sentence) if quote else f"{wrong.key}: {wrong.value!r} {wrong.sentence}"

    def _order(self, wrong: _Wrong) -> tuple[int, int]:
        quote = self.quotes.get(wrong.key)
        return (quote.place.line, quote.place.column) if quote else (0, 0)

    def _wrong_homes(self) -> Iterator[_Wrong]:
        seen: dict[AgentId, Path] = {}
        for agent, home in self.homes.items():
            key, shown = f"{self._of(agent)}.backend.cwd", self._shown(home)
            private = next((place for place in self.private if _overlap(home, place)), None)
            others = {other for other, path in seen.items() if _overlap(home, path)}
            seen[agent] = home
            if complaint := self._not_ours(home):
                sentence = (
                    f"{complaint}; write a plain name, as in `cwd: workspace_{self.agents.index(agent) + 1}`. "
                    "To let agents work on your own files, list these under orchestrator.context_paths."
                )
                yield _Wrong(key, shown, sentence)
            elif private:
                yield _Wrong(key, shown, f"overlaps with {self._kept(private)}; give one of them another name")
            elif others:
                other = min(others, key=self.agents.index)
                theirs = f"the workspace of {self._of(other)}"
                same = _folded(home) == _folded(seen[other])
                said = f"is {theirs} too" if same else f"overlaps with {theirs}"
                yield _Wrong(key, shown, f"{said}; give every agent its own")

    def _wrong_stores(self) -> Iterator[_Wrong]:
        taken = [(self._kept(place), place) for place in self.private]
        taken += [
            (f"the workspace of {self._of(agent)}", home)
            for agent, home in self.homes.items()
            if not self._not_ours(home)
        ]
        stores = {"snapshot_storage": self.snapshots, "agent_temporary_workspace": self.temporary}
        # What nobody has written cannot be blamed, so it is taken first.
        for name, path in sorted(stores.items(), key=lambda each: f"orchestrator.{each[0]}" in self.quotes):
            key, shown = f"orchestrator.{name}", self._shown(path)
            clash = next((whose for whose, other in taken if _overlap(path, other)), "")
            if complaint := self._not_ours(path):
                usual = "snapshots" if name == "snapshot_storage" else "temp_workspaces"
                yield _Wrong(key, shown, f"{complaint}; write a plain name, as in `{name}: {usual}`")
                continue
            taken.append((f"{key}, which is {shown}", path))
            if clash:
                yield _Wrong(key, shown, f"overlaps with {clash}; give it another name")

    def _not_ours(self, path: Path) -> str:
        inside = path.parts[len(self.ours.parts) :]
        if ".." in path.parts or not path.is_relative_to(self.ours) or not inside or inside[0].startswith("~"):
            return f"does not lie below {OURS}/"
        # Each name by itself: where a directory above is still missing, the disk does not look at those below it.
        too_long = any(map(_is_too_long, (path, *(self.root / name for name in inside))))
        return "is too long for a path" if too_long else ""

    def _wrong_context(self) -> Iterator[_Wrong]:
        seen: dict[Path, str] = {}
        for index, each in enumerate(self.context):
            place = f"orchestrator.context_paths[{index}]"
            key = f"{place}.path"
            if complaint := self._wrong_path(each.path):
                yield _Wrong(key, each.path, complaint)
                continue
            top = Path(os.path.realpath(self.root / each.path))
            if top in seen:
                yield _Wrong(key, each.path, f"is the same place as {seen[top]}; keep one")
            seen.setdefault(top, key)
            written = self.quotes[key].text if key in self.quotes else repr(each.path)
            for number, name in enumerate(each.protected_paths):
                inside = Path(os.path.normpath(top / name))
                if "\0" in name or not inside.is_relative_to(top):
                    where = f"{place}.protected_paths[{number}]"
                    yield _Wrong(where, name, f"lies outside {written}; write it relative to that")

    def _wrong_path(self, text: str) -> str:
        if not text or "\0" in text:
            return IMPOSSIBLE
        if text.startswith("~"):
            return "begins with ~, which is not expanded here; write the whole path"
        path = self.root / text
        top = Path(os.path.realpath(path))
        for agent, home in self.homes.items():
            if top == Path(os.path.realpath(home)):
                return f"is the workspace of {self._of(agent)}, which works there anyway; take it off the list"
        if top.is_relative_to(os.path.realpath(self.ours)):
            return LIES_IN_OURS
        return unreadable(path, looked_for_in="" if Path(text).is_absolute() else str(self.root))

    def _kept(self, private: Path) -> str:
        return f"{self._shown(private)}, where MassGen keeps its own files"

    def _of(self, agent: AgentId) -> str:
        return f"agents[{self.agents.index(agent)}]"

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def _is_too_long(path: Path) -> bool:
    try:
        path.lstat()
    except OSError as error:
        return error.errno == errno.ENAMETOOLONG
    return False


def _beneath(path: Path, places: Iterable[Path]) -> Iterator[Parts]:
    """Those of the places that lie in `path`, relative to it."""
    for place in places:
        clean = Path(os.path.normpath(place))
        if clean.is_relative_to(path):
            yield clean.relative_to(path).parts


def _overlap(one: Path, other: Path) -> bool:
    first, second = _folded(one), _folded(other)
    shorter = min(len(first), len(second))
    return first[:shorter] == second[:shorter]


def _folded(path: Path) -> Parts:
    return tuple(map(same_name, path.parts))
