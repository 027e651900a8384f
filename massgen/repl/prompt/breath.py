"""Keys of a terminal, of which a paste takes in everything that comes in one breath with it.

A terminal says where a paste ends. Some let the same sign through when it stands in what is pasted, and then the rest
would be typed, Enter included. Nobody types within the twentieth of a second after a paste: what comes then belongs to
it, and is text.
"""

import select
import sys
from typing import Final

from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

assert sys.platform != "win32"

from prompt_toolkit.input.vt100 import Vt100Input  # noqa: E402 - it does not exist on Windows

END: Final = "\x1b[201~"
_BREATH_S: Final = 0.05
_MOST: Final = 4_000_000
"""Keys of one breath; a pipe that never pauses is no paste."""


class Breathing(Vt100Input):
    """The keys of `stdin`."""

    def read_keys(self) -> list[KeyPress]:
        """What was pressed since the last time."""
        keys = super().read_keys()
        place = next((place for place, each in enumerate(keys) if each.key == Keys.BracketedPaste), None)
        if place is None:
            return keys
        wait = 0.0 if place == len(keys) - 1 else _BREATH_S
        while len(keys) < _MOST and not self.closed and select.select([self.fileno()], [], [], wait)[0]:
            keys += super().read_keys()
            wait = _BREATH_S
        keys += super().flush_keys()
        text = "".join(each.data for each in keys[place:]).replace(END, "")
        return [*keys[:place], KeyPress(Keys.BracketedPaste, text)]
