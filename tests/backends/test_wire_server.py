"""The loopback server keeps its own promises."""

import json
import threading
import urllib.error
import urllib.request

import pytest

from massgen.backends.connection import Connection
from massgen.backends.providers import PROVIDERS
from massgen.messages import Json, TextDelta
from tests.helpers.wires import Reply, Request, WireServer
from tests.helpers.wires.asking import ask, connect


def post(url: str, body: Json) -> int:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as response:
            response.read()
            status: int = response.status
            return status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_a_function_decides_from_the_request() -> None:
    def reply(request: Request) -> Reply:
        return Reply(text=f"{request.model} heard {request.question!r} with {request.tool_names}")

    with WireServer(reply) as server:
        parts = ask(connect(server, "gemini"))

    said = "".join(part.text for part in parts if isinstance(part, TextDelta))
    assert said == "gemini-3.8-flash heard 'What is six by seven?' with ['vote']"


def test_each_model_has_its_own_queue() -> None:
    with WireServer({"gpt-6.1-terra": [Reply(text="o")], "claude-sonnet-5-5": [Reply(text="c")]}) as server:
        replies = [ask(connect(server, "messages"))[0], ask(connect(server, "responses"))[0]]

    assert replies == [TextDelta("c"), TextDelta("o")]
    assert [request.wire for request in server.requests] == ["messages", "responses"]


def test_the_environment_of_a_program_leads_here() -> None:
    with WireServer([]) as server:
        assert server.environ("openai", "gemini", "ollama") == {
            "OPENAI_BASE_URL": f"{server.origin}/v1",
            "OPENAI_API_KEY": "key-of-openai",
            "GOOGLE_GEMINI_BASE_URL": server.origin,
            "GEMINI_API_KEY": "key-of-gemini",
            "OLLAMA_BASE_URL": f"{server.origin}/v1",
        }


def test_an_unexpected_request_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="unexpected request: POST /v1/embeddings"), WireServer([]) as server:
        assert post(f"{server.origin}/v1/embeddings", {}) == 404


def test_a_request_too_many_fails_the_test() -> None:
    with pytest.raises(AssertionError, match=r"no reply left for 'gpt-6\.1-terra'"), WireServer([]) as server:
        ask(connect(server, "responses"))


def test_a_reply_that_nobody_asked_for_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="replies that nobody asked for"), WireServer([Reply(text="42.")]):
        pass


def test_fifty_agents_are_served_at_once() -> None:
    together = threading.Barrier(50)

    def reply(request: Request) -> Reply:
        together.wait(30)
        return Reply(text="42.")

    with WireServer(reply) as server:
        url = f"{server.base_url('ollama')}/chat/completions"
        statuses: list[int] = []
        clients = [threading.Thread(target=lambda: statuses.append(post(url, {"model": "m"}))) for _ in range(50)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    assert statuses == [200] * 50


def test_a_wire_is_found_by_its_path_and_not_by_the_provider() -> None:
    with WireServer([Reply(text="42.")]) as server:
        provider = PROVIDERS["groq"]
        ask(Connection(provider=provider, model="m", key="k", base_url=server.base_url("groq")))

    assert server.requests[0].wire == "chat_completions"
