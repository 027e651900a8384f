"""What the guide's tests of agents' files share: a team of one, and what its requests and directories hold."""

from collections.abc import Mapping
from pathlib import Path

from tests.helpers.wires import Request

ALONE = """\
agents:
  - {id: ann, backend: {type: claude, model: claude-sonnet-5-5, cwd: workspace_a}}
"""


def texts(directory: Path) -> Mapping[str, str]:
    """The texts of all files below a directory."""
    found = (each for each in sorted(directory.rglob("*")) if each.is_file())
    return {each.relative_to(directory).as_posix(): each.read_text("utf-8") for each in found}


def results(request: Request) -> list[str]:
    """What the tools of this call have answered so far."""
    return [text for role, text in request.texts if role == "tool"]


def now(request: Request) -> str:
    """What the user says in this turn."""
    return next(text for role, text in reversed(request.texts) if role == "user")
