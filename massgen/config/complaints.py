"""What is wrong with a file, said with the place where it is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from massgen.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Line and column, both from 1, and the path of keys down to it as the user wrote them (`agents[1].backend`)."""

    line: int
    column: int
    path: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """One sentence about one place."""

    place: Place
    sentence: str

    def line(self, file: str) -> str:
        """`team.yaml:12:5: agents[1].backend.model: sentence`."""
        opening = f"{file}:{self.place.line}:{self.place.column}"
        return ": ".join(part for part in (opening, self.place.path, self.sentence) if part)


def refusal(file: str, complaints: Iterable[Complaint]) -> ConfigError:
    """One error whose message has one line for each place, in the order of the file; the first complaint counts."""
    first = {each.place: each for each in reversed(list(complaints))}
    in_order = sorted(first.values(), key=lambda each: (each.place.line, each.place.column, each.place.path))
    lines = [each.line(file) for each in in_order[:_MAX_LINES]]
    more = len(in_order) - len(lines)
    return ConfigError("\n".join([*lines, f"… and {more} more"] if more else lines))


_MAX_LINES: Final = 50


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean gemini?`, or nothing when no known word is near."""
    nearest = get_close_matches(word.lower()[:64], list(known), n=1, cutoff=0.6)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def either(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
