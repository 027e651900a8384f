"""A session as a Markdown document that people read: questions and answers, and behind a fold how each came about.

Answers stand as they were written. Only control characters are made visible, and an unfinished fence of code is closed,
so that it does not swallow the rest of the document.
"""

import html
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from itertools import chain
from typing import Final

from massgen.bill import add_up
from massgen.events import BallotOpened, PresentationEnded, TurnStarted, TurnUndone, UsageCounted
from massgen.printable import clean, squeezed
from massgen.session import account
from massgen.session.changes import sentence
from massgen.session.turns import History, Turn

_LONGEST_TITLE: Final = 80
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MARKUP: Final = re.compile(r"[\\`*\[\]<>|~#]|(?<!\w)_|_(?!\w)")
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)


def text(told: History, session: str, zone: tzinfo = UTC) -> str:
    """The whole document. `session` is the session's id; times of day are shown in `zone`."""
    undone = {each.turn for changes in told.changes.values() for each in changes if isinstance(each, TurnUndone)}
    parts = [_head(told, session, zone), _changes(told, 0)]
    for turn in told.turns:
        parts += [_turn(turn, zone, is_undone=turn.number in undone), _changes(told, turn.number)]
    return "\n\n".join(filter(None, chain.from_iterable(parts))) + "\n"


def _head(told: History, session: str, zone: tzinfo) -> Iterator[str]:
    began = told.turns[0].entries[0].at if told.turns else None
    day = datetime.fromtimestamp(began, zone) if began is not None else None
    yield f"# A conversation of {day.day} {day:%B %Y}" if day else "# A conversation"
    figures = [f"`{session}`", account.count(len(told.turns), "turn")]
    if told.turns:
        figures.append(f"{account.duration(sum(turn.seconds for turn in told.turns))} at work")
        figures.append(add_up(event for turn in told.turns for event in turn.all(UsageCounted)).due)
    yield " · ".join(filter(None, figures))
    if told.session is not None:
        yield f"The team, from {_inline(told.session.config)}:"
        yield _list(map(account.member, told.session.agents))


def _changes(told: History, after: int) -> Iterator[str]:
    for each in told.changes.get(after, ()):
        yield f"---\n\n*{_inline(sentence(each))}*"


def _turn(turn: Turn, zone: tzinfo, *, is_undone: bool) -> Iterator[str]:
    asked, final = _harmless(turn.start.question).strip("\n"), turn.last(PresentationEnded)
    title = squeezed(asked)
    is_short = len(title) <= _LONGEST_TITLE
    short = title if is_short else f"{title[: _LONGEST_TITLE - 1]}…"
    yield f"## {turn.number}. {_inline(short)}{' (taken back)' if is_undone else ''}"
    if not is_short or title != asked:
        yield "\n".join(f"> {line}".rstrip() for line in asked.split("\n"))
    if attached := _attached(turn.start):
        yield f"With {attached}"
    decided = account.decided(turn)
    yield _closed(_harmless(final.text).strip("\n")) if final else f"*{_inline(decided[0])}.*"
    yield _note(turn, zone, decided)


def _note(turn: Turn, zone: tzinfo, decided: list[str]) -> str:
    """How the answer came about, folded away where Markdown is shown as a page."""
    about = " · ".join((decided[0], account.how_many(turn), *account.figures(turn, zone)))
    parts = [f"<details>\n<summary>{html.escape(clean(about), quote=False)}</summary>", _list(account.answered(turn))]
    for ballot in turn.all(BallotOpened):
        parts.append(f"Coordination Round {ballot.number}:")
        parts.append(_list((*account.votes(turn, ballot), *account.tally(turn, ballot))))
    parts += [f"{_inline(line)}." for line in decided[1:]]
    parts.append(_list(account.kept(turn)))
    return "\n\n".join([*filter(None, parts), "</details>"])


def _attached(start: TurnStarted) -> str:
    """The names of the files that went with a question."""
    return ", ".join(f"{_inline(each.path)}{' (its beginning)' if each.cut else ''}" for each in start.attached)


def _list(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"* {_inline(name)}: {_inline(said)}" for name, said in rows)


def _inline(said: str) -> str:
    """A text on one line, in which nothing is taken for Markdown."""
    return _MARKUP.sub(r"\\\g<0>", squeezed(said))


def _harmless(written: str) -> str:
    """The text as it was written, but for characters that a terminal would obey."""
    return _CONTROL.sub(lambda found: clean(found[0]), written.replace("\r\n", "\n"))


def _closed(markdown: str) -> str:
    """The same with its last fence of code closed, if it is open."""
    fence = ""
    for mark in _FENCE.finditer(markdown):
        if not fence:
            fence = mark[1] if mark[1][0] == "~" or "`" not in mark[2] else ""
        elif mark[1][0] == fence[0] and len(mark[1]) >= len(fence) and not mark[2].strip():
            fence = ""
    return f"{markdown}\n{fence}" if fence else markdown
