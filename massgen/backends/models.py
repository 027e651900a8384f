"""What the name of a model tells: whose it is, and until when it answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from massgen.backends.providers import PREFIXES, PROVIDERS, Provider
from massgen.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """The provider of a model, and the name under which that provider knows it."""

    provider: Provider
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """The day from which a model no longer answers, and the one its vendor names instead ("" where it names none)."""

    model: str
    on: date
    successor: str


# First match; case-insensitive. Open weights are served by many, so their names tell nothing: they match no row.
_FAMILIES: tuple[tuple[str, str], ...] = (
    (r"(?!gpt-oss)gpt-|chatgpt-|o[134](-|$)|codex-|computer-use", "openai"),
    (r"claude-", "claude"),
    (r"gemini-|gemma-|models/", "gemini"),
    (r"grok-", "grok"),
    (r"deepseek-", "deepseek"),
    (r"qwen|qwq|qvq", "qwen"),
    (r"kimi-|moonshot-", "moonshot"),
    (r"glm-", "zai"),
    (r"mistral-|codestral|ministral|magistral|devstral|pixtral", "mistral"),
    (r"accounts/fireworks/", "fireworks"),
    (r"demo(-|$)", "demo"),
)


_REASONING = re.compile(r"(?!.*-chat)(gpt-[5-9]|gpt-\d\d|o\d|codex-)", re.IGNORECASE)


def reasons(model: str) -> bool:
    """Whether a model is one of OpenAI's that reason, as far as its name tells."""
    return _REASONING.match(model) is not None


def infer(model: str, environ: Mapping[str, str] = MappingProxyType({})) -> Inference:
    """Whose model this is.

    `provider:model` and `provider/model` say so themselves. A name with a slash belongs to OpenRouter when `environ`
    holds its key. Raises `UsageError` where the name does not tell.
    """
    name = model.strip()
    for separator in (":", "/"):
        prefix, found, rest = name.partition(separator)
        if found and rest and prefix.lower() in PREFIXES:
            return Inference(provider=PREFIXES[prefix.lower()], model=rest)
    # A vendor before a slash ("deepseek-ai/DeepSeek-V4") is no sign of where the weights are served.
    if "/" not in name or name.lower().startswith(("models/", "accounts/")):
        for pattern, type_ in _FAMILIES:
            if re.match(pattern, name, re.IGNORECASE):
                return Inference(provider=PROVIDERS[type_], model=name)
    openrouter = PROVIDERS["openrouter"]
    if "/" in name and any(environ.get(variable) for variable in openrouter.key_variables):
        return Inference(provider=openrouter, model=name)
    known = ", ".join(type_ for type_ in PROVIDERS if type_ != "demo")
    raise UsageError(
        f"Cannot tell from its name who serves the model {model!r}.",
        hint=f"Name the provider too: massgen --model provider:{name or 'model'}, where provider is one of {known}.",
    )


def _end(year: int, month: int, day: int, successor: str, *models: str) -> dict[str, Retirement]:
    """Models that end on one day and have one successor."""
    on = date(year, month, day)
    return {model: Retirement(model=model, on=on, successor=successor) for model in models}


# Days as the SDKs of November 2026 list them (openai/types/shared/chat_model.py and anthropic/resources/messages/) and,
# for the others, their vendors: ai.google.dev/gemini-api/docs/deprecations, api-docs.deepseek.com,
# docs.x.ai/developers/migration. Successors as the vendors' pages named them in autumn 2026; where one of them ends as
# well, its own successor stands here.
RETIRING: Mapping[str, Retirement] = MappingProxyType(
    _end(2026, 2, 17, "", "chatgpt-4o-latest")
    | _end(2026, 2, 19, "claude-sonnet-5-5", "claude-3-7-sonnet-latest", "claude-3-7-sonnet")
    | _end(2026, 2, 19, "claude-haiku-4-5", "claude-3-5-haiku-latest", "claude-3-5-haiku")
    | _end(2026, 5, 15, "grok-4.3", "grok-4-1-fast-reasoning", "grok-4-1-fast-non-reasoning", "grok-4-fast-reasoning")
    | _end(2026, 5, 15, "grok-4.3", "grok-4-fast-non-reasoning", "grok-4-0709", "grok-code-fast-1", "grok-3")
    | _end(2026, 6, 15, "claude-opus-4-8", "claude-opus-4-0", "claude-opus-4")
    | _end(2026, 6, 15, "claude-sonnet-4-6", "claude-sonnet-4-0", "claude-sonnet-4")
    | _end(2026, 7, 23, "gpt-5.4", "gpt-5-codex", "gpt-5.1-codex-max", "gpt-5.2-codex")
    | _end(2026, 7, 23, "gpt-5.4-mini", "gpt-5.1-codex-mini")
    | _end(2026, 7, 23, "gpt-6.1-sol", "gpt-5.1-codex")
    | _end(2026, 7, 23, "gpt-5.5", "gpt-5.1-chat-latest", "gpt-5-chat-latest")
    | _end(2026, 7, 24, "deepseek-flash", "deepseek-chat", "deepseek-reasoner")
    | _end(2026, 8, 10, "gpt-5.5", "gpt-5.3-chat-latest", "gpt-5.2-chat-latest")
    | _end(2026, 10, 23, "gpt-5.6-sol", "o1", "o1-pro", "o3-mini", "gpt-4-turbo", "gpt-4", "gpt-4o-2024-05-13")
    | _end(2026, 10, 23, "gpt-5.6-terra", "o4-mini", "gpt-3.5-turbo")
    | _end(2026, 10, 23, "gpt-5.6-luna", "gpt-4.1-nano")
    | _end(2026, 11, 30, "claude-sonnet-5-5", "claude-sonnet-4-5")
    | _end(2026, 12, 1, "gemini-3.8-flash", "gemini-2.5-pro")
    | _end(2026, 12, 1, "gemini-3.5-flash-lite", "gemini-2.5-flash")
    | _end(2026, 12, 11, "gpt-6.1-sol", "gpt-5", "gpt-5-pro", "o3", "o3-pro")
    | _end(2026, 12, 11, "gpt-6.1-terra", "gpt-5-mini")
    | _end(2026, 12, 11, "gpt-6-luna", "gpt-5-nano")
    | _end(2027, 1, 14, "gpt-6-luna", "gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini")
    | _end(2027, 4, 1, "", "gpt-5.4-nano", "gpt-5.1")
)
"""Models with a known last day."""


def retirement(model: str, provider: Provider) -> Retirement | None:
    """When this model stops answering, as far as known; a dated snapshot (`gpt-5-2025-08-07`) shares the fate.

    A deployment is called as its owner likes, and its days are not the vendor's.
    """
    if provider.quirks.dated_path:
        return None
    name = model.strip().lower().removeprefix("models/")
    undated = re.sub(r"-(\d{8}|\d{4}-\d{2}-\d{2}|\d{4})$", "", name)
    return RETIRING.get(name) or RETIRING.get(undated)
