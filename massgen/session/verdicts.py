"""What a turn's ballot says beyond its winner: counted again in other ways, and the strongest voice against it.

Both are counted from the log, so they are there for every turn of every session, old ones included.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from massgen.agents import AgentId
from massgen.coordination import retally
from massgen.coordination.retally import Minority, Retally
from massgen.coordination.rules import Rules
from massgen.coordination.state import Ballot
from massgen.events import BallotClosed, BallotOpened, VoteCast, WinnerSelected
from massgen.session.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The last ballot of a turn with all its votes, as they were given, and the candidate that won there."""

    turn: Turn
    ballot: Ballot
    votes: Mapping[AgentId, VoteCast]
    rules: Rules
    winner: str

    @property
    def retally(self) -> Retally:
        """The ballot counted again in every way."""
        return retally.retally(self.ballot, self.votes, self.rules, seed=self.turn.start.seed, turn=self.turn.number)

    @property
    def minority(self) -> Minority | None:
        """The strongest answer that was not chosen; None when everybody who voted approves of the winner."""
        seed, number = self.turn.start.seed, self.turn.number
        return retally.minority(self.ballot, self.votes, self.rules, winner=self.winner, seed=seed, turn=number)

    def name(self, candidate: str) -> str:
        """What people call a candidate: its authors."""
        return " + ".join(self.ballot.by_id[candidate].supporters)


def verdict(turn: Turn) -> Verdict | None:
    """What the last ballot says; None without a ballot that was closed with votes and won by one of its candidates."""
    opened, closed, won = turn.last(BallotOpened), turn.last(BallotClosed), turn.last(WinnerSelected)
    if opened is None or closed is None or won is None or closed.number != opened.number:
        return None
    ballot = Ballot(number=opened.number, candidates=opened.candidates, closed=True)
    votes = {vote.agent: vote for vote in turn.all(VoteCast) if vote.ballot == ballot.number}
    chosen = ballot.candidate_of(won.label)
    if not votes or chosen is None:
        return None
    rules = Rules.of(turn.start.rules)
    return Verdict(turn=turn, ballot=ballot, votes=votes, rules=rules, winner=chosen.candidate)
