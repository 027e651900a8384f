"""The embedded backend: plays a script, streams like a model, and never touches the network.

The same backend is the demo team of `massgen --demo` and the double in tests and pictures. It chooses like a model
does, by reading the request: a vote goes to the candidate whose text holds the scripted phrase. An unexpected call is a
`Failed` that names the missing line and is noted in `unexpected`; `unused` tells which lines were never said.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

from massgen.config.script import AgentScript, Fail, Hang, Line, Revise, Say, Script, Vote
from massgen.messages import (
    ChatRequest,
    Failed,
    Finished,
    Json,
    Part,
    Problem,
    Purpose,
    ReasoningDelta,
    Replay,
    TextDelta,
    ToolArgsDelta,
    ToolCall,
    Usage,
)
from massgen.prompts.conversation import questions
from massgen.prompts.quoting import unquoted

LONGEST_ECHO = 200
"""Characters of a question that an answer repeats."""

_WORDS = re.compile(r"\s*\S+\s*")


class DemoBackend:
    """One agent of a scripted team."""

    def __init__(self, agent: str, script: Script) -> None:
        self.model = "demo"
        self.unexpected: list[str] = []
        self._agent = agent
        self._script = script
        self._lines = script.agents.get(agent, AgentScript())
        self._said: dict[Purpose, int] = {"draft": 0, "ballot": 0, "presentation": 0, "summary": 0}

    async def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        """Say the next line for this stage."""
        line = self._next(request.purpose)
        match line:
            case Say():
                async for part in self._speak(line.think, line.wait):
                    yield part
                text = _filled(line.text, request)
                for word in _words(text):
                    await self._pause(1)
                    yield TextDelta(word)
                yield self._finished(request, text)
            case Vote():
                async for part in self._speak(line.think or line.because, line.wait):
                    yield part
                arguments = _choice(line, request)
                yield ToolCall(id="demo_vote", name="vote", arguments=arguments)
                yield self._finished(request, line.because, tool=True)
            case Revise():
                async for part in self._speak(line.think, line.wait):
                    yield part
                text = _filled(line.text, request)
                for word in _words(text):
                    await self._pause(1)
                    yield ToolArgsDelta(id="demo_answer", name="new_answer", text=word)
                yield ToolCall(id="demo_answer", name="new_answer", arguments={"content": text})
                yield self._finished(request, text, tool=True)
            case Fail():
                await asyncio.sleep(line.wait)
                yield Failed(problem=line.problem)
            case Hang():
                await asyncio.Event().wait()
            case None:
                missing = f"The demo script has no {request.purpose} line left for {self._agent}."
                self.unexpected.append(missing)
                yield Failed(problem=Problem(kind="bad_request", text=missing))

    async def close(self) -> None:
        """Nothing is open."""

    @property
    def unused(self) -> tuple[str, ...]:
        """The lines that were never said, for a test to complain about."""
        return tuple(
            f"{self._agent}: {stage} line {place}"
            for stage, said in self._said.items()
            for place in range(said + 1, len(self._lines_for(stage)) + 1)
        )

    def _next(self, stage: Purpose) -> Line | None:
        lines, place = self._lines_for(stage), self._said[stage]
        self._said[stage] += 1
        if place >= len(lines) and not (self._script.repeat and lines):
            return None
        return lines[place % len(lines)]

    def _lines_for(self, stage: Purpose) -> tuple[Line, ...]:
        by_stage: dict[Purpose, tuple[Line, ...]] = {
            "draft": self._lines.draft,
            "ballot": self._lines.ballot,
            "presentation": self._lines.presentation,
            "summary": self._lines.summary,
        }
        return by_stage[stage]

    async def _speak(self, thought: str, wait: float) -> AsyncIterator[Part]:
        await asyncio.sleep(wait)
        for word in _words(thought):
            await self._pause(1)
            yield ReasoningDelta(word)

    async def _pause(self, words: int) -> None:
        speed = self._script.words_per_second
        await asyncio.sleep(words / speed if speed else 0)

    def _finished(self, request: ChatRequest, text: str, *, tool: bool = False) -> Finished:
        """A demo costs nothing, and says what a model's count would look like: words, not tokens."""
        heard = sum(len(str(message).split()) for message in request.messages)
        usage = Usage(input_tokens=heard, output_tokens=len(text.split()))
        return Finished(stop="tool_calls" if tool else "end", usage=usage, replay=Replay("demo", ()))


def _words(text: str) -> Iterator[str]:
    return (match.group() for match in _WORDS.finditer(text))


def _filled(text: str, request: ChatRequest) -> str:
    asked = questions(request)
    previous = asked[-2] if len(asked) > 1 else ""
    values = {"question": _short(asked[-1]), "turn": str(len(asked)), "previous": _short(previous)}
    return re.sub(r"\{(question|turn|previous)\}", lambda match: values[match[1]], text)


def _short(question: str) -> str:
    """A question as a demo repeats it."""
    return question if len(question) <= LONGEST_ECHO else f"{question[:LONGEST_ECHO]}…"


def _choice(line: Vote, request: ChatRequest) -> dict[str, Json]:
    """The arguments of `vote`; a phrase that no answer holds is voted for as it stands, like a confused model would."""
    shown = unquoted(getattr(request.messages[-1], "text", ""))

    def label(phrase: str) -> str:
        return next((label for label, text in shown.items() if phrase in text), phrase)

    also: list[Json] = [label(phrase) for phrase in line.also]
    return {"reason": line.because, "agent_id": label(line.phrase), "also_acceptable": also}
