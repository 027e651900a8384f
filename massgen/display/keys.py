"""Keys that are pressed while a view has the terminal, as events of the loop.

prompt_toolkit's parser knows the keys; its raw mode is not used, because that takes Ctrl+C away from the kernel, and
Ctrl+C must work while the loop is stuck. Here the terminal only stops to echo and to collect lines: signals stay
signals, output is left as it is. Late answers of the terminal to questions of other programs (where is the cursor?)
arrive among the keys and are swallowed. Where there is no terminal to read from, or no termios, there are no keys.
"""

import asyncio
import codecs
import os
import select
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TextIO

try:
    import termios
except ImportError:  # as on Windows
    HAS_TERMIOS = False
else:
    HAS_TERMIOS = True

if TYPE_CHECKING:
    from prompt_toolkit.input.vt100_parser import Vt100Parser
    from prompt_toolkit.key_binding.key_processor import KeyPress

_ESCAPE_S: Final = 0.05
"""An Esc that nothing follows for so long was the key, and not the beginning of another one."""

_PIECE: Final = 65_536

Name = Literal["text", "paste", "up", "down", "left", "right", "page_up", "page_down", "home", "end", "escape", "enter",
               "backspace", "kill", "reload", "gone"]  # fmt: skip

_NAMES: Final[Mapping[str, Name]] = MappingProxyType(
    {
        "up": "up",
        "down": "down",
        "left": "left",
        "right": "right",
        "pageup": "page_up",
        "pagedown": "page_down",
        "home": "home",
        "end": "end",
        "escape": "escape",
        "c-m": "enter",
        "c-j": "enter",
        "c-h": "backspace",
        "c-u": "kill",
        "c-r": "reload",
        "<bracketed-paste>": "paste",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key, or one paste. `text` is what it says; `alone`: nothing else came with it, as when a person presses it.

    "kill" is Ctrl+U and "reload" Ctrl+R. After "gone" no key will come: the terminal was closed.
    """

    name: Name
    text: str = ""
    alone: bool = True


def can_read(stdin: TextIO | None) -> bool:
    """Whether there is a terminal whose keys can be read one by one."""
    return HAS_TERMIOS and stdin is not None and not stdin.closed and stdin.isatty()


class Keyboard:
    """Tells `hear` every key between `open` and `close`, which leaves the terminal as it was and loses no key.

    Both may be called at any time and any number of times, in the thread of a running event loop.
    """

    def __init__(self, stdin: TextIO | None, hear: Callable[[Key], object]) -> None:
        self._stdin = stdin if can_read(stdin) else None
        self._hear = hear
        self._before: list[int | list[bytes | int]] | None = None
        self._pressed: list[KeyPress] = []
        self._parser: Vt100Parser | None = None
        self._letters = codecs.getincrementaldecoder("utf-8")("replace")
        self._escape: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        """Whether keys are read now."""
        return self._before is not None

    def open(self) -> None:
        """Read keys from now on, if there is a terminal to read from."""
        if sys.platform == "win32" or self._stdin is None or self._before is not None:
            return
        from prompt_toolkit.input.vt100_parser import Vt100Parser  # 60 ms that a pipe need not wait for

        self._parser = self._parser or Vt100Parser(self._pressed.append)
        opened = self._stdin.fileno()
        self._before = termios.tcgetattr(opened)
        mode = termios.tcgetattr(opened)
        mode[0] &= ~(termios.IXON | termios.ICRNL)
        mode[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
        mode[3] |= termios.NOFLSH  # Ctrl+C takes nothing away that was typed before it
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        # Not TCSAFLUSH: what was typed before belongs to the user.
        termios.tcsetattr(opened, termios.TCSADRAIN, mode)
        asyncio.get_running_loop().add_reader(opened, self._read)

    def close(self) -> None:
        """Read what is there, then give the terminal back as it was."""
        if sys.platform == "win32" or self._stdin is None or self._before is None:
            return
        opened, before = self._stdin.fileno(), self._before
        is_there = asyncio.get_running_loop().remove_reader(opened)
        try:
            while is_there and select.select([opened], [], [], 0)[0] and self._read():
                pass  # a long paste comes in pieces; its end must not go to whoever reads next
            self._flush()
        finally:
            self._before = None
            with suppress(termios.error):  # the terminal is gone: there is nothing left to restore
                termios.tcsetattr(opened, termios.TCSADRAIN, before)

    def _read(self) -> bool:
        """Hear what was pressed; false when nothing can come any more."""
        assert self._stdin is not None, "there is a reader only where there is something to read"
        try:
            piece = os.read(self._stdin.fileno(), _PIECE)
        except OSError:  # the terminal is gone
            piece = b""
        if not piece:
            asyncio.get_running_loop().remove_reader(self._stdin.fileno())
            self._hear(Key(name="gone"))
            return False
        if self._parser is not None:
            self._parser.feed(self._letters.decode(piece))
        self._tell()
        if self._escape is not None:
            self._escape.cancel()
        self._escape = asyncio.get_running_loop().call_later(_ESCAPE_S, self._flush)
        return True

    def _flush(self) -> None:
        if self._escape is not None:
            self._escape.cancel()
            self._escape = None
        if self._parser is not None:
            self._parser.flush()
        self._tell()

    def _tell(self) -> None:
        pressed = [key for each in self._pressed if (key := _key(each.key, each.data)) is not None]
        self._pressed.clear()
        for name, text in pressed:
            self._hear(Key(name=name, text=text, alone=len(pressed) == 1))


def _key(key: str, text: str) -> tuple[Name, str] | None:
    """What a key of prompt_toolkit is to us; None for those that mean nothing here."""
    name = _NAMES.get(key)
    if name == "paste":
        return name, text.replace("\r\n", "\n").replace("\r", "\n")
    if name is not None:
        return name, ""
    return ("text", text) if len(key) == 1 and text.isprintable() else None


class TypeAhead:
    """What is typed while no prompt is there, for the prompt that comes. `text` may be changed."""

    def __init__(self) -> None:
        self.text = ""

    def press(self, key: Key) -> bool:
        """Take a key; false if it writes nothing."""
        match key.name:
            case "text" | "paste":
                self.text += key.text
            case "enter" if self.text:
                self.text += "\n"
            case "backspace":
                self.text = self.text[:-1]
            case "kill":
                self.text = ""
            case _:
                return False
        return True

    def take(self) -> str:
        """What the next prompt opens with. Enter at the end is left to the user, who has not seen that prompt yet."""
        text, self.text = self.text.rstrip("\n"), ""
        return text
