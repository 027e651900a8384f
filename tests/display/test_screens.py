"""What the live view says at every size, in every phase and for every team: pictures that a reviewer can read."""

from decimal import Decimal

import pytest
from rich.cells import cell_len

from massgen.display.panels import rows
from massgen.display.theme import PLAIN, Theme, choose, plain
from massgen.events import ToolEnded, ToolStarted, UsageCounted
from massgen.messages import Usage
from tests.display.golden import check, drawn
from tests.display.scene import Scene

PROSE = (
    "Machine learning is the study of programs that get better at a task with experience. "
    "Instead of writing rules by hand, one shows the machine examples — 日本語もある — and it finds the rules. 🚀\n\n"
)
SIZES = ((40, 10), (40, 20), (80, 24), (120, 30), (250, 70))
FAR = ((40, 10), (80, 24), (250, 70))


def team(size: int) -> tuple[str, ...]:
    names = ("openai_agent_1", "gemini_agent_2", "grok_agent_3")
    return names if size == 3 else tuple(f"agent_{number}" for number in range(1, size + 1))


def drafting(size: int) -> Scene:
    """Some write, some think, some use a tool; a third has answered."""
    agents = team(size)
    scene = Scene(*agents).asks(*agents)
    for place, agent in enumerate(agents):
        scene.thinks(agent, "The user asks for a definition. ").streams(agent, PROSE * (place % 4))
        if place % 5 == 2:
            scene.tell(ToolStarted(agent=agent, call=1, id="a", name="read_file", arguments={"path": "src/login.py"}))
            scene.tell(ToolEnded(agent=agent, call=1, id="a", name="read_file", text="", is_error=False))
            scene.tell(ToolStarted(agent=agent, call=1, id="b", name="read_file", arguments={"path": "src/認証.py"}))
        if place % 3 == 1:
            used(scene, agent)
    scene.drafts(*agents[1::3])
    return scene.later(42)


def voting(size: int) -> Scene:
    """Half of them have voted for the last one; the last one stands by its own answer."""
    agents = team(size)
    scene = Scene(*agents).asks(*agents).drafts(*agents).opens().asks(*agents, stage="ballot").later(75)
    for agent in agents:
        used(scene, agent)
        scene.streams(agent, f"{agents[-1]} explains it best, because it gives an example. ")
    for agent in agents[::2]:
        scene.votes(agent, agents[-1])
    return scene


def second_ballot(size: int) -> Scene:
    """Revisions were written in the first round; in the second some are revised again and some abstain."""
    agents = team(size)
    scene = voting(size)
    scene.drafts(*agents[1::2], text="My second thoughts, with an example.").opens(2).later(30)
    scene.asks(*agents, stage="ballot").votes(agents[0], agents[1], reason="It has an example now.")
    scene.drafts(*agents[2::4], text="My third thoughts.")
    for agent in agents[3::4]:
        scene.abstains(agent)
    return scene.later(15)


def presenting(size: int) -> Scene:
    agents = team(size)
    scene = Scene("ann").asks("ann", stage="presentation") if size == 1 else voting(size)
    winner = scene.agents[-1]
    if size > 1:
        for agent in agents[1::2]:
            if agent != winner:
                scene.stops(agent, "decided")
        scene.wins(winner, votes=size // 2).presents(winner)
    scene.later(3)
    return scene.streams(winner, "# Machine learning\n\n" + PROSE * 3)


def trouble(size: int) -> Scene:
    """Whatever can go wrong: retries, failures, keys that are missing, agents that are silent, skipped or too late."""
    agents = team(size)
    scene = Scene(*agents).asks(*agents)
    for place, agent in enumerate(agents):
        scene.streams(agent, PROSE[: 40 * (place % 3)])
        match place % 7:
            case 0:
                scene.retries(agent, wait_s=48)
            case 1:
                scene.fails(agent, "auth", text="The key in OPENAI_API_KEY was refused. Set another one.")
            case 3:
                scene.stops(agent, "skipped")
            case 4:
                scene.stops(agent, "too_late")
            case 5:
                scene.drafts(agent)
            case _:
                pass
    return scene.later(40)


def used(scene: Scene, agent: str) -> None:
    usage = Usage(input_tokens=1_200, output_tokens=300)
    scene.tell(UsageCounted(agent=agent, call=1, usage=usage, price=Decimal("0.0042")))


PHASES = {
    "drafting": drafting,
    "voting": voting,
    "second-ballot": second_ballot,
    "presenting": presenting,
    "trouble": trouble,
}


def picture(scene: Scene, size: tuple[int, int], theme: Theme = PLAIN, *, focus: str = "") -> str:
    """The view at this size, below a line that says which."""
    width, height = size
    hint = "r history · Ctrl+C stops" if theme.encoding == "utf-8" else "r history - Ctrl+C stops"
    view = rows(scene.screen, width=width, height=height, now=scene.now, theme=theme, hint=hint, focus=focus)
    assert (len(view), max(cell_len(plain(row)) for row in view) <= width) == (height, True)
    return f"== {width}x{height}\n{drawn(view)}"


ALONE = ("presenting", "trouble")
"""One agent answers, and nobody votes."""


@pytest.mark.parametrize(
    ("phase", "size"), [(phase, size) for phase in PHASES for size in (1, 3, 10, 30, 50) if size > 1 or phase in ALONE]
)
def test_the_screen_is_as_reviewed(phase: str, size: int) -> None:
    scene = PHASES[phase](size)
    check(f"{phase}-{size}", "\n".join(picture(scene, each) for each in (SIZES if size <= 10 else FAR)))


def test_one_agent_alone_on_the_screen_is_as_reviewed() -> None:
    told = [picture(PHASES[phase](10), (80, 24), focus="agent_3") for phase in ("drafting", "second-ballot", "trouble")]
    check("focus", "\n".join([*told, picture(drafting(3), (40, 10), focus="grok_agent_3")]))


def test_without_utf8_every_phase_is_ascii() -> None:
    theme = choose(encoding="ascii", environ={}, isatty=False)
    pictures = "\n".join(picture(PHASES[phase](3), (80, 24), theme) for phase in PHASES)
    assert pictures.isascii()
    check("ascii", pictures)


def test_colours_are_by_meaning_and_no_color_leaves_only_dim_and_bold() -> None:
    pictures = []
    for environ in ({}, {"NO_COLOR": "1"}):
        theme = choose(encoding="utf-8", environ=environ, isatty=True)
        for phase in ("voting", "trouble"):
            scene = PHASES[phase](3)
            view = rows(scene.screen, width=80, height=16, now=scene.now, theme=theme, hint="Ctrl+C stops")
            pictures.append("".join(f"{theme.paint(row)}\n" for row in view))
    assert [each for each in pictures[2:] if "\x1b[3" in each] == []
    check("colours", "\n".join(pictures).replace("\x1b[0m", "⟩").replace("\x1b[", "⟨"))
