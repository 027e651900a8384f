"""Reading Google's Gemini wire: what streams back.

Calls arrive whole, with a signature that has to come back: the model's parts are kept as they came.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from massgen.backends import fields
from massgen.backends.reply import Reply
from massgen.messages import ChatRequest, Json, Part, ServerToolUsed, ToolCall, Usage

WIRE = "gemini"

_Ended: TypeAlias = Literal["completed", "failed"]


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
            self.reply.count(counted, _usage(counted, self._counted_before))
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
