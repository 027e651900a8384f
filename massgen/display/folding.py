"""How a turn comes to look as it does: a `Screen` folded from events and from the text that streams between them.

The fold is pure: the same records give the same screen, live, in a test and when an old session is read again. Streamed
text is the picture and not the truth, so a screen keeps only the end of it (`parts.py`), and a piece of it costs the
same at the beginning of an answer as at its end. All streamed text is sanitised in the fold, once; everything else is
where it is drawn.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import assert_never

from massgen.agents import AgentId
from massgen.bill import NOTHING
from massgen.display import parts
from massgen.display.screen import WAITING, Agent, Doing, Screen, Status, Tool
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
from massgen.messages import (
    Json,
    Part,
    Stage,
)


def fold(screen: Screen, record: Record) -> Screen:
    """Return the screen after `record`."""
    return _after(screen, record.event, record.at)


def fold_part(screen: Screen, agent: AgentId, call: int, part: Part, *, at: float = 0.0) -> Screen:
    """Return the screen after the next piece of a running call; a piece of any other call changes nothing.

    `at` is when it came, in the seconds of `Record.at`.
    """
    for place, each in enumerate(screen.agents):
        if each.agent == agent and each.call == call:
            changed = parts.after(each, part)
            if at > each.heard:
                changed = replace(changed, heard=at)
            if changed is each:
                return screen
            return replace(screen, agents=(*screen.agents[:place], changed, *screen.agents[place + 1 :]))
    return screen


_CANCELLED: Mapping[CancelReason, Doing] = {
    "skipped": "skipped",
    "too_late": "too_late",
    "decided": "too_late",
    "deadline": "too_late",
    "budget": "cancelled",
    "cancelled": "cancelled",
}

_TELLING = ("path", "file_path", "command", "query", "url")
"""Arguments of tools that say the most about a call."""

_CALLED: Mapping[Stage, Doing] = {"draft": "generating", "ballot": "voting", "presentation": "presenting"}


def _after(screen: Screen, event: Event, at: float) -> Screen:
    if isinstance(event, CompactionEvent | ConversationCompacted):
        started = screen.started if screen.turn or screen.compactions else at
        return replace(screen, started=started, compactions=(*screen.compactions, event))
    if isinstance(event, ConversationChange):
        return screen
    match event:
        case TurnStarted():
            agents = tuple(Agent(agent=each) for each in event.agents)
            compactions, apart = ((), NOTHING) if screen.turn else (screen.compactions, screen.apart)
            return Screen(turn=event.turn, started=at, agents=agents, compactions=compactions, apart=apart)
        case AgentUnavailable():
            return _absent(screen, event)
        case CallStarted():
            called = Status(doing=_CALLED[event.stage])
            screen = replace(screen, phase="presentation") if event.stage == "presentation" else screen
            return _change(screen, event.agent, lambda a: _asked(a, event.call, called, at))
        case AnswerSubmitted():
            doing: Doing = "revised" if screen.phase == "ballot" else "complete"
            screen = replace(screen, answers=(*screen.answers, event))
            return _change(screen, event.agent, lambda a: _answered(a, event.text, doing))
        case CallFailed():
            return _stopped(screen, event.agent, _failed(event, at))
        case RetryScheduled():
            wait = Status(doing="retrying", problem=event.problem, until=at + event.wait_s)
            return _change(screen, event.agent, lambda a: replace(a, status=wait, tools=()))
        case CallCancelled():
            return _stopped(screen, event.agent, Status(doing=_CANCELLED[event.because]))
        case QuorumReached():
            return replace(screen, closes=at + event.grace_s)
        case DraftingEnded():
            return replace(screen, closes=None)
        case BallotOpened():
            return _ballot_opened(screen, event)
        case VoteCast():
            return _voted(screen, event)
        case Abstained():
            abstained = Status(doing="abstained")
            return _change(screen, event.agent, lambda a: replace(a, status=abstained, tools=()))
        case BallotClosed():
            return replace(screen, tally=event.tally)
        case WinnerSelected():
            return replace(screen, winner=event)
        case PresentationStarted():
            presenting = Status(doing="presenting")
            screen = replace(screen, phase="presentation")
            return _change(screen, event.agent, lambda a: _asked(a, a.call, presenting, at))
        case PresentationEnded():
            screen = replace(screen, presentation=event)
            return _change(screen, event.agent, lambda a: _presented(a, event))
        case TurnEnded():
            return replace(screen, outcome=event, ended=at, closes=None)
        case ToolStarted():
            using = Tool(name=event.name, said=tool_call(event.name, event.arguments), id=event.id)
            return _change(screen, event.agent, lambda a: parts.using(a, using) if a.call == event.call else a)
        case ToolEnded():
            screen = _with_changed(screen, event.changed)
            return _change(screen, event.agent, lambda a: parts.used(a, event, at) if a.call == event.call else a)
        case ForeignToolUsed():
            return _with_changed(screen, event.changed)
        case UsageCounted(call=0):
            return replace(screen, apart=screen.apart.plus(event))
        case UsageCounted():
            screen = replace(screen, bill=screen.bill.plus(event))
            return _change(screen, event.agent, lambda a: replace(a, bill=a.bill.plus(event)))
        case TurnResumed():
            return _resumed(screen, at)
        case SessionStarted() | FilesDelivered() | DraftsOverdue() | StageEndsSoon() | ReplyRefused():
            return screen
        case _:
            assert_never(event)


def tool_call(name: str, arguments: Mapping[str, Json]) -> str:
    """What an agent does with a tool, in a few words: its name, and the file or whatever else it is used on."""
    on = next((value for key in _TELLING if isinstance(value := arguments.get(key), str)), "")
    return f"{name} {on}".rstrip()


def _change(screen: Screen, agent: AgentId, how: Callable[[Agent], Agent]) -> Screen:
    return replace(screen, agents=tuple(how(each) if each.agent == agent else each for each in screen.agents))


def _with_changed(screen: Screen, path: str) -> Screen:
    is_new = path and path not in screen.changed
    return replace(screen, changed=(*screen.changed, path)) if is_new else screen


def _absent(screen: Screen, event: AgentUnavailable) -> Screen:
    status = Status(doing="gone", problem=event.problem)
    gone = Agent(agent=event.agent, status=status, absence=status)
    if screen.agent(event.agent) is None:
        return replace(screen, agents=(*screen.agents, gone))
    return _change(screen, event.agent, lambda _: gone)


def _resumed(screen: Screen, at: float) -> Screen:
    """Who was at work is asked again; the time in which no program ran is not the turn's."""
    away = at - max([screen.started, *(each.heard for each in screen.agents)])

    def back(agent: Agent) -> Agent:
        status = agent.status
        if status.doing in _CALLED.values():
            return replace(agent, status=WAITING, tools=())
        return replace(agent, status=replace(status, until=status.until + away)) if status.until else agent

    return replace(screen, started=screen.started + away, closes=None, agents=tuple(map(back, screen.agents)))


def _asked(agent: Agent, call: int, status: Status, at: float) -> Agent:
    return Agent(
        agent=agent.agent,
        status=status,
        absence=agent.absence,
        call=call,
        vote=agent.vote,
        draft=agent.draft,
        asked=at,
        heard=at,
        bill=agent.bill,
    )


def _answered(agent: Agent, text: str, doing: Doing) -> Agent:
    """An answer that did not stream (it came in a tool call, or from a log) is shown from its event."""
    draft = parts.end_of(text)
    return replace(agent, status=Status(doing=doing), absence=None, text=agent.text or draft, draft=draft, tools=())


def _stopped(screen: Screen, agent: AgentId, status: Status) -> Screen:
    absence = status if screen.phase == "draft" and status.doing != "retrying" else None
    return _change(screen, agent, lambda each: replace(each, status=status, absence=absence or each.absence, tools=()))


def _presented(agent: Agent, event: PresentationEnded) -> Agent:
    shown = agent.text if event.source == "presented" and agent.text else parts.end_of(event.text)
    status = agent.status if agent.status.doing in ("failed", "gone") else Status(doing="complete")
    return replace(agent, status=status, text=shown, tools=())


def _failed(event: CallFailed, at: float) -> Status:
    match event.consequence:
        case "retried":
            return Status(doing="retrying", problem=event.problem, until=at)
        case "out_of_stage":
            return Status(doing="failed", problem=event.problem)
        case "out_of_turn":
            return Status(doing="gone", problem=event.problem)
        case _:
            assert_never(event.consequence)


def _ballot_opened(screen: Screen, event: BallotOpened) -> Screen:
    agents = tuple(
        replace(each, vote=None, status=each.status if each.status.doing == "gone" else WAITING)
        for each in screen.agents
    )
    return replace(
        screen,
        phase="ballot",
        ballot=event.number,
        candidates=event.candidates,
        agents=agents,
        tally=None,
        closes=None,
    )


def _voted(screen: Screen, event: VoteCast) -> Screen:
    chosen = screen.candidate(event.first)
    own = chosen is not None and event.agent in chosen.supporters
    voted = Status(doing="converged" if own else "voted")

    def with_vote(agent: Agent) -> Agent:
        # A vote that is carried over says nothing about its voter, who failed or was late this time.
        return replace(agent, vote=event, tools=(), status=agent.status if event.how == "carried" else voted)

    return _change(screen, event.agent, with_vote)
