"""The Gemini wire: what is particular to Google."""

import json
from dataclasses import replace

import pytest

from massgen.backends import fields
from massgen.backends.connection import Connection, Options
from massgen.backends.ending import Courtesies
from massgen.backends.gemini import body
from massgen.backends.gemini_reader import Reader
from massgen.backends.problems import problem
from massgen.backends.providers import PROVIDERS
from massgen.messages import (
    Failed,
    Finished,
    Json,
    ModelMessage,
    Part,
    Problem,
    Replay,
    ServerToolUsed,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolResults,
    Usage,
)
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import QUESTION, ask, ask_all, connect, failed

GEMINI = Connection(provider=PROVIDERS["gemini"], model="gemini-3.8-flash", base_url="https://generativelanguage")


def read(*chunks: Json) -> list[Part]:
    reader = Reader(QUESTION)
    parts = [part for chunk in chunks for part in reader.take(chunk)]
    return [*parts, *reader.reply.ending(reader.replay, lambda kind, detail: problem(GEMINI, kind, detail=detail))]


def chunk(*parts: Json, finish: str | None = None, **more: Json) -> Json:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": finish, **more}]}


def config(model: str, options: Options | None = None) -> dict[str, Json]:
    connection = replace(GEMINI, model=model, options=options or Options())
    sent = body(connection, QUESTION, Courtesies({"thinking": (), "its own tools beside ours": ()}))["config"]
    assert isinstance(sent, dict)
    return {name: sent[name] for name in sent if name not in ("automaticFunctionCalling", "systemInstruction")}


# -- what is asked ---------------------------------------------------------------------------------------------------


def test_a_request_asks_for_thoughts_and_carries_the_schema_as_it_is() -> None:
    with WireServer([Reply(text="42.")]) as server:
        ask(connect(server, "gemini", Options(temperature=0.5, max_tokens=100, extra={"cachedContent": "c"})))

    assert server.requests[0].path == "/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse"
    assert server.requests[0].body == {
        "contents": [{"role": "user", "parts": [{"text": "What is six by seven?"}]}],
        "systemInstruction": {"role": "user", "parts": [{"text": "You are terse."}]},
        "tools": [
            {
                "functionDeclarations": [
                    {
                        "name": "vote",
                        "description": "Vote for an answer.",
                        "parameters_json_schema": {
                            "type": "object",
                            "properties": {"label": {"type": "string"}},
                            "required": ["label"],
                        },
                    }
                ]
            }
        ],
        "generationConfig": {
            "temperature": 0.5,
            "maxOutputTokens": 100,
            "thinkingConfig": {"include_thoughts": True},
        },
        "cachedContent": "c",
    }


@pytest.mark.parametrize(
    ("model", "thinking"),
    [
        ("gemini-3.8-flash", {"includeThoughts": True, "thinkingLevel": "LOW"}),
        ("gemini-4-argon", {"includeThoughts": True, "thinkingLevel": "LOW"}),
        ("gemini-flash-lite-latest", {"includeThoughts": True, "thinkingLevel": "LOW"}),
        ("models/gemini-2.5-pro", {"includeThoughts": True, "thinkingBudget": 1024}),
        ("gemini-2.0-flash", None),
        ("gemma-4-27b", None),
    ],
)
def test_effort_is_a_level_or_a_budget_or_nothing(model: str, thinking: Json) -> None:
    assert config(model, Options(reasoning_effort="low")).get("thinkingConfig") == thinking


GOOGLES: Json = [{"googleSearch": {}}, {"codeExecution": {}}]


@pytest.mark.parametrize(
    ("model", "mixed"),
    [
        ("gemini-3.8-flash", True),
        ("models/gemini-4-argon", True),
        ("gemini-flash-latest", True),
        ("gemini-2.5-flash", False),
        ("models/gemini-2.0-flash-001", False),
        ("gemma-4-27b", False),
    ],
)
def test_googles_own_tools_stand_beside_ours_only_where_a_model_takes_both(model: str, mixed: bool) -> None:
    sent = config(model, Options(web_search=True, code_interpreter=True))
    tools = sent["tools"]

    assert isinstance(tools, list)
    assert (tools[1:], "toolConfig" in sent) == ((GOOGLES, True) if mixed else ([], False))


def test_without_tools_of_ours_every_model_gets_googles() -> None:
    connection = replace(GEMINI, model="gemini-2.5-flash", options=Options(web_search=True, code_interpreter=True))
    sent = body(connection, replace(QUESTION, tools=()), Courtesies({}))["config"]

    assert isinstance(sent, dict)
    assert (sent["tools"], "toolConfig" in sent) == (GOOGLES, False)


def test_a_model_that_takes_no_mixture_after_all_gets_ours_alone_with_the_next_try() -> None:
    said = "Tool use with function calling is unsupported by the model."
    refused = Reply(status=400, body={"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT"}})
    with WireServer([refused, Reply(text="42.")]) as server:
        first, second = ask_all(connect(server, "gemini", Options(web_search=True)), [QUESTION, QUESTION])

    assert failed(first) == Problem(
        kind="malformed",
        text="Gemini does not know 'its own tools beside ours'; the next try leaves it out",
        status=400,
    )
    assert second[0] == TextDelta("42.")
    assert [len(list(fields.each(request.body, "tools"))) for request in server.requests] == [2, 1]
    assert "toolConfig" not in server.requests[1].body


def test_results_carry_the_id_of_the_call_unless_we_made_it_up() -> None:
    said = ModelMessage(text="", calls=(), replay=Replay("gemini", ({"text": "So:"},)))
    results = ToolResults(
        (
            ToolResult(call_id="a", name="vote", text="taken"),
            ToolResult(call_id="massgen-call-1-2", name="vote", text="twice", is_error=True),
        )
    )
    contents = body(GEMINI, replace(QUESTION, messages=(*QUESTION.messages, said, results)), Courtesies({}))["contents"]

    assert isinstance(contents, list)
    assert contents[2] == {
        "role": "user",
        "parts": [
            {"functionResponse": {"id": "a", "name": "vote", "response": {"output": "taken"}}},
            {"functionResponse": {"name": "vote", "response": {"error": "twice"}}},
        ],
    }


# -- what streams back -----------------------------------------------------------------------------------------------


def test_a_signature_on_an_empty_text_is_kept() -> None:
    signed: Json = {"text": "", "thoughtSignature": "c2ln"}
    parts = read(chunk({"text": "42."}), chunk(signed, finish="STOP"))

    assert isinstance(parts[1], Finished)
    assert parts[1].replay.items == ({"text": "42."}, signed)


def test_a_call_without_an_id_gets_one() -> None:
    parts = read(chunk({"functionCall": {"name": "vote", "args": {"label": "A"}}}, finish="STOP"))

    assert parts[1] == ToolCall(id="massgen-call-1-1", name="vote", arguments={"label": "A"})


def test_googles_own_tools_are_seen_at_work() -> None:
    parts = read(
        chunk({"executableCode": {"code": "6*7"}}),
        chunk({"codeExecutionResult": {"outcome": "OUTCOME_OK"}}),
        chunk({"text": "42."}, finish="STOP", groundingMetadata={"webSearchQueries": ["six by seven"]}),
    )

    assert parts[:4] == [
        ServerToolUsed(name="code_interpreter", status="running", detail="6*7"),
        ServerToolUsed(name="code_interpreter", status="completed", detail="6*7"),
        TextDelta("42."),
        ServerToolUsed(name="web_search", status="completed", detail="six by seven"),
    ]


def test_thoughts_and_what_tools_brought_are_counted_in() -> None:
    usage: Json = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "cachedContentTokenCount": 4,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 2,
    }
    parts = read(chunk({"text": "42."}, finish="STOP"), {"usageMetadata": usage})

    assert isinstance(parts[-1], Finished)
    assert parts[-1].usage == Usage(input_tokens=15, cached_tokens=4, output_tokens=5, reasoning_tokens=2)


def test_a_blocked_prompt_is_a_refusal() -> None:
    ending = read({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})[-1]

    assert isinstance(ending, Failed)
    assert ending.problem.text == "gemini-3.8-flash declined to answer: the prompt was blocked: PROHIBITED_CONTENT"


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("SAFETY", "refused"), ("RECITATION", "refused"), ("SPII", "refused"), ("MALFORMED_FUNCTION_CALL", "malformed")],
)
def test_other_ways_to_finish_are_failures(reason: str, kind: str) -> None:
    ending = read(chunk({"text": "Forty"}, finish=reason))[-1]

    assert isinstance(ending, Failed)
    assert ending.problem.kind == kind


def test_a_bad_key_is_a_bad_key_though_the_status_says_otherwise() -> None:
    details: list[Json] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    error: Json = {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": details}
    with WireServer([Reply(status=400, body={"error": error})]) as server:
        (ending,) = ask(connect(server, "gemini"))

    assert isinstance(ending, Failed)
    assert ending.problem.text == "Gemini refused the key in GEMINI_API_KEY or GOOGLE_API_KEY (400): API key not valid."


def test_the_wait_is_read_from_the_body() -> None:
    details: list[Json] = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "30.5s"}]
    error: Json = {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED", "details": details}
    with WireServer([Reply(status=429, body={"error": error})]) as server:
        (ending,) = ask(connect(server, "gemini"))

    assert isinstance(ending, Failed)
    assert (ending.problem.kind, ending.problem.retry_after) == ("rate_limit", 30.5)


def test_a_free_account_that_may_not_use_the_model_at_all_is_not_asked_to_wait() -> None:
    message = "You exceeded your current quota. * Quota exceeded for metric: free_tier_requests, limit: 0, model: m"
    error: Json = {"code": 429, "message": f"{message}. Please retry in 45.5s.", "status": "RESOURCE_EXHAUSTED"}
    with WireServer([Reply(status=429, body={"error": error})]) as server:
        (ending,) = ask(connect(server, "gemini"))

    assert isinstance(ending, Failed)
    assert ending.problem.kind == "quota"


# -- a generation that is continued ----------------------------------------------------------------------------------


def test_a_generation_that_the_provider_breaks_off_goes_on_as_one_reply() -> None:
    counted: Json = {"promptTokenCount": 10, "candidatesTokenCount": 3, "thoughtsTokenCount": 1}
    first = chunk({"text": "Forty"}, finish="CONTINUATION", continuationToken="dG9rZW4=")
    second = chunk({"text": "-two"}, finish="STOP")
    with WireServer([Reply(raw=stream(first, counted)), Reply(raw=stream(second, counted))]) as server:
        parts = ask(connect(server, "gemini"))

    assert parts == [
        TextDelta("Forty"),
        TextDelta("-two"),
        Finished(
            stop="end",
            usage=Usage(input_tokens=20, output_tokens=8, reasoning_tokens=2),
            replay=Replay("gemini", ({"text": "Forty-two"},)),
        ),
    ]
    assert server.requests[1].body == server.requests[0].body | {"continuationToken": "dG9rZW4="}


def test_a_generation_is_not_continued_for_ever_nor_after_a_checkpoint_on_the_way() -> None:
    same = Reply(raw=stream(chunk({"text": "Forty"}, finish="CONTINUATION", continuationToken="dG9rZW4=")))
    on_the_way = Reply(raw=stream(chunk({"text": "Forty"}, continuationToken="dG9rZW4=")))
    with WireServer([same, same, on_the_way]) as server:
        problems = [failed(ask(connect(server, "gemini"))) for _ in range(2)]

    assert [problem.kind for problem in problems] == ["truncated", "truncated"]


def stream(event: Json, counted: Json = None) -> bytes:
    assert isinstance(event, dict)
    return b"data: " + json.dumps({**event, "usageMetadata": counted}).encode() + b"\r\n\r\n"
