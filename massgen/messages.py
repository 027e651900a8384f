"""Words for talking to a model: what is asked, what streams back, and what can go wrong.

Every adapter translates between these values and its provider's wire; nothing above the adapters knows a wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

Stage = Literal["draft", "ballot", "presentation"]
Purpose = Literal[Stage, "summary"]


# -- what is asked ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool that a model may call. `parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A finished tool call of a model (also a stream part).

    `invalid` holds the raw argument text when that was not a JSON object; `arguments` is empty then.
    """

    id: str
    name: str
    arguments: Mapping[str, Json]
    invalid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a tool answered to the call `call_id`; `is_error` marks a refusal or a failure the model should see.

    `changed` is the file of the user's own that it changed, as an absolute path; no wire sends it.
    """

    call_id: str
    name: str
    text: str
    is_error: bool = False
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    """A provider's own items (encrypted reasoning, signatures), opaque to us.

    They go back verbatim on the next request of the same call, and only to the `wire` that made them; so do the fields
    in `beside`, which that request has besides its messages (the container in which Claude's code runs).
    """

    wire: str
    items: tuple[Json, ...]
    beside: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What the user, or MassGen in the user's place, says to the model."""

    text: str


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    """A final answer of an earlier turn, whoever wrote it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMessage:
    """What the model itself said earlier in this very call, before its tools were run."""

    text: str
    calls: tuple[ToolCall, ...]
    replay: Replay


@dataclass(frozen=True, slots=True)
class ToolResults:
    """The results of all the tool calls of the `ModelMessage` before it, in the order of the calls."""

    results: tuple[ToolResult, ...]


Message: TypeAlias = UserMessage | AssistantMessage | ModelMessage | ToolResults


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One request to one model. No wire sends `purpose` or `planning`.

    `purpose` is the stage in which it is made, or "summary" for one between the turns.

    `planning`: nothing may be changed yet; a backend with file tools of its own keeps them to reading.
    """

    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    purpose: Purpose
    planning: bool = False


# -- what streams back -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one request as the provider counted them.

    `input_tokens` includes cached and cache-written tokens and `output_tokens` includes reasoning, on every wire.
    `cost` is in US dollars and only set when the provider itself reported it.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost: Decimal | None = None


ProblemKind = Literal[
    "auth",
    "rate_limit",
    "overloaded",
    "context_length",
    "quota",
    "unknown_model",
    "bad_request",
    "network",
    "timeout",
    "refused",
    "truncated",
    "malformed",
    "empty",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong with a request, as a value on the main road.

    `text` is one sentence for the user, free of secrets and at most a few hundred characters; `retry_after` is in
    seconds, as the provider asked for it; `status` is the HTTP status where there was one. `truncated` means that the
    stream ended without its terminal marker, `empty` that the model ended without a word or a call.
    """

    kind: ProblemKind
    text: str
    status: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next characters of the model's answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next characters of the model's visible reasoning, or of its summary."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolArgsDelta:
    """The next characters of a tool call's arguments; a whole `ToolCall` follows."""

    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerToolUsed:
    """A tool that the provider runs itself (web search, code) changed its state.

    `detail` says what it is used on; `changed` is the file of the user's own that it changed, as an absolute path.
    `local`: it runs on this machine, and each `running` is followed by an end, so it may take its time.
    """

    name: str
    status: Literal["running", "completed", "failed"]
    detail: str = ""
    changed: str = ""
    local: bool = False


StopReason = Literal["end", "tool_calls", "length"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The reply is complete; the last part of a stream. `usage` is None where the provider sent none."""

    stop: StopReason
    usage: Usage | None
    replay: Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The request failed; the last part of a stream. `usage` is what was counted up to then, where known."""

    problem: Problem
    usage: Usage | None = None


Part: TypeAlias = TextDelta | ReasoningDelta | ToolArgsDelta | ToolCall | ServerToolUsed | Finished | Failed
