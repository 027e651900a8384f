"""All the chance there is: hashes of the seed, so that the same turn always draws the same lots."""

from collections.abc import Iterable
from hashlib import sha256, shake_256
from struct import unpack
from typing import Final

from massgen.agents import AgentId

_DRAW: Final = 8
"""Bytes of a lot: two that are equal will not be seen."""


def lot(seed: str, *parts: object) -> int:
    """A number below 2**64 that depends on nothing but its arguments."""
    return int.from_bytes(sha256(_bytes(seed, *parts)).digest()[:_DRAW], "big")


def fence(seed: str, *parts: object) -> str:
    """What delimits a quotation: its author could not have guessed it, since no model is told the seed."""
    return format(lot(seed, *parts, "fence"), "016x")


def share(seed: str, *parts: object) -> float:
    """A number in [0, 1) that depends on nothing but its arguments."""
    return lot(seed, *parts) / 2**64


def shuffled(candidates: Iterable[str], *, seed: str, turn: int, ballot: int, voter: AgentId) -> tuple[str, ...]:
    """The candidates' ids in this voter's own order, which says nothing about their authors."""
    known = sorted(candidates)
    draws = unpack(f">{len(known)}Q", shake_256(_bytes(seed, turn, ballot, voter)).digest(_DRAW * len(known)))
    return tuple(map(known.__getitem__, sorted(range(len(known)), key=draws.__getitem__)))


def _bytes(seed: str, *parts: object) -> bytes:
    return "\x1f".join([seed, *map(str, parts)]).encode("utf-8", "surrogatepass")
