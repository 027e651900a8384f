"""What leaves the house: the key goes to its provider, and nothing of the environment to anybody."""

import asyncio
import base64
import pprint
import socket
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from massgen.backends.connection import Connection
from massgen.backends.opening import open_backend
from massgen.backends.prices import price
from massgen.backends.problems import presentable
from massgen.backends.providers import OWN_TOOLS, PROVIDERS, Wire
from massgen.cli.members import muster
from massgen.config.load import load
from massgen.messages import Failed, Problem
from massgen.orchestrator.team import Member, Team
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import EXAMPLES, KEY, QUESTION, ask, connect


@pytest.fixture
def crowded_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that the SDKs pick up by themselves, set to something that must not travel."""
    for name, value in {
        "OPENAI_API_KEY": "sk-secret",
        "OPENAI_ADMIN_KEY": "sk-secret-admin",
        "OPENAI_ORG_ID": "org-secret",
        "OPENAI_PROJECT_ID": "proj-secret",
        "OPENAI_CUSTOM_HEADERS": "X-Corp: secret\nAuthorization: Bearer secret",
        "OPENAI_BASE_URL": "http://secret.invalid/v1",
        "ANTHROPIC_API_KEY": "sk-ant-secret",
        "ANTHROPIC_AUTH_TOKEN": "secret",
        "ANTHROPIC_BASE_URL": "http://secret.invalid",
        "ANTHROPIC_CUSTOM_HEADERS": "X-Corp: secret\nAuthorization: Bearer secret",
        "GOOGLE_API_KEY": "secret",
        "GEMINI_API_KEY": "secret",
        "GOOGLE_GEMINI_BASE_URL": "http://secret.invalid",
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_CLOUD_PROJECT": "secret",
        "GOOGLE_CLOUD_LOCATION": "secret",
    }.items():
        monkeypatch.setenv(name, value)


NEEDED = {
    "accept",
    "accept-encoding",
    "anthropic-version",
    "connection",
    "content-length",
    "content-type",
    "host",
    "user-agent",
}


@pytest.mark.usefixtures("crowded_environment")
@pytest.mark.parametrize("wire", EXAMPLES)
def test_a_foreign_host_gets_the_request_and_our_key_and_nothing_else(wire: Wire) -> None:
    with WireServer([Reply(text="42.")]) as server:
        ask(connect(server, wire))

    request = server.requests[0]
    credential = {"x-goog-api-key": KEY} if wire == "gemini" else {"authorization": f"Bearer {KEY}"}
    assert {name: value for name, value in request.headers.items() if name not in NEEDED} == credential
    assert "secret" not in f"{request.path}{request.headers}{request.body}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("wire", EXAMPLES)
def test_a_redirect_leads_the_key_nowhere(wire: Wire, status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        headers = {"location": f"http://127.0.0.1:{elsewhere.getsockname()[1]}/v1/responses"}
        with WireServer([Reply(status=status, headers=headers, body={})]) as server:
            *_, last = ask(connect(server, wire))
        with pytest.raises(BlockingIOError):  # nobody has come
            elsewhere.accept()

    assert isinstance(last, Failed)
    assert (last.problem.status, len(server.requests)) == (status, 1)


@pytest.mark.usefixtures("crowded_environment")
def test_a_local_server_gets_no_key_at_all() -> None:
    with WireServer([Reply(text="42.")]) as server:
        ask(Connection(provider=PROVIDERS["ollama"], model="qwen3:8b", base_url=server.base_url("ollama")))

    assert "authorization" not in server.requests[0].headers
    assert "secret" not in f"{server.requests[0].headers}"


@pytest.mark.parametrize("key", ["sk-a\nb", "sk-a…b", "sk-a b"])
@pytest.mark.parametrize("wire", EXAMPLES)
def test_a_key_that_cannot_be_sent_is_not_shown_either(wire: Wire, key: str) -> None:
    with WireServer([]) as server:
        connection = replace(connect(server, wire), key=key)
        parts = ask(connection)

    text = f"The key in {connection.key_name} holds characters that no key has"
    assert parts == [Failed(problem=Problem(kind="auth", text=text))]


def test_a_key_is_taken_out_of_what_is_shown_in_every_coding() -> None:
    key = "sk-a/b+c=="
    coded = base64.b64encode(key.encode()).decode()

    assert presentable(f"{key} {quote(key, safe='')} {coded}\n!", key) == "[key] [key] [key] !"


def test_an_address_with_a_password_is_shown_without_it() -> None:
    connection = Connection(provider=PROVIDERS["vllm"], model="m", base_url="http://me:pass@box:8000/v1")

    assert connection.host == "box"


# -- what travels through the house ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "type_",
    ["openai", "groq", "claude", "gemini", "azure_openai", pytest.param("claude_code", marks=pytest.mark.slow)],
)
def test_nothing_that_is_made_of_a_key_shows_it(tmp_path: Path, type_: str) -> None:
    team = tmp_path / "team.yaml"
    team.write_text(
        f"agent: {{id: ann, backend: {{type: {type_}, model: m, base_url: 'http://127.0.0.1:9',"
        f" api_key: '${{HOUSE}}', extra: {{header: {KEY}}}}}}}"
    )
    loaded = load(team, environ={"HOUSE": KEY}, backend_types=PROVIDERS, own_tools=OWN_TOOLS)
    members, away = muster(loaded.configuration, {}, loaded.keys)
    [source] = members.values()
    assert isinstance(source, Connection)
    assert source.key == KEY
    backend = open_backend(source)
    member = Member(backend=backend, role="", price=partial(price, source))
    made = [loaded, members, away, backend, vars(backend), member, Team(agents=("ann",), members={"ann": member})]

    for each in made:
        assert KEY not in f"{each} {each!r}"
        assert KEY not in pprint.pformat(each)


@pytest.mark.parametrize("wire", EXAMPLES)
def test_not_even_the_library_in_use_shows_it(wire: Wire) -> None:
    with WireServer([Reply(text="42.")]) as server:

        async def scene() -> str:
            backend = open_backend(connect(server, wire))
            async for _ in backend.stream(QUESTION):
                pass
            shown = f"{backend!r} {vars(backend)!r} {pprint.pformat(vars(backend))}"
            await backend.close()
            return shown

        assert KEY not in asyncio.run(scene())
