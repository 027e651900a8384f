"""The Messages wire: what is particular to Claude."""

from dataclasses import replace

import pytest

from massgen.backends.anthropic_messages import body, thinks_adaptively
from massgen.backends.anthropic_messages_reader import Reader
from massgen.backends.connection import Connection, Options
from massgen.backends.ending import Courtesies
from massgen.backends.problems import problem
from massgen.backends.providers import PROVIDERS
from massgen.messages import (
    AssistantMessage,
    Failed,
    Finished,
    Json,
    ModelMessage,
    Part,
    ReasoningDelta,
    Replay,
    ServerToolUsed,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolResults,
    Usage,
    UserMessage,
)
from tests.helpers.wires.asking import QUESTION

CLAUDE = Connection(provider=PROVIDERS["claude"], model="claude-sonnet-5-5", base_url="https://api.anthropic.com")


def read(*events: Json) -> list[Part]:
    reader = Reader(QUESTION)
    parts = [part for event in events for part in reader.take(event)]
    return [*parts, *reader.reply.ending(reader.replay, lambda kind, detail: problem(CLAUDE, kind, detail=detail))]


def block(index: int, start: dict[str, Json], *deltas: dict[str, Json]) -> list[Json]:
    events: list[Json] = [{"type": "content_block_start", "index": index, "content_block": start}]
    events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
    return [*events, {"type": "content_block_stop", "index": index}]


def stopped(reason: str, **details: Json) -> list[Json]:
    return [
        {"type": "message_delta", "delta": {"stop_reason": reason, "stop_details": details or None}},
        {"type": "message_stop"},
    ]


MARK: dict[str, Json] = {"cache_control": {"type": "ephemeral"}}
TEXT: dict[str, Json] = {"type": "text", "text": ""}


# -- what is asked ---------------------------------------------------------------------------------------------------


def test_a_request_is_cached_thinks_aloud_and_forces_no_tool() -> None:
    assert body(CLAUDE, QUESTION, Courtesies({"thinking": ()})) == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 32000,
        "system": [{"type": "text", "text": "You are terse.", **MARK}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "What is six by seven?", **MARK}]}],
        "tools": [
            {
                "name": "vote",
                "description": "Vote for an answer.",
                "input_schema": {
                    "type": "object",
                    "properties": {"label": {"type": "string"}},
                    "required": ["label"],
                },
            }
        ],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "stream": True,
    }


@pytest.mark.parametrize(
    ("model", "adaptive"),
    [
        ("claude-opus-5-5", True),
        ("claude-fable-5-1", True),
        ("claude-sonnet-5", True),
        ("claude-sonnet-4-6", True),
        ("claude-opus-4-8-20260901", True),
        ("claude-opus-4-5", False),
        ("claude-haiku-4-5", False),
        ("claude-sonnet-4-20250514", False),
        ("claude-3-7-sonnet-latest", False),
        ("some-other-model", False),
    ],
)
def test_only_recent_models_are_told_to_think(model: str, adaptive: bool) -> None:
    assert thinks_adaptively(model) is adaptive


def test_temperature_is_left_out_and_effort_goes_where_it_belongs() -> None:
    options = Options(temperature=0.5, top_p=0.5, max_tokens=100, reasoning_effort="low", web_search=True)
    sent = body(replace(CLAUDE, options=options), QUESTION, Courtesies({}))

    assert (sent["max_tokens"], sent["output_config"]) == (100, {"effort": "low"})
    assert {"temperature", "top_p", "thinking"} & set(sent) == set()
    tools = sent["tools"]
    assert isinstance(tools, list)
    assert tools[1] == {"type": "web_search_20260318", "name": "web_search", "allowed_callers": ["direct"]}


def test_neighbours_of_one_role_share_a_turn_with_the_results_first() -> None:
    said = ModelMessage(
        text="So:",
        calls=(ToolCall(id="a", name="vote", arguments={"label": "A"}),),
        replay=Replay("responses", ()),
    )
    results = ToolResults((ToolResult(call_id="a", name="vote", text="no such label", is_error=True),))
    messages = (UserMessage("One?"), AssistantMessage("1."), UserMessage("Two?"), said, results, UserMessage("Again."))

    assert body(CLAUDE, replace(QUESTION, messages=messages), Courtesies({}))["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "One?"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "1.", **MARK}]},
        {"role": "user", "content": [{"type": "text", "text": "Two?"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "So:"},
                {"type": "tool_use", "id": "a", "name": "vote", "input": {"label": "A"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "no such label", "is_error": True},
                {"type": "text", "text": "Again.", **MARK},
            ],
        },
    ]


# -- what streams back -----------------------------------------------------------------------------------------------


def test_unknown_blocks_and_hidden_thinking_go_back_as_they_came() -> None:
    hidden: dict[str, Json] = {"type": "redacted_thinking", "data": "gAAAA=="}
    new: dict[str, Json] = {"type": "brand_new", "field": 1}
    parts = read(
        {"type": "brand_new_event"},
        *block(0, hidden),
        *block(1, new, {"type": "brand_new_delta"}),
        *block(2, TEXT),
        *block(3, TEXT, {"type": "text_delta", "text": "42."}),
        *stopped("end_turn"),
    )

    assert parts[0] == TextDelta("42.")
    assert isinstance(parts[1], Finished)
    assert parts[1].replay.items == (hidden, new, {"type": "text", "text": "42."})


def test_each_block_of_thinking_is_a_paragraph() -> None:
    thinking: dict[str, Json] = {"type": "thinking", "thinking": "", "signature": ""}
    parts = read(
        *block(0, thinking, {"type": "thinking_delta", "thinking": "First."}),
        *block(1, thinking, {"type": "thinking_delta", "thinking": "Second."}),
    )

    assert parts[:3] == [ReasoningDelta("First."), ReasoningDelta("\n\n"), ReasoningDelta("Second.")]


def test_a_search_of_the_providers_own_is_seen_and_goes_back() -> None:
    use: dict[str, Json] = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    found: dict[str, Json] = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    parts = read(
        *block(0, use, {"type": "input_json_delta", "partial_json": '{"query": "six by seven"}'}),
        *block(1, found),
        *block(2, TEXT, {"type": "text_delta", "text": "42."}, {"type": "citations_delta", "citation": {"url": "u"}}),
        *stopped("end_turn"),
    )

    assert parts[:4] == [
        ServerToolUsed(name="web_search", status="running"),
        ServerToolUsed(name="web_search", status="running", detail="six by seven"),
        ServerToolUsed(name="web_search", status="completed", detail="six by seven"),
        TextDelta("42."),
    ]
    assert isinstance(parts[4], Finished)
    assert parts[4].replay.items == (
        {**use, "input": {"query": "six by seven"}},
        found,
        {"type": "text", "text": "42.", "citations": [{"url": "u"}]},
    )


def test_a_call_that_was_cut_does_not_go_back() -> None:
    call: dict[str, Json] = {"type": "tool_use", "id": "a", "name": "vote", "input": {}}
    parts = read(
        *block(0, TEXT, {"type": "text_delta", "text": "So:"}),
        *block(1, call, {"type": "input_json_delta", "partial_json": ""}),
        *stopped("max_tokens"),
    )

    assert isinstance(parts[-1], Finished)
    assert (parts[-1].stop, parts[-1].replay.items) == ("length", ({"type": "text", "text": "So:"},))
    assert not any(isinstance(part, ToolCall) for part in parts)


def test_the_last_counts_win_and_the_first_fill_the_gaps() -> None:
    parts = read(
        {
            "type": "message_start",
            "message": {
                "usage": {
                    "input_tokens": 10,
                    "cache_read_input_tokens": 5,
                    "cache_creation_input_tokens": 3,
                    "output_tokens": 1,
                }
            },
        },
        *block(0, TEXT, {"type": "text_delta", "text": "42."}),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    )

    assert isinstance(parts[-1], Finished)
    assert parts[-1].usage == Usage(input_tokens=18, cached_tokens=5, cache_write_tokens=3, output_tokens=9)


def test_a_refusal_says_why_and_a_full_window_is_a_conversation_too_long() -> None:
    refused = read(*stopped("refusal", category="cyber", explanation="not that"))[-1]
    full = read(*block(0, TEXT, {"type": "text_delta", "text": "4"}), *stopped("model_context_window_exceeded"))[-1]

    assert isinstance(refused, Failed)
    assert (refused.problem.kind, refused.problem.text) == ("refused", "claude-sonnet-5-5 declined to answer: not that")
    assert isinstance(full, Failed)
    assert full.problem.kind == "context_length"
