"""How an error or a note looks on stderr: plain lines, safe for any terminal."""

import sys
from contextlib import suppress

from massgen.errors import MassGenError


def report(error: MassGenError) -> None:
    """Say what is wrong, and on a line of its own what to do next."""
    _write(f"massgen: {error}\n" + (f"  {error.hint}\n" if error.hint else ""))


def note(sentence: str) -> None:
    """Say something that does not stop the run."""
    _write(f"note: {sentence}\n")


def warn(sentence: str) -> None:
    """Say that something is not as it should be, though the run goes on."""
    _write(f"warning: {sentence}\n")


def _write(text: str) -> None:
    from massgen.display.theme import sayable
    from massgen.printable import clean

    with suppress(OSError):  # nobody listens; the exit status still tells
        sys.stderr.write(sayable(clean(text), sys.stderr.encoding or "ascii"))
        sys.stderr.flush()
