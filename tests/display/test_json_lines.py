"""JSON for a program: one line of ASCII for each value, in order, whoever reads and however slowly."""

import json
import os
from pathlib import Path

import pytest

from massgen.display.json_lines import JsonLines, line
from massgen.events import Abstained, Record
from tests.display.test_plain import eventful
from tests.helpers.payloads import PAYLOADS, acting

MORE_THAN_A_PIPE_HOLDS = 200_000


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_text_gets_out_as_anything_but_printable_ascii(payload: str) -> None:
    said = line({"text": [payload], payload: None})
    assert (said.isascii(), said.count("\n"), acting(said)) == (True, 1, [])
    read = json.loads(said)
    whole = payload.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert read == {"text": [whole], whole: None}
    assert read["text"][0].encode("utf-8")  # no half of a surrogate pair, which no program could write on


def test_every_event_is_a_line_as_in_the_log(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    with file.open("w", encoding="utf-8") as stream, JsonLines(stream) as lines:
        for record in eventful().records:
            lines.record(record)
        lines.write({"type": "result"})
    written = [json.loads(each) for each in file.read_text("ascii").splitlines()]
    assert [each.get("seq") for each in written] == [*range(1, len(eventful().records) + 1), None]
    assert written[-1] == {"type": "result"}
    vote = next(each for each in written if each["type"] == "VoteCast")
    assert vote == {
        "v": 1,
        "seq": vote["seq"],
        "at": 1008.2,
        "type": "VoteCast",
        "data": {
            "agent": "ann",
            "ballot": 1,
            "call": 2,
            "first": "c-bob",
            "also": [],
            "reason": "Shorter,\n and right.",
            "how": "vote",
        },
    }


def test_a_reader_that_pauses_holds_nobody_up() -> None:
    reading, writing = os.pipe()
    reason = "x" * MORE_THAN_A_PIPE_HOLDS
    with os.fdopen(reading, "r", encoding="ascii") as reader, os.fdopen(writing, "w") as stream:
        lines = JsonLines(stream).__enter__()
        for number in range(1, 4):
            event = Abstained(agent="ann", ballot=1, call=1, reason=reason)
            lines.record(Record(seq=number, at=0.0, event=event))  # returns at once: nobody has read a byte yet
        read = [json.loads(reader.readline()) for _ in range(3)]
        lines.__exit__(None, None, None)
    assert [(each["seq"], len(each["data"]["reason"])) for each in read] == [
        (number, MORE_THAN_A_PIPE_HOLDS) for number in (1, 2, 3)
    ]


def test_a_reader_that_left_is_told_once_everything_is_over() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        lines = JsonLines(stream).__enter__()
        for record in eventful().records:
            lines.record(record)
        with pytest.raises(BrokenPipeError):
            lines.__exit__(None, None, None)


def test_what_goes_wrong_inside_is_not_hidden_by_a_reader_that_left() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        lines = JsonLines(stream).__enter__()
        lines.write("lost")
        assert lines.__exit__(ValueError, ValueError(), None) is None


def test_who_ends_the_program_at_once_does_not_wait_for_a_reader() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    lines = JsonLines(stream).__enter__()
    lines.write("x" * MORE_THAN_A_PIPE_HOLDS)
    assert lines.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None) is None
    os.close(reading)  # the thread that writes is let go
    stream.close()
