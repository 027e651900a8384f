"""The guide's screens and sentences about a turn, seen in one chat with three agents over the real wires."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from massgen.display.history import history
from massgen.display.theme import choose, plain
from massgen.session.reading import read
from tests.guide.page import block, promised
from tests.helpers import models
from tests.helpers.conversation import CTRL_C
from tests.helpers.models import GEMINI, GROK, OPENAI, TEAM, Model
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

EXAMPLE = "@examples/basic/multi/three_agents_default.yaml"
FIRST = "What is machine learning?"
SECOND = "Give me a practical example of supervised learning"
THIRD = "How can I implement that in Python?"
FOURTH = "And now for something else"
CTRL_R = "\x12"
ANSWER = "Statistics with better marketing, presented."

PAGE_TEAM = {
    OPENAI: replace(TEAM[OPENAI], votes_for="better marketing"),
    GEMINI: replace(TEAM[GEMINI], votes_for="better marketing"),
    GROK: Model(draft=TEAM[GROK].draft, votes_for="better marketing", presents=ANSWER),
}
"""The votes of the table on the page: the third agent stands by its own answer, the others vote for it."""


class Gates:
    """Lets the first turn go on step by step; later turns are not held, and the fourth is never answered."""

    def __init__(self) -> None:
        self._first: dict[str, threading.Event] = {}

    def open(self, gate: str) -> None:
        self._gate(gate).set()

    def reply(self, request: Request) -> Reply:
        stage = models.stage(request)
        if FOURTH in request.question:
            return Reply(reasoning="Let me compare both sides.", text=["So", "far"], stall_after=1)
        held = {OPENAI: stage == "draft", GEMINI: stage in ("draft", "ballot"), GROK: stage == "presentation"}
        if held[request.model]:
            assert self._gate(f"{stage} of {request.model}").wait(timeout=20)
        return models.reply(request, PAGE_TEAM)

    def _gate(self, name: str) -> threading.Event:
        return self._first.setdefault(name, threading.Event())


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was on the screen at each moment, what the providers were sent, and what is on disk."""

    start: str
    drafting: str
    voting: str
    history_during_the_turn: str
    voting_again: str
    presenting: str
    after_the_turn: str
    typed_ahead: str
    history_by_ctrl_r: str
    history_at_the_prompt: str
    status: str
    reasoning: str
    after_ctrl_c: str
    goodbye: str
    is_as_before: bool
    requests: list[Request]
    session: Path


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """The example session of the page, and a fourth question that is interrupted."""
    massgen = Program(tmp_path_factory.mktemp("a-turn"))
    gates = Gates()
    with (
        WireServer(gates.reply) as server,
        massgen.chat(
            "--config", EXAMPLE, env=server.environ("openai", "gemini", "grok"), columns=100, lines=36
        ) as chat,
    ):
        chat.wait_for_prompt()
        start = chat.text
        chat.say(FIRST)
        chat.wait_for("grok_agent_3: Complete ✓", "Statistics with better", where=lambda: chat.shown)
        drafting = chat.shown
        gates.open(f"draft of {OPENAI}")
        gates.open(f"draft of {GEMINI}")
        chat.wait_for("Converged", "Voted", where=lambda: chat.shown)
        voting = chat.shown
        chat.type("r")
        chat.wait_for("q closes", where=lambda: chat.shown)
        chat.type("g")
        chat.wait_for("State transitions", where=lambda: chat.shown)
        history_during_the_turn = chat.shown
        chat.type("r")
        chat.wait_for("┌─ Coordination Round 1", where=lambda: chat.shown)
        voting_again = chat.shown
        gates.open(f"ballot of {GEMINI}")
        chat.wait_for("Presenting...", where=lambda: chat.shown)
        presenting = chat.shown
        chat.type(SECOND)
        chat.wait_for(f"You: {SECOND}", where=lambda: chat.shown)
        chat.type(CTRL_R)
        chat.wait_for("grok_agent_3 presenting (call", where=lambda: chat.shown)
        history_by_ctrl_r = chat.shown
        chat.type(CTRL_R)
        chat.wait_for("┌─ Final Presentation", where=lambda: chat.shown)
        gates.open(f"presentation of {GROK}")
        chat.wait_until(lambda: chat.row == f"You: {SECOND}", "the typed question at the prompt")
        after_the_turn = chat.text
        typed_ahead = chat.row
        chat.type("\r")
        chat.wait_until(lambda: chat.text.count(ANSWER) == 2 and chat.row == "You:")
        chat.say(THIRD)
        chat.wait_until(lambda: chat.text.count(ANSWER) == 3 and chat.row == "You:")
        chat.type("r\r")
        chat.wait_for("q closes", where=lambda: chat.shown)
        chat.type("g")
        chat.wait_for("Turn 1", where=lambda: chat.shown)
        history_at_the_prompt = chat.shown
        chat.type("q")
        chat.wait_for_prompt()
        chat.say("/status")
        chat.wait_until(lambda: "Configuration:" in chat.text and chat.row == "You:")
        status = chat.text.rpartition("/status")[2]
        chat.wait_for_prompt()
        chat.type(f"{FOURTH}\r")
        chat.wait_until(lambda: chat.shown.count("compare both") == 3)
        reasoning = chat.shown
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        after_ctrl_c = chat.text.rpartition(FOURTH)[2]
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        [session] = massgen.sessions()
        yield Seen(
            start=start,
            drafting=drafting,
            voting=voting,
            history_during_the_turn=history_during_the_turn,
            voting_again=voting_again,
            presenting=presenting,
            after_the_turn=after_the_turn,
            typed_ahead=typed_ahead,
            history_by_ctrl_r=history_by_ctrl_r,
            history_at_the_prompt=history_at_the_prompt,
            status=status,
            reasoning=reasoning,
            after_ctrl_c=after_ctrl_c,
            goodbye=chat.text.rpartition("/quit")[2],
            is_as_before=chat.is_as_before,
            requests=server.requests,
            session=session,
        )


def test_the_chat_opens_with_the_start_screen_of_the_page(seen: Seen) -> None:
    promised("The start screen names the team and says what to type:")

    shown = block("Starting Interactive Mode", "text").replace("\ufe0f", "")  # which an emulator gives no cell
    assert seen.start == f"{shown}\nYou:"


def test_the_first_phase_looks_as_on_the_page(seen: Seen) -> None:
    promised("Who is still writing, in the first phase:", "At the top is the phase")

    assert seen.drafting.startswith(block("Real-Time Feedback", "text"))


def test_the_table_of_a_round_looks_as_on_the_page(seen: Seen) -> None:
    promised("Who votes for whom, in each round:", "from the first vote on a table with everybody's status and vote")

    assert seen.voting.startswith(block("Real-Time Feedback", "text", 1))


def test_a_vote_for_its_own_answer_is_converged_and_not_counted(seen: Seen) -> None:
    promised("*Converged* is an agent that stands by its own answer; that vote is shown and not counted.")

    assert "│ grok_agent_3   │ Converged   │ Self             │" in seen.voting
    assert "grok_agent_3 → Self (agent3.1), not counted" in seen.history_at_the_prompt
    assert "winner grok_agent_3 (2 of 3 votes)" in seen.after_the_turn


def test_the_final_presentation_looks_as_on_the_page(seen: Seen) -> None:
    promised("And who writes to you in the end:")

    assert seen.presenting.startswith(block("Real-Time Feedback", "text", 2))


def test_the_agents_stand_side_by_side_with_what_they_write(seen: Seen) -> None:
    promised(
        "During a turn the terminal shows the agents side by side.",
        "Each panel shows the end of what its agent writes.",
    )

    names = next(row for row in seen.drafting.splitlines() if row.startswith("▌"))
    assert [name.strip(" ▌") for name in names.split("│")] == ["openai_agent_1", "gemini_agent_2", "grok_agent_3"]
    assert "│ Statistics with better" in seen.drafting


@pytest.mark.parametrize(
    ("moment", "way"),
    [
        ("drafting", "[Initial] → Coordination → Presentation"),
        ("voting", "Initial → [Coordination] → Presentation"),
        ("presenting", "Initial → Coordination → [Presentation]"),
    ],
)
def test_the_last_line_shows_where_the_turn_is(seen: Seen, moment: str, way: str) -> None:
    promised("The last line shows where the turn is: Initial → Coordination → Presentation.")

    assert getattr(seen, moment).splitlines()[-1].endswith(way)


def test_reasoning_and_text_stream_as_they_come(seen: Seen) -> None:
    promised("Reasoning and text stream as the models send them.")

    assert seen.reasoning.count("Let me compare") == 3


def test_after_the_turn_one_line_and_the_answer_stay(seen: Seen) -> None:
    promised("When the turn is over, the view is gone, and one line and the answer stay.")

    summary, answer, _ = seen.after_the_turn.rpartition(f"You: {FIRST}\n")[2].split("\n\n")
    assert summary.startswith("◆ 3 agents · 1 round · winner grok_agent_3 (2 of 3 votes)")
    assert answer == ANSWER
    assert "┌─" not in seen.after_the_turn


def test_what_is_typed_during_a_turn_is_the_next_prompt(seen: Seen) -> None:
    promised("What you type during a turn becomes the next prompt.")

    assert seen.typed_ahead == f"You: {SECOND}"


def test_r_opens_the_history_during_a_turn_and_leads_back(seen: Seen) -> None:
    promised(
        "Press `r` during a turn and the complete history of its coordination opens.",
        "`r`, `q` or Esc leads back to the turn",
        "Arrows, PgUp, PgDn, `g` and `G` scroll",
    )

    assert seen.history_during_the_turn.startswith("── Turn 1 · ")
    assert seen.history_during_the_turn.splitlines()[-1].endswith("arrows PgUp PgDn g G scroll · q closes")
    assert seen.voting_again.startswith("┌─ Coordination Round 1 ─")


def test_ctrl_r_opens_the_history_when_something_is_typed(seen: Seen) -> None:
    promised("When you have begun to type something, Ctrl+R opens it instead.")

    assert "grok_agent_3 presenting (call 3)" in seen.history_by_ctrl_r
    assert seen.history_by_ctrl_r.splitlines()[-1].startswith(f"You: {SECOND}")


def test_the_history_holds_every_event_and_ends_with_the_timeline(seen: Seen) -> None:
    promised("It holds every event of the turn.", "At its end stands the timeline.")

    records = read(seen.session / "events.jsonl").records
    shown = history(records, columns=100, theme=choose(encoding="utf-8", environ={}, isatty=False))
    first = "\n".join(map(plain, shown)).partition("\n── Turn 2 ")[0].rpartition("\nTimeline\n")[2]
    told = [line[8:].strip() for line in first.splitlines() if line]
    for agent in ("openai_agent_1", "gemini_agent_2", "grok_agent_3"):
        for did in ("generating", "answered", "voting", "voted"):
            assert [line for line in told if line.startswith(f"{agent} {did}")], (agent, did)
    assert told[0] == "turn 1: 3 agents asked"
    assert told[-2:] == ["grok_agent_3 presented", "turn 1 answered"]


def test_the_history_shows_the_states_of_each_agent(seen: Seen) -> None:
    promised("It shows for each agent through which states it went, and when.")

    states = seen.history_during_the_turn.partition("State transitions\n")[2].splitlines()[:3]
    assert [row.split()[0] for row in states] == ["openai_agent_1", "gemini_agent_2", "grok_agent_3"]
    for row in states:
        assert "Waiting" in row
        assert "Generating..." in row


def test_the_history_shows_votes_with_reasons_and_how_the_consensus_came_about(seen: Seen) -> None:
    promised(
        "It shows every vote with its reason, and how the consensus came about.",
        "press `r` to see why the team decided as it did",
    )

    for text in (
        "gemini_agent_2 → grok_agent_3 (agent3.1)",
        "It is the better one.",
        "Evolution of the consensus",
        "round 1, after gemini_agent_2: grok_agent_3 2",
    ):
        assert text in seen.history_at_the_prompt


def test_a_lone_r_at_the_prompt_opens_the_session_and_reaches_no_model(seen: Seen) -> None:
    promised(
        "An `r` alone at the prompt opens the same for the whole session, turn by turn.",
        "It is never sent to a model.",
    )

    assert seen.history_at_the_prompt.startswith("── Turn 1 · ")
    assert "answered" in seen.history_at_the_prompt.splitlines()[0]
    assert [each for each in seen.requests if ("user", "r") in each.texts] == []


def test_every_agent_is_told_the_earlier_questions_and_answers_and_no_drafts(seen: Seen) -> None:
    promised(
        "Every agent is told your earlier questions and their final answers.",
        "Each agent sees the whole conversation: every question of yours and the answer that was given to it.",
        "It does not see the drafts and votes of earlier turns.",
        "The agents have them before their eyes.",
    )

    told = [each.texts for each in seen.requests if each.texts[-1] == ("user", THIRD)]
    before = [("user", FIRST), ("assistant", ANSWER), ("user", SECOND), ("assistant", ANSWER), ("user", THIRD)]
    assert told == [before] * 3


def test_each_turn_has_its_own_answers_votes_and_presentation(seen: Seen) -> None:
    promised(
        "In each turn the agents answer on their own, vote, and the winner writes to you.",
        "In each turn the team votes anew.",
    )

    for question in (FIRST, SECOND, THIRD):
        stages = [models.stage(each) for each in seen.requests if _asked(each) == question]
        assert sorted(stages) == sorted(["draft"] * 3 + ["ballot"] * 3 + ["presentation"]), question


def _asked(request: Request) -> str:
    """The question of the turn, which ends the draft's conversation and opens the other stages' last message."""
    last = request.texts[-1][1]
    return next(each for each in (FIRST, SECOND, THIRD, FOURTH) if each in last)


def test_status_says_agents_mode_conversation_and_configuration(seen: Seen) -> None:
    promised("Show current session status (agents, mode, conversation history, config path)")

    for text in (
        "Mode:          Multi-Agent (3 agents)\n  openai_agent_1: gpt-6.1-terra (Response)",
        f"3 questions in memory, 3 turns in this session\n  You: {FIRST}\n  You: {SECOND}\n  You: {THIRD}",
        "three_agents_default.yaml",
    ):
        assert text in seen.status


def test_ctrl_c_ends_a_turn_that_nobody_has_answered_and_comes_back(seen: Seen) -> None:
    promised("During a turn: end it and keep the best answer so far")

    assert seen.after_ctrl_c.strip().startswith("◆ cancelled; 0 of 3 agents had answered")


def test_quit_says_goodbye_and_leaves_the_terminal_as_it_was(seen: Seen) -> None:
    assert block("How It Works", "text").splitlines()[-2:] == ["You: /quit", seen.goodbye.strip()]
    assert seen.is_as_before


def test_the_example_session_is_that_of_the_page() -> None:
    promised("Type a question, press Enter, read the answer.")

    asked = [line.removeprefix("You: ") for line in block("How It Works", "text").splitlines()]
    assert asked[:3] == [FIRST, SECOND, THIRD]


def test_the_session_on_disk_has_the_layout_of_the_page(seen: Seen) -> None:
    promised("Every turn is kept below `.massgen/sessions/`.", "every turn stays in its session.")

    assert seen.session.parent.name == "sessions"
    assert seen.session.parent.parent.name == ".massgen"
    there = {each.relative_to(seen.session).as_posix() for each in seen.session.rglob("*") if each.is_file()}
    outputs = {f"agent_outputs/{agent}.txt" for agent in ("openai_agent_1", "gemini_agent_2", "grok_agent_3")}
    assert there == {
        "events.jsonl",
        "SESSION_SUMMARY.txt",
        *(f"turn_{turn}/{name}" for turn in (1, 2, 3) for name in ("coordination_log.json", *outputs)),
        *(f"turn_4/{name}" for name in ("coordination_log.json", *outputs)),
    }
    tree = block("Session Storage", "text")
    assert [name for name in ("turn_1/", "turn_2/", "events.jsonl", "SESSION_SUMMARY.txt") if name not in tree] == []


def test_agent_outputs_has_one_file_for_each_agent(seen: Seen) -> None:
    promised("`agent_outputs/` has one file for each agent")

    assert TEAM[OPENAI].draft in (seen.session / "turn_1/agent_outputs/openai_agent_1.txt").read_text("utf-8")


def test_the_coordination_log_tells_programs_how_the_turn_was_decided(seen: Seen) -> None:
    promised("`coordination_log.json` tells programs how the turn was decided.")

    log = json.loads((seen.session / "turn_1" / "coordination_log.json").read_text("utf-8"))
    assert "grok_agent_3" in json.dumps(log["winner"])


def test_the_summary_holds_questions_votes_and_answers(seen: Seen) -> None:
    promised("`SESSION_SUMMARY.txt` holds each question, who voted for whom, and the final answer.")

    summary = (seen.session / "SESSION_SUMMARY.txt").read_text("utf-8")
    for text in (FIRST, SECOND, THIRD, "gemini_agent_2  for grok_agent_3 (agent3.1)", ANSWER):
        assert text in summary
