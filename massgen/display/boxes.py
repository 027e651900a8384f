"""The phase box and the coordination table of the manual, line for line."""

from collections.abc import Sequence

from massgen.display import wording
from massgen.display.cells import cut, fill, width
from massgen.display.screen import Agent, Screen
from massgen.display.theme import Row, Span, Theme
from massgen.printable import one_line

# The widths of the manual's own pictures, in cells between the bars and without the blank on either side.
_LINE = 42
_AGENT, _STATUS, _VOTES = 9, 11, 16


def phase_box(screen: Screen, *, width: int, now: float, theme: Theme) -> list[Row]:
    """Return the box of the phase: statuses while drafts are written, the coordination table from then on.

    It is as wide as in the manual, wider where a name or a status needs it, and never wider than `width`.
    """
    if screen.ballot:
        return _table(screen, width, now, theme)
    return _list(screen, width, now, theme)


def _list(screen: Screen, columns: int, now: float, theme: Theme) -> list[Row]:
    lines = [(f"{one_line(each.agent)}: ", _status(each, now, theme)) for each in screen.agents]
    wished = (
        width(name) + width(_longest(each, now, theme)) for each, (name, _) in zip(screen.agents, lines, strict=True)
    )
    inner = min(max(_LINE, *wished), columns - 4) if lines else min(_LINE, columns - 4)
    boxed: list[Row] = [_title(screen, inner + 2, theme)]
    for agent, (name, status) in zip(screen.agents, lines, strict=True):
        name = _cut(name, max(inner - width(status), inner // 2), theme)
        meant = Span(_fill(status, inner - width(name), theme), wording.meaning(agent.status))
        boxed.append(_barred([(Span(name), meant)], theme))
    return [*boxed, _bottom(inner + 2, theme)]


def _table(screen: Screen, columns: int, now: float, theme: Theme) -> list[Row]:
    names = [one_line(each.agent) for each in screen.agents]
    statuses = [_status(each, now, theme) for each in screen.agents]
    votes = [wording.vote(screen, each) for each in screen.agents]
    longest = [_longest(each, now, theme) for each in screen.agents]
    wished = [_widest(_AGENT, names), _widest(_STATUS, longest), _widest(_VOTES, votes)]
    widths = _squeezed(wished, columns - 10)
    meanings = [wording.meaning(each.status) for each in screen.agents]

    def line(agent: str, status: Span, vote: str) -> Row:
        first, second, third = (
            _fill(text, room, theme) for text, room in zip((agent, status.text, vote), widths, strict=True)
        )
        return _barred([(Span(first),), (Span(second, status.meaning),), (Span(third),)], theme)

    return [
        _title(screen, sum(widths) + 8, theme),
        line("Agent", Span("Status"), "Votes"),
        _rule(widths, theme),
        *(
            line(name, Span(status, meaning), vote)
            for name, status, meaning, vote in zip(names, statuses, meanings, votes, strict=True)
        ),
        _bottom(sum(widths) + 8, theme),
    ]


def _squeezed(wished: Sequence[int], room: int) -> list[int]:
    """Take from the widest column until the table fits."""
    widths = list(wished)
    while sum(widths) > max(room, len(widths)):
        widths[widths.index(max(widths))] -= 1
    return widths


def _title(screen: Screen, inner: int, theme: Theme) -> Row:
    symbols = theme.symbols
    name = cut(f" {screen.title} ", inner - 1, symbols.ellipsis)
    line = symbols.across * (inner - 1 - width(name))
    return (
        Span(symbols.top[0] + symbols.across, "quiet"),
        Span(name, "strong"),
        Span(line + symbols.top[1], "quiet"),
    )


def _rule(widths: Sequence[int], theme: Theme) -> Row:
    ends, across = theme.symbols.middle, theme.symbols.across
    return (Span(ends[0] + ends[1].join(across * (each + 2) for each in widths) + ends[2], "quiet"),)


def _bottom(inner: int, theme: Theme) -> Row:
    return (Span(theme.symbols.bottom[0] + theme.symbols.across * inner + theme.symbols.bottom[1], "quiet"),)


def _barred(columns: Sequence[Row], theme: Theme) -> Row:
    bar = theme.symbols.down
    inside = [span for column in columns for span in (Span(" "), *column, Span(f" {bar}", "quiet"))]
    return (Span(bar, "quiet"), *inside)


def _status(agent: Agent, now: float, theme: Theme) -> str:
    return wording.status(agent.status, now=now, symbols=theme.symbols)


def _longest(agent: Agent, now: float, theme: Theme) -> str:
    return wording.longest(agent.status, now=now, symbols=theme.symbols)


def _widest(least: int, texts: Sequence[str]) -> int:
    return max([least, *map(width, texts)])


def _cut(text: str, columns: int, theme: Theme) -> str:
    return cut(theme.sayable(text), columns, theme.symbols.ellipsis)


def _fill(text: str, columns: int, theme: Theme) -> str:
    return fill(theme.sayable(text), columns, theme.symbols.ellipsis)
