"""What ballots are made of: candidates, the labels under which a voter sees them, and counts. Values of events."""

from dataclasses import dataclass

from massgen.agents import AgentId


@dataclass(frozen=True, slots=True)  # without keywords: opening a ballot of N agents makes N² of them
class Shown:
    """Under which private label (`answer2`) one voter saw one candidate in one call."""

    label: str
    candidate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One answer, or several equal ones, on a ballot.

    `candidate` is its id, a hash that says nothing; `label` is the public label of its representative (the earliest
    member); `supporters` are the agents whose own answer it is.
    """

    candidate: str
    label: str
    members: tuple[str, ...]
    supporters: tuple[AgentId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one candidate got: the score under the rule, counted first choices, and its supporters."""

    candidate: str
    score: float
    firsts: float
    supporters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The count under `rule`, best first; the order of `scores` is total."""

    rule: str
    scores: tuple[Score, ...]
