"""A loopback server that knows nothing of HTTP but where a request ends: it sends bytes, and ends as it is told."""

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from json import loads
from types import TracebackType
from typing import Final, Literal

from tests.helpers.wires.request import Request, wire_of

PAUSE_S: Final = 0.002
"""Between two rounds of what is repeated; a client that leaves is noticed at once."""

ENOUGH: Final = 10
"""Rounds after which it is plain that something is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The bytes that a request is answered with, each piece sent by itself, and what happens then.

    The connection is closed, it is reset, nothing more comes until the client leaves, or the last piece comes again and
    again until it does.
    """

    sends: tuple[bytes, ...] = ()
    then: Literal["close", "reset", "stall", "repeat"] = "close"


class FaultServer:
    """Answers every request as the script says, on 127.0.0.1 and one connection each.

    `requests` are those that came; the `gone` of each is set once its client has left an answer that had no end, and
    `repeating` once such an answer is well under way.
    """

    def __init__(self, script: Callable[[Request], Answer]) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.failures: list[Exception] = []
        self.repeating = threading.Event()
        self._script = script
        self._stopped, self._stop = socket.socketpair()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> "FaultServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.close()
        self._thread.join()
        self._listening.close()
        self._stopped.close()
        assert error is not None or not self.failures, f"the script failed: {self.failures!r}"

    @property
    def origin(self) -> str:
        """The server's address without a path."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def _listen(self) -> None:
        playing: list[threading.Thread] = []
        while self._listening in select.select([self._listening, self._stopped], [], [])[0]:
            connection, _ = self._listening.accept()
            self.connections += 1
            playing.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            playing[-1].start()
        for each in playing:
            each.join()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, contextlib.suppress(ConnectionError):
            try:
                request = _received(connection)
                if request is None:
                    return
                self.requests.append(request)
                answer = self._script(request)
            except ConnectionError:
                raise
            except Exception as error:  # noqa: BLE001 - handed to the test at the end of its `with`
                self.failures.append(error)
                return
            self._play(connection, answer, request.gone)

    def _play(self, connection: socket.socket, answer: Answer, gone: threading.Event) -> None:
        try:
            for piece in answer.sends:
                connection.sendall(piece)
            rounds = 0
            while answer.then == "repeat" and not self._left(connection, PAUSE_S):
                connection.sendall(answer.sends[-1])
                rounds += 1
                if rounds == ENOUGH:
                    self.repeating.set()
            if answer.then == "stall":
                self._left(connection, None)
        finally:
            if answer.then in ("stall", "repeat"):
                gone.set()
        if answer.then == "reset":
            # Lingering for no time at all turns the close into a TCP reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _left(self, connection: socket.socket, timeout: float | None) -> bool:
        """Whether the client has left, or the test is over, within so many seconds."""
        return bool(select.select([connection, self._stopped], [], [], timeout)[0])


def _received(connection: socket.socket) -> Request | None:
    """The request, once it is whole; None where the client left before."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := connection.recv(65536)):
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        if not (more := connection.recv(65536)):
            return None
        body += more
    path = line.split(" ")[1]
    wire = wire_of(path)
    assert wire is not None, f"unexpected request: {line}"
    return Request(wire=wire, path=path, headers=headers, body=loads(body))
