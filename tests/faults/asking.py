"""Asking a model that fails, through the real adapter and the real SDK of its wire."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from types import TracebackType

from massgen.backends.connection import Connection, Options
from massgen.backends.opening import open_backend
from massgen.backends.protocol import Backend
from massgen.backends.providers import PROVIDERS, Wire
from massgen.messages import Failed, Finished, Part, Problem
from tests.faults.rows import Ends, Expected, Fails, Fault, NeverEnds
from tests.faults.server import Answer, FaultServer
from tests.helpers.wires import Request
from tests.helpers.wires.asking import EXAMPLES, KEY, QUESTION, shown

STALL_S = 0.2


def connection(wire: Wire, origin: str, options: Options | None = None) -> Connection:
    """A connection to the example of a wire, at some address."""
    provider, model = EXAMPLES[wire]
    return Connection(
        provider=PROVIDERS[provider],
        model=model,
        key=KEY,
        base_url=origin if wire in ("messages", "gemini") else f"{origin}/v1",
        options=options or Options(),
    )


def address(fault: Fault, server: FaultServer) -> str:
    """Where the fault happens."""
    if fault.at == "nobody":
        with closing(socket.create_server(("127.0.0.1", 0))) as closed:
            return f"http://127.0.0.1:{closed.getsockname()[1]}"
    return "http://nowhere.invalid" if fault.at == "nowhere" else server.origin


class FailingModel:
    """A model of this wire that can be asked again and again, and fails in another way each time."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._does: Callable[[Request], Answer] = lambda _: Answer()
        self.server = FaultServer(lambda request: self._does(request))
        self.connection = connection(wire, self.server.origin)
        self._runner = asyncio.Runner()
        self._backend = open_backend(self.connection)

    def __enter__(self) -> "FailingModel":
        self.server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._backend.close())
        self._runner.close()
        self.server.__exit__(kind, error, trace)

    def ask(self, fault: Fault) -> list[Part]:
        """Everything that comes of one question; what never ends is left, and has to notice it."""
        self._does = fault.does
        if not fault.at and not fault.stalls:
            return self._runner.run(self._ask(self._backend, endless=fault.endless))
        patience = Options(stall_s=STALL_S) if fault.stalls else Options()
        backend = open_backend(connection(self.wire, address(fault, self.server), patience))
        return self._runner.run(self._once(backend))

    async def _once(self, backend: Backend) -> list[Part]:
        parts = await self._ask(backend, endless=False)
        await backend.close()
        return parts

    async def _ask(self, backend: Backend, *, endless: bool) -> list[Part]:
        if not endless:
            return [part async for part in backend.stream(QUESTION)]
        parts: list[Part] = []

        async def listen() -> None:
            parts.extend([part async for part in backend.stream(QUESTION)])

        listening = asyncio.create_task(listen())
        assert await asyncio.to_thread(self.server.repeating.wait, 10), "nothing was repeated"
        listening.cancel()
        await asyncio.wait([listening])
        assert listening.cancelled()
        assert await asyncio.to_thread(self.server.requests[-1].gone.wait, 10), "the connection stays open"
        return parts


def came_of(parts: Sequence[Part], expected: Expected) -> Expected | Sequence[Part]:
    """What came, in the words of the table."""
    match parts[-1] if parts else None:
        case Finished(stop=stop, usage=usage):
            return Ends(shown=tuple(shown(parts)), stop=stop, usage=usage)
        case Failed(problem=problem, usage=usage):
            return Fails(
                kind=problem.kind,
                says=said(problem, expected),
                status=problem.status,
                retry_after=problem.retry_after,
                shown=tuple(shown(parts)),
                usage=usage,
            )
        case _:
            return parts or NeverEnds()


def said(problem: Problem, expected: Expected) -> str:
    """What the user is told, but for words that the table leaves to some library."""
    begins = expected.says.removesuffix("…") if isinstance(expected, Fails) and expected.says.endswith("…") else ""
    return f"{begins}…" if begins and problem.text.startswith(begins) else problem.text
