"""A loopback server that speaks all four wires from one script; see `WireServer`."""

from tests.helpers.wires.reply import Call, Reply, Tokens
from tests.helpers.wires.request import Request
from tests.helpers.wires.server import WireServer

__all__ = ["Call", "Reply", "Request", "Tokens", "WireServer"]
