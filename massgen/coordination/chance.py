"""All the chance there is: hashes of the seed, so that the same turn always draws the same lots."""

from collections.abc import Iterable
from hashlib import sha256

from massgen.agents import AgentId
from massgen.events import Candidate


def lot(seed: str, *parts: object) -> int:
    """A number below 2**64 that depends on nothing but its arguments."""
    text = "\x1f".join([seed, *map(str, parts)])
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def share(seed: str, *parts: object) -> float:
    """A number in [0, 1) that depends on nothing but its arguments."""
    return lot(seed, *parts) / 2**64


def shuffled(
    candidates: Iterable[Candidate], *, seed: str, turn: int, ballot: int, voter: AgentId
) -> tuple[Candidate, ...]:
    """The candidates in this voter's own order, which says nothing about their authors."""
    return tuple(sorted(candidates, key=lambda each: lot(seed, turn, ballot, voter, each.candidate)))
