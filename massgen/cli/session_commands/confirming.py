"""Asking before something is done that cannot be taken back."""

import sys

from massgen.errors import UsageError
from massgen.printable import clean


def confirmed(question: str, *, without_asking: bool) -> bool:
    """Whether the user says yes, or has said so before; raises `UsageError` where nobody can be asked."""
    if without_asking:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("There is no terminal to ask on, so nothing was changed.", hint="Say --yes to go ahead.")
    sys.stdout.flush()
    sys.stderr.write(clean(f"{question} [y/N] "))
    sys.stderr.flush()
    said = ""
    try:
        said = sys.stdin.readline()
    finally:
        if not said.endswith("\n"):  # Ctrl+C or Ctrl+D; what comes next begins a line
            sys.stderr.write("\n")
    if said.strip().lower() in ("y", "yes"):
        return True
    sys.stdout.write("Nothing was changed.\n")
    return False
