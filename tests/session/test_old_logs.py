"""Logs that earlier versions have written replay for ever: the same conversation, history, summary and state."""

import os
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from massgen.coordination.evolve import evolve
from massgen.coordination.state import State
from massgen.display.history import history
from massgen.display.retold import retold
from massgen.display.theme import PLAIN, plain
from massgen.events import Record, TurnEvent, TurnStarted
from massgen.session import summary, turns
from massgen.session.log import open_log
from massgen.session.reading import read
from massgen.session.transcript import FOLDED, Transcript, conversation, last_turn

LOGS = sorted(Path(__file__).with_name("logs").glob("*.jsonl"))


def told(log: Path) -> str:
    """Everything that is made from a log, as one text."""
    held = read(log)
    sections = {
        "conversation": [repr(each) for each in conversation(held.records)],
        "state": [repr(each) for each in states(held.records)],
        "summary": summary.text(turns.history(held.entries), log.stem, UTC).splitlines(),
        "sentences": [*retold(held.records)],
        "history": [plain(row).rstrip() for row in history(held.records, columns=100, theme=PLAIN)],
    }
    return "".join(
        f"== {name} ==\n\n" + "".join(f"{line}\n" for line in lines) + "\n" for name, lines in sections.items()
    )


def states(records: tuple[Record, ...]) -> Iterator[State]:
    """Where the core stands at the end of each turn."""
    state: State | None = None
    for record in records:
        if isinstance(record.event, TurnStarted):
            if state is not None:
                yield state
            state = State()
        if state is not None and isinstance(record.event, TurnEvent):
            state = evolve(state, record.event)
    if state is not None:
        yield state


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_an_old_log_tells_what_it_always_told(log: Path) -> None:
    expected = log.with_suffix(".txt")
    if "UPDATE_REPLAYS" in os.environ:
        expected.write_text(told(log), encoding="utf-8")
    assert told(log) == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_an_old_log_is_gone_on_with_and_keeps_its_bytes(log: Path, tmp_path: Path) -> None:
    whole = log.read_bytes()
    copy = tmp_path / "events.jsonl"
    copy.write_bytes(whole)
    opened, held = open_log(copy)
    opened.close()
    assert (copy.read_bytes(), held.torn) == (whole, b"")


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_the_conversation_is_folded_from_the_few_events_that_a_start_reads(log: Path) -> None:
    held = read(log)
    few = Transcript(held.saved.only(*FOLDED))
    assert (few.exchanges, few.turns) == (conversation(held.records), last_turn(held.records))
