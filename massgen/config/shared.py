"""Why a path of the user's cannot be shared with agents: one wording, wherever that is found out."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

IMPOSSIBLE: Final = "is not a possible path; name a directory or a file"
LIES_IN_OURS: Final = "lies in .massgen/, where MassGen keeps its own files; name a directory of yours"


def unreadable(path: Path, *, looked_for_in: str) -> str:
    """What is wrong with the path, to be read after its name; empty when it can be read.

    It is opened without waiting: a pipe must not hold the program. `looked_for_in` is empty for an absolute path.
    """
    careful = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            with os.scandir(path):
                return ""
        if not stat.S_ISREG(kind):
            what = "a named pipe" if stat.S_ISFIFO(kind) else "a socket" if stat.S_ISSOCK(kind) else "a device"
            return f"is {what}; name a directory or a file"
        os.close(os.open(path, os.O_RDONLY | careful))
    except ValueError:  # it holds a NUL
        return IMPOSSIBLE
    except OSError as error:
        match error.errno:
            case errno.ENOENT | errno.ENOTDIR:
                where = f" (it is looked for in {looked_for_in})" if looked_for_in else ""
                return f"does not exist{where}; make it, or correct the spelling"
            case errno.EACCES | errno.EPERM:
                return "may not be read by you; look at its permissions"
            case errno.ELOOP:
                return "is a symbolic link that leads back to itself; point it at a directory"
            case _:
                return f"cannot be read: {error.strerror}; name another directory"
    return ""
