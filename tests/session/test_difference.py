"""What is told of a team that is not the one a session was last started with."""

from dataclasses import replace

import pytest

from massgen.agents import AgentDescription
from massgen.events import Event, ModelChanged, SessionStarted
from massgen.session.difference import difference
from tests.session.scene import TEAM, first_turn, records, session_started

ANN, BOB, CAROL = TEAM
DAN = AgentDescription(agent="dan", model="claude-sonnet-5-5", provider="Claude")


def start(*team: AgentDescription, fingerprint: str = "") -> SessionStarted:
    return replace(session_started(), agents=team, fingerprint=fingerprint)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (start(*TEAM), ()),
        (start(CAROL, BOB, ANN), ()),
        (start(*TEAM, DAN), ("New in the team: dan is claude-sonnet-5-5 (Claude).",)),
        (start(ANN, BOB), ("No longer in the team: carol.",)),
        (
            start(replace(ANN, model="gpt-6"), BOB, CAROL),
            ("Another model: ann is gpt-6 (OpenAI), before gpt-5 (OpenAI).",),
        ),
        (
            start(ANN, replace(BOB, provider="OpenRouter"), DAN),
            (
                "New in the team: dan is claude-sonnet-5-5 (Claude).",
                "No longer in the team: carol.",
                "Another model: bob is gemini-2.5-flash (OpenRouter), before gemini-2.5-flash (Gemini).",
            ),
        ),
    ],
)
def test_who_is_new_who_is_gone_and_who_is_another_model_is_told(now: SessionStarted, said: tuple[str, ...]) -> None:
    assert difference(records(session_started(), *first_turn()), now) == said


@pytest.mark.parametrize(
    ("before", "now", "is_told"), [("a", "b", True), ("a", "a", False), ("", "b", False), ("a", "", False)]
)
def test_other_settings_are_told_where_both_starts_say_what_theirs_were(before: str, now: str, is_told: bool) -> None:
    said = difference(records(start(*TEAM, fingerprint=before)), start(*TEAM, fingerprint=now))

    assert said == (("The team has other settings than when this session was last started.",) if is_told else ())


def test_it_is_the_last_start_that_counts() -> None:
    starts: tuple[Event, ...] = (start(ANN), start(*TEAM))
    assert difference(records(*starts), start(*TEAM)) == ()


@pytest.mark.parametrize("model", ["gpt-5", "gpt-6"])
def test_an_agent_whose_model_was_changed_in_the_session_is_the_same_with_either(model: str) -> None:
    changed = ModelChanged(agent=replace(ANN, model="gpt-6"), model="openai:gpt-6")

    assert difference(records(start(*TEAM), changed), start(replace(ANN, model=model), BOB, CAROL)) == ()


def test_who_speaks_for_an_agent_with_another_model_is_not_told_again_after_a_start_with_it() -> None:
    chosen = replace(ANN, model="gpt-6")
    changed = ModelChanged(agent=chosen, model="openai:gpt-6")

    assert difference(records(start(*TEAM), changed, start(chosen, BOB, CAROL)), start(*TEAM)) == ()


def test_a_session_that_was_never_started_differs_from_nothing() -> None:
    assert difference((), start(*TEAM)) == ()


def test_what_a_log_says_acts_on_no_terminal_and_of_many_some_are_named() -> None:
    many = [AgentDescription(agent=f"a{number}", model="\x1b[31m\n", provider="P") for number in range(7)]
    [said] = difference(records(start(*many[:1])), start(*many))
    assert said == ("New in the team: " + "; ".join(f"a{number} is ␛[31m␊ (P)" for number in range(1, 6)) + "; 1 more.")
