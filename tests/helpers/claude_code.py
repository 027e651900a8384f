"""Claude Code behind the loopback server: how it is reached, what its model asks for, and which processes there are."""

import contextlib
import os
from pathlib import Path

from massgen.backends.connection import Connection, Options
from massgen.backends.providers import PROVIDERS
from massgen.messages import Json
from tests.helpers.wires import Call, Reply, WireServer
from tests.helpers.wires.asking import KEY

MODEL = "claude-sonnet-5-5"


def connect(server: WireServer, workspace: Path, writable: tuple[str, ...] = ()) -> Connection:
    return Connection(
        provider=PROVIDERS["claude_code"],
        model=MODEL,
        key=KEY,
        base_url=server.base_url("claude_code"),
        options=Options(cwd=str(workspace), writable=writable),
    )


def write(path: Path, id_: str = "w") -> Call:
    return Call("Write", {"file_path": str(path), "content": "print(42)\n"}, id=id_)


def vote(arguments: dict[str, Json], id_: str = "v") -> Call:
    return Call("mcp__massgen__vote", arguments, id=id_)


def error(status: int, type_: str, message: str) -> Reply:
    return Reply(status=status, body={"type": "error", "error": {"type": type_, "message": message}})


def programs(workspace: Path) -> list[Path]:
    """The processes that work in this workspace, wherever they were started from."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == workspace:
                found.append(process)
    return found


def descendants() -> set[int]:
    """Every process that this one has started, and those that these have."""
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in {os.getpid(), *found}} - found:
        found |= more
    return found
