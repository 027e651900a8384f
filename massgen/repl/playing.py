"""A turn from its beginning to its files: who looks on, what Ctrl+C reaches, and how it ended."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from massgen.events import Outcome, PresentationEnded, Record, TurnEnded
from massgen.messages import Part
from massgen.orchestrator.bus import Subscriber
from massgen.orchestrator.turn import Turn
from massgen.repl.deliverables import deliver, keep_owed
from massgen.repl.interrupts import Interrupts
from massgen.repl.sitting import Sitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How a turn ended. `text` is the final answer, None without one; `interrupted`: the user ended it.

    `files` is where the files that belong to the answer are kept, if there are any; `unsubmitted` where the texts are
    that agents had begun, when there is no answer.
    """

    outcome: Outcome
    text: str | None
    interrupted: bool
    files: Path | None = None
    unsubmitted: Path | None = None


async def play(
    sitting: Sitting,
    begin: Callable[[], Awaitable[Turn]],
    watcher: Subscriber,
    presses: Interrupts,
    *,
    earlier: Sequence[Record] = (),
) -> Answered:
    """Play the turn that `begin` makes; a press of Ctrl+C ends it with what there is.

    `watcher` sees what happens, and before that `earlier`: what a program that died has done of the turn.
    """
    _, bus = await sitting.open()
    ending = _Ending()
    for record in earlier:
        ending.record(record)
        watcher.record(record)
    is_given = any(isinstance(record.event, PresentationEnded) for record in earlier)
    bus.subscribe(ending)
    bus.subscribe(watcher)
    try:
        turn = await begin()
        presses.aim(turn.cancel, turn.skip)
        state = await turn.run()
        if is_given and sitting.files is not None:
            files = await keep_owed(sitting, bus, sitting.files)
        else:
            files = await deliver(sitting, bus, state, stored=ending.stored)
    finally:
        bus.unsubscribe(watcher)
        bus.unsubscribe(ending)
        if sitting.artifacts is not None:
            await sitting.artifacts.flush()
    unsubmitted = sitting.artifacts.outputs if sitting.artifacts and ending.answered.text is None else None
    return replace(ending.answered, files=files, unsubmitted=unsubmitted)


class _Ending:
    """Remembers how the turn ended."""

    def __init__(self) -> None:
        self.stored = False
        self.answered = Answered(outcome="failed", text=None, interrupted=False)
        self._text: str | None = None

    def record(self, record: Record) -> None:
        """Note the final answer and the outcome."""
        match record.event:
            case PresentationEnded(text=text, source=source):
                self._text, self.stored = text, source == "stored"
            case TurnEnded(outcome=outcome, because=because):
                self.answered = Answered(outcome=outcome, text=self._text, interrupted=because == "cancelled")
            case _:
                pass

    def stream(self, agent: str, call: int, part: Part) -> None:
        """Running text is no answer yet."""
