"""The log cut into turns, with the questions that every view asks of one turn."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import cached_property
from itertools import chain, pairwise
from types import MappingProxyType
from typing import Final, TypeVar

from massgen.agents import AgentDescription, AgentId
from massgen.ballots import Candidate
from massgen.events import (
    AgentUnavailable,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    CompactionEvent,
    ConversationChange,
    Event,
    FilesDelivered,
    ForeignToolUsed,
    ModelChanged,
    PresentationEnded,
    Record,
    ReplyRefused,
    SessionStarted,
    ToolEnded,
    TurnEnded,
    TurnResumed,
    TurnStarted,
    UsageCounted,
    VoteCast,
)
from massgen.messages import Problem
from massgen.printable import one_line
from massgen.session.records import Entry, understood
from massgen.session.saved import Saved

EventT = TypeVar("EventT", bound=Event)

_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "skipped": "skipped by you",
        "too_late": "too late",
        "decided": "no longer needed, the outcome was decided",
        "cancelled": "cancelled by you",
        "deadline": "out of time",
        "budget": "out of budget",
        "dropped": "interrupted, then dropped by you",
        "started_over": "interrupted, then started over by you",
        "winner_reuse": "the rules ask for no presentation",
    }
)


def words(because: str) -> str:
    """The reason in an event as a person says it; most already are sentences."""
    return _WORDS.get(because, because)


@dataclass(frozen=True, kw_only=True)  # no slots: what is asked again and again is looked for once
class Turn:
    """One turn as the log tells it; its first entry is its `TurnStarted`.

    `team` are the agents that took part and then the `absent` ones, which could not start and why.
    """

    start: TurnStarted
    team: tuple[AgentDescription, ...]
    absent: Mapping[AgentId, Problem]
    entries: tuple[Entry, ...]

    @property
    def number(self) -> int:
        """Which turn of the session this is, from 1."""
        return self.start.turn

    @property
    def attached(self) -> str:
        """The names of the files that went with the question; empty without any."""
        return ", ".join(f"{one_line(each.path)}{' (cut)' if each.cut else ''}" for each in self.start.attached)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """What this version understands of the turn."""
        return tuple(record for entry in self.entries if (record := understood(entry)) is not None)

    def all(self, kind: type[EventT]) -> tuple[EventT, ...]:
        """Every event of one kind, in order."""
        return tuple(record.event for record in self.records if isinstance(record.event, kind))

    def last(self, kind: type[EventT]) -> EventT | None:
        """The last event of one kind, if there is one."""
        return next(reversed(self.all(kind)), None)

    @property
    def seconds(self) -> float:
        """How long the turn took up to its end, or up to its last record, without the time in which no program ran.

        Never negative, whatever the clock did.
        """
        ends = [record.at for record in self.records if isinstance(record.event, TurnEnded)]
        away = [other.at - one.at for one, other in pairwise(self.records) if isinstance(other.event, TurnResumed)]
        return max(0.0, (ends[-1] if ends else self.entries[-1].at) - self.entries[0].at - sum(away))

    def answers(self, agent: AgentId) -> tuple[AnswerSubmitted, ...]:
        """What an agent submitted, oldest first."""
        return tuple(each for each in self.all(AnswerSubmitted) if each.agent == agent)

    def answer(self, label: str) -> AnswerSubmitted | None:
        """The answer with this public label."""
        return next((each for each in self.all(AnswerSubmitted) if each.label == label), None)

    def author(self, label: str) -> AgentId:
        """Who wrote the answer with this public label."""
        found = self.answer(label)
        return found.agent if found else ""

    @cached_property
    def candidates(self) -> Mapping[str, Candidate]:
        """Every candidate that was ever on a ballot, by its id."""
        return {each.candidate: each for ballot in self.all(BallotOpened) for each in ballot.candidates}

    def counts(self, vote: VoteCast) -> bool:
        """Whether the first choice counted: not if it was the voter's own text and nobody else's."""
        candidate = self.candidates.get(vote.first)
        own = candidate is not None and candidate.supporters == (vote.agent,)
        return not own or vote.how == "standing" or self.start.rules.get("count_self_votes") is True

    def is_voted(self, label: str) -> bool:
        """Whether the answer with this public label got a vote that counts in the last ballot."""
        won = {each.candidate for each in self.candidates.values() if label in each.members}
        tally = self.last(BallotClosed)
        return tally is not None and any(each.score > 0 for each in tally.tally.scores if each.candidate in won)

    @property
    def kept(self) -> str:
        """Where the files of its final answer are, seen from the session's directory; empty without any."""
        final = self.last(PresentationEnded)
        kept = (each for each in self.all(FilesDelivered) if final is None or each.agent == final.agent)
        return next((each.path for each in kept), "")

    @property
    def changed(self) -> tuple[str, ...]:
        """The files of the user's own that agents have changed, as absolute paths in the order in which they were."""
        ended = (record.event for record in self.records)
        paths = [each.changed for each in ended if isinstance(each, ToolEnded | ForeignToolUsed)]
        return tuple(dict.fromkeys(filter(None, paths)))

    def why_silent(self, agent: AgentId, ballot: int = 0) -> str:
        """Why an agent said nothing that counts: while drafting, or in the ballot with that number."""
        if agent in self.absent:
            return self.absent[agent].text
        calls = {each.call for each in self.all(CallStarted) if each.agent == agent and each.ballot == ballot}
        for record in reversed(self.records):
            match record.event:
                case CallFailed(agent=who, call=call, problem=problem) if who == agent and call in calls:
                    return problem.text
                case CallCancelled(agent=who, call=call, because=because) if who == agent and call in calls:
                    return words(because)
                case ReplyRefused(agent=who, call=call, reason=reason) if who == agent and call in calls:
                    return reason
                case _:
                    continue
        return "nothing came before the turn ended" if calls else "was not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A whole session as the log tells it; `changes` are those of the conversation, by the turn they follow.

    `apart` is what requests between the turns have used, which is no turn's.
    `agents` is the team as it was in the end, each agent with the model that spoke for it then.
    """

    session: SessionStarted | None
    turns: tuple[Turn, ...]
    changes: Mapping[int, tuple[ConversationChange, ...]]
    apart: tuple[UsageCounted, ...] = ()
    agents: tuple[AgentDescription, ...] = ()


def history(entries: Iterable[Entry]) -> History:
    """Cut a session's entries into turns."""
    cut = Cut()
    told = [*cut.all(entries)]
    changes = {each.turn.number if each.turn else 0: each.changes for each in told if each.changes}
    late = [entry for each in told for entry in each.late]
    turns = tuple(_with(each.turn, late) for each in told if each.turn)
    return History(
        session=cut.session,
        turns=turns,
        changes=changes,
        apart=tuple(used for each in told for used in each.apart),
        agents=cut.agents,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of a session: a turn, and the changes of the conversation that follow it; what is before any has none.

    `apart` is what requests between the turns have used. `late` are the files of turns before this one, which were kept
    only now.
    """

    turn: Turn | None
    changes: tuple[ConversationChange, ...]
    apart: tuple[UsageCounted, ...] = ()
    late: tuple[Entry, ...] = ()


class Cut:
    """Cuts a session into turns while it goes on, and keeps no more of it than the last one."""

    def __init__(self) -> None:
        self.session: SessionStarted | None = None
        """How the session was last started."""
        self._known: dict[AgentId, AgentDescription] = {}
        self._absent: dict[AgentId, Problem] = {}
        self._start: TurnStarted | None = None
        self._called: Mapping[AgentId, AgentDescription] = {}
        self._entries: list[Entry] = []
        self._changes: list[ConversationChange] = []
        self._apart: list[UsageCounted] = []
        self._late: list[Entry] = []

    @property
    def agents(self) -> tuple[AgentDescription, ...]:
        """The team as it is by now, each agent with the model that speaks for it."""
        return tuple(self._known.values())

    def all(self, entries: Iterable[Entry]) -> Iterator[Stretch]:
        """Cut all of these, the last one being as far as they go."""
        yield from filter(None, map(self.take, entries))
        yield self.last

    def take(self, entry: Entry) -> Stretch | None:
        """Go on by one entry; the stretch that it ends, if it begins the next turn."""
        record = understood(entry)
        event = record.event if record is not None else None
        ended: Stretch | None = None
        match event:
            case SessionStarted():
                self.session = event
                self._known = {each.agent: each for each in event.agents}
                return None
            case TurnStarted():
                ended = self.last
                self._absent = {agent: why for agent, why in self._absent.items() if agent not in event.agents}
                self._start, self._called = event, dict(self._known)
                self._entries, self._changes, self._apart, self._late = [], [], [], []
            case AgentUnavailable():
                self._absent[event.agent] = event.problem
            case FilesDelivered(turn=turn) if self._start is not None and turn < self._start.turn:
                self._late.append(entry)
                return None
            case UsageCounted(call=0):
                self._apart.append(event)
                return None
            case _ if isinstance(event, CompactionEvent):
                return None
            case _ if isinstance(event, ConversationChange):
                self._changes.append(event)
                if isinstance(event, ModelChanged):
                    self._known[event.agent.agent] = event.agent
                return None
            case _:
                pass
        if self._start is not None:
            self._entries.append(entry)
        return ended

    @property
    def last(self) -> Stretch:
        """The last turn, as far as it goes, and what followed it."""
        turn = None
        if self._start is not None:
            team = _team(self._start, self._absent, self._called)
            turn = Turn(start=self._start, team=team, absent=dict(self._absent), entries=tuple(self._entries))
        return Stretch(turn=turn, changes=tuple(self._changes), apart=tuple(self._apart), late=tuple(self._late))


def last_turn(saved: Saved) -> Turn | None:
    """The last turn of a session; only that is read of it, and who takes part."""
    cut = Cut()
    before = saved.before_turn(-1).only(SessionStarted, TurnStarted, AgentUnavailable, ModelChanged)
    for record in chain(before, saved.from_turn(-1)):
        cut.take(record)
    return cut.last.turn


def clock(at: float, zone: tzinfo) -> str:
    """A time of day: `14:30:22`."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M:%S}"


def _with(turn: Turn, late: Iterable[Entry]) -> Turn:
    """The turn with those of these files that belong to it."""
    events = ((each, record.event) for each in late if (record := understood(each)) is not None)
    own = [each for each, event in events if isinstance(event, FilesDelivered) and event.turn == turn.number]
    return replace(turn, entries=(*turn.entries, *own)) if own else turn


def _team(
    start: TurnStarted, absent: Mapping[AgentId, Problem], known: Mapping[AgentId, AgentDescription]
) -> tuple[AgentDescription, ...]:
    agents = (*start.agents, *(agent for agent in absent if agent not in start.agents))
    return tuple(known.get(agent) or AgentDescription(agent=agent, model="", provider="") for agent in agents)
