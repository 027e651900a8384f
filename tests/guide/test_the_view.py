"""The guide's sentences about the panels of a turn, on screens drawn from events."""

from massgen.display.panels import rows
from massgen.display.theme import PLAIN
from massgen.events import ToolStarted, UsageCounted
from massgen.messages import Usage
from tests.display.golden import drawn
from tests.display.scene import Scene
from tests.guide.page import promised


def view(scene: Scene, *, lines: int = 12) -> list[str]:
    text = drawn(rows(scene.screen, width=80, height=lines, now=scene.now, theme=PLAIN))
    return [row.rstrip() for row in text.splitlines()]


def turn() -> Scene:
    """Ann uses a tool and says nothing; Bob is asked again later."""
    scene = Scene("ann", "bob").asks("ann", "bob").streams("ann", "Let me look.").later(30)
    scene.tell(ToolStarted(agent="ann", call=1, id="t", name="read_file", arguments={"path": "a.py"}))
    return scene.retries("bob", wait_s=8)


def test_below_the_text_stands_what_else_an_agent_does() -> None:
    promised(
        "Below its text stands what else an agent does: the tools that it uses, for how long it has been silent, when "
        "it is asked again and why."
    )

    assert view(turn())[4:8] == [
        "▌1 ann                                 │ ▌2 bob",
        "Let me look.                           │ retrying in 8 s: rate limit",
        "● read_file a.py                       │",
        "silent 30 s                            │",
    ]


def test_without_room_for_panels_each_agent_has_a_row() -> None:
    promised("Where there is no room for panels, each agent has one row.")

    assert view(turn(), lines=5)[:-1] == [
        "Initial Answer Generation · 0 of 2 done",
        "1 ann Generating...  ● read_file a.py · silent 30 s",
        "2 bob Retrying (8 s): rate limit",
        "",
    ]


def test_tokens_are_counted_for_the_turn_and_for_each_agent() -> None:
    promised(
        "The view also counts tokens, of the turn and of each agent.",
        "`12.1k+ tokens` are those that were counted, and more that were not.",
    )

    scene = turn().tell(
        UsageCounted(agent="ann", call=1, usage=Usage(input_tokens=11_200, output_tokens=945)),
        UsageCounted(agent="bob", call=1, usage=None),
    )
    assert view(scene)[3:5] == [
        "└────────────────────────────────────────────┘      12.1k+ tokens · cost unknown",
        "▌1 ann                    12.1k tokens │ ▌2 bob",
    ]
