"""How one record is spelt as JSON, and how it is read back, also by an older or a newer MassGen.

    {"v":1,"seq":7,"at":1736346622.5,"type":"AnswerSubmitted","data":{"agent":"ann",…}}
    {"v":1,"more":true,"seq":8,"at":1736346622.5,"type":"DraftingEnded","data":{"because":"all_done"}}

`v` is the major format. `more` stands where the next record belongs to the same batch: what happened at once is there
as a whole or not at all, see `reading`. Within a major, versions only add: events, and fields with a default. So a line
of another version is never an error; it becomes a `ForeignRecord`, which keeps the line as it was written beside
whatever this version understands of it.

Spelling needs the standard library alone, and so does reading what this version has written (`exact`). pydantic (0.15 s
to import) is loaded by the first line that is spelt differently.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias, get_args

from massgen.events import Event, Record
from massgen.messages import Json
from massgen.session import exact

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT: Final = 1
"""The major format this version writes, and the only one it reads; `SessionStarted.format` says the same."""

_DEEPEST: Final = 100
_HEADING: Final = re.compile(
    rb'\{"v":%d,("more":true,)?"seq":([1-9][0-9]{0,17}),"at":[-+.e0-9]+,"type":"(\w+)","data":\{(?=.*\}\}\Z)' % FORMAT
)
_SPELLING: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_KEYS: Final = (("v", "seq", "at", "type", "data"), ("v", "more", "seq", "at", "type", "data"))
_EVENTS: Final[Mapping[str, type[Event]]] = MappingProxyType({each.__name__: each for each in get_args(Event)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRecord:
    """A line that another version of MassGen wrote in our major format.

    `raw` is its JSON, byte for byte; `record` is what this version makes of it, None for an event it does not know.
    """

    seq: int
    at: float
    type: str
    data: Mapping[str, Json]
    raw: bytes
    record: Record | None


Entry: TypeAlias = Record | ForeignRecord


class UnknownFormatError(ValueError):
    """The line is in a major format that this version does not read."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a line says of itself before its data: its number, its event, and whether its batch goes on behind it."""

    seq: int
    kind: str
    more: bool


def encode(entry: Entry, *, more: bool = False) -> bytes:
    """The JSON of one line: ASCII, so neither an odd terminal nor a lone surrogate can break it.

    `more`: the next line belongs to the same batch; a `ForeignRecord` says that itself.
    """
    if isinstance(entry, ForeignRecord):
        return entry.raw
    line = {
        "v": FORMAT,
        **({"more": True} if more else {}),
        "seq": entry.seq,
        "at": plain(entry.at),
        "type": type(entry.event).__name__,
        "data": plain(entry.event),
    }
    return _SPELLING.encode(line).encode("ascii")


def decode(raw: bytes) -> Entry:
    """Read what `encode` wrote; `UnknownFormatError` for another major format, `ValueError` for what is no record."""
    line = _loaded(raw)
    record = _understand_ours(line)
    return record if record is not None and _is_ours(line, record, raw) else decode_any(raw)


def decode_record(raw: bytes) -> Record | None:
    """What this version understands of a line, faster than `decode` because it does not mind how the line is spelt."""
    record = _understand_ours(_loaded(raw))
    return record if record is not None else understood(decode_any(raw))


def decode_any(raw: bytes) -> Entry:
    """The same for a line of whatever spelling: slowly, by pydantic."""
    line = _loaded(raw)
    match line:
        case {"v": version} if version != FORMAT:
            raise UnknownFormatError(f"format {version!r}")
        case {"v": _, "seq": int(seq), "at": int(at) | float(at), "type": str(kind), "data": dict(data)}:
            record = _understand(seq, at, kind, data)
        case _:
            raise ValueError("a record is an object with v, seq, at, type and data")
    if record is not None and encode(record, more=_says_more(line)) == raw:
        return record
    return ForeignRecord(seq=seq, at=at, type=kind, data=data, raw=raw, record=record)


def heading(raw: bytes) -> Heading:
    """What a line says of itself; raises what `decode` raises. What this version wrote is not read any further."""
    found = _HEADING.match(raw)
    if found is not None:
        return Heading(int(found[2]), found[3].decode("ascii"), found[1] is not None)
    entry = decode(raw)
    kind = entry.type if isinstance(entry, ForeignRecord) else type(entry.event).__name__
    return Heading(entry.seq, kind, _says_more(_loaded(raw)))


def understood(entry: Entry) -> Record | None:
    """The record in an entry, as far as this version understands it."""
    return entry.record if isinstance(entry, ForeignRecord) else entry


def plain(value: object, *, depth: int = 0) -> Json:
    """A value of our vocabulary as plain JSON.

    Money stays exact as a string. JSON has no infinite numbers; they are written as "NaN", "Infinity", "-Infinity",
    which a field of type float reads back. What a model nested past all sense is cut off, or it could crash the writer.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else json.dumps(value)
        case Decimal():
            return str(value)
        case _ if depth == _DEEPEST:
            return "(nested too deep)"
        case list() | tuple():
            return [plain(each, depth=depth + 1) for each in value]
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name), depth=depth + 1) for field in fields(value)}
        case Mapping():
            return {str(key): plain(each, depth=depth + 1) for key, each in value.items()}
        case _:
            raise TypeError(f"an event cannot carry {value!r}")


def _loaded(raw: bytes) -> dict[str, Json]:
    try:
        line: Json = json.loads(raw)
    except RecursionError:
        raise ValueError("nested too deep") from None
    return line if isinstance(line, dict) else {}


def _says_more(line: Mapping[str, Json]) -> bool:
    return line.get("more") is True


def _understand_ours(line: Mapping[str, Json]) -> Record | None:
    """The record in a line of this version, or of an older one; None if it takes more than that to understand it."""
    match line:
        case {"v": version, "seq": int(seq), "at": int(at) | float(at), "type": str(kind), "data": data} if (
            version == FORMAT and kind in _EVENTS
        ):
            try:
                return Record(seq=seq, at=at, event=_reader(kind)(data))
            except exact.InexactError:
                return None
        case _:
            return None


def _is_ours(line: Mapping[str, Json], record: Record, raw: bytes) -> bool:
    """Whether the line is byte for byte what `encode` makes of its record."""
    try:
        return (
            tuple(line) in _KEYS
            and type(line["v"]) is int
            and line.get("more", True) is True
            and isinstance(line["data"], dict)
            and tuple(line["data"]) == exact.names_of(type(record.event))
            and _SPELLING.encode(line).encode("ascii") == raw
        )
    except ValueError:  # a number that JSON does not have
        return False


def _understand(seq: int, at: float, kind: str, data: dict[str, Json]) -> Record | None:
    """The record as far as this version knows its event; a newer one may have added a word to a Literal, say."""
    from pydantic import ValidationError

    if kind not in _EVENTS:
        return None
    try:
        return Record(seq=seq, at=at, event=_adapter(kind).validate_python(data))
    except ValidationError:
        return None


@cache  # no state: as with adapters
def _reader(kind: str) -> Callable[[Json], Event]:
    return exact.reader(_EVENTS[kind])


@cache  # no state: an adapter is a function of the event's name, and building one costs as much as reading 100 lines
def _adapter(kind: str) -> "TypeAdapter[Event]":
    # pydantic looks forward references up in this frame first. `messages.Json` refers to itself by name, which pydantic
    # 2.14 follows for ever (RecursionError); its own name for the same thing is `JsonValue`.
    from pydantic import JsonValue as Json  # noqa: F401  (looked up by name, see above)
    from pydantic import TypeAdapter

    return TypeAdapter(_EVENTS[kind])
