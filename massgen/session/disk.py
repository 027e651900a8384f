"""How this room touches the disk: private modes, no symbolic links, atomic replacement, and words for what fails."""

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from massgen.errors import SessionError

if sys.platform == "darwin":
    import fcntl

_FREE_SPACE: Final = "Free some space there, then start MassGen again."
_WRITABLE: Final = "Make that place writable for you, or start MassGen in another directory."
_HINTS: Final[Mapping[int, str]] = MappingProxyType(
    {
        errno.ENOSPC: _FREE_SPACE,
        errno.EDQUOT: _FREE_SPACE,
        errno.EFBIG: "The file may not grow further; raise the limit (`ulimit -f`) or start a new session.",
        errno.EACCES: _WRITABLE,
        errno.EPERM: _WRITABLE,
        errno.EROFS: _WRITABLE,
        errno.ELOOP: "MassGen does not follow symbolic links inside a session; put the real file or directory there.",
        errno.ENOENT: "Start MassGen in a directory that exists.",
        errno.ENOTDIR: "Move that file out of the way; a directory belongs there.",
    }
)


def refusal(doing: str, path: Path, error: OSError) -> SessionError:
    """The sentence for what the disk refused: `cannot write sessions/…/events.jsonl: No space left on device`."""
    reason = error.strerror or str(error)
    hint = _HINTS.get(error.errno or 0, "Check that disk, then start MassGen again; what was saved before is safe.")
    return SessionError(f"cannot {doing} {path}: {reason}", hint=hint)


def open_private(path: Path, flags: int) -> int:
    """Open a regular file of ours, 0600 when it is created; neither a symbolic link nor a device or pipe."""
    # Two of the flags do not exist on Windows, one only there. Without O_NONBLOCK a pipe would hold the program
    # before it can be refused.
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    opened = os.open(path, flags | careful, 0o600)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return opened


HOME: Final = ".massgen"
_IGNORED: Final = (
    "# What MassGen keeps here belongs to you and not to the repository; the team may be shared.\n*\n!config.yaml\n"
)


def make_home(directory: Path) -> None:
    """Make `directory` and what is missing above it; a `.massgen` among them gets a `.gitignore` if it has none."""
    missing = [each for each in (directory, *directory.parents) if not each.exists()]
    for each in reversed(missing):
        make_private_directory(each)
    for each in (directory, *directory.parents):
        if each.name == HOME and not (each / ".gitignore").exists():
            replace(each / ".gitignore", _IGNORED)


def make_private_directory(path: Path) -> bool:
    """Make sure `path` is a directory and no symbolic link; true when it was made now (0700, whatever the umask)."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            raise OSError(errno.ELOOP, "it is a symbolic link", str(path)) from None
        if not stat.S_ISDIR(mode):
            raise NotADirectoryError(errno.ENOTDIR, "it is not a directory", str(path)) from None
        return False
    path.chmod(0o700)
    return True


def replace(path: Path, text: str | bytes) -> None:
    """Put `text` in the place of `path` at once: a reader sees the old file or the new one, never half of one."""
    opened, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(text.encode("utf-8", "replace") if isinstance(text, str) else text)
            file.flush()
            sync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def set_aside(path: Path) -> Path:
    """Give a file the first free name of `NAME.damaged-1`, …, and return its new path; nobody else may write there."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists() or aside.is_symlink():
        number += 1
    path.rename(aside)
    return aside


def sync(opened: int) -> None:
    """Wait until the data of an open file would survive a loss of power."""
    if sys.platform == "darwin":
        fcntl.fcntl(opened, fcntl.F_FULLFSYNC)  # fsync there only reaches the drive's own cache, see `man fsync`
    elif sys.platform == "win32":
        os.fsync(opened)
    else:
        os.fdatasync(opened)


def sync_directory(path: Path) -> None:
    """Wait until new names in a directory would survive a loss of power; Windows has no such call."""
    if sys.platform != "win32":
        opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def append(path: Path, text: str) -> None:
    """Add `text` to the end of a file, made if there is none; it is not synced."""
    with open(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "wb") as file:
        file.write(text.encode("utf-8", "replace"))
