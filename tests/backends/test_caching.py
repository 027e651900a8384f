"""Requests that begin alike, so that a provider's cache serves them, and the marks and keys that help it."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from massgen.backends import fields
from massgen.backends.connection import Options
from massgen.backends.providers import Wire
from massgen.messages import AssistantMessage, ChatRequest, Failed, Json, TextDelta, UserMessage
from tests.helpers.wires import Reply, Request, WireServer
from tests.helpers.wires.asking import QUESTION, WIRES, ask, ask_all, connect, follow_up

SECOND_TURN = replace(QUESTION, messages=(*QUESTION.messages, AssistantMessage("42."), UserMessage("And by eight?")))
THIRD_TURN = replace(
    SECOND_TURN, messages=(*SECOND_TURN.messages, AssistantMessage("48."), UserMessage("And by nine?"))
)


def pieces(request: Request) -> Iterator[str]:
    """What a provider reads, in the order in which it reads it, as it was sent; without marks, which are no text."""
    body = json.loads(json.dumps(dict(request.body)), object_hook=_unmarked)
    for name in ("systemInstruction", "system", "tools", "input", "messages", "contents"):
        value = body.get(name, [])
        yield from (json.dumps(each) for each in (value if isinstance(value, list) else [value]))


def _unmarked(value: dict[str, Json]) -> dict[str, Json]:
    return {name: each for name, each in value.items() if name != "cache_control"}


@pytest.mark.parametrize("wire", WIRES)
def test_the_next_request_of_a_call_begins_with_the_whole_request_before(wire: Wire) -> None:
    with WireServer([Reply(reasoning="Hm.", calls=[("vote", {"label": "A"})]), Reply(text="42.")]) as server:
        connection = connect(server, wire)
        ask(connection, follow_up(ask(connection)))

    first, second = (list(pieces(request)) for request in server.requests)
    assert len(second) > len(first)
    assert second[: len(first)] == first


@pytest.mark.parametrize("wire", WIRES)
def test_the_next_turn_begins_with_the_whole_turn_before(wire: Wire) -> None:
    with WireServer([Reply(text="42."), Reply(text="48."), Reply(text="54.")]) as server:
        ask_all(connect(server, wire), [QUESTION, SECOND_TURN, THIRD_TURN])

    first, second, third = (list(pieces(request)) for request in server.requests)
    assert (second[: len(first)], third[: len(second)]) == (first, second)


# -- Claude's marks --------------------------------------------------------------------------------------------------


def marked(request: ChatRequest) -> list[str]:
    """The texts that carry a mark, in their order."""
    with WireServer([Reply(text="42.")]) as server:
        ask(connect(server, "messages"), request)

    sent = server.requests[0].body
    blocks = [*fields.each(sent, "system"), *(b for turn in fields.each(sent, "messages") for b in _content(turn))]
    return [fields.text(block, "text") or fields.text(block, "content") for block in blocks if _is_marked(block)]


def _content(turn: object) -> Iterator[object]:
    return fields.each(turn, "content")


def _is_marked(block: object) -> bool:
    return fields.get(block, "cache_control") == {"type": "ephemeral"}


def test_claude_keeps_the_system_text_and_the_turns_before() -> None:
    assert marked(replace(THIRD_TURN, tools=())) == ["You are terse.", "48."]
    assert marked(replace(QUESTION, tools=())) == ["You are terse."]


def test_claude_keeps_everything_where_the_call_is_likely_to_go_on() -> None:
    with WireServer([Reply(calls=[("vote", {"label": "A"})])]) as server:
        going_on = follow_up(ask(connect(server, "messages")), result="no such label")

    assert marked(SECOND_TURN) == ["You are terse.", "42.", "And by eight?"]
    assert marked(replace(SECOND_TURN, purpose="ballot")) == ["You are terse.", "42."]
    assert marked(replace(going_on, purpose="ballot")) == ["You are terse.", "no such label"]


# -- OpenAI's key ----------------------------------------------------------------------------------------------------


def test_openai_is_told_which_requests_begin_alike() -> None:
    with WireServer([Reply(text="42."), Reply(text="48.")]) as server:
        ask_all(connect(server, "responses", Options(cache_key="k1")), [QUESTION, SECOND_TURN])

    assert [request.body["prompt_cache_key"] for request in server.requests] == ["k1", "k1"]


def test_a_server_that_does_not_know_the_key_is_asked_without_the_next_time() -> None:
    refusal: Json = {"error": {"message": "Unrecognized request argument supplied: prompt_cache_key"}}
    with WireServer([Reply(status=400, body=refusal), Reply(text="42.")]) as server:
        first, second = ask_all(connect(server, "responses", Options(cache_key="k1")), [QUESTION, QUESTION])

    assert isinstance(first[0], Failed)
    assert second[0] == TextDelta("42.")
    assert ["prompt_cache_key" in request.body for request in server.requests] == [True, False]
