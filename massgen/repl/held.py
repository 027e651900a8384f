"""Warnings of the program itself, held back while a turn owns the terminal and told after it."""

import logging

from massgen.session.redaction import Redactor


class HeldWarnings(logging.Handler):
    """A handler that keeps one line of each warning until somebody takes them."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__(logging.WARNING)
        self._redactor = redactor
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message; its traceback is no reading for a user."""
        cause = record.exc_info[1] if record.exc_info else None
        line = f"{record.getMessage()}: {cause!r}" if cause else record.getMessage()
        self._lines.append(self._redactor.clean(line))

    def take(self) -> tuple[str, ...]:
        """The lines kept so far; they are kept no longer."""
        lines, self._lines = tuple(self._lines), []
        return lines
