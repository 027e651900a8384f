"""Whatever agents do and say, at any size: the view has its rows, none is too wide, and nothing in it acts."""

import re
from collections.abc import Callable, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcwidth

from massgen.display.panels import rows
from massgen.display.theme import choose
from massgen.events import QuorumReached, ToolEnded, ToolStarted, UsageCounted
from massgen.messages import ServerToolUsed, Usage
from tests.display.scene import Scene
from tests.helpers.payloads import PAYLOADS, acting

LETTERS = st.characters(exclude_categories=("Cn", "Co"))  # on others no two tables of widths agree
TEXT = (
    st.text(LETTERS, max_size=60)
    | st.sampled_from(PAYLOADS)
    | st.text(st.sampled_from("日本😀👍🏽\u200d\ufe0f🇩🇪e\u0301\x1b\n abc"), max_size=200)
)

Move = Callable[[Scene, str, str], object]
MOVES: Mapping[str, Move] = {
    "is asked": lambda scene, agent, _: scene.asks(agent, stage=scene.screen.phase, ballot=scene.screen.ballot),
    "says": lambda scene, agent, text: scene.streams(agent, text),
    "thinks": lambda scene, agent, text: scene.thinks(agent, text),
    "begins to use": lambda scene, agent, text: scene.tell(
        ToolStarted(agent=agent, call=1, id=text, name=text, arguments={"path": text})
    ),
    "has used": lambda scene, agent, text: scene.tell(
        ToolEnded(agent=agent, call=1, id=text, name=text, text=text, is_error=True)
    ),
    "searches": lambda scene, agent, text: scene.part(agent, ServerToolUsed(name=text, status="running", detail=text)),
    "pays": lambda scene, agent, text: scene.tell(
        UsageCounted(agent=agent, call=1, usage=Usage(input_tokens=len(text) ** 3) if text else None)
    ),
    "answers": lambda scene, agent, text: scene.drafts(agent, text=text),
    "fails": lambda scene, agent, text: scene.fails(agent, text=text),
    "is tried again": lambda scene, agent, text: scene.retries(agent, wait_s=len(text)),
    "is skipped": lambda scene, agent, _: scene.stops(agent, "skipped"),
    "abstains": lambda scene, agent, text: scene.abstains(agent, reason=text),
    "votes": lambda scene, agent, text: scene.votes(agent, scene.agents[len(text) % len(scene.agents)], reason=text),
    "presents": lambda scene, agent, _: scene.wins(agent, votes=1).presents(agent),
    "is waited for": lambda scene, _, text: scene.tell(QuorumReached(drafts=1, grace_s=9)).later(len(text)),
}


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A turn in which anything may happen after anything."""
    agents = draw(st.lists(TEXT, min_size=1, max_size=5, unique=True))
    crowd = tuple(f"agent_{number}" for number in range(draw(st.sampled_from((0, 0, 7, 45)))))
    scene = Scene(*dict.fromkeys((*agents, *crowd)))
    scene.asks(*scene.agents)
    for step in draw(st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(0, 5), TEXT), max_size=12)):
        move, agent, text = step
        MOVES[move](scene, scene.agents[agent % len(scene.agents)], text)
        if move == "answers" and agent == 0:
            scene.opens(scene.screen.ballot + 1)
    return scene.later(draw(st.sampled_from((0, 12, 4_000))))


@settings(max_examples=150, deadline=None)
@given(
    scene=scenes(),
    width=st.integers(1, 250) | st.integers(1, 45),
    height=st.integers(0, 70) | st.integers(0, 12),
    encoding=st.sampled_from(("utf-8", "ascii", "latin-1")),
    environ=st.sampled_from(({}, {"NO_COLOR": "1"})),
    focused=st.booleans(),
    typed=TEXT,
)
def test_every_view_has_its_size_and_no_row_acts(
    scene: Scene, width: int, height: int, encoding: str, environ: dict[str, str], focused: bool, typed: str
) -> None:
    theme = choose(encoding=encoding, environ=environ, isatty=True)
    view = rows(
        scene.screen,
        width=width,
        height=height,
        now=scene.now,
        theme=theme,
        hint="s skip · Esc all agents · r history · Ctrl+C stops",
        typed=typed,
        focus=scene.agents[0] if focused else "",
    )
    assert len(view) == height
    for row in view:
        painted = theme.paint(row)
        painted.encode(encoding)
        shown = re.sub(r"\x1b\[(?:1|2|3[1-6])m([^\x1b]+)\x1b\[0m", r"\1", painted)  # what is opened is closed
        assert acting(shown) == []
        assert "\n" not in shown
        assert sum(map(wcwidth, shown)) <= width, shown
