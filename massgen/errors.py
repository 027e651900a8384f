"""The family of errors: each is a sentence for a person, with what to do next.

What the *world* does (a provider is down, a disk is full in the middle of a turn) is a value on the main road and has
no exception here. These are for the doors of the program: a flag, a file, a directory that cannot be used. `cli` turns
them into one line on stderr and an exit status.
"""

from typing import ClassVar


class MassGenError(Exception):
    """A sentence that says what is wrong and where, and a hint that says what to do next.

    `str(error)` is the sentence; `hint` may be empty. Neither ever holds a secret.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.hint = hint


class UsageError(MassGenError):
    """The command line asks for something that does not exist or does not go together."""

    exit_status = 2


class ConfigError(MassGenError):
    """A configuration that cannot be used; the sentence opens with `file:line:column` where there is a place."""

    exit_status = 2


class SessionError(MassGenError):
    """A session on disk that is in use, damaged, missing, or cannot be written."""

    exit_status = 4
