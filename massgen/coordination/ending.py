"""Ending a turn before its time, with the best answer there is: the user said so, or a limit is reached."""

from massgen.coordination import presenting
from massgen.coordination.asking import let_go
from massgen.coordination.candidates import merged
from massgen.coordination.carrying import carry_over
from massgen.coordination.story import Story
from massgen.coordination.tally import current, leader_now
from massgen.events import BallotClosed, CancelReason, Outcome, TurnEnded, WinnerSelected


def stop(story: Story, because: CancelReason) -> None:
    """Await nothing more; whoever leads by the votes there are has won, and its stored text is the answer."""
    awaited = story.state.awaited
    let_go(story, because)
    for agent in awaited:
        carry_over(story, agent)
    state = story.state
    if not state.answers:
        outcome: Outcome = "cancelled" if because == "cancelled" else "failed"
        story.tell(TurnEnded(turn=state.turn, outcome=outcome, because=because))
        return
    if state.stage != "presentation":
        leader = leader_now(state, merged(state.answers, state.identities))
        if state.ballot and not state.ballot.closed:
            story.tell(BallotClosed(number=state.ballot.number, tally=current(state), because="cut_short"))
        author = state.answer(leader.label).agent
        story.tell(WinnerSelected(agent=author, label=leader.label, because="partial"))
    presenting.use_stored(story, because=because, partial=True)
