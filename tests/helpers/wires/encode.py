"""How each wire spells a reply, written from the vendors' documentation and the types of their SDKs."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass

from massgen.backends import fields
from massgen.backends.providers import Wire
from massgen.messages import Json
from tests.helpers.wires.reply import Call, Reply, Tokens


@dataclass(frozen=True, slots=True)
class Event:
    """A server-sent event; `speaks` when it carries a piece of the answer's text."""

    data: bytes
    speaks: bool = False


def events(wire: Wire, model: str, reply: Reply) -> Iterator[Event]:
    """The reply as server-sent events."""
    match wire:
        case "responses":
            for number, event in enumerate(_responses(model, reply)):
                yield _named({**event, "sequence_number": number}, speaks=event["type"] == "response.output_text.delta")
        case "chat_completions":
            yield Event(b": keep-alive\n\n")
            for event in _chat(model, reply):
                yield _data(event, speaks=fields.text(event, "choices", 0, "delta", "content") != "")
            yield Event(b"data: [DONE]\n\n")
        case "messages":
            for event in _messages(model, reply):
                yield _named(event, speaks=fields.text(event, "delta", "type") == "text_delta")
        case _:
            for event in _gemini(model, reply):
                part = fields.get(event, "candidates", 0, "content", "parts", 0)
                yield _data(event, speaks=fields.text(part, "text") != "" and not fields.get(part, "thought"))


def _data(event: Json, *, speaks: bool) -> Event:
    return Event(f"data: {json.dumps(event)}\n\n".encode(), speaks)


def _named(event: dict[str, Json], *, speaks: bool) -> Event:
    return Event(f"event: {event['type']}\n".encode() + _data(event, speaks=speaks).data, speaks)


def _arguments(call: Call) -> str:
    return call.arguments if isinstance(call.arguments, str) else json.dumps(dict(call.arguments))


def _halves(text: str) -> tuple[str, str]:
    """Arguments never arrive in one piece."""
    return text[: len(text) // 2], text[len(text) // 2 :]


# -- OpenAI Responses ------------------------------------------------------------------------------------------------


def _responses(model: str, reply: Reply) -> Iterator[dict[str, Json]]:
    response: dict[str, Json] = {"id": "resp_1", "object": "response", "model": model, "output": []}
    yield {"type": "response.created", "response": {**response, "status": "in_progress"}}
    index = 0
    if reply.thoughts:
        item: dict[str, Json] = {"type": "reasoning", "id": "rs_1", "summary": []}
        yield {"type": "response.output_item.added", "output_index": index, "item": item}
        place: dict[str, Json] = {"item_id": "rs_1", "output_index": index, "summary_index": 0}
        for delta in reply.thoughts:
            yield {"type": "response.reasoning_summary_text.delta", **place, "delta": delta}
        summary: list[Json] = [{"type": "summary_text", "text": "".join(reply.thoughts)}]
        done: dict[str, Json] = {**item, "summary": summary, "encrypted_content": "gAAAA=="}
        yield {"type": "response.output_item.done", "output_index": index, "item": done}
        index += 1
    if reply.texts:
        item = {"type": "message", "id": "msg_1", "role": "assistant", "phase": "final_answer", "content": []}
        yield {"type": "response.output_item.added", "output_index": index, "item": {**item, "status": "in_progress"}}
        place = {"item_id": "msg_1", "output_index": index, "content_index": 0}
        kind = "refusal" if reply.stop == "refused" else "output_text"
        for delta in reply.texts:
            yield {"type": f"response.{kind}.delta", **place, "delta": delta, "obfuscation": "x"}
        text = "".join(reply.texts)
        content: dict[str, Json] = (
            {"type": "refusal", "refusal": text}
            if kind == "refusal"
            else {"type": "output_text", "text": text, "annotations": []}
        )
        done = {**item, "status": "completed", "content": [content]}
        yield {"type": "response.output_item.done", "output_index": index, "item": done}
        index += 1
    for call in reply.tool_calls:
        item = {"type": "function_call", "id": f"fc_{index}", "call_id": call.id, "name": call.name, "arguments": ""}
        yield {"type": "response.output_item.added", "output_index": index, "item": item}
        place = {"item_id": f"fc_{index}", "output_index": index}
        for delta in _halves(_arguments(call)):
            yield {"type": "response.function_call_arguments.delta", **place, "delta": delta}
        done = {**item, "arguments": _arguments(call), "status": "completed"}
        yield {"type": "response.output_item.done", "output_index": index, "item": done}
        index += 1
    if reply.error is not None:
        failed: dict[str, Json] = {**response, "status": "failed", "error": dict(reply.error)}
        yield {"type": "response.failed", "response": failed}
        return
    ending = "incomplete" if reply.stop == "length" else "completed"
    response["status"] = ending
    response["usage"] = _responses_usage(reply.tokens) if reply.tokens else None
    response["incomplete_details"] = {"reason": "max_output_tokens"} if reply.stop == "length" else None
    yield {"type": f"response.{ending}", "response": response}


def _responses_usage(tokens: Tokens) -> Json:
    return {
        "input_tokens": tokens.input,
        "input_tokens_details": {"cached_tokens": tokens.cached, "cache_write_tokens": tokens.cache_written},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.input + tokens.output,
    }


# -- Chat Completions ------------------------------------------------------------------------------------------------


def _chat(model: str, reply: Reply) -> Iterator[dict[str, Json]]:
    head: dict[str, Json] = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": model}

    def chunk(delta: dict[str, Json], finish: str | None = None) -> dict[str, Json]:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield chunk({"role": "assistant", "content": ""})
    for thought in reply.thoughts:
        yield chunk({"reasoning_content": thought})
    for text in reply.texts:
        yield chunk({"content": text})
    for index, call in enumerate(reply.tool_calls):
        function: dict[str, Json] = {"name": call.name, "arguments": ""}
        opened: dict[str, Json] = {"index": index, "id": call.id, "type": "function", "function": function}
        yield chunk({"tool_calls": [opened]})
        for piece in _halves(_arguments(call)):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    if reply.error is not None:
        yield {"error": dict(reply.error)}
        return
    finish = {"end": "tool_calls" if reply.calls else "stop", "length": "length", "refused": "content_filter"}
    yield chunk({}, finish[reply.stop])
    if reply.tokens:
        yield {**head, "choices": [], "usage": _chat_usage(reply.tokens)}


def _chat_usage(tokens: Tokens) -> Json:
    return {
        "prompt_tokens": tokens.input,
        "prompt_tokens_details": {"cached_tokens": tokens.cached, "cache_write_tokens": tokens.cache_written},
        "completion_tokens": tokens.output,
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.input + tokens.output,
        **({} if tokens.cost is None else {"cost": tokens.cost}),
    }


# -- Anthropic Messages ----------------------------------------------------------------------------------------------


def _messages(model: str, reply: Reply) -> Iterator[dict[str, Json]]:
    tokens = reply.tokens or Tokens(input=0, output=0)
    message: dict[str, Json] = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    if reply.tokens:
        message["usage"] = {
            "input_tokens": tokens.input - tokens.cached - tokens.cache_written,
            "cache_read_input_tokens": tokens.cached,
            "cache_creation_input_tokens": tokens.cache_written,
            "output_tokens": 1,
        }
    yield {"type": "message_start", "message": message}
    yield {"type": "ping"}
    index = 0
    if reply.thoughts:
        deltas: list[dict[str, Json]] = [{"type": "thinking_delta", "thinking": thought} for thought in reply.thoughts]
        deltas.append({"type": "signature_delta", "signature": "c2lnbmF0dXJl"})
        yield from _block(index, {"type": "thinking", "thinking": "", "signature": ""}, deltas)
        index += 1
    if reply.texts:
        yield from _block(
            index, {"type": "text", "text": ""}, [{"type": "text_delta", "text": text} for text in reply.texts]
        )
        index += 1
    for call in reply.tool_calls:
        pieces = ("", *_halves(_arguments(call)))
        yield from _block(
            index,
            {"type": "tool_use", "id": call.id, "name": call.name, "input": {}},
            [{"type": "input_json_delta", "partial_json": piece} for piece in pieces],
        )
        index += 1
    if reply.error is not None:
        yield {"type": "error", "error": dict(reply.error)}
        return
    stop = {"end": "tool_use" if reply.calls else "end_turn", "length": "max_tokens", "refused": "refusal"}
    details: Json = {"category": "cyber", "explanation": "not that"} if reply.stop == "refused" else None
    end: dict[str, Json] = {
        "type": "message_delta",
        "delta": {"stop_reason": stop[reply.stop], "stop_details": details},
    }
    if reply.tokens:
        counted: dict[str, Json] = {"output_tokens": tokens.output}
        if tokens.reasoning:
            counted["output_tokens_details"] = {"thinking_tokens": tokens.reasoning}
        end["usage"] = counted
    yield end
    yield {"type": "message_stop"}


def _block(index: int, block: Json, deltas: list[dict[str, Json]]) -> Iterator[dict[str, Json]]:
    yield {"type": "content_block_start", "index": index, "content_block": block}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


# -- Gemini ----------------------------------------------------------------------------------------------------------

SIGNATURE = base64.b64encode(b"signature").decode()


def _gemini(model: str, reply: Reply) -> Iterator[dict[str, Json]]:
    def chunk(part: dict[str, Json]) -> dict[str, Json]:
        return {"modelVersion": model, "candidates": [{"index": 0, "content": {"role": "model", "parts": [part]}}]}

    for thought in reply.thoughts:
        yield chunk({"text": thought, "thought": True})
    if reply.stop != "refused":
        for text in reply.texts:
            yield chunk({"text": text})
    for position, call in enumerate(reply.tool_calls):
        # The Gemini API delivers arguments as an object, so text that is no JSON cannot occur here.
        arguments = {} if isinstance(call.arguments, str) else dict(call.arguments)
        part: dict[str, Json] = {"functionCall": {"id": call.id, "name": call.name, "args": arguments}}
        # Of parallel calls only the first is signed.
        yield chunk(part if position else {**part, "thoughtSignature": SIGNATURE})
    if reply.error is not None:
        yield {"error": dict(reply.error)}
        return
    finish = {"end": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY"}
    last: dict[str, Json] = {"candidates": [{"index": 0, "finishReason": finish[reply.stop]}]}
    if reply.tokens:
        last["usageMetadata"] = _gemini_usage(reply.tokens)
    yield last


def _gemini_usage(tokens: Tokens) -> Json:
    return {
        "promptTokenCount": tokens.input,
        "cachedContentTokenCount": tokens.cached,
        "candidatesTokenCount": tokens.output - tokens.reasoning,
        "thoughtsTokenCount": tokens.reasoning,
        "totalTokenCount": tokens.input + tokens.output,
    }
