"""One model at a time over its real wire: how it is found, and what is asked of it."""

import pytest

from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer
from tests.helpers.wires.asking import EXAMPLES

pytestmark = pytest.mark.slow  # a program is started for each

QUESTION = "What is machine learning?"
FILE = {"path": "notes.md", "content": "Programs that improve by example."}


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


@pytest.mark.parametrize("by", [pytest.param("a variable", marks=pytest.mark.slow), "base_url in the configuration"])
def test_every_wire_can_be_redirected(massgen: Program, by: str) -> None:
    with WireServer({model: [Reply(text="Here I am.")] for _, model in EXAMPLES.values()}) as server:
        env = server.environ(*(provider for provider, _ in EXAMPLES.values()))
        yaml = "agents:\n"
        for provider, model in EXAMPLES.values():
            yaml += f"  - {{id: {provider}, backend: {{type: {provider}, model: {model}"
            yaml += f", base_url: '{server.base_url(provider)}'}}}}\n" if by != "a variable" else "}}\n"
        if by != "a variable":  # the variables lead to where the guard bites
            env |= {name: "http://192.0.2.1" for name in env if name.endswith("BASE_URL")}
        (massgen.project / "team.yaml").write_text(f"{yaml}orchestrator: {{skip_final_presentation: true}}\n")
        ran = massgen("--config", "team.yaml", QUESTION, env=env)

    assert (ran.stdout, ran.status) == ("Here I am.\n", 0)
    assert ran.told.startswith("◆ 4 agents · Consensus, no ballot needed · presented by ")
    assert {each.wire: each.model for each in server.requests} == {wire: model for wire, (_, model) in EXAMPLES.items()}


def test_base_url_on_the_command_line_leads_to_any_compatible_server(massgen: Program) -> None:
    with WireServer([Reply(text="Here I am.")]) as server:
        url = server.base_url("vllm")
        ran = massgen("--model", "my-own", "--backend", "chatcompletion", "--base-url", url, QUESTION)

    assert (ran.stdout, ran.status) == ("Here I am.\n", 0)
    [request] = server.requests
    assert (request.wire, request.model) == ("chat_completions", "my-own")


def test_a_deployment_of_unknown_name_reasons_with_tools_of_ours(massgen: Program) -> None:
    """Azure's own complaint says on which wire it wants to be asked; the turn goes on there by itself."""

    def azure(request: Request) -> Reply:
        if request.wire == "chat_completions":
            said = "Function tools with reasoning_effort are not supported for m. Please use /v1/responses instead."
            return Reply(status=400, body={"error": {"message": said}})
        return Reply(text="Written.") if "tool" in dict(request.texts) else Reply(calls=[("write_file", FILE)])

    (massgen.project / "team.yaml").write_text(
        "agent: {id: ann, backend: {type: azure_openai, deployment_name: ours, cwd: ann, reasoning: {effort: high}}}"
    )
    with WireServer(azure) as server:
        env = {"AZURE_OPENAI_ENDPOINT": server.origin, "AZURE_OPENAI_API_KEY": "k"}
        ran = massgen("--config", "team.yaml", QUESTION, env=env)

    assert (ran.stdout, ran.status) == ("Written.\n", 0)
    assert [request.wire for request in server.requests] == ["chat_completions", *["responses"] * 2]
    assert server.requests[1].body["reasoning"] == {"effort": "high", "summary": "auto"}
