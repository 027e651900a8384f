"""The two streams a person or a pipe reads, and how a turn is shown on them.

stdout belongs to answers (and on a terminal to the conversation); everything else goes to stderr.
"""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from massgen.display import choose, theme
from massgen.display.keys import Keyboard, TypeAhead
from massgen.display.theme import Theme
from massgen.errors import MassGenError
from massgen.printable import clean
from massgen.repl.door import Door
from massgen.repl.held import HeldWarnings
from massgen.repl.interrupts import Interrupts

if TYPE_CHECKING:
    from rich.console import Console

    from massgen.display.keys import Key
    from massgen.display.live import LiveDisplay
    from massgen.display.plain import PlainDisplay
    from massgen.events import Record
    from massgen.repl.chat import Answered, Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Where output goes, and how; `stdin` is where keys come from during a turn, if from anywhere.

    `typed` is what was typed then for the next prompt. `clock` gives seconds since the epoch, times of day are in
    `zone`.
    """

    stdout: TextIO
    stderr: TextIO
    stdin: TextIO | None
    zone: tzinfo
    kind: choose.Kind
    out: Theme
    err: Theme
    clock: Callable[[], float]
    held: HeldWarnings
    typed: TypeAhead

    @staticmethod
    def of(
        *,
        stdout: TextIO,
        stderr: TextIO,
        environ: Mapping[str, str],
        clock: Callable[[], float],
        held: HeldWarnings,
        requested: choose.Kind | None,
        stdin: TextIO | None = None,
        zone: tzinfo = UTC,
    ) -> "Terminal":
        """The terminal that these streams and this environment make."""
        kind = choose.pick(
            stdout_isatty=stdout.isatty(), stderr_isatty=stderr.isatty(), environ=environ, requested=requested
        )
        return Terminal(
            stdout=stdout,
            stderr=stderr,
            stdin=stdin,
            zone=zone,
            kind=kind,
            out=theme.choose(encoding=stdout.encoding, environ=environ, isatty=stdout.isatty()),
            err=theme.choose(encoding=stderr.encoding, environ=environ, isatty=stderr.isatty()),
            clock=clock,
            held=held,
            typed=TypeAhead(),
        )

    async def ask(self, door: Door, question: str, presses: Interrupts) -> "Answered | None":
        """Ask the team, show how it works, and print what came of it; None when Ctrl+C came before there was a team."""
        waiting = Keyboard(self.stdin, self._keep)  # what is typed meanwhile is kept, and not echoed
        try:
            waiting.open()
            chat = await door.open(presses)
        finally:
            waiting.close()
        return await self._ask(chat, question, presses) if chat else None

    def _keep(self, key: "Key") -> None:
        self.typed.press(key)

    async def _ask(self, chat: "Chat", question: str, presses: Interrupts) -> "Answered":
        from massgen.display.answer import (
            changed_line,
            print_answer,
            summary_line,
        )  # what only a turn needs, the prompt need not import

        async with self._watching(chat.records, presses) as watcher:
            answered = await chat.ask(question, watcher, presses)
            presses.forget()  # a history that is still open is nothing that a signal would have to wait for
        self.tell_warnings()
        self.tell(summary_line(watcher.screen, symbols=self.err.symbols))
        if answered.text is not None:
            margin = "\n" if self.stdout.isatty() else ""
            try:
                self.stdout.write(margin)
                print_answer(self._console(), answered.text)
                self.stdout.write(margin)
                self.stdout.flush()
            except BrokenPipeError:  # whoever read it has left, and knows
                raise
            except OSError as error:
                kept = f"It is kept in {chat.session.directory}." if chat.session else ""
                sentence = f"The answer cannot be written to stdout: {error.strerror}."
                raise MassGenError(sentence, hint=kept) from error
        if answered.unsubmitted is not None:
            self.tell(f"what was written so far: {answered.unsubmitted}")
        if changed := changed_line(watcher.screen, Path.cwd(), symbols=self.err.symbols):
            self.tell(changed)
        if answered.files is not None:
            self.tell(f"files: {answered.files}")
        return answered

    async def show_history(self, records: "Sequence[Record]") -> None:
        """Show the history of these records until the user closes it; print it where there is no screen."""
        from massgen.display.pager import show_history

        await show_history(
            records,
            console=self._console(),
            theme=self.out,
            stdin=self.stdin if self.kind == "rich" else None,
            typed=self.typed,
            zone=self.zone,
        )

    def tell(self, line: str) -> None:
        """Say something that is not an answer; on a terminal, rows end between words."""
        line = self.err.sayable(clean(line))
        with suppress(OSError):  # nobody listens: the answer matters, not who watches
            rows = _rows(line, self.stderr) if self.stderr.isatty() else [line]
            self.stderr.write("\n".join(rows) + "\n")
            self.stderr.flush()

    def tell_warnings(self) -> None:
        """Say what was held back."""
        for line in self.held.take():
            self.tell(f"warning: {line}")

    @asynccontextmanager
    async def _watching(
        self, earlier: "Sequence[Record]", presses: Interrupts
    ) -> "AsyncIterator[LiveDisplay | PlainDisplay]":
        if self.kind == "plain":
            from massgen.display.plain import PlainDisplay

            yield PlainDisplay(self.stderr, self.err)
            return
        from massgen.display.live import LiveDisplay

        async with LiveDisplay(
            self._console(),
            theme=self.out,
            clock=self.clock,
            hint="Ctrl+C stops",
            stdin=self.stdin,
            typed=self.typed,
            earlier=earlier,
            zone=self.zone,
            skip=presses.skip,
        ) as display:
            yield display

    def _console(self) -> "Console":
        from rich.console import Console

        return Console(file=self.stdout)


def _rows(text: str, terminal: TextIO) -> list[str]:
    from massgen.display.cells import hang

    columns = os.get_terminal_size(terminal.fileno()).columns
    return [row for line in text.split("\n") for row in hang(line, columns, "  ")] if columns else [text]
