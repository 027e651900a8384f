"""Hands a scene to the views as the bus does, and looks at what they wrote."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from massgen.events import (
    Event,
    Record,
    TurnEnded,
    TurnStarted,
)
from massgen.session.artifacts import Artifacts
from massgen.session.reading import read, spell
from massgen.session.records import Entry
from massgen.session.saved import Saved
from tests.session.scene import records, session_started


def play(artifacts: Artifacts, told: Sequence[Record], say: Callable[[Record], None] = lambda record: None) -> None:
    """Hand the records out as the bus does, and flush after each turn as the orchestrator's owner does."""

    async def hand_out() -> None:
        for record in told:
            artifacts.record(record)
            say(record)
            if isinstance(record.event, TurnEnded):
                await artifacts.flush()

    asyncio.run(hand_out())


def saved(session: Path, told: Sequence[Entry]) -> Saved:
    """The records in a log beside the session's directory, where they are none of its files."""
    log = session.parent / "events.jsonl"
    log.write_bytes(b"".join(map(spell, told)))
    return read(log).saved


def files(root: Path) -> dict[str, str]:
    return {str(each.relative_to(root)): each.read_text() for each in sorted(root.rglob("*")) if each.is_file()}


def one_turn(*events: Event) -> tuple[Record, ...]:
    """A turn of ann alone, in which `events` happen."""
    started = TurnStarted(turn=1, question="Why?", agents=("ann",), seed="s")
    return records(session_started(), started, *events, TurnEnded(turn=1, outcome="answered"))
