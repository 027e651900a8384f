"""Streams as files, `tests/wires/<adapter>/<what it shows>.sse`, and beside each what has to come of it.

A file begins with comments: what it shows, whose dialect it is (`provider:`), where it was read (`source:`), and where
it departs from the types of the SDK. They end with an empty line and are not sent. Behind the comment
`: the next request` stands the answer to a second request, where an adapter asks again by itself.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from massgen.backends.providers import PROVIDERS, Provider
from massgen.messages import (
    Failed,
    Finished,
    Json,
    Part,
    Problem,
    ReasoningDelta,
    ServerToolUsed,
    TextDelta,
    ToolArgsDelta,
    ToolCall,
    Usage,
)

PLACE = Path(__file__).parents[2] / "wires"

_SPEAKERS: Mapping[str, str] = {
    "openai_responses": "openai",
    "chat_completions": "chatcompletion",
    "anthropic_messages": "claude",
    "gemini": "gemini",
}
"""The provider of each adapter's files that name none."""

_EVENT_ENDS = re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)")
_NEXT = b": the next request"


@dataclass(frozen=True, slots=True)
class WireFile:
    """One file: the comments at its beginning by their first word, and the events of each of its streams."""

    path: Path
    notes: Mapping[str, str]
    streams: tuple[tuple[bytes, ...], ...]

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def provider(self) -> Provider:
        """Whose dialect it is."""
        return PROVIDERS[self.notes.get("provider", _SPEAKERS[self.path.parent.name])]

    @property
    def expectation(self) -> Path:
        return self.path.with_suffix(".expected")

    def cut(self) -> Iterator[tuple[tuple[bytes, ...], ...]]:
        """The streams as far as each of the boundaries between two events, from none of the events to all but one."""
        for number, stream in enumerate(self.streams):
            for events in range(len(stream)):
                yield (*self.streams[:number], stream[:events])


def read(path: Path) -> WireFile:
    """The file at the path."""
    head, _, body = path.read_bytes().partition(b"\n\n")
    lines = [line.removeprefix(": ") for line in head.decode().splitlines()]
    notes = dict(line.split(": ", 1) for line in lines if re.match(r"(provider|source|departs from the types): ", line))
    streams: list[list[bytes]] = [[]]
    for event in filter(None, _EVENT_ENDS.split(body)):
        if event.startswith(_NEXT):
            streams.append([])
        else:
            streams[-1].append(event)
    return WireFile(path, notes, tuple(tuple(stream) for stream in streams))


def wire_files() -> list[WireFile]:
    """All of them."""
    return [read(path) for path in sorted(PLACE.glob("*/*.sse"))]


def told(parts: Sequence[Part]) -> str:
    """Everything that a stream came to, one line for each part: the notation of the `.expected` files."""
    return "".join(f"{line}\n" for part in parts for line in _lines(part))


def _lines(part: Part) -> Iterator[str]:
    match part:
        case TextDelta(text):
            yield f"text {_json(text)}"
        case ReasoningDelta(text):
            yield f"reasoning {_json(text)}"
        case ToolArgsDelta(id=id_, name=name, text=text):
            yield f"arguments {id_} {name} {_json(text)}"
        case ServerToolUsed(name=name, status=status, detail=detail):
            yield f"server tool {name} {status} {_json(detail)}"
        case ToolCall(id=id_, name=name, arguments=arguments, invalid=""):
            yield f"call {id_} {name} {_json(dict(arguments))}"
        case ToolCall(id=id_, name=name, invalid=invalid):
            yield f"unreadable call {id_} {name} {_json(invalid)}"
        case Finished(stop=stop, usage=usage, replay=replay):
            yield f"finished {stop}"
            yield _counted(usage)
            yield from (f"goes back {_json(item)}" for item in replay.items)
        case Failed(problem=problem, usage=usage):
            yield _failure(problem)
            yield _counted(usage)


def _failure(problem: Problem) -> str:
    more = [f"status {problem.status}"] if problem.status else []
    more += [f"wait {problem.retry_after:g} s"] if problem.retry_after is not None else []
    return " · ".join((f"failed {problem.kind}: {problem.text}", *more))


def _counted(usage: Usage | None) -> str:
    if usage is None:
        return "usage unknown"
    counts = [
        f"{usage.input_tokens} in",
        f"{usage.output_tokens} out",
        *([f"{usage.cached_tokens} cached"] if usage.cached_tokens else []),
        *([f"{usage.cache_write_tokens} written"] if usage.cache_write_tokens else []),
        *([f"{usage.reasoning_tokens} reasoning"] if usage.reasoning_tokens else []),
        *([f"${usage.cost:f}"] if usage.cost is not None else []),
    ]
    return f"usage {', '.join(counts)}"


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
