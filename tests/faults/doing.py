"""What failing providers do: each function answers a request the way one fault does."""

from collections.abc import Callable, Mapping
from typing import Final

from massgen.backends.providers import Wire
from massgen.messages import Json
from tests.faults.server import Answer
from tests.faults.spelling import STREAM, begun, chunk, event, refusal, spoken, streamed, whole
from tests.helpers.wires import Call, Reply, Request, Tokens
from tests.helpers.wires.asking import KEY

# -- what providers call it ------------------------------------------------------------------------------------------


def _words(openai: str, anthropic: str, google: str) -> Mapping[Wire, str]:
    return {"responses": openai, "chat_completions": openai, "messages": anthropic, "gemini": google}


BAD = _words("", "invalid_request_error", "INVALID_ARGUMENT")
NO_KEY = _words("invalid_api_key", "authentication_error", "UNAUTHENTICATED")
FORBIDDEN = _words("unsupported_country_region_territory", "permission_error", "PERMISSION_DENIED")
NO_MODEL = _words("model_not_found", "not_found_error", "NOT_FOUND")
TOO_FAST = _words("rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED")
BROKEN = _words("server_error", "api_error", "INTERNAL")
OVERLOADED = _words("server_error", "overloaded_error", "UNAVAILABLE")
TOO_LONG = {**BAD, "responses": "context_length_exceeded"}

# Only OpenAI says so in a code; Gemini's sentence is that of dyad-sh/dyad issue 3626.
NO_MONEY: Mapping[Wire, tuple[int, str, str]] = {
    "responses": (429, "insufficient_quota", "You exceeded your current quota, please check your plan."),
    "chat_completions": (402, "invalid_request_error", "Insufficient Balance"),
    "messages": (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
    "gemini": (429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
}
LENGTHS: Mapping[Wire, str] = {
    "responses": "Your input exceeds the context window of this model.",
    "chat_completions": "This model's maximum context length is 131072 tokens.",
    "messages": "prompt is too long: 210000 tokens > 200000 maximum",
    "gemini": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
}
SLOW = "Slow down."
NOW = "Sun, 22 Nov 2026 07:00:00 GMT"


def slow_down(**headers: str) -> Callable[[Request], Answer]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: refusal(request, 429, TOO_FAST, SLOW, named)


def no_money(request: Request) -> Answer:
    status, word, message = NO_MONEY[request.wire]
    return refusal(request, status, {request.wire: word}, message)


# -- streams that go wrong -------------------------------------------------------------------------------------------


def error_inside(request: Request) -> Answer:
    message = f"Too many people ask {KEY}."
    error: dict[Wire, dict[str, Json]] = {
        "responses": {"code": "server_error", "message": message},
        "chat_completions": {"code": 503, "message": message},
        "messages": {"type": "overloaded_error", "message": message},
        "gemini": {"code": 503, "message": message, "status": "UNAVAILABLE"},
    }
    return whole(request, Reply(text=["Overload"], error=error[request.wire]))


def cut_in_a_call(request: Request) -> Answer:
    said = spoken(request, Reply(calls=[("vote", {"label": "A"})]))
    first = next(place for place, each in enumerate(said) if b"vote" in each.data)
    if request.wire == "gemini":  # a call comes whole there: it is the marker that is missing
        return streamed(said[: first + 1])
    return streamed(said[: first + 2])


def byte_by_byte(request: Request) -> Answer:
    data = b"".join(each.data for each in spoken(request, Reply(text=["Bytes: ", "é."])))
    return streamed([data[place : place + 1] for place in range(len(data))])


def replaced(text: str, there: bytes, instead: bytes) -> Callable[[Request], Answer]:
    def does(request: Request) -> Answer:
        said = [each.data for each in spoken(request, Reply(text=["Well: ", text]))]
        return streamed([each.replace(there, instead) for each in said])

    return does


def malformed(request: Request) -> Answer:
    name = b"event: content_block_delta\n" if request.wire == "messages" else b""
    return streamed([*begun(request, "Malformed"), name + b'data: {"type": "content_bl\n\n'])


def keep_alives(request: Request) -> Answer:
    beats = {"messages": event({"type": "ping"}, "ping")}
    return Answer(sends=(STREAM, chunk(beats.get(request.wire, b": keep-alive\n\n"))), then="repeat")


def unknown_events(request: Request) -> Answer:
    said = spoken(request, Reply(text=["Known."]))
    strange: Mapping[Wire, list[bytes]] = {
        "responses": [
            event({"type": "response.hologram.delta", "delta": "x", "output_index": 9}, "response.hologram.delta"),
            event({"type": "response.output_item.added", "output_index": 9, "item": {"type": "hologram"}}),
            event({"type": "response.output_item.done", "output_index": 9, "item": {"type": "hologram"}}),
        ],
        "chat_completions": [
            event({"object": "hologram", "hologram": {"size": 3}}),
            event({"choices": [{"index": 0, "delta": {"hologram": "x"}}]}),
        ],
        "messages": [
            event({"type": "hologram", "size": 3}, "hologram"),
            event({"type": "content_block_start", "index": 9, "content_block": {"type": "hologram"}}),
            event({"type": "content_block_delta", "index": 9, "delta": {"type": "hologram_delta", "x": "y"}}),
            event({"type": "content_block_stop", "index": 9}),
        ],
        "gemini": [
            event({"hologram": {"size": 3}}),
            event({"candidates": [{"content": {"role": "model", "parts": [{"hologram": {"size": 3}}]}}]}),
        ],
    }
    return streamed([*said[:1], *strange[request.wire], *said[1:]])


def counted(input_: int, output: int) -> Callable[[Request], Answer]:
    return lambda request: whole(request, Reply(text=["Counted."], tokens=Tokens(input=input_, output=output)))


def broken_arguments(request: Request) -> Answer:
    if request.wire == "gemini":  # arguments are an object there; this is how it says that the model has failed at it
        last = event({"candidates": [{"index": 0, "finishReason": "MALFORMED_FUNCTION_CALL"}]})
        return streamed([last])
    return whole(request, Reply(calls=[Call("list_directory", '{"path": "A', id="a")]))


DEEP: Final = '{"path": ' + "[" * 5000 + "]" * 5000 + "}"


def deep(request: Request) -> Answer:
    if request.wire != "gemini":
        return whole(request, Reply(calls=[Call("list_directory", DEEP, id="a")]))
    said = [each.data for each in spoken(request, Reply(calls=[Call("list_directory", {"there": "it"}, id="a")]))]
    return streamed([each.replace(b'{"there": "it"}', DEEP.encode()) for each in said])


def redirect(request: Request) -> Answer:
    # The same server by another name: whoever followed would be seen there.
    port = request.headers["host"].rpartition(":")[2]
    location = f"http://localhost:{port}{request.path}"
    return refusal(request, 307, _words("", "", ""), "It is over there.", {"location": location})


def nothing(request: Request) -> Answer:
    raise AssertionError("nobody can ask here")
