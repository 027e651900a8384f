"""`SESSION_SUMMARY.txt`: the session as a person likes to read it, with `cat` or in an editor.

Answers stand at the left margin, so that code can be copied out of them; what MassGen says about them is indented.
"""

import textwrap
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from itertools import chain
from typing import Final

from massgen.bill import add_up
from massgen.events import BallotOpened, ConversationChange, ConversationCompacted, PresentationEnded, UsageCounted
from massgen.printable import clean
from massgen.session import account
from massgen.session.changes import sentence
from massgen.session.turns import History, Turn

_COLUMNS: Final = 72
_RULE: Final = "─" * _COLUMNS


def text(told: History, session: str, zone: tzinfo = UTC) -> str:
    """The whole file. `session` is the session's id; times of day are shown in `zone`."""
    parts = [_head(told, session, zone)]
    for turn in told.turns:
        parts.append(_turn(turn, zone))
        parts += [_change(each) for each in told.changes.get(turn.number, ())]
    return "\n".join(chain.from_iterable((*part, "") for part in parts))


def _change(change: ConversationChange) -> list[str]:
    said = [_RULE, *textwrap.wrap(sentence(change), _COLUMNS)]
    return [*said, "", clean(change.summary).strip("\n")] if isinstance(change, ConversationCompacted) else said


def _head(told: History, session: str, zone: tzinfo) -> list[str]:
    lines = [f"MassGen {session}"]
    if told.turns:
        began = datetime.fromtimestamp(told.turns[0].entries[0].at, zone)
        working = account.duration(sum(turn.seconds for turn in told.turns))
        day = f"{began:%A}, {began.day} {began:%B %Y, %H:%M %Z}"
        cost = add_up([*told.apart, *(event for turn in told.turns for event in turn.all(UsageCounted))]).due
        figures = (day, account.count(len(told.turns), "turn"), f"{working} at work", cost)
        lines.append(" · ".join(filter(None, figures)))
    if told.session is not None:
        lines += ["", f"Team {clean(told.session.config)}", *_table(map(account.member, told.session.agents))]
    return lines


def _turn(turn: Turn, zone: tzinfo) -> list[str]:
    lines = [
        _RULE,
        " · ".join((f"Turn {turn.number}", *account.figures(turn, zone))),
        "",
        clean(turn.start.question),
        "",
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
