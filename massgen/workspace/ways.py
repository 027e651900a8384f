"""Three ways into a directory beneath another one, none of which a symbolic link can lead astray.

All three enter only by plain names: no link, no `..`, no other file system. Who wants to follow a link resolves it
first (`beneath.Directory.real`) and then enters by the names it found; if something was swapped in between, entering
fails. So the decision and the access cannot come apart.

* `openat2`: one system call in which the kernel enforces all of it (Linux 5.6 and later).
* `walk`: one name after the other, each opened in the directory before it and never through a link (other Unixes, old
  kernels, containers that forbid openat2).
* `resolve`: for Windows, which has neither. The path is compared with what it resolves to, and used afterwards. A
  program that swaps directories in that instant can lead it astray, so it protects from a careless model but not from
  a hostile program that runs beside it.
"""

import ctypes
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias

Parts: TypeAlias = tuple[str, ...]
"""A path beneath a directory as its names; `()` is the directory itself."""

Way = Literal["openat2", "walk", "resolve"]

# Windows has none of these.
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_CAREFUL: Final = (
    _NO_LINK
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_DIRECTORY: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)

# <linux/openat2.h>; the system call has this number on every architecture that Python is built for (alpha apart).
_SYS_OPENAT2: Final = 437
_NO_XDEV, _NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x01, 0x02, 0x04, 0x08
_TRIES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A directory that is held: by a descriptor, or (`fd` is None) by its path.

    `prefix` is empty, or that path with a separator at its end; `device` is the file system of the root.
    """

    fd: int | None
    prefix: str
    device: int

    def open(self, name: str, flags: int, mode: int = 0o666) -> int:
        """Open a name in it: without waiting for anybody, and not through a link."""
        return os.open(self.prefix + name, flags | _CAREFUL, mode, dir_fd=self.fd)

    def stat(self, name: str) -> os.stat_result:
        """What stands under a name in it; of a link the link itself."""
        return os.stat(self.prefix + name, dir_fd=self.fd, follow_symlinks=False)

    def readlink(self, name: str) -> str:
        """Where a link in it points."""
        return os.readlink(self.prefix + name, dir_fd=self.fd)

    def symlink(self, target: str, name: str) -> None:
        """Make a link in it."""
        os.symlink(target, self.prefix + name, dir_fd=self.fd)

    def mkdir(self, name: str) -> None:
        """Make a directory in it."""
        os.mkdir(self.prefix + name, 0o777, dir_fd=self.fd)

    def replace(self, old: str, new: str) -> None:
        """Give `old` the name `new`, whatever had it."""
        os.replace(self.prefix + old, self.prefix + new, src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def unlink(self, name: str) -> None:
        """Remove a file's name, or a link."""
        os.unlink(self.prefix + name, dir_fd=self.fd)

    def rmdir(self, name: str) -> None:
        """Remove an empty directory."""
        os.rmdir(self.prefix + name, dir_fd=self.fd)

    @contextmanager
    def scan(self) -> Iterator[Iterator["os.DirEntry[str]"]]:
        """The entries of the directory, in the order of the disk."""
        with os.scandir(self.prefix if self.fd is None else self.fd) as entries:
            yield entries

    def close(self) -> None:
        """Let go of it."""
        if self.fd is not None:
            os.close(self.fd)


class Enter(Protocol):
    """One of the ways: holds the directory at `parts` beneath `root`, or raises `OSError`."""

    def __call__(self, root: Held, parts: Parts) -> Held: ...


def hold(path: Path, *, by_path: bool = False) -> Held:
    """Hold the directory at `path`. The way to it is trusted, and there it must be itself and no link."""
    if by_path or os.open not in os.supports_dir_fd:
        return Held(fd=None, prefix=str(path.resolve(strict=True)) + os.sep, device=path.stat().st_dev)
    fd = os.open(path, _DIRECTORY | _NO_LINK)
    return Held(fd=fd, prefix="", device=os.fstat(fd).st_dev)


def best_way(root: Held) -> Way:
    """The safest way that works here, found out by trying it."""
    if root.fd is None:
        return "resolve"
    try:
        entered = way_in("openat2")(root, ())
    except (OSError, AttributeError):  # no such call in this kernel, it is forbidden here, or there is no such libc
        return "walk"
    entered.close()
    return "openat2"


def way_in(way: Way) -> Enter:
    """The function behind a name."""
    match way:
        case "openat2":
            return _Openat2()
        case "walk":
            return _walk
        case "resolve":
            return _resolve


class _How(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


class _Openat2:
    """Python has no openat2 of its own."""

    def __init__(self) -> None:
        self._syscall = ctypes.CDLL(None, use_errno=True).syscall
        self._syscall.restype = ctypes.c_long

    def __call__(self, root: Held, parts: Parts) -> Held:
        how = _How(_DIRECTORY, 0, _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS | _NO_XDEV)
        path = os.fsencode("/".join(parts) or ".")
        code = 0
        for _ in range(_TRIES):  # the kernel asks for another try when a rename came in between
            fd = int(
                self._syscall(
                    ctypes.c_long(_SYS_OPENAT2),
                    ctypes.c_int(root.fd if root.fd is not None else -1),
                    ctypes.c_char_p(path),
                    ctypes.byref(how),
                    ctypes.c_size_t(ctypes.sizeof(how)),
                )
            )
            if fd >= 0:
                return Held(fd=fd, prefix="", device=root.device)
            code = ctypes.get_errno()
            if code not in (errno.EAGAIN, errno.EINTR):
                break
        raise OSError(code, os.strerror(code), "/".join(parts))


def _walk(root: Held, parts: Parts) -> Held:
    fd = os.open(".", _DIRECTORY, dir_fd=root.fd)
    for name in parts:
        try:
            if name in ("", ".", "..") or "/" in name:
                raise OSError(errno.EINVAL, "it is not a plain name", name)
            inner = os.open(name, _DIRECTORY | _NO_LINK, dir_fd=fd)
        finally:
            os.close(fd)
        fd = inner
        if os.fstat(fd).st_dev != root.device:
            os.close(fd)
            raise OSError(errno.EXDEV, "it is on another file system", name)
    return Held(fd=fd, prefix="", device=root.device)


def _resolve(root: Held, parts: Parts) -> Held:
    home = Path(root.prefix)
    wanted = home.joinpath(*parts)
    if any(":" in name or name in ("", ".", "..") for name in parts) or wanted.resolve(strict=True) != wanted:
        raise OSError(errno.ELOOP, "it is not reached by plain names", "/".join(parts))
    if not wanted.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), "/".join(parts))
    return Held(fd=None, prefix=str(wanted) + os.sep, device=root.device)
