"""Which agent fills the live view: digits or an arrow key look at one agent, `s` stops waiting for it, Esc goes back.

A digit right behind another makes a number of two: 1 and 2 lead to the twelfth agent, if there are so many. Digits may
also be the first characters of the next question ("3 more ideas"), and so may an `s`: who types on soon after was
writing, and gets them back. So a letter right behind a digit is none of our keys: nobody is skipped by "3seconds".
"""

from collections.abc import Callable

from massgen.agents import AgentId
from massgen.display.keys import Key
from massgen.display.screen import Screen
from massgen.display.wording import is_awaited

_WRITING_S = 3.0
_LOOKING_S = 1.0


class Focus:
    """The agent in focus, if there is one. `clock` is in seconds; `skip` is told whom the user does not wait for."""

    def __init__(self, *, clock: Callable[[], float], skip: Callable[[AgentId], object]) -> None:
        self.agent: AgentId = ""
        self._clock = clock
        self._skip = skip
        self._begun = ""
        self._since = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether a digit was pressed just now, so that the next letter rather belongs to a word with it."""
        return self._begun.isdecimal() and self._age() < _LOOKING_S

    def press(self, key: Key, screen: Screen, *, hot: bool) -> bool:
        """Take a key; false when it is not for the focus. `hot`: a letter is a key now and not a text."""
        agents = [each.agent for each in screen.agents]
        if key.name in ("left", "right") and agents:
            self._move(agents, 1 if key.name == "right" else -1)
        elif key.name == "escape" and self.agent:
            self.clear()
        elif number := self._number(key, len(agents), hot=hot):
            self.agent, self._begun, self._since = agents[int(number) - 1], number, self._clock()
        elif hot and key.text == "s" and is_awaited(screen.agent(self.agent)):
            self._skip(self.agent)
            begun = self.take_back() + key.text
            self.clear()
            self._begun, self._since = begun, self._clock()
        else:
            return False
        return True

    def take_back(self) -> str:
        """What turned out to begin a text; the focus it set is gone then. Empty when nothing did."""
        begun = self._begun if self._age() < _WRITING_S else ""
        if begun:
            self.clear()
        return begun

    def clear(self) -> None:
        """Show everybody again."""
        self.agent, self._begun = "", ""

    def _age(self) -> float:
        return self._clock() - self._since if self._begun else _WRITING_S

    def _number(self, key: Key, agents: int, *, hot: bool) -> str:
        """The digits up to this key, if they lead to an agent; a letter or a paste has none."""
        if not (key.name == "text" and key.alone and key.text.isascii() and key.text.isdecimal()):
            return ""
        so_far = self._begun if self.is_fresh and self._begun.isdecimal() else ""
        number = so_far + key.text
        return number if (hot or so_far) and 1 <= int(number) <= agents and number[0] != "0" else ""

    def _move(self, agents: list[AgentId], step: int) -> None:
        place = agents.index(self.agent) + step if self.agent in agents else (0 if step > 0 else -1)
        self.agent, self._begun = agents[place % len(agents)], ""
