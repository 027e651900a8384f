"""What streams between two events, folded into the agent that says it: text, reasoning, and the use of tools.

A text is kept up to `TAIL_LIMIT` characters. When that is full it is cut in half at a line end, once every few thousand
characters, so the wrapped rows on a panel do not move with every token. All of it is sanitised here, once.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from massgen.display.screen import Agent, Tool, ToolState
from massgen.events import ToolEnded
from massgen.messages import (
    Failed,
    Finished,
    Part,
    ReasoningDelta,
    ServerToolUsed,
    TextDelta,
    ToolArgsDelta,
    ToolCall,
)
from massgen.printable import for_panels

TAIL_LIMIT = 8_000

_ENDED_TOOLS = 2
"""How many tool calls that have ended are shown until there is something newer."""


def after(agent: Agent, part: Part) -> Agent:
    """Return the agent after the next piece of its running call."""
    match part:
        case TextDelta():
            return _said(_speaking(agent), part.text) if part.text else agent
        case ReasoningDelta():
            if not part.text:
                return agent
            before = agent.reasoning if agent.thinking or not agent.text else ""  # older thoughts are above the text
            return replace(_speaking(agent), reasoning=_appended(before, part.text), thinking=True)
        case ServerToolUsed():
            return _foreign(agent, part)
        case ToolCall():
            return replace(agent, pausing=True)
        case ToolArgsDelta() | Finished() | Failed():
            return agent
        case _:
            assert_never(part)


def _said(agent: Agent, text: str) -> Agent:
    if not (agent.pausing and agent.text.strip()):
        return replace(agent, text=_appended(agent.text, text), thinking=False, pausing=False)
    said = text.lstrip("\n")
    whole = _appended(f"{agent.text.rstrip()}\n\n", said)
    return replace(agent, text=whole, thinking=False, pausing=not said)


def using(agent: Agent, tool: Tool) -> Agent:
    """Return the agent with one more tool call: of those that have ended the last few are kept, the others all."""
    ended = [each for each in agent.tools if each.state != "running"][-_ENDED_TOOLS:]
    kept = tuple(each for each in agent.tools if each.state == "running" or each in ended)
    return replace(agent, tools=(*kept, tool), used=agent.used + 1)


def used(agent: Agent, event: ToolEnded, at: float) -> Agent:
    """Return the agent after one of its tool calls."""
    state: ToolState = "failed" if event.is_error else "completed"
    return replace(_ended(agent, lambda each: each.id == event.id, state), heard=at)


def _ended(agent: Agent, is_it: Callable[[Tool], bool], state: ToolState) -> Agent:
    for place, each in enumerate(agent.tools):
        if each.state == "running" and is_it(each):
            return replace(agent, tools=(*agent.tools[:place], replace(each, state=state), *agent.tools[place + 1 :]))
    return agent


def _foreign(agent: Agent, part: ServerToolUsed) -> Agent:
    """A tool that the provider runs; some are heard of only when they have ended."""
    if part.status != "running":
        agent = replace(agent, pausing=True)
        ended = _ended(agent, lambda each: not each.id and each.name == part.name, part.status)
        if ended is not agent:
            return ended
    said = f"{part.name} {part.detail}".rstrip()
    return replace(using(agent, Tool(name=part.name, said=said, state=part.status)), pausing=True)


def _speaking(agent: Agent) -> Agent:
    """What has ended before an agent's words is not shown below them."""
    running = tuple(each for each in agent.tools if each.state == "running")
    return agent if running == agent.tools else replace(agent, tools=running)


def _appended(text: str, more: str) -> str:
    if text.endswith("␍") and more.startswith("\n"):
        text = text[:-1]  # the two halves of a line end came in two pieces
    return _end_of(text + for_panels(more))


def end_of(text: str) -> str:
    """Return the end of a text that did not stream, sanitised."""
    return _end_of(for_panels(text[-2 * TAIL_LIMIT :]))


def _end_of(text: str) -> str:
    if len(text) <= TAIL_LIMIT:
        return text
    half = len(text) - TAIL_LIMIT // 2
    line_end = text.find("\n", half, half + TAIL_LIMIT // 4)
    return text[line_end + 1 :] if line_end >= 0 else text[half:]
