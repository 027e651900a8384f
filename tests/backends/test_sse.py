"""Server-sent events: cut anywhere, ended in any way, and read in the time of their length."""

import json
import re
import sys
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.backends.providers import Wire
from massgen.backends.sse import Decoder, Event
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import WIRES, answer, answers, ask, connect, failed

STREAM = (
    "\ufeff: hello\nevent: a\ndata: één\ndata:  zwei\nid: 7\n\n\n"
    "data\n\n"
    "retry: 5\ndata:四\nevent: b\nevent\n\n"
    "data: cut\n"
)
"""Comments, several lines of data, fields without a colon or of no interest, a name taken back, and no end."""

READ = [Event("a", "één\n zwei"), Event("", ""), Event("", "四")]

SDK = re.compile(r"/(openai|anthropic|google/genai)/")


def decode(*chunks: bytes) -> list[Event]:
    decoder = Decoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    return [stream[start:end] for start, end in pairwise([0, *sorted(places), len(stream)])]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"], ids=["LF", "CR", "CRLF"])
def test_a_stream_is_read_byte_by_byte_as_it_is_in_one_piece(end: str) -> None:
    stream = STREAM.replace("\n", end).encode()

    assert decode(stream) == READ
    assert decode(*cut(stream, list(range(len(stream))))) == READ


@given(data=st.data())
def test_where_a_stream_is_cut_and_how_its_lines_end_changes_nothing(data: st.DataObject) -> None:
    lines = STREAM.split("\n")
    ends = data.draw(st.lists(st.sampled_from(["\n", "\r", "\r\n"]), min_size=len(lines) - 1, max_size=len(lines) - 1))
    # A lone CR in front of an empty line that ends with LF would be one end and not two.
    ends = ["\r\n" if end == "\r" and after == "" else end for end, after in zip(ends, lines[1:], strict=True)]
    stream = "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True)).encode()
    places = data.draw(st.lists(st.integers(0, len(stream))))

    assert decode(*cut(stream, places)) == READ


@given(events=st.lists(st.tuples(st.text(st.characters(exclude_characters="\r\n", codec="utf-8")), st.text())))
def test_whatever_text_is_sent_as_json_arrives(events: list[tuple[str, str]]) -> None:
    stream = "".join(f"event: {name}\ndata: {json.dumps(text, ensure_ascii=False)}\n\n" for name, text in events)

    assert [(event.name, json.loads(event.data)) for event in decode(stream.encode())] == events


@given(chunks=st.lists(st.binary()))
def test_whatever_bytes_come_they_are_events_or_no_utf_8(chunks: list[bytes]) -> None:
    try:
        events = decode(*chunks)
    except UnicodeDecodeError:
        events = []

    assert all("\r" not in event.data for event in events)


def test_a_byte_order_mark_is_none_but_at_the_very_beginning() -> None:
    assert decode("\ufeffdata: a\n\n\ufeffdata: b\n\ndata: \ufeffc\n\n".encode()) == [
        Event("", "a"),
        Event("", "\ufeffc"),
    ]


def test_a_line_of_ten_megabytes_in_small_pieces_is_read_in_the_time_of_its_length() -> None:
    # Were each piece added to a copy of what came before, this would copy 500 GB.
    text = "four" * 2_500_000

    assert decode(b"data: ", *[text[:100].encode()] * 100_000, b"\n\n") == [Event("", text)]


def test_what_is_not_utf_8_fails_where_it_is_data_and_is_no_matter_elsewhere() -> None:
    assert decode(b": \xff\nid: \xff\ndata: a\n\n") == [Event("", "a")]
    with pytest.raises(UnicodeDecodeError):
        decode(b"data: \xff\n\n")


def test_what_is_in_no_event_is_kept_until_the_next_one() -> None:
    page, stream = Decoder(), Decoder()
    for piece in (b'{\n  "error": {\n    "code": ', b"503\n  }\n}"):
        assert list(page.feed(piece)) == []
    assert list(stream.feed(b": hello\nid: 7\ndata: a\n\n: bye\nstran")) == [Event("", "a")]
    assert list(stream.feed(b"ge")) == []

    assert (page.body, stream.body) == (b'{\n  "error": {\n    "code": 503\n  }\n}', b"strange")


# -- on the wires ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire", WIRES)
def test_an_error_by_name_or_by_content_or_instead_of_a_stream_is_told(wire: Wire) -> None:
    said = b'{"error": {"code": 503, "type": "overloaded_error", "message": "Too many people ask"}}'
    streams = [
        b"data: " + said + b"\n\n",
        b"event: error\ndata: " + said + b"\n\n",
        b"event: error\ndata: Too many people ask\n\n",
        b'event: error\ndata: {"message": "Too many people ask"}\n\n',
        said,
        b"\n " + said.replace(b": {", b":\n{") + b"\n",
    ]
    problems = [failed(parts) for parts in answers(wire, [Reply(raw=stream) for stream in streams])]

    assert {problem.kind for problem in problems} == {"overloaded"}
    assert all(problem.text.endswith(": Too many people ask") for problem in problems)


@pytest.mark.parametrize("wire", ["responses", "chat_completions"])
def test_a_server_that_stays_behind_the_end_mark_does_not_hold_the_reply(wire: Wire) -> None:
    parts = answer(wire, Reply(raw=b"data: [DONE]\n\n", hangs=True))

    assert failed(parts).kind == "truncated"


@pytest.mark.parametrize("wire", WIRES)
def test_an_event_runs_through_no_code_of_an_sdk(wire: Wire) -> None:
    def calls(tokens: int) -> int:
        """How often functions of the SDKs are called in this thread; the server has threads of its own."""
        called: Counter[str] = Counter()
        with WireServer([Reply(text=["42"] * tokens)] * 2) as server:
            connection = connect(server, wire)
            ask(connection)  # imports the SDK
            sys.setprofile(
                lambda frame, event, _: called.update([frame.f_code.co_filename]) if event == "call" else None
            )
            try:
                ask(connection)
            finally:
                sys.setprofile(None)
        return sum(count for path, count in called.items() if SDK.search(path))

    few, many = calls(tokens=3), calls(tokens=303)
    assert few > 0
    assert many - few < 30  # what the SDKs do now and then; one call for each event would be 300
