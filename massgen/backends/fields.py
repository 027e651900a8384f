"""Reading foreign JSON in which any field may be missing or of another type than documented.

Wires are read as plain JSON, by name and never by class, so that a new kind of event or a server that is only nearly
compatible costs a field and not the reply.
"""

import json
from collections.abc import Iterator, Mapping

from massgen.messages import Json

MOST_TOKENS = 100_000_000
"""Of one request; ten million fit into the largest context window there is."""

_OBJECT = (dict, Mapping)
"""Whether it is a dict is known ten times as quickly, and nearly always the answer."""


def get(value: object, *path: str | int) -> object:
    """What lies at the end of the path, or None where the path breaks off."""
    for step in path:
        if isinstance(step, str) and isinstance(value, _OBJECT):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def text(value: object, *path: str | int) -> str:
    """The string there, or ""."""
    found = get(value, *path)
    return found if isinstance(found, str) else ""


def count(value: object, *path: str | int) -> int:
    """The number of tokens there, or 0; providers have been seen to send null and negative ones."""
    found = get(value, *path)
    return max(0, found) if isinstance(found, int) else 0


def is_credible(counted: object, name: str = "") -> bool:
    """Whether every number of tokens in there can be true; a null is none."""
    if isinstance(counted, Mapping):
        return all(is_credible(each, str(name)) for name, each in counted.items())
    if isinstance(counted, list):
        return all(is_credible(each) for each in counted)
    return "token" not in name.lower() or counted is None or (type(counted) is int and 0 <= counted <= MOST_TOKENS)


def each(value: object, *path: str | int) -> Iterator[object]:
    """The elements of the list there, if it is one."""
    found = get(value, *path)
    if isinstance(found, list):
        yield from found


def clean(value: object) -> Json:
    """A copy that can be encoded: halves of UTF-16 pairs are joined, and lone ones become U+FFFD.

    Raises ValueError or TypeError for what is not JSON.
    """
    cleaned: Json = json.loads(whole(json.dumps(value, ensure_ascii=False)))
    return cleaned


def clean_object(value: Mapping[str, object]) -> dict[str, Json]:
    """`clean`, for an object."""
    cleaned: dict[str, Json] = json.loads(whole(json.dumps(dict(value), ensure_ascii=False)))
    return cleaned


def whole(characters: str) -> str:
    """The same characters, encodable."""
    try:
        characters.encode()
    except UnicodeEncodeError:
        return characters.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return characters


def gist(*texts: str) -> str:
    """The first of them that is not empty, as one short line: what a tool is used on."""
    line = " ".join(next((text for text in texts if text), "").split())
    return whole(line if len(line) <= 200 else f"{line[:199]}…")


def joined(value: object, *path: str | int) -> str:
    """The strings of the list there, in one."""
    return "; ".join(one for one in each(value, *path) if isinstance(one, str))


def arguments_of(raw: str) -> dict[str, Json] | None:
    """The arguments of a tool call, or None where the text is not a JSON object; no text at all means no arguments."""
    if not raw.strip():
        return {}
    try:
        parsed = json.loads(raw, parse_constant=_refuse)
        return clean_object(parsed) if isinstance(parsed, dict) else None
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> None:
    """NaN and the infinities are Python's own; no wire and no log can carry them."""
    raise ValueError(constant)


def compact(arguments: Mapping[str, Json]) -> str:
    """Arguments as the text that wires carry them in."""
    return json.dumps(dict(arguments), ensure_ascii=False, separators=(",", ":"))
