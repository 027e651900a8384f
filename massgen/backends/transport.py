"""The HTTP side of every adapter: what is sent to whom, how long we wait, and whom the key is shown to."""

import contextlib
import functools
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING

from massgen.backends import sse
from massgen.backends.connection import Connection
from massgen.messages import Json

if TYPE_CHECKING:
    import ssl

    import httpx2
    from openai import AsyncOpenAI

_READING = threading.Lock()

_SPOKEN = frozenset(
    {
        "accept",
        "accept-encoding",
        "anthropic-version",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)
"""The headers that a server needs to understand us, besides the credential."""


def http_client(connection: Connection, *, home: str, credential: tuple[str, str]) -> "httpx2.AsyncClient":
    """A client that shows the key to no other host, and no other host anything but the request.

    It follows no redirect, and takes no web page for an answer. The SDKs read headers from the environment
    (OPENAI_CUSTOM_HEADERS, OPENAI_ORG_ID, ANTHROPIC_CUSTOM_HEADERS); at `home`, the vendor's own host, they go along,
    anywhere else every header that is not needed is taken off again. Timeouts are set here, because the SDKs differ in
    what they can express.
    """
    import httpx2

    options = connection.options
    timeout = httpx2.Timeout(options.stall_s, connect=options.connect_s)
    abroad = connection.host != home
    name, value = credential

    async def prepare(request: httpx2.Request) -> None:
        request.extensions["timeout"] = timeout.as_dict()
        if abroad:
            for header in [header for header in request.headers if header.lower() not in _SPOKEN]:
                del request.headers[header]
            if connection.key:
                request.headers[name] = value

    async def check(response: httpx2.Response) -> None:
        if response.is_success and response.headers.get("content-type", "").startswith("text/html"):
            # From a proxy that wants a login, or from an address without its /v1.
            raise httpx2.DecodingError("a web page instead of an answer", request=response.request)

    return httpx2.AsyncClient(
        verify=_trusted(),
        timeout=timeout,
        follow_redirects=False,
        event_hooks={"request": [prepare], "response": [check]},
    )


def _trusted() -> "ssl.SSLContext":
    """Whose certificates are believed: read once, and not for each agent (85 ms each, measured 2026-11-22)."""
    with _READING:  # agents that start together are connected in threads
        return _read()


@functools.cache
def _read() -> "ssl.SSLContext":
    import httpx2

    return httpx2.create_ssl_context()


def openai_client(connection: Connection) -> "AsyncOpenAI":
    """The SDK for both of OpenAI's wires. It insists on some key, even where none is needed."""
    from openai import AsyncOpenAI

    header, scheme = connection.provider.quirks.credential
    return AsyncOpenAI(
        api_key=connection.key or "not-needed",
        base_url=connection.base_url,
        default_query={"api-version": version} if (version := connection.options.api_version) else None,
        max_retries=0,
        http_client=http_client(connection, home="api.openai.com", credential=(header, f"{scheme}{connection.key}")),
    )


async def openai_events(
    client: Callable[[], Awaitable["AsyncOpenAI"]], path: str, body: dict[str, Json]
) -> AsyncGenerator[object, None]:
    """What one request at `path` brings, as plain JSON."""
    opened = await client()
    from openai import AsyncStream

    answer = await opened.post(path, cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object])
    async with answer, contextlib.aclosing(sse.events(answer.response)) as events:
        async for event in events:
            yield event


def openai_errors() -> tuple[type[Exception], ...]:
    """Everything that the SDK raises by itself."""
    import openai

    return (openai.OpenAIError,)
