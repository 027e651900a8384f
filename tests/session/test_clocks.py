"""Whatever the clock does, records stay in order and no name is given twice."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from massgen.orchestrator.bus import Bus
from massgen.session.log import open_log
from massgen.session.reading import read
from massgen.session.store import Store
from massgen.session.turns import history
from tests.session.scene import BEGAN, first_turn, growing, session_started

HOUR, TEN_YEARS = 3600.0, 10 * 365 * 24 * 3600.0


def test_the_number_orders_records_when_the_clock_jumps(tmp_path: Path) -> None:
    times = iter([BEGAN, BEGAN - HOUR, 0.0, BEGAN + TEN_YEARS, BEGAN])

    async def publish() -> None:
        log, _ = open_log(tmp_path / "events.jsonl")
        bus = Bus(log, wall=lambda: next(times))
        for event in islice(growing(), 5):
            await bus.publish(event)
        log.close()

    asyncio.run(publish())
    told = read(tmp_path / "events.jsonl").records
    assert [record.event for record in told] == [*islice(growing(), 5)]
    assert [record.seq for record in told] == [1, 2, 3, 4, 5]


def test_a_turn_over_which_the_clock_went_back_took_no_time(tmp_path: Path) -> None:
    events = [session_started(), *first_turn()]
    times = iter(BEGAN - number for number in range(len(events)))

    async def publish() -> None:
        log, _ = open_log(tmp_path / "events.jsonl")
        await Bus(log, wall=lambda: next(times)).publish(*events)
        log.close()

    asyncio.run(publish())
    [turn] = history(read(tmp_path / "events.jsonl").entries).turns
    assert turn.seconds == 0.0


def test_no_session_is_named_like_one_that_is_there_already(tmp_path: Path) -> None:
    def jumping() -> Iterator[datetime]:
        now = datetime(2025, 1, 8, 14, 30, 22)  # noqa: DTZ001  (a session is named after the local time)
        yield from (now, now, now + timedelta(hours=1), now, now - timedelta(hours=1))

    clock = jumping()
    store = Store(tmp_path, lambda: next(clock))
    made = []
    for _ in range(5):
        session = store.create()
        session.log.close()
        made.append(session.id)
    assert made == [
        "session_20250108_143022",
        "session_20250108_143023",
        "session_20250108_153022",
        "session_20250108_143024",
        "session_20250108_133022",
    ]
