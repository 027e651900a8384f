"""From what a provider complained about to a `Problem`: one table of codes, one of phrases, one of statuses.

A code is more exact than a phrase, a phrase more exact than a status: 429 means "slow down" except with
`insufficient_quota`, and 400 may mean a bad key, a long conversation or an empty purse.
"""

import base64
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from massgen.backends import fields
from massgen.backends.connection import Connection
from massgen.backends.models import retirement
from massgen.messages import Problem, ProblemKind

LONGEST = 300
"""Characters of a problem's text; what providers send may be a whole HTML page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a provider said when it did not answer, still in its own words. `wait` is in seconds."""

    status: int | None = None
    codes: tuple[str, ...] = ()
    message: str = ""
    wait: float | None = None


_KIND_OF_CODE: Mapping[str, ProblemKind] = MappingProxyType(
    {
        "invalid_api_key": "auth",
        "authentication_error": "auth",
        "permission_error": "auth",
        "api_key_invalid": "auth",
        "unauthenticated": "auth",
        "permission_denied": "auth",
        "insufficient_quota": "quota",
        "billing_error": "quota",
        "billing_not_active": "quota",
        "billing_hard_limit_reached": "quota",
        "insufficient_balance": "quota",
        "rate_limit_exceeded": "rate_limit",
        "rate_limit_error": "rate_limit",
        "overloaded_error": "overloaded",
        "unavailable": "overloaded",
        "server_error": "overloaded",
        "api_error": "overloaded",
        "internal": "overloaded",
        "internal_server_error": "overloaded",
        "timeout_error": "timeout",
        "deadline_exceeded": "timeout",
        "context_length_exceeded": "context_length",
        "request_too_large": "context_length",
        "model_not_found": "unknown_model",
        "not_found_error": "unknown_model",
        "content_filter": "refused",
        "content_policy_violation": "refused",
        "invalid_prompt": "refused",
        "bio_policy": "refused",
        "misalignment_policy_violation": "refused",
    }
)

_KIND_OF_PHRASE: tuple[tuple[str, ProblemKind], ...] = (
    ("api key not valid", "auth"),  # Gemini, 400
    ("incorrect api key", "auth"),  # xAI, 400
    ("credit balance is too low", "quota"),  # Anthropic, 400
    ("insufficient balance", "quota"),
    ("credits are depleted", "quota"),  # Gemini, 429 RESOURCE_EXHAUSTED (dyad-sh/dyad issue 3626)
    ("limit: 0,", "quota"),  # the same, where there is none for this model (continuedev/continue issue 9570)
    ("prompt is too long", "context_length"),  # Anthropic, 400
    ("context length", "context_length"),
    ("context window", "context_length"),
    ("maximum prompt length", "context_length"),  # xAI
    ("input token count", "context_length"),  # Gemini, 400
    ("usage guidelines", "refused"),  # xAI, 403
)

_KIND_OF_VAGUE_CODE: Mapping[str, ProblemKind] = MappingProxyType({"resource_exhausted": "rate_limit"})
"""Codes that mean several things, of which a phrase may tell the right one."""

_KIND_OF_STATUS: Mapping[int, ProblemKind] = MappingProxyType(
    {
        401: "auth",
        402: "quota",
        403: "auth",
        404: "unknown_model",
        408: "timeout",
        409: "overloaded",
        413: "context_length",
        429: "rate_limit",
        504: "timeout",
    }
)

_SENTENCES: Mapping[ProblemKind, str] = MappingProxyType(
    {
        "auth": "{name} refused the key in {key}",
        "rate_limit": "{name} asks to slow down",
        "overloaded": "{name} cannot answer right now",
        "context_length": "The conversation is too long for {model}",
        "quota": "The {name} account has no credit left",
        "unknown_model": "{name} does not know the model {model!r}",
        "bad_request": "{name} refused the request",
        "network": "The connection to {name} ({host}) failed",
        "timeout": "{name} ({host}) did not answer in time",
        "refused": "{model} declined to answer",
        "truncated": "The reply of {model} broke off",
        "malformed": "{name} sent something that cannot be read",
        "empty": "{model} ended without a word",
    }
)


def problem(connection: Connection, kind: ProblemKind, complaint: Complaint | None = None, detail: str = "") -> Problem:
    """One sentence for the user: what it means, then what the provider said."""
    complaint = complaint or Complaint(message=detail)
    sentence = _SENTENCES[kind].format(
        name=connection.provider.name,
        model=connection.model,
        host=connection.host,
        key=connection.key_name,
    )
    if complaint.status:
        sentence += f" ({complaint.status})"
    if kind == "unknown_model" and (end := retirement(connection.model, connection.provider)):
        sentence += f"; its last day is {end.on}" + (f", its successor {end.successor}" if end.successor else "")
    if complaint.message.strip():
        sentence += f": {complaint.message}"
    return Problem(
        kind=kind,
        text=presentable(sentence, connection.key),
        status=complaint.status,
        retry_after=complaint.wait,
    )


def classify(complaint: Complaint) -> ProblemKind:
    """What a complaint means for us."""
    for code in complaint.codes:
        if code.lower() in _KIND_OF_CODE:
            return _KIND_OF_CODE[code.lower()]
    message = complaint.message.lower()
    for phrase, kind in _KIND_OF_PHRASE:
        if phrase in message:
            return kind
    for code in complaint.codes:
        if code.lower() in _KIND_OF_VAGUE_CODE:
            return _KIND_OF_VAGUE_CODE[code.lower()]
    status = complaint.status
    if status is None or status >= 500:
        return _KIND_OF_STATUS.get(status or 0, "overloaded")
    return _KIND_OF_STATUS.get(status, "bad_request")


def complaint_of(error: Exception) -> Complaint:
    """What the SDKs put into their exceptions, whichever SDK it was.

    openai and anthropic have `status_code` and `body`, google-genai `code` and `details`. Inside a stream the HTTP
    status is 200 and says nothing; some servers send the status as the code there.
    """
    body = getattr(error, "body", None) or getattr(error, "details", None)
    inner = fields.get(body, "error") or body
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or {}
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    if not isinstance(status, int) or status < 300:
        status = _status(fields.get(inner, "code"))
    return Complaint(
        status=status,
        codes=tuple(_codes(inner)),
        message=fields.text(inner, "message") or fields.text(inner) or str(error),
        wait=_wait(headers, inner),
    )


def complaint_in(error: object) -> Complaint:
    """What an error object inside a stream says; where servers send a status at all, they send it as the code."""
    return Complaint(
        status=_status(fields.get(error, "code")),
        codes=tuple(_codes(error)),
        message=fields.text(error, "message"),
        wait=_wait({}, error),
    )


def presentable(sentence: str, key: str) -> str:
    """One line of at most `LONGEST` printable characters, without the key in any coding it may be echoed in."""
    if len(key) >= 4:
        for coding in (key, quote(key, safe=""), base64.b64encode(key.encode()).decode()):
            sentence = sentence.replace(coding, "[key]")
    line = " ".join("".join(c if c.isprintable() else " " for c in sentence[: LONGEST * 4]).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _codes(inner: object) -> Iterator[str]:
    """Every word by which a provider names the error, the most exact first."""
    for detail in fields.each(inner, "details"):
        yield fields.text(detail, "reason")
    for name in ("code", "type", "status"):
        yield fields.text(inner, name)


def _status(code: object) -> int | None:
    """An HTTP status sent as an error code, as a number or as digits."""
    number = int(code) if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 3 else code
    return number if isinstance(number, int) and 300 <= number <= 599 else None


def _wait(headers: Mapping[str, str], inner: object) -> float | None:
    """The seconds a provider asks us to wait: in its headers, or as Gemini's RetryInfo ("30s") in the body."""
    if (milliseconds := _seconds(headers.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    if (asked := headers.get("retry-after", "")) != "":
        return _seconds(asked) if _seconds(asked) is not None else _until(asked, headers.get("date", ""))
    delays = (fields.text(detail, "retryDelay").removesuffix("s") for detail in fields.each(inner, "details"))
    return next((seconds for delay in delays if (seconds := _seconds(delay)) is not None), None)


def _seconds(number: str) -> float | None:
    """A number of seconds that makes sense as a wait."""
    try:
        seconds = float(number)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _until(asked: str, date: str) -> float | None:
    """A wait given as a date, measured by the server's own clock: both dates are its, so ours cannot be wrong."""
    from email.utils import parsedate_to_datetime  # 9 ms that nobody else on the way to the prompt needs

    try:
        seconds = (parsedate_to_datetime(asked) - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if seconds >= 0 else None
