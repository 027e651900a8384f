"""Loaded by Python at the start of every program that a test starts: the guard against connections, in there too.

What was refused is noted in the file that `REFUSED_CONNECTIONS` names, because stderr may be a screen. The packages
that `NOT_INSTALLED` names, with blanks between them, are missing in the program, whether they are installed or not.
"""

import importlib
import os
import sys


def note(sentence: str) -> None:
    """Add a line to the file; the test that started this program reads it."""
    with open(os.environ["REFUSED_CONNECTIONS"], "a", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not free
        file.write(f"{sentence}\n")


importlib.import_module("loopback").install(note)  # by its name, or a type checker meets one file under two

for package in os.environ.get("NOT_INSTALLED", "").split():
    sys.modules[package] = None  # type: ignore[assignment]  # Python's own mark of what cannot be imported, nor found
