"""What Claude Code may touch: the innermost place decides, and some of it is protected or hidden."""

from pathlib import Path

import pytest

from massgen.backends.claude_program import refusal

ROOT = Path("/project")
OURS = ROOT / ".massgen"
OWN = OURS / "workspaces" / "w"
OTHERS = OURS / "temp_workspaces" / "w"
PROTECTED = "is protected and can only be read."
HIDDEN = "What lies there belongs to MassGen. Look in another directory, or in one beneath this one."


def judged(tool: str, path: Path) -> str:
    given = {"path" if tool in ("Glob", "Grep") else "file_path": str(path), "pattern": "*"}
    return refusal(
        tool,
        given,
        own=OWN,
        readable=(OWN, ROOT, OTHERS),
        writable=(OWN, ROOT),
        protected=(ROOT / "keep.txt",),
        hidden=(OURS, ROOT / "agent_outputs"),
    )


@pytest.mark.parametrize(
    ("tool", "path", "why"),
    [
        ("Write", OWN / "a.py", ""),
        ("Write", ROOT / "src" / "a.py", ""),
        ("Write", ROOT / "keep.txt", f"{ROOT / 'keep.txt'} {PROTECTED}"),
        ("Read", ROOT / "keep.txt", ""),
        ("Read", OTHERS / "answer2" / "x.py", ""),
        ("Read", ROOT / "agent_outputs" / "log_1" / "massgen_debug.log", HIDDEN),
        ("Read", OURS / "workspaces" / "v" / "x.py", HIDDEN),
        ("Grep", ROOT, HIDDEN),
        ("Grep", ROOT / "src", ""),
        ("Grep", OWN, ""),
    ],
)
def test_the_innermost_place_decides_and_hidden_places_stay_hidden(tool: str, path: Path, why: str) -> None:
    assert judged(tool, path) == why
