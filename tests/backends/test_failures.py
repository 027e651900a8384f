"""What every adapter makes of a failure, whichever wire it speaks: one value at the end, and nothing raised.

What a single answer can be like is in the table of `tests/faults`; here is what takes more than a row.
"""

import asyncio
from dataclasses import replace

import pytest

from massgen.backends.connection import Options
from massgen.backends.opening import open_backend
from massgen.backends.providers import Wire
from massgen.messages import (
    Json,
    Problem,
    ProblemKind,
    TextDelta,
    ToolCall,
)
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import (
    QUESTION,
    WIRES,
    answer,
    answers,
    ask,
    ask_all,
    connect,
    elsewhere,
    failed,
    finished,
    shown,
)

pytestmark = pytest.mark.parametrize("wire", WIRES)


# -- replies that are none -------------------------------------------------------------------------------------------


def test_a_tool_call_of_a_broken_stream_is_never_handed_out(wire: Wire) -> None:
    parts = answer(
        wire,
        Reply(calls=[("vote", {"label": "A"})], error={"code": 503, "type": "overloaded_error", "message": "busy"}),
    )

    assert not any(isinstance(part, ToolCall) for part in parts)
    assert failed(parts).kind == "overloaded"


NONSENSE = [
    b"data: {oops\n\n",
    b"data: 5\n\n",
    b"data: []\n\n",
    b"data: null\n\n",
    b'data: "x"\n\n',
    b'data: {"type": 5, "choices": 5, "candidates": 5, "delta": []}\n\n',
    b'data: {"choices": [5, {"delta": {"tool_calls": [{"index": "x"}, 7]}}], "candidates": [{"content": 5}]}\n\n',
    b"data: \xff\xfe\n\n",
    b"data: " + b"[" * 5000 + b"\n\n",
    b"<html>\x1b[2J</html>",
    b"",
]


@pytest.mark.parametrize("name", [b"", b"event: message_start\n", b"event: error\n"], ids=["plain", "named", "error"])
def test_nonsense_in_the_stream_fails_and_raises_nothing(wire: Wire, name: bytes) -> None:
    problems = [failed(parts) for parts in answers(wire, [Reply(raw=name + raw) for raw in NONSENSE])]

    assert {problem.kind for problem in problems} <= {"malformed", "truncated", "overloaded", "network"}
    assert all(problem.text.isprintable() for problem in problems)


# -- answers that are no reply ---------------------------------------------------------------------------------------


def test_a_missing_key_is_found_out_without_asking(wire: Wire) -> None:
    with WireServer([]) as server:
        connection = replace(connect(server, wire), key="")
        problem = failed(ask(connection))

    assert problem == Problem(
        kind="auth", text=f"{connection.provider.name} needs a key, and {connection.key_name} is not set"
    )


def test_slow_down_says_for_how_long(wire: Wire) -> None:
    waits: list[tuple[dict[str, str], float | None]] = [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
        ({"retry-after": "Sun, 22 Nov 2026 07:00:30 GMT", "date": "Sun, 22 Nov 2026 07:00:00 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 07:00:30 GMT", "date": "Sun, 22 Nov 2026 07:01:00 GMT"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 07:00:30 GMT"}, None),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
    ]
    body: Json = {"error": {"message": "Slow down"}}
    replies = answers(wire, [Reply(status=429, headers=headers, body=body) for headers, _ in waits])

    assert [failed(parts) for parts in replies] == [
        Problem(kind="rate_limit", text=failed(replies[0]).text, status=429, retry_after=wait) for _, wait in waits
    ]


def test_a_status_tells_what_to_do_next(wire: Wire) -> None:
    statuses: list[tuple[int, str, ProblemKind]] = [
        (413, "too large", "context_length"),
        (402, "pay first", "quota"),
        (503, "later", "overloaded"),
    ]
    replies = [Reply(status=status, body={"error": {"message": message}}) for status, message, _ in statuses]
    problems = [failed(parts) for parts in answers(wire, replies)]

    assert [(problem.status, problem.kind) for problem in problems] == [(status, kind) for status, _, kind in statuses]


def test_an_error_page_is_one_short_line(wire: Wire) -> None:
    page = b"<html>\n\x1b[2J" + b"x" * 5000
    problem = failed(answer(wire, Reply(status=502, body=page)))

    assert (problem.kind, problem.status, len(problem.text)) == ("overloaded", 502, 300)
    assert problem.text.isprintable()


# -- the connection --------------------------------------------------------------------------------------------------


def test_an_address_that_is_none_is_no_reason_to_try_again(wire: Wire) -> None:
    with WireServer([]) as server:
        connection = connect(server, wire)
    addresses = ["", "nonsense", "http://", "http://[::1", "ftp://localhost"]
    problems = [failed(ask(elsewhere(connection, address))) for address in addresses]

    assert [problem.kind for problem in problems] == ["bad_request"] * len(addresses)


def test_a_server_that_never_closes_does_not_hold_a_finished_reply(wire: Wire) -> None:
    parts = answer(wire, Reply(text=["42."], hangs=True), Options(linger_s=0.05))

    assert shown(parts) == [TextDelta("42.")]
    assert finished(parts)[0] == "end"


def test_cancelling_closes_the_connection(wire: Wire) -> None:
    async def cancel_at_the_first_word(server: WireServer) -> None:
        backend = open_backend(connect(server, wire))
        spoken = asyncio.Event()

        async def listen() -> None:
            async for part in backend.stream(QUESTION):
                if isinstance(part, TextDelta):
                    spoken.set()

        task = asyncio.create_task(listen())
        await spoken.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert await asyncio.to_thread(server.requests[0].gone.wait, 5)
        await backend.close()

    with WireServer([Reply(text=["Forty", "-two"], stall_after=1)]) as server:
        asyncio.run(cancel_at_the_first_word(server))


def test_leaving_off_in_the_middle_closes_the_connection(wire: Wire) -> None:
    async def leave_at_the_first_word(server: WireServer) -> None:
        backend = open_backend(connect(server, wire))
        async for part in backend.stream(QUESTION):
            if isinstance(part, TextDelta):
                break
        assert await asyncio.to_thread(server.requests[0].gone.wait, 5)
        await backend.close()

    with WireServer([Reply(text=["Forty", "-two"], stall_after=1)]) as server:
        asyncio.run(leave_at_the_first_word(server))


def test_one_backend_answers_again_after_a_failure(wire: Wire) -> None:
    with WireServer([Reply(status=500, body={}), Reply(text="42.")]) as server:
        first, second = ask_all(connect(server, wire), [QUESTION, QUESTION])

    assert failed(first).kind == "overloaded"
    assert shown(second) == [TextDelta("42.")]
