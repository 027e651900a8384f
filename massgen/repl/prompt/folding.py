"""Big pastes, shown as a placeholder in what is typed and whole in what is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MOST_LINES: Final = 10
"""A paste of more lines than this is folded."""
MOST_CHARACTERS: Final = 2_000
"""The same for a paste of few, but long, lines."""

_PLACEHOLDER: Final = re.compile(r"\[pasted [0-9,]+ (?:lines|characters) #[0-9]+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the user has said: `text` whole, and `typed` as it stood at the prompt, with pastes folded."""

    text: str
    typed: str

    @staticmethod
    def plainly(text: str) -> "Said":
        """What was said without anything folded."""
        return Said(text=text, typed=text)


class Folds:
    """The pastes of one prompt, by the placeholders that stand for them; their numbers are never used again."""

    def __init__(self) -> None:
        self._pasted: dict[str, str] = {}

    def folded(self, text: str) -> str:
        """What to show for a paste: itself if it is small, else a placeholder."""
        lines = text.count("\n") + 1
        number = len(self._pasted) + 1
        if lines > MOST_LINES:
            placeholder = f"[pasted {lines:,} lines #{number}]"
        elif len(text) > MOST_CHARACTERS:
            placeholder = f"[pasted {len(text):,} characters #{number}]"
        else:
            return text
        self._pasted[placeholder] = text
        return placeholder

    def unfolded(self, typed: str) -> str:
        """The text with every paste in its place; what only looks like a placeholder stays."""
        return unfolded(typed, self._pasted)

    def before(self, typed: str) -> str:
        """The placeholder that `typed` ends with, so that it is deleted as one; empty if it ends otherwise."""
        return next((each for each in self._pasted if typed.endswith(each)), "")


def unfolded(typed: str, pasted: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, and nothing replaced in what replaces them."""
    return _PLACEHOLDER.sub(lambda found: pasted.get(found[0], found[0]), typed)
