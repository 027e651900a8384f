"""Every event of a session in a sentence, for the timeline of the history: nothing that happened is left out.

The plain display tells a turn as it runs and passes over what a listener does not miss; here those events get their
line too, and the others the details (labels, numbers of calls, arguments of tools) that explain a decision afterwards.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

from massgen.agents import AgentId
from massgen.ballots import Candidate
from massgen.bill import NOTHING, Bill
from massgen.display import plain, wording
from massgen.display.screen import Screen
from massgen.display.theme import Meaning, Symbols
from massgen.events import (
    Abstained,
    AgentUnavailable,
    AnswerSubmitted,
    BallotClosed,
    BallotEnd,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    CompactionEvent,
    CompactionFailed,
    Consequence,
    ConversationChange,
    DraftingEnd,
    DraftingEnded,
    DraftsOverdue,
    Event,
    FilesDelivered,
    ForeignToolUsed,
    PresentationEnded,
    PresentationStarted,
    QuorumReached,
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
from massgen.printable import one_line, squeezed
from massgen.session import changes, records

_LONGEST = 200

Kind = Literal["step", "trouble", "tool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event in one line. `trouble` is what a person looks for when something went wrong."""

    text: str
    kind: Kind = "step"
    meaning: Meaning = "plain"


def tell(screen: Screen, event: Event, symbols: Symbols) -> Told:
    """Return `event` in one line, in the light of the screen after it."""
    said = plain.sentence(screen, event, symbols)
    if isinstance(event, CompactionEvent):
        is_trouble = isinstance(event, CompactionFailed)
        return Told(text=said, kind="trouble" if is_trouble else "step", meaning="warning")
    if isinstance(event, ConversationChange):
        return Told(text=changes.sentence(event), meaning="warning")
    match event:
        case SessionStarted():
            return Told(text=f"session {_say(event.session)} began with MassGen {_say(event.massgen)}")
        case TurnStarted() | QuorumReached() | PresentationStarted():
            return Told(text=said)
        case CallCancelled(because="decided"):
            return Told(text=said, meaning="quiet")
        case TurnResumed() | AgentUnavailable() | ReplyRefused() | RetryScheduled() | CallCancelled() | Abstained():
            return Told(text=said, kind="trouble", meaning="warning")
        case DraftsOverdue() | StageEndsSoon():
            return Told(text=said, kind="trouble", meaning="warning")
        case CallStarted():
            because = f": {_say(event.because)}" if event.because else ""
            return Told(text=f"{said} (call {event.call}){because}", meaning="quiet")
        case AnswerSubmitted():
            key = f", final answer {_say(event.key)}" if event.key else ""
            return Told(text=f"{said}: {_say(event.label)}{key}", meaning="good")
        case CallFailed():
            cause = wording.cause(event.problem) + (f", HTTP {event.problem.status}" if event.problem.status else "")
            text = f"{_name(event.agent)} failed ({cause}; {_THEN[event.consequence]}): {_say(event.problem.text)}"
            return Told(text=text, kind="trouble", meaning="bad")
        case DraftingEnded():
            return Told(text=f"no more answers are awaited: {_DRAFTED[event.because]}", meaning="quiet")
        case BallotOpened():
            return Told(text=f"{said}, {', '.join(named(each) for each in event.candidates)}", meaning="strong")
        case VoteCast():
            return Told(text=_voted(screen, event, symbols), meaning="good")
        case BallotClosed():
            return Told(text=f"Coordination Round {event.number} closed: {CLOSED[event.because]}", meaning="quiet")
        case WinnerSelected():
            return Told(text=f"{said} with {_say(event.label)}, {wording.won(event)}", meaning="strong")
        case PresentationEnded():
            because = f" ({wording.because(event.because)})" if event.because else ""
            return Told(text=said + because, meaning="good")
        case TurnEnded():
            because = f": {wording.because(event.because)}" if event.because else ""
            return Told(text=f"turn {event.turn} {event.outcome}{because}", meaning="strong")
        case ToolStarted():
            uses = f"{_name(event.agent)} uses {_say(event.name)} {_arguments(event)}"
            return Told(text=uses.rstrip(), kind="tool", meaning="active")
        case ForeignToolUsed():
            return Told(text=said, kind="tool", meaning="bad" if event.is_error else "quiet")
        case ToolEnded():
            how = "failed" if event.is_error else "answered"
            text = f"{_name(event.agent)}: {_say(event.name)} {how}: {_say(event.text) or '(nothing)'}"
            return Told(text=text, kind="tool", meaning="bad" if event.is_error else "quiet")
        case FilesDelivered():
            return Told(text=f"{said}: {_say(event.path)}", meaning="good")
        case UsageCounted():
            return Told(text=f"{_name(event.agent)} used {used(NOTHING.plus(event))}", meaning="quiet")
        case _:
            assert_never(event)


def named(candidate: Candidate) -> str:
    """Return who wrote a candidate, and its label: "ann + bob (agent1.1)"."""
    authors = " + ".join(_name(each) for each in candidate.supporters)
    return f"{authors} ({_say(candidate.label)})" if authors else _say(candidate.label)


def used(bill: Bill) -> str:
    """Return what requests used: "1,200 tokens in, 300 out, $0.0123"."""
    cost = f", {bill.due}" if bill.due else ""
    if bill.uncounted == bill.requests:
        return f"tokens that its provider did not count{cost}"
    cached = f" ({bill.cached_tokens:,} cached)" if bill.cached_tokens else ""
    return f"{bill.input_tokens:,} token{'s' * (bill.input_tokens != 1)} in{cached}, {bill.output_tokens:,} out{cost}"


CLOSED: Mapping[BallotEnd, str] = {
    "all_done": "everybody was heard",
    "decided": "no vote could change the outcome any more",
    "deadline": "its time was over",
    "cut_short": "the turn was cut short",
}

_DRAFTED: Mapping[DraftingEnd, str] = {
    "all_done": "everybody was heard",
    "quorum": "enough are in",
    "deadline": "the time is over",
}

_THEN: Mapping[Consequence, str] = {
    "retried": "asked again",
    "out_of_stage": "out of this phase",
    "out_of_turn": "out of this turn",
}


def _voted(screen: Screen, event: VoteCast, symbols: Symbols) -> str:
    agent, chosen = screen.agent(event.agent), screen.candidate(event.first)
    whom = "?" if agent is None else wording.vote(screen, agent)
    label = f" ({_say(chosen.label)})" if chosen is not None else ""
    return f"{_name(event.agent)} voted {symbols.arrow} {whom}{label}{wording.how(event)}"


def _arguments(event: ToolStarted) -> str:
    if not event.arguments:
        return ""
    return _say(json.dumps(records.plain(event.arguments), ensure_ascii=False))


def _name(agent: AgentId) -> str:
    return one_line(agent, 60)


def _say(text: str) -> str:
    return one_line(squeezed(text[: 10 * _LONGEST]), _LONGEST)
