"""A sign that a long turn is over, for somebody who does not look: a bell, or a notification of the terminal."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from massgen.display.theme import Theme
from massgen.printable import one_line, squeezed

if TYPE_CHECKING:
    from massgen.display.screen import Screen

_LONGEST_QUESTION = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """How a user wants to be told that a turn is over which took at least `after_s` seconds."""

    how: Literal["off", "bell", "osc9"] = "off"
    after_s: float = 20.0

    def of(self, screen: "Screen", question: str, theme: Theme) -> str:
        """Return the characters to write to a terminal, if any.

        Nothing for a turn that was short, that has no end, or that the user ended: then they do look.
        """
        outcome, ended = screen.outcome, screen.ended
        if self.how == "off" or outcome is None or ended is None or outcome.because == "cancelled":
            return ""
        took = ended - screen.started
        if took < self.after_s:
            return ""
        if self.how == "bell":
            return "\a"
        from massgen.display import wording  # what only a turn needs, the prompt need not import

        said = "no answer" if outcome.outcome == "failed" else "answered"
        asked = one_line(squeezed(question), _LONGEST_QUESTION)
        text = f"MassGen: {said} after {wording.elapsed(took)}: {asked}"
        return f"\x1b]9;{theme.sayable(text)}\a"  # "send notification", as iTerm2, kitty, WezTerm and others know it
