"""The question of a one-shot run: from the argument, from a pipe, or from both."""

import os
import select
import stat
import sys
from typing import TextIO

from massgen.cli.report import note
from massgen.errors import UsageError

PATIENCE_S = 1.0
"""After so long without a byte from the pipe the user is told what is awaited."""


def question_of(argument: str | None, stdin: TextIO | None, *, resumes: bool = False) -> str | None:
    """The question, or None for a chat. What is piped in follows the argument; raises `UsageError` for an empty one.

    A run that `resumes` a session may come without a question, and even with an empty input.
    """
    piped = _piped(stdin, alone=argument is None)
    if argument is None and piped is None:
        return None
    question = "\n\n".join(part for part in (argument, piped) if part and part.strip())
    question = question.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}").strip()
    if not question and argument is None and resumes:
        return None
    if not question:
        hint = 'massgen --model NAME "your question", or without a question in a terminal to chat'
        raise UsageError("The question is empty.", hint=hint)
    return question


def _piped(stdin: TextIO | None, *, alone: bool) -> str | None:
    """What stands in the pipe or file on stdin. Beside an argument, only a pipe or a file is worth waiting for."""
    if stdin is None or stdin.closed or stdin.isatty():
        return None
    try:
        descriptor = stdin.fileno()
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError):  # no real file behind it: there is nothing to read
        return None
    if not alone and not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return None
    if sys.platform != "win32" and not select.select([descriptor], [], [], PATIENCE_S)[0]:
        note("reading the question from stdin; it ends with the end of the input (Ctrl+D)")
    with open(descriptor, "rb", closefd=False) as raw:
        return raw.read().decode("utf-8-sig", "replace")
