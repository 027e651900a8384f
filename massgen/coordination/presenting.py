"""The final presentation: the winner's last speech, or the stored text if there can be none.

It cannot fail once an answer exists: whatever happens, the text that was voted on is there to be shown, marked so.
"""

from massgen.agents import AgentId
from massgen.coordination.asking import ask, fail
from massgen.coordination.budget import affords
from massgen.coordination.replies import draft_text
from massgen.coordination.signals import Reply
from massgen.coordination.state import Call
from massgen.coordination.story import Story
from massgen.events import PresentationEnded, PresentationStarted, TurnEnded, WinnerSelected, WinReason
from massgen.messages import Problem

EMPTY = Problem(kind="empty", text="The presentation was empty.")


def begin(story: Story) -> None:
    """Ask the winner, unless the rules reuse its text or it can no longer be asked."""
    state = story.state
    winner = state.answer(state.winner).agent
    if state.rules.final_answer_strategy == "winner_reuse" and not state.rules.must_present:
        use_stored(story, because="winner_reuse")
    elif not state.seats[winner].living:
        use_stored(story, because=f"{winner} can no longer be asked")
    elif not affords(state, 1):
        use_stored(story, because="budget", partial=True)
    else:
        story.tell(PresentationStarted(agent=winner))
        ask(story, winner, "presentation")


def replied(story: Story, agent: AgentId, call: Call, reply: Reply) -> None:
    """The winner has spoken."""
    text = draft_text(reply)
    if not text:
        fail(story, agent, call, EMPTY)
        return
    _present(story, text, truncated=reply.truncated)


def answered_alone(story: Story, agent: AgentId) -> None:
    """The only agent that could be asked has answered: that was the presentation."""
    answer = story.state.answers[-1]
    because: WinReason = "single_agent" if len(story.state.seats) == 1 else "only_answer"
    if not story.state.winner:  # a turn that goes on may have told it before
        story.tell(WinnerSelected(agent=agent, label=answer.label, because=because))
    _present(story, answer.text, truncated=answer.truncated)


def close_if_over(story: Story) -> None:
    """If the winner is not awaited any longer and has said nothing, its stored text stands."""
    seat = story.state.seats[story.state.answer(story.state.winner).agent]
    if not seat.busy:
        use_stored(story, because="skipped" if seat.standing == "skipped" else "the presentation failed")


def end(story: Story, presented: PresentationEnded) -> None:
    """The final answer stood already: only the end of the turn is missing."""
    partial = presented.source == "stored" and presented.because in ("cancelled", "deadline", "budget")
    story.tell(
        TurnEnded(turn=story.state.turn, outcome="partial" if partial else "answered", because=presented.because)
    )


def use_stored(story: Story, *, because: str, partial: bool = False) -> None:
    """The text that was voted on is the final answer."""
    answer = story.state.answer(story.state.winner)
    ended = PresentationEnded(
        agent=answer.agent,
        label=answer.label,
        text=answer.text,
        source="stored",
        because=because,
        truncated=answer.truncated,
    )
    story.tell(ended)
    story.tell(TurnEnded(turn=story.state.turn, outcome="partial" if partial else "answered", because=because))


def _present(story: Story, text: str, *, truncated: bool) -> None:
    answer = story.state.answer(story.state.winner)
    ended = PresentationEnded(
        agent=answer.agent, label=answer.label, text=text, source="presented", truncated=truncated
    )
    story.tell(ended)
    story.tell(TurnEnded(turn=story.state.turn, outcome="answered"))
