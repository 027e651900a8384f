"""The history of a session for who listens: the same events as behind `r`, in sentences from first to last."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo

from massgen.agents import AgentId
from massgen.bill import NOTHING, Bill, add_up
from massgen.display import wording
from massgen.display.folding import fold
from massgen.display.screen import Screen
from massgen.display.spoken import duration, ended, listed, sentence
from massgen.display.timeline import named, used
from massgen.events import ConversationCompacted, PresentationEnded, Record, UsageCounted
from massgen.printable import clean, one_line
from massgen.session import changes, turns
from massgen.session.turns import Turn
from massgen.session.verdicts import Verdict, verdict

_LONGEST_QUESTION = 1_000
_MOST_LINES = 60


def retold(records: Iterable[Record], zone: tzinfo = UTC) -> Iterator[str]:
    """Yield the sentences of the turns in these records, times of day in `zone`."""
    told = turns.history(records)
    if not told.turns:
        yield "History: nothing has happened yet, it begins with the first question."
    for turn in told.turns:
        yield from _turn(turn, zone)
        for change in told.changes.get(turn.number, ()):
            yield changes.sentence(change)
            if isinstance(change, ConversationCompacted):
                yield from _lines("Its text:", change.summary)
    if told.apart:
        yield f"Usage of summaries: {wording.count(len(told.apart), 'request')}, {used(add_up(told.apart))}."


def _turn(turn: Turn, zone: tzinfo) -> Iterator[str]:
    started = turn.records[0].at
    time = f"{datetime.fromtimestamp(started, UTC).astimezone(zone):%H:%M:%S}"
    yield f"History of turn {turn.number}, at {time}. You asked: {ended(turn.start.question, _LONGEST_QUESTION)}"
    if turn.attached:
        yield f"Attached: {turn.attached}."
    screen, before = Screen(), ""
    bills: dict[AgentId, Bill] = {}
    for record in turn.records:
        screen = fold(screen, record)
        if isinstance(record.event, UsageCounted):
            bills[record.event.agent] = bills.get(record.event.agent, NOTHING).plus(record.event)
        elif said := sentence(screen, record):
            after = f"After {duration(record.at - started)}:"
            if after != before:
                yield after
            yield said
            before = after
    if turn_verdict := verdict(turn):
        yield from _verdict(turn, turn_verdict)
    yield from _voted_on(turn)
    for agent, bill in bills.items():
        yield f"Usage of {one_line(agent)}: {wording.count(bill.requests, 'request')}, {used(bill)}."
    yield f"End of turn {turn.number}: {_end(screen)}"


def _verdict(turn: Turn, said: Verdict) -> Iterator[str]:
    yield f"Re-tally: {ended(said.retally.sentence(said.name), _LONGEST_QUESTION)}"
    if said.minority is None:
        return
    wanted = listed([one_line(each.agent) for each in said.minority.votes])
    yield f"Minority report: {named(said.minority.candidate)} was the strongest answer not chosen. {wanted} wanted it."
    for vote in said.minority.votes:
        yield f"Reason of {one_line(vote.agent)}: {ended(vote.reason) or 'none given.'}"
    yield from _text("Its text:", turn, said.minority.candidate.label)


def _voted_on(turn: Turn) -> Iterator[str]:
    """The text that won, where the final answer is another one."""
    final = turn.last(PresentationEnded)
    voted_on = turn.answer(final.label) if final else None
    if final is not None and voted_on is not None and final.source == "presented" and voted_on.text != final.text:
        yield from _text("As it was voted on, before the presentation:", turn, final.label)


def _text(title: str, turn: Turn, label: str) -> Iterator[str]:
    """The words of an answer that the user has not seen, or as many of its lines as anybody listens to."""
    answer = turn.answer(label)
    yield from _lines(title, answer.text if answer else "", rest="events.jsonl")


def _lines(title: str, text: str, rest: str = "SESSION_SUMMARY.txt") -> Iterator[str]:
    """As many lines of a text as anybody listens to; the others are in the file `rest`."""
    lines = [line for line in clean(text).splitlines() if line.strip()]
    yield title
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"And {wording.count(len(lines) - _MOST_LINES, 'more line')}, in {rest}."


def _end(screen: Screen) -> str:
    if screen.outcome is None or screen.ended is None:
        return "it has not ended."
    return f"{screen.outcome.outcome} after {duration(screen.ended - screen.started)}."
