"""What every adapter makes of a failure, whichever wire it speaks: one value at the end, and nothing raised."""

import asyncio
import socket
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
    KEY,
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


def test_a_refusal_is_not_an_answer(wire: Wire) -> None:
    assert failed(answer(wire, Reply(text="I cannot help with that.", stop="refused"))).kind == "refused"


def test_a_reply_without_a_word_or_a_call_is_empty(wire: Wire) -> None:
    replies = answers(wire, [Reply(), Reply(text=[" ", "\n"]), Reply(reasoning="Hm."), Reply(stop="length")])

    assert [failed(parts).kind for parts in replies] == ["empty"] * 4


def test_a_stream_that_ends_cleanly_without_its_end_marker_is_cut(wire: Wire) -> None:
    parts = answer(wire, Reply(text=["Forty", "-two"], cut_after=1))

    assert shown(parts) == [TextDelta("Forty")]
    problem = failed(parts)
    assert problem.kind == "truncated"
    assert problem.text.endswith("broke off: the stream ended without its end marker")


def test_a_tool_call_of_a_broken_stream_is_never_handed_out(wire: Wire) -> None:
    parts = answer(
        wire,
        Reply(calls=[("vote", {"label": "A"})], error={"code": 503, "type": "overloaded_error", "message": "busy"}),
    )

    assert not any(isinstance(part, ToolCall) for part in parts)
    assert failed(parts).kind == "overloaded"


def test_a_reset_in_mid_sentence_is_a_network_failure(wire: Wire) -> None:
    parts = answer(wire, Reply(text=["Forty", "-two"], cut_after=1, cut="reset"))

    assert failed(parts).kind == "network"


def test_an_error_inside_the_stream_counts_like_a_status(wire: Wire) -> None:
    # Each wire has its own word for it; Gemini and OpenRouter send a status as the code.
    code: Json = {"responses": "server_error", "messages": "overloaded_error"}.get(wire, 503)
    error = {"code": code, "type": code, "message": "Too many people ask"}
    problem = failed(answer(wire, Reply(text="Forty", error=error)))

    assert problem.kind == "overloaded"
    assert problem.text.endswith(": Too many people ask")


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


def test_a_refused_key_names_the_variable_and_never_the_key(wire: Wire) -> None:
    body: Json = {"error": {"type": "x", "code": 401, "message": f"Incorrect key: {KEY}.\nGo away."}}
    with WireServer([Reply(status=401, body=body)]) as server:
        connection = connect(server, wire)
        problem = failed(ask(connection))

    name, variables = connection.provider.name, connection.key_name
    assert problem == Problem(
        kind="auth",
        text=f"{name} refused the key in {variables} (401): Incorrect key: [key]. Go away.",
        status=401,
    )
    assert KEY not in repr(connection)


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


def test_slow_down_for_want_of_money_is_another_matter(wire: Wire) -> None:
    body: Json = {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}
    assert failed(answer(wire, Reply(status=429, body=body))).kind == "quota"


def test_an_unknown_model_is_named(wire: Wire) -> None:
    with WireServer([Reply(status=404, body={"error": {"message": "no such model"}})]) as server:
        connection = connect(server, wire)
        problem = failed(ask(connection))

    assert problem == Problem(
        kind="unknown_model",
        text=f"{connection.provider.name} does not know the model {connection.model!r} (404): no such model",
        status=404,
    )


def test_a_status_tells_what_to_do_next(wire: Wire) -> None:
    statuses: list[tuple[int, str, ProblemKind]] = [
        (400, "prompt is too long: 300000 tokens", "context_length"),
        (413, "too large", "context_length"),
        (402, "pay first", "quota"),
        (403, "not for you", "auth"),
        (400, "temperature must be below 2", "bad_request"),
        (500, "oops", "overloaded"),
        (503, "later", "overloaded"),
        (529, "later", "overloaded"),
    ]
    replies = [Reply(status=status, body={"error": {"message": message}}) for status, message, _ in statuses]
    problems = [failed(parts) for parts in answers(wire, replies)]

    assert [(problem.status, problem.kind) for problem in problems] == [(status, kind) for status, _, kind in statuses]


def test_an_error_page_is_one_short_line(wire: Wire) -> None:
    page = b"<html>\n\x1b[2J" + b"x" * 5000
    problem = failed(answer(wire, Reply(status=502, body=page)))

    assert (problem.kind, problem.status, len(problem.text)) == ("overloaded", 502, 300)
    assert problem.text.isprintable()


def test_a_redirect_is_not_followed(wire: Wire) -> None:
    with WireServer([]) as elsewhere_:
        headers = {"location": elsewhere_.origin}
        problem = failed(answer(wire, Reply(status=307, headers=headers, body={"error": {"message": "go there"}})))

    assert (problem.kind, problem.status) == ("bad_request", 307)
    assert elsewhere_.requests == []


# -- the connection --------------------------------------------------------------------------------------------------


def test_nobody_there_is_a_network_failure(wire: Wire) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        with WireServer([]) as server:
            connection = elsewhere(connect(server, wire), f"http://127.0.0.1:{port}")
        problem = failed(ask(connection))

    assert problem.kind == "network"
    assert problem.text.startswith(f"The connection to {connection.provider.name} (127.0.0.1) failed: ")


def test_an_address_that_is_none_is_no_reason_to_try_again(wire: Wire) -> None:
    with WireServer([]) as server:
        connection = connect(server, wire)
    addresses = ["", "nonsense", "http://", "http://[::1", "ftp://localhost"]
    problems = [failed(ask(elsewhere(connection, address))) for address in addresses]

    assert [problem.kind for problem in problems] == ["bad_request"] * len(addresses)


def test_silence_for_too_long_is_a_timeout(wire: Wire) -> None:
    parts = answer(wire, Reply(text=["Forty", "-two"], stall_after=1), Options(stall_s=0.05))

    assert failed(parts).kind == "timeout"


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
