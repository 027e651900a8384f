"""A tape of bytes that a random test reads its choices from: one drawn value, so whole turns shrink at once.

A tape that has come to its end answers every question with the first choice. So the first choice is the ordinary one,
and a shorter tape, or one with more zeros, is a more ordinary turn.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

TAPES = st.binary(min_size=300, max_size=600).map(lambda tape: tape.rstrip(b"\0"))
"""Whole turns. Zeros at the end are left out, so what Hypothesis prints in the end is as short as it can be."""

WORDS = st.binary(max_size=60)
"""Something to choose by, beside the turn itself."""


def spooled(count: int, *, seed: int = 0, size: int = 300) -> list[bytes]:
    """So many tapes that are always the same, for a test that needs many turns rather than a small one."""
    chance = Random(seed)
    return [chance.randbytes(size) for _ in range(count)]


class Tape:
    """Read once, from its beginning."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def pick(self, count: int) -> int:
        """A number below `count`, which is at most 256."""
        if self._at >= len(self._data):
            return 0
        self._at += 1
        return self._data[self._at - 1] % count

    def of(self, choices: Sequence[T]) -> T:
        return choices[self.pick(len(choices))]

    def once_in(self, count: int) -> bool:
        return self.pick(count) == count - 1

    def some(self, choices: Sequence[T], most: int) -> tuple[T, ...]:
        """Up to `most` of them, in any order and with repetitions."""
        return tuple(self.of(choices) for _ in range(self.pick(most + 1))) if choices else ()

    def shuffled(self, things: Sequence[T]) -> list[T]:
        rest = list(things)
        return [rest.pop(self.pick(min(len(rest), 256))) for _ in things]
