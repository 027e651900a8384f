"""Going on with a turn in whose middle the program died.

What was finished stands, and what was open is lost: its agents are asked the same once more. A wait for another try
begins anew. Whatever a log ends with, what comes of it is a turn that ends: a decision that was told by halves is
brought to its end by the rules that began it.
"""

from collections.abc import Mapping

from massgen.agents import AgentId
from massgen.coordination import balloting, drafting, presenting
from massgen.coordination.asking import ask, ask_again
from massgen.coordination.budget import affords
from massgen.coordination.ending import stop
from massgen.coordination.state import State
from massgen.coordination.story import Story
from massgen.events import AgentUnavailable, TurnResumed
from massgen.messages import Problem


def resume(story: Story, unavailable: Mapping[AgentId, Problem]) -> None:
    """Ask those again whose calls were lost; those that cannot be asked any more are out of the turn."""
    story.tell(TurnResumed(turn=story.state.turn))
    for agent, seat in story.state.seats.items():
        if agent in unavailable and seat.living:
            story.tell(AgentUnavailable(agent=agent, problem=unavailable[agent]))
    state = story.state
    lost = _lost(state)
    if state.presented is not None:
        presenting.end(story, state.presented)
    elif state.ballot and not state.ballot.closed and not any(_is_asked(state, agent) for agent in state.seats):
        balloting.put_again(story)
    elif alone := _answered_alone(state):
        presenting.answered_alone(story, alone)
    elif not affords(state, len(lost)):
        stop(story, "budget")
    elif state.stage == "draft" and not any(seat.last for seat in state.seats.values()):
        drafting.begin(story)
    else:
        for agent in lost:
            _ask(story, agent)


def _answered_alone(state: State) -> AgentId:
    """The only agent that could be asked, if its answer is there: that was the presentation."""
    last = state.answers[-1] if state.answers else None
    call = state.seats[last.agent].last if last else None
    return last.agent if last and call and call.stage == "presentation" and call.number == last.call else ""


def _lost(state: State) -> list[AgentId]:
    """The agents of whom something would be awaited now, had the program not died."""
    if state.stage == "presentation":
        author = state.answer(state.winner).agent
        return [] if _is_asked(state, author) and state.seats[author].standing not in ("idle", "out") else [author]
    if state.ballot is not None and state.ballot.closed:
        return []
    return [agent for agent, seat in state.seats.items() if seat.standing == "idle"]


def _is_asked(state: State, agent: AgentId) -> bool:
    """Whether the agent was asked in this stage before."""
    last = state.seats[agent].last
    if last is None or state.stage == "draft":
        return last is not None
    if state.stage == "presentation":
        return last.stage == "presentation"
    return state.ballot is not None and last.ballot == state.ballot.number


def _ask(story: Story, agent: AgentId) -> None:
    state = story.state
    if _is_asked(state, agent) and state.seats[agent].living:
        ask_again(story, agent)
    elif state.stage == "presentation":
        presenting.begin(story)
    elif state.stage == "ballot":
        balloting.ask_to_vote(story, agent)
    else:
        ask(story, agent, "draft")
