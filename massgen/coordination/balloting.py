"""A ballot ("Coordination Round k"): all agents vote on one frozen set of candidates.

A new answer never touches the open ballot: it waits for the next one, of which there are finitely many. So no vote is
ever counted for a text its voter did not see, and every turn ends.
"""

from massgen.agents import AgentId
from massgen.coordination import presenting
from massgen.coordination.asking import ask, ask_again, let_go, submit
from massgen.coordination.budget import affords
from massgen.coordination.candidates import identity, key_of, merged, resembles
from massgen.coordination.carrying import carry_over
from massgen.coordination.chance import shuffled
from massgen.coordination.ending import stop
from massgen.coordination.replies import Choice, Proposal, Unclear, read
from massgen.coordination.signals import Reply
from massgen.coordination.state import Ballot, Call, State
from massgen.coordination.story import Story
from massgen.coordination.tally import current, is_decided, is_majority, may_write
from massgen.events import (
    Abstained,
    AnswerSubmitted,
    BallotClosed,
    BallotEnd,
    BallotOpened,
    Candidate,
    ReplyRefused,
    Shown,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Problem

_TOO_ALIKE = {"lenient": 1.0, "balanced": 0.70, "strict": 0.50}


def begin(story: Story, candidates: tuple[Candidate, ...]) -> None:
    """Freeze the candidates and ask every living agent, in an order of its own; without the means for that, end."""
    state = story.state
    pending = [state.answer(label) for label in state.pending]
    exempt = pending[0].agent if len(pending) == 1 else None
    if not affords(state, state.living - (exempt is not None)):
        stop(story, "budget")
        return
    number = state.ballot.number + 1 if state.ballot else 1
    story.tell(BallotOpened(number=number, candidates=candidates))
    for agent, seat in state.seats.items():
        if agent == exempt:
            _stand_by(story, agent, pending[0])
        elif seat.living:
            own_order = shuffled(candidates, seed=state.seed, turn=state.turn, ballot=number, voter=agent)
            shown = tuple(
                Shown(label=f"answer{place}", candidate=each.candidate) for place, each in enumerate(own_order, 1)
            )
            ask(story, agent, "ballot", ballot=number, shown=shown)
    close_if_over(story)  # nobody may be left to ask


def replied(story: Story, agent: AgentId, call: Call, reply: Reply) -> None:
    """Record the vote or the pending answer; what is neither is asked for once more, then an abstention."""
    may, last = may_write(story.state, agent), not _may_ask_again(story.state, agent, call)
    match read(reply, call.shown, may_write=may, last_chance=last):
        case Choice() as choice:
            _vote(story, agent, call, choice)
        case Proposal() as proposal:
            _propose(story, agent, call, proposal.text, reply)
        case Unclear() as unclear:
            _refuse(story, agent, call, unclear.reason)


def refused_by_model(story: Story, agent: AgentId, call: Call, problem: Problem) -> None:
    """A model that will not take part abstains."""
    story.tell(Abstained(agent=agent, ballot=call.ballot, call=call.number, reason=problem.text))


def overdue(story: Story) -> None:
    """Time is up: who has not voted is too late."""
    late = [agent for agent, seat in story.state.seats.items() if seat.busy]
    let_go(story, "too_late")
    for agent in late:
        carry_over(story, agent)
    _close(story, "deadline")


def close_if_over(story: Story) -> None:
    """End the ballot when everybody is done, or when the outcome stands."""
    if not story.state.busy:
        _close(story, "all_done")
    elif is_decided(story.state):
        let_go(story, "decided")
        _close(story, "decided")


def _close(story: Story, because: BallotEnd) -> None:
    ballot, count = _ballot(story.state), current(story.state)
    story.tell(BallotClosed(number=ballot.number, tally=count, because=because))
    leader = count.scores[0].candidate
    if story.state.pending and not is_majority(story.state, leader):  # never in the last ballot: nothing is pending
        begin(story, _next_candidates(story.state, ballot))
        return
    winner = story.state.answer(ballot.by_id[leader].label)
    story.tell(WinnerSelected(agent=winner.agent, label=winner.label, because="ballot"))
    presenting.begin(story)


def _next_candidates(state: State, ballot: Ballot) -> tuple[Candidate, ...]:
    """The old candidates without those whose only supporter has thought better of it, and the pending answers."""
    pending = [state.answer(label) for label in state.pending]
    revised = {(answer.agent,) for answer in pending}
    kept = {label for each in ballot.candidates if each.supporters not in revised for label in each.members}
    answers = [answer for answer in state.answers if answer.label in kept or answer.label in state.pending]
    return merged(answers)


def _stand_by(story: Story, agent: AgentId, revision: AnswerSubmitted) -> None:
    """The author of the only revision has seen all the others: it approves of its own without being asked."""
    ballot = _ballot(story.state)
    own = ballot.candidate_of(revision.label)
    assert own is not None, "a pending answer is a candidate of the next ballot"
    vote = VoteCast(
        agent=agent,
        ballot=ballot.number,
        call=revision.call,
        first=own.candidate,
        reason="Stands by its revision.",
        how="standing",
    )
    story.tell(vote)


def _vote(story: Story, agent: AgentId, call: Call, choice: Choice) -> None:
    vote = VoteCast(
        agent=agent,
        ballot=call.ballot,
        call=call.number,
        first=choice.first,
        also=choice.also,
        reason=choice.reason,
        how="prose" if choice.from_prose else "vote",
    )
    story.tell(vote)


def _propose(story: Story, agent: AgentId, call: Call, text: str, reply: Reply) -> None:
    """Take the answer as pending, or as a vote for the answer it equals; refuse it if it is not new enough."""
    state = story.state
    same = identity(text, key_of(text))
    for answer in _in_play(state):
        if identity(answer.text, answer.key) == same:
            found = _ballot(state).candidate_of(answer.label) or merged([answer])[0]
            vote = VoteCast(
                agent=agent, ballot=call.ballot, call=call.number, first=found.candidate, how="equal_answer"
            )
            story.tell(vote)
            return
    limit = _TOO_ALIKE[state.rules.answer_novelty_requirement]
    if any(resembles(text, answer.text) > limit for answer in _in_play(state) if answer.agent != agent):
        _refuse(story, agent, call, "The new answer says too little that is new. Vote for the answer it resembles.")
    else:
        submit(story, agent, call, text, reply)


def _in_play(state: State) -> list[AnswerSubmitted]:
    on_ballot = {label for each in _ballot(state).candidates for label in each.members}
    return [answer for answer in state.answers if answer.label in on_ballot or answer.label in state.pending]


def _refuse(story: Story, agent: AgentId, call: Call, reason: str) -> None:
    again = _may_ask_again(story.state, agent, call)
    story.tell(ReplyRefused(agent=agent, call=call.number, reason=reason))
    if again:
        ask_again(story, agent, because=reason)
    else:
        story.tell(Abstained(agent=agent, ballot=call.ballot, call=call.number, reason=reason))


def _may_ask_again(state: State, agent: AgentId, call: Call) -> bool:
    """One re-ask in a ballot, and only while the agent has a try left and the turn a call."""
    return state.seats[agent].refusals == 0 and call.attempt <= state.rules.max_retries and affords(state, 1)


def _ballot(state: State) -> Ballot:
    assert state.ballot is not None, "no ballot is open"
    return state.ballot
