"""The table of providers, and what the environment adds to it."""

import subprocess
import sys

from massgen.backends.connection import Connection
from massgen.backends.opening import open_backend
from massgen.backends.providers import PREFIXES, PROVIDERS, base_url_from, key_from


def test_every_type_a_configuration_may_name_has_a_row() -> None:
    known = """
        openai claude claude_code gemini grok openrouter groq together fireworks cerebras deepseek qwen moonshot zai
        nvidia nebius mistral poe azure_openai lmstudio vllm sglang ollama llama_cpp chatcompletion demo
    """

    assert list(PROVIDERS) == known.split()


def test_the_table_of_agents_calls_the_first_providers_as_the_specification_does() -> None:
    assert [PROVIDERS[type_].label for type_ in ("openai", "gemini", "grok", "claude")] == [
        "Response",
        "Gemini",
        "Grok",
        "Claude",
    ]


def test_no_word_means_two_providers() -> None:
    words = [word for row in PROVIDERS.values() for word in (row.type, *row.aliases)]

    assert len(words) == len(set(words)) == len(PREFIXES)


def test_every_wire_but_the_demo_has_an_adapter_which_costs_nothing_to_open() -> None:
    for provider in PROVIDERS.values():
        if provider.wire != "demo":
            connection = Connection(provider=provider, model="m", base_url="http://localhost", key="k")
            assert open_backend(connection).model == "m"


def test_the_first_variable_that_is_set_holds_the_key() -> None:
    gemini = PROVIDERS["gemini"]

    assert key_from(gemini, {"GOOGLE_API_KEY": "g", "GEMINI_API_KEY": " "}) == "g"
    assert key_from(gemini, {"GOOGLE_API_KEY": "g", "GEMINI_API_KEY": "k\n"}) == "k"
    assert key_from(gemini, {"OPENAI_API_KEY": "o"}) is None
    assert key_from(PROVIDERS["ollama"], {"OPENAI_API_KEY": "o"}) is None


def test_a_variable_moves_a_provider() -> None:
    assert base_url_from(PROVIDERS["openai"], {"OPENAI_BASE_URL": "http://here/v1"}) == "http://here/v1"
    assert base_url_from(PROVIDERS["groq"], {"GROQ_BASE_URL": "http://here/v1"}) == "http://here/v1"
    assert base_url_from(PROVIDERS["grok"], {}) == "https://api.x.ai/v1"
    assert base_url_from(PROVIDERS["chatcompletion"], {}) == ""


def test_opening_backends_imports_no_sdk() -> None:
    program = "import sys, massgen.backends.opening; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert {"openai", "anthropic", "google.genai", "httpx2", "pydantic", "anyio"} & set(loaded) == set()
