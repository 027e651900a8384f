"""Looking at one agent while all of them work, and not waiting for it any longer."""

from massgen.display.focus import Focus
from massgen.display.folding import fold
from massgen.display.keys import Key
from massgen.display.panels import rows
from massgen.display.screen import Agent, Screen
from massgen.display.theme import UNICODE, Theme, plain
from massgen.events import AnswerSubmitted, CallStarted, Event, Record, TurnStarted

THEME = Theme(symbols=UNICODE, looks={}, encoding="utf-8")
TEAM = ("ann", "bob", "cid")


def told() -> Screen:
    """Ann has answered; the others are still at it."""
    events: list[Event] = [TurnStarted(turn=1, question="Why?", agents=TEAM, seed="s")]
    events += [CallStarted(agent=each, call=1, stage="draft") for each in TEAM]
    events += [AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="Because.")]
    screen = Screen()
    for seq, event in enumerate(events, 1):
        screen = fold(screen, Record(seq=seq, at=100.0, event=event))
    return screen


class Hand:
    """Somebody at the keys, and what came of them."""

    def __init__(self, screen: Screen | None = None) -> None:
        self.now = 0.0
        self.screen = screen or told()
        self.skipped: list[str] = []
        self.focus = Focus(clock=lambda: self.now, skip=self.skipped.append)

    def press(self, key: str, *, after: float = 5.0) -> bool:
        """Press a key some seconds after the last one; true when the focus has taken it."""
        self.now += after
        named = key if key in ("left", "right", "escape") else "text"
        pressed = Key(name=named, text=key if named == "text" else "", alone=True)  # type: ignore[arg-type]  # these are names
        return self.focus.press(pressed, self.screen, hot=named == "text" and not self.focus.is_fresh)


def test_a_digit_looks_at_the_agent_in_that_place_and_escape_at_everybody_again() -> None:
    hand = Hand()
    assert (hand.press("3"), hand.focus.agent) == (True, "cid")
    assert (hand.press("escape"), hand.focus.agent) == (True, "")
    assert (hand.press("escape"), hand.press("4"), hand.focus.agent) == (False, False, "")


def test_arrows_go_from_agent_to_agent_and_around() -> None:
    hand = Hand()
    seen = [hand.focus.agent for key in ("right", "right", "right", "right", "left", "left") if hand.press(key)]
    assert seen == ["ann", "bob", "cid", "ann", "cid", "bob"]
    first_left = Hand()
    first_left.press("left")
    assert first_left.focus.agent == "cid"


def test_s_skips_the_agent_in_focus_if_it_is_awaited() -> None:
    hand = Hand()
    assert (hand.press("s"), hand.skipped) == (False, []), "nobody is in focus"
    hand.press("1")
    assert (hand.press("s"), hand.skipped) == (False, []), "ann has answered"
    hand.press("2")
    assert (hand.press("s"), hand.skipped, hand.focus.agent) == (True, ["bob"], "")


def test_a_digit_that_begins_a_text_is_given_back_and_nobody_is_skipped() -> None:
    hand = Hand()
    hand.press("3")
    assert (hand.press("s", after=0.2), hand.skipped) == (False, [])
    assert (hand.focus.take_back(), hand.focus.agent) == ("3", "")
    assert hand.focus.take_back() == ""


def test_an_s_that_begins_a_text_is_given_back_with_the_digit_before_it() -> None:
    for keys, text in ((("right", "right", "s"), "s"), (("2", "s"), "2s"), (("escape", "2", "s"), "2s")):
        hand = Hand()
        for key in keys:
            hand.press(key, after=1.5)
        assert (hand.skipped, hand.focus.take_back(), hand.focus.take_back()) == (["bob"], text, "")
    assert (hand.press("1", after=0.1), hand.focus.is_fresh) == (True, True)


def test_a_digit_pressed_long_ago_is_not_given_back() -> None:
    hand = Hand()
    hand.press("3")
    hand.now += 3.0
    assert (hand.focus.take_back(), hand.focus.agent) == ("", "cid")


def of_twelve() -> Hand:
    team = tuple(f"agent_{number}" for number in range(1, 13))
    return Hand(Screen(agents=tuple(Agent(agent=each) for each in team)))


def test_two_digits_in_a_row_lead_to_an_agent_beyond_the_ninth() -> None:
    hand = of_twelve()
    assert (hand.press("1"), hand.focus.agent) == (True, "agent_1")
    assert (hand.press("2", after=0.3), hand.focus.agent) == (True, "agent_12")
    assert (hand.press("1"), hand.press("0", after=0.3), hand.focus.agent) == (True, True, "agent_10")
    assert (hand.press("1"), hand.press("2"), hand.focus.agent) == (True, True, "agent_2")


def test_a_number_of_no_agent_is_a_text_and_given_back_as_such() -> None:
    hand = of_twelve()
    assert (hand.press("1"), hand.press("2", after=0.2), hand.press("0", after=0.2)) == (True, True, False)
    assert (hand.focus.take_back(), hand.focus.agent) == ("12", "")
    assert (of_twelve().press("0"), hand.focus.agent) == (False, "")


def test_the_agent_in_focus_has_all_the_room() -> None:
    drawn = rows(told(), width=60, height=12, now=112.0, theme=THEME, hint="s skip", focus="bob")
    assert [plain(row).rstrip() for row in drawn] == [
        "Initial Answer Generation · 1 of 3 done",
        "▌2 bob Generating...                                    0:12",
        "silent 12 s",
        *[""] * 8,
        "0:12 · s skip        [Initial] → Coordination → Presentation",
    ]
