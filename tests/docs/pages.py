"""The pages of the project as a test reads them: their text, their blocks of code, their tables."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "examples" / "README.md")

_FENCED = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"`(massgen [^`\n]+)`")
_REDIRECTION = re.compile(r"\s[12]?>.*$")


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(text: str, kind: str) -> tuple[str, ...]:
    """The fenced blocks of this kind."""
    return tuple(each["text"] for each in _FENCED.finditer(text) if each["kind"] == kind)


def prose(text: str) -> str:
    """The page without its fenced blocks."""
    return _FENCED.sub("", text)


def arguments_of_massgen(text: str) -> Iterator[list[str]]:
    """The arguments of every `massgen …` that the page shows: on lines of `sh` blocks, behind pipes, and in prose."""
    lines = [line for block in blocks(text, "sh") for line in block.replace("\\\n", " ").splitlines()]
    for line in (*lines, *_QUOTED.findall(prose(text))):
        for command in _REDIRECTION.sub("", line).split(" | "):
            words = shlex.split(command, comments=True)
            if words[:1] == ["massgen"]:
                yield words[1:]


def rows(text: str, heading: str) -> tuple[tuple[str, ...], ...]:
    """The cells of the first table behind a heading, without its head."""
    _, found, behind = text.partition(f"{heading}\n")
    assert found, f"there is no heading {heading!r}"
    lines = re.search(r"(?:^\|.*\|\n)+", behind, re.MULTILINE)
    assert lines is not None, f"there is no table behind {heading!r}"
    return tuple(tuple(cell.strip() for cell in line.strip("|\n").split(" | ")) for line in lines[0].splitlines()[2:])


def code_in(cell: str) -> tuple[str, ...]:
    """What stands between backquotes."""
    return tuple(re.findall(r"`([^`]+)`", cell))
