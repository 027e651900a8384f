"""The commands that only look: at the session, at a turn, at what it cost, at other sessions."""

from typing import TYPE_CHECKING

from massgen.display.banner import mode
from massgen.errors import UsageError
from massgen.printable import one_line
from massgen.repl.commands.table import Command, Example, Room, Then

if TYPE_CHECKING:
    from massgen.repl.chat import Chat

_QUESTIONS = 5


async def _status(room: Room, _: str) -> Then:
    chat = room.door.chat
    agents, away = (chat.agents, chat.away) if chat else (room.agents, room.away)
    room.say(f"Mode:          {mode(len(agents), len(away))}")
    for each in agents:
        why = f", away: {one_line(away[each.agent])}" if each.agent in away else ""
        room.say(f"  {each.agent}: {one_line(each.model)} ({each.provider}){why}")
    exchanges, turns = (chat.conversation, chat.turns) if chat else ((), 0)
    summaries = ["a summary"] * any(each.through for each in exchanges)
    memory = " and ".join([*summaries, _count(sum(not each.through for each in exchanges), "question")])
    room.say(f"Conversation:  {memory} in memory, {_count(turns, 'turn')} in this session")
    for told in exchanges[-_QUESTIONS:]:
        words = one_line(told.question, 70)
        room.say(f"  Summary of the turns up to {told.through}" if told.through else f"  You: {words}")
    if chat:
        _say_changes(room, chat)
    room.say(f"Cost:          {chat.bill.dollars if chat else '$0'}")
    room.say(f"Session:       {chat.session.directory if chat and chat.session else 'begins with the first question'}")
    room.say(f"Configuration: {room.config.path or room.config.name}")
    return "stay"


def _say_changes(room: Room, chat: "Chat") -> None:
    from massgen.repl.recounting import changes

    found = changes(chat.records)
    if found:
        room.say(f"Changed:       {_count(len(found), 'time')}")
    for sentence in found[-_QUESTIONS:]:
        room.say(f"  {sentence}")


async def _history(room: Room, number: str) -> Then:
    from massgen.display.history import of_turn, turns  # what a history needs, the prompt need not import

    records = room.door.chat.records if room.door.chat else ()
    known = turns(records)
    if not number:
        await room.show_history(records)
    elif number.isascii() and number.isdecimal() and int(number) in known:
        await room.show_history(of_turn(records, int(number)))
    elif not known:
        room.say(f"There is no turn {one_line(number, 40)}: the history begins with the first question.")
    else:
        there_are = f"only turn {known[0]}" if len(known) == 1 else f"turns {known[0]} to {known[-1]}"
        room.say(f"There is no turn {one_line(number, 40)}: this session has {there_are}.")
    return "stay"


async def _answers(room: Room, agent: str) -> Then:
    from massgen.repl.recounting import answers

    for each in answers(room.door.chat.records if room.door.chat else (), agent):
        room.show_answer(each.heading, each.text)
    return "stay"


async def _retally(room: Room, _: str) -> Then:
    from massgen.repl.recounting import retally

    title, rows = retally(room.door.chat.records if room.door.chat else ())
    _say_table(room, title, rows)
    return "stay"


async def _cost(room: Room, _: str) -> Then:
    if room.door.chat is None or not room.door.chat.turns:
        raise UsageError("Nothing was spent yet: this session begins with the first question.")
    from massgen.repl.costs import HEADS, costs, figures, sentence

    bills = costs(room.door.chat.records)
    if room.spoken:
        for name, bill in bills.items():
            room.say(sentence(name, bill))
    else:
        _say_columns(room, [("", *HEADS), *((name, *figures(bill)) for name, bill in bills.items())])
    return "stay"


async def _sessions(room: Room, _: str) -> Then:
    chat = room.door.chat
    for line in room.sessions.listing(chat.session.directory if chat and chat.session else None):
        room.say(line)
    return "stay"


def _say_table(room: Room, title: str, rows: "dict[str, str]") -> None:
    room.say(title)
    width = 0 if room.spoken else max(len(name) for name in rows)
    for name, said in rows.items():
        room.say(f"  {name}: {said}" if room.spoken else f"  {name:<{width}}  {said}")


def _say_columns(room: Room, rows: "list[tuple[str, ...]]") -> None:
    """Names on the left; figures under their heads, the last of them at the left of its column."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        middle = (f"{each:>{width}}" for each, width in zip(row[1:-1], widths[1:-1], strict=True))
        room.say(f"{row[0]:<{widths[0]}}  {'  '.join(middle)}  {row[-1]}".rstrip())


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


ROWS = (
    Command(
        names=("/status",),
        help="Show current session status (agents, mode, conversation history, config path)",
        brief="Show current session status",
        example=Example("/status", "says who takes part, what the agents remember, what was changed, and the cost."),
        run=_status,
    ),
    Command(
        names=("/history",),
        takes="[turn]",
        behind="the number of a turn",
        help="View the coordination history; of one turn, with its number behind it",
        brief="View the coordination history, or that of one turn",
        example=Example("/history 2", "shows the second turn alone: who wrote, who voted for whom, and why."),
        run=_history,
    ),
    Command(
        names=("/answers",),
        takes="[agent]",
        behind="the name of an agent",
        help="Read the answers of the last turn, or all of one agent",
        brief="Read the last turn's answers, or all of one agent",
        example=Example("/answers agent_b", "shows everything that agent_b submitted in the last turn."),
        run=_answers,
    ),
    Command(
        names=("/retally",),
        help="Count the last ballot again in other ways",
        example=Example("/retally", "says who would have won under each rule, and without each of the votes."),
        run=_retally,
    ),
    Command(
        names=("/cost", "/usage"),
        help="Show what this session has cost, by turn and agent",
        example=Example("/cost", "counts tokens and dollars; their sum is the one that /status shows."),
        run=_cost,
    ),
    Command(
        names=("/sessions",),
        help="List the sessions of this directory",
        example=Example("/sessions", "lists them, the newest first, with a mark before the one you are in."),
        run=_sessions,
    ),
)
