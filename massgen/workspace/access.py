"""What one agent may touch in one call, as values: its own workspace, the user's paths, and copies of others' files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from massgen.prompts import workspace as wording
from massgen.workspace.ways import Parts

Permission = Literal["read", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """One directory (or one file) that an agent may read, and perhaps write.

    `path` is the directory that is opened, absolute and without links; `inside` is the name of the one file in it that
    is meant, if it is a file. `name` is how relative paths name it: `("src",)` for a context path `src/`; `()` for `.`
    and for the workspace. `protected` may not be written and `hidden` not even be read; both are relative to `path`.
    """

    kind: Literal["workspace", "context", "peer"]
    path: Path
    inside: Parts = ()
    name: Parts = ()
    writable: bool = False
    protected: tuple[Parts, ...] = ()
    hidden: tuple[Parts, ...] = ()

    @property
    def top(self) -> str:
        """The absolute path as models and people write it."""
        return self.path.joinpath(*self.inside).as_posix()

    @property
    def label(self) -> str:
        """The name as models write it: `src/`, `README.md`, `answer2/`; a context path `.` has none but its path."""
        return "/".join(self.name) + ("" if self.inside else "/") if self.name else self.top


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """All roots of one agent in one call. `context` is in the order of the configuration, `peers` in that of the call.

    With no root at all the agent gets no file tools.
    """

    workspace: Root | None = None
    context: tuple[Root, ...] = ()
    peers: tuple[Root, ...] = ()

    def __iter__(self) -> Iterator[Root]:
        if self.workspace:
            yield self.workspace
        yield from self.peers
        yield from self.context

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def paragraph(self, *, natively: bool = False) -> str:
        """What the agent is told about its places; empty when it has none. `natively`: it has file tools of its own."""
        return wording.places(
            workspace=self.workspace.top if self.workspace else "",
            writing=self.workspace is None or self.workspace.writable,
            readable=[(root.label, root.top) for root in self.context if not root.writable],
            writable=[(root.label, root.top) for root in self.context if root.writable],
            answers=[(root.label, root.top) for root in self.peers],
            natively=natively,
        )
