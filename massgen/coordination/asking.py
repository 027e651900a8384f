"""How a seat is asked, answers, fails, is asked again, and is let go: the same in every stage."""

from massgen.agents import AgentId
from massgen.ballots import Shown
from massgen.coordination.candidates import key_of
from massgen.coordination.patience import consequence, wait_s
from massgen.coordination.signals import Reply
from massgen.coordination.state import Call
from massgen.coordination.story import Story
from massgen.events import AnswerSubmitted, CallCancelled, CallFailed, CallStarted, CancelReason, RetryScheduled
from massgen.messages import Problem, Stage


def ask(story: Story, agent: AgentId, stage: Stage, *, ballot: int = 0, shown: tuple[Shown, ...] = ()) -> None:
    """Ask the agent for the first time in this stage."""
    number = story.state.seats[agent].calls + 1
    compacted = story.state.seats[agent].compacted
    story.tell(CallStarted(agent=agent, call=number, stage=stage, ballot=ballot, shown=shown, compacted=compacted))


def ask_again(story: Story, agent: AgentId, *, because: str = "", compacted: bool = False) -> None:
    """Ask the agent the same thing once more: tell it why its reply could not be used, or the conversation shorter."""
    last = story.state.seats[agent].last
    assert last is not None, "only an agent that was asked can be asked again"
    story.tell(
        CallStarted(
            agent=agent,
            call=last.number + 1,
            stage=last.stage,
            ballot=last.ballot,
            attempt=last.attempt + 1,
            shown=last.shown,
            because=because or last.because,
            compacted=compacted or last.compacted,
        )
    )


def submit(story: Story, agent: AgentId, call: Call, text: str, reply: Reply) -> None:
    """Record `text`, which the reply gave, as the next version of this agent's answer."""
    place = list(story.state.seats).index(agent) + 1
    version = story.state.seats[agent].answers + 1
    story.tell(
        AnswerSubmitted(
            agent=agent,
            call=call.number,
            label=f"agent{place}.{version}",
            version=version,
            text=text,
            key=key_of(text),
            truncated=reply.truncated,
            snapshot=reply.snapshot,
        )
    )


def fail(story: Story, agent: AgentId, call: Call, problem: Problem, *, final: bool = False) -> None:
    """Note that the call failed, and schedule another try if the failure deserves one (`final`: it does not)."""
    state = story.state
    what = consequence(problem, call, state, agent, final=final)
    story.tell(CallFailed(agent=agent, call=call.number, problem=problem, consequence=what))
    if what == "retried" and problem.kind == "context_length":
        ask_again(story, agent, compacted=True)
    elif what == "retried":
        wait = wait_s(problem, attempt=call.attempt, seed=state.seed, lot=(state.turn, agent, call.number))
        again = RetryScheduled(agent=agent, call=call.number, attempt=call.attempt + 1, problem=problem, wait_s=wait)
        story.tell(again)


def let_go(story: Story, because: CancelReason, *, agent: AgentId | None = None) -> None:
    """Await nothing more from this agent, or without one from anybody."""
    for each in story.state.awaited:
        if agent in (None, each):
            story.tell(CallCancelled(agent=each, call=story.state.seats[each].calls, because=because))
