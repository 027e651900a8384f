"""What the name of a model tells."""

from datetime import date

import pytest

from massgen.backends.models import Inference, Retirement, infer, retirement
from massgen.backends.providers import PROVIDERS
from massgen.errors import UsageError


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-5-mini", "openai"),
        ("GPT-6.1-Terra", "openai"),
        ("chatgpt-4o-latest", "openai"),
        ("o3", "openai"),
        ("o4-mini", "openai"),
        ("codex-mini-latest", "openai"),
        ("computer-use-preview", "openai"),
        ("claude-sonnet-5-5", "claude"),
        ("gemini-2.5-flash", "gemini"),
        ("gemma-4-27b", "gemini"),
        ("models/gemini-3.8-flash", "gemini"),
        ("grok-4-fast-reasoning", "grok"),
        ("deepseek-chat", "deepseek"),
        ("qwen3-max", "qwen"),
        ("QwQ-32B", "qwen"),
        ("qvq-max", "qwen"),
        ("kimi-k3", "moonshot"),
        ("moonshot-v1-8k", "moonshot"),
        ("glm-5", "zai"),
        ("mistral-large-latest", "mistral"),
        ("codestral-latest", "mistral"),
        ("ministral-8b", "mistral"),
        ("accounts/fireworks/models/gpt-oss-120b", "fireworks"),
        ("demo", "demo"),
    ],
)
def test_a_name_tells_its_provider(model: str, provider: str) -> None:
    assert infer(model) == Inference(provider=PROVIDERS[provider], model=model)


@pytest.mark.parametrize(
    ("name", "provider", "model"),
    [
        ("openai:gpt-oss-120b", "openai", "gpt-oss-120b"),
        ("groq/openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b"),
        ("openrouter:anthropic/claude-opus-5-5", "openrouter", "anthropic/claude-opus-5-5"),
        ("Anthropic:claude-opus-5-5", "claude", "claude-opus-5-5"),
        ("xai:grok-4.7", "grok", "grok-4.7"),
        ("google/gemini-4-argon", "gemini", "gemini-4-argon"),
        ("kimi:k3", "moonshot", "k3"),
        ("ollama:qwen3:8b", "ollama", "qwen3:8b"),
    ],
)
def test_a_provider_in_front_always_wins(name: str, provider: str, model: str) -> None:
    assert infer(name) == Inference(provider=PROVIDERS[provider], model=model)


def test_a_vendor_in_front_of_a_slash_means_openrouter_when_its_key_is_there() -> None:
    name = "deepseek-ai/deepseek-v4"

    assert infer(name, {"OPENROUTER_API_KEY": "k"}) == Inference(provider=PROVIDERS["openrouter"], model=name)
    with pytest.raises(UsageError):
        infer(name, {})


@pytest.mark.parametrize("name", ["llama-4", "gpt-oss-120b", "", ":", "gpt"])
def test_a_name_that_tells_nothing_is_an_error_that_says_what_to_do(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        infer(name)

    assert str(caught.value) == f"Cannot tell from its name who serves the model {name!r}."
    assert caught.value.hint.startswith(f"Name the provider too: massgen --model provider:{name or 'model'}, ")
    assert "openai, claude, claude_code, gemini" in caught.value.hint


def test_a_model_about_to_retire_is_known_with_its_dated_snapshots() -> None:
    mini = Retirement(model="gpt-5-mini", on=date(2026, 12, 11), successor="gpt-6.1-terra")

    assert retirement("gpt-5-mini") == mini
    assert retirement("GPT-5-mini-2025-08-07") == mini
    assert retirement("claude-sonnet-4-5-20250929") == Retirement(
        model="claude-sonnet-4-5", on=date(2026, 11, 30), successor=""
    )
    assert retirement("claude-sonnet-5-5") is None
    assert retirement("gpt-6.1-terra") is None
