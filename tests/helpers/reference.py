"""The count once more, written down as slowly and plainly as the protocol reads, to compare the core with."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from massgen.ballots import Score, Tally
from massgen.coordination.chance import lot
from massgen.coordination.evolve import evolve
from massgen.coordination.rules import Rules
from massgen.coordination.state import Ballot, State
from massgen.events import Abstained, AnswerSubmitted, CallFailed, TurnEvent, VoteCast
from massgen.messages import Problem
from tests.helpers.tape import Tape


def approved(vote: VoteCast, ballot: Ballot, rules: Rules) -> list[str]:
    """The candidates that this vote counts for, in the voter's order."""
    named = []
    for candidate in (vote.first, *vote.also):
        on_ballot = [each for each in ballot.candidates if each.candidate == candidate]
        if not on_ballot or candidate in named:
            continue
        own = on_ballot[0].supporters == (vote.agent,)
        if not own or rules.count_self_votes or vote.how == "standing":
            named.append(candidate)
    return named


def tally(ballot: Ballot, votes: Iterable[VoteCast], rules: Rules, *, seed: str, turn: int) -> Tally:
    """The count of these votes, best first."""
    scores = {each.candidate: Fraction(0) for each in ballot.candidates}
    firsts = dict(scores)
    for vote in votes:
        weight = Fraction(str(rules.vote_weights.get(vote.agent, 1)))
        for place, candidate in enumerate(approved(vote, ballot, rules)):
            is_first = candidate == vote.first
            points = {
                "approval": 1,
                "plurality": 1 if is_first else 0,
                "borda": max(len(ballot.candidates) - 1 - place, 0),
            }
            scores[candidate] += weight * points[rules.vote_rule]
            firsts[candidate] += weight if is_first else 0
    supporters = {each.candidate: len(each.supporters) for each in ballot.candidates}
    order = sorted(scores, key=lambda each: (-scores[each], -firsts[each], -supporters[each], lot(seed, turn, each)))
    return Tally(
        rule=rules.vote_rule,
        scores=tuple(
            Score(candidate=each, score=float(scores[each]), firsts=float(firsts[each]), supporters=supporters[each])
            for each in order
        ),
    )


def tally_of(state: State) -> Tally:
    """The count of the last ballot as it stands."""
    assert state.ballot
    return tally(state.ballot, state.ballot_votes.values(), state.rules, seed=state.seed, turn=state.turn)


def winner(state: State) -> str | None:
    """The public label that wins if the ballot is closed now; None if another ballot follows, or a new answer wins."""
    ballot, rules = state.ballot, state.rules
    assert ballot
    leader = tally_of(state).scores[0].candidate
    approvals = sum(leader in approved(vote, ballot, rules) for vote in state.ballot_votes.values())
    living = sum(seat.standing != "out" for seat in state.seats.values())
    if state.pending and ballot.number < rules.max_ballots and not 2 * approvals > living:
        return None
    return next(each.label for each in ballot.candidates if each.candidate == leader)


def completed(state: State, tape: Tape) -> State:
    """The ballot after everybody who is awaited has voted, abstained, written or failed: one of the many ways."""
    for agent in [agent for agent, seat in state.seats.items() if seat.busy]:
        for event in _ending(state, agent, tape):
            state = evolve(state, event)
    return state


def _ending(state: State, agent: str, tape: Tape) -> Iterator[TurnEvent]:
    ballot, seat = state.ballot, state.seats[agent]
    assert ballot
    ids = [each.candidate for each in ballot.candidates][:256]
    match tape.pick(8):
        case 5:
            yield Abstained(agent=agent, ballot=ballot.number, call=seat.calls, reason="")
        case 6 if may_write(state, agent):
            version = seat.answers + 1
            label = f"agent{list(state.seats).index(agent) + 1}.{version}"
            yield AnswerSubmitted(agent=agent, call=seat.calls, label=label, version=version, text=f"late {label}")
        case 7:
            broken = Problem(kind="auth", text="The key was revoked.")
            yield CallFailed(agent=agent, call=seat.calls, problem=broken, consequence="out_of_turn")
            before = state.votes.get(ballot.number - 1, {}).get(agent)
            there = [each for each in (before.first, *before.also) if each in ids] if before else []
            if there:
                yield VoteCast(
                    agent=agent, ballot=ballot.number, call=1, first=there[0], also=tuple(there[1:]), how="carried"
                )
        case _:
            first, also = tape.of(ids), tape.some(ids, 3)
            yield VoteCast(agent=agent, ballot=ballot.number, call=seat.calls, first=first, also=also)


def may_write(state: State, agent: str) -> bool:
    """Whether the agent may still answer the open ballot with an answer of its own."""
    rules, ballot = state.rules, state.ballot
    assert ballot
    room = rules.max_new_answers_global is None or len(state.answers) < rules.max_new_answers_global
    own = state.seats[agent].answers < rules.max_new_answers_per_agent
    return ballot.number < rules.max_ballots and room and own
