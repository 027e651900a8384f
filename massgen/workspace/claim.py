"""One MassGen at a time works in a project's workspaces: two would find each other's files in their turns."""

import os
from pathlib import Path

from massgen.errors import SessionError

try:
    import fcntl
except ImportError:  # as on Windows
    _HAS_LOCKS = False
else:
    _HAS_LOCKS = True


class Claim:
    """The workspaces of a project, held until `release` or until the process ends (the kernel frees the lock)."""

    def __init__(self, lock: int | None) -> None:
        self._lock = lock

    def release(self) -> None:
        """Let another MassGen have them."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def claim(ours: Path) -> Claim:
    """Take the workspaces below `ours`, a project's `.massgen`; raises `SessionError` when another MassGen has them."""
    if not _HAS_LOCKS:
        return Claim(None)
    path = ours / "workspaces.lock"
    try:
        ours.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        hint = "Make that place writable for you, or start MassGen in another directory."
        raise SessionError(f"cannot lock the workspaces with {path}: {error.strerror}", hint=hint) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        hint = "Quit that one first, or start in another directory."
        raise SessionError("another massgen works in this project's workspaces", hint=hint) from None
    return Claim(lock)
