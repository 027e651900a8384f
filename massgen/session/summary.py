"""`SESSION_SUMMARY.txt`: the session as a person likes to read it, with `cat` or in an editor.

Answers stand at the left margin, so that code can be copied out of them; what MassGen says about them is indented.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import chain
from typing import Final

from massgen.agents import AgentDescription
from massgen.bill import NOTHING, Bill
from massgen.events import (
    BallotOpened,
    ConversationChange,
    ConversationCompacted,
    PresentationEnded,
    SessionStarted,
    UsageCounted,
)
from massgen.printable import clean
from massgen.session import account
from massgen.session.changes import sentence
from massgen.session.turns import History, Turn

_COLUMNS: Final = 72
_RULE: Final = "─" * _COLUMNS


def text(told: History, session: str, zone: tzinfo = UTC) -> str:
    """The whole file. `session` is the session's id; times of day are shown in `zone`."""
    summary = Summary(session=session, zone=zone)
    for turn in told.turns:
        summary = summary.plus(turn, told.changes.get(turn.number, ()))
    return replace(summary, bill=summary.bill.and_of(told.apart)).text(told.session, told.agents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The file as it grows: what it says of each turn, and what it adds up over all of them."""

    session: str
    zone: tzinfo
    began: float = 0.0
    seconds: float = 0.0
    bill: Bill = NOTHING
    turns: tuple[bytes, ...] = ()

    def plus(
        self, turn: Turn, changes: Sequence[ConversationChange] = (), apart: Sequence[UsageCounted] = ()
    ) -> "Summary":
        """The summary with one more turn, how the conversation was changed after it, and what was used for that."""
        parts = [_turn(turn, self.zone), *map(_change, changes)]
        return replace(
            self,
            began=self.began if self.turns else turn.entries[0].at,
            seconds=self.seconds + turn.seconds,
            bill=self.bill.and_of((*turn.all(UsageCounted), *apart)),
            turns=(*self.turns, _joined(parts).encode("utf-8", "replace")),
        )

    def text(self, started: SessionStarted | None, agents: Iterable[AgentDescription]) -> str:
        """The whole file; `agents` is the team as it is now."""
        return "\n".join((_joined([self._head(started, agents)]), *(each.decode() for each in self.turns)))

    def _head(self, started: SessionStarted | None, agents: Iterable[AgentDescription]) -> list[str]:
        lines = [f"MassGen {self.session}"]
        if self.turns:
            began = datetime.fromtimestamp(self.began, self.zone)
            day = f"{began:%A}, {began.day} {began:%B %Y, %H:%M %Z}"
            figures = (
                day,
                account.count(len(self.turns), "turn"),
                f"{account.duration(self.seconds)} at work",
                self.bill.due,
            )
            lines.append(" · ".join(filter(None, figures)))
        if started is not None:
            lines += ["", f"Team {clean(started.config)}", *_table(map(account.member, agents))]
        return lines


def _change(change: ConversationChange) -> list[str]:
    said = [_RULE, *textwrap.wrap(sentence(change), _COLUMNS)]
    return [*said, "", clean(change.summary).strip("\n")] if isinstance(change, ConversationCompacted) else said


def _joined(parts: Iterable[Sequence[str]]) -> str:
    return "\n".join(chain.from_iterable((*part, "") for part in parts))


def _turn(turn: Turn, zone: tzinfo) -> list[str]:
    lines = [
        _RULE,
        " · ".join((f"Turn {turn.number}", *account.figures(turn, zone))),
        "",
        clean(turn.start.question),
        "",
        *((f"Attached: {turn.attached}", "") if turn.attached else ()),
    ]
    said = account.how_many(turn)
    said += f"; all they wrote is in turn_{turn.number}/" if any(turn.answers(each.agent) for each in turn.team) else ""
    lines += [said, *_table(account.answered(turn)), ""]
    for ballot in turn.all(BallotOpened):
        lines += [f"Coordination Round {ballot.number}", *_table(account.votes(turn, ballot))]
        lines += [*(row for name, said in account.tally(turn, ballot) for row in _hung(f"{name}: ", said)), ""]
    return lines + _final(turn)


def _final(turn: Turn) -> list[str]:
    final = turn.last(PresentationEnded)
    kept = [row for name, said in account.kept(turn) for row in _hung(f"{name}: ", said)]
    answer = ["", clean(final.text).strip("\n")] if final else []
    return [*account.decided(turn), *kept, *answer]


def _table(rows: Iterable[tuple[str, str]]) -> list[str]:
    held = list(rows)
    width = max((len(name) for name, _ in held), default=0)
    return [row for name, said in held for row in _hung(f"{name:<{width}}  ", said)]


def _hung(name: str, said: str) -> list[str]:
    """A text behind its name, indented and wrapped; long words stay whole, so that paths can be copied."""
    return textwrap.wrap(
        said,
        _COLUMNS,
        initial_indent=f"  {name}",
        subsequent_indent=" " * (len(name) + 2),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [f"  {name}".rstrip()]
