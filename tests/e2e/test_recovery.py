"""Kill -9 in the middle of a ballot, over the real wires, and what becomes of the turn."""

import json
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers import models
from tests.helpers.conversation import CTRL_D, ENTER
from tests.helpers.models import FINAL_ANSWER, GEMINI, GROK, OPENAI, THREE_AGENTS
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

pytestmark = pytest.mark.slow  # whole chats over real SDKs; `make test` has the same promises in tests/guide

QUESTION, NEXT = "What is machine learning?", "Give me an example."
OFFER = "Turn 1 was interrupted in Coordination Round 1: 2 of 3 votes are in; gemini_agent_2 is missing."
ASKED = "continue, start over, or drop it? [C/s/d]"
DRAFTS = [(GEMINI, "draft"), (OPENAI, "draft"), (GROK, "draft")]
BALLOT = [(GEMINI, "ballot"), (OPENAI, "ballot"), (GROK, "ballot")]
PRESENTATION = [(GEMINI, "presentation")]


@dataclass(slots=True)
class Killed:
    """A program that was killed while Gemini had not voted yet, and the servers that go on."""

    massgen: Program
    server: WireServer
    earlier: int = 0
    session: Path = field(default_factory=Path)

    @property
    def environ(self) -> dict[str, str]:
        return dict(self.server.environ("openai", "gemini", "grok"))

    @property
    def asked_since(self) -> list[tuple[str, str]]:
        """Which model was asked for what since then, stage by stage."""
        stages = ("draft", "ballot", "presentation")
        found = [(each.model, models.stage(each)) for each in self.server.requests[self.earlier :]]
        return sorted(found, key=lambda each: (stages.index(each[1]), [GEMINI, OPENAI, GROK].index(each[0])))

    @property
    def ends(self) -> list[tuple[str, str]]:
        views = sorted(self.session.glob("turn_*/coordination_log.json"))
        told = [json.loads(each.read_text("utf-8")) for each in views]
        return [(each["outcome"], each["because"]) for each in told]


@pytest.fixture
def killed(massgen: Program) -> Iterator[Killed]:
    gate = threading.Event()

    def reply(request: Request) -> Reply:
        if (request.model, models.stage(request)) == (GEMINI, "ballot"):
            gate.wait(timeout=20)
        return models.reply(request)

    with WireServer(reply) as server:
        case = Killed(massgen, server)
        with massgen.chat("--config", THREE_AGENTS, env=case.environ) as chat:
            chat.say(QUESTION)
            chat.wait_until(lambda: chat.shown.count("Voted") == 2, "two votes")
            [case.session] = massgen.sessions()
            chat.interrupt(signal.SIGKILL)
            chat.wait_for_end()
        gate.set()
        case.earlier = len(server.requests)
        yield case


@pytest.mark.parametrize("display", ["rich", "plain", "linear"])
def test_to_continue_makes_exactly_the_requests_that_are_missing(killed: Killed, display: str) -> None:
    with killed.massgen.chat("--continue", "--display", display, env=killed.environ) as chat:
        chat.wait_for(OFFER.split(";", maxsplit=1)[0], ASKED)
        chat.type("c" + ENTER)
        chat.wait_for(FINAL_ANSWER)
        chat.wait_for_prompt()
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        assert chat.is_as_before

    assert killed.asked_since == [(GEMINI, "ballot"), *PRESENTATION]
    assert killed.ends == [("answered", "")]


def test_what_stands_is_to_be_seen_while_the_turn_goes_on(killed: Killed) -> None:
    with killed.massgen.chat("--continue", env=killed.environ, lines=70) as chat:
        chat.wait_for(ASKED)
        chat.type(ENTER)
        chat.wait_for(FINAL_ANSWER)
        chat.wait_for_prompt()
        chat.type("r" + ENTER)
        chat.wait_for("State transitions", "goes on where it was interrupted", where=lambda: chat.shown)
        chat.type("q")
        chat.wait_for_prompt()


def test_to_start_over_makes_all_requests_again(killed: Killed) -> None:
    with killed.massgen.chat("--continue", env=killed.environ) as chat:
        chat.wait_for(ASKED)
        chat.type("s" + ENTER)
        chat.wait_for(FINAL_ANSWER)
        chat.wait_for_prompt()

    assert killed.asked_since == [*DRAFTS, *BALLOT, *PRESENTATION]
    assert killed.ends == [("cancelled", "started_over"), ("answered", "")]


def test_to_drop_it_makes_no_request_and_the_next_question_is_the_second_turn(killed: Killed) -> None:
    with killed.massgen.chat("--continue", env=killed.environ) as chat:
        chat.wait_for(ASKED)
        chat.type("x" + ENTER)
        chat.wait_for("Answer c, s or d")
        chat.type("d" + ENTER)
        chat.wait_for("Turn 1 is dropped")
        chat.wait_for_prompt()
        assert killed.asked_since == []
        chat.say(NEXT)
        chat.wait_for(FINAL_ANSWER)
        chat.wait_for_prompt()

    assert killed.ends == [("cancelled", "dropped"), ("answered", "")]
    assert "Programs that improve by example." in (
        killed.session / "turn_1" / "agent_outputs" / "gemini_agent_2.txt"
    ).read_text("utf-8")


def test_who_leaves_is_asked_again_the_next_time(killed: Killed) -> None:
    for _ in range(2):
        with killed.massgen.chat("--continue", env=killed.environ) as chat:
            chat.wait_for(ASKED)
            chat.type(CTRL_D)
            assert chat.wait_for_end() == 0
    assert (killed.asked_since, killed.ends) == ([], [])


def test_without_a_terminal_the_flag_or_the_question_decides(killed: Killed) -> None:
    ran = killed.massgen("--continue", "--on-interrupted", "continue", NEXT, env=killed.environ)
    assert (ran.stdout, ran.status) == (f"{FINAL_ANSWER}\n{FINAL_ANSWER}\n", 0)
    assert ran.told.startswith(f"{OFFER}\n")
    assert killed.asked_since == [*DRAFTS, (GEMINI, "ballot"), *BALLOT, *PRESENTATION, *PRESENTATION]
    assert killed.ends == [("answered", ""), ("answered", "")]
