"""Azure OpenAI: where a deployment is found, and how it is shown the key."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from massgen.backends.connection import Connection
from massgen.backends.providers import OWN_TOOLS, PROVIDERS, base_url_below
from massgen.cli.members import muster
from massgen.config.load import load
from massgen.errors import ConfigError
from massgen.messages import TextDelta
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import KEY, ask, failed

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
        ("model: gpt-6.1-terra", "/openai/v1/chat/completions", "gpt-6.1-terra"),
        ("model: gpt-6.1-terra, deployment_name: our-terra", "/openai/v1/chat/completions", "our-terra"),
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
