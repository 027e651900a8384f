"""The start screen is the manual's, cell for cell, and says when it is only a demo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from massgen.agents import AgentDescription
from massgen.display.banner import Banner, rows, text
from massgen.display.theme import PLAIN, choose, plain
from tests.display.golden import check
from tests.helpers.payloads import PAYLOADS, acting


def described(agent: str, model: str, provider: str) -> AgentDescription:
    return AgentDescription(agent=agent, model=model, provider=provider)


TEAM = (
    described("openai_agent_1", "gpt-5", "Response"),
    described("gemini_agent_2", "gemini-2.5-flash", "Gemini"),
    described("grok_agent_3", "grok-4-fast-reasoning", "Grok"),
)
LONG = (described("an_agent_with_a_very_long_name_indeed_it_is", "models/" + "very-long-" * 9, "Chat Completions"),)


def shown(banner: Banner, columns: int = 80) -> str:
    return text(banner, columns=columns, theme=PLAIN)


def test_three_agents_see_the_manuals_screen() -> None:
    screen = shown(Banner(agents=TEAM))
    assert {cell_len(line) for line in screen.splitlines()} == {80, 0}
    check("banner", screen)  # this golden was copied out of the manual


def test_a_wider_terminal_sees_the_same() -> None:
    assert shown(Banner(agents=TEAM), 200) == shown(Banner(agents=TEAM), 80)


def test_a_demo_says_so() -> None:
    check("banner-demo", shown(Banner(agents=TEAM, demo=True)))


def test_a_single_agent_is_no_team_and_a_long_name_is_cut() -> None:
    check("banner-single", shown(Banner(agents=LONG)))


AWAY = {
    "gemini_agent_2": "GEMINI_API_KEY or GOOGLE_API_KEY is not set",
    "grok_agent_3": "XAI_API_KEY is not set",
    LONG[0].agent: "OPENAI_API_KEY is not set",
}


@pytest.mark.parametrize("columns", [80, 60, 40, 24])
def test_who_stays_away_is_marked_and_the_reason_is_cut_to_its_row(columns: int) -> None:
    screen = shown(Banner(agents=(*TEAM, *LONG), away=AWAY), columns)
    assert max(cell_len(line) for line in screen.splitlines()) <= columns
    check(f"banner-away-{columns}-columns", screen)


def test_fifty_agents_do_not_push_the_prompt_off_the_screen() -> None:
    team = tuple(described(f"agent_{number}", "gpt-5-nano", "OpenAI") for number in range(1, 51))
    check("banner-50-agents", shown(Banner(agents=team)))


@pytest.mark.parametrize("columns", [40, 60])
def test_a_narrow_terminal_gets_a_few_lines_that_fit(columns: int) -> None:
    screen = shown(Banner(agents=(*TEAM, *LONG), demo=True), columns)
    assert max(cell_len(line) for line in screen.splitlines()) <= columns
    check(f"banner-{columns}-columns", screen)


def test_without_utf8_the_banner_is_ascii() -> None:
    theme = choose(encoding="ascii", environ={}, isatty=False)
    screen = text(Banner(agents=TEAM, demo=True), columns=80, theme=theme)
    assert screen.isascii()
    check("banner-ascii", screen)


@given(st.text(st.characters()) | st.sampled_from(PAYLOADS), st.integers(1, 120))
def test_no_name_breaks_the_boxes(name: str, columns: int) -> None:
    banner = Banner(agents=(described(name, name, name), *TEAM), away={name: name})
    for row in rows(banner, columns=columns, theme=PLAIN):
        line = plain(row)
        assert (cell_len(line) <= max(columns, 24), acting(line)) == (True, [])
