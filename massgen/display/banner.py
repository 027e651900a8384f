"""The start screen: who is here, and what to type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from massgen.agents import AgentDescription, AgentId
from massgen.display.cells import cut, fill, width
from massgen.display.theme import UNICODE, Meaning, Row, Span, Symbols, Theme
from massgen.printable import one_line

_FULL_WIDTH = 80
_NARROWEST = 24
_VALUES_AT = 28  # the column of "gpt-5 (Response)" inside its box
_LONGEST_NAME = 32
_MOST_AGENTS = 16

_LOGO = (
    "███╗   ███╗ █████╗ ███████╗███████╗ ██████╗ ███████╗███╗   ██╗",
    "████╗ ████║██╔══██╗██╔════╝██╔════╝██╔════╝ ██╔════╝████╗  ██║",
    "██╔████╔██║███████║███████╗███████╗██║  ███╗█████╗  ██╔██╗ ██║",
    "██║╚██╔╝██║██╔══██║╚════██║╚════██║██║   ██║██╔══╝  ██║╚██╗██║",
    "██║ ╚═╝ ██║██║  ██║███████║███████║╚██████╔╝███████╗██║ ╚████║",
    "╚═╝     ╚═╝╚═╝  ╚═╝╚══════╝╚══════╝ ╚═════╝ ╚══════╝╚═╝  ╚═══╝",
)
_STORY = "     🤖 🤖 🤖  →  💬 collaborate  →  🎯 winner  →  📢 final"
_AWAY = ", away"
_ROOM_FOR_MODEL = 20  # besides ", away"
_ROOM_FOR_REASON = 9
_DEMO = "DEMO — scripted answers, no model is asked"

# The keyboard sign is one cell wide on some terminals and two on others; the third blank is the manual's own.
_HINTS = (
    "💬  Type your questions below",
    "💡  Use slash commands: /help, /quit, /reset, /status, /config",
    "⌨️   Press Ctrl+C to exit",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What the start screen says. `demo`: the team is scripted and no model is asked, which is said plainly.

    `away` says of agents of the team why they take no part.
    """

    agents: Sequence[AgentDescription]
    away: Mapping[AgentId, str] = field(default_factory=dict)
    demo: bool = False


def rows(banner: Banner, *, columns: int, theme: Theme) -> list[Row]:
    """Return the start screen for a terminal of that width, the manual's own where it fits."""
    if columns < _FULL_WIDTH or theme.symbols is not UNICODE:
        return _compact(banner, max(columns, _NARROWEST), theme)
    logo = [_line(f"       {each}", "active") for each in _LOGO]
    demo = _line(_DEMO.center(_FULL_WIDTH - 2), "warning") if banner.demo else _line("")
    story = _line(f"       {_STORY}")
    return [
        *_box([_line(""), *logo, _line(""), story, demo]),
        (),
        *_box([_line(text) for text in _team(banner, _FULL_WIDTH - 4)]),
        (),
        *_box([_line(f"  {each}") for each in _HINTS]),
    ]


def text(banner: Banner, *, columns: int, theme: Theme) -> str:
    """Return the start screen as the characters to write."""
    return "".join(f"{theme.paint(row)}\n" for row in rows(banner, columns=columns, theme=theme))


def _box(inside: Sequence[Row]) -> list[Row]:
    edge = "─" * (_FULL_WIDTH - 2)
    return [
        (Span(f"╭{edge}╮", "quiet"),),
        *((Span("│", "quiet"), *row, Span("│", "quiet")) for row in inside),
        (Span(f"╰{edge}╯", "quiet"),),
    ]


def _line(content: str, meaning: Meaning = "plain") -> Row:
    # The manual counts the keyboard sign with its emoji selector as two cells, the width of its character is one.
    extra = content.count("\ufe0f")
    return (Span(fill(content, _FULL_WIDTH - 2 - extra), meaning),)


def _team(banner: Banner, columns: int) -> list[str]:
    names = [cut(one_line(each.agent), _LONGEST_NAME) for each in banner.agents]
    values_at = max(_VALUES_AT, *(10 + width(name) + 2 for name in names)) if names else _VALUES_AT
    lines = [fill("    🤝 Mode:", values_at) + _mode(banner)]
    for place, (name, description) in enumerate(zip(names, banner.agents, strict=True), 1):
        if place == _MOST_AGENTS and len(names) > _MOST_AGENTS:
            lines.append(f"      └─ … and {len(names) - place + 1} more: /status")
            break
        branch = "└─" if place == len(names) else "├─"
        lines.append(fill(f"      {branch} {name}:", values_at) + _member(banner, description, columns - values_at))
    return lines


def _mode(banner: Banner) -> str:
    return mode(len(banner.agents), len(banner.away))


def mode(agents: int, away: int) -> str:
    """What kind of team this is, as the start screen and `/status` call it."""
    if agents == 1:
        return "Single Agent"
    return f"Multi-Agent ({agents} agents, {away} away)" if away else f"Multi-Agent ({agents} agents)"


def _member(banner: Banner, description: AgentDescription, columns: int, ellipsis: str = "…") -> str:
    """Say "gpt-5 (Response)", and of who stays away that it does, with as much of the reason as there is room for."""
    if description.agent not in banner.away:
        return _model(description, columns, ellipsis)
    if columns < _ROOM_FOR_MODEL:
        return cut("away", columns, ellipsis)
    said = _model(description, columns - width(_AWAY), ellipsis) + _AWAY
    room = columns - width(said)
    return (
        said
        if room < _ROOM_FOR_REASON
        else cut(f"{said}: {one_line(banner.away[description.agent])}", columns, ellipsis)
    )


def _model(description: AgentDescription, columns: int, ellipsis: str = "…") -> str:
    """Say "gpt-5 (Response)"; if it is too long the model's name gives way."""
    provider = f" ({cut(one_line(description.provider), columns // 2, ellipsis)})"
    return cut(one_line(description.model), max(columns - width(provider), 0), ellipsis) + provider


def _compact(banner: Banner, columns: int, theme: Theme) -> list[Row]:
    symbols = theme.symbols
    lines: list[Row] = [(Span(_fit(f"MassGen {symbols.dash} {_mode(banner)}", columns, symbols), "active"),)]
    if banner.demo:
        lines.append((Span(_fit(_DEMO.replace("—", symbols.dash), columns, symbols), "warning"),))
    for description in banner.agents[:_MOST_AGENTS]:
        name = f"  {cut(theme.sayable(one_line(description.agent)), columns // 2, symbols.ellipsis)}: "
        model = theme.sayable(_member(banner, description, columns - width(name), symbols.ellipsis))
        lines.append((Span(_fit(name + model, columns, symbols)),))
    if len(banner.agents) > _MOST_AGENTS:
        lines.append((Span(_fit(f"  and {len(banner.agents) - _MOST_AGENTS} more: /status", columns, symbols)),))
    lines.append((Span(_fit("Ask anything. /help, or Ctrl+C to exit", columns, symbols), "quiet"),))
    return lines


def _fit(content: str, columns: int, symbols: Symbols) -> str:
    return cut(content, columns, symbols.ellipsis)
