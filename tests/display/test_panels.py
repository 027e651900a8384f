"""The live view at every size: readable, never a cell too wide, never a row too many."""

from decimal import Decimal

import pytest
from rich.cells import cell_len

from massgen.bill import Bill
from massgen.display import wording
from massgen.display.boxes import phase_box
from massgen.display.panels import rows
from massgen.display.screen import Screen
from massgen.display.theme import PLAIN, choose, plain
from massgen.events import QuorumReached, UsageCounted
from massgen.messages import Usage
from tests.display.golden import check, drawn
from tests.display.scene import Scene
from tests.display.test_screens import PHASES


def test_the_phase_box_is_the_manuals() -> None:
    agents = ("Agent1", "Agent2", "Agent3")
    scene = Scene(*agents).asks(*agents).drafts("Agent3")
    assert drawn(phase_box(scene.screen, width=80, now=scene.now, theme=PLAIN)) == (
        "┌─ Initial Answer Generation ────────────────┐\n"
        "│ Agent1: Generating...                      │\n"
        "│ Agent2: Generating...                      │\n"
        "│ Agent3: Complete ✓                         │\n"
        "└────────────────────────────────────────────┘\n"
    )


def test_the_coordination_table_is_the_manuals() -> None:
    agents = ("Agent1", "Agent2", "Agent3")
    scene = Scene(*agents).drafts(*agents).opens().asks(*agents, stage="ballot")
    scene.votes("Agent1", "Agent3").votes("Agent3", "Agent3")
    assert drawn(phase_box(scene.screen, width=80, now=scene.now, theme=PLAIN)) == (
        "┌─ Coordination Round 1 ─────────────────────┐\n"
        "│ Agent     │ Status      │ Votes            │\n"
        "├───────────┼─────────────┼──────────────────┤\n"
        "│ Agent1    │ Voted       │ Agent3           │\n"
        "│ Agent2    │ Voting...   │ -                │\n"
        "│ Agent3    │ Converged   │ Self             │\n"
        "└────────────────────────────────────────────┘\n"
    )


def test_the_grace_of_a_quorum_is_on_the_screen() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").drafts("bob")
    scene.tell(QuorumReached(drafts=1, grace_s=5.0)).later(1)
    view = drawn(rows(scene.screen, width=80, height=14, now=scene.now, theme=PLAIN))
    assert view.splitlines()[-1].startswith("0:01 · waiting 4 s more for the others   ")


def test_what_the_turn_has_used_stands_beside_the_box_and_else_in_the_last_line() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").later(2)

    def said(width: int = 100) -> tuple[str, str]:
        view = drawn(rows(scene.screen, width=width, height=16, now=scene.now, theme=PLAIN, hint="Ctrl+C stops"))
        bottom = next(row for row in view.splitlines() if row.startswith("└"))
        return bottom.strip("└─┘ "), view.splitlines()[-1].split("  ")[0]

    scene.tell(UsageCounted(agent="ann", call=1, usage=None, price=Decimal(0)))
    assert said() == ("", "0:02 · Ctrl+C stops")
    used = Usage(input_tokens=11_200, output_tokens=945, cost=Decimal("0.0123"))
    scene.tell(UsageCounted(agent="bob", call=1, usage=used))
    assert said() == ("12.1k+ tokens · $0.0123", "0:02 · Ctrl+C stops")
    scene.tell(UsageCounted(agent="ann", call=1, usage=None))
    assert said() == ("12.1k+ tokens · $0.0123 + unknown", "0:02 · Ctrl+C stops")
    assert said(68) == ("$0.0123 + unknown", "0:02 · Ctrl+C stops")
    assert said(60) == ("", "0:02 · $0.0123 + unknown · Ctrl+C stops")
    assert said(38) == ("", "0:02 · Ctrl+C stops")


@pytest.mark.parametrize(
    ("tokens", "said"),
    [(0, ""), (999, "999 tokens"), (1_000, "1.0k tokens"), (99_949, "99.9k tokens"), (99_950, "100k tokens"),
     (999_499, "999k tokens"), (999_500, "1.0M tokens"), (12_345_678, "12.3M tokens")],
)  # fmt: skip
def test_tokens_are_said_in_few_letters(tokens: int, said: str) -> None:
    assert wording.tokens(Bill(requests=1, input_tokens=tokens)) == said


def test_a_panel_says_what_its_agent_has_used_where_there_is_room() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob")
    scene.tell(UsageCounted(agent="ann", call=1, usage=Usage(input_tokens=1_200, cost=Decimal("0.0042"))))

    def names(width: int) -> str:
        view = drawn(rows(scene.screen, width=width, height=14, now=scene.now, theme=PLAIN))
        return next(row for row in view.splitlines() if row.startswith("▌"))

    assert names(80) == "▌1 ann           1.2k tokens · $0.0042 │ ▌2 bob"
    assert names(60) == "▌1 ann           1.2k tokens │ ▌2 bob"


def test_new_thoughts_stand_below_the_text_that_came_before_them() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").thinks("ann", "Old thoughts.").streams("ann", "Some text.\n" * 30)

    def panel() -> list[str]:
        view = drawn(rows(scene.screen, width=60, height=13, now=scene.now, theme=PLAIN))
        return [row.split("│")[0].strip() for row in view.splitlines()[5:-1]]

    assert panel() == ["Some text."] * 7
    scene.thinks("ann", "Is that so?\nIt is.")
    assert panel() == [*["Some text."] * 5, "Is that so?", "It is."]


def test_a_countdown_and_a_growing_number_move_nothing() -> None:
    scene = (
        Scene("ann", "a_much_longer_name").asks("ann", "a_much_longer_name").retries("a_much_longer_name", wait_s=12)
    )
    for width, height in ((80, 20), (60, 10), (100, 4)):
        views = [
            drawn(rows(scene.screen, width=width, height=height, now=scene.now + passed, theme=PLAIN))
            for passed in (1, 2, 3, 4, 5)
        ]
        bars = [[[at for at, sign in enumerate(row) if sign in "│┐┘"] for row in view.splitlines()] for view in views]
        assert bars == bars[:1] * 5, views


def test_a_panel_says_what_its_agent_does_while_it_writes_nothing() -> None:
    scene = Scene("ann", "bob", "cyd", "dee").asks("ann", "bob", "cyd", "dee")
    scene.drafts("ann", "bob", "cyd", text="My own answer, which is long enough to be wrapped.").retries(
        "dee", wait_s=8
    )
    scene.later(2)
    drafting = drawn(rows(scene.screen, width=100, height=14, now=scene.now, theme=PLAIN))
    scene.opens().asks("ann", "bob", "cyd", "dee", stage="ballot").votes(
        "ann", "bob", reason="It is the only one 正しい."
    )
    scene.streams("cyd", "I compare them.").later(40)
    voting = drawn(rows(scene.screen, width=100, height=18, now=scene.now, theme=PLAIN))
    check("doing", f"{drafting}\n{voting}")


def test_the_answer_of_a_voter_is_dimmed_until_there_is_something_newer() -> None:
    scene = Scene("ann", "bob").drafts("ann", "bob").opens().asks("ann", "bob", stage="ballot")
    theme = choose(encoding="utf-8", environ={}, isatty=True)

    def dimmed() -> bool:
        view = rows(scene.screen, width=80, height=24, now=scene.now, theme=theme)
        return any("\x1b[2mThe answer of ann." in theme.paint(row) for row in view)

    assert dimmed()
    scene.streams("ann", "Bob is right.")
    assert not dimmed()


def test_the_names_in_a_column_are_whole_beside_digits_of_different_width() -> None:
    agents = ("ann", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ivy", "jo")
    scene = Scene(*agents).asks(*agents)
    for height in (10, 14):  # without and with room for the tenth
        view = drawn(rows(scene.screen, width=40, height=height, now=scene.now, theme=PLAIN)).splitlines()
        assert [row[:20] for row in view[1:3]] == [" 1 ann Generating...", " 2 bob Generating..."]


def test_no_key_in_the_last_line_is_cut_in_two() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob")
    hint = "s skip · Esc all agents · r history · Ctrl+C stops"

    def said(columns: int) -> str:
        view = drawn(rows(scene.screen, width=columns, height=10, now=scene.now, theme=PLAIN, hint=hint))
        return view.splitlines()[-1].split("   ")[0]

    assert [said(columns) for columns in (57, 56, 40, 15)] == [
        f"0:00 · {hint}",
        "0:00 · s skip · Esc all agents · r history",
        "0:00 · s skip · Esc all agents",
        "0:00 · s skip",
    ]


def test_what_was_typed_takes_the_last_line_and_shows_its_end() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob")
    for typed, shown in (
        ("run the tests", "You: run the tests▌"),
        ("why\nnot", "You: why␊not▌"),
        ("日本語のテキスト" * 6, "You: …日本語のテキスト日本語のテキスト▌"),
    ):
        view = rows(scene.screen, width=40, height=20, now=scene.now, theme=PLAIN, hint="Ctrl+C", typed=typed)
        assert plain(view[-1]) == shown
        assert cell_len(shown) <= 40


def test_the_way_of_a_turn_is_to_be_seen() -> None:
    ways = [
        drawn(rows(PHASES[phase](3).screen, width=120, height=24, now=1_002.0, theme=PLAIN)).splitlines()[-1]
        for phase in ("trouble", "second-ballot", "presenting")
    ]
    assert [way[-39:].strip() for way in ways] == [
        "[Initial] → Coordination → Presentation",
        "Initial → [Coordination] → Presentation",
        "Initial → Coordination → [Presentation]",
    ]


def test_before_the_first_question_there_is_an_empty_view() -> None:
    assert len(rows(Screen(), width=80, height=24, now=0.0, theme=PLAIN)) == 24


def test_where_not_everybody_fits_those_at_work_are_kept_and_nobody_passes_anybody() -> None:
    team = tuple("abcdefg")
    scene = Scene(*team).asks(*team).drafts("a", "d", "e")
    view = drawn(rows(scene.screen, width=40, height=8, now=scene.now, theme=PLAIN))
    assert view.splitlines()[1:-1] == [
        "1 a Complete ✓     The answer of a.",
        "2 b Generating...",
        "3 c Generating...",
        "6 f Generating...",
        "7 g Generating...",
        "+2 more",
    ]
