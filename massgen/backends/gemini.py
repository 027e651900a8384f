"""Google's Gemini wire, and what it is asked."""

import contextlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from massgen.backends import fields, sse
from massgen.backends.adapter import Adapter
from massgen.backends.connection import Connection
from massgen.backends.ending import Courtesies
from massgen.backends.gemini_reader import WIRE, Reader
from massgen.backends.protocol import Backend
from massgen.backends.providers import mixes_tools
from massgen.backends.reply import MADE_UP
from massgen.backends.transport import http_client
from massgen.messages import (
    AssistantMessage,
    ChatRequest,
    Json,
    Message,
    ModelMessage,
    ToolResult,
    ToolResults,
    UserMessage,
)

if TYPE_CHECKING:
    import httpx2
    from google.genai import Client, types

_API_VERSION = "v1beta"
"""Knows everything `v1` knows, and the `-latest` names besides."""

_MIXED = "its own tools beside ours"

_COURTESIES = {
    "thinking": ("thinking", "include_thoughts", "includethoughts"),
    _MIXED: ("tool use with function calling", "include_server_side_tool_invocations"),
}

_VERSION = re.compile(r"(?:models/)?gemini-(?:(\d+)(?:\.(\d+))?|[a-z-]+-(latest)$)", re.IGNORECASE)
_NEWEST = (99, 0)
_THINKS_SINCE = (2, 5)
_LEVELS_SINCE = (3, 0)
"""Gemini 3 takes a level of thinking, 2.5 a budget of tokens; either answers 400 to the other's field."""

_ANSWERS: "ContextVar[list[httpx2.Response]]" = ContextVar("answers")
"""The answers to what the current task asks; the SDK does not give them out."""

_LEVELS: Mapping[str, str] = {"none": "MINIMAL", "xhigh": "HIGH", "max": "HIGH"}
"""Words for efforts that the wire does not have, and the nearest it has."""

_BUDGETS: Mapping[str, int] = {
    "none": 512,
    "minimal": 512,
    "low": 1024,
    "medium": 8192,
    "high": 24_576,
    "xhigh": 24_576,
    "max": 24_576,
}


def backend(connection: Connection) -> Backend:
    """One model behind the Gemini wire."""
    return Adapter(
        connection,
        courtesies=_COURTESIES,
        body=body,
        reader=Reader,
        connect=_connect,
        events=lambda client, body, reader: _events(client, connection.model, body, reader),
        sdk_errors=_sdk_errors,
    )


@dataclass(frozen=True, slots=True)
class _Client:
    """The SDK's client and its connections, which the SDK does not close when it was given them."""

    sdk: "Client"
    http: "httpx2.AsyncClient"

    async def close(self) -> None:
        await self.http.aclose()


def _connect(connection: Connection) -> _Client:
    """The SDK, told not to look into the environment for Vertex AI; without `retry_options` it asks once."""
    from google.genai import Client, types

    http = http_client(
        connection,
        home="generativelanguage.googleapis.com",
        credential=("x-goog-api-key", connection.key),
    )
    http.event_hooks["response"].append(_take)
    sdk = Client(
        vertexai=False,
        api_key=connection.key or "not-needed",
        http_options=types.HttpOptions(base_url=connection.base_url, api_version=_API_VERSION, httpx_async_client=http),
    )
    return _Client(sdk, http)


async def _events(
    client: Callable[[], Awaitable[_Client]], model: str, body: dict[str, Json], reader: "Reader"
) -> AsyncGenerator[object, None]:
    """The chunks as plain JSON. A generation that is to be continued is, and what follows belongs to the same reply."""
    opened = await client()
    from google.genai import types

    config = types.GenerateContentConfig.model_validate(body["config"])
    contents = [types.Content.model_validate(content) for content in fields.each(body, "contents")]
    while True:
        async with _asked(opened.sdk, model, contents, config) as answer:
            async for event in answer:
                yield event
        token = reader.resume()
        if token in (b"", config.continuation_token):
            return
        config = config.model_copy(update={"continuation_token": token})


@contextlib.asynccontextmanager
async def _asked(
    sdk: "Client", model: str, contents: "Sequence[types.Content]", config: "types.GenerateContentConfig"
) -> AsyncGenerator[AsyncGenerator[object, None], None]:
    """Ask once. The SDK refuses a status; a stream is taken away from it, and closed behind us."""
    answers: list[httpx2.Response] = []
    _ANSWERS.set(answers)
    try:
        async for _ in await sdk.aio.models.generate_content_stream(
            model=model, contents=list(contents), config=config
        ):
            pass  # there is nothing left to read for the SDK
        async with contextlib.aclosing(sse.events(answers[-1])) as events:
            yield events
    finally:
        for answer in answers:
            await answer.aclose()


async def _take(response: "httpx2.Response") -> None:
    """Take a stream out of the SDK's hands, for the task that asked; the SDK gets an empty one in its place."""
    import httpx2

    if response.status_code == httpx2.codes.OK:
        answer = httpx2.Response(
            response.status_code, headers=response.headers, stream=response.stream, request=response.request
        )
        _ANSWERS.get().append(answer)
        response.stream = httpx2.ByteStream(b"")


def _sdk_errors() -> tuple[type[Exception], ...]:
    from google.genai import errors

    return (errors.APIError, errors.ContinuationInterruptedError)


# -- what is asked ---------------------------------------------------------------------------------------------------


def body(connection: Connection, request: ChatRequest, courtesies: Courtesies) -> dict[str, Json]:
    """The request as the SDK takes it: `contents`, and a `config` with everything else."""
    options = connection.options
    version = _version(connection.model)
    config: dict[str, object] = {
        # Python functions as tools would make the SDK call them by itself.
        "automaticFunctionCalling": {"disable": True},
    }
    if request.system:
        config["systemInstruction"] = request.system
    if tools := _tools(connection, request, mixed=_MIXED in courtesies):
        config["tools"] = tools
    if len(tools) > 1 and request.tools:
        # Asked for wherever Google's tools and ours meet; their calls and results then come as parts of the content.
        config["toolConfig"] = {"includeServerSideToolInvocations": True}
    chosen = {
        "temperature": options.temperature,
        "topP": options.top_p,
        "maxOutputTokens": options.max_tokens,
        "thinkingConfig": _thinking(options.reasoning_effort, version) if "thinking" in courtesies else None,
        "httpOptions": {"extraBody": dict(options.extra)} if options.extra else None,
    }
    config |= {name: value for name, value in chosen.items() if value is not None}
    return fields.clean_object({"contents": _merged(request.messages), "config": config})


def _version(model: str) -> tuple[int, int]:
    """The generation of a Gemini model; (0, 0) for names that do not tell."""
    match = _VERSION.match(model)
    if match is None:
        return (0, 0)
    return _NEWEST if match[3] else (int(match[1]), int(match[2] or 0))


def _thinking(effort: str | None, version: tuple[int, int]) -> dict[str, Json] | None:
    """Thoughts are asked for wherever a model has any."""
    if version < _THINKS_SINCE:
        return None
    thinking: dict[str, Json] = {"includeThoughts": True}
    if effort and version >= _LEVELS_SINCE:
        thinking["thinkingLevel"] = _LEVELS.get(effort, effort.upper())
    elif effort and effort in _BUDGETS:
        thinking["thinkingBudget"] = _BUDGETS[effort]
    return thinking


def _tools(connection: Connection, request: ChatRequest, *, mixed: bool) -> list[Json]:
    """Our tools, and Google's own where a model takes both or gets none of ours."""
    options, quirks = connection.options, connection.provider.quirks
    ours: list[Json] = [
        {"name": t.name, "description": t.description, "parametersJsonSchema": dict(t.parameters)}
        for t in request.tools
    ]
    tools: list[Json] = [{"functionDeclarations": ours}] if ours else []
    if not ours or (mixed and mixes_tools(connection.provider, connection.model)):
        wanted = ((options.web_search, quirks.web_search), (options.code_interpreter, quirks.code_interpreter))
        tools += [{tool: {}} for asked, tool in wanted if asked and tool]
    return tools


def _merged(messages: Sequence[Message]) -> list[dict[str, object]]:
    """The messages as contents, neighbours of one role put together."""
    turns: list[dict[str, object]] = []
    for message in messages:
        role, parts = _parts(message)
        if turns and turns[-1]["role"] == role:
            turns[-1]["parts"] = [*fields.each(turns[-1]["parts"]), *parts]
        elif parts:
            turns.append({"role": role, "parts": parts})
    return turns


def _parts(message: Message) -> tuple[str, list[Json]]:
    """A message's role and its parts."""
    match message:
        case UserMessage(text):
            return "user", [{"text": text}] if text else []
        case AssistantMessage(text):
            return "model", [{"text": text}] if text else []
        case ModelMessage(replay=replay) if replay.wire == WIRE:
            return "model", list(replay.items)
        case ModelMessage(text=text, calls=calls):
            said: list[Json] = [{"text": text}] if text else []
            return "model", said + [
                # The placeholder that Google documents for calls which another model made.
                {
                    "functionCall": {"name": call.name, "args": dict(call.arguments)},
                    "thoughtSignature": "skip_thought_signature_validator",
                }
                for call in calls
            ]
        case ToolResults(results):
            return "user", [_response(result) for result in results]


def _response(result: ToolResult) -> dict[str, Json]:
    """What a tool answered. An id that we made up is unknown to the provider."""
    response: dict[str, Json] = {
        "name": result.name,
        "response": {"error" if result.is_error else "output": result.text},
    }
    if not result.call_id.startswith(MADE_UP):
        response["id"] = result.call_id
    return {"functionResponse": response}
