"""A directory opened once, and everything that is done beneath it: by descriptors and never by checking strings.

Errors are the `OSError`s of the system; the code tells what happened. Those that are ours: EXDEV, a link or a mount
leads out of the directory; ELOOP, a link where none is followed (or too many); EINVAL, neither a file nor a directory;
EMLINK, the file has a second name somewhere; ESTALE, it is no longer what it was.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

from massgen.workspace.ways import Held, Parts, Way, best_way, hold, way_in

Kind = Literal["file", "directory", "link", "special"]

MOST_STEPS: Final = 256
"""Names that are looked at while links are followed."""

MOST_ENTRIES: Final = 20_000
"""Names that are read of one directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What tells one state of a file from another."""

    kind: Kind
    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A name in a directory; `size` is in bytes, `target` is where a link points."""

    name: str
    kind: Kind
    size: int
    mode: int
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The first bytes of a file; `size` says how many there are, and `stamp` of which state."""

    data: bytes
    size: int
    stamp: Stamp


class Directory:
    """The way to `path` is trusted; nothing beneath it is. `way` is for tests: by default it is found out."""

    def __init__(self, path: Path, *, way: Way | None = None) -> None:
        self._root = hold(path, by_path=way == "resolve")
        self.way: Way = way or best_way(self._root)
        self._way_in = way_in(self.way)

    def __enter__(self) -> "Directory":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the directory."""
        self._root.close()

    # -- looking ----------------------------------------------------------------------------------------------------

    def real(self, path: Parts, *, last: bool = True) -> Parts:
        """The same place by plain names: links are followed while they stay beneath, `last` says whether the last too.

        Names that do not exist (yet) stay as they are.
        """
        found: list[str] = []
        ahead = list(reversed(path))
        for _ in range(MOST_STEPS):
            if not ahead:
                return tuple(found)
            name = ahead.pop()
            if name in ("", "."):
                continue
            if name == "..":
                if not found:
                    raise OSError(errno.EXDEV, "it leads out of the directory", "/".join(path))
                found.pop()
                continue
            target = self._target(tuple(found), name) if last or ahead else ""
            if Path(target).is_absolute():
                raise OSError(errno.EXDEV, "it leads out of the directory", "/".join(path))
            if target:
                ahead += reversed(target.replace(os.sep, "/").split("/"))
            else:
                found.append(name)
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), "/".join(path))

    def kind(self, path: Parts) -> Kind | None:
        """What stands there; None when nothing does."""
        try:
            if not path:
                return "directory"
            with self._enter(path[:-1]) as held:
                return _kind(held.stat(path[-1]).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def stamp(self, path: Parts) -> Stamp | None:
        """The state of what stands there; None when nothing does."""
        try:
            with self._enter(path[:-1]) as held:
                return _stamp(held.stat(path[-1])) if path else None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def stamps(self, path: Parts) -> Mapping[str, Stamp]:
        """The state of every name in the directory, however many there are."""
        with self._enter(path) as held, held.scan() as scanned:
            found = {}
            for each in scanned:
                with suppress(FileNotFoundError):  # it is gone between two looks
                    found[each.name] = _stamp(held.stat(each.name))
        return found

    def entries(self, path: Parts) -> tuple[Entry, ...]:
        """What the directory holds, by name."""
        with self._enter(path) as held, held.scan() as scanned:
            found = []
            for each, _ in zip(scanned, range(MOST_ENTRIES), strict=False):
                with suppress(FileNotFoundError):  # it is gone between two looks: then it is not there
                    found.append(_entry(held, each.name))
        return tuple(sorted(found, key=lambda entry: entry.name))

    def read(self, path: Parts, *, most: int) -> Content:
        """The first `most` bytes of a file."""
        with self.open(path) as fd:
            state = os.fstat(fd)
            with os.fdopen(os.dup(fd), "rb") as file:
                return Content(data=file.read(most), size=state.st_size, stamp=_stamp(state))

    @contextmanager
    def open(self, path: Parts) -> Iterator[int]:
        """A regular file, open for reading."""
        if not path:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with self._enter(path[:-1]) as held:
            # Looked at before it is opened, because opening alone wakes some devices; and once more afterwards,
            # because only what is open can no longer be swapped.
            self._demand_file(held.stat(path[-1]), path)
            fd = held.open(path[-1], os.O_RDONLY)
        try:
            self._demand_file(os.fstat(fd), path)
            yield fd
        finally:
            os.close(fd)

    # -- changing ---------------------------------------------------------------------------------------------------

    def write(self, path: Parts, data: bytes, *, expect: Stamp | None = None) -> None:
        """Put `data` in the place of the file, all at once; directories on the way are made.

        With `expect` only if the file is still in that state. Its permissions stay, but never setuid or setgid.
        """
        if not path:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        self.make_directories(path[:-1])
        with self._enter(path[:-1]) as held:
            was = self._replaceable(held, path, expect)
            temporary = f".{secrets.token_hex(8)}.massgen"
            replaced = False
            try:
                with os.fdopen(held.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
                    file.write(data)
                    if was is not None and hasattr(os, "fchmod"):
                        os.fchmod(file.fileno(), was.st_mode & 0o777)
                self._replaceable(held, path, expect)
                held.replace(temporary, path[-1])
                replaced = True
            finally:
                if not replaced:
                    with suppress(OSError):  # what happened first is what matters
                        held.unlink(temporary)

    def create(self, path: Parts, chunks: Iterable[bytes], *, most: int, mode: int) -> None:
        """Make a file that is not there yet, of at most `most` bytes."""
        with (
            self._enter(path[:-1]) as held,
            os.fdopen(held.open(path[-1], os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file,
        ):
            for chunk in chunks:
                file.write(chunk[: max(0, most - file.tell())])
                if file.tell() >= most:
                    break
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), mode & 0o777)

    def make_directories(self, path: Parts) -> None:
        """Make sure that there is a directory, and every one on the way to it."""
        for depth, name in enumerate(path):
            with self._enter(path[:depth]) as held, suppress(FileExistsError):
                held.mkdir(name)
        with self._enter(path):
            pass  # what was there already may be a file or a link: then entering says so

    def link(self, path: Parts, target: str) -> None:
        """Make a symbolic link; who calls has made sure that it stays beneath."""
        with self._enter(path[:-1]) as held:
            held.symlink(target, path[-1])

    def delete(self, path: Parts) -> None:
        """Remove a file, a link (not what it points to), or an empty directory."""
        if not path:
            raise OSError(errno.EBUSY, "it is the directory itself")
        with self._enter(path[:-1]) as held:
            kind = _kind(held.stat(path[-1]).st_mode)
            if kind == "special":
                raise OSError(errno.EINVAL, "it is neither a file nor a directory", "/".join(path))
            if kind == "directory":
                held.rmdir(path[-1])
            else:
                held.unlink(path[-1])

    # -- how --------------------------------------------------------------------------------------------------------

    @contextmanager
    def _enter(self, path: Parts) -> Iterator[Held]:
        held = self._way_in(self._root, path)
        try:
            yield held
        finally:
            held.close()

    def _target(self, parent: Parts, name: str) -> str:
        """Where the link under that name points; empty when it is none."""
        try:
            with self._enter(parent) as held:
                return held.readlink(name)
        except FileNotFoundError:
            return ""
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOTDIR):  # not a link; not even in a directory
                return ""
            raise

    def _demand_file(self, state: os.stat_result, path: Parts) -> None:
        where = "/".join(path)
        match _kind(state.st_mode):
            case "directory":
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), where)
            case "link":
                raise OSError(errno.ELOOP, "it is a symbolic link", where)
            case "special":
                raise OSError(errno.EINVAL, "it is neither a file nor a directory", where)
            case "file":
                if state.st_dev != self._root.device:
                    raise OSError(errno.EXDEV, "it is on another file system", where)

    def _replaceable(self, held: Held, path: Parts, expect: Stamp | None) -> os.stat_result | None:
        """The file that would be replaced, None when there is none; raises when it may not be."""
        where = "/".join(path)
        try:
            state = held.stat(path[-1])
        except FileNotFoundError:
            if expect is not None:
                raise OSError(errno.ESTALE, "it is gone", where) from None
            return None
        self._demand_file(state, path)
        if expect is not None and _stamp(state) != expect:
            raise OSError(errno.ESTALE, "it has changed", where)
        if state.st_nlink != 1:
            raise OSError(errno.EMLINK, "it has a second name", where)
        if not state.st_mode & stat.S_IWUSR:
            raise PermissionError(errno.EACCES, "it is marked as read-only", where)
        return state


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "link" if stat.S_ISLNK(mode) else "special"


def _stamp(state: os.stat_result) -> Stamp:
    return Stamp(
        kind=_kind(state.st_mode),
        device=state.st_dev,
        inode=state.st_ino,
        size=state.st_size,
        modified_ns=state.st_mtime_ns,
        changed_ns=state.st_ctime_ns,
    )


def _entry(held: Held, name: str) -> Entry:
    state = held.stat(name)
    kind = _kind(state.st_mode)
    target = ""
    if kind == "link":
        with suppress(OSError):  # swapped in this very moment; a link without a target is shown as such
            target = held.readlink(name)
    return Entry(name=name, kind=kind, size=state.st_size, mode=state.st_mode & 0o777, target=target)
