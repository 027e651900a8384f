"""Every stream in `tests/wires/`, through its real adapter and SDK: what comes of it whole, cut, in crumbs and cancelled.

`UPDATE_WIRES=1 pytest tests/backends/test_wire_files.py` writes the expectations anew; the diff is then what there is
to review.
"""

import asyncio
import json
import os
from collections.abc import Iterator, Sequence

import pytest

from massgen.backends.connection import Connection
from massgen.backends.opening import open_backend
from massgen.backends.protocol import Backend
from massgen.messages import Failed, Finished, Part, ToolCall
from tests.helpers.wires import Reply, Request, WireServer
from tests.helpers.wires.asking import KEY, QUESTION
from tests.helpers.wires.files import WireFile, told, wire_files

FILES = wire_files()
NAMES = [file.name for file in FILES]


class Player:
    """Plays streams to the adapters: one server, one backend for each provider, one event loop."""

    def __init__(self) -> None:
        self._replies: list[Reply] = []
        self._loop = asyncio.Runner()
        self._backends: dict[str, Backend] = {}
        self.server = WireServer(self._answer)

    def __enter__(self) -> "Player":
        self.server.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        for backend in self._backends.values():
            self._loop.run(backend.close())
        self._loop.close()
        self.server.__exit__(None, None, None)

    def __call__(self, file: WireFile, streams: Sequence[Sequence[bytes]]) -> list[Part]:
        """What comes of these streams; none of them is left over."""
        self._replies = [Reply(raw=list(stream)) for stream in streams]
        parts = self._loop.run(self._listen(file))
        assert not self._replies
        return parts

    async def _listen(self, file: WireFile) -> list[Part]:
        return [part async for part in self.backend(file).stream(QUESTION)]

    def backend(self, file: WireFile) -> Backend:
        provider = file.provider
        if provider.type not in self._backends:
            connection = Connection(
                provider=provider, model="m", key=KEY, base_url=self.server.base_url(provider.type)
            )
            self._backends[provider.type] = open_backend(connection)
        return self._backends[provider.type]

    def _answer(self, request: Request) -> Reply:
        return self._replies.pop(0)


pytestmark = pytest.mark.filterwarnings("ignore:BRAND_NEW_REASON is not a valid FinishReason:UserWarning")


@pytest.fixture(scope="module")
def play() -> Iterator[Player]:
    with Player() as player:
        yield player


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_stream_comes_to_what_stands_beside_it(play: Player, file: WireFile) -> None:
    seen = told(play(file, file.streams))

    if os.environ.get("UPDATE_WIRES"):
        file.expectation.write_text(seen, encoding="utf-8")
    assert seen == file.expectation.read_text(encoding="utf-8")
