"""Opens a file that a user named, and comes back with its text or with a sentence.

A name can be anything: a directory, a named pipe that nobody writes to, a device without an end. So the file is
opened without waiting, its kind is looked at after opening (nothing can be swapped in between), and a limit stands on
its size.
"""

import errno
import os
import stat
from pathlib import Path
from typing import Final

from massgen.errors import ConfigError

MAX_BYTES: Final = 256 * 1024

# Windows has none of these; there a plain open is all that is possible.
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_text(path: Path) -> str:
    """The text of the regular file at `path`, at most 256 KiB of UTF-8; raises `ConfigError` with the reason."""
    data = _read_bytes(path)
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: is larger than {MAX_BYTES // 1024} KiB, so it is hardly a configuration")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from behind a byte order mark; people count from the start of the file.
        offset = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        raise ConfigError(
            f"{path}: is not UTF-8 text: byte 0x{data[offset]:02x} at offset {offset}; save it as UTF-8"
        ) from error


def _read_bytes(path: Path) -> bytes:
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {_why_not(error)}") from error
    kind = _kind(os.fstat(descriptor).st_mode)
    if kind:
        os.close(descriptor)
        raise ConfigError(f"{path}: is {kind}, not a file; name a YAML file")
    try:
        with os.fdopen(descriptor, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: {_why_not(error)}") from error


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISDIR(mode):
        return "a directory"
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    return "a device"


def _why_not(error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return "is not a possible file name"
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return "there is no such file; look at the spelling and at the directory you are in"
        case errno.EACCES | errno.EPERM:
            return "may not be read by you; look at its permissions"
        case errno.EISDIR:
            return "is a directory, not a file; name a YAML file"
        case errno.ELOOP:
            return "is a symbolic link that leads back to itself; point it at a file"
        case errno.ENXIO:
            return "is a socket, not a file; name a YAML file"
        case _:
            return f"cannot be read: {error.strerror}"
