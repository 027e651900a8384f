"""The tools that providers run themselves: asked for, seen at work, and given back as they came."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from massgen.backends import fields
from massgen.backends.connection import Connection, Options
from massgen.backends.providers import OWN_TOOLS, PROVIDERS, Wire
from massgen.cli.members import muster
from massgen.config.load import load
from massgen.messages import Failed, Finished, Json, Part, ServerToolUsed, TextDelta, ToolCall, Usage
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import KEY, QUESTION, ask, connect, conversation, failed, follow_up, shown

BOTH = Options(web_search=True, code_interpreter=True)


def stream(*events: dict[str, Json]) -> Reply:
    """A reply of exactly these events."""
    named = (f"event: {event['type']}\n" if "type" in event else "" for event in events)
    lines = (f"{name}data: {json.dumps(event)}\n\n" for name, event in zip(named, events, strict=True))
    return Reply(raw="".join(lines).encode())


# -- what is asked ---------------------------------------------------------------------------------------------------

OFFERED: dict[str, list[Json]] = {
    "openai": [{"type": "web_search"}, {"type": "code_interpreter", "container": {"type": "auto"}}],
    "grok": [{"type": "web_search"}, {"type": "code_interpreter"}],
    "claude": [
        {"type": "web_search_20260318", "name": "web_search", "allowed_callers": ["direct"]},
        {"type": "code_execution_20260521", "name": "code_execution"},
    ],
    "gemini": [{"googleSearch": {}}, {"codeExecution": {}}],
}


@pytest.mark.parametrize("type_", OFFERED)
def test_a_provider_is_offered_its_own_tools_beside_ours(type_: str) -> None:
    with WireServer([Reply(text="42.")]) as server:
        model = "gemini-3.8-flash" if type_ == "gemini" else "m"
        ask(Connection(provider=PROVIDERS[type_], model=model, key=KEY, base_url=server.base_url(type_), options=BOTH))

    tools = list(fields.each(server.requests[0].body, "tools"))
    theirs = [tool for tool in tools if "vote" not in json.dumps(tool)]  # Google's SDK puts them in front
    assert (len(tools), theirs) == (3, OFFERED[type_])
    mixed = fields.get(server.requests[0].body, "toolConfig")
    assert mixed == ({"includeServerSideToolInvocations": True} if type_ == "gemini" else None)


@pytest.mark.parametrize(
    ("keys", "tools"),
    [
        ("", ["vote"]),
        ("enable_web_search: true", ["vote", "web_search"]),
        ("enable_code_interpreter: true", ["vote", "code_interpreter"]),
        ("enable_code_execution: true", ["vote", "code_interpreter"]),
    ],
)
def test_a_key_of_the_configuration_turns_them_on(tmp_path: Path, keys: str, tools: list[str]) -> None:
    with WireServer([Reply(text="42.")]) as server:
        team = tmp_path / "team.yaml"
        team.write_text(
            f"agent: {{id: ann, backend: {{type: openai, model: m, base_url: '{server.base_url('openai')}', {keys}}}}}"
        )
        loaded = load(team, environ={}, backend_types=PROVIDERS, own_tools=OWN_TOOLS)
        (source,) = muster(loaded.configuration, {"OPENAI_API_KEY": KEY}, loaded.keys)[0].values()
        assert isinstance(source, Connection)
        ask(source)

    assert server.requests[0].tool_names == tools


# -- what streams back -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Work:
    """A reply in which a provider used its own tools before it called ours, and what goes back of it."""

    events: Sequence[dict[str, Json]]
    seen: Sequence[Part]
    items: Sequence[Json]


SEARCHED: dict[str, Json] = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "queries": ["six by seven", "6*7"]},
}
RAN: dict[str, Json] = {
    "type": "code_interpreter_call",
    "id": "ci_1",
    "status": "failed",
    "code": "print(\n  6*7)",
    "container_id": "cntr_1",
    "outputs": None,
}
CALLED: dict[str, Json] = {"type": "function_call", "call_id": "a", "name": "vote", "arguments": "{}"}

FETCH: dict[str, Json] = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
FETCHED: dict[str, Json] = {
    "type": "web_search_tool_result",
    "tool_use_id": "s1",
    "content": [{"type": "web_search_result", "url": "u", "encrypted_content": "gAAAA=="}],
}
RUN: dict[str, Json] = {"type": "server_tool_use", "id": "s2", "name": "bash_code_execution", "input": {}}
BROKEN: dict[str, Json] = {
    "type": "bash_code_execution_tool_result",
    "tool_use_id": "s2",
    "content": {"type": "bash_code_execution_tool_result_error", "error_code": "unavailable"},
}
VOTE: dict[str, Json] = {"type": "tool_use", "id": "a", "name": "vote", "input": {}}
DONE: dict[str, Json] = {"type": "message_stop"}


def block(index: int, start: dict[str, Json], typed: str = "", text: str = "") -> list[dict[str, Json]]:
    delta: dict[str, Json] = {"type": "input_json_delta", "partial_json": typed}
    if text:
        delta = {"type": "text_delta", "text": text}
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *([{"type": "content_block_delta", "index": index, "delta": delta}] if typed or text else []),
        {"type": "content_block_stop", "index": index},
    ]


def stopped(reason: str, **more: Json) -> list[dict[str, Json]]:
    usage: Json = {"input_tokens": 5, "output_tokens": 3}
    return [{"type": "message_delta", "delta": {"stop_reason": reason, **more}, "usage": usage}, DONE]


def chunk(*parts: Json, **more: Json) -> dict[str, Json]:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **more}]}


ASKED_GOOGLE: Json = {
    "toolCall": {"id": "g1", "toolType": "GOOGLE_SEARCH_WEB", "args": {"queries": ["six by seven", "6*7"]}},
    "thoughtSignature": "c2ln",
}
GOOGLE_SAID: Json = {"toolResponse": {"id": "g1", "toolType": "GOOGLE_SEARCH_WEB", "response": {"results": "…"}}}
CODE: Json = {"executableCode": {"language": "PYTHON", "code": "print(\n  6*7)"}}
OUTCOME: Json = {"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": ""}}
GOOGLE_CALLS: Json = {"functionCall": {"id": "a", "name": "vote", "args": {}}}

WORK: dict[Wire, Work] = {
    "responses": Work(
        events=[
            {"type": "response.output_item.added", "output_index": 0, "item": {"type": "web_search_call"}},
            {"type": "response.output_item.done", "output_index": 0, "item": SEARCHED},
            {"type": "response.output_item.added", "output_index": 1, "item": {"type": "code_interpreter_call"}},
            {"type": "response.output_item.done", "output_index": 1, "item": RAN},
            {"type": "response.output_item.done", "output_index": 2, "item": CALLED},
            {"type": "response.completed", "response": {}},
        ],
        seen=[
            ServerToolUsed(name="web_search", status="running"),
            ServerToolUsed(name="web_search", status="completed", detail="six by seven; 6*7"),
            ServerToolUsed(name="code_interpreter", status="running"),
            ServerToolUsed(name="code_interpreter", status="failed", detail="print( 6*7)"),
        ],
        items=[SEARCHED, RAN, CALLED],
    ),
    "messages": Work(
        events=[
            *block(0, FETCH, '{"query": "six by seven"}'),
            *block(1, FETCHED),
            *block(2, RUN, '{"command": "python\\n  -c 6*7"}'),
            *block(3, BROKEN),
            *block(4, VOTE, "{}"),
            *stopped("tool_use"),
        ],
        seen=[
            ServerToolUsed(name="web_search", status="running"),
            ServerToolUsed(name="web_search", status="running", detail="six by seven"),
            ServerToolUsed(name="web_search", status="completed", detail="six by seven"),
            ServerToolUsed(name="code_interpreter", status="running"),
            ServerToolUsed(name="code_interpreter", status="running", detail="python -c 6*7"),
            ServerToolUsed(name="code_interpreter", status="failed", detail="python -c 6*7 (unavailable)"),
        ],
        items=[
            {
                "role": "assistant",
                "content": [
                    {**FETCH, "input": {"query": "six by seven"}},
                    FETCHED,
                    {**RUN, "input": {"command": "python\n  -c 6*7"}},
                    BROKEN,
                    VOTE,
                ],
            }
        ],
    ),
    "gemini": Work(
        events=[
            chunk(ASKED_GOOGLE),
            chunk(GOOGLE_SAID),
            chunk(CODE, OUTCOME),
            chunk(GOOGLE_CALLS, finishReason="STOP", groundingMetadata={"webSearchQueries": ["6*7", "six by seven"]}),
        ],
        seen=[
            ServerToolUsed(name="web_search", status="running", detail="six by seven; 6*7"),
            ServerToolUsed(name="web_search", status="completed", detail="six by seven; 6*7"),
            ServerToolUsed(name="code_interpreter", status="running", detail="print( 6*7)"),
            ServerToolUsed(name="code_interpreter", status="failed", detail="print( 6*7)"),
        ],
        items=[{"role": "model", "parts": [ASKED_GOOGLE, GOOGLE_SAID, CODE, OUTCOME, GOOGLE_CALLS]}],
    ),
}


@pytest.mark.parametrize("wire", WORK)
def test_their_work_is_seen_and_goes_back_as_it_came(wire: Wire) -> None:
    work = WORK[wire]
    with WireServer([stream(*work.events), Reply(text="42.")]) as server:
        connection = connect(server, wire, BOTH)
        parts = ask(connection)
        ask(connection, follow_up(parts))

    assert shown(parts) == [*work.seen, ToolCall(id="a", name="vote", arguments={})]
    sent = json.dumps(conversation(server.requests[1].body, wire)).replace("tool_type", "toolType")  # Google reads both
    assert json.loads(sent)[: len(work.items)] == work.items


# -- a provider that pauses ------------------------------------------------------------------------------------------

TEXT: dict[str, Json] = {"type": "text", "text": ""}


def test_a_paused_reply_goes_on_behind_what_came_and_is_one_reply() -> None:
    first = stream(
        *block(0, TEXT, text="Let me see. "),
        *block(1, RUN, '{"command": "ls"}'),
        *stopped("pause_turn", container={"id": "cont_1"}),
    )
    ran: dict[str, Json] = {
        "type": "bash_code_execution_tool_result",
        "tool_use_id": "s2",
        "content": {"type": "bash_code_execution_result", "stdout": "", "stderr": "", "return_code": 0},
    }
    second = stream(*block(0, ran), *block(1, TEXT, text="42."), *stopped("end_turn"))
    with WireServer([first, second]) as server:
        parts = ask(connect(server, "messages", BOTH))

    said: dict[str, Json] = {**RUN, "input": {"command": "ls"}}
    sent, again = (dict(request.body) for request in server.requests)
    assert again == sent | {
        "messages": [
            *fields.each(sent, "messages"),
            {"role": "assistant", "content": [{"type": "text", "text": "Let me see. "}, said]},
        ],
        "container": "cont_1",
    }
    assert parts[:-1] == [
        TextDelta("Let me see. "),
        ServerToolUsed(name="code_interpreter", status="running"),
        ServerToolUsed(name="code_interpreter", status="running", detail="ls"),
        ServerToolUsed(name="code_interpreter", status="completed", detail="ls"),
        TextDelta("42."),
    ]
    ending = parts[-1]
    assert isinstance(ending, Finished)
    assert (ending.stop, ending.usage) == ("end", Usage(input_tokens=10, output_tokens=6))
    assert ending.replay.items == ({"type": "text", "text": "Let me see. "}, said, ran, {"type": "text", "text": "42."})


def test_a_provider_that_pauses_without_end_is_given_up() -> None:
    paused = stream(*block(0, TEXT, text="Hm. "), *stopped("pause_turn"))
    with WireServer([paused] * 11) as server:
        parts = ask(connect(server, "messages", BOTH))

    assert failed(parts).text == (
        "The reply of claude-sonnet-5-5 broke off: it was still using its own tools after 10 pauses"
    )
    assert isinstance(parts[-1], Failed)
    assert parts[-1].usage == Usage(input_tokens=55, output_tokens=33)


def test_a_failure_after_a_pause_is_the_failure_of_the_reply() -> None:
    paused = stream(*block(0, TEXT, text="Hm. "), *stopped("pause_turn"))
    with WireServer([paused, Reply(status=529, body={"error": {"type": "overloaded_error"}})]) as server:
        problem = failed(ask(connect(server, "messages", BOTH), QUESTION))

    assert (problem.kind, problem.status) == ("overloaded", 529)


# -- where Claude's code runs ----------------------------------------------------------------------------------------


def _ran_in(container: str) -> Reply:
    """A reply that ran code in a container, and then asks for one of our tools."""
    return stream(
        *block(0, RUN, '{"command": "ls"}'),
        *block(1, VOTE, "{}"),
        *stopped("tool_use", container={"id": container, "expires_at": "2026-11-22T13:00:00Z"}),
    )


def _containers(*replies: Reply, extra: dict[str, Json] | None = None) -> list[Json]:
    """The containers that are named in the requests of one call of so many rounds, and in the first one of the next."""
    with WireServer([*replies, Reply(text="42."), Reply(text="42.")]) as server:
        connection = connect(server, "messages", Options(code_interpreter=True, extra=extra or {}))
        request = QUESTION
        for _ in replies:
            request = follow_up(ask(connection, request), asked=request)
        ask(connection, request)
        ask(connection)
    return [request.body.get("container") for request in server.requests]


def test_claudes_code_goes_on_in_its_container_after_our_tools_and_begins_a_call_in_a_new_one() -> None:
    assert _containers(_ran_in("cont_1"), _ran_in("cont_2")) == [None, "cont_1", "cont_2", None]


def test_a_container_is_remembered_over_a_round_in_which_no_code_ran() -> None:
    quiet = Reply(calls=[("vote", {"label": "A"})])

    assert _containers(_ran_in("cont_1"), quiet) == [None, "cont_1", "cont_1", None]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"skills": [{"type": "anthropic", "skill_id": "xlsx"}]}, {"id": "cont_1"}),
        ("cont_mine", "cont_mine"),
    ],
)
def test_what_the_configuration_says_of_the_container_stays_in_it(asked: Json, sent: Json) -> None:
    again = asked | sent if isinstance(asked, dict) and isinstance(sent, dict) else sent

    assert _containers(_ran_in("cont_1"), extra={"container": asked}) == [asked, again, asked]
