"""The commands that change the conversation; each change is safe on disk before it is said."""

from typing import TYPE_CHECKING

from massgen.printable import one_line
from massgen.repl.commands.table import Ask, Command, Example, Room, Then, in_chat

if TYPE_CHECKING:
    from massgen.repl.chat import Chat

_QUESTION_CELLS = 60


async def _clear(room: Room, _: str) -> Then:
    if room.door.chat is not None:
        await room.door.chat.clear()
    room.say("The conversation starts afresh; earlier turns stay in the session's files.")
    return "stay"


async def _undo(room: Room, chat: "Chat", _: str) -> Then:
    from massgen.repl.changing import undo

    taken = await undo(chat)
    room.say(f"Turn {taken.turn} was taken back: {one_line(taken.question, _QUESTION_CELLS)}")
    _say_what_stands(room, chat)
    return "stay"


async def _retry(room: Room, chat: "Chat", _: str) -> Then:
    from massgen.repl.changing import undo

    taken = await undo(chat, again=True)
    room.say(f"Turn {taken.turn} was taken back, and is asked again: {one_line(taken.question, _QUESTION_CELLS)}")
    return Ask(question=taken.question, attached=taken.attached)


async def _promote(room: Room, chat: "Chat", agent: str) -> Then:
    from massgen.repl.changing import promote

    promoted = await promote(chat, agent)
    room.say(f"The conversation goes on from the answer of {promoted.agent} in turn {promoted.turn}.")
    if chat.has_files:
        _say_what_stands(room, chat)
    room.show_answer(f"Answer of {promoted.agent}, {promoted.label}:", promoted.text)
    return "stay"


async def _compact(room: Room, chat: "Chat", words: str) -> Then:
    from massgen.repl.compacting import compact

    return await compact(room, chat, words)


async def _model(room: Room, chat: "Chat", words: str) -> Then:
    from massgen.repl.changing import give

    if not words:
        for each in chat.agents:
            room.say(f"  {each.agent}: {one_line(each.model)} ({each.provider})")
        return "stay"
    agent = await give(chat, words)
    room.say(f"From the next turn on {agent.agent} is {one_line(agent.model)} ({agent.provider}).")
    return "stay"


def _say_what_stands(room: Room, chat: "Chat") -> None:
    """What the next turn is told, and which files it begins with."""
    from massgen.repl.moving import remembered

    room.say(f"{remembered(chat)[:1].upper()}{remembered(chat)[1:]}.")
    if chat.has_files:
        room.say(f"The next turn begins with {f'the files in {chat.delivered}' if chat.delivered else 'no files'}.")


ROWS = (
    Command(
        names=("/clear", "/reset", "/new"),
        help="Reset conversation history and start fresh",
        example=Example("/clear", "lets the next question be the first one that the agents know of."),
        run=_clear,
    ),
    Command(
        names=("/undo", "/rewind"),
        help="Take the last turn back, with its files",
        example=Example("/undo", "is as if you had not asked; typed again, it takes back the turn before that."),
        run=in_chat(_undo),
    ),
    Command(
        names=("/retry",),
        help="Take the last turn back and ask its question again",
        example=Example("/retry", "asks the last question once more, with the files that were attached to it."),
        run=in_chat(_retry),
    ),
    Command(
        names=("/promote",),
        takes="agent",
        behind="the name of an agent",
        help="Go on from another agent's answer of the last turn",
        example=Example("/promote agent_b", "goes on from agent_b's answer and its files, as if it had won."),
        run=in_chat(_promote),
    ),
    Command(
        names=("/compact", "/compress", "/summarize"),
        help="Let a summary stand for all but the last turns of the conversation",
        brief="Let a summary stand for all but the last turns",
        example=Example("/compact", "lets one agent sum the oldest turns up; the next question costs less."),
        run=in_chat(_compact),
    ),
    Command(
        names=("/model",),
        takes="[agent=model]",
        behind="an agent and its model, as in agent_a=gpt-6.1-terra",
        help="Let another model speak for an agent; alone, list them",
        brief="Let another model speak; alone, list them",
        example=Example(
            "/model agent_a=claude:claude-opus-5-5", "asks that model from the next turn on; spelt as after --model."
        ),
        run=in_chat(_model),
    ),
)
