"""A conversation with the three agents of the example, on a terminal and over the real wires."""

import json
import threading
from collections.abc import Mapping

import pytest

from tests.helpers import models
from tests.helpers.conversation import CTRL_C
from tests.helpers.models import FINAL_ANSWER, GEMINI, GROK, OPENAI, THREE_AGENTS
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

pytestmark = pytest.mark.slow  # whole chats over real SDKs; `make test` has the same promises in tests/guide

FIRST, SECOND, THIRD = "What is machine learning?", "Give me an example.", "And in Python?"
PROVIDERS = ("openai", "gemini", "grok")

START = """\
╭──────────────────────────────────────────────────────────────────────────────╮
│                                                                              │
│       ███╗   ███╗ █████╗ ███████╗███████╗ ██████╗ ███████╗███╗   ██╗         │
│       ████╗ ████║██╔══██╗██╔════╝██╔════╝██╔════╝ ██╔════╝████╗  ██║         │
│       ██╔████╔██║███████║███████╗███████╗██║  ███╗█████╗  ██╔██╗ ██║         │
│       ██║╚██╔╝██║██╔══██║╚════██║╚════██║██║   ██║██╔══╝  ██║╚██╗██║         │
│       ██║ ╚═╝ ██║██║  ██║███████║███████║╚██████╔╝███████╗██║ ╚████║         │
│       ╚═╝     ╚═╝╚═╝  ╚═╝╚══════╝╚══════╝ ╚═════╝ ╚══════╝╚═╝  ╚═══╝         │
│                                                                              │
│            🤖 🤖 🤖  →  💬 collaborate  →  🎯 winner  →  📢 final            │
│                                                                              │
╰──────────────────────────────────────────────────────────────────────────────╯

╭──────────────────────────────────────────────────────────────────────────────╮
│    🤝 Mode:                Multi-Agent (3 agents)                            │
│      ├─ openai_agent_1:    gpt-6.1-terra (Response)                          │
│      ├─ gemini_agent_2:    gemini-3.8-flash (Gemini)                         │
│      └─ grok_agent_3:      grok-4.7 (Grok)                                   │
╰──────────────────────────────────────────────────────────────────────────────╯

╭──────────────────────────────────────────────────────────────────────────────╮
│  💬  Type your questions below                                               │
│  💡  Use slash commands: /help, /quit, /reset, /status, /config              │
│  ⌨   Press Ctrl+C to exit                                                   │
╰──────────────────────────────────────────────────────────────────────────────╯

You:"""
"""The start screen of the manual; the emulator gives the keyboard sign one cell, the manual two."""


class Gates:
    """Holds every reply of a stage back until the test opens it; Grok never waits."""

    def __init__(self) -> None:
        self._open: Mapping[str, threading.Event] = {
            stage: threading.Event() for stage in ("draft", "ballot", "presentation")
        }

    def open(self, stage: str) -> None:
        self._open[stage].set()

    def reply(self, request: Request) -> Reply:
        stage = models.stage(request)
        if request.model != GROK or stage == "presentation":
            assert self._open[stage].wait(timeout=20), f"nobody opened {stage}"
        return models.reply(request)


def test_the_team_is_seen_working_and_leaves_only_its_answer(massgen: Program) -> None:
    gates = Gates()
    with (
        WireServer(gates.reply) as server,
        massgen.chat("--config", THREE_AGENTS, env=server.environ(*PROVIDERS), columns=100, lines=30) as chat,
    ):
        chat.wait_for_prompt()
        assert chat.above == START

        chat.say(FIRST)
        chat.wait_until(lambda: "grok_agent_3: Complete ✓" in chat.shown)
        assert chat.screen.rows[:5] == [
            "┌─ Initial Answer Generation ────────────────┐",
            "│ openai_agent_1: Generating...              │",
            "│ gemini_agent_2: Generating...              │",
            "│ grok_agent_3: Complete ✓                   │",
            f"└────────────────────────────────────────────┘{'19 tokens · cost unknown':>54}",
        ]
        assert "Statistics with better" in chat.shown
        gates.open("draft")
        chat.wait_until(lambda: "Voted" in chat.shown)
        assert chat.screen.rows[:7] == [
            "┌─ Coordination Round 1 ──────────────────────────┐",
            "│ Agent          │ Status      │ Votes            │",
            "├────────────────┼─────────────┼──────────────────┤",
            "│ openai_agent_1 │ Voting...   │ -                │",
            "│ gemini_agent_2 │ Voting...   │ -                │",
            "│ grok_agent_3   │ Voted       │ gemini_agent_2   │",
            f"└─────────────────────────────────────────────────┘{'76 tokens · cost unknown':>49}",
        ]
        gates.open("ballot")
        chat.wait_until(lambda: "Presenting..." in chat.shown)
        assert chat.screen.rows[:5] == [
            "┌─ Final Presentation ──────────────────────────────┐",
            "│ Agent          │ Status        │ Votes            │",
            "├────────────────┼───────────────┼──────────────────┤",
            "│ openai_agent_1 │ Voted         │ gemini_agent_2   │",
            "│ gemini_agent_2 │ Presenting... │ openai_agent_1   │",
        ]
        gates.open("presentation")

        chat.wait_for_prompt()
        said = chat.above.removeprefix(f"{START} {FIRST}\n")
        summary, answer, prompt = said.split("\n\n")
        assert summary.startswith("◆ 3 agents · 1 round · winner gemini_agent_2 (2 of 3 votes) · presented version · ")
        assert (answer, prompt) == (FINAL_ANSWER, "You:")
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        assert chat.is_as_before


def test_every_agent_is_told_the_earlier_questions_and_final_answers_until_the_reset(massgen: Program) -> None:
    with (
        WireServer(models.reply) as server,
        massgen.chat("--config", THREE_AGENTS, env=server.environ(*PROVIDERS)) as chat,
    ):
        for number, line in enumerate((FIRST, SECOND, "/clear", THIRD), 1):
            chat.say(line)
            chat.wait_for_prompt()
            assert chat.text.count(FINAL_ANSWER) == number - (number > 2), chat.text
        chat.say("/quit")
        assert chat.wait_for_end() == 0

    def drafts(question: str) -> dict[str, list[tuple[str, str]]]:
        drafting = [each for each in server.requests if models.stage(each) == "draft"]
        return {each.model: each.texts for each in drafting if each.texts[-1] == ("user", question)}

    def to_everybody(*texts: tuple[str, str]) -> dict[str, list[tuple[str, str]]]:
        return {model: list(texts) for model in (OPENAI, GEMINI, GROK)}

    before = [("user", FIRST), ("assistant", FINAL_ANSWER)]
    assert drafts(FIRST) == to_everybody(("user", FIRST))
    assert drafts(SECOND) == to_everybody(*before, ("user", SECOND))
    assert drafts(THIRD) == to_everybody(("user", THIRD))
    later = [each for each in server.requests if models.stage(each) != "draft" and SECOND in each.texts[-1][1]]
    assert [each.texts[:-1] for each in later] == [before] * 4

    [session] = massgen.sessions()
    assert sorted(each.name for each in session.glob("turn_*")) == ["turn_1", "turn_2", "turn_3"]
    summary = (session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8")
    for question in (FIRST, SECOND, THIRD):
        assert question in summary
    assert "key-of-" not in chat.text
    assert b"key-of-" not in bytes(chat.written)


def test_ctrl_c_during_a_turn_lets_go_of_the_providers_and_keeps_the_best_answer(massgen: Program) -> None:
    def reply(request: Request) -> Reply:
        return Reply(text="Statistics.") if request.model == GROK else Reply(text=["Well", "…"], stall_after=1)

    with (
        WireServer(reply) as server,
        massgen.chat("--config", THREE_AGENTS, env=server.environ(*PROVIDERS)) as chat,
    ):
        chat.say(FIRST)
        chat.wait_until(lambda: "grok_agent_3: Complete ✓" in chat.shown and chat.shown.count("Well") == 2)
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        assert "◆ 1 of 3 agents answered; openai_agent_1: cancelled; gemini_agent_2: cancelled" in chat.text
        assert "\n\nStatistics.\n\nYou:" in chat.text
        for request in server.requests:
            assert request.model == GROK or request.gone.wait(timeout=5), request.model
        chat.say("/quit")
        assert chat.wait_for_end() == 0

    [session] = massgen.sessions()
    log = json.loads((session / "turn_1" / "coordination_log.json").read_text(encoding="utf-8"))
    assert "partial" in json.dumps(log)


def test_ctrl_c_while_the_first_question_waits_for_the_sdks_comes_back_to_the_prompt(massgen: Program) -> None:
    with (
        WireServer(models.reply) as server,
        massgen.chat("--config", THREE_AGENTS, env=server.environ(*PROVIDERS)) as chat,
    ):
        chat.wait_for_prompt()
        assert not chat.is_cooked
        chat.type(f"{FIRST}\r")
        chat.wait_until(lambda: chat.is_cooked)
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        assert FINAL_ANSWER not in chat.text
        chat.say(SECOND)
        chat.wait_for(FINAL_ANSWER)
        chat.say("/quit")
        assert chat.wait_for_end() == 0


def test_one_model_chats_without_a_vote(massgen: Program) -> None:
    replies = [Reply(text="It is **learning** from data."), Reply(text="Spam filters.")]
    with (
        WireServer(replies) as server,
        massgen.chat("--model", "gpt-5-mini", env=server.environ("openai")) as chat,
    ):
        chat.wait_for("🤝 Mode:                Single Agent", "gpt-5-mini (Response)")
        chat.say(FIRST)
        chat.wait_for("It is learning from data.")
        chat.say(SECOND)
        chat.wait_for("Spam filters.")
        chat.say("/exit")
        assert chat.wait_for_end() == 0
        assert "Coordination Round" not in chat.text
    assert [each.texts for each in server.requests] == [
        [("user", FIRST)],
        [("user", FIRST), ("assistant", "It is **learning** from data."), ("user", SECOND)],
    ]
