"""What is shown while the conversation is summarised before a turn, in every display, and what stays of it."""

import io
from collections.abc import Sequence
from decimal import Decimal

from massgen.display.folding import fold
from massgen.display.history import history
from massgen.display.interlude import closing_lines
from massgen.display.linear import LinearDisplay
from massgen.display.panels import rows
from massgen.display.plain import PlainDisplay
from massgen.display.retold import retold
from massgen.display.screen import Screen
from massgen.display.theme import PLAIN, plain
from massgen.events import (
    CompactionFailed,
    CompactionStarted,
    ConversationCompacted,
    Event,
    PresentationEnded,
    Record,
    TurnEnded,
    TurnStarted,
    UsageCounted,
)
from massgen.messages import Usage

ASKED = CompactionStarted(agent="ann", through_turn=7, tokens=120_000, because="limit")
FAILED = CompactionFailed(agent="ann", reason="OpenAI is rate limited", next_agent="bob")
AGAIN = CompactionStarted(agent="bob", through_turn=7, tokens=120_000, because="limit")
USED = UsageCounted(agent="bob", call=0, usage=Usage(input_tokens=110_000, output_tokens=900, cost=Decimal("0.25")))
DONE = ConversationCompacted(
    through_turn=7,
    summary="It is about data.\nNothing is open.",
    agent="bob",
    because="limit",
    before=120_000,
    after=2_300,
)
TURN = TurnStarted(turn=8, question="And now?", agents=("ann", "bob"), seed="s")
NOBODY = CompactionFailed(agent="bob", reason="it wrote nothing")


def recorded(events: Sequence[Event]) -> list[Record]:
    return [Record(seq=number, at=1_000.0 + number, event=event) for number, event in enumerate(events, 1)]


def folded(*events: Event) -> Screen:
    screen = Screen()
    for record in recorded(events):
        screen = fold(screen, record)
    return screen


def drawn(screen: Screen, columns: int, height: int, typed: str = "") -> list[str]:
    view = rows(screen, width=columns, height=height, now=1_013.0, theme=PLAIN, hint="Ctrl+C stops", typed=typed)
    return [plain(row) for row in view]


def test_a_calm_paragraph_says_who_summarises_what_and_for_how_long() -> None:
    assert drawn(folded(ASKED), 60, 5) == [
        "ann summarises the turns up to 7, because the conversation",
        "came near what a model can take. The conversation is about",
        "120,000 tokens long.",
        "",
        "0:12 · Ctrl+C stops",
    ]


def test_where_there_is_no_room_the_last_step_is_seen() -> None:
    said = drawn(folded(ASKED, FAILED, AGAIN), 40, 7)
    assert said == [
        "rate limited. bob is asked next.",
        "",
        "bob summarises the turns up to 7,",
        "because the conversation came near what",
        "a model can take. The conversation is",
        "about 120,000 tokens long.",
        "0:12 · Ctrl+C stops",
    ]
    assert len(drawn(folded(ASKED), 40, 1)) == 1


def test_what_is_typed_meanwhile_is_seen() -> None:
    assert drawn(folded(ASKED), 60, 5, typed="and then")[-1] == "You: and then▌"


def test_with_the_turn_the_view_is_that_of_the_turn_and_its_cost_is_its_own() -> None:
    screen = folded(ASKED, USED, DONE, TURN)
    assert (screen.started, screen.bill.due, screen.apart.due) == (1_004.0, "", "$0.2500")
    assert "summarise" not in "".join(drawn(screen, 80, 24))


def test_a_line_stays_and_where_it_was_told_already_only_the_cost() -> None:
    screen = folded(ASKED, FAILED, AGAIN, USED, DONE, TURN)
    assert closing_lines(screen, told=False) == [
        "There is no summary from ann: OpenAI is rate limited. bob is asked next.",
        (
            "bob summarised the turns up to 7, because the conversation came near what a model can take: about 120,000 "
            "tokens of conversation became 2,300 · $0.2500"
        ),
    ]
    assert closing_lines(screen, told=True) == ["Summarising: $0.2500."]
    assert closing_lines(folded(ASKED, DONE, TURN), told=True) == []
    assert closing_lines(folded(TURN), told=False) == []
    assert closing_lines(folded(AGAIN, NOBODY, TURN), told=False) == [
        "There is no summary from bob: it wrote nothing. The conversation stays whole."
    ]


def test_the_plain_display_tells_each_step_in_a_line() -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, PLAIN)
    for record in recorded([ASKED, FAILED, AGAIN, USED, DONE, TURN]):
        display.record(record)
    assert stream.getvalue().splitlines() == [
        (
            "[  0.0s] ann summarises the turns up to 7, because the conversation came near what a model can take. The "
            "conversation is about 120,000 tokens long."
        ),
        "[  1.0s] There is no summary from ann: OpenAI is rate limited. bob is asked next.",
        (
            "[  2.0s] bob summarises the turns up to 7, because the conversation came near what a model can take. The "
            "conversation is about 120,000 tokens long."
        ),
        (
            "[  4.0s] bob summarised the turns up to 7, because the conversation came near what a model can take: "
            "about 120,000 tokens of conversation became 2,300."
        ),
        "[  0.0s] turn 8: 2 agents asked",
    ]


def test_the_linear_display_tells_them_behind_a_label() -> None:
    stream = io.StringIO()
    display = LinearDisplay(stream, PLAIN, clock=lambda: 1_000.0)
    for record in recorded([ASKED, NOBODY]):
        display.record(record)
    assert stream.getvalue().splitlines() == [
        (
            "Conversation: ann summarises the turns up to 7, because the conversation came near what a model can take. "
            "The conversation is about 120,000 tokens long."
        ),
        "Conversation: There is no summary from bob: it wrote nothing. The conversation stays whole.",
    ]


ANSWERED = [
    TurnStarted(turn=7, question="Why?", agents=("ann", "bob"), seed="s"),
    UsageCounted(agent="bob", call=1, usage=Usage(input_tokens=10, output_tokens=5, cost=Decimal("0.01"))),
    PresentationEnded(agent="bob", label="agent2.1", text="So.", source="presented"),
    TurnEnded(turn=7, outcome="answered"),
]


def test_the_history_shows_the_summary_behind_the_turn_it_follows_and_its_cost_apart() -> None:
    told = history(recorded([*ANSWERED, AGAIN, USED, DONE, TURN]), columns=100, theme=PLAIN)
    lines = [plain(row).rstrip() for row in told]
    at = lines.index("Summary of the turns up to 7, by bob")
    assert lines[at : at + 7] == [
        "Summary of the turns up to 7, by bob",
        "    It is about data.",
        "    Nothing is open.",
        "",
        "Usage of summaries",
        "    110,000 tokens in, 900 out, $0.2500",
        "",
    ]
    [usage] = [line for line in lines if "$0.0100" in line and "used" not in line]
    assert usage == "  bob  1 request, 10 tokens in, 5 out, $0.0100"


def test_who_listens_hears_the_summary_too() -> None:
    told = list(retold(recorded([*ANSWERED, AGAIN, USED, DONE])))
    assert told[-4:] == [
        "Its text:",
        "It is about data.",
        "Nothing is open.",
        "Usage of summaries: 1 request, 110,000 tokens in, 900 out, $0.2500.",
    ]
