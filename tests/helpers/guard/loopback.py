"""No connection leaves this machine: an audit hook that refuses every address but loopback.

An audit hook sees what Python's `socket` is really asked for, whichever library asks, and nothing has to be patched for
it. It can never be removed again. This file imports next to nothing, because it is also loaded into every program
that a test starts (see `sitecustomize.py` beside it), and there a test may count imports.
"""

import sys
from collections.abc import Callable


class ForbiddenError(Exception):
    """A test, or a program that it started, tried to reach somebody."""


def install(note: Callable[[str], None]) -> None:
    """Refuse from now on; `note` is told of each refusal, because a library may swallow the error."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        place = _ADDRESS.get(event)
        if place is None or place >= len(arguments):
            return
        address = arguments[place]
        if event == "socket.getaddrinfo" and _text(address).endswith(".invalid"):
            # Such names exist nowhere (RFC 6761): this is what every resolver says, and none has to be asked.
            import socket

            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not is_loopback(address):
            sentence = f"tests reach nobody but loopback: {event} to {address!r} was refused"
            note(sentence)
            raise ForbiddenError(sentence)

    sys.addaudithook(hook)


def is_loopback(address: object) -> bool:
    """Whether this argument of a socket function stays on this machine: a file's name, no host, or a loopback host."""
    host = address[0] if isinstance(address, tuple) and address else address
    if host is None or (isinstance(address, (str, bytes)) and "/" in _text(address)):
        return True
    name = _text(host)
    return name in ("", "localhost", "::1") or name.startswith("127.")


_ADDRESS = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}
"""The audit events of Python's `socket` that name somebody else, and where in their arguments."""


def _text(host: object) -> str:
    return host.decode("utf-8", "replace") if isinstance(host, bytes) else str(host)
