"""How each wire spells what a fault server sends, as bytes: HTTP by hand, events from the doubles' own spelling."""

import json
from collections.abc import Mapping, Sequence

from massgen.backends.providers import Wire
from massgen.messages import Json
from tests.faults.server import Answer
from tests.helpers.wires import Reply, Request
from tests.helpers.wires.encode import Event, events

_REASONS = {200: b"OK", 307: b"Temporary Redirect"}


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """The head of an answer; every connection serves one request."""
    lines = [f"{name}: {value}".encode() for name, value in {**headers, "connection": "close"}.items()]
    return b"\r\n".join((b"HTTP/1.1 %d %b" % (status, _REASONS.get(status, b"No")), *lines, b"", b""))


STREAM = head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """A piece of a body whose length nobody has told."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def spoken(request: Request, reply: Reply) -> list[Event]:
    """A reply as the events of the wire that asks."""
    return list(events(request.wire, request.model, reply))


def streamed(said: Sequence[Event | bytes]) -> Answer:
    """A stream that comes to its end, one piece for each event."""
    return Answer(sends=(STREAM, *_chunks(said), END))


def whole(request: Request, reply: Reply) -> Answer:
    """A reply as it should be."""
    return streamed(spoken(request, reply))


def broken(said: Sequence[Event | bytes], then: Answer) -> Answer:
    """A stream that does not come to its end; what happens instead is said by `then`."""
    return Answer(sends=(STREAM, *_chunks(said), *then.sends), then=then.then)


def begun(request: Request, text: str) -> list[Event]:
    """A reply up to the event in which its first word comes."""
    said = spoken(request, Reply(text=[text, " and so on."]))
    first = next(place for place, event in enumerate(said) if event.speaks)
    return said[: first + 1]


def refusal(
    request: Request,
    status: int,
    words: Mapping[Wire, str],
    message: str | Mapping[Wire, str],
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """No stream but an error, in the shape and with the word that the wire's vendor has for it."""
    said = message if isinstance(message, str) else message[request.wire]
    body = json.dumps(_error(request.wire, status, words[request.wire], said)).encode()
    sizes = {"content-type": "application/json", "content-length": str(len(body))}
    return Answer(sends=(head(status, {**sizes, **(headers or {})}), body))


def page(status: int, html: bytes) -> Answer:
    """A page for people."""
    return Answer(sends=(head(status, {"content-type": "text/html", "content-length": str(len(html))}), html))


def event(data: Json, name: str = "") -> bytes:
    """A server-sent event that the doubles do not know."""
    return (f"event: {name}\n" if name else "").encode() + f"data: {json.dumps(data)}\n\n".encode()


def _chunks(said: Sequence[Event | bytes]) -> list[bytes]:
    return [chunk(each if isinstance(each, bytes) else each.data) for each in said]


def _error(wire: Wire, status: int, word: str, message: str) -> Json:
    match wire:
        case "messages":
            return {"type": "error", "error": {"type": word, "message": message}, "request_id": "req_1"}
        case "gemini":
            return {"error": {"code": status, "message": message, "status": word}}
        case _:
            return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": word or None}}
