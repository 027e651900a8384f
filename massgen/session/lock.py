"""Who has a session: one MassGen at a time, by a lock on its log.

The lock is `flock` on the log itself: the kernel frees it with the process, so there is no stale lock. `writer.pid`
beside it only tells the second writer whom to ask.
"""

import logging
import os
from pathlib import Path

from massgen.errors import SessionError
from massgen.session.disk import open_private

try:
    import fcntl
except ImportError:  # as on Windows
    _HAS_LOCKS = False
else:
    _HAS_LOCKS = True

logger = logging.getLogger(__name__)


def lock(opened: int, path: Path) -> None:
    """Take the session whose log is open as `opened`, until that is closed; `SessionError` when it is in use."""
    if _HAS_LOCKS:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SessionError(
                f"{path.parent} is in use by another massgen{_writer_of(path)}",
                hint="Quit that one first, or start a new session.",
            ) from None
        except OSError as error:  # some network file systems have no locks; better a chat without than no chat
            logger.warning("%s cannot be locked (%s): do not open this session twice", path, error.strerror)
    pid = open_private(pid_file(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        os.write(pid, b"%d\n" % os.getpid())
    finally:
        os.close(pid)


def is_in_use(opened: int) -> bool:
    """Whether another program has the session whose log is open as `opened`, as far as that can be known."""
    if not _HAS_LOCKS:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.flock(opened, fcntl.LOCK_UN)
    return False


def pid_file(path: Path) -> Path:
    """Where the number of the process stands that writes the log at `path`."""
    return path.with_name("writer.pid")


def _writer_of(path: Path) -> str:
    try:
        pid = pid_file(path).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
    return f" (process {pid})" if pid.isdecimal() else ""
