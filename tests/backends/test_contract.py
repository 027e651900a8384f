"""What every adapter promises of a reply, whichever wire it speaks."""

import json
from dataclasses import replace

import pytest

from massgen.backends.providers import Wire
from massgen.messages import (
    Json,
    ReasoningDelta,
    TextDelta,
    ToolArgsDelta,
    ToolCall,
    Usage,
)
from tests.helpers.wires import Call, Reply, Tokens, WireServer
from tests.helpers.wires.asking import QUESTION, WIRES, answer, ask, connect, conversation, finished, follow_up, shown

pytestmark = pytest.mark.parametrize("wire", WIRES)

COUNTED = Usage(input_tokens=12, output_tokens=7)


def test_text_streams_as_it_comes(wire: Wire) -> None:
    parts = answer(wire, Reply(text=["Six by seven ", "is ", "42 – 四十二."]))

    assert shown(parts) == [TextDelta("Six by seven "), TextDelta("is "), TextDelta("42 – 四十二.")]
    assert finished(parts) == ("end", COUNTED)


def test_reasoning_streams_apart_from_the_answer(wire: Wire) -> None:
    parts = answer(wire, Reply(reasoning=["Let me ", "see."], text=["42."]))

    assert shown(parts) == [ReasoningDelta("Let me "), ReasoningDelta("see."), TextDelta("42.")]


def test_parallel_tool_calls_come_whole_in_front_of_the_ending(wire: Wire) -> None:
    parts = answer(
        wire, Reply(text=["So:"], calls=[Call("vote", {"label": "é"}, id="a"), Call("vote", {"label": "B"}, id="b")])
    )

    assert shown(parts) == [
        TextDelta("So:"),
        ToolCall(id="a", name="vote", arguments={"label": "é"}),
        ToolCall(id="b", name="vote", arguments={"label": "B"}),
    ]
    assert finished(parts) == ("tool_calls", COUNTED)
    pieces = [part for part in parts if isinstance(part, ToolArgsDelta)]
    assert {(piece.id, piece.name) for piece in pieces} == {("a", "vote"), ("b", "vote")}
    assert json.loads("".join(piece.text for piece in pieces if piece.id == "a")) == {"label": "é"}


def test_a_call_without_an_id_gets_one_and_the_results_match_it(wire: Wire) -> None:
    call = Call("vote", {"label": "A"})
    with WireServer([Reply(calls=[call, call]), Reply(text="Thanks.")]) as server:
        connection = connect(server, wire)
        parts = ask(connection)
        calls = [part for part in parts if isinstance(part, ToolCall)]
        ask(connection, follow_up(parts))

    assert len({call.id for call in calls}) == 2
    assert all(call.id for call in calls)
    assert [text for role, text in server.requests[1].texts if role == "tool"] == ["taken", "taken"]


def test_usage_counts_cached_and_reasoning_tokens_the_same_way_everywhere(wire: Wire) -> None:
    parts = answer(wire, Reply(text="42.", tokens=Tokens(input=100, cached=80, output=30, reasoning=20)))

    assert finished(parts) == (
        "end",
        Usage(input_tokens=100, cached_tokens=80, output_tokens=30, reasoning_tokens=20),
    )


def test_no_usage_is_no_usage(wire: Wire) -> None:
    assert finished(answer(wire, Reply(text="42.", tokens=None))) == ("end", None)


def test_a_reply_cut_at_its_limit_says_so(wire: Wire) -> None:
    assert finished(answer(wire, Reply(text="Forty", stop="length"))) == ("length", COUNTED)


def test_a_second_request_carries_the_conversation(wire: Wire) -> None:
    with WireServer([Reply(text="Well:", calls=[("vote", {"label": "A"})]), Reply(text="Thanks.")]) as server:
        connection = connect(server, wire)
        ask(connection, follow_up(ask(connection)))

    first, second = server.requests
    assert (first.wire, first.system, first.texts, first.tool_names) == (
        wire,
        "You are terse.",
        [("user", "What is six by seven?")],
        ["vote"],
    )
    assert second.texts == [("user", "What is six by seven?"), ("assistant", "Well:"), ("tool", "taken")]


def test_what_the_model_said_goes_back_as_it_came(wire: Wire) -> None:
    reply = Reply(reasoning=["Hm."], text=["So:"], calls=[Call("vote", {"label": "A"}, id="a")])
    with WireServer([reply, Reply(text="Thanks.")]) as server:
        connection = connect(server, wire)
        ask(connection, follow_up(ask(connection)))

    assert list(conversation(server.requests[1].body, wire)) == REPLAYED[wire]


REPLAYED: dict[Wire, list[Json]] = {
    "responses": [
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "gAAAA==",
        },
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "phase": "final_answer",
            "content": [{"type": "output_text", "text": "So:", "annotations": []}],
            "status": "completed",
        },
        {
            "type": "function_call",
            "id": "fc_2",
            "call_id": "a",
            "name": "vote",
            "arguments": '{"label": "A"}',
            "status": "completed",
        },
        {"type": "function_call_output", "call_id": "a", "output": "taken"},
    ],
    "chat_completions": [
        {
            "role": "assistant",
            "content": "So:",
            "reasoning_content": "Hm.",
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "vote", "arguments": '{"label":"A"}'}},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "taken"},
    ],
    "messages": [
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "c2lnbmF0dXJl"},
                {"type": "text", "text": "So:"},
                {"type": "tool_use", "id": "a", "name": "vote", "input": {"label": "A"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "a",
                    "content": "taken",
                    "is_error": False,
                    "cache_control": {"type": "ephemeral"},
                }
            ],
        },
    ],
    "gemini": [
        {
            "role": "model",
            "parts": [
                {"text": "Hm.", "thought": True},
                {"text": "So:"},
                {
                    "functionCall": {"id": "a", "name": "vote", "args": {"label": "A"}},
                    "thoughtSignature": "c2lnbmF0dXJl",
                },
            ],
        },
        {
            "role": "user",
            "parts": [{"functionResponse": {"id": "a", "name": "vote", "response": {"output": "taken"}}}],
        },
    ],
}


def test_half_a_character_becomes_a_replacement_and_two_halves_become_one(wire: Wire) -> None:
    parts = answer(wire, Reply(text=["a\ud83d b", "c\ud83d", "\ude00d"]))

    assert "".join(part.text for part in shown(parts) if isinstance(part, TextDelta)) == "a\ufffd bc\U0001f600d"


def test_half_a_character_of_ours_does_not_stop_a_request(wire: Wire) -> None:
    with WireServer([Reply(text="42.")]) as server:
        ask(connect(server, wire), replace(QUESTION, system="a\ud83db"))

    assert server.requests[0].system == "a\ufffdb"
