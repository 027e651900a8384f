"""Every fault on every wire, through the real adapter and the real SDK: one ending, as the table says, and no key."""

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import combinations
from urllib.parse import urlsplit

import pytest

from massgen.backends.connection import Connection
from massgen.backends.providers import Wire
from massgen.messages import Failed, Finished
from tests.faults.asking import FailingModel, address, came_of, connection
from tests.faults.cases import FAULTS
from tests.faults.rows import Fault
from tests.faults.server import FaultServer
from tests.helpers.wires.asking import KEY, WIRES

PROMISED = """
connection refused · DNS failure · 400 · 401 · 403 · 404 model · 429 with Retry-After 2 · 429 with Retry-After 300 ·
429 without Retry-After · 429 with a date · insufficient quota · 500 · 529 · error object inside a 200 stream ·
reset before the first byte · reset mid-text · clean end mid-text · clean end mid-tool-call · empty 200 ·
200 with HTML · stall before the first event · stall mid-text · endless keep-alives · malformed JSON line ·
events split byte by byte · invalid UTF-8 · lone surrogate · truncated tool arguments · unknown tool ·
500 tool calls · same call id twice · empty answer · reasoning only · refusal · length cut · context too long ·
redirect to another host · 10 MB in one delta · usage missing · usage absurd · unknown event types
"""


@pytest.fixture(scope="module", params=WIRES)
def model(request: pytest.FixtureRequest) -> Iterator[FailingModel]:
    with FailingModel(request.param) as failing:
        yield failing


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=fault.name, marks=[pytest.mark.slow] * fault.name.startswith("10 MB")) for fault in FAULTS],
)
def test_what_comes_of_a_fault_is_what_the_table_says(model: FailingModel, fault: Fault) -> None:
    asked = len(model.server.requests)
    parts = model.ask(fault)

    expected = fault.expected(model.wire)
    assert came_of(parts, expected) == expected
    assert sum(isinstance(part, Finished | Failed) for part in parts) == (not fault.endless)
    assert len(model.server.requests) - asked == (not fault.at)
    assert KEY not in repr((parts, model.connection))


def test_the_table_holds_every_fault_that_is_promised() -> None:
    names = [fault.name for fault in FAULTS]

    assert [each for each in PROMISED.replace("\n", " ").strip().split(" · ") if each.strip() not in names] == []
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("wire", WIRES)
def test_no_two_faults_look_alike_on_the_wire(wire: Wire) -> None:
    seen = {fault.name: _seen(fault, wire) for fault in FAULTS}

    assert [names for names in combinations(seen, 2) if seen[names[0]] == seen[names[1]]] == []


def _seen(fault: Fault, wire: Wire) -> tuple[str, bytes]:
    """What a bare socket sees of a fault: every byte, and how the connection came to its end."""
    with FaultServer(fault.does) as server:
        asked = connection(wire, address(fault, server))
        host, port = urlsplit(asked.base_url).hostname, urlsplit(asked.base_url).port
        try:
            bare = socket.create_connection((host, port or 80))
        except OSError as error:
            return type(error).__name__, b""
        seen = b""
        with closing(bare):
            bare.sendall(_request(asked))
            with suppress(OSError):  # it may be over already
                bare.shutdown(socket.SHUT_WR)  # what would never end ends as soon as we have left
            try:
                while more := bare.recv(1 << 20):
                    seen += more
            except OSError as error:
                return type(error).__name__, seen
        return "", seen


def _request(asked: Connection) -> bytes:
    """The least that the server takes for a question of this wire."""
    paths = {
        "responses": "/v1/responses",
        "chat_completions": "/v1/chat/completions",
        "messages": "/v1/messages",
        "gemini": f"/v1beta/models/{asked.model}:streamGenerateContent",
    }
    body = b'{"model": "%b"}' % asked.model.encode()
    lines = (f"POST {paths[asked.provider.wire]} HTTP/1.1", "host: 127.0.0.1:80", f"content-length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body
