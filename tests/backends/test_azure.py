"""Azure OpenAI: where a deployment is found, and how it is shown the key."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from massgen.backends.connection import Connection
from massgen.backends.providers import OWN_TOOLS, PROVIDERS, base_url_below
from massgen.cli.members import muster
from massgen.config.load import load
from massgen.errors import ConfigError
from massgen.messages import Problem, TextDelta
from tests.helpers.wires import Reply, Request, WireServer
from tests.helpers.wires.asking import KEY, QUESTION, ask, ask_all, failed

AZURE = PROVIDERS["azure_openai"]


def azure(directory: Path, backend: str, environ: Mapping[str, str]) -> Connection:
    """The connection of a team of one, out of its file."""
    team = directory / "team.yaml"
    team.write_text(f"agent: {{id: ann, backend: {{type: azure_openai, {backend}}}}}")
    loaded = load(team, environ=environ, backend_types=PROVIDERS, own_tools=OWN_TOOLS)
    (source,) = muster(loaded.configuration, environ, loaded.keys)[0].values()
    assert isinstance(source, Connection)
    return source


@pytest.mark.parametrize(
    ("backend", "path", "model"),
    [
        ("model: gpt-4.1", "/openai/v1/chat/completions", "gpt-4.1"),
        ("deployment_name: our-model", "/openai/v1/chat/completions", "our-model"),
        ("model: grok-4.7", "/openai/v1/chat/completions", "grok-4.7"),
        ("model: gpt-6.1-terra", "/openai/v1/responses", "gpt-6.1-terra"),
        ("deployment_name: gpt-5.4-mini-eu", "/openai/v1/responses", "gpt-5.4-mini-eu"),
        ("model: gpt-6.1-terra, deployment_name: our-terra", "/openai/v1/responses", "our-terra"),
        ("model: gpt-4.1, deployment_name: o-rdinary", "/openai/v1/chat/completions", "o-rdinary"),
        (
            "model: gpt-6.1-terra, api_version: 2024-10-21",
            "/openai/deployments/gpt-6.1-terra/chat/completions?api-version=2024-10-21",
            "gpt-6.1-terra",
        ),
        (
            "deployment_name: our terra, api_version: 2024-10-21",
            "/openai/deployments/our%20terra/chat/completions?api-version=2024-10-21",
            "our terra",
        ),
    ],
)
def test_a_deployment_is_found_below_the_resource_and_gets_the_key_in_a_header_of_its_own(
    tmp_path: Path, backend: str, path: str, model: str
) -> None:
    with WireServer([Reply(text="42.")]) as server:
        environ = {"AZURE_OPENAI_ENDPOINT": f"{server.origin}/", "AZURE_OPENAI_API_KEY": KEY, "OPENAI_API_KEY": "other"}
        parts = ask(azure(tmp_path, backend, environ))

    request = server.requests[0]
    assert parts[0] == TextDelta("42.")
    assert (request.path, request.model) == (path, model)
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers
    assert "other" not in f"{request.headers}"


# -- models that reason ----------------------------------------------------------------------------------------------

COMPLAINT = (
    "Function tools with reasoning_effort are not supported for gpt-6.1-terra in /v1/chat/completions."
    " Please use /v1/responses instead."
)


def as_azure_does(request: Request) -> Reply:
    """Refuse tools on Chat Completions, as Azure does for models that reason."""
    if request.wire == "chat_completions" and request.tool_names:
        return Reply(status=400, body={"error": {"message": COMPLAINT, "type": "invalid_request_error", "code": None}})
    return Reply(text="42.")


def test_a_deployment_of_a_model_that_reasons_is_asked_for_tools_effort_and_a_summary_at_once(tmp_path: Path) -> None:
    with WireServer(as_azure_does) as server:
        environ = {"AZURE_OPENAI_ENDPOINT": server.origin, "AZURE_OPENAI_API_KEY": KEY}
        backend = "model: gpt-6.1-terra, deployment_name: our-terra, reasoning: {effort: high}"
        parts = ask(azure(tmp_path, backend, environ))

    [request] = server.requests
    assert parts[0] == TextDelta("42.")
    assert (request.tool_names, request.body["reasoning"], request.body["include"]) == (
        ["vote"],
        {"effort": "high", "summary": "auto"},
        ["reasoning.encrypted_content"],
    )


def test_a_deployment_that_turns_out_to_reason_is_asked_on_the_other_wire_from_then_on(tmp_path: Path) -> None:
    with WireServer(as_azure_does) as server:
        environ = {"AZURE_OPENAI_ENDPOINT": server.origin, "AZURE_OPENAI_API_KEY": KEY}
        connection = azure(tmp_path, "deployment_name: ours, reasoning: {effort: high}", environ)
        without_tools = replace(QUESTION, tools=())
        replies = ask_all(connection, [without_tools, QUESTION, QUESTION, without_tools])

    assert failed(replies[1]) == Problem(
        kind="malformed",
        text="Azure OpenAI does not know 'tools on Chat Completions'; the next try leaves it out",
        status=400,
    )
    assert [reply[0] for reply in (replies[0], *replies[2:])] == [TextDelta("42.")] * 3
    assert [request.path for request in server.requests] == [
        "/openai/v1/chat/completions",
        "/openai/v1/chat/completions",
        "/openai/v1/responses",
        "/openai/v1/responses",
    ]


def test_the_dated_api_has_no_other_wire_so_the_complaint_is_shown(tmp_path: Path) -> None:
    with WireServer(as_azure_does) as server:
        environ = {"AZURE_OPENAI_ENDPOINT": server.origin, "AZURE_OPENAI_API_KEY": KEY}
        problem = failed(ask(azure(tmp_path, "model: gpt-6.1-terra, api_version: 2024-10-21", environ)))

    assert (problem.kind, problem.text) == ("bad_request", f"Azure OpenAI refused the request (400): {COMPLAINT}")


# -- where it is, and who may know the key ---------------------------------------------------------------------------


@pytest.mark.parametrize("dated", [True, False])
def test_an_address_with_a_path_is_taken_as_it_is(dated: bool) -> None:
    gateway = "https://gateway.example.org/team/openai/v1/"

    assert base_url_below(AZURE, gateway, deployment="d", dated=dated) == gateway


@pytest.mark.parametrize("address", ["http://[", "our-resource", ""])
def test_an_address_that_is_none_is_left_for_the_adapter_to_complain_about(address: str) -> None:
    assert base_url_below(AZURE, address, deployment="d", dated=False) == f"{address}/openai/v1"


def test_no_other_provider_gets_a_path() -> None:
    assert base_url_below(PROVIDERS["vllm"], "http://box:8000", deployment="d", dated=False) == "http://box:8000"


def test_the_key_goes_to_no_other_host(tmp_path: Path) -> None:
    with WireServer([]) as elsewhere, WireServer([Reply(status=307, headers={"location": elsewhere.origin})]) as server:
        environ = {"AZURE_OPENAI_ENDPOINT": server.origin, "AZURE_OPENAI_API_KEY": KEY}
        problem = failed(ask(azure(tmp_path, "model: m", environ)))

    assert problem.status == 307
    assert elsewhere.requests == []


def test_without_a_resource_the_agent_stays_away_and_the_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        azure(tmp_path, "model: m", {"AZURE_OPENAI_API_KEY": KEY})

    assert str(error.value) == (
        "No agent can start. ann: AZURE_OPENAI_ENDPOINT is not set, and backend.base_url is missing."
    )
