"""What a long session costs: `python -m benchmarks.sessions [turns]`.

Prints how long a session of 1,000 turns of three agents takes from the start of the program to its prompt, to be read
as a whole, and to have all its files made anew; what a turn leaves on disk; and what a chat keeps in memory. Goal: the
prompt after 1 s. Texts are 600 words long, as models like to write them.
"""

import asyncio
import gc
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from benchmarks.startup import until_prompt
from massgen.agents import AgentDescription
from massgen.backends.demo import DemoBackend
from massgen.config.script import AgentScript, Say, Script, Vote
from massgen.coordination.rules import Rules
from massgen.display.retold import retold
from massgen.events import (
    AnswerSubmitted,
    Event,
    PresentationEnded,
    Record,
    TurnEnded,
    TurnStarted,
    VoteCast,
)
from massgen.orchestrator.team import Member, Team
from massgen.repl.chat import Chat
from massgen.repl.interrupts import interrupts
from massgen.session.artifacts import Artifacts
from massgen.session.reading import read, spell
from massgen.session.store import LOG_NAME, Store

WORDS = 600
AGENTS = ("ann", "bob", "cyd")


def text(about: str) -> str:
    """An answer of `WORDS` words in paragraphs, with this in its first line."""
    words = [f"{about}.", *("word" * (1 + number % 3) for number in range(WORDS))]
    return "\n\n".join(" ".join(words[start : start + 60]) for start in range(0, len(words), 60))


def chat(directory: Path, *, logging_enabled: bool = True) -> Chat:
    """A chat of three scripted agents, who draft, vote and present at once; its session is below `directory`."""
    script = Script(words_per_second=0, repeat=True, agents={agent: _lines(agent) for agent in AGENTS})
    members = {agent: Member(backend=DemoBackend(agent, script)) for agent in AGENTS}
    return Chat(
        team=Team(agents=AGENTS, members=members),
        agents=[AgentDescription(agent=agent, model="demo-scripted", provider="Demo") for agent in AGENTS],
        rules=Rules(),
        config="--demo",
        store=Store(directory, now),
        logging_enabled=logging_enabled,
        seed=None,
    )


def _lines(agent: str) -> AgentScript:
    other = "bob" if agent == "ann" else "ann"
    third = "cyd" if agent != "cyd" else "bob"
    reason = f"{other} is right, and says why in words that everybody understands; the others leave half of it out."
    return AgentScript(
        draft=(Say(text=text(f"Answer of {agent} to “{{question}}”")),),
        ballot=(Vote(phrase=f"Answer of {other}", also=(f"Answer of {third}",), because=reason),),
        presentation=(Say(text=text(f"Final answer of {agent} to “{{question}}”")),),
    )


class _Nobody:
    """Looks on, and remembers nothing."""

    def record(self, record: Record) -> None:
        """Nothing to do."""

    def stream(self, agent: str, call: int, part: object) -> None:
        """Nothing to do."""


async def ask(talk: Chat, *questions: str, after: Callable[[], None] = lambda: None) -> None:
    """Ask one question after the other, with a look in between."""
    with interrupts() as presses:
        for question in questions:
            await talk.ask(question, _Nobody(), presses)
            after()


def grown(turn: Sequence[Record], turns: int) -> Iterator[Record]:
    """A session of many turns like this one; what it begins with stands once."""
    start = next(place for place, record in enumerate(turn) if isinstance(record.event, TurnStarted))
    yield from turn[:start]
    seq = start
    for number in range(1, turns + 1):
        for record in turn[start:]:
            seq += 1
            yield Record(seq=seq, at=record.at + 60.0 * number, event=_numbered(record.event, number))


def _numbered(event: Event, number: int) -> Event:
    match event:
        case TurnStarted():
            return replace(event, turn=number, question=f"Question {number}")
        case TurnEnded():
            return replace(event, turn=number)
        case AnswerSubmitted() | PresentationEnded():
            return replace(event, text=f"{number}: {event.text}")
        case _:
            return event


def spelt(records: Iterable[Record]) -> bytes:
    """The log of these records."""
    return b"".join(map(spell, records))


def the_text(records: Iterable[Record]) -> int:
    """How many characters the people of these turns wrote: questions, answers, reasons, final answers."""
    said = 0
    for record in records:
        match record.event:
            case TurnStarted(question=question):
                said += len(question)
            case AnswerSubmitted(text=text) | PresentationEnded(text=text):
                said += len(text)
            case VoteCast(reason=reason):
                said += len(reason)
            case _:
                pass
    return said


def on_disk(session: Path) -> dict[str, int]:
    """The files of a session and their bytes, but the one that says who writes it."""
    return {
        str(each.relative_to(session)): each.stat().st_size
        for each in sorted(session.rglob("*"))
        if each.is_file() and each.name != "writer.pid"
    }


def batches(log: bytes) -> int:
    """How often something was written; each is synced at most once."""
    return sum(b'{"v":1,"more":true,' not in line[:32] for line in log.splitlines())


def main() -> None:
    """Measure and print."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as place:
        turn = _one_turn(Path(place, "one"))
        _long(Path(place, "long"), turn, turns)
        _memory(Path(place, "memory"))


def _one_turn(directory: Path) -> tuple[Record, ...]:
    directory.mkdir()
    talk = chat(directory)
    asyncio.run(ask(talk, "Question 1"))
    assert talk.session is not None, "a question makes a session"
    session = talk.session.directory
    asyncio.run(talk.aclose())
    held = read(session / LOG_NAME)
    files, said = on_disk(session), the_text(held.records)
    print(f"a turn of three agents: {said} characters, {len(held.records)} records")
    print(f"  on disk: {len(files)} files, {sum(files.values()) / said:.2f} times its text")
    for name, size in files.items():
        print(f"    {size / said:5.2f}  {name}")
    print(f"  written to the log: {batches((session / LOG_NAME).read_bytes())} times")
    return held.records


def _long(directory: Path, turn: Sequence[Record], turns: int) -> None:
    session = directory / ".massgen" / "sessions" / "session_20250108_143022"
    session.mkdir(parents=True)
    log = session / LOG_NAME
    log.write_bytes(spelt(grown(turn, turns)))
    print(f"a session of {turns} turns: {log.stat().st_size / 1e6:.1f} MB, {read(log).last_seq} records")
    _timed("proved", lambda: read(log))
    held = read(log)
    _timed("read as a whole", lambda: sum(1 for _ in held.saved))
    _timed("read as a whole, lines of other versions too", lambda: sum(1 for _ in held.saved.entries()))
    _timed("its history as sentences", lambda: sum(1 for _ in retold(held.saved)))
    for what in ("files made from nothing", "looked through, nothing to do"):
        _timed(what, Artifacts(session, logging_enabled=True, earlier=held.saved).restore)
    seconds = [until_prompt(["--demo", "--continue"], str(directory)) for _ in range(5)]
    print(f"  {statistics.median(seconds):6.2f} s  start to prompt ({min(seconds):.2f} at best)")


def _memory(directory: Path) -> None:
    directory.mkdir()
    talk = chat(directory)
    kept: list[int] = []

    def look() -> None:
        gc.collect()
        kept.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    asyncio.run(ask(talk, *(f"Question {number}" for number in range(1, 201)), after=look))
    tracemalloc.stop()
    told = sum(len(each.question) + len(each.answer) for each in talk.conversation)
    print(
        f"200 turns: {(kept[199] - kept[49]) / 150:.0f} bytes more in memory with each; its part of the conversation"
        f" has {told / 200:.0f} characters"
    )


def now() -> datetime:
    """The local time."""
    return datetime.now().astimezone()


def _timed(what: str, do: Callable[[], object]) -> None:
    began = time.perf_counter()
    do()
    print(f"  {time.perf_counter() - began:6.2f} s  {what}")


if __name__ == "__main__":
    main()
