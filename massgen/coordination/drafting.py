"""The draft stage ("Initial Answer Generation"): every agent writes alone, and nobody sees another's text.

It ends when nobody is awaited any longer, when a quorum has waited out its grace, or when time is up and there is at
least one draft. A team of one has no stages: its one call is the final presentation.
"""

from massgen.agents import AgentId
from massgen.ballots import Candidate
from massgen.coordination import balloting, presenting
from massgen.coordination.asking import ask, fail, let_go, submit
from massgen.coordination.budget import affords
from massgen.coordination.candidates import has_key, merged
from massgen.coordination.ending import stop
from massgen.coordination.replies import draft_text
from massgen.coordination.signals import Reply
from massgen.coordination.state import Call, State
from massgen.coordination.story import Story
from massgen.coordination.tally import most_supported
from massgen.events import (
    DraftingEnd,
    DraftingEnded,
    DraftsOverdue,
    QuorumReached,
    TurnEnded,
    WinnerSelected,
    WinReason,
)
from massgen.messages import Problem

SHORTEST_GRACE_S = 5.0
EMPTY = Problem(kind="empty", text="The model ended without an answer.")


def begin(story: Story) -> None:
    """Ask everybody who can be asked."""
    able = [agent for agent, seat in story.state.seats.items() if seat.living]
    if not affords(story.state, len(able)):
        stop(story, "budget")
        return
    for agent in able:
        ask(story, agent, "presentation" if len(able) == 1 else "draft")
    if not able:
        story.tell(TurnEnded(turn=story.state.turn, outcome="failed", because="no agent can start"))


def replied(story: Story, agent: AgentId, call: Call, reply: Reply) -> None:
    """Seal the draft; alone, present it at once."""
    text = draft_text(reply)
    if not text:
        fail(story, agent, call, EMPTY)
        return
    submit(story, agent, call, text, reply)
    if call.stage == "presentation":
        presenting.answered_alone(story, agent)


def overdue(story: Story) -> None:
    """Time is up: end the stage, or remember to end it with the first draft."""
    story.tell(DraftsOverdue())


def grace_over(story: Story) -> None:
    """The quorum has waited long enough."""
    let_go(story, "too_late")
    _end(story, "quorum")


def close_if_over(story: Story) -> None:
    """End the stage if nothing can keep it open."""
    state = story.state
    if not state.awaited:
        _end(story, "all_done")
    elif state.overdue and state.answers:
        let_go(story, "deadline")
        _end(story, "deadline")
    elif state.grace_s is None and _has_quorum(state):
        grace = max(SHORTEST_GRACE_S, state.rules.grace_factor * story.now)
        story.tell(QuorumReached(drafts=len(state.answers), grace_s=grace))


def _has_quorum(state: State) -> bool:
    quorum = state.rules.drafts_for_quorum(len(state.seats))
    return quorum is not None and len(state.answers) >= quorum


def _end(story: Story, because: DraftingEnd) -> None:
    story.tell(DraftingEnded(because=because))
    state = story.state
    if not state.answers:
        story.tell(TurnEnded(turn=state.turn, outcome="failed", because="no agent answered"))
        return
    candidates = merged(state.answers, state.identities)
    agreed = tuple(each for each in candidates if _is_agreed(state, each))
    reason = _decided(state, candidates, agreed=bool(agreed))
    if reason is None:
        balloting.begin(story, candidates)
    else:
        leader = most_supported(state, agreed or candidates)
        story.tell(WinnerSelected(agent=state.answer(leader.label).agent, label=leader.label, because=reason))
        presenting.begin(story)


def _is_agreed(state: State, candidate: Candidate) -> bool:
    """Whether enough of the configured agents came to this short answer by themselves."""
    return has_key(state.identities[candidate.label]) and state.rules.is_consensus(
        len(candidate.supporters), len(state.seats)
    )


def _decided(state: State, candidates: tuple[Candidate, ...], *, agreed: bool) -> WinReason | None:
    if len(state.answers) == 1:
        return "only_answer"
    if len(candidates) == 1 or agreed:
        return "consensus"
    return "voting_skipped" if state.rules.skip_voting else None
