"""A prompt that is one line and never redrawn: the terminal itself echoes and edits it, as it does for `cat`.

For screen readers, to which a prompt that redraws itself is noise; for terminals that cannot move their cursor; and
where there is no termios. The terminal stays in its own mode, with one change: Ctrl+C ends a line as Enter does, so
that we hear whether anything was typed before it. Lines that come in one breath are one text, as when they are pasted.
"""

import asyncio
import codecs
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from massgen.display.keys import can_read
from massgen.printable import one_line
from massgen.repl.interrupts import Interrupts
from massgen.repl.meanwhile import around_stops
from massgen.repl.prompt.folding import Said

with suppress(ImportError):  # as on Windows, where `can_read` says no
    import termios

PROMPT: Final = "You: "
MORE: Final = "More: "
"""The prompt after a line that ends with a backslash."""
YES_OR_NO: Final = "y or n: "

_CTRL_C: Final = "\x03"
_PIECE: Final = 65_536
_BREATH_S: Final = 0.02
_LONGEST: Final = 1_023 if sys.platform == "darwin" else 4_095
"""So many bytes of a line a terminal keeps; it drops the rest without a word."""


class LinePrompt:
    """Asks on `stdout` and reads the terminal `stdin`. `asked` is called each time the prompt is there to be seen."""

    def __init__(
        self,
        stdin: TextIO,
        stdout: TextIO,
        *,
        say: Callable[[str], None],
        presses: Interrupts,
        asked: Callable[[], None],
    ) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._say = say
        self._presses = presses
        self._asked = asked
        self._letters = codecs.getincrementaldecoder("utf-8")("replace")
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self._thread: threading.Thread | None = None
        self._was_pressed = False

    async def ask(self, typed: str) -> Said:
        """Return what the user says next, which begins with `typed`; raises `EOFError` when there is nothing more.

        Ctrl+C drops what was typed; where nothing was, it is the end, as Ctrl+D is.
        """
        if typed:
            self._say(f"Typed meanwhile: {one_line(typed)}. Enter sends it, Ctrl+C drops it.")
        with self._reading():
            return Said.plainly(await self._line(typed, PROMPT))

    async def confirm(self, question: str) -> bool:
        """Whether the user says yes; what was typed before the question could be heard is no answer to it."""
        self._say(question)
        while not self._pieces.empty():
            self._pieces.get_nowait()
        try:
            with self._reading():
                answer = await self._line("", YES_OR_NO)
        except EOFError:
            return False
        return answer.strip().lower() in ("y", "yes")

    async def choose(self, question: str) -> str:
        """Ask something else, and return the line that is said to that; Ctrl+C and Ctrl+D are as in `ask`."""
        with self._reading(question):
            return await self._line("", question)

    def was_pressed(self) -> bool:
        """Whether Ctrl+C came in one breath with the last Enter: then it is meant for what that began."""
        was_pressed, self._was_pressed = self._was_pressed, False
        return was_pressed

    async def _line(self, said: str, prompt: str) -> str:
        self._write(prompt)
        self._asked()
        begun = ""
        while True:
            begun += await self._breath()
            before, ctrl_c, after = begun.partition(_CTRL_C)
            if ctrl_c and not before.endswith("\n"):
                self._write("\n")
                if not said and not before:
                    raise EOFError
                said, begun = "", after
                self._write(prompt)
            elif ctrl_c:
                begun, self._was_pressed = before, True
            if any(len(line.encode()) >= _LONGEST for line in begun.split("\n")) and can_read(self._stdin):
                self._say(f"The terminal cut that line off after {_LONGEST:,} bytes, so it was not sent.")
                self._say("Break it into several lines that end with a backslash, or send it through a pipe.")
                said, begun = "", ""
                self._write(prompt)
            elif begun.endswith("\\\n"):
                said, begun = f"{said}{begun[:-2]}\n", ""
                self._write(MORE)
            elif begun.endswith("\n"):
                return (said + begun).rstrip("\n")

    async def _breath(self) -> str:
        """All that comes at once; raises `EOFError` at the end of the input."""
        piece = await self._piece()
        with suppress(TimeoutError):
            while piece:
                more = await asyncio.wait_for(self._piece(), _BREATH_S)
                if not more:
                    break
                piece += more
        if not piece:
            self._write("\n")
            raise EOFError
        return self._letters.decode(piece)

    async def _piece(self) -> bytes:
        if not can_read(self._stdin) and self._thread is None:
            self._thread = threading.Thread(target=self._wait, args=[asyncio.get_running_loop()], daemon=True)
            self._thread.start()
        return await self._pieces.get()

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read in a thread, where a terminal cannot be watched by the loop; it may outlast the prompt."""
        piece = self._read()
        self._thread = None
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(self._pieces.put_nowait, piece)

    def _read(self) -> bytes:
        try:
            return os.read(self._stdin.fileno(), _PIECE)
        except OSError:  # the terminal is gone
            return b""

    @contextmanager
    def _reading(self, prompt: str = PROMPT) -> Iterator[None]:
        """Pieces of what is typed come into the queue, and Ctrl+C is one of them."""
        if not can_read(self._stdin):
            self._presses.aim(lambda: self._pieces.put_nowait(_CTRL_C.encode()))
            yield
            return
        loop, opened = asyncio.get_running_loop(), self._stdin.fileno()
        before: list[list[int | list[bytes | int]]] = []

        def enter() -> None:
            before.append(termios.tcgetattr(opened))
            mode = termios.tcgetattr(opened)
            mode[3] |= termios.ICANON  # and not ECHO: Emacs shows what is typed by itself
            mode[6][termios.VINTR] = bytes([os.fpathconf(opened, "PC_VDISABLE") & 0xFF])
            mode[6][termios.VEOL] = _CTRL_C.encode()
            termios.tcsetattr(opened, termios.TCSADRAIN, mode)
            loop.add_reader(opened, lambda: self._pieces.put_nowait(self._read()))

        def leave() -> None:
            loop.remove_reader(opened)
            with suppress(termios.error):  # the terminal is gone: there is nothing left to restore
                termios.tcsetattr(opened, termios.TCSADRAIN, before.pop())

        def enter_again() -> None:
            enter()
            self._write(prompt)

        enter()
        try:
            with around_stops(leave, enter_again):
                yield
        finally:
            leave()

    def _write(self, text: str) -> None:
        self._stdout.write(text)
        self._stdout.flush()
