"""The outcome of a ballot: a pure function of its candidates, its votes and the rules.

The order of the scores is total: score, then counted first choices, then supporters, then a lot drawn for the
candidate; never the place in the configuration or the order of arrival.
"""

from collections.abc import Iterable
from functools import reduce

from massgen.agents import AgentId
from massgen.ballots import Candidate, Score, Tally
from massgen.coordination.chance import lot
from massgen.coordination.counting import Count, Weight, approvals
from massgen.coordination.rules import Rules
from massgen.coordination.state import Ballot, State
from massgen.events import VoteCast


def tally(ballot: Ballot, votes: Iterable[VoteCast], rules: Rules, *, seed: str, turn: int) -> Tally:
    """Count these votes. Calling it with other rules or fewer votes is a re-tally."""
    count = Count.of_none(ballot.candidates)
    count = reduce(lambda so_far, vote: so_far.with_vote(vote, ballot.by_id, rules), votes, count)
    return _ranked(ballot, count, rules, seed=seed, turn=turn)


def current(state: State) -> Tally:
    """The tally of the current ballot as it stands."""
    return _ranked(_ballot(state), state.count, state.rules, seed=state.seed, turn=state.turn)


def approved_by(state: State, candidate: str) -> int:
    """How many of the living approve of the candidate in the current ballot, as far as their votes count."""
    ballot = _ballot(state)
    heard = [vote for agent, vote in state.ballot_votes.items() if state.seats[agent].living]
    return sum(candidate in approvals(ballot.by_id, vote, state.rules) for vote in heard)


def is_decided(state: State, outstanding: Iterable[AgentId]) -> bool:
    """Whether no vote of those who have not voted yet can change or tie the outcome of the current ballot.

    Every rival is compared with what the outstanding voters can still give it; they give nothing to the leader.
    The other half of the rule is about answers: while somebody may still write one, or one is pending, only a leader
    approved by more than half of the living ends the ballot, because then no further ballot follows whatever comes.
    """
    ballot, rules, scores = _ballot(state), state.rules, state.count.scores
    places = len(ballot.candidates) - 1 if rules.vote_rule == "borda" else 1
    gains: dict[AgentId, Weight] = dict.fromkeys(outstanding, places)
    gains |= {agent: rules.weight(agent) * places for agent in rules.vote_weights if agent in gains}
    total, highest = sum(gains.values()), max(scores.values())
    if highest <= total - max(gains.values(), default=0):
        return False  # not even against a rival without a vote
    leader = max(scores, key=scores.__getitem__)
    for rival in ballot.candidates:
        only = rival.supporters[0] if len(rival.supporters) == 1 and not rules.count_self_votes else ""
        gain = total - gains.get(only, 0)
        if rival.candidate != leader and highest - scores[rival.candidate] <= gain:
            return False
    settled = not state.pending and not any(may_write(state, agent) for agent in gains)
    return settled or is_majority(state, leader)


def most_supported(state: State, candidates: tuple[Candidate, ...]) -> Candidate:
    """The candidate that most agents wrote by themselves; ties by lot."""
    return min(candidates, key=lambda each: (-len(each.supporters), lot(state.seed, state.turn, each.candidate)))


def leader_now(state: State, drafts: tuple[Candidate, ...]) -> Candidate:
    """Who leads if the turn has to end now: by the votes there are, else by supporters, else by lot."""
    if state.ballot is None:
        return most_supported(state, drafts)
    return state.ballot.by_id[current(state).scores[0].candidate]


def is_majority(state: State, candidate: str) -> bool:
    """Whether more than half of the living approve of the candidate in the current ballot."""
    return 2 * approved_by(state, candidate) > state.living


def may_write(state: State, agent: AgentId) -> bool:
    """Whether this agent may still answer the current ballot with an answer of its own.

    A new answer waits for the next ballot, so the last one takes none.
    """
    rules = state.rules
    if _ballot(state).number >= rules.max_ballots:
        return False
    everything = rules.max_new_answers_global
    room = everything is None or len(state.answers) < everything
    return room and state.seats[agent].answers < rules.max_new_answers_per_agent


def _ranked(ballot: Ballot, count: Count, rules: Rules, *, seed: str, turn: int) -> Tally:
    def place(candidate: Candidate) -> tuple[object, ...]:
        score, firsts = count.scores[candidate.candidate], count.firsts[candidate.candidate]
        return -score, -firsts, -len(candidate.supporters), lot(seed, turn, candidate.candidate)

    scores = tuple(
        Score(
            candidate=each.candidate,
            score=float(count.scores[each.candidate]),
            firsts=float(count.firsts[each.candidate]),
            supporters=len(each.supporters),
        )
        for each in sorted(ballot.candidates, key=place)
    )
    return Tally(rule=rules.vote_rule, scores=scores)


def _ballot(state: State) -> Ballot:
    assert state.ballot is not None, "asked about a ballot before one was opened"
    return state.ballot
