"""`turn_N/coordination_log.json`: how one turn was decided, for a program and for a person who reads it in an editor.

It opens with what people look for (question, outcome, winner, phases, ballots with their reasons) and ends with where
the events of the turn are in the session's log. The texts of answers are there too, and not here once more: `record` is
the `seq` of the line that has one. Candidates are named by their public labels. A view: made from the log, never read.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from massgen.agents import AgentDescription, AgentId
from massgen.ballots import Candidate
from massgen.bill import add_up
from massgen.events import (
    Abstained,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    DraftingEnded,
    PresentationEnded,
    PresentationStarted,
    Record,
    TurnEnded,
    TurnStarted,
    UsageCounted,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Json
from massgen.session.records import plain
from massgen.session.store import LOG_NAME
from massgen.session.turns import Turn
from massgen.session.verdicts import verdict

_FORMAT: Final = 2
# JSON escapes the C0 controls; these could steer a terminal too, and outside a string there are none.
_STEERING: Final = re.compile("[\x7f-\x9f\u061c\u200e-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def text(turn: Turn, session: str) -> str:
    """The whole file. `session` is the session's id."""
    pretty = json.dumps(document(turn, session), indent=2, ensure_ascii=False)
    return _STEERING.sub(_escaped, pretty) + "\n"


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return "\N{REPLACEMENT CHARACTER}" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"


def document(turn: Turn, session: str) -> dict[str, Json]:
    """The same as JSON values. Times are ISO 8601 in UTC, durations in seconds."""
    ended, winner = turn.last(TurnEnded), turn.last(WinnerSelected)
    return {
        "format": _FORMAT,
        "session": session,
        "turn": turn.number,
        "question": turn.start.question,
        "outcome": ended.outcome if ended else "interrupted",
        "because": ended.because if ended else "",
        "started": _time(turn.entries[0].at),
        "seconds": round(turn.seconds, 3),
        "agents": [_agent(turn, each) for each in turn.team],
        "winner": plain(winner),
        "final_answer": next((_answer(each, "source", "because") for each in _records(turn, PresentationEnded)), None),
        "phases": [*_phases(turn.records)],
        "answers": [_answer(each, "version", "key") for each in _records(turn, AnswerSubmitted)],
        "ballots": [_ballot(turn, each) for each in turn.all(BallotOpened)],
        "retally": _retally(turn),
        "minority_report": _minority(turn),
        "usage": {each.agent: usage(turn.all(UsageCounted), each.agent) for each in turn.team},
        "cost": add_up(turn.all(UsageCounted)).dollars,
        "events": {"file": LOG_NAME, "first": turn.entries[0].seq, "last": turn.entries[-1].seq},
    }


def _records(turn: Turn, kind: type[AnswerSubmitted | PresentationEnded]) -> list[Record]:
    return [each for each in turn.records if isinstance(each.event, kind)]


def _answer(record: Record, *more: str) -> dict[str, Json]:
    """An answer without its text, but with where that is."""
    event = record.event
    assert isinstance(event, AnswerSubmitted | PresentationEnded), "both have a text"
    told = ("agent", "label", *more, "truncated")
    return {name: plain(getattr(event, name)) for name in told} | {"length": len(event.text), "record": record.seq}


def _agent(turn: Turn, agent: AgentDescription) -> dict[str, Json]:
    labels: list[Json] = [each.label for each in turn.answers(agent.agent)]
    silent = "" if labels else turn.why_silent(agent.agent)
    return {
        "agent": agent.agent,
        "model": agent.model,
        "provider": agent.provider,
        "answers": labels,
        "no_answer_because": silent,
    }


def _phases(records: Iterable[Record]) -> Iterable[dict[str, Json]]:
    """What the screen called each phase, and when it began and ended; a phase cut short ends with the turn."""
    name, began = "", 0.0
    for record in records:
        match record.event:
            case TurnStarted():
                name, began = "Initial Answer Generation", record.at
            case BallotOpened(number=number):
                name, began = f"Coordination Round {number}", record.at
            case PresentationStarted():
                name, began = "Final Presentation", record.at
            case DraftingEnded() | BallotClosed() | PresentationEnded() | TurnEnded() if name:
                yield {
                    "phase": name,
                    "started": _time(began),
                    "ended": _time(record.at),
                    "seconds": round(max(0.0, record.at - began), 3),
                }
                name = ""
            case _:
                continue


def _ballot(turn: Turn, ballot: BallotOpened) -> dict[str, Json]:
    closed = next((each for each in turn.all(BallotClosed) if each.number == ballot.number), None)
    return {
        "number": ballot.number,
        "candidates": [_candidate(turn, each) for each in ballot.candidates],
        "votes": [_vote(turn, each) for each in turn.all(VoteCast) if each.ballot == ballot.number],
        "abstentions": [
            {"agent": each.agent, "reason": each.reason} for each in turn.all(Abstained) if each.ballot == ballot.number
        ],
        "rule": closed.tally.rule if closed else "",
        "tally": [
            {
                "label": _label(turn, each.candidate),
                "score": plain(each.score),
                "firsts": plain(each.firsts),
                "supporters": each.supporters,
            }
            for each in (closed.tally.scores if closed else ())
        ],
        "because": closed.because if closed else "",
    }


def _candidate(turn: Turn, candidate: Candidate) -> dict[str, Json]:
    return {
        "label": candidate.label,
        "author": turn.author(candidate.label),
        "members": [*candidate.members],
        "supporters": [*candidate.supporters],
    }


def _vote(turn: Turn, vote: VoteCast) -> dict[str, Json]:
    return {
        "agent": vote.agent,
        "first": _label(turn, vote.first),
        "first_counts": turn.counts(vote),
        "also": [_label(turn, each) for each in vote.also],
        "reason": vote.reason,
        "how": vote.how,
    }


def _retally(turn: Turn) -> Json:
    """The last ballot counted again: who would have won under other rules, without one of the votes, …"""
    said = verdict(turn)
    if said is None:
        return None
    counted = said.retally
    return {
        "says": counted.sentence(said.name),
        "by_rule": {rule: _label(turn, winner) for rule, winner in counted.by_rule.items()},
        "without": {agent: _label(turn, winner) for agent, winner in counted.without.items()},
        "self_votes_the_other_way": _label(turn, counted.self_votes),
    }


def _minority(turn: Turn) -> Json:
    """The strongest answer that was not chosen, with the reasons of those who wanted it."""
    said = verdict(turn)
    dissent = said.minority if said else None
    if dissent is None:
        return None
    label = dissent.candidate.label
    return {
        "label": label,
        "author": turn.author(label),
        "wanted_by": [{"agent": each.agent, "reason": each.reason} for each in dissent.votes],
    }


def _label(turn: Turn, candidate: str) -> str:
    found = turn.candidates.get(candidate)
    return found.label if found else candidate


def usage(counted: Iterable[UsageCounted], agent: AgentId | None = None) -> dict[str, Json]:
    """What requests used: those of one agent, or all of them. A cost that nobody knows is null."""
    used = add_up(each for each in counted if agent in (None, each.agent))
    return {
        "requests": used.requests,
        "requests_not_counted": used.uncounted,
        "requests_without_price": used.unpriced,
        "input_tokens": used.input_tokens,
        "output_tokens": used.output_tokens,
        "cached_tokens": used.cached_tokens,
        "cache_write_tokens": used.cache_write_tokens,
        "reasoning_tokens": used.reasoning_tokens,
        "cost": plain(used.cost if used.cost or not used.unpriced else None),
    }


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
