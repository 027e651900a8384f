"""One model at a time over its real wire: how it is found, and what is asked of it."""

import pytest

from tests.helpers.program import Program
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import EXAMPLES

QUESTION = "What is machine learning?"


def test_a_model_s_name_and_its_key_are_enough_and_one_request_is_made(massgen: Program) -> None:
    with WireServer([Reply(text="Programs that improve by example.")]) as server:
        ran = massgen("--model", "gpt-5-mini", QUESTION, env=server.environ("openai"))

    assert (ran.stdout, ran.status) == ("Programs that improve by example.\n", 0)
    first, last = ran.told.splitlines()
    assert first == "note: gpt-5-mini stops answering on 2026-12-11; its successor is gpt-6.1-terra."
    assert last.startswith("◆ 1 agent · openai_agent · ")
    [request] = server.requests
    assert (request.wire, request.model, request.texts) == ("responses", "gpt-5-mini", [("user", QUESTION)])
    assert request.headers["authorization"] == "Bearer key-of-openai"
    assert request.tool_names == []


@pytest.mark.parametrize("wire", ["responses", "chat_completions", "messages", "gemini"])
def test_a_variable_redirects_every_wire(massgen: Program, wire: str) -> None:
    provider, model = next(each for name, each in EXAMPLES.items() if name == wire)
    with WireServer([Reply(text="Here I am.")]) as server:
        ran = massgen("--model", model, QUESTION, env=server.environ(provider))

    assert (ran.stdout, ran.status) == ("Here I am.\n", 0)
    assert [(each.wire, each.model) for each in server.requests] == [(wire, model)]


def test_base_url_in_the_configuration_redirects_every_wire(massgen: Program) -> None:
    elsewhere = "http://192.0.2.1"  # the variables lead where the guard would bite
    with WireServer({model: [Reply(text="Here I am.")] for _, model in EXAMPLES.values()}) as server:
        agents = [
            f"  - {{id: {provider}, backend: {{type: {provider}, model: {model}, "
            f"base_url: '{server.base_url(provider)}'}}}}\n"
            for provider, model in EXAMPLES.values()
        ]
        yaml = "agents:\n" + "".join(agents) + "orchestrator: {skip_voting: true, skip_final_presentation: true}\n"
        (massgen.project / "team.yaml").write_text(yaml)
        keys = {name: value for name, value in server.environ(*dict(EXAMPLES.values())).items() if "KEY" in name}
        away = {name: elsewhere for name in server.environ(*dict(EXAMPLES.values())) if "BASE_URL" in name}
        ran = massgen("--config", "team.yaml", QUESTION, env={**keys, **away})

        assert (ran.stdout, ran.status) == ("Here I am.\n", 0)
        assert {each.wire: each.model for each in server.requests} == {
            wire: model for wire, (_, model) in EXAMPLES.items()
        }


def test_base_url_on_the_command_line_leads_to_any_compatible_server(massgen: Program) -> None:
    with WireServer([Reply(text="Here I am.")]) as server:
        url = server.base_url("vllm")
        ran = massgen("--model", "my-own", "--backend", "chatcompletion", "--base-url", url, QUESTION)

    assert (ran.stdout, ran.status) == ("Here I am.\n", 0)
    [request] = server.requests
    assert (request.wire, request.model) == ("chat_completions", "my-own")
