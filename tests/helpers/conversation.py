"""A person at a terminal: types into a program on a real pty and reads what an emulator shows of it.

Nobody sleeps here: `wait_for` looks whenever the program has written something, until what is awaited is there.
"""

import errno
import os
import select
import signal
import subprocess
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

from tests.helpers.emulator import Emulator

PATIENCE_S = 15.0
"""How long a person waits for something to show; far longer than anything takes, even on a busy machine."""

CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\r"

# The first terminal that the leader of a session opens becomes its controlling one, so that Ctrl+C means something.
_ON_TERMINAL = 'exec <>"$1" >&0 2>&0; shift; exec "$@"'


class Conversation:
    """A program on a terminal. As a context manager it is killed, if it still runs, when the block is left."""

    def __init__(
        self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], columns: int = 80, lines: int = 24
    ) -> None:
        self.screen = Emulator(columns, lines)
        self.written = bytearray()
        self._stream = pyte.ByteStream(self.screen)
        self._changed = threading.Condition()
        self._ours, self._theirs = os.openpty()
        termios.tcsetwinsize(self._theirs, (lines, columns))
        self._before = termios.tcgetattr(self._theirs)
        shell = ("/bin/sh", "-c", _ON_TERMINAL, "sh", os.ttyname(self._theirs), *command)
        self._process = subprocess.Popen(shell, cwd=cwd, env=dict(env), start_new_session=True)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)

    def __enter__(self) -> "Conversation":
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._theirs)  # the last one that held the terminal open: the reader comes to its end
        self._reader.join()
        os.close(self._ours)

    # -- what a person does ------------------------------------------------------------------------------------------

    def type(self, keys: str) -> None:
        """Type these characters, Enter and Ctrl+C among them."""
        os.write(self._ours, keys.encode())

    def say(self, line: str) -> None:
        """Type a line and press Enter, once the prompt is there, and see it arrive."""
        self.wait_for_prompt()
        seen = self.text.count(f"You: {line}")
        self.type(line + ENTER)
        self.wait_until(lambda: self.text.count(f"You: {line}") > seen, f"{line!r} at the prompt")

    def wait_for(self, *texts: str, where: Callable[[], str] | None = None) -> str:
        """Wait until all these texts are to be seen; returns what is. `where` says where to look, else everywhere."""
        look = where or (lambda: self.text)
        return look() if self.wait_until(lambda: all(text in look() for text in texts), texts) else ""

    def wait_until(self, condition: Callable[[], bool], what: object = "it") -> bool:
        """Wait until something is so on the screen."""
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE_S), f"waited in vain for {what}; there is:\n{self.text}"
        return True

    def wait_for_prompt(self) -> None:
        """Wait until the program asks for the next line, and nothing is typed yet."""
        self.wait_until(lambda: self.row == "You:", "an empty prompt")

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Send a signal to the program."""
        self._process.send_signal(number)

    def wait_for_end(self) -> int:
        """Wait until the program has ended; its exit status."""
        status = self._process.wait(PATIENCE_S)
        os.write(self._theirs, b"\x1b]0;end\x07")  # everything that was written before has been read once this has
        self.wait_until(lambda: self.written.endswith(b"\x1b]0;end\x07"), "the end of the output")
        return status

    # -- what a person sees ------------------------------------------------------------------------------------------

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
    def is_as_before(self) -> bool:
        """Whether the terminal is set as it was before the program, on its normal screen, with a cursor."""
        set_as_before = termios.tcgetattr(self._theirs) == self._before
        return set_as_before and self.screen.entered == self.screen.left and not self.screen.cursor.hidden

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
                for answer in self.screen.answered:
                    os.write(self._ours, answer.encode())
                self.screen.answered.clear()
                self._changed.notify_all()
