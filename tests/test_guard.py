"""The guard bites: no test, and no program that a test starts, reaches anybody but loopback."""

import socket
import sys

import pytest

from tests.helpers.guard.loopback import ForbiddenError, is_loopback
from tests.helpers.program import Program

ELSEWHERE = "192.0.2.1"
"""An address of documentation (RFC 5737), so that even a guard that fails reaches nobody."""


def test_a_test_cannot_connect_elsewhere(refused: list[str]) -> None:
    with socket.socket() as stranger, pytest.raises(ForbiddenError) as error:
        stranger.connect((ELSEWHERE, 80))

    sentence = "tests reach nobody but loopback: socket.connect to ('192.0.2.1', 80) was refused"
    assert str(error.value) == sentence
    assert refused == [sentence]
    refused.clear()


def test_a_test_can_neither_ask_for_an_address_nor_send_a_datagram(refused: list[str]) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as stranger:
        with pytest.raises(ForbiddenError):
            stranger.sendto(b"hello", (ELSEWHERE, 53))
        with pytest.raises(ForbiddenError):
            socket.getaddrinfo("api.openai.com", 443)

    assert refused == [
        "tests reach nobody but loopback: socket.sendto to ('192.0.2.1', 53) was refused",
        "tests reach nobody but loopback: socket.getaddrinfo to 'api.openai.com' was refused",
    ]
    refused.clear()


def test_a_program_of_a_test_cannot_either(massgen: Program) -> None:
    lines = f"import socket\ntry: socket.create_connection(({ELSEWHERE!r}, 80))\nexcept Exception as e: print(e)"

    with pytest.raises(AssertionError) as error:
        massgen.run(sys.executable, "-c", lines)
    assert "socket.getaddrinfo to '192.0.2.1' was refused" in str(error.value)


def test_massgen_asking_a_provider_is_noticed(massgen: Program) -> None:
    team = "agents: [{id: ann, backend: {type: openai, model: m}}]\ntimeout_settings: {max_retries: 0}\n"
    (massgen.project / "team.yaml").write_text(team)

    with pytest.raises(AssertionError) as error:
        massgen("--config", "team.yaml", "Hello?", env={"OPENAI_API_KEY": "none"})
    assert "socket.getaddrinfo to b'api.openai.com' was refused" in str(error.value)


@pytest.mark.parametrize(("missing", "found"), [("", "True True\n"), ("an_extra another", "False False\n")])
def test_what_is_called_not_installed_is_missing_wherever_it_stands(massgen: Program, missing: str, found: str) -> None:
    (massgen.project / "an_extra").mkdir()
    (massgen.project / "an_extra" / "__init__.py").write_text("")
    lines = """
import importlib.util
try:
    import an_extra
except ModuleNotFoundError:
    an_extra = None
print(importlib.util.find_spec("an_extra") is not None, an_extra is not None)
"""
    assert massgen.run(sys.executable, "-c", lines, env={"NOT_INSTALLED": missing}).stdout == found


@pytest.mark.parametrize("address", [("127.0.0.1", 80), ("::1", 80, 0, 0), "localhost", None, "/run/some.socket", b""])
def test_loopback_and_files_are_no_strangers(address: object) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", [("10.0.0.1", 80), "example.org", b"example.org", ("fe80::1", 80, 0, 0)])
def test_everybody_else_is(address: object) -> None:
    assert not is_loopback(address)


def test_a_name_that_exists_nowhere_is_not_looked_up() -> None:
    with pytest.raises(socket.gaierror) as error:
        socket.getaddrinfo("nowhere.invalid", 80)

    assert error.value.errno == socket.EAI_NONAME
