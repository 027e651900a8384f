"""A person at a terminal: types into a program on a real pty and reads what an emulator shows of it.

Nobody sleeps here: `wait_for` looks whenever the program has written something, and now and then for what makes no
output, until what is awaited is there.
"""

import errno
import os
import select
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

from tests.helpers.emulator import Emulator

PATIENCE_S = 15.0
"""How long a person waits for something to show; far longer than anything takes, even on a busy machine."""

_GLANCE_S = 0.05
"""How often the settings of the terminal are looked at, which change without a word."""

CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\r"

_END = b"\x1b]0;ended\x07"
"""A title that the terminal gets when the program is over: whoever reads it has read all there was before it."""

# The first terminal that the leader of a session opens becomes its controlling one, so that Ctrl+C means something.
_ON_TERMINAL = 'exec <>"$1" >&0 2>&0; shift; exec "$@"'


class Conversation:
    """A program on a terminal. As a context manager it is killed, if it still runs, when the block is left.

    Some terminals do not answer what a program asks them; `answers` is false for one of these.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        columns: int = 80,
        lines: int = 24,
        answers: bool = True,
    ) -> None:
        self.screen = Emulator(columns, lines)
        self._answers = answers
        self.written = bytearray()
        self._stream = pyte.ByteStream(self.screen)
        self._changed = threading.Condition()
        self._ours, self._theirs = os.openpty()
        termios.tcsetwinsize(self._theirs, (lines, columns))
        self._before = termios.tcgetattr(self._theirs)
        shell = ("/bin/sh", "-c", _ON_TERMINAL, "sh", os.ttyname(self._theirs), *command)
        self._process = subprocess.Popen(shell, cwd=cwd, env=dict(env), start_new_session=True)
        self._threads = [
            threading.Thread(target=each, name=f"terminal {each.__name__}", daemon=True)
            for each in (self._note_the_end, self._read)
        ]

    def __enter__(self) -> "Conversation":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ending, reading = self._threads
        self._process.kill()
        ending.join()
        os.close(self._theirs)  # the last one that held the terminal open: the reader comes to its end
        reading.join()
        os.close(self._ours)

    # -- what a person does ------------------------------------------------------------------------------------------

    def type(self, keys: str) -> None:
        """Type these characters, Enter and Ctrl+C among them."""
        os.write(self._ours, keys.encode())

    def after(self, line: str) -> str:
        """What the program said to the last such line, once the prompt is back."""
        self.wait_until(lambda: self.row == "You:" and f"You: {line}\n" in self.text, line)
        return self.above.rpartition(f"You: {line}\n")[2].removesuffix("You:").strip("\n")

    def say(self, line: str) -> None:
        """Type a line and press Enter, once the prompt is there, and see it arrive."""
        self.wait_for_prompt()
        seen, entered = self.text.count(f"You: {line}"), self.screen.entered

        def has_arrived() -> bool:  # a turn's view may have hidden the line before anybody has looked
            return self.screen.entered > entered or self.text.count(f"You: {line}") > seen

        self.type(line + ENTER)
        self.wait_until(has_arrived, f"{line!r} at the prompt")

    def wait_for(self, *texts: str, where: Callable[[], str] | None = None) -> None:
        """Wait until all these texts are to be seen. `where` says where to look, else everywhere."""
        look = where or (lambda: self.text)
        self.wait_until(lambda: all(text in look() for text in texts), f"{texts}")

    def wait_until(self, condition: Callable[[], bool], what: str = "it") -> None:
        """Wait until something is so; not longer than the program runs."""
        deadline = time.monotonic() + PATIENCE_S
        with self._changed:
            while not condition() and not self.has_ended and time.monotonic() < deadline:
                self._changed.wait(_GLANCE_S)
            assert condition(), f"waited in vain for {what}; there is:\n{self.text}"

    def wait_for_prompt(self) -> None:
        """Wait until the program asks for the next line, and nothing is typed yet."""
        self.wait_until(lambda: self.row == "You:", "an empty prompt")

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Send a signal to the program."""
        self._process.send_signal(number)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the terminal, as a person does who drags its corner; the program is told."""
        with self._changed:
            self.screen.resize(lines, columns)
            termios.tcsetwinsize(self._ours, (lines, columns))

    def wait_for_end(self) -> int:
        """Wait until the program has ended and all its output is here; its exit status."""
        self.wait_until(lambda: self.has_ended, "the end of the program")
        return self._process.wait()

    # -- what a person sees ------------------------------------------------------------------------------------------

    @property
    def is_cooked(self) -> bool:
        """Whether the terminal itself acts on keys such as Ctrl+C, as it does during a turn and not at the prompt."""
        return bool(termios.tcgetattr(self._theirs)[3] & termios.ISIG)

    @property
    def is_echoing(self) -> bool:
        """Whether the terminal shows what is typed by itself, which no program that reads keys lets it do."""
        return bool(termios.tcgetattr(self._theirs)[3] & termios.ECHO)

    @property
    def has_ended(self) -> bool:
        """Whether the program has ended and all its output is here."""
        return self.written.endswith(_END)

    @property
    def row(self) -> str:
        """The row on which the cursor stands."""
        return self.screen.rows[self.screen.cursor.y]

    @property
    def shown(self) -> str:
        """What is on the screen now."""
        return "\n".join(self.screen.rows)

    @property
    def text(self) -> str:
        """All there is to read: what has scrolled off, then the screen; empty rows at the end aside."""
        with self._changed:
            return "\n".join([*self.screen.scrollback, *self.screen.rows]).rstrip()

    @property
    def above(self) -> str:
        """The same down to the cursor, without what stands below a prompt as long as it is there."""
        with self._changed:
            rows = self.screen.rows[: self.screen.cursor.y + 1]
            return "\n".join([*self.screen.scrollback, *rows]).rstrip()

    @property
    def below(self) -> list[str]:
        """What stands below the cursor, such as a menu or a toolbar; empty rows at the end aside."""
        with self._changed:
            return "\n".join(self.screen.rows[self.screen.cursor.y + 1 :]).rstrip().splitlines()

    @property
    def is_as_before(self) -> bool:
        """Whether the terminal is set as it was before the program, on its normal screen, with a cursor."""
        set_as_before = termios.tcgetattr(self._theirs) == self._before
        return set_as_before and self.screen.entered == self.screen.left and not self.screen.cursor.hidden

    def _note_the_end(self) -> None:
        self._process.wait()
        os.write(self._theirs, _END)

    def _read(self) -> None:
        while True:
            select.select([self._ours], [], [])
            try:
                piece = os.read(self._ours, 65_536)
            except OSError as error:
                if error.errno == errno.EIO:  # the last one that had the terminal open is gone
                    return
                raise
            with self._changed:
                self.written += piece
                self._stream.feed(piece)
                for answer in self.screen.answered if self._answers else ():
                    os.write(self._ours, answer.encode())
                self.screen.answered.clear()
                self._changed.notify_all()
