"""Whom a long turn is told that is over, and with which characters."""

import pytest

from massgen.display.notice import Notice
from massgen.display.theme import ASCII, PLAIN, Theme
from massgen.events import TurnEnded
from tests.display.scene import Scene
from tests.helpers.payloads import PAYLOADS, acting


def turn(seconds: float) -> Scene:
    return Scene("ann").asks("ann").drafts("ann").wins("ann", "single_agent").later(seconds).ends("ann")


def test_a_bell_rings_after_a_long_turn_and_after_no_short_one() -> None:
    bell = Notice(how="bell")
    assert [bell.of(turn(seconds).screen, "Why?", PLAIN) for seconds in (19.9, 20.0, 75.0)] == ["", "\a", "\a"]
    assert Notice(how="bell", after_s=60.0).of(turn(20.0).screen, "Why?", PLAIN) == ""
    assert Notice(how="off").of(turn(75.0).screen, "Why?", PLAIN) == ""


def test_who_ended_the_turn_is_not_told_that_it_is_over() -> None:
    scene = Scene("ann").asks("ann").drafts("ann").later(75).ends("ann", outcome="partial", because="cancelled")
    assert Notice(how="bell").of(scene.screen, "Why?", PLAIN) == ""
    assert Notice(how="bell").of(Scene("ann").later(75).screen, "Why?", PLAIN) == ""


def test_a_notification_says_what_was_asked_and_how_it_went() -> None:
    osc9 = Notice(how="osc9")
    question = "What is\nmachine learning, and how does it differ from what statisticians do?"
    assert osc9.of(turn(75).screen, question, PLAIN) == (
        "\x1b]9;MassGen: answered after 1 min 15 s: What is machine learning, and how does it differ from what …\a"
    )
    failed = Scene("ann").asks("ann").fails("ann").later(30).tell(TurnEnded(turn=1, outcome="failed"))
    ascii_only = Theme(symbols=ASCII, looks={}, encoding="ascii")
    assert osc9.of(failed.screen, "Wärme?", ascii_only) == "\x1b]9;MassGen: no answer after 30.0 s: W?rme?\a"


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_question_can_say_more_to_the_terminal(payload: str) -> None:
    written = Notice(how="osc9").of(turn(75).screen, payload, PLAIN)
    assert (written[:4], written[-1]) == ("\x1b]9;", "\a")
    assert acting(written[4:-1]) == []
    assert "\n" not in written
