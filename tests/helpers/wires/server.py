"""The loopback server itself."""

import contextlib
import json
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TypeAlias

from massgen.backends.providers import PROVIDERS
from tests.helpers.wires.encode import Event, events
from tests.helpers.wires.reply import Reply
from tests.helpers.wires.request import Request, wire_of

Script: TypeAlias = Callable[[Request], Reply] | Mapping[str, Iterable[Reply]] | Iterable[Reply]


class WireServer:
    """Answers on all four wires at once, on 127.0.0.1, and keeps every request.

    The script is a function from request to reply (called in the thread of the connection, so it may wait for
    something), or replies per model name, or replies in their order. Unexpected requests, exceptions in the script and
    replies that nobody asked for make the `with` statement fail at its end.

        with WireServer([Reply(text="Forty-two.")]) as server:
            connection = Connection(provider=PROVIDERS["openai"], base_url=server.base_url("openai"), …)
    """

    def __init__(self, script: Script) -> None:
        self.requests: list[Request] = []
        self.failures: list[BaseException] = []
        self._reply: Callable[[Request], Reply]
        self._reply, self._queues = _follow(script)
        self._stopped, self._stop = socket.socketpair()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.wires = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> "WireServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.close()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self._stopped.close()
        if error is None:
            assert not self.failures, f"the script failed: {self.failures!r}"
            unused = {name: len(queue) for name, queue in self._queues.items() if queue}
            assert not unused, f"replies that nobody asked for: {unused}"

    @property
    def origin(self) -> str:
        """The server's address without a path."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def base_url(self, provider: str) -> str:
        """The base URL under which this provider is found here."""
        return self.origin if PROVIDERS[provider].wire in ("messages", "gemini", "claude_code") else f"{self.origin}/v1"

    def environ(self, *providers: str) -> dict[str, str]:
        """The variables, a made-up key among them, with which a program finds these providers here."""
        rows = [PROVIDERS[name] for name in providers]
        addresses = {row.base_url_variable: self.base_url(row.type) for row in rows}
        return addresses | {row.key_variables[0]: f"key-of-{row.type}" for row in rows if row.key_variables}

    def answer(self, request: Request) -> Reply:
        """The script's reply; a failing script is remembered and answers a refusal that nobody retries."""
        self.requests.append(request)
        try:
            return self._reply(request)
        except Exception as error:  # noqa: BLE001 - handed to the test at the end of its `with`
            self.failures.append(error)
            return Reply(status=400, body={"error": {"message": f"the script failed: {error!r}"}})


def _follow(script: Script) -> tuple[Callable[[Request], Reply], dict[str, list[Reply]]]:
    """The script as a function, and what is left of its queues."""
    if callable(script):
        return script, {}
    lines = script if isinstance(script, Mapping) else {"": script}
    queues: dict[str, list[Reply]] = {model: list(replies) for model, replies in lines.items()}
    lock = threading.Lock()

    def reply(request: Request) -> Reply:
        with lock:
            queue = queues.get(request.model, queues.get("", []))
            assert queue, f"no reply left for {request.model!r}"
            return queue.pop(0)

    return reply, queues


def _pieces(raw: bytes | Sequence[bytes]) -> Iterable[Event]:
    return [Event(raw)] if isinstance(raw, bytes) else [Event(piece, speaks=True) for piece in raw]


class _Http(ThreadingHTTPServer):
    request_queue_size = 256  # the default of 5 resets connections from about ten parallel agents on
    daemon_threads = True
    block_on_close = False
    wires: WireServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is no error here; anything else was remembered where it happened."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        wire = wire_of(self.path)
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if wire is None:
            self.server.wires.failures.append(AssertionError(f"unexpected request: POST {self.path}"))
            self._refuse(Reply(status=404, body={"error": {"message": "no such path"}}))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(wire=wire, path=self.path, headers=headers, body=body)
        reply = self.server.wires.answer(request)
        if reply.status != 200:
            self._refuse(reply)
            return
        with contextlib.suppress(ConnectionError):
            self._stream(request, reply)
            return
        request.gone.set()
        self.close_connection = True

    def do_GET(self) -> None:
        self.server.wires.failures.append(AssertionError(f"unexpected request: GET {self.path}"))
        self._refuse(Reply(status=404, body={"error": {"message": "no such path"}}))

    def _refuse(self, reply: Reply) -> None:
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response_only(reply.status)
        for name, value in (reply.headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, request: Request, reply: Reply) -> None:
        self.send_response_only(200)
        for name, value in {"content-type": "text/event-stream", **(reply.headers or {})}.items():
            self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        stream = events(request.wire, request.model, reply) if reply.raw is None else _pieces(reply.raw)
        whole = self._send(stream, until=reply.cut_after if reply.stall_after is None else reply.stall_after)
        if reply.stall_after is not None or reply.hangs:
            self._wait_for_client_to_leave(request)
        elif reply.cut == "reset" and not whole:
            # Lingering for no time at all turns the close into a TCP reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _send(self, stream: Iterable[Event], *, until: int | None) -> bool:
        """Send events until so many of them have spoken; whether that was the whole stream."""
        spoken = 0
        for event in stream:
            if spoken == until:
                return False
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event.data), event.data))
            spoken += event.speaks
        return True

    def _wait_for_client_to_leave(self, request: Request) -> None:
        readable, _, _ = select.select([self.connection, self.server.wires._stopped], [], [])
        if self.connection in readable:
            request.gone.set()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of http.server
        """Tests are silent."""
