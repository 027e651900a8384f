"""The promise of every backend, kept in one place: any number of parts, then exactly one ending, and nothing raised.

What an SDK or a stream raises is caught where the next event is asked for, and only there: an exception in our own
reading is our own mistake and goes on to the border of the task.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from massgen.backends import prices, problems, sse
from massgen.backends.connection import Connection
from massgen.backends.reply import Reply
from massgen.messages import Failed, Json, Part, Problem, ProblemKind, ToolCall

_UNLIMITED = contextlib.nullcontext()
"""Instead of a timeout that never comes, which costs more than reading the event."""


class Reader(Protocol):
    """One wire's way of reading; `take` never raises, whatever the event is."""

    @property
    def reply(self) -> Reply:
        """What has been read."""
        ...

    def take(self, event: object) -> Iterator[Part]:
        """The parts that an event brings."""
        ...

    def replay(self, calls: Sequence[ToolCall]) -> Sequence[Json]:
        """The items that go back with the results of these calls."""
        ...


T = TypeVar("T")


class Courtesies:
    """What we ask for beyond the need, each with the words by which a provider says that it does not know it.

    That is what we ask for by ourselves, and the user's options that not every model knows. A refusal of one of these
    is the end of it for this backend: the request fails in a way that the core tries again, and the next one goes
    without.
    """

    def __init__(self, words: Mapping[str, tuple[str, ...]]) -> None:
        self._words = dict(words)
        self._refused: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._words

    def keep(self, name: str, value: T) -> T | None:
        """The value of the user's option, or None once the provider has refused it."""
        return None if name in self._refused else value

    def drop(self, complaint: problems.Complaint) -> str | None:
        """Stop asking for what the complaint names, if it names one of these."""
        if complaint.status not in (400, 422):
            return None
        said = " ".join((complaint.message, *complaint.codes)).lower()
        refused = next((name for name, words in self._words.items() if any(word in said for word in words)), None)
        if refused is not None:
            del self._words[refused]
            self._refused.add(refused)
        return refused


async def speak(
    events: AsyncGenerator[object, None],
    reader: Reader,
    *,
    connection: Connection,
    courtesies: Courtesies,
    sdk_errors: Callable[[], tuple[type[Exception], ...]],
) -> AsyncGenerator[Part, None]:
    """The parts of one request. Closing it, or cancelling its task, closes the connection.

    `sdk_errors` is called only once something was raised, when the SDK is imported anyway.
    """

    def problem(kind: ProblemKind, detail: str) -> Problem:
        return problems.problem(connection, kind, detail=detail)

    def refusals() -> tuple[type[Exception], ...]:
        return (sse.StreamedError, *sdk_errors())

    if (obstacle := _obstacle(connection)) is not None:
        await events.aclose()
        yield Failed(problem=obstacle)
        return
    reply, deadline = reader.reply, None
    try:
        while True:
            if reply.decided and deadline is None:
                deadline = asyncio.get_running_loop().time() + connection.options.linger_s
            try:
                async with asyncio.timeout_at(deadline) if deadline is not None else _UNLIMITED:
                    event = await anext(events)
            except StopAsyncIteration:
                break
            except asyncio.CancelledError:
                raise  # before the next clauses import anything
            except _foreign() as error:
                reply.break_off(_unplugged(connection, error))
                break
            except refusals() as error:
                reply.break_off(_explain(connection, courtesies, error))
                break
            for part in reader.take(event):
                yield part
    finally:
        try:
            await events.aclose()
        except asyncio.CancelledError:
            raise
        except (*_foreign(), *sdk_errors()):
            pass  # whatever closing complains about, the ending is known
    for part in reply.ending(reader.replay, problem):
        unknown = isinstance(part, Failed) and part.problem.kind == "unknown_model"
        yield await _with_what_was_meant(connection, part) if unknown else part


async def _with_what_was_meant(connection: Connection, part: Part) -> Part:
    """The failure with the name of a model that is much like the one that nobody knows."""
    name = await prices.near(connection)
    if not name or not isinstance(part, Failed) or name in part.problem.text:
        return part
    text = f"{part.problem.text.rstrip('.')}. Is {name} meant?"
    return replace(part, problem=replace(part.problem, text=problems.presentable(text, connection.key)))


def _obstacle(connection: Connection) -> Problem | None:
    """Why there is no use in asking at all."""
    name = connection.provider.name
    if connection.provider.needs_key and not connection.key:
        return Problem(kind="auth", text=f"{name} needs a key, and {connection.key_name} is not set")
    if not (connection.key.isascii() and connection.key.isprintable()) or " " in connection.key:
        # No HTTP header can carry it, and the library that says so shows the header.
        return Problem(kind="auth", text=f"The key in {connection.key_name} holds characters that no key has")
    if not connection.host:
        return Problem(kind="bad_request", text=f"{name} has no base_url that begins with http:// or https://")
    return None


def _explain(connection: Connection, courtesies: Courtesies, error: Exception) -> Problem:
    """An SDK's own exception: a provider's complaint, or a network failure in disguise."""
    import httpx2

    cause = error.__cause__
    if isinstance(cause, httpx2.HTTPError | OSError):
        return _unplugged(connection, cause)
    complaint = problems.complaint_of(error)
    refused = courtesies.drop(complaint)
    if refused is not None:
        text = f"{connection.provider.name} does not know {refused!r}; the next try leaves it out"
        return Problem(kind="malformed", text=text, status=complaint.status)
    return problems.problem(connection, problems.classify(complaint), complaint)


def _unplugged(connection: Connection, error: Exception) -> Problem:
    """A failure of the network, or of reading what came through it."""
    import httpx2

    kind: ProblemKind = "malformed"
    if isinstance(error, httpx2.ConnectTimeout):
        kind = "network"  # nobody has been silent yet: nobody was reached
    elif isinstance(error, httpx2.TimeoutException | TimeoutError):
        kind = "timeout"
    elif isinstance(error, httpx2.InvalidURL | ImportError):
        kind = "bad_request"
    elif isinstance(error, httpx2.HTTPError | OSError) and not isinstance(error, httpx2.DecodingError):
        kind = "network"
    return problems.problem(connection, kind, detail=str(error) or "the connection broke")


def _foreign() -> tuple[type[Exception], ...]:
    """What the SDKs let through besides their own exceptions.

    Transport errors come raw from google-genai, and from every stream; ValueError covers JSON, UTF-8 and pydantic,
    RuntimeError covers RecursionError and closed streams; the rest are SDKs stumbling over JSON of a shape they did
    not expect (the body of a refusal).
    """
    import anyio
    import httpx2

    return (
        httpx2.HTTPError,
        httpx2.InvalidURL,
        anyio.EndOfStream,
        OSError,
        ImportError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        RuntimeError,
    )
