"""What each vote adds to a ballot's count.

A candidate whose only supporter is the voter gets nothing from that vote, unless the rules say so or the vote is the
standing approval of a revision by its author. Weights are exact: sums of floats would depend on the order of votes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, assert_never

from massgen.ballots import Candidate
from massgen.coordination.rules import Rules
from massgen.events import VoteCast

Weight: TypeAlias = "int | Fraction"


@dataclass(frozen=True, slots=True)
class Count:
    """Scores under the rule, and counted first choices, of every candidate by its id."""

    scores: Mapping[str, Weight]
    firsts: Mapping[str, Weight]

    @classmethod
    def of_none(cls, candidates: Iterable[Candidate]) -> "Count":
        """The count before the first vote."""
        nothing: dict[str, Weight] = dict.fromkeys((each.candidate for each in candidates), 0)
        return cls(nothing, nothing)

    def with_vote(self, vote: VoteCast, candidates: Mapping[str, Candidate], rules: Rules) -> "Count":
        """The count after one more vote."""
        scores, firsts = dict(self.scores), dict(self.firsts)
        weight, approved = rules.weight(vote.agent), approvals(candidates, vote, rules)
        if vote.first in approved:
            firsts[vote.first] += weight
        match rules.vote_rule:
            case "approval":
                for candidate in approved:
                    scores[candidate] += weight
            case "plurality":
                scores = firsts
            case "borda":
                for points, candidate in enumerate(reversed(approved), len(candidates) - len(approved)):
                    scores[candidate] += weight * points
            case _:
                assert_never(rules.vote_rule)
        return Count(scores, firsts)


def approvals(candidates: Mapping[str, Candidate], vote: VoteCast, rules: Rules) -> tuple[str, ...]:
    """The candidates that this vote counts for, the first choice first."""
    named = dict.fromkeys((vote.first, *vote.also))
    nobody_but = () if rules.count_self_votes or vote.how == "standing" else (vote.agent,)
    return tuple([each for each in named if each in candidates and candidates[each].supporters != nobody_but])
