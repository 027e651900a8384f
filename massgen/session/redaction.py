"""Secrets taken out of text that is kept: the values we know, and what looks like a key of a provider we know.

Known values are replaced wherever they stand, also base64- and URL-encoded. Patterns need a left boundary, so that
`task-force` keeps its `sk-force`.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote

REDACTED: Final = "[redacted]"
_SHORTEST: Final = 8
"""Values shorter than this are too common to be looked for."""

_SECRET_NAME: Final = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_PATTERNS: Final = (
    r"(?<![A-Za-z0-9])(?:sk-ant-|sk-|xai-|gsk_|ghp_|github_pat_|hf_|AIza|AKIA|xox[abprs]-)[A-Za-z0-9_-]{12,}",
    r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",
)


def secrets_in(environ: Mapping[str, str]) -> frozenset[str]:
    """The values of the variables whose names say that they hold secrets."""
    return frozenset(value for name, value in environ.items() if _SECRET_NAME.search(name))


class Redactor:
    """Replaces secrets by `[redacted]`. `secrets` are values to look for, besides what looks like a key."""

    def __init__(self, secrets: Iterable[str]) -> None:
        values = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
        known = [re.escape(value) for value in sorted(values, key=len, reverse=True)]
        self._pattern = re.compile("|".join([*known, *_PATTERNS]), re.DOTALL)

    def clean(self, text: str) -> str:
        """The text without secrets."""
        return self._pattern.sub(REDACTED, text)


def _forms(secret: str) -> Iterable[str]:
    raw = secret.encode("utf-8", "surrogateescape")
    return (secret, quote(secret, safe=""), base64.b64encode(raw).decode().rstrip("="))
