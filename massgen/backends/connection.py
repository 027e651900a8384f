"""What an adapter needs to reach one model: provider, name, key, address and options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from massgen.backends.providers import Provider

if TYPE_CHECKING:
    from massgen.messages import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a model is asked; None leaves the choice to the provider.

    `reasoning_effort`, `reasoning_summary` and `verbosity` are the provider's own words. Claude has no temperature and
    no top_p any more (API version 2026-10-21 answers 400): both are left out there. `extra` goes into the request body
    verbatim and wins over everything else.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    reasoning_effort: str | None = None
    reasoning_summary: str | None = None
    verbosity: str | None = None
    web_search: bool = False
    code_interpreter: bool = False
    api_version: str = ""
    """The dated version of the API, for a provider that has such versions in its address (Azure OpenAI)."""
    cache_key: str = ""
    """What requests have in common that begin alike; a provider with many servers sends them to the same cache."""
    connect_s: float = 10.0
    """Seconds for reaching the server."""
    stall_s: float = 600.0
    """Seconds without a byte after which the connection counts as dead. Reasoning models stay silent for minutes
    (xAI asks for patience of 900 s per request), so this is only the backstop below the core's own limits."""
    linger_s: float = 2.0
    """Seconds for what may follow the end of a reply: the usage, and the end of the stream, after which the connection
    can serve again."""
    cwd: str = ""
    """The agent's workspace, for a backend that brings its own file tools (Claude Code); "" where it has none."""
    readable: tuple[str, ...] = ()
    """Files and directories that such a backend may read besides."""
    writable: tuple[str, ...] = ()
    """Those that it may read too, and write in the final presentation."""
    protected: tuple[str, ...] = ()
    """Those in `writable` that it may not write all the same."""
    withheld: tuple[str, ...] = ()
    """Variables of the environment that such a backend does not get, besides those of the table of providers."""
    hidden: tuple[str, ...] = ()
    """Those in `readable` that it may not even read, but for a place of its own in them."""
    extra: "Mapping[str, Json]" = field(default_factory=dict, repr=False)

    def chosen(self, words: "Mapping[str, tuple[str, ...]]") -> "dict[str, tuple[str, ...]]":
        """Those of the entries whose key is the name of an option that the user has set."""
        return {name: each for name, each in words.items() if getattr(self, name) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One model at one provider. The key never shows in `repr`; an empty one means that the provider needs none.

    `key_source` says where the key was found: the name of a variable, or a place in a file.
    """

    provider: Provider
    model: str
    base_url: str
    key: str = field(default="", repr=False)
    key_source: str = ""
    options: Options = field(default_factory=Options)

    @property
    def host(self) -> str:
        """The server's name, never the user name or password that a URL may hold; "" where `base_url` is no address."""
        try:
            parts = urlsplit(self.base_url)
        except ValueError:
            return ""
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""

    @property
    def key_name(self) -> str:
        """Where the key stands, or may stand, for sentences."""
        return self.key_source or " or ".join(self.provider.key_variables) or "api_key"
