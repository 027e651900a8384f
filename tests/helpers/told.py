"""Words for the events that a ballot of `Table` tells: its candidates, who is asked, how it was counted."""

from collections.abc import Iterable

from massgen.ballots import Candidate, Shown
from massgen.coordination.candidates import candidate_id
from massgen.coordination.chance import shuffled
from massgen.coordination.rules import Rules
from massgen.coordination.tally import tally
from massgen.events import BallotClosed, BallotEnd, CallStarted
from tests.helpers.table import Table

PLACES = ("ann", "bob", "cid", "dan", "eve")


def candidate(author: str, version: int = 1, *, also_by: Iterable[str] = ()) -> Candidate:
    """The candidate of this answer, which others may have written as well."""
    authors = (author, *also_by)
    members = tuple(f"agent{PLACES.index(each) + 1}.{version}" for each in authors)
    return Candidate(
        candidate=candidate_id(author, version), label=members[0], members=members, supporters=tuple(authors)
    )


def asked_to_vote(agent: str, call: int, ballot: int, *candidates: Candidate) -> CallStarted:
    """The agent's call number `call`, in which it sees these candidates in its own order."""
    order = shuffled((each.candidate for each in candidates), seed="seed", turn=1, ballot=ballot, voter=agent)
    shown = tuple(Shown(label=f"answer{place}", candidate=each) for place, each in enumerate(order, 1))
    return CallStarted(agent=agent, call=call, stage="ballot", ballot=ballot, shown=shown)


def closed(t: Table, because: BallotEnd) -> BallotClosed:
    """The end of the only ballot so far, under the default rules."""
    assert t.state.ballot
    counted = tally(t.state.ballot, t.state.ballot_votes.values(), Rules(), seed="seed", turn=1)
    return BallotClosed(number=1, tally=counted, because=because)


def drafted(*agents: str, **rules: object) -> Table:
    """A table at which everybody has drafted a text of its own."""
    t = Table(*agents, **rules)  # type: ignore[arg-type]  # names are checked by Rules itself
    t.ask()
    for agent in agents:
        t.says(agent, f"text of {agent}")
    return t


ANN, BOB, CID = candidate("ann"), candidate("bob"), candidate("cid")
