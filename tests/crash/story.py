"""What must be true of a session whose program was killed and that was gone on with, whenever that happened."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from massgen.coordination.evolve import evolve
from massgen.coordination.state import State
from massgen.events import (
    Abstained,
    AnswerSubmitted,
    CallFailed,
    CallStarted,
    Event,
    PresentationEnded,
    Record,
    ReplyRefused,
    ToolEnded,
    ToolStarted,
    TurnEnded,
    TurnEvent,
    VoteCast,
    WinnerSelected,
)
from massgen.repl.interrupted import interrupted
from massgen.session.reading import read
from massgen.session.records import encode
from tests.crash.child import Task, sessions
from tests.crash.nursery import KILLED, Nursery
from tests.workspace.trees import files

LOG: Final = "events.jsonl"


@dataclass(frozen=True)
class Place:
    """A project in which children chat."""

    path: Path
    scenario: str

    @property
    def log(self) -> Path | None:
        """The log of the only session, once there is one."""
        return next(iter(sessions(self.path).glob(f"session_*/{LOG}")), None)

    @property
    def records(self) -> tuple[Record, ...]:
        return read(self.log).records if self.log else ()

    @property
    def asked(self) -> list[str]:
        """Every call of every process up to now, as "ann ballot 1"."""
        notes = self.path / "notes"
        return notes.read_text().splitlines() if notes.exists() else []

    @property
    def told(self) -> set[bytes]:
        """Every record that any display was told of."""
        lines = self.path / "acknowledged"
        return set(lines.read_bytes().splitlines()) if lines.exists() else set()

    @property
    def result(self) -> dict[str, object]:
        return dict(json.loads((self.path / "result.json").read_text()))

    @property
    def delivered(self) -> dict[str, str]:
        """The files of the answer."""
        assert self.log
        return dict(files(self.log.parent / "turn_1" / "workspace"))

    def cut(self, records: int) -> None:
        """Let the log end behind so many records, of which nobody was told more, as after a power cut."""
        if self.log:
            lines = self.log.read_bytes().splitlines(keepends=True)
            self.log.write_bytes(b"".join(lines[:records]))


@dataclass(frozen=True)
class Course:
    """How a scenario goes where nobody kills anybody."""

    records: tuple[Record, ...]
    calls: Counter[str]
    text: object
    files: dict[str, str]

    @cached_property
    def outcome(self) -> object:
        return outcome(self.records)


def course(nursery: Nursery, place: Place) -> Course:
    assert nursery(_task(place, "ask")) == 0
    with_files = place.delivered if place.records[-1].event.__class__.__name__ == "FilesDelivered" else {}
    return Course(place.records, Counter(place.asked), place.result["text"], with_files)


def outcome(records: Sequence[Record]) -> object:
    """What was answered, voted, won and presented, whatever calls it took."""
    events = [record.event for record in records]
    return (
        {(each.agent, each.version, each.text) for each in events if isinstance(each, AnswerSubmitted)},
        {(each.agent, each.ballot, each.first, each.how) for each in events if isinstance(each, VoteCast)},
        [(each.agent, each.label, each.because) for each in events if isinstance(each, WinnerSelected)],
        [(each.agent, each.text, each.source) for each in events if isinstance(each, PresentationEnded)],
        [(each.outcome, each.because) for each in events if isinstance(each, TurnEnded)],
    )


def ended(records: Iterable[Record]) -> Counter[str]:
    """The calls whose end the log tells."""
    stages: dict[tuple[str, int], str] = {}
    last: dict[str, int] = {}
    done: set[tuple[str, int]] = set()
    for event in (record.event for record in records):
        match event:
            case CallStarted():
                stage = f"{event.stage} {event.ballot}" if event.ballot else event.stage
                stages[event.agent, event.call], last[event.agent] = stage, event.call
            case VoteCast(how="standing" | "carried"):
                pass
            case AnswerSubmitted() | VoteCast() | Abstained() | CallFailed() | ReplyRefused():
                done.add((event.agent, event.call))
            case PresentationEnded(source="presented"):
                done.add((event.agent, last[event.agent]))
            case _:
                pass
    return Counter(f"{agent} {stages[agent, call]}" for agent, call in done)


def state_of(records: Iterable[Record]) -> State:
    """The turn as the log tells it."""
    state = State()
    for record in records:
        if isinstance(record.event, TurnEvent):
            state = evolve(state, record.event)
    return state


def crash(nursery: Nursery, place: Place, task: Task, *, after_s: float | None = None) -> None:
    """Let a child die in this task, if it gets that far. Whatever it had shown is in the log."""
    status = nursery(task, after_s=after_s)
    assert status in (KILLED, 0)
    if task.dies_at and task.when == "written" and status == KILLED:
        place.cut(task.dies_at)
    assert place.told <= {encode(record) for record in place.records}


def go_on(nursery: Nursery, place: Place, whole: Course) -> None:
    """Go on in a new process; exactly what was missing is asked, and everything is there once."""
    before, asked = place.records, place.asked
    held = interrupted(before)
    assert nursery(_task(place, "go on")) == 0
    after = place.records
    assert after[: len(before)] == before
    assert place.told <= {encode(record) for record in after}
    result, made = place.result, Counter(place.asked[len(asked) :])
    assert result["interrupted"] == (held.sentence if held else "")
    if held is None:
        assert not made
        assert not any(isinstance(each.event, TurnEnded) for each in after) or outcome(after) == whole.outcome
        return
    state = state_of(before)
    assert made == whole.calls - ended(before)
    open_tools = _open_tools([record.event for record in before], state)
    assert len(result["doubts"]) == open_tools  # type: ignore[arg-type]  # a list
    assert result["text"] == whole.text
    assert outcome(after) == whole.outcome
    if whole.files:
        assert place.delivered == whole.files
    assert place.log
    view = json.loads((place.log.parent / "turn_1" / "coordination_log.json").read_text())
    assert view["outcome"] == "answered"


def tried(nursery: Nursery, place: Place, whole: Course, *deaths: Task, and_ask: bool = False) -> None:
    """Die so often, and then go on to the end."""
    for number, death in enumerate(deaths):
        if number and interrupted(place.records) is None:
            break
        crash(nursery, place, replace(death, place=str(place.path), scenario=place.scenario))
        assert number or len(place.told) <= death.dies_at
    go_on(nursery, place, whole)
    if and_ask:
        assert nursery(_task(place, "ask more")) == 0
        assert str(place.result["text"]).startswith("The last word of ")


def _task(place: Place, does: str) -> Task:
    return Task(place=str(place.path), scenario=place.scenario, does=does)  # type: ignore[arg-type]  # one of them


def _open_tools(events: Sequence[Event], state: State) -> int:
    used = {(each.agent, each.call, each.id) for each in events if isinstance(each, ToolStarted)}
    used -= {(each.agent, each.call, each.id) for each in events if isinstance(each, ToolEnded)}
    return sum(state.open_call(agent, call) is not None for agent, call, _ in used)
