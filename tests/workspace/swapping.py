"""An attacker who swaps a directory or file for a symbolic link and back, as fast as the disk can.

It is a process of its own, so that it does not share the interpreter's lock with what it attacks. A test shows that it
gets through a check of the path; without that test a trap that leads nowhere would look like perfect safety.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_ATTACK = """
import ctypes, os, sys
place, link = map(os.fsencode, sys.argv[1:])
rename = ctypes.CDLL(None, use_errno=True).renameat2
here, exchange, swaps = -100, 2, 0
assert rename(here, place, here, link, exchange) == 0, os.strerror(ctypes.get_errno())
print("begun", flush=True)
os.set_blocking(0, False)
while sys.stdin.buffer.raw.read(1) is None:
    for _ in range(101):
        assert rename(here, place, here, link, exchange) == 0
    swaps += 101
if os.path.islink(place):
    rename(here, place, here, link, exchange)
print(swaps, flush=True)
"""


@contextmanager
def swapping(place: Path, trap: str) -> Iterator[None]:
    """`place` and a link to `trap` change their names again and again; neither name is ever free."""
    if sys.platform != "linux":
        pytest.skip("the attacker uses renameat2")
    link = place.parent.parent / "trap"
    link.symlink_to(trap)
    command = [sys.executable, "-I", "-S", "-c", _ATTACK, str(place), str(link)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as attacker:
        assert attacker.stdin
        assert attacker.stdout
        try:
            assert attacker.stdout.readline() == "begun\n"
            yield
        finally:
            attacker.stdin.close()
            swaps = attacker.stdout.read()
    link.unlink()
    assert int(swaps) > 100, "nobody swapped anything, so nothing was shown"
