"""Counting a ballot again as its votes were given: how much the outcome hangs on the rule, a voter, or self-votes.

And what the count leaves unsaid: the strongest answer that was not chosen, with the reasons of those who wanted it.
Both are for people to read. Nothing here takes part in a decision, and no model is ever told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from massgen.agents import AgentId
from massgen.ballots import Candidate
from massgen.coordination.rules import Rules, VoteRule
from massgen.coordination.state import Ballot
from massgen.coordination.tally import tally
from massgen.events import VoteCast

RULES: Final[tuple[VoteRule, ...]] = ("approval", "plurality", "borda")

Name = Callable[[str], str]
"""What people call a candidate, by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retally:
    """The winners of one ballot by candidate id: as it was counted, and as it would have been otherwise.

    `without` maps each voter to the winner when its vote is left out; `self_votes` is the winner when votes for the own
    answer count (or do not, where they did).
    """

    winner: str
    by_rule: Mapping[VoteRule, str]
    without: Mapping[AgentId, str]
    self_votes: str

    def sentence(self, name: Name) -> str:
        """For people: `won under 2 of 3 rules (borda: agent_c); without agent_b: agent_c`."""
        lost = [f"{rule}: {name(winner)}" for rule, winner in self.by_rule.items() if winner != self.winner]
        won = f"won under {len(self.by_rule) - len(lost)} of {len(self.by_rule)} rules"
        turned = [f"without {' or '.join(agents)}: {name(winner)}" for winner, agents in self._turned().items()]
        said = [won + (f" ({', '.join(lost)})" if lost else ""), *(turned or ["without any one vote: the same"])]
        if self.self_votes != self.winner:
            said.append(f"with self-votes treated the other way: {name(self.self_votes)}")
        return "; ".join(said)

    def _turned(self) -> Mapping[str, list[AgentId]]:
        """Other winners, and by whose absence each of them would have won."""
        turned: dict[str, list[AgentId]] = {}
        for agent, winner in self.without.items():
            if winner != self.winner:
                turned.setdefault(winner, []).append(agent)
        return turned


def retally(ballot: Ballot, votes: Mapping[AgentId, VoteCast], rules: Rules, *, seed: str, turn: int) -> Retally:
    """Count the votes of this ballot again in every way. Pure: the same votes always give the same result."""

    def winner(rules: Rules, without: AgentId | None = None) -> str:
        heard = [vote for voter, vote in votes.items() if voter != without]
        return tally(ballot, heard, rules, seed=seed, turn=turn).scores[0].candidate

    return Retally(
        winner=winner(rules),
        by_rule={rule: winner(replace(rules, vote_rule=rule)) for rule in RULES},
        without={voter: winner(rules, voter) for voter in votes},
        self_votes=winner(replace(rules, count_self_votes=not rules.count_self_votes)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Minority:
    """The strongest answer that was not chosen, and the votes of those who wanted it and not the winner."""

    candidate: Candidate
    votes: tuple[VoteCast, ...]


def minority(
    ballot: Ballot, votes: Mapping[AgentId, VoteCast], rules: Rules, *, winner: str, seed: str, turn: int
) -> Minority | None:
    """Who disagreed, and about what; None when every voter found the winner acceptable or nothing else was wanted.

    Votes are heard as they were given: one for the own answer does not count, but it is an opinion.
    """
    dissent = [vote for vote in votes.values() if winner not in (vote.first, *vote.also)]
    for score in tally(ballot, votes.values(), rules, seed=seed, turn=turn).scores:
        wanting = tuple(vote for vote in dissent if score.candidate in (vote.first, *vote.also))
        if wanting:
            return Minority(candidate=ballot.by_id[score.candidate], votes=wanting)
    return None
