"""What the price lists say. Prices here are those of models whose vendors no longer change them."""

import asyncio
from collections.abc import AsyncGenerator
from decimal import Decimal

import pytest

from massgen.backends.connection import Connection
from massgen.backends.ending import Courtesies, speak
from massgen.backends.openai_responses import Reader
from massgen.backends.prices import near, nothing, price, window
from massgen.backends.providers import PROVIDERS
from massgen.backends.sse import StreamedError
from massgen.backends.transport import openai_errors
from massgen.messages import Part, Usage
from tests.helpers.wires.asking import QUESTION, failed

COUNTED = Usage(input_tokens=1_000, output_tokens=500)


def cost(provider: str, model: str, usage: Usage | None = COUNTED, base_url: str = "") -> Decimal | None:
    row = PROVIDERS[provider]
    return asyncio.run(price(Connection(provider=row, model=model, base_url=base_url or row.base_url), usage))


@pytest.mark.parametrize(
    ("provider", "model", "usage", "dollars"),
    [
        ("openai", "gpt-4o", COUNTED, "0.0075"),
        ("openai", "gpt-4o", Usage(input_tokens=1_000, output_tokens=500, cached_tokens=200), "0.00725"),
        ("openai", "gpt-4o", Usage(input_tokens=1_000, output_tokens=500, reasoning_tokens=400), "0.0075"),
        ("claude", "claude-3-opus-20240229", COUNTED, "0.0525"),
        (
            "claude",
            "claude-3-opus-20240229",
            Usage(input_tokens=1_000, output_tokens=500, cached_tokens=200, cache_write_tokens=300),
            "0.050925",
        ),
        ("groq", "llama-3.3-70b-versatile", COUNTED, "0.000985"),
        ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", COUNTED, "0.00132"),
    ],
)
def test_tokens_are_priced_and_cached_ones_and_those_of_reasoning_once(
    provider: str, model: str, usage: Usage, dollars: str
) -> None:
    assert cost(provider, model, usage) == Decimal(dollars)


@pytest.mark.parametrize("provider", ["openai", "claude", "gemini", "grok", "deepseek", "moonshot", "zai", "mistral"])
def test_the_usual_providers_have_a_list(provider: str) -> None:
    models = {
        "openai": "gpt-6.1-terra",
        "claude": "claude-sonnet-5-5",
        "gemini": "gemini-3.8-flash",
        "grok": "grok-4.7",
        "deepseek": "deepseek-chat",
        "moonshot": "kimi-k2",
        "zai": "glm-4.6",
        "mistral": "mistral-large-latest",
    }
    assert cost(provider, models[provider]) is not None


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "gpt-99"), ("qwen", "qwen3-max"), ("nvidia", "anything"), ("chatcompletion", "my-own")],
)
def test_what_is_on_no_list_is_not_known_and_not_free(provider: str, model: str) -> None:
    assert cost(provider, model) is None


def test_a_list_for_other_units_than_tokens_is_no_price() -> None:
    assert cost("openai", "whisper-1") is None


def test_the_same_model_at_another_address_has_no_known_price() -> None:
    assert cost("openai", "gpt-4o", base_url="https://gateway.example/v1") is None
    assert cost("chatcompletion", "gpt-4o", base_url="https://api.openai.com/v1") == Decimal("0.0075")


@pytest.mark.parametrize("provider", ["ollama", "lmstudio", "vllm", "sglang", "llama_cpp"])
def test_servers_of_the_users_own_cost_nothing_counted_or_not(provider: str) -> None:
    assert (cost(provider, "gemma"), cost(provider, "gemma", None)) == (0, 0)


def test_the_demo_costs_nothing() -> None:
    assert asyncio.run(nothing(None)) == 0


def test_a_login_has_no_price_for_a_single_request() -> None:
    assert cost("claude_code", "claude-sonnet-5-5") is None


@pytest.mark.parametrize("usage", [None, Usage(), Usage(input_tokens=10, cached_tokens=20)])
def test_without_a_sane_count_there_is_no_price(usage: Usage | None) -> None:
    assert cost("openai", "gpt-4o", usage) is None
    assert cost("groq", "llama-3.3-70b-versatile", usage) is None


def test_absurd_numbers_are_priced_and_break_nothing() -> None:
    assert cost("openai", "gpt-4o", Usage(input_tokens=10**30)) == Decimal("2.5e24")


# -- which models there are ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "model", "meant"),
    [
        ("openai", "gpt-6.1-tera", "gpt-6.1-terra"),
        ("claude", "claude-sonnet-5.5", "claude-sonnet-5-5"),
        ("gemini", "gemini-3.8-flsh", "gemini-3.8-flash"),
        ("grok", "grok4.7", "grok-4.7"),
        ("openai", "gpt5-nano", ""),  # gpt-5-nano is about to be switched off
        ("openai", "zebra", ""),
        ("ollama", "lama3", ""),
    ],
)
def test_a_misspelt_model_is_known_by_the_list_of_its_provider(provider: str, model: str, meant: str) -> None:
    row = PROVIDERS[provider]
    assert asyncio.run(near(Connection(provider=row, model=model, base_url=row.base_url))) == meant


def test_nobody_knows_what_models_there_are_elsewhere() -> None:
    connection = Connection(provider=PROVIDERS["openai"], model="gpt-6.1-tera", base_url="https://proxy.example/v1")
    assert asyncio.run(near(connection)) == ""


def test_a_model_that_a_provider_does_not_know_is_told_with_the_one_that_may_be_meant() -> None:
    row = PROVIDERS["openai"]
    connection = Connection(provider=row, model="gpt-6.1-tera", base_url=row.base_url, key="sk-1234567890")

    async def refused() -> AsyncGenerator[object, None]:
        raise StreamedError({"error": {"code": "model_not_found", "message": "The model does not exist."}})
        yield

    async def said() -> list[Part]:
        reader = Reader(connection, QUESTION)
        spoken = speak(refused(), reader, connection=connection, courtesies=Courtesies({}), sdk_errors=openai_errors)
        return [part async for part in spoken]

    assert failed(asyncio.run(said())).text == (
        "OpenAI does not know the model 'gpt-6.1-tera': The model does not exist. Is gpt-6.1-terra meant?"
    )


@pytest.mark.parametrize(
    ("provider", "model", "base_url", "size"),
    [
        ("openai", "gpt-5.4", "", 1_050_000),
        ("claude", "claude-opus-4-5", "", 200_000),
        ("openai", "gpt-99", "", None),
        ("openai", "gpt-5.4", "https://gateway.example/v1", None),
        ("ollama", "gemma", "", None),
        ("claude_code", "claude-opus-4-5", "", None),
    ],
)
def test_how_much_a_model_takes_is_known_where_a_list_says_so(
    provider: str, model: str, base_url: str, size: int | None
) -> None:
    row = PROVIDERS[provider]
    connection = Connection(provider=row, model=model, base_url=base_url or row.base_url)
    assert asyncio.run(window(connection)) == size
