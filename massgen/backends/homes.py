"""Which addresses are a provider's own, or were named by the user, so that keys from the environment may go there."""

import re
from collections.abc import Mapping

from massgen.backends.providers import Provider

_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?P<port>:[0-9]+)?(?:/.*)?", re.DOTALL)
"""An address of which every reader of URLs understands the same: no user, no backslash, no blank in its host."""

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_home(provider: Provider, address: str, environ: Mapping[str, str]) -> bool:
    """Whether an address is that of the provider's row, or of its variable in the environment.

    Scheme, host and port have to be the same. Servers of the user's own (Ollama, …) may have any port of this machine;
    for others this machine is no exception: whoever else works on it may listen there.
    """
    found = _ORIGIN.fullmatch(address.lower())
    if found is None:
        return False
    own = _origin(provider.base_url)
    if own.startswith("http://localhost") and found["scheme"] == "http" and found["host"] in _THIS_MACHINE:
        return True
    return _origin(address) in {own, _origin(environ.get(provider.base_url_variable, "").strip())}


def credential(provider: Provider, environ: Mapping[str, str]) -> str:
    """What of the environment a request would take along if nothing else is said, in words; "" for nothing."""
    for variable in provider.key_variables:
        if environ.get(variable, "").strip():
            return f"the key in {variable}"
    return f"the login of {provider.name}" if provider.login else ""


def _origin(address: str) -> str:
    found = _ORIGIN.fullmatch(address.lower())
    return f"{found['scheme']}://{found['host']}{found['port'] or ''}" if found else ""
