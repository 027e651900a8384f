"""All the chance there is: hashes of the seed, so that the same turn always draws the same lots."""

from collections.abc import Iterable
from hashlib import sha256, shake_256
from operator import attrgetter
from typing import Final

from massgen.agents import AgentId
from massgen.events import Candidate

_DRAW: Final = 8
"""Bytes of a lot: two that are equal will not be seen."""


def lot(seed: str, *parts: object) -> int:
    """A number below 2**64 that depends on nothing but its arguments."""
    return int.from_bytes(sha256(_bytes(seed, *parts)).digest()[:_DRAW], "big")


def share(seed: str, *parts: object) -> float:
    """A number in [0, 1) that depends on nothing but its arguments."""
    return lot(seed, *parts) / 2**64


def shuffled(
    candidates: Iterable[Candidate], *, seed: str, turn: int, ballot: int, voter: AgentId
) -> tuple[Candidate, ...]:
    """The candidates in this voter's own order, which says nothing about their authors."""
    known = sorted(candidates, key=attrgetter("candidate"))
    draws = shake_256(_bytes(seed, turn, ballot, voter)).digest(_DRAW * len(known))
    drawn = {each.candidate: draws[_DRAW * place : _DRAW * (place + 1)] for place, each in enumerate(known)}
    return tuple(sorted(known, key=lambda each: drawn[each.candidate]))


def _bytes(seed: str, *parts: object) -> bytes:
    return "\x1f".join([seed, *map(str, parts)]).encode("utf-8", "surrogatepass")
