"""Copies of whole directories, made so that there is the old state or the new one and never half of one.

Files are copied by their bytes: a hard link would let a later write through the workspace change the snapshot too.
Shallow files come first, so that what a limit cuts off is the depth of some package directory and not the work.
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from massgen.printable import one_line
from massgen.workspace.beneath import Directory, Entry
from massgen.workspace.comparing import state
from massgen.workspace.ways import Parts

MOST_FILES: Final = 10_000
MOST_BYTES: Final = 200_000_000
UNDER_WAY: Final = ".massgen-"
"""How the names of copies begin that are being made; one that is found later was left by a crash."""
_NAMED: Final = 5
_LONGEST_NOTE: Final = 100_000
_NOT_FOR_US: Final = frozenset(
    {errno.EACCES, errno.EPERM, errno.ELOOP, errno.EXDEV, errno.EINVAL, errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
)
"""What is wrong with one entry of the source; anything else (a full disk) is wrong with the copy."""


@dataclass(slots=True, kw_only=True)
class Copied:
    """What a copy holds, and what it had to leave out: each a path with the reason."""

    files: int = 0
    size: int = 0
    left_out: list[str] = field(default_factory=list)
    cut: str = ""

    @property
    def sentence(self) -> str:
        """What was left out, for a person; empty when nothing was."""
        said = []
        if self.left_out:
            more = len(self.left_out) - _NAMED
            named = ", ".join(self.left_out[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            said.append(f"Left out: {named}.")
        if self.cut:
            said.append(self.cut)
        return " ".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What a kept copy `lacks`, in sentences; it was made `of` a directory in this state (see `comparing.state`)."""

    lacks: str
    of: str


def copy(source: Path, to: Path, *, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> Copied:
    """Make `to` a copy of the directory `source`, in the place of whatever `to` was."""
    with _in_the_place_of(to) as new:
        return _fill(new, source, most_files, most_bytes)


def keep(source: Path, to: Path, *, gap: Gap | None = None) -> Copied:
    """Copy, and note beside a copy that is not full what it lacks; those who are shown the copy do not see the note.

    `gap` is what the source lacks, where it is a copy itself.
    """
    note = _note(to)
    with _in_the_place_of(to) as new:
        copied = _fill(new, source, MOST_FILES, MOST_BYTES)
        lacks = " ".join(filter(None, (gap.lacks if gap else "", copied.sentence)))
        if lacks:
            said = {"lacks": lacks, "of": gap.of if gap else state(source)}
            with Directory(to.parent) as beside:
                beside.write((note.name,), json.dumps(said).encode())
    if not lacks:
        note.unlink(missing_ok=True)
    return copied


def gap_of(kept: Path) -> Gap | None:
    """What a kept copy lacks; None when it is full."""
    note = _note(kept)
    try:
        with Directory(note.parent) as beside:
            said = json.loads(beside.read((note.name,), most=_LONGEST_NOTE).data)
        return Gap(lacks=str(said["lacks"]), of=str(said["of"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):  # it is not full, and nobody knows what is missing
        return Gap(lacks="Its note cannot be read.", of="")


def empty(to: Path) -> None:
    """Make `to` an empty directory, in the place of whatever it was."""
    with _in_the_place_of(to):
        pass


def move(source: Path, to: Path) -> None:
    """Give a directory another place that is not taken yet, on the same disk."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source.rename(to)


def remove(path: Path) -> None:
    """Delete a copy, and whatever stands in its place."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)  # what cannot be deleted is a leftover, and nobody looks at it
    else:
        path.unlink(missing_ok=True)


def _note(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.incomplete")


def _fill(new: Path, source: Path, most_files: int, most_bytes: int) -> Copied:
    copied = Copied()
    with Directory(source) as old, Directory(new) as made:
        ahead: list[Parts] = [()]
        for here in ahead:
            try:
                entries = old.entries(here)
            except OSError as error:
                _leave_out(copied, here, error)
                continue
            for entry in entries:
                size = entry.size if entry.kind == "file" else 0
                if max(copied.files, len(ahead) - 1) >= most_files or copied.size + size > most_bytes:
                    copied.cut = (
                        f"The copy ends after {copied.files:,} files and {copied.size:,} bytes "
                        f"(at most {most_files:,} files, {most_bytes:,} bytes); the rest was left out."
                    )
                    return copied
                if _copy_entry(old, made, (*here, entry.name), entry, copied):
                    ahead.append((*here, entry.name))
    return copied


def _copy_entry(old: Directory, made: Directory, path: Parts, entry: Entry, copied: Copied) -> bool:
    """Copy one entry; true when it is a directory whose own entries come later."""
    try:
        match entry.kind:
            case "directory":
                made.make_directories(path)
                return True
            case "file":
                with old.open(path) as fd:
                    _copy_bytes(fd, made, path, entry)
                copied.size += entry.size
            case "link":
                old.real(path)  # raises when it leads out
                made.link(path, entry.target)
            case "special":
                copied.left_out.append(f"{_shown(path)} (it is neither a file nor a directory)")
                return False
        copied.files += 1
    except OSError as error:
        _leave_out(copied, path, error)
    return False


def _copy_bytes(fd: int, made: Directory, path: Parts, entry: Entry) -> None:
    with os.fdopen(os.dup(fd), "rb") as file:
        made.create(path, iter(lambda: file.read(1 << 20), b""), most=entry.size, mode=entry.mode | 0o600)


def _leave_out(copied: Copied, path: Parts, error: OSError) -> None:
    if error.errno not in _NOT_FOR_US:
        raise error
    copied.left_out.append(f"{_shown(path)} ({error.strerror})")


def _shown(path: Parts) -> str:
    return one_line("/".join(path) or ".", 200)


@contextmanager
def _in_the_place_of(to: Path) -> Iterator[Path]:
    """A new directory beside `to` that takes its place when all went well."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=UNDER_WAY, dir=to.parent))
    try:
        new = aside / "new"
        new.mkdir(mode=0o700)
        yield new
        with suppress(FileNotFoundError):
            to.rename(aside / "old")
        new.rename(to)
    finally:
        remove(aside)
