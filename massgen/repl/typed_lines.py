"""What can be typed during a turn where there is no view to press keys in: whole lines, each with Enter."""

from collections.abc import Callable

from massgen.display.keys import Key, TypeAhead


class TypedLines:
    """`r` alone on a line tells the history, `s` and an agent stops waiting for it; all else is for the next prompt.

    `skip` is told the name or the place of an agent, and returns whether there is such a one.
    """

    def __init__(self, typed: TypeAhead, *, history: Callable[[], None], skip: Callable[[str], bool]) -> None:
        self._typed = typed
        self._history = history
        self._skip = skip

    def hear(self, key: Key) -> None:
        """Take a key."""
        if key.name == "enter" and self._does(self._typed.text.strip()):
            self._typed.text = ""
        else:
            self._typed.press(key)

    def _does(self, line: str) -> bool:
        if line == "r":
            self._history()
            return True
        word, _, who = line.partition(" ")
        return word == "s" and bool(who) and self._skip(who.strip())
