"""The live view as rows of text: a screen, a size and a moment in, exactly that many rows out.

From top to bottom: the phase (a box, or from the first ballot on the coordination table), one panel for each agent with
the end of what it writes, and a line with the time, the keys and the way of a turn from phase to phase. What does not
fit gives way in this order: the box becomes one line, panels become one row for each agent, rows of agents that have
nothing more to say become a number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from massgen.agents import AgentId
from massgen.display import wording
from massgen.display.boxes import phase_box
from massgen.display.cells import cut, fill, last_rows, width, wrap
from massgen.display.screen import Agent, Phase, Screen
from massgen.display.theme import Meaning, Row, Span, Theme, plain
from massgen.printable import for_panels, one_line, squeezed

_NARROWEST_BOX = 30
_NARROWEST_PANEL = 24
_LOWEST_PANEL = 4
_WIDEST_TEXT = 120
_NARROWEST_COMPACT = 40
_GAP = 3  # " │ " between two columns

_BUSY = ("generating", "voting", "presenting", "retrying")
_LONGEST_REASON = 8
_SILENT_S = 10.0  # an agent that says nothing for so long is said to be silent

_PROMPT = "You: "
_PHASES: Mapping[Phase, str] = {"draft": "Initial", "ballot": "Coordination", "presentation": "Presentation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What every part of the view is drawn with. `boxed`: the box above the panels says who does what.

    `focus` is the agent whose panel takes all the room, if one does.
    """

    screen: Screen
    now: float
    theme: Theme
    focus: AgentId = ""
    boxed: bool = False


def rows(
    screen: Screen,
    *,
    width: int,
    height: int,
    now: float,
    theme: Theme,
    hint: str = "",
    typed: str = "",
    focus: AgentId = "",
) -> list[Row]:
    """Return the live view: exactly `height` rows of at most `width` cells.

    `now` is in the seconds of `Record.at`; `hint` stands in the last line ("Ctrl+C stops"). What the user has `typed`
    for the next prompt takes the place of that line. The panel of the agent in `focus` takes the place of all others.
    """
    if height <= 0 or width <= 0:
        return [()] * max(height, 0)
    frame = _Frame(screen=screen, now=now, theme=theme, focus=focus)
    footer = composer(typed, width, theme) if typed else _footer(frame, width, hint)
    if height == 1:
        return [_headline(frame, width)]
    if height == 2:
        return [_headline(frame, width), footer]
    few = len(screen.agents) <= height // 3 and width >= _NARROWEST_BOX
    box = phase_box(screen, width=width, now=now, theme=theme) if few else []
    boxed = bool(box) and height - 1 - len(box) >= _least(frame)
    head = box if boxed else [_headline(frame, width)]
    body = _body(replace(frame, boxed=boxed), width, height - 1 - len(head))
    return [*head, *body, footer]


def _least(frame: _Frame) -> int:
    """How many rows there must be below the box: one for each agent, and some text where there are few."""
    return max(min(_LOWEST_PANEL, 2 + len(frame.screen.agents)), len(frame.screen.agents))


def _headline(frame: _Frame, columns: int) -> Row:
    theme, screen = frame.theme, frame.screen
    done = sum(each.status.doing not in (*_BUSY, "waiting") for each in screen.agents)
    text = f"{screen.title} {theme.symbols.dot} {done} of {len(screen.agents)} done"
    return (Span(_cut(text, columns, theme), "strong"),)


def _footer(frame: _Frame, columns: int, hint: str) -> Row:
    screen, theme = frame.screen, frame.theme
    end = frame.now if screen.ended is None else screen.ended
    parts = [f"{max(0, int(end - screen.started))} s" if screen.turn else "", screen.bill.due, hint]
    if screen.closes is not None:
        parts.insert(2, f"waiting {max(0, round(screen.closes - frame.now))} s more for the others")
    said = _cut(f" {theme.symbols.dot} ".join(filter(None, parts)), columns, theme)
    whole = _way(screen, theme)
    for way in (whole, tuple(span for span in whole if span.meaning == "strong")):
        room = columns - width(said) - width(plain(way))
        if way and room >= _GAP:
            return (Span(said, "quiet"), Span(" " * room), *way)
    return (Span(said, "quiet"),)


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


def composer(typed: str, columns: int, theme: Theme) -> Row:
    """Return the row that shows the end of what was typed for the next prompt."""
    end = typed[-columns:]
    text = theme.sayable(one_line(end))
    if len(end) < len(typed) or width(text) > columns - width(_PROMPT) - 1:
        ellipsis = theme.symbols.ellipsis
        while text and width(_PROMPT) + width(ellipsis) + width(text) + 1 > columns:
            text = text[1:]
        text = ellipsis + text
    return (Span(_cut(f"{_PROMPT}{text}{theme.symbols.bar}", columns, theme), "strong"),)


def _body(frame: _Frame, columns: int, lines: int) -> list[Row]:
    shown = _shown(frame.screen, frame.focus)
    if not shown or lines <= 0:
        return [()] * max(lines, 0)
    across = max(1, min((columns + _GAP) // (_NARROWEST_PANEL + _GAP), len(shown)))
    down = -(-len(shown) // across)
    across = -(-len(shown) // down)
    if lines // down >= _LOWEST_PANEL and columns >= _NARROWEST_PANEL:
        return _panels(frame, shown, columns, lines, across)
    return _compact(frame, shown, columns, lines)


def _shown(screen: Screen, focus: AgentId) -> Sequence[Agent]:
    """The agent in focus, or everybody; during the final presentation only its author has something to say."""
    if focused := screen.agent(focus):
        return (focused,)
    if screen.phase == "presentation":
        presenting = [each for each in screen.agents if screen.winner and each.agent == screen.winner.agent]
        return presenting or screen.agents
    return screen.agents


def _panels(frame: _Frame, shown: Sequence[Agent], columns: int, lines: int, across: int) -> list[Row]:
    down = -(-len(shown) // across)
    panel = (columns - _GAP * (across - 1)) // across
    drawn: list[Row] = []
    for place in range(down):
        height = lines // down + (place < lines % down)
        neighbours = shown[place * across : (place + 1) * across]
        blocks = [_panel(frame, each, min(panel, _WIDEST_TEXT), height) for each in neighbours]
        drawn += [_beside(frame, [block[y] for block in blocks], panel) for y in range(height)]
    return drawn


def _beside(frame: _Frame, cells: Sequence[Row], panel: int) -> Row:
    line: list[Span] = []
    for place, cell in enumerate(cells):
        line += cell
        if place < len(cells) - 1:
            used = sum(width(span.text) for span in cell)
            line.append(Span(" " * (panel - used)))
            line.append(Span(f" {frame.theme.symbols.down} ", "quiet"))
    return tuple(line)


def _panel(frame: _Frame, agent: Agent, columns: int, height: int) -> list[Row]:
    """The name and status of an agent above the end of what it writes, or thinks while it writes nothing.

    While there is neither in a ballot, its own answer stands there, dimmed, and below it what the agent does.
    """
    theme = frame.theme
    room = height - 1
    doing = _doing(frame, agent, columns)[:room]
    text = last_rows(theme.sayable(agent.text), columns, room - len(doing))
    thought = last_rows(theme.sayable(agent.reasoning), columns, room - len(doing) - len(text))
    text_means: Meaning = "quiet" if agent.status.doing in ("retrying", "failed", "gone") else "plain"
    if not text and not thought and frame.screen.phase == "ballot":
        text, text_means = last_rows(theme.sayable(agent.draft), columns, room - len(doing)), "quiet"
    body: list[Row] = [(Span(each, "quiet"),) for each in thought]
    body += [(Span(each, text_means),) for each in text]
    body += doing
    return [_nameplate(frame, agent, columns), *body, *([()] * (room - len(body)))]


def _doing(frame: _Frame, agent: Agent, columns: int) -> list[Row]:
    """What an agent does or waits for when its text does not say it, and the reason of its vote."""
    symbols, status = frame.theme.symbols, agent.status
    if agent.tool:
        return [(Span(_cut(f"{symbols.running} {one_line(agent.tool)}", columns, frame.theme), "active"),)]
    if agent.vote is not None and agent.vote.reason and not agent.text:
        said = f"{symbols.arrow} {wording.vote(frame.screen, agent)}: {squeezed(agent.vote.reason)}"
        return [(Span(each),) for each in wrap(frame.theme.sayable(for_panels(said)), columns)[:_LONGEST_REASON]]
    said = wording.waiting(status, now=frame.now) if frame.boxed else ""
    silent = frame.now - agent.heard
    if status.doing == "voting" and not agent.text and not agent.reasoning:
        said = f"judging {wording.count(len(frame.screen.candidates), 'answer')}"
    if status.doing in ("generating", "voting", "presenting") and silent >= _SILENT_S:
        said = f" {symbols.dot} ".join(filter(None, (said, f"silent {int(silent)} s")))
    rows = wrap(frame.theme.sayable(said), columns) if said else []
    return [(Span(each, wording.meaning(status)),) for each in rows]


def _nameplate(frame: _Frame, agent: Agent, columns: int) -> Row:
    theme = frame.theme
    name = f"{theme.symbols.bar}{one_line(agent.agent)}"
    if frame.boxed:
        return (Span(_cut(name, columns, theme), "strong"),)
    status = _standing(frame, agent)
    name = _cut(name, max(columns - width(status) - 1, columns // 2), theme)
    return (Span(name, "strong"), Span(_cut(f" {status}", columns - width(name), theme), wording.meaning(agent.status)))


def _standing(frame: _Frame, agent: Agent) -> str:
    """What an agent is doing, and for whom it voted."""
    status = wording.status(agent.status, now=frame.now, symbols=frame.theme.symbols)
    if agent.vote is None:
        return status
    return f"{status} {frame.theme.symbols.arrow} {wording.vote(frame.screen, agent)}"


def _compact(frame: _Frame, shown: Sequence[Agent], columns: int, lines: int) -> list[Row]:
    """One row for each agent, in as few columns as hold them all; busy agents first if even that is too small."""
    across = max(1, min((columns + _GAP) // (_NARROWEST_COMPACT + _GAP), -(-len(shown) // lines)))
    places = across * lines
    if len(shown) > places:
        busy_first = sorted(shown, key=lambda each: each.status.doing not in _BUSY)
        shown = busy_first[: places - 1]
        more: Row = (Span(_cut(f"+{len(busy_first) - len(shown)} more", columns, frame.theme), "quiet"),)
    else:
        more = ()
    panel = (columns - _GAP * (across - 1)) // across
    name_width = min(max(width(one_line(each.agent)) for each in shown), panel // 3) if shown else 0
    cells = [_compact_row(frame, each, panel, name_width) for each in shown]
    cells += [more] * bool(more)
    drawn = [_beside(frame, cells[y::lines], panel) for y in range(min(lines, len(cells)))]
    return [*drawn, *([()] * (lines - len(drawn)))]


def _compact_row(frame: _Frame, agent: Agent, columns: int, name_width: int) -> Row:
    theme = frame.theme
    name = fill(_cut(one_line(agent.agent), name_width, theme), name_width)
    status = _cut(f" {_standing(frame, agent)}", columns - name_width, theme)
    room = columns - name_width - width(status) - 2
    newest = last_rows(theme.sayable(agent.text or agent.reasoning), room, 1) if room >= 8 else []
    said = [Span(f"  {newest[0]}", "quiet")] if newest else []
    return (Span(name, "strong"), Span(status, wording.meaning(agent.status)), *said)


def _cut(text: str, columns: int, theme: Theme) -> str:
    return cut(theme.sayable(text), columns, theme.symbols.ellipsis)
