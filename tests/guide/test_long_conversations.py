"""What the guide says about conversations that become too long: one chat with two models behind real wires."""

import json
import shutil
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.guide.page import promised
from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, ENTER, Conversation
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer
from tests.helpers.wires.reply import Tokens

pytestmark = pytest.mark.slow  # a program is started for each

WINDOW = """\
agents:
  - {id: ann, backend: {type: groq, model: one, context_window: 6000}}
  - {id: bob, backend: {type: openai, model: gpt-two}}
orchestrator: {skip_final_presentation: true}
"""
"""Two models that say the same, so that nobody votes; from 4,200 tokens on the oldest turns are summarised for Ann."""

SUMMARY = "The user wants to know how machines learn. It was said that they learn from data."
LONG = "From data. " * 950
SHORT = "By example. " * 100
MARK = "[MassGen: the conversation up to turn 1 is not repeated word for word. The summary that follows stands in its "


def is_summary(request: Request) -> bool:
    """Whether a model is asked for a summary."""
    return "Write the summary that takes its place" in request.system


class Models:
    """The first answer is long. A summary waits until it may come; those in `failing` cannot write one."""

    def __init__(self) -> None:
        self.may_summarise = threading.Event()
        self.failing: set[str] = set()

    def reply(self, request: Request) -> Reply:
        counted = sum(len(text) for _, text in request.texts) // 3
        if not is_summary(request):
            asked = request.texts[-1][1]
            return Reply(text=LONG if asked.startswith("First") else SHORT, tokens=Tokens(input=counted))
        if request.model in self.failing:
            return Reply(status=400, body={"error": {"message": "No summaries today."}})
        self.may_summarise.wait(30)
        return Reply(text=SUMMARY, tokens=Tokens(input=counted, cost=0.01))


def ask(chat: Conversation, *questions: str) -> None:
    """Ask, and wait for each answer."""
    for question in questions:
        chat.say(question)
        chat.wait_for_prompt()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was on the screen, what the models were sent, and what is on disk."""

    while_summarising: str
    after_the_turn: str
    status: str
    history: str
    requests: Sequence[Request]
    resumed: Sequence[Request]
    session: Path


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Four questions, of which the last needs a summary; then the program is killed and the session gone on with."""
    massgen = Program(tmp_path_factory.mktemp("long"))
    (massgen.project / "team.yaml").write_text(WINDOW)
    models = Models()
    with WireServer(models.reply) as server:
        env = server.environ("openai", "groq")
        with massgen.chat("--config", "team.yaml", env=env, columns=150, lines=40) as chat:
            ask(chat, "First?", "Second?", "Third?")
            chat.type(f"Fourth?{ENTER}")
            chat.wait_for("summarises the turns up to 1", where=lambda: chat.shown)
            while_summarising = chat.shown
            models.may_summarise.set()
            chat.wait_for_prompt()
            after = chat.text.rpartition("You: Fourth?\n")[2]
            chat.say("/status")
            status = chat.after("/status")
            chat.interrupt(signal.SIGKILL)
            chat.wait_for_end()
        [session] = massgen.sessions()
        asked = len(server.requests)
        massgen("--continue", "Fifth?", env=env)
        with massgen.chat("--continue", env={**env, "TERM": "dumb"}, columns=150) as chat:
            chat.say("/history")
            history = chat.after("/history")
        yield Seen(
            while_summarising=while_summarising,
            after_the_turn=after,
            status=status,
            history=history,
            requests=server.requests[:asked],
            resumed=server.requests[asked:],
            session=session,
        )


def test_one_agent_is_asked_for_a_summary_before_the_turn(seen: Seen) -> None:
    promised(
        "When a conversation comes near what a model of the team can take, one agent is asked for a summary of the "
        "oldest turns before the next turn begins.",
        "`compact_at: 0.7` below `orchestrator:` is the share of the context window from which on this is done",
        "`context_window` below `backend:` says that of another one, such as a model on a server of your own.",
    )
    asked = [each.texts[-1][1] for each in seen.requests]
    assert [is_summary(each) for each in seen.requests] == [False] * 6 + [True] + [False] * 2
    assert asked[-2:] == ["Fourth?", "Fourth?"]
    assert LONG.strip() in asked[6]
    assert "Second?" not in asked[6]


def test_it_is_seen_while_it_is_written_and_a_line_stays(seen: Seen) -> None:
    promised(
        "The view says so while the summary is written, and a line stays that says how much shorter the conversation "
        "has become and what that cost."
    )
    first, *_, last = seen.while_summarising.rstrip("\n").splitlines()
    assert first == (
        "ann summarises the turns up to 1, because the conversation came near what a model can take. The conversation "
        "is about 4,289 tokens long."
    )
    assert "Ctrl+C stops" in last
    line = seen.after_the_turn.splitlines()[0]
    assert line == (
        "ann summarised the turns up to 1, because the conversation came near what a model can take: about 4,289 "
        "tokens of conversation became 890 · $0.0100"
    )


def test_every_agent_sees_the_summary_and_the_last_turns_also_when_the_session_is_gone_on_with(seen: Seen) -> None:
    promised(
        "The last two turns stay word for word, if there is room for them.",
        "From then on every agent sees the summary in place of the turns before, also when the session is gone on "
        "with.",
    )

    def told(*turns: str) -> list[tuple[str, str]]:
        return [pair for each in turns for pair in (("user", each), ("assistant", SHORT.strip()))]

    for requests, turns, question in [
        (seen.requests[-2:], ("Second?", "Third?"), "Fourth?"),
        (seen.resumed, ("Second?", "Third?", "Fourth?"), "Fifth?"),
    ]:
        assert {each.model for each in requests} == {"one", "gpt-two"}
        for request in requests:
            mark, summary, *rest = request.texts
            assert mark[1].startswith(MARK)
            assert summary == ("assistant", SUMMARY)
            assert [(role, text.strip()) for role, text in rest] == [*told(*turns), ("user", question)]


def test_the_summary_can_be_read_beside_what_it_stands_for(seen: Seen) -> None:
    promised(
        "The summary can be read in `SESSION_SUMMARY.txt` and in the history, which keep the summarised turns too."
    )
    summary = (seen.session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8")
    between = summary.partition("\nTurn 4 ")[0].rpartition("─" * 72 + "\nann summarised")[2]
    assert between.split("\n\n")[1] == SUMMARY
    assert LONG.strip() in summary
    assert "Summary of the turns up to 1, by ann" in seen.history
    assert SUMMARY in " ".join(seen.history.split())
    assert "First?" in seen.history


def test_the_cost_is_one_number_and_the_status_shows_what_is_remembered(seen: Seen) -> None:
    assert "Conversation:  a summary and 3 questions in memory, 4 turns in this session\n" in seen.status
    assert "  Summary of the turns up to 1\n  You: Second?\n" in seen.status
    assert "Cost:          $0.0100 + unknown\n" in seen.status
    logs = [json.loads((seen.session / f"turn_{turn}" / "coordination_log.json").read_text()) for turn in (3, 4)]
    assert [each["cost"] for each in logs] == ["cost unknown"] * 2
    head = (seen.session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8").splitlines()[1]
    assert head.endswith(" · $0.0100 + unknown")


@pytest.fixture(scope="module")
def three_turns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which three questions were answered, so that the next one comes near the limit."""
    massgen = Program(tmp_path_factory.mktemp("three"))
    (massgen.project / "team.yaml").write_text(WINDOW)
    with WireServer(Models().reply) as server:
        env = server.environ("openai", "groq")
        with massgen.chat("--config", "team.yaml", env=env) as chat:
            ask(chat, "First?", "Second?", "Third?")
            chat.say("/quit")
            assert chat.wait_for_end() == 0
    return massgen.project


@pytest.fixture
def going_on(three_turns: Path, massgen: Program) -> Program:
    """The same project for a test of its own."""
    shutil.copytree(three_turns, massgen.project, dirs_exist_ok=True)
    return massgen


def test_the_next_agent_is_asked_when_one_fails_and_the_conversation_stays_whole_when_all_do(going_on: Program) -> None:
    promised(
        "When an agent cannot write the summary, another one is asked.",
        "When none can, or the budget of the turn forbids it, the conversation stays whole, and that is said.",
    )
    models = Models()
    models.may_summarise.set()
    models.failing = {"one", "gpt-two"}
    with WireServer(models.reply) as server:
        env = server.environ("openai", "groq")
        fourth = going_on("--continue", "Fourth?", env=env)
        whole = server.requests[-1].texts
        models.failing = {"gpt-two"}
        fifth = going_on("--continue", "--output-format", "stream-json", "Fifth?", env=env)

    assert fourth.status == 0
    assert "There is no summary from ann: " in fourth.stderr
    assert " bob is asked next.\n" in fourth.stderr
    assert "There is no summary from bob: " in fourth.stderr
    assert "The conversation stays whole.\n" in fourth.stderr
    assert [text for role, text in whole if role == "user"] == ["First?", "Second?", "Third?", "Fourth?"]
    told = [json.loads(line) for line in fifth.stdout.splitlines()]
    kinds = [each["type"] for each in told if each["type"] != "SessionStarted"]
    assert kinds[:7] == [
        "CompactionStarted",
        "UsageCounted",
        "CompactionFailed",
        "CompactionStarted",
        "UsageCounted",  # twice, because Ann reads it in two portions
        "UsageCounted",
        "ConversationCompacted",
    ]
    assert [each["data"]["agent"] for each in told if each["type"] == "CompactionStarted"] == ["bob", "ann"]
    assert told[-1]["usage"]["requests"] == 5
    assert told[-1]["usage"]["agents"]["ann"]["requests"] == 3


def test_a_budget_forbids_a_summary(going_on: Program) -> None:
    team = WINDOW.replace("skip_final", "coordination: {max_tokens: 4500}, skip_final")
    (going_on.project / "team.yaml").write_text(team)
    with WireServer(Models().reply) as server:
        fourth = going_on("--continue", "--config", "team.yaml", "Fourth?", env=server.environ("openai", "groq"))
    assert "and max_tokens is 4,500. The conversation stays whole.\n" in fourth.stderr
    assert not any(map(is_summary, server.requests))


SCRIPT = """\
words_per_second: 0
repeat: false
agents:
  ann:
    presentation: [{answers}]
    summary: [{summaries}]
"""


def scripted(project: Path, *summaries: str, questions: int = 4) -> str:
    """A team of one that gives long answers, and these summaries."""
    answers = ", ".join(f'say: "Answer {{turn}}. {"word " * 400}"' for _ in range(questions))
    entries = ", ".join(f"{{{each}}}" for each in answers.split(", "))
    script = SCRIPT.format(answers=entries, summaries=", ".join(f"{{{each}}}" for each in summaries))
    return teams.write(project, script=script)


def test_a_summary_is_asked_for_by_hand_and_the_next_takes_in_the_one_before(massgen: Program) -> None:
    promised(
        "`/compact` asks for a summary at once.",
        "The next summary takes in the one before.",
        "| `/compact`, `/compress`, `/summarize` | "
        "Let a summary stand for all but the last turns of the conversation |",
    )
    team = scripted(massgen.project, 'say: "Words, twice."', 'say: "Words, three times."')
    with massgen.chat("--config", team, columns=150) as chat:
        chat.say("/compact")
        assert (
            chat.after("/compact") == "There is nothing to summarise: the conversation begins with the first question."
        )
        ask(chat, "First?", "Second?", "Third?")
        chat.say("/compact")
        first = chat.after("/compact")
        ask(chat, "Fourth?")
        chat.say("/summarize")
        second = chat.after("/summarize")
        chat.say("/compress")
        third = chat.after("/compress")
        chat.say("/status")
        status = chat.after("/status")
    assert third == "There is nothing to summarise: the last turns stay word for word, and little is before them."
    assert first == (
        "ann summarises the turns up to 1. The conversation is about 2,016 tokens long.\n"
        "ann summarised the turns up to 1: about 2,016 tokens of conversation became 1,407."
    )
    assert second == (
        "ann summarises the turns up to 2. The conversation is about 2,079 tokens long.\n"
        "ann summarised the turns up to 2: about 2,079 tokens of conversation became 1,409."
    )
    assert "a summary and 2 questions in memory, 4 turns in this session\n  Summary of the turns up to 2\n" in status


def test_ctrl_c_leaves_the_conversation_as_it_is(massgen: Program) -> None:
    promised("Ctrl+C while a summary is written leaves the conversation as it is.")
    with massgen.chat("--config", scripted(massgen.project, "hang: true"), columns=150) as chat:
        ask(chat, "First?", "Second?", "Third?")
        chat.type(f"/compact{ENTER}")
        chat.wait_for("ann summarises the turns up to 1.")
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        stopped = chat.text.rpartition("You: /compact\n")[2]
        chat.say("/status")
        status = chat.after("/status")
    assert "^C\nThere is no summary from ann: stopped by you. The conversation stays whole.\n" in stopped
    assert "Conversation:  3 questions in memory, 3 turns in this session\n" in status


def test_before_a_turn_ctrl_c_ends_the_turn_too(going_on: Program) -> None:
    promised("Before a turn it ends that turn too.")
    models = Models()
    with WireServer(models.reply) as server:
        env = server.environ("openai", "groq")
        with going_on.chat("--continue", env=env, columns=150, lines=40) as chat:
            chat.wait_for_prompt()
            chat.type(f"Fourth?{ENTER}")
            chat.wait_for("summarises the turns up to 1", where=lambda: chat.shown)
            chat.type(CTRL_C)
            chat.wait_for("◆ cancelled")
            chat.wait_for_prompt()
            after = chat.text.rpartition("You: Fourth?\n")[2]
            chat.say("/status")
            status = chat.after("/status")
        models.may_summarise.set()
    assert "There is no summary from ann: stopped by you. The conversation stays whole · cost unknown\n" in after
    assert all(map(is_summary, server.requests))
    assert "◆ cancelled; 0 of 2 agents had answered" in after
    assert "Conversation:  3 questions in memory, 4 turns in this session\n" in status


def test_nothing_is_summarised_where_it_is_turned_off_or_no_window_is_known(going_on: Program) -> None:
    promised(
        "and `0` turns it off.",
        "The windows of many models are known.",
        "Where nobody knows it, nothing is summarised unless you ask.",
    )
    off = WINDOW.replace("{skip_final", "{compact_at: 0, skip_final")
    unknown = WINDOW.replace(", context_window: 6000", "")
    with WireServer(Models().reply) as server:
        for team in (off, unknown):
            (going_on.project / "team.yaml").write_text(team)
            going_on("--continue", "--config", "team.yaml", "Fourth?", env=server.environ("openai", "groq"))
    assert [is_summary(each) for each in server.requests] == [False] * 4
