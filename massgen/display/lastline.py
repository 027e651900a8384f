"""The last line of the live view: the time, the keys, and the way of a turn; or what is typed meanwhile."""

from collections.abc import Iterator, Mapping

from massgen.display import wording
from massgen.display.cells import cut, width
from massgen.display.screen import Phase, Screen
from massgen.display.theme import Row, Span, Theme, plain
from massgen.printable import one_line

_GAP = 3
_PROMPT = "You: "
_PHASES: Mapping[Phase, str] = {"draft": "Initial", "ballot": "Coordination", "presentation": "Presentation"}


def last_line(screen: Screen, *, columns: int, now: float, theme: Theme, hint: str, cost: str) -> Row:
    """Return the line; what there is no room for is left out, and no key is cut in two.

    `hint` says which keys there are, and `cost` what the turn has cost, where no other line has said it.
    """
    dot = f" {theme.symbols.dot} "
    lines = [theme.sayable(dot.join(filter(None, said))) for said in _parts(screen, now, hint, cost)]
    parts = lines[-1].split(dot)
    lines += [dot.join(parts[:end]) for end in range(len(parts) - 1, 0, -1)]
    said = next((line for line in lines if width(line) <= columns), cut(lines[-1], columns, theme.symbols.ellipsis))
    whole = _way(screen, theme)
    for way in (whole, tuple(span for span in whole if span.meaning == "strong")):
        room = columns - width(said) - width(plain(way))
        if way and room >= _GAP:
            return (Span(said, "quiet"), Span(" " * room), *way)
    return (Span(said, "quiet"),)


def composer(typed: str, columns: int, theme: Theme) -> Row:
    """Return the row that shows the end of what was typed for the next prompt."""
    end = typed[-columns:]
    text = theme.sayable(one_line(end))
    if len(end) < len(typed) or width(text) > columns - width(_PROMPT) - 1:
        ellipsis = theme.symbols.ellipsis
        while text and width(_PROMPT) + width(ellipsis) + width(text) + 1 > columns:
            text = text[1:]
        text = ellipsis + text
    line = theme.sayable(f"{_PROMPT}{text}{theme.symbols.bar}")
    return (Span(cut(line, columns, theme.symbols.ellipsis), "strong"),)


def _parts(screen: Screen, now: float, hint: str, cost: str) -> Iterator[tuple[str, ...]]:
    """What the line says, from all of it to what matters most."""
    end = now if screen.ended is None else screen.ended
    time = wording.clock(end - screen.started) if screen.turn or screen.compactions else ""
    wait = f"waiting {max(0, round(screen.closes - now))} s more for the others" if screen.closes is not None else ""
    yield time, cost, wait, hint
    yield time, wait, hint
    yield time, hint


def _way(screen: Screen, theme: Theme) -> Row:
    """Say "Initial → Coordination → Presentation", the place of the turn in brackets; one agent has no such way."""
    spans: list[Span] = []
    if len(screen.agents) < 2:
        return ()
    for phase, name in _PHASES.items():
        is_here = phase == screen.phase
        spans.append(Span(f"[{name}]" if is_here else name, "strong" if is_here else "quiet"))
        spans.append(Span(f" {theme.symbols.arrow} ", "quiet"))
    return tuple(spans[:-1])
