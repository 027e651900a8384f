"""What a user changes about the conversation, on an open chat: turns taken back, other answers, other models."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from massgen.agents import AgentDescription, AgentId
from massgen.errors import UsageError
from massgen.events import (
    AnswerPromoted,
    ConversationCleared,
    ConversationCompacted,
    PresentationEnded,
    Record,
    TurnStarted,
    TurnUndone,
)
from massgen.printable import one_line
from massgen.session.turns import Turn, history

if TYPE_CHECKING:
    from massgen.repl.chat import Chat


def standing(records: Iterable[Record]) -> tuple[TurnStarted, ...]:
    """The turns that can be taken back, oldest first: begun, and neither taken back, cleared nor summarised since."""
    begun: dict[int, TurnStarted] = {}
    for record in records:
        match record.event:
            case TurnStarted(turn=turn):
                begun[turn] = record.event
            case TurnUndone(turn=turn):
                begun.pop(turn, None)
            case ConversationCleared(after_turn=last) | ConversationCompacted(through_turn=last):
                begun = {turn: start for turn, start in begun.items() if turn > last}
            case _:
                pass
    return tuple(begun.values())


async def undo(chat: "Chat", *, again: bool = False) -> TurnStarted:
    """Take the last turn back; returns what it was. Raises `UsageError` when there is none."""
    turns = standing(chat.records)
    if not turns:
        summary = " What was said before is a summary now." if chat.conversation else ""
        raise UsageError(f"There is no turn that could be taken back.{summary}")
    await chat.change(TurnUndone(turn=turns[-1].turn, again=again))
    return turns[-1]


async def promote(chat: "Chat", name: str) -> AnswerPromoted:
    """Go on from the last answer that this agent gave in the last turn, and from its files; raises `UsageError`."""
    turns = standing(chat.records)
    if not turns:
        raise UsageError("There is no turn yet whose answers could be chosen from.")
    turn = next(each for each in history(chat.records).turns if each.number == turns[-1].turn)
    wrote = tuple(each.agent for each in turn.team if turn.answers(each.agent))
    if not name:
        raise UsageError(
            f"Whose answer? {_answered(turn, wrote)}", hint="As in /promote " + (wrote or ("agent_b",))[-1]
        )
    agent = named(name, tuple(each.agent for each in turn.team), f"turn {turn.number}")
    if agent not in wrote:
        raise UsageError(f"{agent} gave no answer in turn {turn.number}. {_answered(turn, wrote)}")
    final = turn.last(PresentationEnded)
    if agent == _stands(chat.records, turn.number, final):
        raise UsageError(f"The conversation goes on from the answer of {agent} already.")
    answer = turn.answers(agent)[-1]
    label, text = (final.label, final.text) if final and final.agent == agent else (answer.label, answer.text)
    promoted = AnswerPromoted(turn=turn.number, agent=agent, label=label, text=text)
    await chat.change(promoted)
    await chat.keep_files()
    return promoted


async def give(chat: "Chat", words: str) -> AgentDescription:
    """Let another model speak for an agent, as `agent=model` or in a team of one as `model` says; raises on failure."""
    name, equals, model = words.partition("=")
    agents = tuple(each.agent for each in chat.agents)
    if not equals and len(agents) == 1:
        name, model = agents[0], words
    if not name or not model:
        raise UsageError("Say which agent and which model.", hint=f"As in /model {agents[0]}=gpt-6.1-terra")
    return await chat.give(named(name, agents, "this team"), model)


def named(name: str, agents: tuple[AgentId, ...], among: str) -> AgentId:
    """The agent with this name, or the only one whose name begins so; raises `UsageError`."""
    begins = [each for each in agents if each.lower().startswith(name.lower())]
    found = [each for each in agents if each == name] or [each for each in begins if len(each) == len(name)] or begins
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{one_line(name, 64)} could be {' or '.join(found)}.")
    raise UsageError(f"There is no agent {one_line(name, 64)!r} in {among}; it has {and_(agents)}.")


def _stands(records: Iterable[Record], turn: int, final: PresentationEnded | None) -> AgentId:
    """Whose answer of this turn the conversation goes on from; empty without one."""
    stands = final.agent if final is not None else ""
    for record in records:
        if isinstance(record.event, AnswerPromoted) and record.event.turn == turn:
            stands = record.event.agent
    return stands


def _answered(turn: Turn, wrote: tuple[AgentId, ...]) -> str:
    return (
        f"In turn {turn.number} nobody answered." if not wrote else f"Turn {turn.number} was answered by {and_(wrote)}."
    )


def and_(names: tuple[str, ...]) -> str:
    """`ann, bob and cyd`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
