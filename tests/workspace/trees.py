"""Directories of files, written and read as mappings: `{"src/a.py": "text"}`."""

from collections.abc import Mapping
from pathlib import Path


def grow(top: Path, files: Mapping[str, str]) -> Path:
    """Make these files below `top`."""
    top.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return top


def files(top: Path) -> dict[str, str]:
    """All files below `top`, links as `-> target`."""
    return {
        path.relative_to(top).as_posix(): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(top.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def names(top: Path) -> list[str]:
    """What `top` itself holds, links not followed."""
    return sorted(path.name for path in top.iterdir())
