"""The count of a ballot: a pure function of its candidates, its votes and the rules.

A candidate whose only supporter is the voter gets nothing from that vote, unless the rules say so or the vote is the
standing approval of a revision by its author. The order of the scores is total: score, then counted first choices,
then supporters, then a lot drawn for the candidate; never the place in the configuration or the order of arrival.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias, assert_never

from massgen.agents import AgentId
from massgen.coordination.chance import lot
from massgen.coordination.rules import Rules
from massgen.coordination.state import Ballot, State
from massgen.events import Candidate, Score, Tally, VoteCast

Weight: TypeAlias = "int | Fraction"


def tally(ballot: Ballot, votes: Mapping[AgentId, VoteCast], rules: Rules, *, seed: str, turn: int) -> Tally:
    """Count these votes. Calling it with other rules or fewer votes is a re-tally."""
    scores, firsts = _counts(ballot, votes, rules)
    best_first = sorted(
        ballot.candidates,
        key=lambda each: (
            -scores[each.candidate],
            -firsts[each.candidate],
            -len(each.supporters),
            lot(seed, turn, each.candidate),
        ),
    )
    return Tally(
        rule=rules.vote_rule,
        scores=tuple(
            Score(
                candidate=each.candidate,
                score=float(scores[each.candidate]),
                firsts=float(firsts[each.candidate]),
                supporters=len(each.supporters),
            )
            for each in best_first
        ),
    )


def approvals(candidates: Iterable[Candidate], vote: VoteCast, rules: Rules) -> tuple[str, ...]:
    """The candidates that this vote counts for, the first choice first."""
    barred = {each.candidate for each in candidates if _is_own(each, vote, rules)}
    on_ballot = {each.candidate for each in candidates}
    return tuple(each for each in dict.fromkeys((vote.first, *vote.also)) if each in on_ballot and each not in barred)


def approved_by(state: State, candidate: str) -> int:
    """How many agents' counted votes approve of the candidate in the current ballot."""
    ballot = _ballot(state)
    return sum(candidate in approvals(ballot.candidates, vote, state.rules) for vote in state.ballot_votes.values())


def current(state: State) -> Tally:
    """The tally of the current ballot as it stands."""
    return tally(_ballot(state), state.ballot_votes, state.rules, seed=state.seed, turn=state.turn)


def is_decided(state: State) -> bool:
    """Whether no vote that may still come can change or tie the outcome of the current ballot.

    Every rival is compared with what the outstanding voters can still give it; they give nothing to the leader.
    The other half of the rule is about answers: while somebody may still write one, or one is pending, only a leader
    approved by more than half of the living ends the ballot, because then no further ballot follows whatever comes.
    """
    ballot, votes, rules = _ballot(state), state.ballot_votes, state.rules
    outstanding = [agent for agent, seat in state.seats.items() if seat.busy and agent not in votes]
    leader = current(state).scores[0].candidate
    scores, _ = _counts(ballot, votes, rules)
    places = max(len(ballot.candidates) - 1, 1) if rules.vote_rule == "borda" else 1
    for rival in ballot.candidates:
        givers = (agent for agent in outstanding if rules.count_self_votes or rival.supporters != (agent,))
        gain = sum(rules.weight(agent) * places for agent in givers)
        if rival.candidate != leader and scores[leader] - scores[rival.candidate] <= gain:
            return False
    settled = not state.pending and not any(may_write(state, agent) for agent in outstanding)
    return settled or is_majority(state, leader)


def most_supported(state: State, candidates: tuple[Candidate, ...]) -> Candidate:
    """The candidate that most agents wrote by themselves; ties by lot."""
    return min(candidates, key=lambda each: (-len(each.supporters), lot(state.seed, state.turn, each.candidate)))


def is_majority(state: State, candidate: str) -> bool:
    """Whether more than half of the living approve of the candidate in the current ballot."""
    return 2 * approved_by(state, candidate) > state.living


def may_write(state: State, agent: AgentId) -> bool:
    """Whether this agent may still answer the current ballot with an answer of its own."""
    rules, ballot = state.rules, _ballot(state)
    if ballot.number != 1 or rules.max_ballots == 1:
        return False
    everything = rules.max_new_answers_global
    room = everything is None or len(state.answers) < everything
    return room and state.seats[agent].answers < rules.max_new_answers_per_agent


def _counts(
    ballot: Ballot, votes: Mapping[AgentId, VoteCast], rules: Rules
) -> tuple[Mapping[str, Weight], Mapping[str, Weight]]:
    """Exact scores and exact counted first choices of every candidate."""
    scores: dict[str, Weight] = dict.fromkeys((each.candidate for each in ballot.candidates), 0)
    firsts: dict[str, Weight] = dict(scores)
    for voter, vote in votes.items():
        counted = approvals(ballot.candidates, vote, rules)
        weight = rules.weight(voter)
        for place, candidate in enumerate(counted):
            is_first = candidate == vote.first
            scores[candidate] += weight * _points(rules, is_first, place, len(ballot.candidates))
            firsts[candidate] += weight * is_first
    return scores, firsts


def _ballot(state: State) -> Ballot:
    assert state.ballot is not None, "asked about a ballot before one was opened"
    return state.ballot


def _is_own(candidate: Candidate, vote: VoteCast, rules: Rules) -> bool:
    return candidate.supporters == (vote.agent,) and not rules.count_self_votes and vote.how != "standing"


def _points(rules: Rules, is_first: bool, place: int, candidates: int) -> int:
    match rules.vote_rule:
        case "approval":
            return 1
        case "plurality":
            return 1 if is_first else 0
        case "borda":
            return max(candidates - 1 - place, 0)
        case _:
            assert_never(rules.vote_rule)
