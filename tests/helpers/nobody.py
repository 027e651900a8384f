"""Being nobody for a moment: what root may do must not decide a test of permissions."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65_534


@contextmanager
def as_nobody() -> Iterator[Path]:
    """Without root's powers inside the block; yields an empty directory that belongs to the user of the block."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        if root:
            os.chown(directory, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield directory
        finally:
            if root:
                os.seteuid(0)
            directory.chmod(0o700)
