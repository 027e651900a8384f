"""What the guide says to type: commands and keys at the prompt, and command lines."""

import asyncio
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from massgen.backends.claude_program import refusal
from massgen.cli import options
from massgen.cli.main import INTERRUPTED
from massgen.repl.commands import COMMANDS, GOODBYE, KEYS
from massgen.repl.interrupts import interrupts
from tests.docs.pages import arguments_of_massgen, code_in, rows
from tests.guide.page import GUIDE, promised, typed
from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, ENTER
from tests.helpers.program import Program
from tests.helpers.wires import Reply, WireServer

HEADING = "## Interactive Commands"
HALF = """\
words_per_second: 0
repeat: true
agents:
  ann: {draft: [say: "Mine is ready."]}
  bob: {draft: [hang: true]}
  cyd: {draft: [hang: true]}
"""


# -- commands at the prompt ------------------------------------------------------------------------------------------


def test_the_table_of_the_page_is_that_of_the_program() -> None:
    listed = tuple((code_in(names), said) for names, said in rows(GUIDE, HEADING))

    assert listed == (*(((each.usage, *each.names[1:]), each.help) for each in COMMANDS), *KEYS.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said after each line of one chat, and the turns it left on disk."""

    after: Mapping[str, str]
    sessions: Mapping[str, list[Path]]
    turns: list[str]
    status: int


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """One chat with a team that says how many questions it knows of, and the last one before."""
    massgen = Program(tmp_path_factory.mktemp("prompt"))
    lines = ("/help", "/h", "/status", "One?", "Two?", "/clear", "Three?", "Four?", "/reset", "Five?")
    with massgen.chat("--config", teams.remembering(massgen.project), "--no-display", columns=140) as chat:
        answers, sessions = {}, {}
        for line in lines:
            chat.say(line)
            answers[line] = chat.after(line)
            sessions[line] = massgen.sessions()
        chat.say("/q")
        status = chat.wait_for_end()
    turns = sorted(each.name for session in massgen.sessions() for each in session.glob("turn_*"))
    return Said(after=answers, sessions=sessions, turns=turns, status=status)


@pytest.mark.parametrize("name", ["/help", "/h"])
def test_help_lists_the_commands_of_the_page(said: Said, name: str) -> None:
    promised("| `/help [name]`, `/h`, `/?` | Show available commands and help message |")

    named = [code_in(names)[0] for names, _ in rows(GUIDE, HEADING)]
    assert [line.strip().partition("  ")[0] for line in said.after[name].splitlines()[1:-1]] == named[: len(COMMANDS)]


def test_before_the_first_question_there_is_no_session(said: Said) -> None:
    promised("A session begins with the first question, in the directory in which MassGen was started:")

    assert "begins with the first question" in said.after["/status"]
    assert [len(said.sessions[line]) for line in ("/status", "One?", "Five?")] == [0, 1, 1]


@pytest.mark.parametrize(
    ("name", "before", "then"),
    [
        ("/clear", "Number 2, after “One?”.", ("Three?", "Number 1, after “”.")),
        ("/reset", "Number 2, after “Three?”.", ("Five?", "Number 1, after “”.")),
    ],
)
def test_clear_and_reset_forget_the_conversation_and_keep_the_turns(
    said: Said, name: str, before: str, then: tuple[str, str]
) -> None:
    promised(
        "| `/clear`, `/reset`, `/new` | Reset conversation history and start fresh |",
        "* After `/clear` the earlier turns stay on disk, and the numbering goes on.",
        "3. **Clear when you change the subject:** after `/clear` no agent is told of the turns before.",
        "What you said about your goals stays in the conversation until you clear it.",
    )

    assert "afresh" in said.after[name]
    assert any(before in each for each in said.after.values())
    assert then[1] in said.after[then[0]]
    assert said.turns == ["turn_1", "turn_2", "turn_3", "turn_4", "turn_5"]


def test_q_leads_out(said: Said) -> None:
    assert said.status == 0


@pytest.mark.parametrize("keys", ["/exit\r", "/quit\r", CTRL_C])
def test_the_other_ways_out_of_the_page_lead_out(massgen: Program, keys: str) -> None:
    promised(
        "| `/quit`, `/exit`, `/q` | Exit interactive mode |",
        "| `Ctrl+C` | At an empty prompt: exit interactive mode.",
    )

    with massgen.chat("--config", teams.write(massgen.project)) as chat:
        chat.wait_for_prompt()
        chat.type(keys)
        assert chat.wait_for_end() == 0
        assert chat.text.rstrip().endswith(GOODBYE)
    assert massgen.sessions() == []


def test_ctrl_c_during_a_turn_keeps_the_best_answer_so_far(massgen: Program) -> None:
    promised("During a turn: end it and keep the best answer so far |")

    with massgen.chat("--config", teams.write(massgen.project, teams.THREE, HALF)) as chat:
        chat.say("Who is ready?")
        chat.wait_for("ann: Complete ✓", where=lambda: chat.shown)
        chat.type(CTRL_C)
        chat.wait_for("\n\nMine is ready.\n\nYou:")


def test_a_second_ctrl_c_soon_after_ends_the_program(massgen: Program) -> None:
    promised("A second Ctrl+C within two seconds ends the program.")

    with massgen.chat("--config", teams.write(massgen.project, script=teams.HANGS)) as chat:
        chat.wait_for_prompt()
        chat.type("Why?" + ENTER)
        chat.wait_for("ann: Presenting...", where=lambda: chat.shown)

        chat.interrupt()
        chat.wait_for("◆ cancelled")
        looks = count()

        def has_ended() -> bool:
            if next(looks) % 20 == 0:  # on a machine so slow that two seconds were over, the next press is in time
                chat.interrupt()
            return chat.has_ended

        chat.wait_until(has_ended, "the end of the program")
        assert chat.wait_for_end() == INTERRUPTED
        assert chat.is_as_before


@pytest.mark.parametrize(("pause", "ends"), [(1.9, True), (2.0, False)])
def test_how_soon_is_two_seconds(pause: float, ends: bool) -> None:
    promised("A second Ctrl+C within two seconds ends the program.")

    async def press_twice() -> None:
        clock = iter((60.0, 60.0 + pause))
        with interrupts(lambda: next(clock)):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    try:
        asyncio.run(press_twice())
    except KeyboardInterrupt:  # which would end the tests instead
        ended = True
    else:
        ended = False
    assert ended is ends


def test_a_command_with_something_behind_it_does_nothing(massgen: Program) -> None:
    promised("A command with something behind it that it does not take does nothing and says so.")

    with massgen.chat("--config", teams.write(massgen.project), columns=140) as chat:
        chat.say("/quit now")
        assert chat.after("/quit now") == (
            "/quit takes nothing behind it, so nothing was done; a blank before the / makes it a question."
        )


# -- the command line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", list(arguments_of_massgen(GUIDE)), ids=" ".join)
def test_every_command_of_the_page_parses(arguments: list[str]) -> None:
    assert options.parse(arguments).question == ("sessions" if arguments == ["--", "sessions"] else None)


def test_a_chat_with_one_model_needs_only_its_name(massgen: Program) -> None:
    promised(
        "Leave out the question, and MassGen opens a chat.",
        "One agent:",
        "One agent alone answers with one request and without a vote.",
    )

    [arguments] = typed("Starting Interactive Mode")
    with (
        WireServer([Reply(text="It learns.")]) as server,
        massgen.chat(*arguments, env=server.environ("openai")) as chat,
    ):
        chat.say("What is machine learning?")
        chat.wait_for("🤝 Mode:                Single Agent", "It learns.")
        assert "gpt-5-mini stops answering on 2026-12-11" in chat.text or "gpt-5-mini stopped" in chat.text
    assert [(each.model, each.tool_names) for each in server.requests] == [("gpt-5-mini", [])]


def test_the_demo_needs_no_key_and_says_what_it_is(massgen: Program) -> None:
    promised("Without any key, `massgen --demo` shows the same with a scripted team.")

    with massgen.chat("--demo", columns=80) as chat:
        chat.wait_for("🤝 Mode:                Multi-Agent (3 agents)", "DEMO — scripted answers, no model is asked")


def test_a_narrow_terminal_gets_a_few_plain_lines(massgen: Program) -> None:
    promised("On a terminal of fewer than 80 columns it is a few plain lines instead.")

    with massgen.chat("--config", teams.write(massgen.project), columns=79) as chat:
        chat.wait_for_prompt()
        assert chat.screen.rows[:3] == [
            "MassGen — Single Agent",
            "  ann: scripted (Demo)",
            "Ask anything. /help, or Ctrl+C to exit",
        ]


def test_an_agent_without_its_key_is_marked_where_the_team_is_named(massgen: Program) -> None:
    promised(
        "An agent that cannot take part is marked there, and what you should know before you ask stands between the "
        "start screen and the prompt."
    )

    team = f"{teams.ONE}  - {{id: bob, backend: {{type: claude, model: claude-x}}}}\n"
    with massgen.chat("--config", teams.write(massgen.project, team), columns=200, lines=40) as chat:
        chat.say("/status")
        status = chat.after("/status")
        start = chat.text.partition("You: /status\n")[0]
    assert "│      └─ bob:               claude-x (Claude), away: ANTHROPIC_API_KEY is n…  │\n" in start
    assert start.endswith("\nnote: bob stays away: ANTHROPIC_API_KEY is not set. The team starts without it.\n")
    assert status == (
        "Mode:          Multi-Agent (2 agents, 1 away)\n"
        "  ann: scripted (Demo)\n"
        "  bob: claude-x (Claude), away: ANTHROPIC_API_KEY is not set\n"
        "Conversation:  0 questions in memory, 0 turns in this session\n"
        "Cost:          $0\n"
        "Session:       begins with the first question\n"
        f"Configuration: {massgen.project}/team.yaml"
    )


def test_into_a_pipe_stdout_holds_the_answer_alone_and_stderr_what_happens(massgen: Program) -> None:
    promised(
        "Into a pipe or a file, what happens is told on stderr, a line at a time,",
        "and stdout holds the answer and nothing else.",
    )

    ran = massgen("--config", teams.write(massgen.project, teams.THREE), "Why?")

    assert ran.stdout == "Bob's answer to “Why?”.\n"
    *lines, summary = ran.stderr.splitlines()
    told = [re.fullmatch(r"\[ *\d+\.\ds\] (\S.*)", line) for line in lines]
    assert [line for line, found in zip(lines, told, strict=True) if not found] == []
    happened = {found[1] for found in told if found}
    assert happened >= {
        "turn 1: 3 agents asked",
        *(f"{agent} {does}" for agent in ("ann", "bob", "cyd") for does in ("generating", "answered", "voting")),
        "Coordination Round 1: 3 candidates",
        "ann voted → bob (It is better.)",
        "cyd voted → bob (It says more.)",
        "winner bob",
        "Final Presentation",
        "bob presenting",
        "bob presented",
        "turn 1 answered",
    }
    assert summary.startswith("◆ 3 agents · 1 round · winner bob (2 of 3 votes) · presented version · ")
    assert "\x1b" not in ran.stdout + ran.stderr


# -- Claude Code -----------------------------------------------------------------------------------------------------


def test_without_the_extra_the_example_says_how_to_get_it_and_what_else_would_do(massgen: Program) -> None:
    promised(
        "This example needs the extra `massgen[claude-code]`.",
        "Where it is not installed, MassGen says how to get it and what else would do",
    )

    ran = massgen(
        *("--config", "@examples/tools/filesystem/claude_code_single.yaml", "Why?"),
        env={"NOT_INSTALLED": "claude_agent_sdk"},
    )

    assert ran.status == 2
    assert 'pip install "massgen[claude-code]"' in ran.stderr
    assert "`type: claude`" in ran.stderr


def test_the_shell_of_claude_code_is_switched_off(tmp_path: Path) -> None:
    promised("and the shell of Claude Code is switched off.")

    assert refusal("Bash", {"command": "id"}, own=tmp_path, readable=(tmp_path,), writable=(tmp_path,)) != ""
    assert refusal("Read", {"file_path": "a.py"}, own=tmp_path, readable=(tmp_path,), writable=(tmp_path,)) == ""
