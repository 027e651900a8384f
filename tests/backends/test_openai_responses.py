"""The Responses wire: what is particular to OpenAI and xAI."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from massgen.backends.connection import Connection, Options
from massgen.backends.ending import Courtesies
from massgen.backends.openai_responses import Reader, body
from massgen.backends.problems import problem
from massgen.backends.providers import PROVIDERS
from massgen.messages import (
    AssistantMessage,
    Failed,
    Finished,
    Json,
    Part,
    Problem,
    ReasoningDelta,
    ServerToolUsed,
    TextDelta,
    ToolCall,
    Usage,
    UserMessage,
)
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import QUESTION, ask_all, connect

OPENAI = Connection(provider=PROVIDERS["openai"], model="gpt-6.1-terra", base_url="https://api.openai.com/v1", key="k")


def read(*events: Json, connection: Connection = OPENAI) -> list[Part]:
    reader = Reader(connection, QUESTION)
    parts = [part for event in events for part in reader.take(event)]
    return [*parts, *reader.reply.ending(reader.replay, lambda kind, detail: problem(connection, kind, detail=detail))]


def asked(connection: Connection, courtesies: Iterable[str] = ("reasoning.summary", "include")) -> dict[str, Json]:
    return body(connection, QUESTION, Courtesies(dict.fromkeys(courtesies, ())))


COMPLETED: Json = {"type": "response.completed", "response": {"output": []}}


def test_a_reasoning_model_is_asked_for_summaries_and_for_its_encrypted_reasoning() -> None:
    assert asked(OPENAI) == {
        "model": "gpt-6.1-terra",
        "input": [
            {"role": "system", "content": "You are terse."},
            {"role": "user", "content": "What is six by seven?"},
        ],
        "tools": [
            {
                "type": "function",
                "name": "vote",
                "description": "Vote for an answer.",
                "parameters": {
                    "type": "object",
                    "properties": {"label": {"type": "string"}},
                    "required": ["label"],
                },
                "strict": False,
            }
        ],
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"summary": "auto"},
        "store": False,
        "stream": True,
    }


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1-mini", "gpt-5-chat-latest"])
def test_a_model_that_does_not_reason_is_asked_for_neither(model: str) -> None:
    assert {"include", "reasoning"} & set(asked(replace(OPENAI, model=model))) == set()


def test_grok_is_asked_for_its_encrypted_reasoning_only() -> None:
    grok = replace(OPENAI, provider=PROVIDERS["grok"])
    reasoning = asked(replace(grok, model="grok-4-fast-reasoning"))
    plain = asked(replace(grok, model="grok-4-fast-non-reasoning"))

    assert (reasoning["include"], "reasoning" in reasoning) == (["reasoning.encrypted_content"], False)
    assert {"include", "reasoning"} & set(plain) == set()


def test_options_are_spelt_as_the_wire_spells_them_and_extras_win() -> None:
    options = Options(
        temperature=0.5,
        top_p=0.9,
        max_tokens=100,
        reasoning_effort="low",
        reasoning_summary="detailed",
        verbosity="low",
        web_search=True,
        code_interpreter=True,
        extra={"store": True, "service_tier": "flex"},
    )
    sent = asked(replace(OPENAI, options=options))

    assert {name: sent[name] for name in sent if name not in ("input", "model", "include", "stream", "tools")} == {
        "temperature": 0.5,
        "top_p": 0.9,
        "max_output_tokens": 100,
        "reasoning": {"effort": "low", "summary": "detailed"},
        "text": {"verbosity": "low"},
        "store": True,
        "service_tier": "flex",
    }
    tools = sent["tools"]
    assert isinstance(tools, list)
    assert tools[1:] == [{"type": "web_search"}, {"type": "code_interpreter", "container": {"type": "auto"}}]


def test_answers_of_earlier_turns_are_messages_of_the_assistant() -> None:
    conversation = replace(QUESTION, messages=(UserMessage("One?"), AssistantMessage("1."), UserMessage("Two?")))

    assert body(OPENAI, conversation, Courtesies({}))["input"] == [
        {"role": "system", "content": "You are terse."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "1."},
        {"role": "user", "content": "Two?"},
    ]


def test_an_unverified_organisation_is_asked_without_summaries_the_next_time() -> None:
    refusal: Json = {
        "error": {
            "message": "Your organization must be verified to generate reasoning summaries.",
            "type": "invalid_request_error",
            "param": "reasoning.summary",
            "code": "unsupported_value",
        }
    }
    with WireServer([Reply(status=400, body=refusal), Reply(text="42.")]) as server:
        first, second = ask_all(connect(server, "responses"), [QUESTION, QUESTION])

    assert first == [
        Failed(
            problem=Problem(
                kind="malformed",
                text="OpenAI does not know 'reasoning.summary'; the next try leaves it out",
                status=400,
            )
        )
    ]
    assert second[0] == TextDelta("42.")
    assert ["reasoning" in request.body for request in server.requests] == [True, False]


def test_a_complaint_that_is_a_bare_string_is_understood() -> None:
    with WireServer([Reply(status=400, body={"code": "400", "error": "Incorrect API key provided"})]) as server:
        (parts,) = ask_all(connect(server, "responses"), [QUESTION])

    assert parts == [
        Failed(
            problem=Problem(
                kind="auth",
                text="OpenAI refused the key in OPENAI_API_KEY (400): Incorrect API key provided",
                status=400,
            )
        )
    ]


def test_what_did_not_stream_is_taken_from_the_finished_items() -> None:
    message: Json = {"type": "message", "content": [{"type": "output_text", "text": "42."}]}
    call: Json = {"type": "function_call", "call_id": "a", "name": "vote", "arguments": '{"label": "A"}'}
    parts = read(
        {"type": "response.output_item.done", "output_index": 0, "item": message},
        {"type": "response.output_item.done", "output_index": 1, "item": call},
        COMPLETED,
    )

    assert parts[:2] == [TextDelta("42."), ToolCall(id="a", name="vote", arguments={"label": "A"})]
    assert isinstance(parts[2], Finished)
    assert parts[2].replay.items == (message, call)


def test_each_part_of_a_summary_is_a_paragraph() -> None:
    def summary(index: int, delta: str) -> Json:
        type_ = "response.reasoning_summary_text.delta"
        return {"type": type_, "output_index": 0, "summary_index": index, "delta": delta}

    parts = read(summary(0, "First"), summary(0, " thing."), summary(1, "Second."))

    assert parts[:3] == [ReasoningDelta("First"), ReasoningDelta(" thing."), ReasoningDelta("\n\nSecond.")]


def test_reasoning_that_cannot_be_found_again_does_not_go_back() -> None:
    parts = read(
        {"type": "response.output_item.done", "output_index": 0, "item": {"type": "reasoning", "id": "rs_1"}},
        {"type": "response.output_text.delta", "output_index": 1, "delta": "42."},
        COMPLETED,
    )

    assert isinstance(parts[-1], Finished)
    assert parts[-1].replay.items == ()


def test_a_call_that_was_cut_was_never_made() -> None:
    call: dict[str, Json] = {"type": "function_call", "call_id": "a", "name": "vote", "arguments": ""}
    parts = read(
        {"type": "response.output_text.delta", "output_index": 0, "delta": "So:"},
        {"type": "response.output_item.added", "output_index": 1, "item": call},
        {"type": "response.output_item.done", "output_index": 1, "item": {**call, "status": "incomplete"}},
        {
            "type": "response.incomplete",
            "response": {
                "incomplete_details": {"reason": "max_output_tokens"},
                "usage": {"input_tokens": 3, "output_tokens": 4, "input_tokens_details": None},
            },
        },
    )

    assert parts[0] == TextDelta("So:")
    assert isinstance(parts[1], Finished)
    assert (parts[1].stop, parts[1].usage, parts[1].replay.items) == (
        "length",
        Usage(input_tokens=3, output_tokens=4),
        (),
    )


def test_arguments_that_are_no_object_are_handed_on_as_they_came() -> None:
    for raw in ('{"label": ', "[1]", '{"n": NaN}', "[" * 100_000):
        call: Json = {"type": "function_call", "call_id": "a", "name": "vote", "arguments": raw}
        parts = read({"type": "response.output_item.done", "output_index": 0, "item": call}, COMPLETED)
        assert parts[0] == ToolCall(id="a", name="vote", arguments={}, invalid=raw)


def test_the_providers_own_tools_are_seen_at_work() -> None:
    item: dict[str, Json] = {"type": "web_search_call", "id": "ws_1"}
    parts = read(
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {
            "type": "response.output_item.done",
            "output_index": 0,
            "item": {**item, "status": "completed", "action": {"type": "search", "query": "six by seven"}},
        },
    )

    assert parts[:2] == [
        ServerToolUsed(name="web_search", status="running"),
        ServerToolUsed(name="web_search", status="completed", detail="six by seven"),
    ]


def test_an_error_event_and_a_failed_response_are_failures() -> None:
    flat = read({"type": "error", "code": "rate_limit_exceeded", "message": "Slow down"})
    failed = read({"type": "response.failed", "response": {"error": {"code": "invalid_prompt", "message": "No"}}})

    assert flat == [Failed(problem=Problem(kind="rate_limit", text="OpenAI asks to slow down: Slow down"))]
    assert failed == [Failed(problem=Problem(kind="refused", text="gpt-6.1-terra declined to answer: No"))]
