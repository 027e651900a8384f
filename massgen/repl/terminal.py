"""The two streams a person or a pipe reads, and how a turn is shown on them.

stdout belongs to answers (and on a terminal to the conversation); everything else goes to stderr.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, assert_never

from massgen.display import choose, theme
from massgen.display.choose import Chosen
from massgen.display.keys import HAS_TERMIOS, TypeAhead
from massgen.display.lines import Lines
from massgen.display.notice import Notice
from massgen.display.theme import Theme
from massgen.errors import MassGenError
from massgen.printable import clean
from massgen.repl.door import Door
from massgen.repl.held import HeldWarnings
from massgen.repl.interrupts import Interrupts
from massgen.repl.meanwhile import meanwhile

if TYPE_CHECKING:
    from rich.console import Console

    from massgen.display.linear import LinearDisplay
    from massgen.display.live import LiveDisplay
    from massgen.display.plain import PlainDisplay
    from massgen.display.screen import Screen
    from massgen.events import Attached, Record
    from massgen.orchestrator.bus import Subscriber
    from massgen.repl.chat import Chat
    from massgen.repl.playing import Answered


_SILENT = Notice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Where output goes, and how; `stdin` is where keys come from, if from anywhere.

    `typed` is what was typed during a turn for the next prompt. `clock` gives seconds since the epoch, times of day are
    in `zone`. `inline`: the live view stands below the conversation and not on a screen of its own. `for_program`:
    stdout belongs to a program, which is told the answer by somebody else.
    """

    stdout: TextIO
    stderr: TextIO
    stdin: TextIO | None
    zone: tzinfo
    display: Chosen
    inline: bool
    out: Theme
    err: Theme
    clock: Callable[[], float]
    notice: Notice
    held: HeldWarnings
    typed: TypeAhead
    for_program: bool = False

    @staticmethod
    def of(
        *,
        stdout: TextIO,
        stderr: TextIO,
        environ: Mapping[str, str],
        clock: Callable[[], float],
        notice: Notice = _SILENT,
        held: HeldWarnings,
        requested: choose.Kind | None,
        configured: choose.Kind = "rich",
        inline: bool = False,
        stdin: TextIO | None = None,
        zone: tzinfo = UTC,
        for_program: bool = False,
    ) -> "Terminal":
        """The terminal that these streams and this environment make."""
        display = choose.pick(
            stdout_isatty=stdout.isatty() and not for_program,
            stderr_isatty=stderr.isatty(),
            environ=environ,
            requested=requested,
            configured=configured,
            has_termios=HAS_TERMIOS,
        )
        spoken = display.kind == "linear"
        return Terminal(
            stdout=stdout,
            stderr=stderr,
            stdin=stdin,
            zone=zone,
            display=display,
            out=theme.choose(encoding=stdout.encoding, environ=environ, isatty=stdout.isatty(), is_spoken=spoken),
            err=theme.choose(encoding=stderr.encoding, environ=environ, isatty=stderr.isatty(), is_spoken=spoken),
            inline=inline,
            clock=clock,
            notice=notice,
            held=held,
            typed=TypeAhead(),
            for_program=for_program,
        )

    @property
    def asks_in_lines(self) -> bool:
        """Whether the prompt is a line that is never redrawn."""
        return self.display.kind == "linear" or not self.display.has_screen

    async def ask(
        self, door: Door, question: str, presses: Interrupts, attached: "Sequence[Attached]" = ()
    ) -> "Answered | None":
        """Ask the team, show how it works, and print what came of it; None when Ctrl+C came before there was a team.

        `attached` are the files that go with the question.
        """
        with meanwhile(self.stdin, self.typed.press):
            chat = await door.open(presses)
        return await self._ask(chat, question, presses, attached) if chat else None

    async def _ask(
        self, chat: "Chat", question: str, presses: Interrupts, attached: "Sequence[Attached]"
    ) -> "Answered":
        async def ask(watcher: "Subscriber") -> "Answered":
            return await chat.ask(question, watcher, presses, attached)

        return await self._show(chat, question, presses, ask, chat.records)

    async def go_on(self, chat: "Chat", presses: Interrupts) -> "Answered":
        """Go on with the interrupted turn, and show it as any other, with what of it stands."""
        held = chat.interrupted
        assert held is not None, "a turn was interrupted"

        async def go_on(watcher: "Subscriber") -> "Answered":
            return await chat.go_on(watcher, presses)

        before = chat.records.before_turn(-1)
        return await self._show(chat, held.question, presses, go_on, before)

    async def start_over(self, chat: "Chat", presses: Interrupts) -> "Answered":
        """Close the interrupted turn, and ask its question once more."""
        held = chat.interrupted
        assert held is not None, "a turn was interrupted"

        async def start_over(watcher: "Subscriber") -> "Answered":
            return await chat.start_over(watcher, presses)

        return await self._show(chat, held.question, presses, start_over, chat.records)

    async def _show(
        self,
        chat: "Chat",
        question: str,
        presses: Interrupts,
        play: "Callable[[Subscriber], Awaitable[Answered]]",
        earlier: "Sequence[Record]",
    ) -> "Answered":
        from massgen.display.answer import changed_line, summary_line  # what only a turn needs, the prompt need not
        from massgen.display.interlude import closing_lines

        async with self._watching(earlier, presses) as watcher:
            answered = await play(watcher)
            presses.forget()  # a history that is still open is nothing that a signal would have to wait for
        self.tell_warnings()
        for line in closing_lines(watcher.screen, told=self.display.kind != "rich", symbols=self.err.symbols):
            self.tell(line)
        self.tell(summary_line(watcher.screen, symbols=self.err.symbols))
        if answered.text is not None and not self.for_program:
            self._print(chat, answered.text, watcher.screen)
        if answered.unsubmitted is not None:
            self.tell(f"what was written so far: {answered.unsubmitted}")
        if changed := changed_line(watcher.screen, Path.cwd(), symbols=self.err.symbols):
            self.tell(changed)
        if answered.files is not None:
            self.tell(f"files: {answered.files}")
        if self.display.has_screen and self.display.kind != "linear":
            with suppress(OSError):  # nobody is there to be told
                self.stdout.write(self.notice.of(watcher.screen, question, self.out))
                self.stdout.flush()
        return answered

    def _print(self, chat: "Chat", text: str, screen: "Screen") -> None:
        """Print the final answer: behind a label for who listens, between empty rows on any other terminal."""
        if self.display.kind == "linear" and screen.presentation is not None:
            self.tell(f"Answer of {clean(screen.presentation.agent)}:")
        self._write_answer(text, hint=f"It is kept in {chat.session.directory}." if chat.session else "")

    def show_answer(self, heading: str, text: str) -> None:
        """Show an answer of some turn below a line that says whose it is."""
        Lines(self.stdout, self.out).write(heading)
        self._write_answer(text, hint="/history shows it too.")

    def _write_answer(self, text: str, *, hint: str) -> None:
        from massgen.display.answer import print_answer

        margin = "\n" if self.stdout.isatty() and self.display.kind != "linear" else ""
        try:
            self.stdout.write(margin)
            print_answer(self._console(), text, as_written=self.asks_in_lines)
            self.stdout.write(margin)
            self.stdout.flush()
        except BrokenPipeError:  # whoever read it has left, and knows
            raise
        except OSError as error:
            raise MassGenError(f"The answer cannot be written to stdout: {error.strerror}.", hint=hint) from error

    async def show_history(self, records: "Sequence[Record]") -> None:
        """Show the history of these records until the user closes it; print it where there is no screen."""
        if self.display.kind == "linear":
            from massgen.display.retold import retold

            told = Lines(self.stdout, self.out)
            for line in retold(records, self.zone):
                told.write(line)
            return
        from massgen.display.pager import show_history

        await show_history(
            records,
            console=self._console(),
            theme=self.out,
            stdin=self.stdin if self.display.kind == "rich" else None,
            typed=self.typed,
            zone=self.zone,
        )

    def tell(self, line: str) -> None:
        """Say something that is not an answer; on a terminal, rows end between words."""
        Lines(self.stderr, self.err).write(line)

    def tell_warnings(self) -> None:
        """Say what was held back."""
        for line in self.held.take():
            self.tell(f"warning: {line}")

    @asynccontextmanager
    async def _watching(
        self, earlier: "Sequence[Record]", presses: Interrupts
    ) -> "AsyncIterator[LiveDisplay | PlainDisplay | LinearDisplay]":
        match self.display.kind:
            case "plain":
                from massgen.display.plain import PlainDisplay

                with meanwhile(self.stdin, self.typed.press):
                    yield PlainDisplay(self.stderr, self.err)
            case "linear":
                async with self._listening(earlier, presses) as display:
                    yield display
            case "rich":
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
                    inline=self.inline,
                ) as display:
                    yield display
            case _:
                assert_never(self.display.kind)

    @asynccontextmanager
    async def _listening(self, earlier: "Sequence[Record]", presses: Interrupts) -> "AsyncIterator[LinearDisplay]":
        """The linear display, and the lines that can be typed meanwhile."""
        from massgen.display.linear import LinearDisplay
        from massgen.display.retold import retold
        from massgen.repl.typed_lines import TypedLines

        told = Lines(self.stderr, self.err)

        def tell_history() -> None:
            for line in retold((*earlier, *display.records), self.zone):
                told.write(line)

        def skip(who: str) -> bool:
            found = [
                each.agent for place, each in enumerate(display.screen.agents, 1) if who in (each.agent, str(place))
            ]
            for agent in found[:1]:
                presses.skip(agent)
            return bool(found)

        async with LinearDisplay(self.stderr, self.err, clock=self.clock) as display:
            with meanwhile(self.stdin, TypedLines(self.typed, history=tell_history, skip=skip).hear):
                yield display

    def _console(self) -> "Console":
        from rich.console import Console

        return Console(file=self.stdout)
