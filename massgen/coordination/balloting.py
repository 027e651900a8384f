"""A ballot ("Coordination Round k"): all agents vote on one frozen set of candidates.

A new answer never touches the open ballot: it waits for the next one, of which there are finitely many. So no vote is
ever counted for a text its voter did not see, and every turn ends.
"""

from massgen.agents import AgentId
from massgen.ballots import Candidate, Shown
from massgen.coordination import presenting
from massgen.coordination.asking import ask, ask_again, let_go, submit
from massgen.coordination.budget import affords
from massgen.coordination.candidates import candidate_id, identity, key_of, merged, resembles
from massgen.coordination.carrying import carry_over
from massgen.coordination.chance import shuffled
from massgen.coordination.ending import stop
from massgen.coordination.patience import has_try_left
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
    ReplyRefused,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Problem

_TOO_ALIKE = {"lenient": None, "balanced": 0.70, "strict": 0.50}


def begin(story: Story, candidates: tuple[Candidate, ...]) -> None:
    """Freeze the candidates and ask every living agent, in an order of its own; without the means for that, end."""
    state = story.state
    revision = state.answer(state.pending[0]) if len(state.pending) == 1 else None
    exempt = revision.agent if revision else None
    if not affords(state, state.living - (exempt is not None)):
        stop(story, "budget")
        return
    number = state.ballot.number + 1 if state.ballot else 1
    story.tell(BallotOpened(number=number, candidates=candidates))
    _put(story, revision)


def put_again(story: Story) -> None:
    """Ask for the votes of a ballot of which only the opening was told."""
    state, number = story.state, _ballot(story.state).number
    revisions = [answer for answer in state.answers if _is_of(state, answer, number - 1)]
    _put(story, revisions[0] if len(revisions) == 1 else None)


def _put(story: Story, revision: AnswerSubmitted | None) -> None:
    if revision and revision.agent not in story.state.ballot_votes:
        _stand_by(story, revision)
    state, exempt = story.state, revision.agent if revision else None
    voters = [agent for agent, seat in state.seats.items() if seat.living and agent != exempt]
    if is_decided(state, voters):  # by the standing approval alone: nobody is asked in vain
        _close(story, "decided")
        return
    for agent in voters:
        ask_to_vote(story, agent)
    close_if_over(story)  # nobody may be left to ask


def _is_of(state: State, answer: AnswerSubmitted, ballot: int) -> bool:
    """Whether the answer was given in the last call of its author, and that call was of this ballot."""
    last = state.seats[answer.agent].last
    return last is not None and ballot > 0 and (last.ballot, last.number) == (ballot, answer.call)


def ask_to_vote(story: Story, agent: AgentId) -> None:
    """Ask the agent for the first time in this ballot, in an order of its own."""
    state, ballot = story.state, _ballot(story.state)
    ids = sorted(ballot.by_id)
    labels = [f"answer{place}" for place in range(1, len(ids) + 1)]
    own_order = shuffled(ids, seed=state.seed, turn=state.turn, ballot=ballot.number, voter=agent)
    ask(story, agent, "ballot", ballot=ballot.number, shown=tuple(map(Shown, labels, own_order)))


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
    late = story.state.awaited
    let_go(story, "too_late")
    for agent in late:
        carry_over(story, agent)
    _close(story, "deadline")


def close_if_over(story: Story) -> None:
    """End the ballot when everybody is done, or when the outcome stands."""
    if not story.state.awaited:
        _close(story, "all_done")
    elif is_decided(story.state, story.state.awaited):
        let_go(story, "decided")
        _close(story, "decided")


def _close(story: Story, because: BallotEnd) -> None:
    ballot, count = _ballot(story.state), current(story.state)
    story.tell(BallotClosed(number=ballot.number, tally=count, because=because))
    leader = ballot.by_id[count.scores[0].candidate]
    if story.state.pending and not is_majority(story.state, leader.candidate):
        begin(story, _next_candidates(story.state, ballot))
        return
    author = story.state.answer(leader.label).agent
    story.tell(WinnerSelected(agent=author, label=leader.label, because="ballot"))
    presenting.begin(story)


def _next_candidates(state: State, ballot: Ballot) -> tuple[Candidate, ...]:
    """The old candidates without those whose only supporter has thought better of it, and the pending answers.

    Whoever supported one candidate supports one of these, and no pending answer equals another: they are two at least.
    """
    pending = set(state.pending)
    revised = {(answer.agent,) for answer in state.answers if answer.label in pending}
    kept = {label for each in ballot.candidates if each.supporters not in revised for label in each.members}
    return merged(
        [answer for answer in state.answers if answer.label in kept or answer.label in pending], state.identities
    )


def _stand_by(story: Story, revision: AnswerSubmitted) -> None:
    """The author of the only revision has seen all the others: it approves of its own without being asked."""
    vote = VoteCast(
        agent=revision.agent,
        ballot=_ballot(story.state).number,
        call=revision.call,
        first=candidate_id(revision.agent, revision.version),
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
    twin = _twin(state, text)
    if twin is not None:
        first = candidate_id(twin.agent, twin.version)
        story.tell(VoteCast(agent=agent, ballot=call.ballot, call=call.number, first=first, how="equal_answer"))
    elif _is_too_alike(state, agent, text):
        _refuse(story, agent, call, "The new answer says too little that is new. Vote for the answer it resembles.")
    else:
        submit(story, agent, call, text, reply)


def _twin(state: State, text: str) -> AnswerSubmitted | None:
    """The answer in play that is the same as this text, the earliest of them: its candidate is known by it."""
    same = identity(text, key_of(text))
    if same not in state.identities.values():
        return None
    return next((answer for answer in _in_play(state) if state.identities[answer.label] == same), None)


def _is_too_alike(state: State, agent: AgentId, text: str) -> bool:
    limit = _TOO_ALIKE[state.rules.answer_novelty_requirement]
    if limit is None:
        return False
    return any(resembles(text, answer.text) > limit for answer in _in_play(state) if answer.agent != agent)


def _in_play(state: State) -> list[AnswerSubmitted]:
    labels = {label for each in _ballot(state).candidates for label in each.members}.union(state.pending)
    return [answer for answer in state.answers if answer.label in labels]


def _refuse(story: Story, agent: AgentId, call: Call, reason: str) -> None:
    again = _may_ask_again(story.state, agent, call)
    story.tell(ReplyRefused(agent=agent, call=call.number, reason=reason))
    if again:
        ask_again(story, agent, because=reason)
    else:
        story.tell(Abstained(agent=agent, ballot=call.ballot, call=call.number, reason=reason))


def _may_ask_again(state: State, agent: AgentId, call: Call) -> bool:
    """One re-ask in a ballot, and only while the agent has a try left and the turn a call."""
    return state.seats[agent].refusals == 0 and has_try_left(state, agent, call)


def _ballot(state: State) -> Ballot:
    assert state.ballot is not None, "no ballot is open"
    return state.ballot
