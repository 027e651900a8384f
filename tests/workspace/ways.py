"""The ways into a directory that can be tried on this machine."""

from pathlib import Path
from typing import get_args

import pytest

from massgen.workspace.beneath import Directory
from massgen.workspace.ways import Way


def ways(*, leave_out: tuple[Way, ...] = ()) -> list[object]:
    """Each way as a parameter; one that this kernel lacks is skipped, and says so."""
    with Directory(Path("/")) as directory:
        lacking = directory.way != "openat2"
    skip = pytest.mark.skip(reason="this kernel has no openat2")
    return [
        pytest.param(way, marks=skip) if way == "openat2" and lacking else way
        for way in get_args(Way)
        if way not in leave_out
    ]
