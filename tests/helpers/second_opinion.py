"""A mock of the providers that somebody else wrote: `@copilotkit/aimock` from npm, on loopback.

`make prove` installs it; what it is told to answer is in its own words ("fixtures": what to match, what to respond).
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from massgen.backends import fields
from massgen.backends.connection import Connection
from massgen.backends.providers import PROVIDERS
from massgen.messages import Json

_PROGRAM = Path(sys.prefix) / "second-opinion" / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"

_PATHS: Mapping[str, str] = {"claude": "", "gemini": "", "openrouter": "/api/v1"}
"""What stands behind its address where that is not `/v1`."""


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """The running mock."""

    origin: str

    def base_url(self, provider: str) -> str:
        """The base URL under which this provider is found here."""
        return self.origin + _PATHS.get(provider, "/v1")

    def connect(self, provider: str, model: str) -> Connection:
        """A connection to a model of this provider."""
        row = PROVIDERS[provider]
        return Connection(provider=row, model=model, key="key-of-nobody", base_url=self.base_url(provider))

    def environ(self, *providers: str) -> dict[str, str]:
        """The variables, a made-up key among them, with which a program finds these providers here."""
        rows = [PROVIDERS[name] for name in providers]
        keys = {row.key_variables[0]: f"key-of-{row.type}" for row in rows}
        return keys | {row.base_url_variable: self.base_url(row.type) for row in rows}

    def asked(self) -> list[str]:
        """The models of all requests that it has answered, in their order."""
        with urllib.request.urlopen(f"{self.origin}/__aimock/journal") as journal:
            entries = json.load(journal)
        return [fields.text(entry, "body", "model") for entry in entries]


@contextmanager
def second_opinion(place: Path, fixtures: Sequence[Json]) -> Iterator[SecondOpinion]:
    """The mock as long as the block lasts; a request that no fixture matches is answered with 503."""
    if not _PROGRAM.exists():
        pytest.skip("aimock is not installed: `make prove` does it where there is npm")
    (place / "fixtures.json").write_text(json.dumps({"fixtures": list(fixtures)}), encoding="utf-8")
    command = ("node", _PROGRAM, "--port", "0", "--fixtures", place / "fixtures.json", "--validate-on-load", "--strict")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if "listening on " in line:
                    yield SecondOpinion(line.rpartition("listening on ")[2].strip())
                    break
            else:
                raise AssertionError("".join(said))
        finally:
            process.terminate()
            process.communicate()
