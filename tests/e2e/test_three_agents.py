"""One question to the three agents of the example, over the three real wires, from the command line to the disk."""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers import models
from tests.helpers.models import FINAL_ANSWER, GEMINI, GROK, OPENAI, THREE_AGENTS
from tests.helpers.program import Program, Ran
from tests.helpers.wires import Reply, Request, WireServer

QUESTION = "What is machine learning?"
PROVIDERS = ("openai", "gemini", "grok")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What was seen of one run: from the user's side, from the providers', and on disk."""

    ran: Ran
    requests: list[Request]
    project: Path
    session: Path

    def asked(self, stage: str) -> list[Request]:
        return [each for each in self.requests if models.stage(each) == stage]


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Turn]:
    """One turn in which no draft is answered before all three were asked for: one after the other, it never ends."""
    massgen = Program(tmp_path_factory.mktemp("three-agents"))
    together = threading.Barrier(3)

    def reply(request: Request) -> Reply:
        if models.stage(request) == "draft":
            together.wait(timeout=20)
        return models.reply(request)

    with WireServer(reply) as server:
        ran = massgen("--config", THREE_AGENTS, QUESTION, env=server.environ(*PROVIDERS))
        [session] = massgen.sessions()
        yield Turn(ran=ran, requests=server.requests, project=massgen.project, session=session)


def test_the_answer_of_the_winner_is_all_there_is_on_stdout(turn: Turn) -> None:
    assert (turn.ran.stdout, turn.ran.status) == (f"{FINAL_ANSWER}\n", 0)


def test_the_turn_is_told_on_stderr(turn: Turn) -> None:
    assert re.fullmatch(
        r"◆ 3 agents · 1 round · winner gemini_agent_2 \(2 of 3 votes\) · presented version · cost unknown · "
        r"\d+\.\d s\n",
        turn.ran.told,
    )


def test_three_drafts_three_votes_and_one_presentation_are_asked_for(turn: Turn) -> None:
    assert Counter((each.model, models.stage(each)) for each in turn.requests) == {
        **dict.fromkeys([(model, stage) for model in (OPENAI, GEMINI, GROK) for stage in ("draft", "ballot")], 1),
        (GEMINI, "presentation"): 1,
    }
    assert {each.model: each.wire for each in turn.requests} == {
        OPENAI: "responses",
        GEMINI: "gemini",
        GROK: "responses",
    }


def test_each_provider_gets_its_own_key_and_no_other(turn: Turn) -> None:
    for each in turn.requests:
        mine = {OPENAI: "openai", GEMINI: "gemini", GROK: "grok"}[each.model]
        sent = [value for value in each.headers.values() if "key-of-" in value] + re.findall("key-of-[a-z]+", each.path)
        assert [value.removeprefix("Bearer ") for value in sent] == [f"key-of-{mine}"]
        assert "key-of-" not in json.dumps(each.body)


def test_no_draft_shows_what_another_agent_wrote(turn: Turn) -> None:
    assert [each.texts for each in turn.asked("draft")] == [[("user", QUESTION)]] * 3


def test_nobody_is_named_in_a_draft_or_on_a_ballot(turn: Turn) -> None:
    named = re.compile(r"(openai|gemini|grok)(_agent)?|agent_?\d|agent\d\.\d|gpt|your answer", re.IGNORECASE)
    for each in (*turn.asked("draft"), *turn.asked("ballot")):
        said = json.dumps({key: value for key, value in each.body.items() if key not in ("model", "prompt_cache_key")})
        assert named.search(said.replace("agent_id", "")) is None, said


def test_every_voter_sees_all_three_drafts(turn: Turn) -> None:
    drafts = {each.draft for each in models.TEAM.values()}
    for each in turn.asked("ballot"):
        assert drafts == {text for text in drafts if text in each.question}


def test_the_winner_presents_with_the_others_and_the_reasons_before_it(turn: Turn) -> None:
    [presentation] = turn.asked("presentation")

    assert presentation.model == GEMINI
    for text in (*(each.draft for each in models.TEAM.values()), "It is the better one."):
        assert text in presentation.question


def test_the_session_has_the_layout_of_the_manual(turn: Turn) -> None:
    assert re.fullmatch(r"session_\d{8}_\d{6}", turn.session.name)
    assert turn.session.parent == turn.project / ".massgen" / "sessions"
    assert sorted(str(each.relative_to(turn.session)) for each in turn.session.rglob("*") if each.is_file()) == [
        "SESSION_SUMMARY.txt",
        "events.jsonl",
        "turn_1/agent_outputs/gemini_agent_2.txt",
        "turn_1/agent_outputs/grok_agent_3.txt",
        "turn_1/agent_outputs/openai_agent_1.txt",
        "turn_1/coordination_log.json",
    ]


def test_what_was_said_is_in_the_files(turn: Turn) -> None:
    summary = (turn.session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8")
    assert QUESTION in summary
    assert FINAL_ANSWER in summary
    for agent, model in zip(("openai_agent_1", "gemini_agent_2", "grok_agent_3"), models.TEAM.values(), strict=True):
        said = (turn.session / "turn_1" / "agent_outputs" / f"{agent}.txt").read_text(encoding="utf-8")
        assert model.draft in said
        assert (FINAL_ANSWER in said) == (agent == "gemini_agent_2")
    json.loads((turn.session / "turn_1" / "coordination_log.json").read_text(encoding="utf-8"))


def test_no_key_is_on_disk_or_on_the_screen(turn: Turn) -> None:
    assert "key-of-" not in turn.ran.stdout + turn.ran.stderr
    for file in turn.project.rglob("*"):
        if file.is_file():
            assert "key-of-" not in file.read_text(encoding="utf-8"), file
