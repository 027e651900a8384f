"""What the name of a model tells."""

from dataclasses import replace
from datetime import date

import pytest

from massgen.backends.models import RETIRING, Inference, Retirement, infer, retirement
from massgen.backends.providers import PROVIDERS
from massgen.cli.members import last_days, missing_tools
from massgen.config.schema import Agent, Backend, Configuration
from massgen.errors import UsageError
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import ask, connect, failed


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


OPENAI, CLAUDE, GEMINI = (PROVIDERS[type_] for type_ in ("openai", "claude", "gemini"))


def test_a_model_about_to_retire_is_known_with_its_dated_snapshots() -> None:
    mini = Retirement(model="gpt-5-mini", on=date(2026, 12, 11), successor="gpt-6.1-terra")
    sonnet = Retirement(model="claude-sonnet-4-5", on=date(2026, 11, 30), successor="claude-sonnet-5-5")

    assert retirement("gpt-5-mini", OPENAI) == mini
    assert retirement("GPT-5-mini-2025-08-07", OPENAI) == mini
    assert retirement("claude-sonnet-4-5-20250929", CLAUDE) == sonnet
    assert retirement("claude-sonnet-4-5", PROVIDERS["claude_code"]) == sonnet
    assert retirement("models/gemini-2.5-pro", GEMINI) == RETIRING["gemini-2.5-pro"]
    assert retirement("gpt-4-0613", OPENAI) == RETIRING["gpt-4"]
    assert retirement("claude-sonnet-5-5", CLAUDE) is None
    assert retirement("gpt-6.1-terra", OPENAI) is None


def test_a_snapshot_may_end_before_its_model() -> None:
    assert retirement("gpt-4o-2024-05-13", OPENAI) == RETIRING["gpt-4o-2024-05-13"]
    assert RETIRING["gpt-4o-2024-05-13"].on < RETIRING["gpt-4o"].on


def test_a_deployment_is_not_the_model_that_it_is_called_like() -> None:
    assert retirement("gpt-5-mini", PROVIDERS["azure_openai"]) is None


def test_no_successor_is_on_the_way_out_itself() -> None:
    assert {each.successor for each in RETIRING.values()} & set(RETIRING) == set()


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (
            "gpt-5-mini",
            (
                "OpenAI does not know the model 'gpt-5-mini' (404); "
                "its last day is 2026-12-11, its successor gpt-6.1-terra: gone"
            ),
        ),
        ("gpt-5.1", "OpenAI does not know the model 'gpt-5.1' (404); its last day is 2027-04-01: gone"),
        ("gpt-6.1-tera", "OpenAI does not know the model 'gpt-6.1-tera' (404): gone"),
    ],
)
def test_a_model_that_no_longer_answers_is_told_with_its_successor(model: str, text: str) -> None:
    with WireServer([Reply(status=404, body={"error": {"message": "gone", "code": "model_not_found"}})]) as server:
        problem = failed(ask(replace(connect(server, "responses"), model=model)))

    assert (problem.kind, problem.text) == ("unknown_model", text)


def test_a_team_is_warned_of_the_days_that_its_models_have_left() -> None:
    backends = (
        Backend(type="openai", model="gpt-5-mini"),
        Backend(type="openai", model="gpt-4"),
        Backend(type="openai", model="gpt-5.1"),
        Backend(type="azure_openai", model="gpt-4o"),
        Backend(type="claude_code"),
    )
    team = Configuration(agents=tuple(Agent(id=f"a{n}", backend=each) for n, each in enumerate(backends)))

    assert last_days(team, date(2026, 11, 22)) == (
        "gpt-5-mini stops answering on 2026-12-11; its successor is gpt-6.1-terra.",
        "gpt-4 stopped answering on 2026-10-23; its successor is gpt-5.6-sol.",
        "gpt-5.1 stops answering on 2027-04-01.",
    )


def test_a_team_is_told_where_a_model_does_without_the_tools_of_its_provider() -> None:
    backends = (
        Backend(type="gemini", model="gemini-2.5-flash", enable_web_search=True, enable_code_execution=True),
        Backend(type="gemini", model="gemini-2.5-pro", enable_code_interpreter=True),
        Backend(type="gemini", model="gemini-2.5-pro"),
        Backend(type="gemini", model="gemini-3.8-flash", enable_web_search=True),
        Backend(type="openai", model="gpt-6.1-terra", enable_web_search=True),
    )
    team = Configuration(agents=tuple(Agent(id=f"a{n}", backend=each) for n, each in enumerate(backends)))

    either = "takes either Gemini's own tools or MassGen's: while it votes or works with files it has"
    assert missing_tools(team) == (
        f"a0: gemini-2.5-flash {either} no web search and no code interpreter.",
        f"a1: gemini-2.5-pro {either} no code interpreter.",
    )
