"""Every stream in `tests/wires/`, through its real adapter and SDK: what comes of it whole, cut, in crumbs, cancelled.

`UPDATE_WIRES=1 pytest tests/backends/test_wire_files.py` writes the expectations anew; the diff is then what there is
to review.
"""

import asyncio
import json
import os
import random
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence

import pytest

from massgen.backends.connection import Connection
from massgen.backends.opening import open_backend
from massgen.backends.protocol import Backend
from massgen.backends.sse import Decoder, Event
from massgen.messages import Failed, Finished, Part, ToolCall
from tests.helpers.wires import Reply, Request, WireServer
from tests.helpers.wires.asking import KEY, QUESTION
from tests.helpers.wires.files import WireFile, told, wire_files

FILES = wire_files()

each_file = pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])

SPOKEN = ("text", "parallel-calls", "reasoning-summary", "thinking", "thoughts", "deepseek-reasoning", "code-execution")
"""Streams that have told something long before they end."""

pytestmark = pytest.mark.filterwarnings("ignore:BRAND_NEW_REASON is not a valid FinishReason:UserWarning")

MARKERS: Mapping[str, re.Pattern[bytes]] = {
    "openai_responses": re.compile(rb'"type":"response\.(completed|incomplete|failed)"'),
    "chat_completions": re.compile(rb'"finish_reason":"[^"]'),
    "anthropic_messages": re.compile(rb'"type":"message_stop"'),
    "gemini": re.compile(rb'"finishReason":"'),
}
"""What each wire ends with; without it nothing has succeeded."""


class Player:
    """Plays streams to the adapters: one server, one backend for each provider, one event loop."""

    def __init__(self) -> None:
        self._replies: list[Reply] = []
        self._loop = asyncio.Runner()
        self._backends: dict[str, Backend] = {}
        self._server = WireServer(self._answer)

    def __enter__(self) -> "Player":
        self._server.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        for backend in self._backends.values():
            self._loop.run(backend.close())
        self._loop.close()
        self._server.__exit__(None, None, None)

    def __call__(self, file: WireFile, streams: Sequence[Sequence[bytes]]) -> list[Part]:
        """What comes of these streams: parts, then exactly one ending, with the calls directly in front of it."""
        self._replies = [Reply(raw=stream) for stream in streams]
        parts = self._loop.run(self._listen(file, asyncio.Event()))
        assert not self._replies, "nobody asked again"
        first_call = next((n for n, part in enumerate(parts) if isinstance(part, ToolCall)), len(parts) - 1)
        assert [n for n, part in enumerate(parts) if isinstance(part, Finished | Failed)] == [len(parts) - 1], parts
        assert all(isinstance(part, ToolCall) for part in parts[first_call:-1]), parts
        assert first_call == len(parts) - 1 or isinstance(parts[-1], Finished), parts
        return parts

    def cancelled(self, file: WireFile, *, after: int) -> bool:
        """Whether the server sees the client leave that is cancelled at its first part, after so many events."""
        [stream] = file.streams
        self._replies = [Reply(raw=stream, stall_after=after)]
        return self._loop.run(self._cancel(file))

    async def _listen(self, file: WireFile, heard: asyncio.Event) -> list[Part]:
        parts = []
        async for part in self._backend(file).stream(QUESTION):
            parts.append(part)
            heard.set()
        return parts

    async def _cancel(self, file: WireFile) -> bool:
        heard = asyncio.Event()
        task = asyncio.create_task(self._listen(file, heard))
        await heard.wait()
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled() and await asyncio.to_thread(self._server.requests[-1].gone.wait, 5)

    def _backend(self, file: WireFile) -> Backend:
        provider = file.provider
        if provider.type not in self._backends:
            base_url = self._server.base_url(provider.type)
            self._backends[provider.type] = open_backend(
                Connection(provider=provider, model="m", key=KEY, base_url=base_url)
            )
        return self._backends[provider.type]

    def _answer(self, _: Request) -> Reply:
        return self._replies.pop(0)


@pytest.fixture(scope="module")
def play() -> Iterator[Player]:
    with Player() as player:
        yield player


@each_file
def test_a_stream_comes_to_what_stands_beside_it(play: Player, file: WireFile) -> None:
    seen = told(play(file, file.streams))

    if os.environ.get("UPDATE_WIRES"):
        file.expectation.write_text(seen, encoding="utf-8")
    assert seen == file.expectation.read_text(encoding="utf-8")


def test_every_file_names_its_source_and_is_expected_to_come_to_something() -> None:
    assert [file.name for file in FILES if "source" not in file.notes] == []
    assert [file.name for file in FILES if b": written by hand, not recorded" not in file.path.read_bytes()] == []
    files = {file.path for file in FILES} | {file.expectation for file in FILES}
    assert {path for path in FILES[0].path.parents[1].rglob("*") if path.is_file()} == files


# -- cut -------------------------------------------------------------------------------------------------------------


def check_cut(play: Player, file: WireFile, streams: Sequence[Sequence[bytes]]) -> None:
    """A stream that ends cleanly too early tells what it has told, and succeeds only behind its end marker."""
    expected = file.expectation.read_text(encoding="utf-8")
    parts = play(file, streams)
    assert expected.startswith(told([part for part in parts[:-1] if not isinstance(part, ToolCall)]))
    if MARKERS[file.path.parent.name].search(b"".join(streams[-1])):
        assert expected.startswith(told(parts).partition("\nusage ")[0])
    else:
        assert isinstance(parts[-1], Failed)


@each_file
def test_a_stream_that_ends_in_front_of_its_end_marker_has_failed(play: Player, file: WireFile) -> None:
    marker = MARKERS[file.path.parent.name]
    last = file.streams[-1]
    cut = next((n for n, event in enumerate(last) if marker.search(event)), len(last) - 1)

    check_cut(play, file, (*file.streams[:-1], last[:cut]))


@pytest.mark.slow
@each_file
def test_a_stream_that_ends_between_any_two_events_succeeds_only_behind_its_end_marker(
    play: Player, file: WireFile
) -> None:
    for streams in file.cut():
        check_cut(play, file, streams)


# -- in crumbs -------------------------------------------------------------------------------------------------------


def crumbs(stream: Sequence[bytes], size: int) -> list[bytes]:
    sent = b"".join(stream)
    return [sent[n : n + size] for n in range(0, len(sent), size)]


@pytest.mark.parametrize(
    "file", [pytest.param(f, id=f.name) for f in FILES if f.path.stem in SPOKEN or "framing" in f.path.stem]
)
def test_bytes_that_arrive_in_odd_pieces_are_the_same_stream(play: Player, file: WireFile) -> None:
    assert told(play(file, [crumbs(stream, 19) for stream in file.streams])) == file.expectation.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 7])
@each_file
def test_bytes_that_arrive_one_by_one_are_the_same_stream(play: Player, file: WireFile, size: int) -> None:
    assert told(play(file, [crumbs(stream, size) for stream in file.streams])) == file.expectation.read_text("utf-8")


def test_events_are_the_same_whatever_the_pieces() -> None:
    def read(pieces: Sequence[bytes]) -> list[Event]:
        decoder = Decoder()
        return [event for piece in pieces for event in decoder.feed(piece)]

    chance = random.Random(4711)
    for stream in (stream for file in FILES for stream in file.streams):
        sent = b"".join(stream)
        places = sorted(chance.sample(range(1, len(sent)), k=len(sent) // 9))
        odd = [sent[begin:end] for begin, end in zip([0, *places], [*places, len(sent)], strict=True)]
        assert read(crumbs(stream, 1)) == read(odd) == read([sent]) == read(stream)


# -- cancelled -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [pytest.param(f, id=f.name) for f in FILES if f.path.stem in SPOKEN])
def test_cancelling_amid_a_stream_closes_the_connection(play: Player, file: WireFile) -> None:
    for after in {len(file.streams[0]) * 2 // 3, len(file.streams[0]) - 1}:
        assert play.cancelled(file, after=after)


# -- as the types have it --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_files_keep_to_the_types_of_the_sdks_except_where_they_say_so() -> None:
    from anthropic.types import RawMessageStreamEvent
    from google.genai.types import GenerateContentResponse
    from openai.types.chat import ChatCompletionChunk
    from openai.types.responses import ResponseStreamEvent
    from pydantic import TypeAdapter

    types: Mapping[str, TypeAdapter[object]] = {
        "openai_responses": TypeAdapter(ResponseStreamEvent),
        "chat_completions": TypeAdapter(ChatCompletionChunk),
        "anthropic_messages": TypeAdapter(RawMessageStreamEvent),
        "gemini": TypeAdapter(GenerateContentResponse),
    }

    def departs(file: WireFile) -> bool:
        try:
            with warnings.catch_warnings(action="error"):
                for data in datas(file):
                    types[file.path.parent.name].validate_python(json.loads(data))
        except (ValueError, UserWarning):
            return True
        return False

    saying_so = {file.name for file in FILES if "departs from the types" in file.notes}
    assert {file.name for file in FILES if departs(file)} == saying_so


def datas(file: WireFile) -> Iterator[str]:
    """The data of the events, without those that the SDKs keep to themselves."""
    for stream in file.streams:
        decoder = Decoder()
        for event in decoder.feed(b"".join(stream)):
            if event.data.strip() not in ("", "[DONE]", '{"type":"ping"}'):
                yield event.data
        if decoder.body.strip():
            yield decoder.body.decode()
