"""The live view at every size: readable, never a cell too wide, never a row too many."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from massgen.display.boxes import phase_box
from massgen.display.panels import rows
from massgen.display.screen import Screen
from massgen.display.theme import ASCII, PLAIN, Theme, choose, plain
from massgen.events import QuorumReached, ToolStarted, UsageCounted
from massgen.messages import Usage
from tests.display.golden import check, drawn
from tests.display.scene import Scene
from tests.helpers.payloads import PAYLOADS, acting

PROSE = (
    "Machine learning is the study of programs that get better at a task with experience. "
    "Instead of writing rules by hand, one shows the machine examples — 日本語もある — and it finds the rules. 🚀\n\n"
)
SIZES = ((40, 10), (40, 20), (80, 24), (120, 30), (250, 70))
TEAMS = (1, 3, 10, 50)


def team(size: int) -> tuple[str, ...]:
    names = ("openai_agent_1", "gemini_agent_2", "grok_agent_3")
    return names if size == 3 else tuple(f"agent_{number}" for number in range(1, size + 1))


def drafting(size: int) -> Scene:
    agents = team(size)
    scene = Scene(*agents).asks(*agents)
    for place, agent in enumerate(agents):
        scene.thinks(agent, "The user asks for a definition. ").streams(agent, PROSE * (place % 4))
    scene.drafts(*agents[1::3])
    for agent in agents[2::7]:
        scene.retries(agent, wait_s=6)
    return scene.later(2)


def voting(size: int) -> Scene:
    agents = team(size)
    scene = Scene(*agents).drafts(*agents).opens().asks(*agents, stage="ballot")
    for agent in agents:
        scene.streams(agent, f"{agents[-1]} explains it best, because it gives an example. ")
    for agent in agents[::2]:
        scene.votes(agent, agents[-1])
    return scene.later(75)


def presenting(size: int) -> Scene:
    agents = team(size)
    scene = voting(size).wins(agents[-1], votes=1).presents(agents[-1])
    return scene.streams(agents[-1], "# Machine learning\n\n" + PROSE * 3)


PHASES = {"drafting": drafting, "voting": voting, "presenting": presenting}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("size", TEAMS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_screen_is_as_reviewed(phase: str, size: int, width: int, height: int) -> None:
    scene = PHASES[phase](size)
    view = rows(scene.screen, width=width, height=height, now=scene.now, theme=PLAIN, hint="Ctrl+C stops")
    assert (len(view), max(cell_len(plain(row)) for row in view) <= width) == (height, True)
    if size != 50 or height in (10, 70):
        check(f"{phase}-{size}-agents-{width}x{height}", drawn(view))


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


def test_without_utf8_the_whole_view_is_ascii() -> None:
    scene = voting(3)
    theme = choose(encoding="ascii", environ={}, isatty=False)
    view = drawn(rows(scene.screen, width=80, height=24, now=scene.now, theme=theme, hint="Ctrl+C stops"))
    assert view.isascii()
    check("voting-ascii", view)


def test_a_running_tool_and_the_grace_of_a_quorum_are_on_the_screen() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").streams("ann", "Let me look.").drafts("bob")
    scene.tell(ToolStarted(agent="ann", call=1, id="t", name="read_file", arguments={}))
    scene.tell(QuorumReached(drafts=1, grace_s=5.0)).later(1)
    check("tool-and-quorum", drawn(rows(scene.screen, width=60, height=14, now=scene.now, theme=PLAIN)))


def test_the_last_line_says_what_the_turn_has_cost_up_to_now() -> None:
    scene = drafting(3)

    def last_line() -> str:
        view = rows(scene.screen, width=100, height=24, now=scene.now, theme=PLAIN, hint="Ctrl+C stops")
        return drawn(view).splitlines()[-1].split("  ")[0]

    scene.tell(UsageCounted(agent="openai_agent_1", call=1, usage=None, price=Decimal(0)))
    assert last_line() == "2 s · Ctrl+C stops"
    scene.tell(UsageCounted(agent="gemini_agent_2", call=1, usage=Usage(cost=Decimal("0.0123"))))
    assert last_line() == "2 s · $0.0123 · Ctrl+C stops"
    scene.tell(UsageCounted(agent="grok_agent_3", call=1, usage=None))
    assert last_line() == "2 s · $0.0123 + unknown · Ctrl+C stops"


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


def test_what_was_typed_takes_the_last_line_and_shows_its_end() -> None:
    scene = drafting(3)
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
        drawn(rows(PHASES[phase](3).screen, width=80, height=24, now=1_002.0, theme=PLAIN)).splitlines()[-1].strip()
        for phase in PHASES
    ]
    assert [way.partition(" s ")[2].strip() for way in ways] == [
        "[Initial] → Coordination → Presentation",
        "Initial → [Coordination] → Presentation",
        "Initial → Coordination → [Presentation]",
    ]


def test_colours_close_and_no_color_has_none() -> None:
    scene = drafting(3)
    for environ, colours in (({}, True), ({"NO_COLOR": "1"}, False)):
        theme = choose(encoding="utf-8", environ=environ, isatty=True)
        for row in rows(scene.screen, width=80, height=24, now=scene.now, theme=theme):
            painted = theme.paint(row)
            assert painted.count("\x1b[") == 2 * painted.count("\x1b[0m")
            assert colours or not any(f"\x1b[3{digit}m" in painted for digit in range(8))


def test_before_the_first_question_there_is_an_empty_view() -> None:
    assert len(rows(Screen(), width=80, height=24, now=0.0, theme=PLAIN)) == 24


TEXT = (
    st.text(st.characters())
    | st.sampled_from(PAYLOADS)
    | st.text(st.sampled_from("日本😀👍🏽\u200d\ufe0f🇩🇪e\u0301\x1b\n "))
)


@settings(max_examples=150, deadline=None)
@given(
    agents=st.lists(TEXT, min_size=1, max_size=8, unique=True),
    text=TEXT,
    width=st.integers(1, 130),
    height=st.integers(0, 40),
    theme=st.sampled_from((PLAIN, Theme(symbols=ASCII, looks={}, encoding="ascii"))),
    is_voting=st.booleans(),
)
def test_no_text_makes_a_row_too_wide_or_the_view_too_high(
    agents: list[str], text: str, width: int, height: int, theme: Theme, is_voting: bool
) -> None:
    scene = Scene(*agents).asks(*agents)
    for agent in agents:
        scene.streams(agent, text).thinks(agent, text)
    scene.fails(agents[0], text=text)
    if is_voting:
        scene.drafts(*agents, text=text).opens().votes(agents[-1], agents[0], reason=text)
    view = rows(scene.screen, width=width, height=height, now=scene.now, theme=theme, hint="Ctrl+C stops")
    assert len(view) == height
    assert [row for row in view if cell_len(plain(row)) > width or acting(plain(row)) or "\n" in plain(row)] == []
