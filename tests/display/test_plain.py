"""One line for each event, no escape byte, and a reader that leaves is no error."""

import io
import os

import pytest

from massgen.display.plain import PlainDisplay
from massgen.display.theme import PLAIN, choose
from massgen.events import Abstained, QuorumReached, ReplyRefused, ToolEnded, ToolStarted
from massgen.messages import TextDelta
from tests.display.golden import check
from tests.display.scene import Scene
from tests.helpers.payloads import PAYLOADS, acting


def eventful() -> Scene:
    scene = Scene("ann", "bob", "cyd", "dee").missing("dee").asks("ann", "bob", "cyd")
    scene.later(1.5).drafts("ann").tell(QuorumReached(drafts=1, grace_s=5.0))
    scene.tell(ToolStarted(agent="bob", call=1, id="t", name="shell", arguments={}))
    scene.tell(ToolEnded(agent="bob", call=1, id="t", name="shell", text="no", is_error=True))
    scene.later(0.7).retries("cyd", wait_s=4).later(4).asks("cyd").drafts("bob").stops("cyd", "too_late")
    scene.opens().asks("ann", "bob", "cyd", stage="ballot").later(2)
    scene.votes("ann", "bob", reason="Shorter,\n and right.").votes("bob", "bob", reason="")
    scene.tell(ReplyRefused(agent="cyd", call=3, reason="There is no answer9."))
    scene.tell(Abstained(agent="cyd", ballot=1, call=3, reason="There is no answer9."))
    return scene.wins("bob", votes=1).presents("bob").later(3).ends("bob", "The final answer.")


def written(scene: Scene, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    display = PlainDisplay(stream, choose(encoding=encoding, environ={}, isatty=True))
    for record in scene.records:
        display.record(record)
        display.stream("ann", 1, TextDelta("never shown"))
    return raw.getvalue().decode(encoding)


def test_a_whole_turn_in_lines() -> None:
    check("plain", written(eventful()))


def test_an_encoding_without_arrows_gets_ascii() -> None:
    lines = written(eventful(), "ascii")
    assert "[  8.2s] ann voted -> bob (Shorter, and right.)\n" in lines
    assert lines.isascii()


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_reason_and_no_name_can_act_on_the_terminal(payload: str) -> None:
    scene = Scene(payload, "bob").asks(payload).drafts(payload, "bob").opens().votes("bob", payload, reason=payload)
    scene.fails("bob", text=payload)
    lines = written(scene)
    assert (acting(lines), lines.count("\n")) == ([], len(scene.records) - 1)


def test_a_reader_that_went_away_is_not_an_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", encoding="utf-8")
    display = PlainDisplay(stream, PLAIN)
    for record in eventful().records:
        display.record(record)
    assert display.screen.outcome is not None
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_closed_stream_is_not_an_error() -> None:
    stream = io.StringIO()
    stream.close()
    display = PlainDisplay(stream, PLAIN)
    display.record(eventful().records[0])
    assert display.screen.turn == 1
