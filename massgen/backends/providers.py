"""The table of providers: wire, base URL, key variables, quirks.

A new provider that speaks a known wire is a new row. Base URLs and quirks were checked against vendor documentation on
2026-11-22.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias
from urllib.parse import quote

Wire: TypeAlias = Literal["responses", "chat_completions", "messages", "gemini", "claude_code", "demo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A company or a server behind a wire.

    `type` is the word of the YAML, `name` what sentences call it, `label` what the table of agents shows beside the
    model. The first of `key_variables` that is set holds the key; a provider without any needs none, and `login` says
    that it can do without because its program may be logged in. An empty `base_url` means that the configuration has to
    name one. `reasoning` is the row for models that reason, where those are asked in another way.
    """

    type: str
    name: str
    label: str
    wire: Wire
    base_url: str
    key_variables: tuple[str, ...] = ()
    login: bool = False
    base_url_variable: str = ""
    aliases: tuple[str, ...] = ()
    quirks: "Quirks"
    reasoning: "Provider | None" = None

    @property
    def needs_key(self) -> bool:
        """Whether there is no use in asking without a key."""
        return bool(self.key_variables) and not self.login


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """How a provider differs from the wire it speaks; the defaults are the wire as it is documented."""

    credential: tuple[str, str] = ("Authorization", "Bearer ")
    """OpenAI's wires: the header that carries the key, and what stands in front of it there."""
    path: str = ""
    """What follows the address of a resource (Azure), unless the address has a path of its own."""
    dated_path: str = ""
    """The same where the configuration names a dated version of the API; `{deployment}` is filled in."""
    max_tokens_field: str = "max_tokens"
    """Chat Completions: OpenAI renamed the field for reasoning models and only some servers followed."""
    counts_on_request: bool = True
    """Chat Completions: whether `stream_options.include_usage` is sent (Mistral counts unasked, and refuses it)."""
    reasoning_back: Literal["", "reasoning_content", "reasoning_details", "content"] = ""
    """Chat Completions: the field in which earlier reasoning goes back beside tool calls; DeepSeek's thinking mode
    answers 400 without it, OpenRouter loses signatures, Mistral has it as a chunk of the content."""
    reasoning_object: bool = False
    """Chat Completions: effort is `reasoning.effort` (OpenRouter) instead of `reasoning_effort`, and there is a
    `reasoning.summary`. Reasoning comes unasked."""
    summaries: bool = False
    """Responses: whether `reasoning.summary` may be asked for. xAI sends summaries unasked."""
    web_search: str = ""
    """The tool type that turns on the provider's own web search; empty where there is none we know how to ask for."""
    code_interpreter: str = ""
    """The same for the provider's own code execution."""
    either_tools: str = ""
    """How the names of models begin, as a pattern, that take the provider's own tools or ours, but not both at once."""
    reasons: bool = False
    """Responses: whether every model of this row reasons, whatever it is called."""
    container: bool = False
    """Responses: whether code execution is told where code runs; OpenAI demands it, xAI knows no such field."""


def _chat(
    type: str,  # noqa: A002 - the word of the YAML
    name: str,
    base_url: str,
    *key_variables: str,
    base_url_variable: str = "",
    aliases: tuple[str, ...] = (),
    quirks: Quirks | None = None,
) -> Provider:
    """A row that speaks Chat Completions and is called by its own name everywhere."""
    return Provider(
        type=type,
        name=name,
        label=name,
        wire="chat_completions",
        base_url=base_url,
        key_variables=key_variables,
        base_url_variable=base_url_variable or f"{type.upper()}_BASE_URL",
        aliases=aliases,
        quirks=quirks or Quirks(),
    )


_AZURE = _chat(
    "azure_openai",
    "Azure OpenAI",
    "",
    "AZURE_OPENAI_API_KEY",
    base_url_variable="AZURE_OPENAI_ENDPOINT",
    aliases=("azure",),
    quirks=Quirks(
        credential=("api-key", ""),
        path="/openai/v1",
        dated_path="/openai/deployments/{deployment}",
        max_tokens_field="max_completion_tokens",
    ),
)

# From GPT-5.4 on Chat Completions answers 400 to tools: "Function tools with reasoning_effort are not supported for
# gpt-5.4 in /v1/chat/completions. Please use /v1/responses instead." (openai/openai-openapi issue 541, May 2026; the
# same on Azure, can1357/oh-my-pi issue 11052, September 2026, even where no effort is asked for).
_AZURE_REASONING = replace(_AZURE, wire="responses", quirks=replace(_AZURE.quirks, summaries=True, reasons=True))

_ROWS = (
    Provider(
        type="openai",
        name="OpenAI",
        label="Response",
        wire="responses",
        base_url="https://api.openai.com/v1",
        key_variables=("OPENAI_API_KEY",),
        base_url_variable="OPENAI_BASE_URL",
        quirks=Quirks(summaries=True, web_search="web_search", code_interpreter="code_interpreter", container=True),
    ),
    Provider(
        type="claude",
        name="Claude",
        label="Claude",
        wire="messages",
        base_url="https://api.anthropic.com",
        key_variables=("ANTHROPIC_API_KEY",),
        base_url_variable="ANTHROPIC_BASE_URL",
        aliases=("anthropic",),
        quirks=Quirks(web_search="web_search_20260318", code_interpreter="code_execution_20260521"),
    ),
    Provider(
        type="claude_code",
        name="Claude Code",
        label="Claude Code",
        wire="claude_code",
        base_url="https://api.anthropic.com",
        key_variables=("ANTHROPIC_API_KEY",),
        login=True,
        base_url_variable="ANTHROPIC_BASE_URL",
        aliases=("claude-code",),
        quirks=Quirks(web_search="WebSearch"),
    ),
    Provider(
        type="gemini",
        name="Gemini",
        label="Gemini",
        wire="gemini",
        base_url="https://generativelanguage.googleapis.com",
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        base_url_variable="GOOGLE_GEMINI_BASE_URL",
        aliases=("google",),
        quirks=Quirks(
            web_search="googleSearch",
            code_interpreter="codeExecution",
            # "Tool use with function calling is unsupported by the model", a 400 up to Gemini 2.5; from 3 on both go
            # together (ai.google.dev/gemini-api/docs/generate-content/tool-combination, read in November 2026).
            either_tools=r"(models/)?(gemini-[12]\b|gemma-)",
        ),
    ),
    Provider(
        type="grok",
        name="Grok",
        label="Grok",
        wire="responses",
        base_url="https://api.x.ai/v1",
        key_variables=("XAI_API_KEY",),
        base_url_variable="XAI_BASE_URL",
        aliases=("xai", "x-ai"),
        quirks=Quirks(web_search="web_search", code_interpreter="code_interpreter"),
    ),
    _chat(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_API_KEY",
        quirks=Quirks(reasoning_back="reasoning_details", reasoning_object=True),
    ),
    _chat(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        "GROQ_API_KEY",
        quirks=Quirks(max_tokens_field="max_completion_tokens"),
    ),
    _chat("together", "Together", "https://api.together.ai/v1", "TOGETHER_API_KEY"),
    _chat("fireworks", "Fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    _chat(
        "cerebras",
        "Cerebras",
        "https://api.cerebras.ai/v1",
        "CEREBRAS_API_KEY",
        quirks=Quirks(max_tokens_field="max_completion_tokens"),
    ),
    _chat(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com",
        "DEEPSEEK_API_KEY",
        quirks=Quirks(reasoning_back="reasoning_content"),
    ),
    _chat(
        "qwen",
        "Qwen",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        "DASHSCOPE_API_KEY",
        "QWEN_API_KEY",
        aliases=("dashscope",),
    ),
    _chat(
        "moonshot",
        "Moonshot",
        "https://api.moonshot.ai/v1",
        "MOONSHOT_API_KEY",
        "KIMI_API_KEY",
        aliases=("moonshotai", "kimi"),
        quirks=Quirks(reasoning_back="reasoning_content"),
    ),
    _chat(
        "zai",
        "Z.ai",
        "https://api.z.ai/api/paas/v4",
        "ZAI_API_KEY",
        aliases=("z-ai", "zhipu"),
        quirks=Quirks(reasoning_back="reasoning_content"),
    ),
    _chat("nvidia", "NVIDIA", "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY", "NGC_API_KEY"),
    _chat("nebius", "Nebius", "https://api.tokenfactory.nebius.com/v1", "NEBIUS_API_KEY"),
    _chat(
        "mistral",
        "Mistral",
        "https://api.mistral.ai/v1",
        "MISTRAL_API_KEY",
        aliases=("mistralai",),
        quirks=Quirks(counts_on_request=False, reasoning_back="content"),
    ),
    _chat("poe", "Poe", "https://api.poe.com/v1", "POE_API_KEY"),
    replace(_AZURE, reasoning=_AZURE_REASONING),
    _chat("lmstudio", "LM Studio", "http://localhost:1234/v1"),
    _chat("vllm", "vLLM", "http://localhost:8000/v1"),
    _chat("sglang", "SGLang", "http://localhost:30000/v1"),
    _chat("ollama", "Ollama", "http://localhost:11434/v1"),
    _chat("llama_cpp", "llama.cpp", "http://localhost:8080/v1"),
    _chat("chatcompletion", "Chat Completions", ""),
    Provider(type="demo", name="Demo", label="Demo", wire="demo", base_url="demo://team", quirks=Quirks()),
)

PROVIDERS: Mapping[str, Provider] = MappingProxyType({row.type: row for row in _ROWS})
"""Every provider under its word of the YAML."""

PREFIXES: Mapping[str, Provider] = MappingProxyType({word: row for row in _ROWS for word in (row.type, *row.aliases)})
"""Every provider under each word that may stand before a model's name, as in `anthropic:claude-opus-5-5`."""

KEY_VARIABLES = frozenset(variable for row in _ROWS for variable in row.key_variables)
"""Every variable that may hold a key."""

OWN_TOOLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "web_search": tuple(row.type for row in _ROWS if row.quirks.web_search),
        "code_interpreter": tuple(row.type for row in _ROWS if row.quirks.code_interpreter),
    }
)
"""The providers that have such a tool of their own."""


_UNUSED: Mapping[Wire, tuple[str, ...]] = MappingProxyType(
    {
        "messages": ("temperature", "top_p", "reasoning.summary", "text.verbosity"),
        "claude_code": ("temperature", "top_p", "reasoning.summary", "text.verbosity"),
        "gemini": ("reasoning.summary", "text.verbosity"),
        "chat_completions": ("reasoning.summary",),
    }
)


def unused(provider: Provider) -> tuple[str, ...]:
    """The options of a configuration that mean nothing to a provider."""
    names = _UNUSED.get(provider.wire, ())
    return () if provider.quirks.reasoning_object else names


def mixes_tools(provider: Provider, model: str) -> bool:
    """Whether a model takes tools of its provider's own beside ours."""
    either = provider.quirks.either_tools
    return not either or re.match(either, model, re.IGNORECASE) is None


def key_from(provider: Provider, environ: Mapping[str, str]) -> str | None:
    """The provider's key, or None where none of its variables holds one; blanks around a pasted key do not count."""
    variable = key_variable(provider, environ)
    return environ[variable].strip() if variable else None


def key_variable(provider: Provider, environ: Mapping[str, str]) -> str:
    """The variable that holds the provider's key; empty where none does."""
    return next((variable for variable in provider.key_variables if environ.get(variable, "").strip()), "")


def base_url_from(provider: Provider, environ: Mapping[str, str]) -> str:
    """Where the provider is reached: its variable, else its row; empty where only the configuration can say."""
    return environ.get(provider.base_url_variable, "").strip() or provider.base_url


def base_url_below(provider: Provider, address: str, *, deployment: str, dated: bool) -> str:
    """The base URL at an address that the user gave: Azure's resources have the wires below a path.

    An address with a path is taken as it is.
    """
    path = provider.quirks.dated_path if dated else provider.quirks.path
    if not path or "/" in address.partition("://")[2].rstrip("/"):
        return address
    return address.rstrip("/") + path.format(deployment=quote(deployment, safe=""))
