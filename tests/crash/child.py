"""A chat that may die: the real one, with its real files, on a clock that hurries."""

import asyncio
import json
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from massgen.agents import AgentDescription
from massgen.events import CallFailed, Record
from massgen.messages import Part
from massgen.orchestrator.team import Member, Team
from massgen.repl.chat import Chat
from massgen.repl.interrupts import Interrupts
from massgen.session.log import EventLog
from massgen.session.records import encode
from massgen.session.saved import Saved
from massgen.session.store import OpenSession, Store
from massgen.workspace.layout import Layout
from tests.crash.scripts import SCENARIOS, Actor, Scenario
from tests.helpers.fast_time import FastLoop

QUESTION = "Why?"
_HURRY = 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a child does in `place`: it asks, goes on with what was interrupted, or asks more in the same session.

    It dies when its log holds `dies_at` records or more: "written" before anybody knows, "told" when its display was
    told of that very record.
    """

    place: str
    scenario: str
    does: Literal["ask", "go on", "ask more"]
    dies_at: int = 0
    when: Literal["written", "told"] = "written"


class _DyingLog:
    """The real log; where it is to die, nobody is told any more what was written."""

    def __init__(self, log: EventLog, dies_at: int) -> None:
        self._log = log
        self._dies_at = dies_at

    @property
    def last_seq(self) -> int:
        return self._log.last_seq

    async def append(self, records: Sequence[Record]) -> None:
        await self._log.append(records)
        if self._dies_at and self._log.last_seq >= self._dies_at:
            die()

    @property
    def saved(self) -> Saved:
        return self._log.saved

    def close(self) -> None:
        self._log.close()


class _DyingStore(Store):
    """Gives out sessions whose logs die."""

    dies_at = 0

    def create(self) -> OpenSession:
        return self._dying(super().create())

    def open(self, session: str) -> OpenSession:
        return self._dying(super().open(session))

    def _dying(self, opened: OpenSession) -> OpenSession:
        return replace(opened, log=_DyingLog(opened.log, self.dies_at))  # type: ignore[arg-type]  # it behaves like one


class _Display:
    """Writes down what it is told, before it returns."""

    def __init__(self, acknowledged: int, dies_at: int) -> None:
        self._acknowledged = acknowledged
        self._dies_at = dies_at

    def record(self, record: Record) -> None:
        os.write(self._acknowledged, encode(record) + b"\n")
        if record.seq == self._dies_at:
            die()

    def stream(self, agent: str, call: int, part: Part) -> None:
        """Not an event."""


def die() -> None:
    """As kill -9 does it."""
    os.kill(os.getpid(), signal.SIGKILL)


def sessions(place: Path) -> Path:
    return place / ".massgen" / "sessions"


def run(task: Task) -> None:
    """Do the task, and write what came of it to `result.json`."""
    with asyncio.Runner(loop_factory=partial(FastLoop, _HURRY)) as runner:
        runner.run(_run(task))


async def _run(task: Task) -> None:
    place, scenario = Path(task.place), SCENARIOS[task.scenario]
    notes, acknowledged = (_opened(place / name) for name in ("notes", "acknowledged"))
    store = _DyingStore(sessions(place), lambda: datetime(2025, 1, 8, 14, 30, 22, tzinfo=UTC))
    store.dies_at = task.dies_at if task.when == "written" else 0
    resumed = store.open(store.ids()[-1]) if task.does != "ask" else None
    failed = bool(resumed) and any(isinstance(each.event, CallFailed) for each in resumed.held.saved)
    members = {agent: Member(backend=Actor(agent, scenario, notes, has_failed=failed)) for agent in scenario.agents}
    chat = Chat(
        team=Team(agents=scenario.agents, members=members),
        agents=[AgentDescription(agent=each, model="scripted", provider="Test") for each in scenario.agents],
        rules=scenario.rules,
        config="--demo",
        store=store,
        logging_enabled=True,
        seed="seed",
        layout=_layout(place, scenario) if scenario.files else None,
        watchers=[_Display(acknowledged, task.dies_at if task.when == "told" else 0)],
        resumed=resumed,
    )
    chat.restore()
    display, presses = _Nobody(), Interrupts()
    result: dict[str, object] = {"interrupted": chat.interrupted.sentence if chat.interrupted else ""}
    if task.does != "go on":
        result["text"] = (await chat.ask(QUESTION, display, presses)).text
    elif chat.interrupted is not None:
        result["doubts"] = list(chat.interrupted.doubts)
        result["text"] = (await chat.go_on(display, presses)).text
    await chat.aclose()
    (place / "result.json").write_text(json.dumps(result), encoding="utf-8")


class _Nobody:
    def record(self, record: Record) -> None:
        """Sees nothing."""

    def stream(self, agent: str, call: int, part: Part) -> None:
        """Hears nothing."""


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _layout(place: Path, scenario: Scenario) -> Layout:
    ours = place / ".massgen"
    return Layout(
        root=place,
        agents=scenario.agents,
        homes={agent: ours / "workspaces" / agent for agent in scenario.agents},
        context=(),
        snapshots=ours / "snapshots",
        temporary=ours / "temp_workspaces",
    )
