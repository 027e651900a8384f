"""The guide's sentences about a single agent of a team: looked at, not waited for, and outvoted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from massgen.display.focus import Focus
from massgen.display.keys import Key
from massgen.display.screen import Agent, Screen
from tests.guide.page import promised
from tests.guide.three import AGENTS
from tests.helpers import models
from tests.helpers.conversation import ENTER
from tests.helpers.models import FINAL_ANSWER, GEMINI, GROK, OPENAI, TEAM, THREE_AGENTS
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

LEFT, RIGHT = "\x1b[D", "\x1b[C"
ESC = "\x1b"
HEADLINE = "Initial Answer Generation · 2 of 3 done  "

LOOKED_AT = {
    LEFT: "grok_agent_3",
    RIGHT: "openai_agent_1",
    "1": "openai_agent_1",
    "2": "gemini_agent_2",
    "3": "grok_agent_3",
}
"""Whom each key gives the whole view, from that of everybody."""

STUBBORN = {
    **TEAM,
    OPENAI: replace(TEAM[OPENAI], votes_for="from data"),
    GEMINI: replace(TEAM[GEMINI], votes_for="by example"),
    GROK: replace(TEAM[GROK], also=""),
}
"""Two models vote for their own answers, which does not count; the third writes none, and its vote decides."""


def reply(request: Request) -> Reply:
    if request.model == GROK and models.stage(request) == "draft":
        return Reply(text=["Let", "me", "see"], stall_after=2)
    return models.reply(request, STUBBORN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was on the screen, in the requests, and on disk."""

    focused: Mapping[str, str]
    everybody: Mapping[str, str]
    summary: str
    history: str
    log: Mapping[str, Any]  # Any: a test looks into whatever JSON there is
    requests: list[Request]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """One turn in which the third agent stops in the middle of its draft, and the user does not wait for it."""
    massgen = Program(tmp_path_factory.mktemp("one-agent"))
    with (
        WireServer(reply) as server,
        massgen.chat(
            "--config", THREE_AGENTS, env=server.environ("openai", "gemini", "grok"), columns=100, lines=40
        ) as chat,
    ):
        chat.wait_for_prompt()
        chat.say("What is machine learning?")
        chat.wait_for("openai_agent_1: Complete ✓", "gemini_agent_2: Complete ✓", "me", where=lambda: chat.shown)
        focused, everybody = {}, {}
        for key in LOOKED_AT:
            chat.type(key)
            chat.wait_for("s skip" if key in (LEFT, "3") else "Esc all agents", where=lambda: chat.shown)
            focused[key] = chat.shown
            chat.type(ESC)
            chat.wait_for(*(f"▌{place} {agent}" for place, agent in enumerate(AGENTS, 1)), where=lambda: chat.shown)
            everybody[key] = chat.shown
        chat.type(LEFT)
        chat.wait_for("s skip", where=lambda: chat.shown)
        chat.type("s")
        chat.wait_for(FINAL_ANSWER, "◆")
        summary = chat.text
        chat.wait_for_prompt()
        chat.type("r" + ENTER)
        chat.wait_for("q closes", where=lambda: chat.shown)
        chat.type("g")
        chat.wait_for("Minority report", "by example", where=lambda: chat.shown)
        history = chat.shown
    (log,) = massgen.project.glob(".massgen/sessions/*/turn_1/coordination_log.json")
    return Seen(
        focused=focused,
        everybody=everybody,
        summary=summary,
        history=history,
        log=json.loads(Path(log).read_text("utf-8")),
        requests=server.requests,
    )


@pytest.mark.parametrize("key", list(LOOKED_AT), ids=["left", "right", "1", "2", "3"])
def test_an_arrow_key_or_a_digit_gives_one_agent_the_view_and_escape_shows_everybody(seen: Seen, key: str) -> None:
    promised(
        "The arrow keys ← and →, or the digit of its place, give one agent the whole view; Esc shows everybody again."
    )

    focused, everybody = seen.focused[key], seen.everybody[key]
    assert focused.startswith(HEADLINE)
    assert [agent for place, agent in enumerate(AGENTS, 1) if f"▌{place} {agent}" in focused] == [LOOKED_AT[key]]
    assert "Esc all agents · r history" in focused
    assert ("s skip" in focused) == (LOOKED_AT[key] == "grok_agent_3")
    assert [agent for place, agent in enumerate(AGENTS, 1) if f"▌{place} {agent}" in everybody] == list(AGENTS)


def test_two_digits_lead_to_an_agent_beyond_the_ninth() -> None:
    promised("Two digits in a row lead to the tenth agent and beyond.")

    focus = Focus(clock=lambda: 0.0, skip=lambda _: None)
    team = Screen(agents=tuple(Agent(agent=f"agent_{number}") for number in range(1, 13)))
    for digit in "12":
        focus.press(Key(name="text", text=digit), team, hot=not focus.is_fresh)
    assert focus.agent == "agent_12"


def test_s_stops_waiting_for_the_agent_which_votes_all_the_same(seen: Seen) -> None:
    promised(
        "`s` then stops waiting for that agent: it sits out the phase, and may still vote in the next one.",
        "| `←`, `→`, `1-9` | During a turn: look at one agent; Esc shows everybody again |",
        "| `s` | Then: do not wait for that agent |",
    )

    assert "2 of 3 agents answered; grok_agent_3: skipped" in " ".join(seen.summary.split())
    assert [models.stage(each) for each in seen.requests if each.model == GROK] == ["draft", "ballot"]


def test_the_history_says_how_much_hangs_on_the_way_of_counting(seen: Seen) -> None:
    promised(
        "Below the votes stands how much hangs on the way of counting: "
        "under how many rules the winner wins, and who would have won without one of the votes."
    )

    assert "Re-tally: won under 3 of 3 rules; without " in seen.history
    assert seen.log["retally"]["by_rule"] == dict.fromkeys(("approval", "plurality", "borda"), "agent2.1")


def test_the_minority_report_shows_the_strongest_answer_that_was_not_chosen(seen: Seen) -> None:
    promised(
        "When not all voters found the winner acceptable, a minority report follows.",
        "It shows the strongest answer that was not chosen, and the reasons of those who wanted it.",
    )

    report = seen.history.partition("Minority report\n")[2].splitlines()
    assert [line.strip() for line in report[:3]] == [
        "openai_agent_1 (agent1.1), the strongest answer that was not chosen, was wanted by",
        "openai_agent_1: It is the better one.",
        "Machines that learn from data.",
    ]
    assert seen.log["minority_report"] == {
        "label": "agent1.1",
        "author": "openai_agent_1",
        "wanted_by": [
            {"agent": "openai_agent_1", "reason": "It is the better one."},
        ],
    }


def test_no_model_is_told_of_the_minority(seen: Seen) -> None:
    promised("No model is ever told.")

    assert not [each for each in seen.requests if "minority" in str(each.body).lower()]


def test_the_text_that_was_voted_on_is_in_the_history(seen: Seen) -> None:
    promised("Where the final answer is not the text that was voted on, that text is there too.")

    voted_on = seen.history.partition("As it was voted on, before the presentation\n")[2].splitlines()[0]
    assert voted_on.strip() == "Programs that improve by example."
