"""The Chat Completions wire: what compatible servers do differently."""

from dataclasses import replace
from decimal import Decimal

import pytest

from massgen.backends import fields
from massgen.backends.chat_completions import Reader, body
from massgen.backends.connection import Connection, Options
from massgen.backends.ending import Courtesies
from massgen.backends.problems import problem
from massgen.backends.providers import PROVIDERS
from massgen.messages import (
    Failed,
    Finished,
    Json,
    ModelMessage,
    Part,
    ReasoningDelta,
    Replay,
    TextDelta,
    ToolArgsDelta,
    ToolCall,
    ToolResult,
    ToolResults,
    Usage,
)
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import QUESTION, ask_all, connect

DEEPSEEK = Connection(provider=PROVIDERS["deepseek"], model="deepseek-chat", base_url="https://api.deepseek.com")


def read(*chunks: Json, connection: Connection = DEEPSEEK) -> list[Part]:
    reader = Reader(connection, QUESTION)
    parts = [part for chunk in chunks for part in reader.take(chunk)]
    return [*parts, *reader.reply.ending(reader.replay, lambda kind, detail: problem(connection, kind, detail=detail))]


def delta(finish: str | None = None, **fields: Json) -> Json:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def piece(index: int | None, arguments: str, id_: str | None = None, name: str | None = None) -> Json:
    """A piece of a tool call, with only the fields that a server sends."""
    call: dict[str, Json] = {"index": index, "function": {"name": name, "arguments": arguments}}
    if id_ is not None:
        call["id"] = id_
    return delta(tool_calls=[call])


def calls(parts: list[Part]) -> list[ToolCall]:
    return [part for part in parts if isinstance(part, ToolCall)]


A = ToolCall(id="a", name="vote", arguments={"label": "A"})
B = ToolCall(id="b", name="vote", arguments={"label": "B"})


# -- what is asked ---------------------------------------------------------------------------------------------------


def asked(type_: str, options: Options | None = None) -> dict[str, Json]:
    connection = replace(DEEPSEEK, provider=PROVIDERS[type_], model="m", options=options or Options())
    sent = body(connection, QUESTION, Courtesies({"stream_options": ()}))
    return {name: sent[name] for name in sent if name not in ("messages", "tools", "model", "stream")}


def test_usage_is_asked_for_where_that_is_understood() -> None:
    assert asked("groq") == {"stream_options": {"include_usage": True}}
    assert asked("mistral") == {}


def test_options_are_spelt_as_each_provider_spells_them() -> None:
    options = Options(temperature=0.5, top_p=0.9, max_tokens=100, reasoning_effort="low", extra={"seed": 7})

    assert asked("mistral", options) == {
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 100,
        "reasoning_effort": "low",
        "seed": 7,
    }
    assert asked("groq", options)["max_completion_tokens"] == 100
    openrouter = asked("openrouter", options)
    assert (openrouter["reasoning"], "reasoning_effort" in openrouter) == ({"effort": "low"}, False)


def test_a_server_that_does_not_know_stream_options_is_asked_without_the_next_time() -> None:
    refusal: Json = {"error": {"message": "Extra inputs are not permitted: stream_options"}}
    with WireServer([Reply(status=422, body=refusal), Reply(text="42.")]) as server:
        first, second = ask_all(connect(server, "chat_completions"), [QUESTION, QUESTION])

    assert isinstance(first[0], Failed)
    assert first[0].problem.kind == "malformed"
    assert second[0] == TextDelta("42.")
    assert ["stream_options" in request.body for request in server.requests] == [True, False]


def test_arguments_that_were_no_json_do_not_go_back_to_a_server_that_parses_them() -> None:
    broken = ToolCall(id="a", name="vote", arguments={}, invalid='{"label": ')
    parts = read(piece(0, '{"label": ', "a", "vote"), delta("tool_calls"))

    assert calls(parts) == [broken]
    assert isinstance(parts[-1], Finished)
    assert parts[-1].replay.items == (
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "vote", "arguments": "{}"}}],
            "reasoning_content": "",
        },
    )


def test_what_another_wire_said_is_told_in_our_own_words() -> None:
    foreign = ModelMessage(text="So:", calls=(A,), replay=Replay("gemini", ({"text": "So:"},)))
    results = ToolResults((ToolResult(call_id="a", name="vote", text="taken"),))
    request = replace(QUESTION, messages=(*QUESTION.messages, foreign, results))
    messages = body(DEEPSEEK, request, Courtesies({}))["messages"]

    assert isinstance(messages, list)
    assert messages[2:] == [
        {
            "role": "assistant",
            "content": "So:",
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "vote", "arguments": '{"label":"A"}'}},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "taken"},
    ]


# -- what streams back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_has_two_spellings(field: str) -> None:
    assert read(delta(**{field: "Hm."}))[0] == ReasoningDelta("Hm.")


THOUGHT_ALOUD = "\n<think>\nHm, <b>six</b> by seven.</think>\n\nIt is 42, says <think>."


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_reasoning_that_a_model_writes_into_its_answer_is_taken_out(size: int) -> None:
    pieces = [THOUGHT_ALOUD[n : n + size] for n in range(0, len(THOUGHT_ALOUD), size)]
    parts = read(*(delta(content=piece) for piece in pieces), delta("stop"))

    thought = "".join(part.text for part in parts if isinstance(part, ReasoningDelta))
    said = "".join(part.text for part in parts if isinstance(part, TextDelta))
    assert (thought, said) == ("\nHm, <b>six</b> by seven.", "It is 42, says <think>.")
    assert isinstance(parts[-1], Finished)
    assert fields.text(parts[-1].replay.items[0], "content") == THOUGHT_ALOUD


@pytest.mark.parametrize("answer", ["<", " <thin", "<html>", "A <think>b</think> c", "</think>x", "\n\n42."])
def test_an_answer_that_does_not_begin_so_is_left_alone(answer: str) -> None:
    parts = read(*(delta(content=character) for character in answer), delta("stop"))

    assert "".join(part.text for part in parts if isinstance(part, TextDelta)) == answer
    assert not any(isinstance(part, ReasoningDelta) for part in parts)


def test_reasoning_that_never_ends_is_no_answer() -> None:
    parts = read(delta(content="<think>Hm. </thi"), delta("length"))

    assert parts[:2] == [ReasoningDelta("Hm. "), ReasoningDelta("</thi")]
    assert isinstance(parts[2], Failed)
    assert parts[2].problem.text == "deepseek-chat ended without a word: it used up max_tokens on reasoning"


def test_pieces_of_two_calls_are_told_apart_by_index() -> None:
    parts = read(
        piece(0, "", "a", "vote"),
        piece(1, "", "b", "vote"),
        piece(0, '{"label": "A"}'),
        piece(1, '{"label": "B"}'),
        delta("tool_calls"),
    )

    assert calls(parts) == [A, B]


@pytest.mark.parametrize("index", [0, None])
def test_a_new_id_begins_a_new_call_whatever_the_index(index: int | None) -> None:
    parts = read(
        piece(index, '{"label"', "a", "vote"),
        piece(index, ': "A"}', "a"),
        piece(index, '{"label": "B"}', "b", "vote"),
        delta("stop"),
    )

    assert calls(parts) == [A, B]
    assert isinstance(parts[-1], Finished)
    assert parts[-1].stop == "tool_calls"


def test_calls_without_index_and_id_end_where_the_next_name_comes() -> None:
    parts = read(piece(None, '{"label": "A"}', None, "vote"), piece(None, "", "", "new_answer"), delta("tool_calls"))

    assert calls(parts) == [
        ToolCall(id="massgen-call-1-1", name="vote", arguments={"label": "A"}),
        ToolCall(id="massgen-call-1-2", name="new_answer", arguments={}),
    ]
    assert parts[0] == ToolArgsDelta(id="massgen-call-1-1", name="vote", text='{"label": "A"}')


def test_usage_may_come_on_any_chunk_with_a_cost() -> None:
    usage: Json = {"prompt_tokens": 9, "completion_tokens": None, "prompt_cache_hit_tokens": 4, "cost": 0.00125}
    parts = read({**dict(delta("stop", content="42.")), "usage": usage})  # type: ignore[arg-type]  # an object

    assert isinstance(parts[-1], Finished)
    assert parts[-1].usage == Usage(input_tokens=9, cached_tokens=4, cost=Decimal("0.00125"))


@pytest.mark.parametrize(
    "spelling", [{"prompt_tokens_details": {"cached_tokens": 4}}, {"cached_tokens": 4}, {"prompt_cache_hit_tokens": 4}]
)
def test_cached_tokens_have_three_spellings(spelling: dict[str, Json]) -> None:
    parts = read(delta("stop", content="42."), {"choices": [], "usage": {"prompt_tokens": 9, **spelling}})

    assert isinstance(parts[-1], Finished)
    assert parts[-1].usage == Usage(input_tokens=9, cached_tokens=4)


@pytest.mark.parametrize("cost", [None, True, "x", -1, "NaN", []])
def test_a_cost_that_makes_no_sense_is_unknown(cost: Json) -> None:
    parts = read(delta("stop", content="42."), {"choices": [], "usage": {"prompt_tokens": 4, "cost": cost}})

    assert isinstance(parts[-1], Finished)
    assert parts[-1].usage == Usage(input_tokens=4)


@pytest.mark.parametrize(
    ("thought", "content"),
    [
        (
            "Six by seven.",
            [
                {"type": "thinking", "thinking": [{"type": "text", "text": "Six by seven."}]},
                {"type": "text", "text": "It is 42."},
            ],
        ),
        ("", "It is 42."),
    ],
)
def test_mistral_gets_reasoning_back_in_chunks_of_the_content(thought: str, content: Json) -> None:
    mistral = replace(DEEPSEEK, provider=PROVIDERS["mistral"])
    parts = read(delta(reasoning_content=thought), delta("stop", content="It is 42."), connection=mistral)

    assert isinstance(parts[-1], Finished)
    assert parts[-1].replay.items == ({"role": "assistant", "content": content},)


def test_openrouters_signed_reasoning_goes_back() -> None:
    openrouter = replace(DEEPSEEK, provider=PROVIDERS["openrouter"])
    detail: Json = {"type": "reasoning.encrypted", "data": "gAAAA=="}
    parts = read(delta(reasoning_details=[detail]), delta("stop", content="42."), connection=openrouter)

    assert isinstance(parts[-1], Finished)
    assert parts[-1].replay.items == ({"role": "assistant", "content": "42.", "reasoning_details": [detail]},)


@pytest.mark.parametrize(
    ("reason", "kind"), [("content_filter", "refused"), ("insufficient_system_resource", "overloaded")]
)
def test_some_finish_reasons_are_failures(reason: str, kind: str) -> None:
    ending = read(delta(content="Forty"), delta(reason))[-1]

    assert isinstance(ending, Failed)
    assert ending.problem.kind == kind


def test_a_vendors_own_finish_reason_means_done() -> None:
    ending = read(delta(content="42."), delta("eos"))[-1]

    assert isinstance(ending, Finished)
    assert ending.stop == "end"
