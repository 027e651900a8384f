"""One agent in the live view: a panel with the end of what it writes and what it does, or a single row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from massgen.agents import AgentId
from massgen.display import wording
from massgen.display.cells import cut, fill, last_rows, width, wrap
from massgen.display.screen import Agent, Screen, Tool, ToolState
from massgen.display.theme import Meaning, Row, Span, Theme
from massgen.printable import for_panels, one_line, squeezed

_LONGEST_REASON = 8
_MOST_TOOLS = 3
_SILENT_S = 10.0  # an agent that says nothing for so long is said to be silent
_STATUS = 13  # the width of "Generating...", so that what follows stands in one column
_LEAST_SAID = 8

_TOOL: Mapping[ToolState, Meaning] = {"running": "active", "completed": "quiet", "failed": "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every part of the view is drawn with.

    `places` number the agents from 1; `numbered`: there is room for them. `boxed`: a box above the panels says who does
    what. `alone`: one panel has all the room, and says more.
    """

    screen: Screen
    places: Mapping[AgentId, int]
    now: float
    theme: Theme
    boxed: bool = False
    alone: bool = False
    numbered: bool = True

    def cut(self, text: str, columns: int) -> str:
        """Return `text` as the terminal can show it, in at most so many cells."""
        return cut(self.theme.sayable(text), columns, self.theme.symbols.ellipsis)

    def joined(self, *texts: str) -> str:
        """Return the texts that say something with a dot between them."""
        return f" {self.theme.symbols.dot} ".join(filter(None, texts))

    def place(self, agent: Agent) -> str:
        """The digits that lead to an agent, where there are several: "2 "."""
        return f"{self.places[agent.agent]} " if self.numbered and len(self.places) > 1 else ""


def panel(frame: Frame, agent: Agent, columns: int, height: int) -> list[Row]:
    """Return the name of an agent above the end of what it writes and thinks, and below it what it does.

    While there is neither in a ballot, its own answer stands there, dimmed.
    """
    room = height - 1
    doing = _doing(frame, agent, columns)[:room]
    body = [*_words(frame, agent, columns, room - len(doing)), *doing]
    return [_nameplate(frame, agent, columns), *body, *([()] * (room - len(body)))]


def has_room_for_numbers(frame: Frame, columns: int) -> bool:
    """Whether the digits of everybody fit into panels of so many columns, beside the status where it stands there."""
    broadest = max(width(frame.place(each) + one_line(each.agent)) for each in frame.screen.agents)
    return broadest + 1 + (0 if frame.boxed else _STATUS + 1) <= columns


def line(frame: Frame, agent: Agent, columns: int, name_width: int) -> Row:
    """Return an agent in one row: name, status where no box says it, and the newest of what it does or says."""
    name = fill(frame.cut(_in_column(frame, agent), name_width), name_width)
    status = "" if frame.boxed else frame.cut(f" {_standing(frame, agent)}", columns - name_width)
    longest = max(_STATUS, width(wording.longest(agent.status, now=frame.now, symbols=frame.theme.symbols)))
    status += " " * (min(longest + 1, columns - name_width) - width(status)) if status else ""
    room = columns - name_width - width(status) - 2
    said = _newest(frame, agent, room) if room >= _LEAST_SAID else Span("")
    rest = (Span(f"  {frame.cut(said.text, room)}", said.meaning),) if said.text else ()
    return (Span(name, "strong"), Span(status, wording.meaning(agent.status)), *rest)


def name_width(frame: Frame, agents: Sequence[Agent]) -> int:
    """How wide the names of some agents are in rows that stand above each other."""
    return max((width(_in_column(frame, each)) for each in agents), default=0)


def _in_column(frame: Frame, agent: Agent) -> str:
    """The name of an agent as it stands above those of others: its digits end where theirs do."""
    place = frame.place(agent)
    return (place.rjust(len(str(len(frame.screen.agents))) + 1) if place else "") + one_line(agent.agent)


def _nameplate(frame: Frame, agent: Agent, columns: int) -> Row:
    name = _name(frame, agent)
    status = "" if frame.boxed else f" {_standing(frame, agent)}"
    name = frame.cut(name, max(columns - width(status), columns // 2))
    status = frame.cut(status, columns - width(name))
    room = columns - width(name) - width(status) - 2
    figures = next((each for each in _figures(frame, agent) if width(each) <= room), "")
    gap = " " * (room + 2 - width(figures)) if figures else ""
    spans = (Span(name, "strong"), Span(status, wording.meaning(agent.status)), Span(gap), Span(figures, "quiet"))
    return tuple(span for span in spans if span.text)


def _name(frame: Frame, agent: Agent) -> str:
    return f"{frame.theme.symbols.bar}{frame.place(agent)}{one_line(agent.agent)}"


def _figures(frame: Frame, agent: Agent) -> Iterator[str]:
    """What an agent has used in this turn, from all of it to what matters most."""
    tokens, cost = wording.tokens(agent.bill), agent.bill.due if agent.bill.cost else ""
    if frame.alone:
        took = wording.clock(frame.now - agent.asked) if wording.is_awaited(agent) else ""
        tools = wording.count(agent.used, "tool call") if agent.used else ""
        yield frame.joined(took, tools, tokens, cost)
    if len(frame.screen.agents) > 1:  # the last line says it of one agent
        yield frame.joined(tokens, cost)
        yield tokens


def _words(frame: Frame, agent: Agent, columns: int, room: int) -> list[Row]:
    """The end of its text and of its thoughts, in the order in which they came."""
    text_means: Meaning = "quiet" if agent.status.doing in ("retrying", "failed", "gone") else "plain"
    text, thought = frame.theme.sayable(agent.text), frame.theme.sayable(agent.reasoning)
    if not text and not thought and frame.screen.phase == "ballot":
        text, text_means = frame.theme.sayable(agent.draft), "quiet"
    if agent.thinking and text:
        thoughts = last_rows(thought, columns, min(max(room // 2, 1), room))
        texts = last_rows(text, columns, room - len(thoughts))
        return [*((Span(each, text_means),) for each in texts), *((Span(each, "quiet"),) for each in thoughts)]
    texts = last_rows(text, columns, room)
    thoughts = last_rows(thought, columns, room - len(texts))
    return [*((Span(each, "quiet"),) for each in thoughts), *((Span(each, text_means),) for each in texts)]


def _doing(frame: Frame, agent: Agent, columns: int) -> list[Row]:
    """What an agent does or waits for when its text does not say it: tools, a failure, the reason of its vote."""
    status = agent.status
    rows = _tools(frame, agent, columns)
    if status.doing in ("failed", "gone") and status.problem is not None:
        return [*rows, *_wrapped(frame, squeezed(status.problem.text), columns, "bad")]
    if agent.vote is not None and agent.vote.reason and (frame.alone or not agent.text):
        said = f"{frame.theme.symbols.arrow} {wording.vote(frame.screen, agent)}: {squeezed(agent.vote.reason)}"
        return [*rows, *_wrapped(frame, said, columns, "plain")]
    is_said = not frame.boxed and width(_name(frame, agent)) + 1 + width(_standing(frame, agent)) <= columns
    said = "" if is_said else wording.waiting(status, now=frame.now)
    if status.doing == "voting" and not agent.text and not agent.reasoning:
        said = f"judging {wording.count(len(frame.screen.candidates), 'answer')}"
    said = frame.joined(said, _silence(frame, agent))
    return [*rows, *_wrapped(frame, said, columns, wording.meaning(status))]


def _tools(frame: Frame, agent: Agent, columns: int) -> list[Row]:
    """The tool calls that run, and the last that have ended."""
    more = len(agent.tools) - _MOST_TOOLS
    rows: list[Row] = [(Span(frame.cut(f"+{more} more", columns), "quiet"),)] * (more > 0)
    return rows + [(_tool(frame, each, columns),) for each in agent.tools[-_MOST_TOOLS:]]


def _tool(frame: Frame, tool: Tool, columns: int) -> Span:
    symbols = frame.theme.symbols
    sign = {"running": symbols.running, "completed": symbols.tick, "failed": symbols.cross}[tool.state]
    return Span(frame.cut(f"{sign} {one_line(tool.said)}", columns), _TOOL[tool.state])


def _newest(frame: Frame, agent: Agent, room: int) -> Span:
    """What one row has room for. A row of text is shown when half of it is written, so that words do not flicker."""
    silence = _silence(frame, agent)
    if running := [each for each in agent.tools if each.state == "running"]:
        tool = _tool(frame, running[-1], room)
        both = frame.joined(tool.text, silence)
        return Span(both, tool.meaning) if width(both) <= room else tool
    if silence:
        return Span(silence, wording.meaning(agent.status))
    if agent.status.problem is not None and frame.boxed and wording.is_awaited(agent):
        return Span(wording.waiting(agent.status, now=frame.now), wording.meaning(agent.status))
    if agent.status.problem is not None and not wording.is_awaited(agent):
        return Span(frame.theme.sayable(one_line(squeezed(agent.status.problem.text))), "bad")
    if agent.vote is not None and agent.vote.reason and not wording.is_awaited(agent):
        return Span(frame.theme.sayable(one_line(squeezed(agent.vote.reason))), "quiet")
    said = agent.reasoning if agent.thinking or not agent.text else agent.text
    rows = [each for each in last_rows(frame.theme.sayable(said), room, 4) if each]
    if len(rows) > 1 and width(rows[-1]) < room // 2:
        rows.pop()
    return Span(rows[-1] if rows else "", "quiet")


def _silence(frame: Frame, agent: Agent) -> str:
    """Say "silent 40 s" of an agent that is awaited and has shown no sign of life for a while."""
    silent = frame.now - agent.heard
    if silent < _SILENT_S or agent.status.doing == "retrying" or not wording.is_awaited(agent):
        return ""
    return f"silent {int(silent)} s"


def _standing(frame: Frame, agent: Agent) -> str:
    """What an agent is doing, and for whom it voted."""
    status = wording.status(agent.status, now=frame.now, symbols=frame.theme.symbols)
    if agent.vote is None or agent.status.doing == "presenting":
        return status
    return f"{status} {frame.theme.symbols.arrow} {wording.vote(frame.screen, agent)}"


def _wrapped(frame: Frame, said: str, columns: int, meaning: Meaning) -> list[Row]:
    rows = wrap(frame.theme.sayable(for_panels(said)), columns) if said else []
    return [(Span(each, meaning),) for each in rows[: None if frame.alone else _LONGEST_REASON]]
