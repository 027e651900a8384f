"""Records survive being written and read, whatever they hold and whichever version wrote them."""

import dataclasses
import json
import math
import subprocess
import sys
import types
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from massgen.events import AnswerSubmitted, Event, Record, RetryScheduled, ToolStarted, TurnEnded
from massgen.messages import Problem
from massgen.session import exact
from massgen.session.records import ForeignRecord, Heading, UnknownFormatError, decode, decode_any, encode, heading

# A high surrogate before a low one is a whole character once it was in JSON, so text is joined that way beforehand.
TEXT = st.text(st.characters(exclude_categories=())).map(
    lambda text: text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def values(hint: object) -> st.SearchStrategy[object]:
    """Values of a type that an event may carry; a new kind of field fails here until somebody thinks of its JSON."""
    plain: dict[object, st.SearchStrategy[object]] = {
        str: TEXT,
        int: st.integers(),
        float: FLOATS,
        bool: st.booleans(),
        Decimal: st.decimals(allow_nan=False, allow_infinity=False),
        types.NoneType: st.none(),
    }
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return objects(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(values, arguments))
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(TEXT, JSON, max_size=3)
    return plain[hint]


def objects(kind: type) -> st.SearchStrategy[object]:
    hints = get_type_hints(kind)
    return st.fixed_dictionaries({field.name: values(hints[field.name]) for field in dataclasses.fields(kind)}).map(
        lambda given: kind(**given)
    )


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_event_comes_back_as_it_was_written(kind: type[Event]) -> None:
    @settings(max_examples=30, deadline=None)
    @given(objects(kind), st.integers(min_value=1, max_value=10**12), FLOATS, st.booleans())
    def comes_back(event: Event, seq: int, at: float, more: bool) -> None:
        record = Record(seq=seq, at=at, event=event)
        raw = encode(record, more=more)
        assert decode(raw) == decode_any(raw) == record
        assert heading(raw) == Heading(seq, kind.__name__, more)

    comes_back()


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_the_short_way_to_an_event_reads_whatever_line_as_the_long_one_does(kind: type[Event]) -> None:
    @settings(max_examples=60, deadline=None)
    @given(objects(kind), st.data())
    def agree(event: Event, data: st.DataObject) -> None:
        line = json.loads(encode(Record(seq=7, at=5.5, event=event), more=data.draw(st.booleans())))
        place = line if data.draw(st.booleans()) else line["data"]
        where = data.draw(st.sampled_from([*place, "more", "mood"]))
        change = data.draw(st.sampled_from(["nothing", "another value", "gone", "moved", "spaced"]))
        if change == "another value":
            place[where] = data.draw(JSON | st.sampled_from([True, 1, 1.0, "1", "1E+3", "NaN", [], {}, [[]]]))
        elif change == "gone":
            place.pop(where, None)
        elif change == "moved" and where in place:
            place[where] = place.pop(where)
        raw = json.dumps(line, separators=None if change == "spaced" else (",", ":")).encode()
        assert outcome(decode, raw) == outcome(decode_any, raw)

    def outcome(read: Callable[[bytes], object], raw: bytes) -> object:
        try:
            return repr(read(raw))  # True is 1 and 1 is 1.0, but they are spelt differently
        except ValueError as error:
            return type(error)

    agree()


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_event_has_a_short_way(kind: type[Event]) -> None:
    @settings(max_examples=10, deadline=None)
    @given(objects(kind))
    def read(event: Event) -> None:
        data = json.loads(encode(Record(seq=1, at=0.0, event=event)))["data"]
        assert exact.reader(kind)(data) == event

    read()


def test_a_line_is_ascii_and_says_what_it_is() -> None:
    record = Record(
        seq=7, at=5.5, event=RetryScheduled(agent="ann", call=1, attempt=2, problem=LIMITED, wait_s=math.inf)
    )
    assert encode(record) == (
        b'{"v":1,"seq":7,"at":5.5,"type":"RetryScheduled","data":{"agent":"ann","call":1,"attempt":2,'
        b'"problem":{"kind":"rate_limit","text":"too fast \\ud83d","status":null,"retry_after":null},'
        b'"wait_s":"Infinity"}}'
    )
    assert decode(encode(record)) == record


LIMITED = Problem(kind="rate_limit", text="too fast \ud83d")


def test_an_event_of_a_newer_version_is_kept_byte_for_byte() -> None:
    raw = b'{"v":1, "seq":3,"at":5,"mono":1.5,"type":"AgentSang","data":{"song":["la", 1e0]}}'
    assert decode(raw) == ForeignRecord(seq=3, at=5, type="AgentSang", data={"song": ["la", 1.0]}, raw=raw, record=None)
    assert encode(decode(raw)) == raw


def test_a_known_event_with_a_field_of_a_newer_version_is_understood_and_kept_byte_for_byte() -> None:
    raw = (
        b'{"v":1,"seq":3,"at":5.0,"type":"TurnEnded","data":{"turn":1,"outcome":"answered","because":"","mood":"good"}}'
    )
    entry = decode(raw)
    assert isinstance(entry, ForeignRecord)
    assert entry.record == Record(seq=3, at=5.0, event=TurnEnded(turn=1, outcome="answered"))
    assert encode(entry) == raw


def test_a_known_event_without_a_field_that_came_later_has_its_default() -> None:
    entry = decode(
        b'{"v":1,"seq":3,"at":5.0,"type":"AnswerSubmitted",'
        b'"data":{"agent":"a","call":1,"label":"l","version":1,"text":"t"}}'
    )
    assert isinstance(entry, ForeignRecord)
    answer = AnswerSubmitted(agent="a", call=1, label="l", version=1, text="t")
    assert entry.record == Record(seq=3, at=5.0, event=answer)


def test_a_known_event_with_a_word_of_a_newer_version_is_kept_as_unknown() -> None:
    raw = b'{"v":1,"seq":3,"at":5.0,"type":"TurnEnded","data":{"turn":1,"outcome":"dreamt"}}'
    entry = decode(raw)
    assert isinstance(entry, ForeignRecord)
    assert entry.record is None


def test_another_major_format_is_not_guessed_at() -> None:
    with pytest.raises(UnknownFormatError) as refused:
        decode(b'{"v":2,"seq":1,"at":5.0,"type":"TurnEnded","data":{"turn":1,"outcome":"answered"}}')
    assert str(refused.value) == "format 2"


@pytest.mark.parametrize("raw", [b"[]", b"null", b'{"v":1}', b'{"seq":1,"at":5.0,"type":"T","data":{}}', b"{"])
def test_what_is_no_record_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        decode(raw)


def test_a_line_says_whether_its_batch_goes_on() -> None:
    record = Record(seq=7, at=5.5, event=TurnEnded(turn=1, outcome="answered"))
    raw = encode(record, more=True)
    assert raw == (
        b'{"v":1,"more":true,"seq":7,"at":5.5,"type":"TurnEnded","data":{"turn":1,"outcome":"answered","because":""}}'
    )
    assert decode(raw) == record
    assert heading(raw) == Heading(7, "TurnEnded", more=True)
    assert heading(b'{"v":1, "seq":3,"at":5,"more":true,"type":"AgentSang","data":{}}') == Heading(
        3, "AgentSang", more=True
    )


def test_json_nested_past_all_sense_is_no_record() -> None:
    with pytest.raises(ValueError):
        decode(b'{"v":1,"seq":7,"at":5.5,"type":"T","data":{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}}")


def test_arguments_nested_past_all_sense_do_not_crash_the_writer() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    event = ToolStarted(agent="ann", call=1, id="t", name="n", arguments={"deep": deep})  # type: ignore[dict-item]
    written = encode(Record(seq=1, at=0.0, event=event))
    assert b"(nested too deep)" in written
    assert encode(decode(written)) == written


def test_what_was_written_is_read_without_pydantic() -> None:
    script = """
import sys
from massgen.events import Record, TurnEnded
from massgen.session.records import decode, encode
import massgen.session.artifacts, massgen.session.store
decode(encode(Record(seq=1, at=0.0, event=TurnEnded(turn=1, outcome="answered"))))
print("pydantic" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_json_of_a_record_is_json_for_everybody() -> None:
    record = Record(seq=1, at=0.0, event=RetryScheduled(agent="a", call=1, attempt=2, problem=LIMITED, wait_s=math.nan))

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(encode(record), parse_constant=refuse)
