"""When two answers are the same answer.

Answers merge iff both end with a short final answer and those are equal after normalisation, or their normalised texts
are equal. The short answer is a function of the normalised text, so "same" is an equivalence and needs no union-find:
every answer has one *identity*, and equal identities merge. Nothing is fuzzy: two answers that merely resemble each
other are two candidates, and voters decide.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TypeAlias

from massgen.agents import AgentId
from massgen.ballots import Candidate
from massgen.events import AnswerSubmitted

_FINAL = re.compile(r"[>*_#` -]*final answer[*_`]*\s?:[*_` ]*(?P<key>.*)", re.IGNORECASE)
_BOXED = re.compile(r"\$*\\boxed\{(?P<inside>.*)\}\$*")
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d*)(\.(?P<rest>\d+))?")
_LONGEST_KEY = 500
"""A final answer longer than this is not a short one; it also bounds what the patterns above have to look at."""

_LONGEST_TEXT = 1_000_000

Identity: TypeAlias = tuple[str, str]

_QUOTES = "\"'`*_“”‘’«»"


def key_of(text: str) -> str:
    """The normalised short answer if the last line of the text is `Final answer: …`, else the empty string."""
    last = _collapsed(unicodedata.normalize("NFKC", text.rstrip().rsplit("\n", 1)[-1]))
    match = _FINAL.fullmatch(last) if len(last) <= _LONGEST_KEY else None
    if match is None:
        return ""
    key = match["key"].casefold()
    while (bare := _unwrapped(key)) != key:
        key = bare
    return _number(key)


def identity(text: str, key: str) -> Identity:
    """What makes an answer the same as another: its key, or without one its lines up to white space.

    A text of more than a million characters is compared as it stands: normalising it would take seconds.
    """
    if key:
        return ("key", key)
    if len(text) > _LONGEST_TEXT:
        return ("text", text)
    lines = unicodedata.normalize("NFKC", text).splitlines()
    return ("text", "\n".join([" ".join(words) for line in lines if (words := line.split())]))


def has_key(identity: Identity) -> bool:
    """Whether it is a short final answer, and not a whole text."""
    return identity[0] == "key"


def merged(answers: Iterable[AnswerSubmitted], identities: Mapping[str, Identity]) -> tuple[Candidate, ...]:
    """The candidates that these answers make, in the order in which their earliest members came in."""
    groups: dict[Identity, list[AnswerSubmitted]] = {}
    for answer in answers:
        groups.setdefault(identities[answer.label], []).append(answer)
    return tuple(_candidate(group) for group in groups.values())


def resembles(text: str, other: str) -> float:
    """Overlap of the words of two texts (Jaccard index, 0 to 1)."""
    mine, theirs = set(text.casefold().split()), set(other.casefold().split())
    return len(mine & theirs) / len(mine | theirs) if mine or theirs else 1.0


def candidate_id(author: AgentId, version: int) -> str:
    """The id of the candidate that this answer represents; it tells nobody whose it is."""
    return sha256(f"{author}\x1f{version}".encode()).hexdigest()[:12]


def _candidate(group: list[AnswerSubmitted]) -> Candidate:
    first = group[0]
    return Candidate(
        candidate=candidate_id(first.agent, first.version),
        label=first.label,
        members=tuple(answer.label for answer in group),
        supporters=tuple(dict.fromkeys(answer.agent for answer in group)),
    )


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _unwrapped(key: str) -> str:
    key = key.strip()
    if boxed := _BOXED.fullmatch(key):
        return boxed["inside"]
    return key.strip(_QUOTES).removesuffix(".").strip()


def _number(key: str) -> str:
    """A plain number in one spelling (`+04.50` is `4.5`), anything else as it is. Arithmetic would round."""
    number = _NUMBER.fullmatch(key)
    if number is None or not (number["whole"] or number["rest"]):
        return key
    whole, rest = number["whole"].lstrip("0") or "0", (number["rest"] or "").rstrip("0")
    value = f"{whole}.{rest}" if rest else whole
    return f"-{value}" if number["sign"] == "-" and value != "0" else value
