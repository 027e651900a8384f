"""The records of a session without the keys that somebody has said or pasted in it."""

import json
from collections.abc import Iterable, Iterator, Mapping

from massgen.events import Record
from massgen.messages import Json
from massgen.session.records import Entry, decode, encode, understood
from massgen.session.redaction import Redactor


def redacted(entries: Iterable[Entry], redactor: Redactor) -> Iterator[Record]:
    """Yield what this version understands of the entries, every text in it without secrets."""
    for record in filter(None, map(understood, entries)):
        line = json.loads(encode(record))
        clean = _clean(line["data"], redactor)
        same = clean == line["data"]
        found = record if same else understood(decode(json.dumps(line | {"data": clean}).encode("ascii")))
        if found is not None:
            yield found


def _clean(value: Json, redactor: Redactor) -> Json:
    match value:
        case str():
            return redactor.clean(value)
        case list():
            return [_clean(each, redactor) for each in value]
        case Mapping():
            return {redactor.clean(key): _clean(each, redactor) for key, each in value.items()}
        case _:
            return value
