"""Where a key from the environment may go: the provider's own address, and what the user named."""

import pytest

from massgen.backends.homes import credential, is_home
from massgen.backends.providers import PROVIDERS


@pytest.mark.parametrize(
    ("provider", "address"),
    [
        ("openai", "https://api.openai.com/v1"),
        ("openai", "https://API.OpenAI.com/v1/other"),
        ("openai", "https://api.openai.com"),
        ("ollama", "http://localhost:9999/v1"),
        ("ollama", "http://127.0.0.1:11434"),
        ("vllm", "http://[::1]:8000/v1"),
    ],
)
def test_the_address_of_the_row_is_home_whatever_its_path(provider: str, address: str) -> None:
    assert is_home(PROVIDERS[provider], address, {})


@pytest.mark.parametrize(
    "address",
    [
        "http://api.openai.com/v1",
        "https://api.openai.com:8443/v1",
        "https://api.openai.com.evil.example/v1",
        "https://api.openai.com@evil.example/v1",
        "https://me:pass@api.openai.com/v1",
        "https://evil.example\\@api.openai.com/v1",
        "https://evil.example/https://api.openai.com/v1",
        "https://evil.example#@api.openai.com/v1",
        "https://api.openai.com\t.evil.example/v1",
        "https://api.openaı.com/v1",
        "https://api.x.ai/v1",
        "http://localhost:8080/v1",
        "http://127.0.0.1/v1",
        "",
        "api.openai.com",
    ],
)
def test_everything_else_is_abroad_and_this_machine_too(address: str) -> None:
    assert not is_home(PROVIDERS["openai"], address, {})


def test_what_the_variable_names_is_home_and_the_row_still_is() -> None:
    environ = {"OPENAI_BASE_URL": " http://127.0.0.1:4000/v1 "}
    assert is_home(PROVIDERS["openai"], "http://127.0.0.1:4000/other", environ)
    assert is_home(PROVIDERS["openai"], "https://api.openai.com/v1", environ)
    assert not is_home(PROVIDERS["openai"], "http://127.0.0.1:4001/v1", environ)
    assert not is_home(PROVIDERS["groq"], "http://127.0.0.1:4000/v1", environ)


def test_a_provider_without_an_address_has_no_home() -> None:
    assert not is_home(PROVIDERS["chatcompletion"], "https://api.openai.com/v1", {})


def test_a_server_of_the_users_own_is_at_home_on_this_machine_only() -> None:
    assert not is_home(PROVIDERS["ollama"], "http://box:11434/v1", {})


def test_what_would_be_sent_along_in_words() -> None:
    both = {"GEMINI_API_KEY": " ", "GOOGLE_API_KEY": "canary"}
    assert credential(PROVIDERS["gemini"], both) == "the key in GOOGLE_API_KEY"
    assert credential(PROVIDERS["gemini"], {}) == ""
    assert credential(PROVIDERS["claude_code"], {}) == "the login of Claude Code"
    assert credential(PROVIDERS["ollama"], both) == ""
