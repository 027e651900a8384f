"""The guide's screens and sentences about a turn, seen in one chat with three agents over the real wires."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from massgen.display.keys import Key, TypeAhead
from tests.guide.page import block, promised
from tests.guide.three import AGENTS, ANSWER, COMMAND, FIRST, PAGE_TEAM, SECOND, THIRD, Gates
from tests.helpers import models
from tests.helpers.conversation import CTRL_C, ENTER
from tests.helpers.models import GEMINI, GROK, OPENAI
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

FOURTH = "And now for something else"


class Stalling(Gates):
    """The fourth question is begun to be answered, and never more than that."""

    def reply(self, request: Request) -> Reply:
        if FOURTH not in request.question:
            return super().reply(request)
        if request.model == GEMINI:
            return Reply(text=[f"Line {number}\n" for number in range(1, 61)], stall_after=60)
        return Reply(reasoning="Let me compare both sides.", text=["So", "far"], stall_after=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was on the screen at each moment, what the providers were sent, and what is on disk."""

    start: str
    drafting: str
    voting: str
    presenting: str
    after_the_turn: str
    typed_ahead: str
    asked_before_enter: int
    written: tuple[str, ...]
    status: str
    reasoning: str
    after_ctrl_c: str
    goodbye: str
    is_as_before: bool
    requests: list[Request]
    project: Path
    session: Path


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """The example session of the page, and a fourth question that is interrupted."""
    massgen = Program(tmp_path_factory.mktemp("a-turn"))
    gates = Stalling()
    written: list[str] = []
    with (
        WireServer(gates.reply) as server,
        massgen.chat(*COMMAND, env=server.environ("openai", "gemini", "grok"), columns=100, lines=36) as chat,
    ):

        def shows(*texts: str) -> str:
            chat.wait_for(*texts, where=lambda: chat.shown)
            return chat.shown

        def writes(turn: int, text: str) -> None:
            [session] = massgen.sessions()
            file = session / f"turn_{turn}" / "agent_outputs" / "grok_agent_3.txt"
            chat.wait_until(lambda: file.exists() and text in file.read_text("utf-8"), text)
            written.append(file.read_text("utf-8"))

        chat.wait_for_prompt()
        start = chat.above
        chat.say(FIRST)
        gates.open("draft", GROK)
        drafting = shows("grok_agent_3: Complete ✓", "Statistics with better")
        writes(1, "better marketing.")
        gates.open("draft", OPENAI, GEMINI)
        shows("Voting...")
        gates.open("ballot", OPENAI, GROK)
        voting = shows("Converged", "Voted")
        writes(1, "I have compared them.")
        gates.open("ballot", GEMINI)
        presenting = shows("Presenting...")
        chat.type(SECOND)
        shows(f"You: {SECOND}")
        chat.type(ENTER)
        gates.open("presentation", GROK)
        chat.wait_until(lambda: chat.row == f"You: {SECOND}", "the typed question at the prompt")
        after_the_turn = chat.text
        typed_ahead = chat.row
        asked_before_enter = len(server.requests)
        chat.type(ENTER)
        chat.wait_until(lambda: chat.text.count(ANSWER) == 2 and chat.row == "You:")
        chat.say(THIRD)
        chat.wait_until(lambda: chat.text.count(ANSWER) == 3 and chat.row == "You:")
        chat.say("/status")
        chat.wait_until(lambda: "Configuration:" in chat.text and chat.row == "You:")
        status = chat.text.rpartition("/status")[2]
        chat.wait_for_prompt()
        chat.type(FOURTH + ENTER)
        chat.wait_until(lambda: chat.shown.count("So") == 2 and "Line 60" in chat.shown, "the panels")
        reasoning = chat.shown
        writes(4, "So")
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
            presenting=presenting,
            after_the_turn=after_the_turn,
            typed_ahead=typed_ahead,
            asked_before_enter=asked_before_enter,
            written=tuple(written),
            status=status,
            reasoning=reasoning,
            after_ctrl_c=after_ctrl_c,
            goodbye=chat.text.rpartition("/quit")[2],
            is_as_before=chat.is_as_before,
            requests=server.requests,
            project=massgen.project,
            session=session,
        )


def test_the_chat_opens_with_the_start_screen_of_the_page(seen: Seen) -> None:
    promised("Several agents:", "The start screen names the team and says what to type:")

    shown = block("Starting Interactive Mode", "text").replace("\ufe0f", "")  # which an emulator gives no cell
    assert seen.start == f"{shown}\nYou:"


def test_the_first_phase_looks_as_on_the_page(seen: Seen) -> None:
    promised("Who is still writing, in the first phase:", "At the top is the phase,")

    assert seen.drafting.startswith(block("Real-Time Feedback", "text").rstrip())


def test_the_table_of_a_round_looks_as_on_the_page(seen: Seen) -> None:
    promised(
        "Who votes for whom, in each round:",
        "and from the first vote on a table with everybody's status and vote.",
    )

    assert seen.voting.startswith(block("Real-Time Feedback", "text", 1).rstrip())


def test_a_vote_for_its_own_answer_is_converged_and_not_counted(seen: Seen) -> None:
    promised("*Converged* is an agent that stands by its own answer; that vote is shown and not counted.")

    assert "│ grok_agent_3   │ Converged   │ Self             │" in seen.voting
    summary = " ".join((seen.session / "SESSION_SUMMARY.txt").read_text("utf-8").split())
    assert " grok_agent_3 for its own answer (not counted): It is the better one. " in summary
    assert " Tally (approval): grok_agent_3 (agent3.1) 2 · " in summary
    assert "winner grok_agent_3 (2 of 3 votes)" in seen.after_the_turn


def test_the_final_presentation_looks_as_on_the_page(seen: Seen) -> None:
    promised("And who writes to you in the end:")

    assert seen.presenting.startswith(block("Real-Time Feedback", "text", 2).rstrip())


def test_the_agents_stand_side_by_side_with_what_they_write(seen: Seen) -> None:
    promised(
        "During a turn the terminal shows the agents side by side.",
        "Each panel shows the end of what its agent writes.",
    )

    names = next(row for row in seen.drafting.splitlines() if row.startswith("▌"))
    assert [name.split("  ")[0].strip(" ▌") for name in names.split("│")] == [
        "1 openai_agent_1",
        "2 gemini_agent_2",
        "3 grok_agent_3",
    ]
    rows = seen.reasoning.splitlines()
    panels = rows[next(n for n, row in enumerate(rows) if row.startswith("▌")) + 1 : -1]
    assert [row.split("│")[1].strip() for row in panels] == [f"Line {n}" for n in range(61 - len(panels), 61)]


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

    assert seen.reasoning.count("Let me compare both sides.") == 2
    assert len(re.findall(r"^So +│|│ So$", seen.reasoning, re.MULTILINE)) == 2
    assert "Generating..." in seen.reasoning


def test_after_the_turn_one_line_and_the_answer_stay(seen: Seen) -> None:
    promised("When the turn is over, the view is gone, and one line and the answer stay.")

    summary, answer, _ = seen.after_the_turn.rpartition(f"You: {FIRST}\n")[2].split("\n\n")
    assert summary.startswith("◆ 3 agents · 1 round · winner grok_agent_3 (2 of 3 votes)")
    assert answer == ANSWER
    assert "┌─" not in seen.after_the_turn


def test_what_is_typed_during_a_turn_is_the_next_prompt(seen: Seen) -> None:
    promised("What you type during a turn becomes the next prompt.", "nothing is sent before the turn is over.")

    assert seen.typed_ahead == f"You: {SECOND}"
    assert seen.asked_before_enter == 7
    assert len(seen.after_the_turn.split("You: ")) == 3


def test_enter_begins_a_new_line_of_what_is_typed_ahead() -> None:
    promised("Enter begins a new line in it;")

    typed = TypeAhead()
    for key in (Key(name="text", text="a"), Key(name="enter"), Key(name="text", text="b"), Key(name="enter")):
        typed.press(key)
    assert typed.take() == "a\nb"


def test_every_agent_is_told_the_earlier_questions_and_answers_and_no_drafts(seen: Seen) -> None:
    promised(
        "1. **Context preservation.** Every agent is told your earlier questions and their final answers.",
        "and the next question builds on it.",
        "Each agent sees the whole conversation: every question of yours and the answer that was given to it.",
        "It does not see the drafts and votes of earlier turns.",
        "1. **Start broad,** then ask for details.",
        '2. **Refer to earlier turns:** "that", "the previous one", "your second suggestion".',
        "The agents have them before their eyes.",
        "* **Iterative research:** go deeper with each question.",
        "* **Learning:** ask again where something is unclear.",
    )

    told = {each.model: each.texts for each in seen.requests if each.texts[-1] == ("user", THIRD)}
    before = [("user", FIRST), ("assistant", ANSWER), ("user", SECOND), ("assistant", ANSWER), ("user", THIRD)]
    assert told == dict.fromkeys(AGENTS.values(), before)
    later = [each for each in seen.requests if asked(each) == THIRD and models.stage(each) != "draft"]
    assert [each for each in later if not all(text in each.question for text in (FIRST, SECOND, THIRD))] == []
    assert [each for each in later if str(each.body).count(ANSWER) != 2] == []


def test_each_turn_has_its_own_answers_votes_and_presentation(seen: Seen) -> None:
    promised(
        "In interactive mode you talk with a team of models as you would with one.",
        "Every question goes to all agents, they come to one answer,",
        "2. **Multi-agent collaboration.** "
        "In each turn the agents answer on their own, vote, and the winner writes to you.",
        "In each turn the team votes anew.",
    )

    for question in (FIRST, SECOND, THIRD):
        turn = [each for each in seen.requests if asked(each) == question]
        drafts = [each for each in turn if models.stage(each) == "draft"]
        assert sorted(each.model for each in drafts) == sorted(AGENTS.values())
        assert [each for each in drafts if any(model.draft in str(each.body) for model in PAGE_TEAM.values())] == []
        assert {each.model for each in turn if models.stage(each) == "ballot"} >= {OPENAI, GEMINI}
        assert [each.model for each in turn if models.stage(each) == "presentation"] == [GROK]


def asked(request: Request) -> str:
    """The question of the turn, which ends the draft's conversation and opens the other stages' last message."""
    last = request.texts[-1][1]
    return next(each for each in (FIRST, SECOND, THIRD, FOURTH) if each in last)


def test_status_says_agents_mode_conversation_and_configuration(seen: Seen) -> None:
    promised("| `/status` | Show current session status (agents, mode, conversation history, config path) |")

    for text in (
        "Mode:          Multi-Agent (3 agents)\n  openai_agent_1: gpt-6.1-terra (Response)\n",
        "  gemini_agent_2: gemini-3.8-flash (Gemini)\n  grok_agent_3: grok-4.7 (Grok)\n",
        f"3 questions in memory, 3 turns in this session\n  You: {FIRST}\n  You: {SECOND}\n  You: {THIRD}",
        "three_agents_default.yaml",
    ):
        assert text in seen.status


def test_ctrl_c_ends_a_turn_that_nobody_has_answered_and_comes_back(seen: Seen) -> None:
    promised("During a turn: end it")

    assert seen.after_ctrl_c.strip().startswith("◆ cancelled; 0 of 3 agents had answered")


def test_quit_says_goodbye_and_leaves_the_terminal_as_it_was(seen: Seen) -> None:
    promised("4. **Natural conversation.** Type a question, press Enter, read the answer.")

    page = [f"You: {FIRST}", f"You: {SECOND}", f"You: {THIRD}", "You: /quit", seen.goodbye.strip()]
    assert block("How It Works", "text").splitlines() == page
    assert seen.is_as_before


def test_the_session_on_disk_has_the_layout_of_the_page(seen: Seen) -> None:
    promised(
        "3. **Session management.** Every turn is kept below `.massgen/sessions/`.",
        "5. **Need not save:** every turn stays in its session.",
    )

    there = {each.relative_to(seen.session).as_posix() for each in seen.session.rglob("*") if each.is_file()}
    outputs = {f"agent_outputs/{agent}.txt" for agent in AGENTS}
    assert there == {
        "events.jsonl",
        "SESSION_SUMMARY.txt",
        *(f"turn_{turn}/{name}" for turn in (1, 2, 3, 4) for name in ("coordination_log.json", *outputs)),
    }
    for path in tree(block("Session Storage", "text")):
        place = seen.project / path.replace("session_20250108_143022", seen.session.name)
        assert place.is_dir() if path.endswith("/") else place.is_file(), path


def tree(drawn: str) -> list[str]:
    """The paths of a drawn directory tree; directories end with a slash."""
    above: list[str] = []
    paths = []
    for line in drawn.splitlines():
        name = re.sub(r"^[│├└─ ]+", "", line).partition("#")[0].strip()
        above[line.index(name) // 4 :] = [name]
        paths.append("".join(above))
    return paths


def test_agent_outputs_has_one_file_for_each_agent_with_all_it_said(seen: Seen) -> None:
    promised("* `agent_outputs/` has one file for each agent,")

    for agent, model in AGENTS.items():
        text = (seen.session / "turn_1" / "agent_outputs" / f"{agent}.txt").read_text("utf-8")
        said = [PAGE_TEAM[model].draft, "I have compared them.", *([ANSWER] if model == GROK else [])]
        assert [text.count(each) for each in said] == [1] * len(said), text


def test_agent_outputs_grow_while_the_agent_writes(seen: Seen) -> None:
    promised("which grows while the agent writes.")

    draft, with_the_vote, half = seen.written
    assert draft.rstrip().endswith("Statistics with better marketing.")
    assert with_the_vote.startswith(draft)
    assert "I have compared them." in with_the_vote.removeprefix(draft)
    assert half.endswith("\n\nSo")


def test_the_coordination_log_tells_programs_how_the_turn_was_decided(seen: Seen) -> None:
    promised("* `coordination_log.json` tells programs how the turn was decided.")

    log = json.loads((seen.session / "turn_1" / "coordination_log.json").read_text("utf-8"))
    [ballot] = log["ballots"]
    votes = {vote["agent"]: (vote["first"], vote["first_counts"], vote["reason"]) for vote in ballot["votes"]}
    reason = "It is the better one."
    assert votes == {
        "gemini_agent_2": ("agent3.1", True, reason),
        "grok_agent_3": ("agent3.1", False, reason),
        "openai_agent_1": ("agent3.1", True, reason),
    }
    assert log["winner"] == {"agent": "grok_agent_3", "label": "agent3.1", "because": "ballot"}
    final, events = log["final_answer"], log["events"]
    line = (seen.session / events["file"]).read_text("utf-8").splitlines()[final["record"] - 1]
    assert json.loads(line[9:])["data"]["text"] == ANSWER


def test_the_summary_holds_questions_votes_and_answers(seen: Seen) -> None:
    promised("* `SESSION_SUMMARY.txt` holds each question, who voted for whom, and the final answer.")

    _, *turns = re.split(r"^─+$", (seen.session / "SESSION_SUMMARY.txt").read_text("utf-8"), flags=re.MULTILINE)
    assert len(turns) == 4
    for question, turn in zip((FIRST, SECOND, THIRD), turns, strict=False):
        assert question in turn
        assert "  openai_agent_1  for grok_agent_3 (agent3.1): It is the better one.\n" in turn
        assert "  gemini_agent_2  for grok_agent_3 (agent3.1): It is the better one.\n" in turn
        assert turn.endswith(f"\n\n{ANSWER}\n\n")
