"""What a provider's price list says: what requests cost, where it does not, which models there are and what they take.

The lists are those that come with `genai_prices`, as they were when it was installed; nothing is fetched. It takes a
fifth of a second to import, which is why a thread imports it while the first request that will have a price is running.
"""

import asyncio
import contextlib
import logging
import sys
from decimal import Decimal
from threading import Thread
from typing import TYPE_CHECKING

from massgen.backends.connection import Connection
from massgen.backends.models import retirement

if TYPE_CHECKING:
    from massgen.messages import Usage

logger = logging.getLogger(__name__)

_OTHER_ADDRESSES = {"https://api.together.ai": "https://api.together.xyz"}
"""Where a provider is reached, and where the lists believe it to be."""

_LIKE = 0.75
"""From this ratio on (1 is the same name) a name counts as one that was meant."""


def load(connection: Connection) -> None:
    """Begin to import the lists, if the connection's requests are on any, and return at once.

    The thread is a daemon and not the loop's executor: who leaves at once does not wait for imports at the exit.
    """
    if _is_listed(connection) and "genai_prices" not in sys.modules:
        Thread(target=_import, name="importing the price lists", daemon=True).start()


def _import() -> None:
    with contextlib.suppress(ImportError):  # told where the first price is wanted
        import genai_prices  # noqa: F401 - so that it is there


async def nothing(usage: "Usage | None") -> Decimal:  # noqa: ARG001 - it is a price like any other
    """The price of what costs nothing."""
    return Decimal(0)


async def price(connection: Connection, usage: "Usage | None") -> Decimal | None:
    """What one request cost in US dollars; None where that is not known.

    Servers of the user's own cost nothing. A list belongs to an address, not to a name: what a gateway or a proxy asks
    for the same model is not known. Neither is what a login pays for, nor what is on no list or for nothing on it.
    """
    if _is_own(connection):
        return Decimal(0)
    if usage is None or not _is_listed(connection):
        return None
    return await asyncio.to_thread(_listed, connection, usage)


async def window(connection: Connection) -> int | None:
    """How many tokens the model takes in one request, its answer included; None where no list says so.

    As with a price, the list belongs to an address: what a gateway or a server of the user's own takes is not known.
    """
    return await asyncio.to_thread(_window, connection) if _is_listed(connection) else None


def _window(connection: Connection) -> int | None:
    from genai_prices import data_snapshot

    try:
        provider = data_snapshot.get_snapshot().find_provider(None, None, _address(connection))
    except LookupError:
        return None
    found = provider.find_model(connection.model)
    return found.context_window if found is not None else None


async def near(connection: Connection) -> str:
    """The model on the provider's list whose name is most like the connection's; empty where none is like it."""
    return await asyncio.to_thread(_near, connection) if _is_listed(connection) else ""


def _near(connection: Connection) -> str:
    from difflib import get_close_matches

    from genai_prices import data_snapshot

    try:
        listed = data_snapshot.get_snapshot().find_provider(None, None, _address(connection)).models
    except LookupError:
        return ""
    names = [
        model.id
        for model in listed
        if model.id != connection.model and retirement(model.id, connection.provider) is None
    ]
    return next(iter(get_close_matches(connection.model, names, n=1, cutoff=_LIKE)), "")


def _is_own(connection: Connection) -> bool:
    return connection.provider.base_url.startswith("http://localhost")


def _is_listed(connection: Connection) -> bool:
    return not _is_own(connection) and connection.provider.wire != "claude_code"


def _listed(connection: Connection, usage: "Usage") -> Decimal | None:
    import genai_prices

    if usage.cached_tokens + usage.cache_write_tokens > usage.input_tokens:
        return None  # absurd, and so would be its price
    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    try:
        listed = genai_prices.calc_price(counted, connection.model, provider_api_url=_address(connection))
    except (LookupError, ValueError) as error:
        logger.debug("no price for %s at %s: %s", connection.model, connection.host, error)
        return None
    return listed.total_price or None


def _address(connection: Connection) -> str:
    """The provider's address as the lists know it."""
    address = connection.base_url
    for here, there in _OTHER_ADDRESSES.items():
        address = address.replace(here, there, 1)
    return address
