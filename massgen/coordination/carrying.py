"""Votes that outlive their ballot: who cannot vote any more keeps the vote it gave before."""

from massgen.agents import AgentId
from massgen.coordination.story import Story
from massgen.events import VoteCast


def carry_over(story: Story, agent: AgentId) -> None:
    """An agent that was awaited cannot vote any more: its vote of the ballot before stands, as its candidates do.

    Nothing is carried where no ballot is open, or where the agent had not voted before.
    """
    state = story.state
    if state.ballot is None or state.ballot.closed:
        return
    number = state.ballot.number
    before = state.votes.get(number - 1, {}).get(agent)
    if before is None:
        return
    there = {each.candidate for each in state.ballot.candidates}
    wanted = [each for each in (before.first, *before.also) if each in there]
    if wanted:
        vote = VoteCast(
            agent=agent,
            ballot=number,
            call=before.call,
            first=wanted[0],
            also=tuple(wanted[1:]),
            reason=before.reason,
            how="carried",
        )
        story.tell(vote)
