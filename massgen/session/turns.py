"""The log cut into turns, with the questions that every view asks of one turn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
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
    ConversationChange,
    Event,
    FilesDelivered,
    ForeignToolUsed,
    ModelChanged,
    Record,
    ReplyRefused,
    SessionStarted,
    ToolEnded,
    TurnEnded,
    TurnStarted,
    VoteCast,
)
from massgen.messages import Problem
from massgen.session.records import Entry, understood

EventT = TypeVar("EventT", bound=Event)

_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "skipped": "skipped by you",
        "too_late": "too late",
        "decided": "no longer needed, the outcome was decided",
        "cancelled": "cancelled by you",
        "deadline": "out of time",
        "budget": "out of budget",
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
        """How long the turn took up to its end, or up to its last record; never negative, whatever the clock did."""
        ends = [record.at for record in self.records if isinstance(record.event, TurnEnded)]
        return max(0.0, (ends[-1] if ends else self.entries[-1].at) - self.entries[0].at)

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

    `agents` is the team as it was in the end, each agent with the model that spoke for it then.
    """

    session: SessionStarted | None
    turns: tuple[Turn, ...]
    changes: Mapping[int, tuple[ConversationChange, ...]]
    agents: tuple[AgentDescription, ...] = ()


def history(entries: Iterable[Entry]) -> History:
    """Cut a session's entries into turns."""
    session: SessionStarted | None = None
    absent: dict[AgentId, Problem] = {}
    changes: dict[int, tuple[ConversationChange, ...]] = {}
    begun: list[tuple[TurnStarted, list[Entry]]] = []
    missing: list[dict[AgentId, Problem]] = []
    known: dict[AgentId, AgentDescription] = {}
    called: list[dict[AgentId, AgentDescription]] = []
    for entry in entries:
        record = understood(entry)
        event = record.event if record is not None else None
        if isinstance(event, ConversationChange):
            after = begun[-1][0].turn if begun else 0
            changes[after] = (*changes.get(after, ()), event)
            if isinstance(event, ModelChanged):
                known = {**known, event.agent.agent: event.agent}
            continue
        match event:
            case SessionStarted() as session:
                known = {each.agent: each for each in session.agents}
                continue
            case TurnStarted() as start:
                absent = {agent: problem for agent, problem in absent.items() if agent not in start.agents}
                begun.append((start, []))
                missing.append(absent)
                called.append(known)
            case AgentUnavailable(agent=agent, problem=problem):
                absent[agent] = problem
            case FilesDelivered(turn=of) if of in [start.turn for start, _ in begun[:-1]]:
                next(held for start, held in begun if start.turn == of).append(entry)  # chosen, or kept, later
                continue
            case _:
                pass
        if begun:
            begun[-1][1].append(entry)
    turns = tuple(
        Turn(start=start, team=_team(start, gone, then), absent=dict(gone), entries=tuple(held))
        for (start, held), gone, then in zip(begun, missing, called, strict=True)
    )
    return History(session=session, turns=turns, changes=changes, agents=tuple(known.values()))


def clock(at: float, zone: tzinfo) -> str:
    """A time of day: `14:30:22`."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M:%S}"


def _team(
    start: TurnStarted, absent: Mapping[AgentId, Problem], known: Mapping[AgentId, AgentDescription]
) -> tuple[AgentDescription, ...]:
    agents = (*start.agents, *(agent for agent in absent if agent not in start.agents))
    return tuple(known.get(agent) or AgentDescription(agent=agent, model="", provider="") for agent in agents)
