"""The bus numbers, dates and hands out events: to the session log first, then to every subscriber.

Delivery, in order of importance:

* A record is on disk before anyone sees it. `publish` waits for the journal, and a journal that cannot write stops the
  turn with its `SessionError`: nothing is shown as done that would be lost.
* Every subscriber gets every record, in order. Subscribers fold and return at once; they never block and never await.
* Streamed parts are handed to subscribers only. They are the picture, not the truth: losing them loses nothing.
* A subscriber that raises is dropped, with one line in the program's own log; the others and the turn go on.
"""

import logging
from collections.abc import Callable, Sequence
from operator import methodcaller
from typing import Protocol

from massgen.agents import AgentId
from massgen.events import Event, Record
from massgen.messages import Part

logger = logging.getLogger(__name__)


class Journal(Protocol):
    """Where records become durable."""

    async def append(self, records: Sequence[Record]) -> None:
        """Return once the records survive a crash of this process; raise `SessionError` if they cannot."""
        ...


class Subscriber(Protocol):
    """Somebody who looks on: a display, a transcript, a debug log."""

    def record(self, record: Record) -> None:
        """Take note of what happened."""
        ...

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Take note of the next piece of a running call."""
        ...


class Bus:
    """Hands out events of one session. `last_seq` is the number of the last record already in the journal."""

    def __init__(self, journal: Journal, *, wall: Callable[[], float], last_seq: int = 0) -> None:
        self._journal = journal
        self._wall = wall
        self._seq = last_seq
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Hand every later record and part to `subscriber` too."""
        self._subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Stop handing anything to `subscriber`."""
        self._subscribers = [each for each in self._subscribers if each is not subscriber]

    async def publish(self, *events: Event) -> None:
        """Number and date the events, make them durable, then hand them out."""
        records = [self._stamp(event) for event in events]
        await self._journal.append(records)
        for record in records:
            self._hand_out(methodcaller("record", record))

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Hand out the next piece of a running call."""
        self._hand_out(methodcaller("stream", agent, call, part))

    def _stamp(self, event: Event) -> Record:
        self._seq += 1
        return Record(seq=self._seq, at=self._wall(), event=event)

    def _hand_out(self, tell: Callable[[Subscriber], object]) -> None:
        for subscriber in tuple(self._subscribers):
            try:
                tell(subscriber)
            except Exception:  # subscriber border: a broken display must not stop a turn
                logger.exception("%s failed and is no longer told", type(subscriber).__name__)
                self.unsubscribe(subscriber)
