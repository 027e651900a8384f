"""Google's Gemini wire.

Calls arrive whole, with a signature that has to come back: the model's parts are kept as they came.
"""

import base64
import contextlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from massgen.backends import fields, sse
from massgen.backends.adapter import Adapter
from massgen.backends.connection import Connection
from massgen.backends.ending import Courtesies
from massgen.backends.protocol import Backend
from massgen.backends.reply import MADE_UP, Reply
from massgen.backends.transport import http_client
from massgen.messages import (
    AssistantMessage,
    ChatRequest,
    Json,
    Message,
    ModelMessage,
    Part,
    ServerToolUsed,
    ToolCall,
    ToolResult,
    ToolResults,
    Usage,
    UserMessage,
)

if TYPE_CHECKING:
    import httpx2
    from google.genai import Client, types

WIRE = "gemini"

_API_VERSION = "v1beta"
"""Knows everything `v1` knows, and the `-latest` names besides."""

_COURTESIES = {"thinking": ("thinking", "include_thoughts", "includethoughts")}

_VERSION = re.compile(r"(?:models/)?gemini-(\d+)(?:\.(\d+))?", re.IGNORECASE)
_THINKS_SINCE = (2, 5)
_LEVELS_SINCE = (3, 0)
"""Gemini 3 takes a level of thinking, 2.5 a budget of tokens; either answers 400 to the other's field."""

_ANSWERS: "ContextVar[list[httpx2.Response]]" = ContextVar("answers")
"""The answers to what the current task asks; the SDK does not give them out."""

_Ended: TypeAlias = Literal["completed", "failed"]

_BUDGETS: Mapping[str, int] = {"minimal": 512, "low": 1024, "medium": 8192, "high": 24_576}


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
    if tools := _tools(connection, request, version):
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
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


def _thinking(effort: str | None, version: tuple[int, int]) -> dict[str, Json] | None:
    """Thoughts are asked for wherever a model has any."""
    if version < _THINKS_SINCE:
        return None
    thinking: dict[str, Json] = {"includeThoughts": True}
    if effort and version >= _LEVELS_SINCE:
        thinking["thinkingLevel"] = effort.upper()
    elif effort and effort in _BUDGETS:
        thinking["thinkingBudget"] = _BUDGETS[effort]
    return thinking


def _tools(connection: Connection, request: ChatRequest, version: tuple[int, int]) -> list[Json]:
    """Our tools, and Google's own; mixing the two works from Gemini 3 on and is a 400 before."""
    options, quirks = connection.options, connection.provider.quirks
    ours: list[Json] = [
        {"name": t.name, "description": t.description, "parametersJsonSchema": dict(t.parameters)}
        for t in request.tools
    ]
    tools: list[Json] = [{"functionDeclarations": ours}] if ours else []
    if version >= _LEVELS_SINCE or not ours:
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


# -- what streams back -----------------------------------------------------------------------------------------------


class Reader:
    """Reads the chunks of one generation.

    The finish reason is the terminal marker; usage and grounding may come with it or later.
    """

    def __init__(self, request: ChatRequest) -> None:
        self.reply = Reply(WIRE, round_=len(request.messages))
        self._parts: list[Json] = []
        self._text: list[str] = []
        self._checkpoint = ""
        self._broke_off = False
        self._counted_before = Usage()
        self._searched: set[str] = set()
        self._used: dict[str, tuple[str, str]] = {}
        self._code = ""

    def take(self, event: object) -> Iterator[Part]:
        """The parts that a chunk brings."""
        counted = fields.get(event, "usageMetadata")
        if isinstance(counted, dict):
            self.reply.usage = _usage(counted, self._counted_before)
        if blocked := fields.text(event, "promptFeedback", "blockReason"):
            said = fields.text(event, "promptFeedback", "blockReasonMessage")
            self.reply.give_up("refused", said or f"the prompt was blocked: {blocked}")
        candidate = fields.get(event, "candidates", 0)
        for part in fields.each(candidate, "content", "parts"):
            yield from self._part(part)
        for query in fields.each(candidate, "groundingMetadata", "webSearchQueries"):
            if isinstance(query, str) and query not in self._searched:
                self._searched.add(query)
                yield ServerToolUsed(name="web_search", status="completed", detail=fields.gist(query))
        self._checkpoint = fields.text(candidate, "continuationToken") or self._checkpoint
        self._close(fields.text(candidate, "finishReason"), fields.text(candidate, "finishMessage"))

    def resume(self) -> bytes:
        """By what the provider goes on with a generation that it broke off itself; empty if it did no such thing."""
        token, self._checkpoint = self._checkpoint if self._broke_off else "", ""
        self._broke_off, self._counted_before = False, self.reply.usage or Usage()
        return base64.b64decode(token)

    def replay(self, calls: Sequence[ToolCall]) -> Sequence[Json]:  # noqa: ARG002 - a call arrives whole or not at all
        """The parts as they came, signatures and all."""
        self._put_together()
        return self._parts

    def _keep(self, part: Mapping[str, object]) -> None:
        """For the next request. Text comes as a part for each token; what is text and nothing else becomes one part."""
        if part.keys() == {"text"}:
            self._text.append(fields.text(part, "text"))
        else:
            self._put_together()
            self._parts.append(fields.clean(part))

    def _put_together(self) -> None:
        if self._text:
            self._parts.append({"text": fields.whole("".join(self._text))})
            self._text.clear()

    def _part(self, part: object) -> Iterator[Part]:
        """One part of the content; even an empty text may carry a signature, so all are kept."""
        if not isinstance(part, dict):
            return
        self._keep(part)
        if isinstance(call := fields.get(part, "functionCall"), dict):
            key = len(self._parts)
            self.reply.open(key, id_=fields.text(call, "id"), name=fields.text(call, "name"))
            arguments = fields.get(call, "args")
            yield from self.reply.argue(key, fields.compact(arguments if isinstance(arguments, dict) else {}))
        elif isinstance(call := fields.get(part, "toolCall"), dict):
            yield self._begin(call)
        elif isinstance(response := fields.get(part, "toolResponse"), dict):
            yield self._end(response)
        elif isinstance(code := fields.get(part, "executableCode"), dict):
            self._code = fields.gist(fields.text(code, "code"))
            yield ServerToolUsed(name="code_interpreter", status="running", detail=self._code)
        elif outcome := fields.text(part, "codeExecutionResult", "outcome"):
            status: _Ended = "completed" if outcome == "OUTCOME_OK" else "failed"
            yield ServerToolUsed(name="code_interpreter", status=status, detail=self._code)
        elif fields.get(part, "thought"):
            yield from self.reply.think(fields.text(part, "text"))
        else:
            yield from self.reply.say(fields.text(part, "text"))

    def _begin(self, call: Mapping[str, object]) -> ServerToolUsed:
        """A tool of Google's is called; the queries of a search come once more as grounding, and count once."""
        queries = [query for query in fields.each(call, "args", "queries") if isinstance(query, str)]
        self._searched.update(queries)
        type_ = fields.text(call, "toolType")
        name = "web_search" if type_.startswith("GOOGLE_SEARCH") else type_.lower() or "tool"
        detail = fields.gist(fields.joined(call, "args", "queries"), fields.text(call, "args", "query"))
        self._used[fields.text(call, "id")] = name, detail
        return ServerToolUsed(name=name, status="running", detail=detail)

    def _end(self, response: Mapping[str, object]) -> ServerToolUsed:
        """What a tool of Google's came to."""
        name, detail = self._used.get(fields.text(response, "id"), ("tool", ""))
        failed = fields.get(response, "response", "error") is not None
        return ServerToolUsed(name=name, status="failed" if failed else "completed", detail=detail)

    def _close(self, reason: str, message: str) -> None:
        """A finish reason."""
        match reason:
            case "" | "FINISH_REASON_UNSPECIFIED":
                return
            case "CONTINUATION":
                self._broke_off = True
            case "STOP" | "MAX_TOKENS":
                self.reply.stop(cut=reason == "MAX_TOKENS")
            case "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "TOO_MANY_TOOL_CALLS" | "MALFORMED_RESPONSE":
                self.reply.give_up("malformed", message or reason)
            case "OTHER" | "MISSING_THOUGHT_SIGNATURE":
                self.reply.give_up("bad_request", message or reason)
            case _:
                self.reply.give_up("refused", message or reason)


def _usage(counted: object, before: Usage) -> Usage:
    """The wire counts thoughts, and what tools brought in, apart; ours includes them, and those `before`."""
    thoughts = fields.count(counted, "thoughtsTokenCount")
    brought = fields.count(counted, "toolUsePromptTokenCount")
    return Usage(
        input_tokens=before.input_tokens + fields.count(counted, "promptTokenCount") + brought,
        output_tokens=before.output_tokens + fields.count(counted, "candidatesTokenCount") + thoughts,
        cached_tokens=before.cached_tokens + fields.count(counted, "cachedContentTokenCount"),
        reasoning_tokens=before.reasoning_tokens + thoughts,
    )
