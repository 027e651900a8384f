"""What may be meant by what is typed so far: a command at the very beginning, or a file behind an @."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final, TypeAlias

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from massgen.printable import one_line
from massgen.repl.prompt.mentions import begun, written

Commands: TypeAlias = Sequence[tuple[str, str]]
"""Names of commands, each with its slash and with what `/help` says about it."""

MOST: Final = 200
"""So many names are offered."""
_MOST_READ: Final = 20_000
"""So many names of one directory are looked at."""


class Completions(Completer):
    """Completes the commands, and `@path` below `project`; nothing outside of it is ever listed."""

    def __init__(self, commands: Callable[[], Commands], project: Path) -> None:
        self._commands = commands
        self._project = project

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002 - the signature is prompt_toolkit's
        """What may be meant, in the order of the table or of the alphabet."""
        before = document.text_before_cursor
        if is_command(before):
            yield from of_commands(before, self._commands())
        elif (name := begun(before)) is not None:
            yield from of_paths(name, self._project, replaces=len(before) - before.rindex("@") - 1)


def is_wanted(before: str) -> bool:
    """Whether there is anything to complete behind this text."""
    return is_command(before) or begun(before) is not None


def is_command(before: str) -> bool:
    """Whether the text is the beginning of a command."""
    return before.startswith("/") and not any(each.isspace() for each in before)


def of_commands(before: str, commands: Commands) -> Iterator[Completion]:
    """The commands that begin so."""
    for name, said in commands:
        if name.startswith(before.lower()):
            yield Completion(name, start_position=-len(before), display_meta=one_line(said, 120))


def of_paths(name: str, project: Path, *, replaces: int) -> Iterator[Completion]:
    """The files and directories below the project whose path begins so, hidden ones only if their dot is there.

    `replaces` says how many characters are typed of the name, its quotes included.
    """
    above, _, last = name.rpartition("/")
    if name.startswith(("/", "~")) or ".." in above.split("/"):
        return
    directory = Path(os.path.realpath(project / above))
    if not directory.is_relative_to(os.path.realpath(project)):
        return
    for entry, is_directory in islice(_below(directory, last), MOST):
        path = f"{above}/{entry}" if above else entry
        sign = "/" if is_directory else ""
        spelt = written(path + sign)
        text = spelt.removesuffix('"') if is_directory else spelt  # what is in a directory comes between its quotes
        yield Completion(text, start_position=-replaces, display=one_line(entry, 60) + sign)


def _below(directory: Path, last: str) -> Iterable[tuple[str, bool]]:
    """Names that begin like `last`, with whether each is a directory; nothing else than files and directories."""
    found: list[tuple[str, bool]] = []
    with suppress(OSError, ValueError), os.scandir(directory) as entries:
        for entry in islice(entries, _MOST_READ):
            if not entry.name.lower().startswith(last.lower()) or (entry.name.startswith(".") and not last):
                continue
            with suppress(OSError):
                if entry.is_dir():
                    found.append((entry.name, True))
                elif entry.is_file():
                    found.append((entry.name, False))
    return sorted(found, key=lambda each: (each[0].lower(), each[0]))
