"""Keys of a terminal, of which a paste is one, also where the sign of its end stands in what is pasted.

A terminal says where a paste ends. Some let the same sign through when it stands in the text, and then the rest would
be typed, Enter included. So what comes in one breath with a paste is heard before any of it counts: up to the last such
sign, or the end of the last paste, it belongs to the paste and is text.
"""

import select
import sys
from typing import Final, TextIO

from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from massgen.display.keys import can_read

_END: Final = "\x1b[201~"
_BREATH_S: Final = 0.05
_MOST: Final = 4_000_000
"""Keys of one breath; a pipe that never pauses is no paste."""


def keys_of(stdin: TextIO | None) -> Input | None:
    """The keys of the terminal `stdin`; None for those of prompt_toolkit's own choice, as on Windows."""
    if sys.platform == "win32" or stdin is None or not can_read(stdin):
        return None
    from prompt_toolkit.input.vt100 import Vt100Input  # which needs termios

    class Breathing(Vt100Input):
        def read_keys(self) -> list[KeyPress]:
            keys = super().read_keys()
            place = next((place for place, each in enumerate(keys) if each.key == Keys.BracketedPaste), None)
            if place is None:
                return keys
            wait = 0.0 if place == len(keys) - 1 else _BREATH_S
            while len(keys) < _MOST and not self.closed and select.select([self.fileno()], [], [], wait)[0]:
                keys += super().read_keys()
                wait = _BREATH_S
            keys += super().flush_keys()
            return [*keys[:place], *_joined(keys[place:])]

    return Breathing(stdin)


def _joined(keys: list[KeyPress]) -> list[KeyPress]:
    """A paste with what belongs to it, and then what was really pressed."""
    text, end = "", 0
    for place, each in enumerate(keys):
        text += each.data
        if each.key == Keys.BracketedPaste or text.endswith(_END):
            end = place + 1
    pasted = "".join(each.data for each in keys[:end]).replace(_END, "")
    return [KeyPress(Keys.BracketedPaste, pasted), *keys[end:]]
