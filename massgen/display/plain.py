"""The display without a screen: one line for each event, for pipes, logs, screen readers and dumb terminals.

Nothing is ever redrawn and no escape byte is written, so the lines can be piped, kept and read aloud.
"""

from typing import TextIO, assert_never

from massgen.agents import AgentId
from massgen.display import wording
from massgen.display.folding import fold, tool_call
from massgen.display.lines import Lines
from massgen.display.screen import Screen
from massgen.display.theme import Symbols, Theme
from massgen.events import (
    Abstained,
    AgentUnavailable,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    CompactionEvent,
    ConversationChange,
    ConversationCompacted,
    DraftingEnded,
    DraftsOverdue,
    Event,
    FilesDelivered,
    ForeignToolUsed,
    PresentationEnded,
    PresentationStarted,
    QuorumReached,
    Record,
    ReplyRefused,
    RetryScheduled,
    SessionStarted,
    StageEndsSoon,
    ToolEnded,
    ToolStarted,
    TurnEnded,
    TurnResumed,
    TurnStarted,
    UsageCounted,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Part
from massgen.printable import one_line
from massgen.session import changes

_REASON_LIMIT = 200
_MARGIN = " " * len("[  0.0s] ")


class PlainDisplay:
    """Writes what happens to `stream` (stderr), each line at once; a reader that went away is not an error."""

    def __init__(self, stream: TextIO, theme: Theme) -> None:
        self._lines = Lines(stream, theme)
        self._theme = theme
        self._screen = Screen()

    @property
    def screen(self) -> Screen:
        """The turn as folded up to now, for the summary line."""
        return self._screen

    def record(self, record: Record) -> None:
        """Write the line of an event, if there is anything to tell."""
        self._screen = fold(self._screen, record)
        told = sentence(self._screen, record.event, self._theme.symbols)
        if told:
            self._lines.write(f"[{record.at - self._screen.started:5.1f}s] {told}", _MARGIN)

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Streamed text is not told: the whole of the answer comes at the end."""


def sentence(screen: Screen, event: Event, symbols: Symbols) -> str:
    """Return `event` in one line, in the light of the screen after it; empty if it is not worth a line."""
    if isinstance(event, CompactionEvent):
        return changes.of_compaction(event)
    if isinstance(event, ConversationCompacted):
        return changes.sentence(event)
    if isinstance(event, ConversationChange):
        return ""
    match event:
        case TurnStarted():
            return f"turn {event.turn}: {wording.count(len(event.agents), 'agent')} asked"
        case TurnResumed():
            return f"turn {event.turn} goes on where it was interrupted"
        case AgentUnavailable():
            return f"{_name(event.agent)} cannot start: {_say(event.problem.text)}"
        case CallStarted():
            return _asked(event)
        case AnswerSubmitted():
            what = "revised its answer" if screen.phase == "ballot" else "answered"
            return f"{_name(event.agent)} {what}{' (cut off by its length limit)' if event.truncated else ''}"
        case ReplyRefused():
            return f"reply of {_name(event.agent)} refused: {_say(event.reason)}"
        case CallFailed():
            return "" if event.consequence == "retried" else f"{_name(event.agent)} failed: {_say(event.problem.text)}"
        case RetryScheduled():
            wait = f"retrying in {event.wait_s:.0f} s"
            return f"{_name(event.agent)} {wait}: {wording.cause(event.problem)}"
        case CallCancelled():
            agent = screen.agent(event.agent)
            return "" if agent is None else f"{_name(event.agent)} {_stopped(event)}"
        case QuorumReached():
            return f"{wording.count(event.drafts, 'answer')} in, waiting {event.grace_s:.0f} s for the others"
        case DraftsOverdue():
            return "the time for answers is over: the first one that comes will do"
        case StageEndsSoon():
            return f"{event.seconds:.0f} s are left for {'this vote' if event.ballot else 'the answers'}"
        case DraftingEnded():
            return ""
        case BallotOpened():
            return f"Coordination Round {event.number}: {wording.count(len(event.candidates), 'candidate')}"
        case VoteCast():
            return _voted(screen, event, symbols)
        case Abstained():
            return f"{_name(event.agent)} abstained: {_say(event.reason)}"
        case BallotClosed():
            return ""
        case WinnerSelected():
            return f"winner {_name(event.agent)}"
        case PresentationStarted():
            return "Final Presentation"
        case PresentationEnded():
            return f"{_name(event.agent)} {'presented' if event.source == 'presented' else 'stands by its answer'}"
        case ToolStarted():
            return f"{_name(event.agent)} uses {_say(tool_call(event.name, event.arguments))}"
        case ForeignToolUsed():
            used = _say(f"{event.name} {event.detail}".rstrip())
            return f"{_name(event.agent)}: {used} failed" if event.is_error else f"{_name(event.agent)} used {used}"
        case ToolEnded():
            return f"{_name(event.agent)}: {_say(event.name)} failed" if event.is_error else ""
        case TurnEnded():
            because = "" if event.because == "winner_reuse" else event.because
            return f"turn {event.turn} {event.outcome}" + (f": {_say(because)}" if because else "")
        case FilesDelivered():
            return f"{_name(event.agent)} delivered its files"
        case SessionStarted() | UsageCounted():
            return ""
        case _:
            assert_never(event)


def _asked(event: CallStarted) -> str:
    doing = {"draft": "generating", "ballot": "voting", "presentation": "presenting"}[event.stage]
    again = f", try {event.attempt}" if event.attempt > 1 else ""
    shorter = ", with the conversation shortened" if event.compacted else ""
    return f"{_name(event.agent)} {doing}{again}{shorter}"


def _voted(screen: Screen, event: VoteCast, symbols: Symbols) -> str:
    agent = screen.agent(event.agent)
    whom = "?" if agent is None else wording.vote(screen, agent)
    carried = ", carried over" if event.how == "carried" else ""
    reason = f" ({_say(event.reason)}{carried})" if event.reason else ""
    return f"{_name(event.agent)} voted {symbols.arrow} {whom}{reason}"


def _stopped(event: CallCancelled) -> str:
    match event.because:
        case "skipped":
            return "skipped"
        case "too_late" | "deadline":
            return "too late"
        case "decided":
            return "not awaited: the outcome stands"
        case "cancelled":
            return "cancelled"
        case "budget":
            return "stopped: the budget is used up"
        case _:
            assert_never(event.because)


def _name(agent: AgentId) -> str:
    return one_line(agent, 60)


def _say(text: str) -> str:
    return one_line(" ".join(text.split()), _REASON_LIMIT)
