"""The workspaces of one session's agents, from the first turn to the deliverable of the last.

Below `.massgen/` (where the configuration does not say otherwise; `<cwd>` is what the agent's `cwd:` says):

    workspaces/<cwd>/                                 what the agent works in
    snapshots/<session>/turn_2/<cwd>/call_3/          a copy taken with an answer
    snapshots/<session>/turn_2/<cwd>/call_3.incomplete
                                                      what that copy lacks, where it is not full
    snapshots/<session>/turn_2/before/<cwd>/          what stood in the workspace when turn 2 began, and nowhere else
    snapshots/<session>/aside/<cwd>/                  what stood there when a copy that is not full was restored
    snapshots/before_<session>/<cwd>/                 the same before the session
    snapshots/last_begun                              the session and turn that the workspaces are of
    temp_workspaces/<cwd>/answer2/                    another answer's files, until this agent is shown others

Nothing that an agent or the user left in a workspace is ever deleted at a turn's beginning: what is not the same as the
last deliverable or the agent's newest snapshot is moved aside, and the user is told. Within a turn `restore` replaces a
workspace by a snapshot of it, which is the only way in which files go; where that snapshot is not full, the workspace
stays if nothing was written since, and otherwise it is moved aside too.

All methods touch the disk and none awaits: run them in a thread. They keep no state but what is on the disk, and for
one agent they are not to be run at the same time. What the disk refuses is a `SessionError`; what a copy had to leave
out is a warning in the program's log, which reaches the user.
"""

import glob
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from massgen.agents import AgentId
from massgen.errors import ConfigError, SessionError
from massgen.workspace import snapshots, wording
from massgen.workspace.access import Access, Root
from massgen.workspace.beneath import Directory
from massgen.workspace.comparing import is_still, same
from massgen.workspace.layout import Layout
from massgen.workspace.obstacles import demand_directories

logger = logging.getLogger(__name__)

_LAST_BEGUN: Final = "last_begun"


class Workspaces:
    """The directories of one session.

    Raises `ConfigError` when the configuration names places that cannot be used, and `SessionError` when the disk has
    something else in their way.
    """

    def __init__(self, layout: Layout, *, session: str) -> None:
        if problems := layout.problems():
            raise ConfigError("\n".join(problems))
        demand_directories(layout)
        self._layout = layout
        self._session = session

    # -- what happens in a turn, in order ---------------------------------------------------------------------------

    def begin_turn(self, turn: int, delivered: Path | None) -> None:
        """Make every workspace a copy of the last deliverable, or empty when there is none yet."""
        source = _standing(delivered)
        self._begin(turn, dict.fromkeys(self._layout.homes, source), wording.began(source))

    def resume_turn(self, turn: int, delivered: Path | None, answered: Mapping[AgentId, str]) -> None:
        """Make every workspace what it was with the agent's newest answer, or without one when the turn began.

        `answered` are the snapshots of those answers. Others may have used the workspaces since the program died.
        """
        source = _standing(delivered)
        begins: dict[AgentId, Path | None] = dict.fromkeys(self._layout.homes, source)
        for agent in begins:
            if answered.get(agent):
                begins[agent] = _standing(self._kept(answered[agent])) or source
        self._begin(turn, begins, wording.RESUMED)

    def _begin(self, turn: int, begins: Mapping[AgentId, Path | None], why: str) -> None:
        self._note_begun(turn)
        moved: dict[Path, Path] = {}
        partial: dict[str, list[Path]] = {}
        try:
            for agent, source in begins.items():
                home, gap = self._layout.homes[agent], snapshots.gap_of(source) if source else None
                if source and _is_as_delivered(home, source, gap):
                    continue
                with _on_disk("move aside what stands in the workspace", home):
                    if _holds_something(home) and not self._is_kept(agent, home):
                        moved[home] = self._free(self._aside(turn) / self._layout.name(agent))
                        snapshots.move(home, moved[home])
                _make(home, source)
                if gap:
                    partial.setdefault(gap.lacks, []).append(home)
        finally:
            if moved:
                logger.warning("%s", wording.moved_aside(moved, why))
            for lacks, homes in partial.items():
                logger.warning("%s", wording.partial(homes, lacks))

    def tell_left(self, delivered: Path | None) -> None:
        """Tell the user where files are that a turn without an answer did not begin with, if there are any."""
        gap = snapshots.gap_of(delivered) if delivered else None
        changed = [
            home
            for home in self._layout.homes.values()
            if _holds_something(home) and not (delivered and _is_as_delivered(home, delivered, gap))
        ]
        if changed:
            logger.warning("%s", wording.left(changed, delivered))

    def reset(self, agent: AgentId, delivered: Path | None) -> None:
        """Make the agent's workspace a copy of the deliverable, or empty; what is in it goes."""
        home = self._layout.homes.get(agent)
        if home is not None and delivered is not None and delivered.is_dir():
            self._put_back(agent, home, delivered)
        elif home is not None:
            _make(home, None)

    def access(self, agent: AgentId, *, writing: bool = True, presenting: bool, peers: Mapping[str, Path]) -> Access:
        """What the agent may touch in one call; `peers` is what `show` returned for this call, or empty.

        `writing` is about its own workspace, `presenting` about the context paths that may be written.
        """
        home = self._layout.homes.get(agent)
        return Access(
            workspace=Root(kind="workspace", path=_real(home), writable=writing) if home else None,
            context=self._layout.context_roots(presenting=presenting),
            peers=tuple(Root(kind="peer", path=_real(path), name=(label,)) for label, path in peers.items()),
        )

    def snapshot(self, agent: AgentId, turn: int, call: int) -> str:
        """Keep a copy of the agent's workspace as it is now; returns its name, or "" when it has no workspace.

        The name is a path relative to the snapshots, with `/`; a session's log that holds it may be moved.
        """
        home = self._layout.homes.get(agent)
        if home is None:
            return ""
        name = self._snapshots_of(agent, turn) / f"call_{call}"
        to = self._layout.snapshots / name
        with _on_disk("keep a snapshot in", to):
            _keep(home, to)
        return str(name)

    def show(self, agent: AgentId, snapshots_by_label: Mapping[str, str]) -> Mapping[str, Path]:
        """Put copies of these snapshots where the agent may look at them, in the place of all earlier ones.

        Answers without a snapshot ("") have no files and no directory. Nothing in the copies tells whose they are.
        """
        place = self._layout.temporary / self._layout.name(agent)
        shown: dict[str, Path] = {}
        with _on_disk("show the files of the answers in", place):
            snapshots.empty(place)
            for label, name in snapshots_by_label.items():
                if name:
                    shown[label] = place / label
                    _copy(self._kept(name), shown[label])
        return shown

    def restore(self, agent: AgentId, snapshot: str) -> None:
        """Make the agent's workspace what it was when this snapshot was taken; nothing happens for ""."""
        home = self._layout.homes.get(agent)
        if home is None or not snapshot:
            return
        self._put_back(agent, home, self._kept(snapshot))

    def deliver(self, agent: AgentId, to: Path) -> Path | None:
        """Copy the presenter's workspace to `to`, in the place of what is there; None when it has no workspace."""
        home = self._layout.homes.get(agent)
        if home is None:
            return None
        with _on_disk("keep the deliverable in", to):
            _keep(home, to)
        return to

    def deliver_late(self, agent: AgentId, turn: int, snapshot: str, to: Path, *, presented: bool) -> bool:
        """Keep the files of an answer that was given in an earlier turn; tells the user, and returns whether it could.

        What a presentation has made of the snapshot is in the presenter's workspace, until another turn begins there.
        """
        home, kept = self._layout.homes.get(agent), self._kept(snapshot)
        with _on_disk("keep the deliverable in", to):
            for leftover in to.parent.glob(f"{snapshots.UNDER_WAY}*"):
                snapshots.remove(leftover)
            if home is not None and home.is_dir() and presented and self._is_of(turn, agent, snapshot):
                _keep(home, to)
                logger.warning("%s", wording.delivered_late(turn, to))
            elif self.deliver_kept(agent, snapshot, to):
                logger.warning("%s", wording.delivered_late(turn, to, before_presentation=presented))
            else:
                logger.warning("%s", wording.lost(turn, kept))
                return False
        return True

    def deliver_kept(self, agent: AgentId, snapshot: str, to: Path) -> bool:
        """Keep the files of an answer as they were with it; false when that snapshot is gone."""
        home, kept = self._layout.homes.get(agent), self._kept(snapshot)
        if not kept.is_dir():
            return False
        gap = snapshots.gap_of(kept)
        with _on_disk("keep the deliverable in", to):
            if home and gap and is_still(home, gap.of):
                _keep(home, to)
            else:
                _keep(kept, to, gap=gap)
        return True

    def _put_back(self, agent: AgentId, home: Path, kept: Path) -> None:
        """Make the workspace what a copy was made of. What that copy lacks is never lost with the workspace."""
        gap = snapshots.gap_of(kept)
        with _on_disk("restore the workspace", home):
            if gap and is_still(home, gap.of):
                return
            if gap and _holds_something(home) and not same(home, kept):
                aside = self._free(self._layout.snapshots / self._session / "aside" / self._layout.name(agent))
                snapshots.move(home, aside)
                logger.warning("%s", wording.restored(home, aside, gap.lacks))
            _copy(kept, home)

    # -- where ------------------------------------------------------------------------------------------------------

    def _turn(self, turn: int) -> bytes:
        return f"{self._session} turn {turn}\n".encode()

    def _note_begun(self, turn: int) -> None:
        """Whose files the workspaces hold from now on."""
        kept = self._layout.snapshots
        with _on_disk("note which turn begins in", kept / _LAST_BEGUN):
            kept.mkdir(mode=0o700, parents=True, exist_ok=True)
            with Directory(kept) as directory:
                directory.write((_LAST_BEGUN,), self._turn(turn))

    def _is_of(self, turn: int, agent: AgentId, snapshot: str) -> bool:
        """Whether this snapshot was taken of the agent's workspace, and no turn has begun there since."""
        if PurePosixPath(snapshot).parent != self._snapshots_of(agent, turn):
            return False
        try:
            with Directory(self._layout.snapshots) as directory:
                return directory.read((_LAST_BEGUN,), most=1_000).data == self._turn(turn)
        except FileNotFoundError:
            return False

    def _snapshots_of(self, agent: AgentId, turn: int) -> PurePosixPath:
        return PurePosixPath(self._session, f"turn_{turn}", self._layout.name(agent).as_posix())

    def _is_kept(self, agent: AgentId, home: Path) -> bool:
        """Whether the agent's newest answer, of whatever session, was given with these very files."""
        name = glob.escape(self._layout.name(agent).as_posix())
        calls = [each for each in self._layout.snapshots.glob(f"*/turn_*/{name}/call_*") if each.is_dir()]
        return bool(calls) and same(home, max(calls, key=lambda each: each.stat().st_mtime_ns))

    def _aside(self, turn: int) -> Path:
        kept = self._layout.snapshots
        return kept / f"before_{self._session}" if turn == 1 else kept / self._session / f"turn_{turn}" / "before"

    def _free(self, path: Path) -> Path:
        number, free = 1, path
        while free.exists():
            number += 1
            free = path.with_name(f"{path.name}_{number}")
        return free

    def _kept(self, name: str) -> Path:
        """Where a snapshot is. The name comes out of a log, which may have come with somebody else's project."""
        parts = PurePosixPath(name).parts
        path = self._layout.snapshots.joinpath(*parts)
        steps = [path, *path.parents][: len(parts)]
        if "\0" in name or ".." in parts or name.startswith("/") or any(each.is_symlink() for each in steps):
            raise SessionError(
                f"the log names the snapshot {name!r}, which lies elsewhere", hint="Start a new session."
            )
        return path


def _standing(kept: Path | None) -> Path | None:
    """What was kept, if it is still there."""
    if kept is not None and not kept.is_dir():
        logger.warning("%s is gone; the workspaces begin empty", kept)
        return None
    return kept


def _make(home: Path, delivered: Path | None) -> None:
    with _on_disk("make the workspace", home):
        if delivered is None:
            snapshots.empty(home)
        else:
            _copy(delivered, home)


def _copy(source: Path, to: Path) -> None:
    _tell(snapshots.copy(source, to), source, to)


def _keep(source: Path, to: Path, *, gap: snapshots.Gap | None = None) -> None:
    _tell(snapshots.keep(source, to, gap=gap), source, to)


def _tell(copied: snapshots.Copied, source: Path, to: Path) -> None:
    if copied.sentence:
        logger.warning("%s is not a full copy of %s. %s", to, source, copied.sentence)


def _is_as_delivered(home: Path, delivered: Path, gap: snapshots.Gap | None) -> bool:
    """Whether the workspace is the deliverable, or holds even what that lacks."""
    return same(home, delivered) or (gap is not None and is_still(home, gap.of))


def _holds_something(home: Path) -> bool:
    if home.is_symlink() or not home.is_dir():
        return home.is_symlink() or home.exists()
    try:
        return any(True for _ in home.iterdir())
    except PermissionError:  # nobody may look, so something may be there
        return True


def _real(path: Path) -> Path:
    """Links above the project are resolved, so that a path means the same for models and for the system."""
    return path.parent.resolve() / path.name


@contextmanager
def _on_disk(doing: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "Free some space or make that place writable for you, then start MassGen again."
        raise SessionError(f"cannot {doing} {path}: {reason}", hint=hint) from error
