"""Words for what happened: every durable event, and the `Record` that numbers and dates it.

An event is in the past tense, frozen, complete by itself and readable in ten years. Field types stay within what JSON
can carry: strings, numbers, booleans, tuples and other dataclasses of this room or `messages`. Fields may be added with
a default; none is ever renamed or given another meaning, because old logs must replay.

Streaming text is not an event: it is shown and appended to `agent_outputs/`, and the whole text of every answer is in
its event.
"""

from dataclasses import dataclass
from typing import TypeAlias

from massgen.events.calls import (
    CallEvent,
    ForeignToolUsed,
    ToolEnded,
    ToolStarted,
    UsageCounted,
)
from massgen.events.sessions import (
    AnswerPromoted,
    CompactionEvent,
    CompactionFailed,
    CompactionReason,
    CompactionStarted,
    ConversationChange,
    ConversationCleared,
    ConversationCompacted,
    FilesDelivered,
    ModelChanged,
    SessionEvent,
    SessionForked,
    SessionRepaired,
    SessionStarted,
    TurnUndone,
)
from massgen.events.turns import (
    Abstained,
    AgentUnavailable,
    AnswerSubmitted,
    Attached,
    BallotClosed,
    BallotEnd,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    CancelReason,
    Consequence,
    DraftingEnd,
    DraftingEnded,
    DraftsOverdue,
    Outcome,
    PresentationEnded,
    PresentationStarted,
    QuorumReached,
    ReplyRefused,
    RetryScheduled,
    StageEndsSoon,
    TurnEnded,
    TurnEvent,
    TurnResumed,
    TurnStarted,
    VoteCast,
    WinnerSelected,
    WinReason,
)

__all__ = [
    "Abstained",
    "AgentUnavailable",
    "AnswerPromoted",
    "AnswerSubmitted",
    "Attached",
    "BallotClosed",
    "BallotEnd",
    "BallotOpened",
    "CallCancelled",
    "CallEvent",
    "CallFailed",
    "CallStarted",
    "CancelReason",
    "CompactionEvent",
    "CompactionFailed",
    "CompactionReason",
    "CompactionStarted",
    "Consequence",
    "ConversationChange",
    "ConversationCleared",
    "ConversationCompacted",
    "DraftingEnd",
    "DraftingEnded",
    "DraftsOverdue",
    "Event",
    "FilesDelivered",
    "ForeignToolUsed",
    "ModelChanged",
    "Outcome",
    "PresentationEnded",
    "PresentationStarted",
    "QuorumReached",
    "Record",
    "ReplyRefused",
    "RetryScheduled",
    "SessionEvent",
    "SessionForked",
    "SessionRepaired",
    "SessionStarted",
    "StageEndsSoon",
    "ToolEnded",
    "ToolStarted",
    "TurnEnded",
    "TurnEvent",
    "TurnResumed",
    "TurnStarted",
    "TurnUndone",
    "UsageCounted",
    "VoteCast",
    "WinReason",
    "WinnerSelected",
]

Event: TypeAlias = SessionEvent | TurnEvent | CallEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An event with its number in the session (from 1) and its time (seconds since the epoch, UTC).

    Only the bus makes records, so `seq` orders everything even when the clock jumps.
    """

    seq: int
    at: float
    event: Event
