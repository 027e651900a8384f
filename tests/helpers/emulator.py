"""A terminal emulator as terminals are: with an alternate screen, scrollback, and answers to what programs ask it."""

from copy import deepcopy

import pyte


class Emulator(pyte.HistoryScreen):
    """pyte ignores mode 1049; here it swaps buffers as terminals do, and counts.

    `answered` is what a terminal would send back to the program, such as the place of the cursor.
    """

    def __init__(self, columns: int, lines: int) -> None:
        super().__init__(columns, lines, history=10_000, ratio=0.5)
        self.entered = self.left = 0
        self.answered: list[str] = []

    def draw(self, data: str) -> None:
        # pyte 0.8.2 drops the rest of a text behind a character without width that is no combining one.
        super().draw(data.replace("\ufe0f", ""))

    def set_mode(self, *modes: int, private: bool = False, **_: object) -> None:
        if private and 1049 in modes:
            self.entered += 1
            self._normal = (deepcopy(self.buffer), self.cursor.x, self.cursor.y)
            self.erase_in_display(2)
        super().set_mode(*modes, private=private)

    def reset_mode(self, *modes: int, private: bool = False, **_: object) -> None:
        if private and 1049 in modes:
            self.left += 1
            self.buffer, self.cursor.x, self.cursor.y = self._normal
        super().reset_mode(*modes, private=private)

    def write_process_input(self, data: str) -> None:
        self.answered.append(data)

    @property
    def rows(self) -> list[str]:
        """What is on the screen, blanks at line ends aside."""
        return ["".join(self.buffer[y][x].data for x in range(self.columns)).rstrip() for y in range(self.lines)]

    @property
    def scrollback(self) -> list[str]:
        """What has scrolled off the top."""
        return ["".join(line[x].data for x in range(self.columns)).rstrip() for line in self.history.top]
