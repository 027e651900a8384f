"""The live view as rows of text: a screen, a size and a moment in, exactly that many rows out.

From top to bottom: the phase (a box, or from the first ballot on the coordination table), one panel for each agent with
the end of what it writes, and a line with the time, the keys and the way of a turn from phase to phase. What does not
fit gives way in this order: the box becomes one line, panels become one row for each agent, rows of agents that have
nothing more to say become a number.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from massgen.agents import AgentId
from massgen.display import interlude, wording
from massgen.display.boxes import phase_box
from massgen.display.cells import width
from massgen.display.lastline import composer, last_line
from massgen.display.panel import Frame, has_room_for_numbers, line, name_width, panel
from massgen.display.screen import Agent, Doing, Screen
from massgen.display.theme import Row, Span, Theme, plain
from massgen.printable import one_line

_NARROWEST_BOX = 30
_NARROWEST_PANEL = 24
_LOWEST_PANEL = 4
_WIDEST_TEXT = 120
_NARROWEST_COMPACT = 40
_GAP = 3  # " │ " between two columns

_DONE: tuple[Doing, ...] = ("complete", "voted", "converged", "revised", "abstained")
_BUSY: tuple[Doing, ...] = ("generating", "voting", "presenting", "retrying")


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
    for the next prompt takes the place of that line. The agent in `focus` takes the place of everything else.
    """
    if height <= 0 or width <= 0:
        return [()] * max(height, 0)
    focused = screen.agent(focus)
    places = {each.agent: place for place, each in enumerate(screen.agents, 1)}
    frame = Frame(screen=screen, places=places, now=now, theme=theme, alone=focused is not None)
    if interlude.is_on(screen):
        above = interlude.body(screen, width=width, height=height - 1, theme=theme)
        return [*above, _bottom(screen, width, now, theme, hint, typed)]
    if height == 1:
        return [_headline(frame, width)]
    box = _box(frame, width, height)
    head, is_said = _with_figures(frame, box or [_headline(frame, width)], width)
    bottom = _bottom(screen, width, now, theme, hint, typed, cost="" if is_said else screen.bill.due)
    shown = (focused,) if focused is not None else _shown(screen)
    body = _body(replace(frame, boxed=bool(box)), shown, width, height - 1 - len(head))
    return [*head, *body, bottom]


def _bottom(screen: Screen, columns: int, now: float, theme: Theme, hint: str, typed: str, cost: str = "") -> Row:
    if typed:
        return composer(typed, columns, theme)
    return last_line(screen, columns=columns, now=now, theme=theme, hint=hint, cost=cost)


def _box(frame: Frame, columns: int, height: int) -> list[Row]:
    """The box of the phase, where it leaves room for panels and nobody is looked at alone."""
    agents = len(frame.screen.agents)
    if frame.alone or agents > height // 3 or columns < _NARROWEST_BOX:
        return []
    box = phase_box(frame.screen, width=columns, now=frame.now, theme=frame.theme)
    least = max(min(_LOWEST_PANEL, 2 + agents), agents)
    return box if height - 1 - len(box) >= least else []


def _with_figures(frame: Frame, head: list[Row], columns: int) -> tuple[list[Row], bool]:
    """Say what the turn has used beside the end of the box, as far as there is room; and whether there was."""
    bill = frame.screen.bill
    room = columns - width(plain(head[-1])) - _GAP
    for said in (frame.joined(wording.tokens(bill), bill.due), bill.due or wording.tokens(bill)):
        if said and width(said) <= room:
            gap = Span(" " * (room + _GAP - width(said)))
            return [*head[:-1], (*head[-1], gap, Span(said, "quiet"))], True
    return head, False


def _headline(frame: Frame, columns: int) -> Row:
    """The phase in one line, and how far it has come; what there is no room for is left out."""
    screen = frame.screen
    if screen.phase == "presentation" and screen.winner is not None:
        return (Span(frame.cut(frame.joined(screen.title, one_line(screen.winner.agent)), columns), "strong"),)
    done = sum(each.status.doing in _DONE for each in screen.agents)
    so_far = f"{done} of {len(screen.agents)} done"
    without = Counter(wording.status_word(each.status).lower() for each in screen.agents if _is_without(each))
    others = ", ".join(f"{number} {word}" for word, number in without.items())
    short = {"draft": "Initial", "ballot": f"Round {screen.ballot}", "presentation": "Presentation"}[screen.phase]
    grown = columns - len(str(len(screen.agents))) + len(str(done))  # a number that grows must not change the words
    lines = [frame.joined(screen.title, so_far, others), frame.joined(short, so_far, others)]
    fitting = next((each for each in lines if width(each) <= grown), frame.joined(short, so_far))
    return (Span(frame.cut(fitting, columns), "strong"),)


def _is_without(agent: Agent) -> bool:
    """Whether nothing more is to be expected of an agent in this phase, and it has given nothing."""
    return agent.status.doing not in (*_DONE, *_BUSY, "waiting")


def _shown(screen: Screen) -> Sequence[Agent]:
    """Everybody; during the final presentation only its author has something to say."""
    if screen.phase == "presentation":
        presenting = [each for each in screen.agents if screen.winner and each.agent == screen.winner.agent]
        return presenting or screen.agents
    return screen.agents


def _body(frame: Frame, shown: Sequence[Agent], columns: int, lines: int) -> list[Row]:
    if not shown or lines <= 0:
        return [()] * max(lines, 0)
    across = max(1, min((columns + _GAP) // (_NARROWEST_PANEL + _GAP), len(shown)))
    down = -(-len(shown) // across)
    across = -(-len(shown) // down)
    if lines // down >= _LOWEST_PANEL and columns >= _NARROWEST_PANEL:
        return _panels(frame, shown, columns, lines, across)
    return _compact(frame, shown, columns, lines)


def _panels(frame: Frame, shown: Sequence[Agent], columns: int, lines: int, across: int) -> list[Row]:
    down = -(-len(shown) // across)
    broad = (columns - _GAP * (across - 1)) // across
    frame = replace(frame, numbered=has_room_for_numbers(frame, min(broad, _WIDEST_TEXT)))
    drawn: list[Row] = []
    for place in range(down):
        height = lines // down + (place < lines % down)
        neighbours = shown[place * across : (place + 1) * across]
        blocks = [panel(frame, each, min(broad, _WIDEST_TEXT), height) for each in neighbours]
        drawn += [_beside(frame, [block[y] for block in blocks], broad) for y in range(height)]
    return drawn


def _compact(frame: Frame, shown: Sequence[Agent], columns: int, lines: int) -> list[Row]:
    """One row for each agent, in as few columns as hold them all; busy agents first if even that is too small."""
    across = max(1, min((columns + _GAP) // (_NARROWEST_COMPACT + _GAP), -(-len(shown) // lines)))
    places = across * lines
    more: Row = ()
    if len(shown) > places:
        busy_first = sorted(shown, key=lambda each: each.status.doing not in _BUSY)
        kept = {each.agent for each in busy_first[: places - 1]}
        shown = [each for each in shown if each.agent in kept]  # nobody passes anybody
        more = (Span(frame.cut(f"+{len(busy_first) - len(shown)} more", columns), "quiet"),)
    broad = (columns - _GAP * (across - 1)) // across
    names = min(name_width(frame, shown), broad // (2 if frame.boxed else 3))
    cells = [line(frame, each, broad, names) for each in shown] + [more] * bool(more)
    drawn = [_beside(frame, cells[y::lines], broad) for y in range(min(lines, len(cells)))]
    return [*drawn, *([()] * (lines - len(drawn)))]


def _beside(frame: Frame, cells: Sequence[Row], broad: int) -> Row:
    drawn: list[Span] = []
    for place, cell in enumerate(cells):
        drawn += cell
        if place < len(cells) - 1:
            used = sum(width(span.text) for span in cell)
            drawn.append(Span(" " * (broad - used)))
            drawn.append(Span(f" {frame.theme.symbols.down} ", "quiet"))
    return tuple(drawn)
