"""Every event in a sentence that can be read aloud, behind a label: who it is about, or which part of the turn.

A listener hears one line after the other and cannot look elsewhere. So what all agents begin at the same moment is one
sentence and not one for each, and what a vote or an answer says is in its sentence, shortened to its beginning.
"""

import re
from collections.abc import Iterable, Mapping
from typing import assert_never

from massgen.agents import AgentId
from massgen.ballots import Candidate
from massgen.display import wording
from massgen.display.folding import tool_call
from massgen.display.screen import Agent, Screen
from massgen.events import (
    Abstained,
    AgentUnavailable,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    CancelReason,
    CompactionEvent,
    Consequence,
    ConversationChange,
    ConversationCompacted,
    DraftingEnded,
    DraftsOverdue,
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
from massgen.printable import one_line, squeezed
from massgen.session import changes

_LONGEST = 200
_MOST_NAMES = 6

_STOPPED: Mapping[CancelReason, str] = {
    "skipped": "skipped, as you wished",
    "too_late": "too late",
    "deadline": "too late",
    "decided": "not awaited any more, the outcome stands",
    "cancelled": "cancelled",
    "budget": "stopped, the budget is used up",
}

_THEN: Mapping[Consequence, str] = {
    "retried": "",
    "out_of_stage": "It sits out this phase.",
    "out_of_turn": "It is out of this turn.",
}


def sentence(screen: Screen, record: Record) -> str:
    """Return what happened, in the light of the screen after it; empty if another sentence says it."""
    event = record.event
    if isinstance(event, CompactionEvent):
        return f"Conversation: {changes.of_compaction(event)}"
    if isinstance(event, ConversationCompacted):
        return f"Conversation: {changes.sentence(event)}"
    if isinstance(event, ConversationChange):
        return ""
    match event:
        case TurnStarted():
            are = "is writing an answer" if len(event.agents) == 1 else "are writing their answers"
            return f"Turn {event.turn}: {listed(map(_name, event.agents))} {are}."
        case TurnResumed():
            return f"Turn {event.turn} goes on where it was interrupted."
        case AgentUnavailable():
            return _said(event.agent, "cannot take part", event.problem.text)
        case CallStarted():
            return _asked(event)
        case AnswerSubmitted():
            return _answered(screen, event, record.at)
        case ReplyRefused():
            return _said(event.agent, "its reply was refused", event.reason)
        case CallFailed():
            then = _THEN[event.consequence]
            return _said(event.agent, "failed", f"{ended(event.problem.text)} {then}") if then else ""
        case RetryScheduled():
            cause = wording.cause(event.problem)
            return f"{_name(event.agent)}: retrying in {duration(event.wait_s)}, because of: {cause}."
        case CallCancelled():
            return f"{_name(event.agent)}: {_STOPPED[event.because]}." if screen.agent(event.agent) else ""
        case QuorumReached():
            are = "answer is" if event.drafts == 1 else "answers are"
            return f"Team: {event.drafts} {are} in, the others have {duration(event.grace_s)} more."
        case DraftsOverdue():
            return "Team: the time for answers is over, the first one that comes will do."
        case StageEndsSoon():
            what = "this vote" if event.ballot else "the answers"
            return f"Team: {duration(event.seconds)} left for {what}."
        case BallotOpened():
            count = wording.count(len(event.candidates), "answer")
            return f"Coordination Round {event.number}: the team votes on {count}, by {_candidates(event.candidates)}."
        case VoteCast():
            return _voted(screen, event)
        case Abstained():
            return _said(event.agent, "abstained", event.reason)
        case BallotClosed():
            return f"Coordination Round {event.number}: closed. {_tally(screen, event)}".rstrip()
        case WinnerSelected():
            alone = event.because == "single_agent"
            return "" if alone else f"Winner: {_name(event.agent)}, {wording.won(event)}."
        case PresentationStarted():
            alone = len(screen.agents) == 1
            return "" if alone else f"Final Presentation: {_name(event.agent)} is writing the final answer."
        case PresentationEnded():
            return "" if len(screen.agents) == 1 and not event.because else _presented(event)
        case ToolStarted():
            return f"{_name(event.agent)}: uses {_say(tool_call(event.name, event.arguments))}."
        case ForeignToolUsed():
            used = _say(f"{event.name} {event.detail}".rstrip())
            return f"{_name(event.agent)}: {used} failed." if event.is_error else f"{_name(event.agent)}: used {used}."
        case ToolEnded():
            return _said(event.agent, f"{_say(event.name)} failed", event.text) if event.is_error else ""
        case TurnEnded():
            return "" if event.outcome == "answered" else _turn_ended(event)
        case FilesDelivered():
            return f"{_name(event.agent)}: its files are kept with the session."
        case SessionStarted() | UsageCounted() | DraftingEnded():
            return ""
        case _:
            assert_never(event)


def awaited(agent: Agent, *, now: float) -> str:
    """Return for whom a turn waits and why, as "ann is voting"; `now` is in the seconds of `Record.at`."""
    doing = {"generating": "is writing", "voting": "is voting", "presenting": "is writing the final answer"}
    waits = wording.waiting(agent.status, now=now)
    return f"{_name(agent.agent)} {doing.get(agent.status.doing, 'is')}{f' {waits}' if waits else ''}"


def silence(agent: Agent, *, seconds: float) -> str:
    """Return that nothing has come from an agent for so long, and what it was about."""
    used = next((each.said for each in agent.tools if each.state == "running"), "")
    tool = f" It uses {_say(used)}." if used else ""
    return f"{_name(agent.agent)}: silent for {duration(seconds)}.{tool}"


def duration(seconds: float) -> str:
    """Return a span of time in words: "8 seconds", "2 minutes 5 seconds"."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return wording.count(whole, "second") if whole else "less than a second"
    rest = f" {wording.count(whole % 60, 'second')}" if whole % 60 else ""
    return f"{wording.count(whole // 60, 'minute')}{rest}"


def listed(names: Iterable[str]) -> str:
    """Return names as people list them: "ann, bob and cyd"; only how many where they are too many to listen to."""
    *most, last = names
    if len(most) >= _MOST_NAMES:
        return f"{len(most) + 1} agents"
    return f"{', '.join(most)} and {last}" if most else last


def ended(text: str, longest: int = _LONGEST) -> str:
    """Return `text` on one line, with a full stop if it does not end a sentence itself; nothing for nothing."""
    said = _say(text, longest)
    return said if not said or said[-1] in ".!?…" else f"{said}."


def _asked(event: CallStarted) -> str:
    """What everybody does at the beginning of a phase was said of all of them together."""
    if event.attempt > 1:
        return f"{_name(event.agent)}: asked again, try {event.attempt}."
    return f"{_name(event.agent)}: is told the conversation shortened." if event.compacted else ""


def _answered(screen: Screen, event: AnswerSubmitted, at: float) -> str:
    what = "revised its answer" if screen.phase == "ballot" else f"answered after {duration(at - screen.started)}"
    cut = ", cut off by its length limit" if event.truncated else ""
    if len(screen.agents) == 1:  # it is about to be read as a whole
        return f"{_name(event.agent)}: {what}{cut}."
    return _said(event.agent, f"{what}{cut}", f"It begins: {_opening(event.text)}")


def _opening(text: str) -> str:
    """The first sentence of a text in Markdown, or as much of it as a listener may want."""
    line = next((said for each in text[: _LONGEST * 10].splitlines() if (said := squeezed(each.strip("#>*-_`| ")))), "")
    first = re.match(r".{20,}?[.!?](?= )", line)
    return first[0] if first else line


def _voted(screen: Screen, event: VoteCast) -> str:
    agent = screen.agent(event.agent)
    whom = "?" if agent is None else wording.vote(screen, agent)
    what = "stands by its own answer" if whom == "Self" else f"voted for {whom}"
    return _said(event.agent, f"{what}{wording.how(event)}", f"Reason: {event.reason}" if event.reason.strip() else "")


def _tally(screen: Screen, event: BallotClosed) -> str:
    scores = [
        f"{_authors(chosen)} {score.score:g}"
        for score in event.tally.scores
        if (chosen := screen.candidate(score.candidate)) is not None
    ]
    return f"Counted: {', '.join(scores)}." if scores else ""


def _presented(event: PresentationEnded) -> str:
    if event.source == "presented":
        cut = ", cut off by its length limit" if event.truncated else ""
        return f"{_name(event.agent)}: the final answer is ready{cut}."
    because = wording.because(event.because)
    return _said(event.agent, "the final answer is the one it gave before", f"Reason: {because}" if because else "")


def _turn_ended(event: TurnEnded) -> str:
    said = {"partial": "cut short", "cancelled": "cancelled", "failed": "failed"}.get(event.outcome, event.outcome)
    because = ended(wording.because(event.because))
    return f"Turn {event.turn}: {said}. {because[:1].upper()}{because[1:]}".rstrip()


def _candidates(candidates: Iterable[Candidate]) -> str:
    authors = [_authors(each) for each in candidates]
    return listed(authors) if authors else "nobody"


def _authors(candidate: Candidate) -> str:
    return " with ".join(map(_name, candidate.supporters)) or _say(candidate.label)


def _said(agent: AgentId, what: str, more: str) -> str:
    return f"{_name(agent)}: {what}. {ended(more)}".rstrip()


def _name(agent: AgentId) -> str:
    return one_line(agent, 60)


def _say(text: str, longest: int = _LONGEST) -> str:
    return one_line(squeezed(text[: 10 * longest]), longest)
