"""What the guide says to type: commands at the prompt, flags, sessions, and what bad input is told."""

import asyncio
import shlex
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs.generate import page as generated
from massgen.backends.claude_program import refusal
from massgen.cli import options
from massgen.repl.commands import COMMANDS, GOODBYE, KEYS
from massgen.repl.interrupts import interrupts
from tests.docs.pages import arguments_of_massgen, code_in, rows, text_of
from tests.guide.page import GUIDE, block, promised
from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, Conversation
from tests.helpers.program import Program
from tests.helpers.wires import Reply, WireServer

HEADING = "## Interactive Commands"
REMEMBERS = """\
words_per_second: 0
repeat: true
agents:
  ann: {presentation: [say: "Number {turn}, after “{previous}”."]}
"""
HALF = """\
words_per_second: 0
repeat: true
agents:
  ann: {draft: [say: "Mine is ready."]}
  bob: {draft: [hang: true]}
  cyd: {draft: [hang: true]}
"""


def remembering(massgen: Program) -> str:
    """A team of one that says how many questions it knows of, and the last one before."""
    return teams.write(massgen.project, script=REMEMBERS)


def after(chat: Conversation, line: str) -> str:
    """What was said after this line, once the prompt is back."""
    chat.wait_until(lambda: chat.row == "You:" and f"You: {line}\n" in chat.text, line)
    return chat.text.rpartition(f"You: {line}\n")[2].removesuffix("You:").strip("\n")


# -- commands at the prompt ------------------------------------------------------------------------------------------


def test_the_table_of_the_page_is_that_of_the_program() -> None:
    listed = tuple((code_in(names), said) for names, said in rows(GUIDE, HEADING))

    assert listed == (*((each.names, each.help) for each in COMMANDS), *KEYS.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said after each line of one chat, and the turns it left on disk."""

    after: Mapping[str, str]
    turns: list[str]
    status: int


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """One chat with a team that says how many questions it knows of, and the last one before."""
    massgen = Program(tmp_path_factory.mktemp("prompt"))
    lines = ("/help", "/h", "/status", "One?", "Two?", "/clear", "Three?", "Four?", "/reset", "Five?")
    with massgen.chat("--config", remembering(massgen), "--no-display", columns=140) as chat:
        answers = {}
        for line in lines:
            chat.say(line)
            answers[line] = after(chat, line)
        chat.say("/q")
        status = chat.wait_for_end()
    turns = sorted(each.name for session in massgen.sessions() for each in session.glob("turn_*"))
    return Said(after=answers, turns=turns, status=status)


@pytest.mark.parametrize("name", ["/help", "/h"])
def test_help_lists_the_commands_of_the_page(said: Said, name: str) -> None:
    promised("Show available commands and help message")

    listed = [f"  {', '.join(code_in(names)):16}  {help_}" for names, help_ in rows(GUIDE, HEADING)]
    assert said.after[name].splitlines() == ["Commands:", *listed[: len(COMMANDS)], "Keys:", *listed[len(COMMANDS) :]]


def test_before_the_first_question_there_is_no_session(said: Said) -> None:
    promised("A session begins with the first question, in the directory in which MassGen was started:")

    assert "begins with the first question" in said.after["/status"]


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
        "Reset conversation history and start fresh",
        "After `/clear` the earlier turns stay on disk, and the numbering goes on.",
        "after `/clear` no agent is told of the turns before",
        "What you said about your goals stays in the conversation until you clear it.",
    )

    assert "afresh" in said.after[name]
    assert any(before in each for each in said.after.values())
    assert then[1] in said.after[then[0]]
    assert said.turns == ["turn_1", "turn_2", "turn_3", "turn_4", "turn_5"]


def test_q_leads_out(said: Said) -> None:
    assert said.status == 0


@pytest.mark.parametrize("keys", ["/exit\r", CTRL_C])
def test_the_other_ways_out_of_the_page_lead_out(massgen: Program, keys: str) -> None:
    promised("Exit interactive mode", "At an empty prompt: exit interactive mode.")

    with massgen.chat("--config", teams.write(massgen.project)) as chat:
        chat.wait_for_prompt()
        chat.type(keys)
        assert chat.wait_for_end() == 0
        assert chat.text.rstrip().endswith(GOODBYE)
    assert massgen.sessions() == []


def test_ctrl_c_during_a_turn_keeps_the_best_answer_so_far(massgen: Program) -> None:
    promised("During a turn: end it and keep the best answer so far", "Enter does nothing until the turn is over.")

    with massgen.chat("--config", teams.write(massgen.project, teams.THREE, HALF)) as chat:
        chat.say("Who is ready?")
        chat.wait_for("ann: Complete ✓", where=lambda: chat.shown)
        chat.type("\r")
        chat.type(CTRL_C)
        chat.wait_for("\n\nMine is ready.\n\nYou:")


def test_a_second_ctrl_c_soon_after_ends_the_program() -> None:
    promised("A second Ctrl+C within two seconds ends the program.")

    async def press_twice() -> None:
        with interrupts() as presses:
            signal.raise_signal(signal.SIGINT)
            assert not presses.pressed
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(press_twice())


def _editor(massgen: Program, variable: str) -> Mapping[str, str]:
    """An editor that writes down what it was asked to open."""
    script = massgen.home / f"{variable}.py"
    note = massgen.home / "opened"
    script.write_text(f"import pathlib, sys\npathlib.Path({str(note)!r}).write_text('{variable} ' + sys.argv[1])\n")
    return {variable: shlex.join([sys.executable, str(script)])}


def test_config_copies_an_example_and_opens_it_in_the_editor(massgen: Program) -> None:
    promised(
        "Open configuration file in default editor",
        "`/config` takes `$VISUAL`, then `$EDITOR`, then what the system opens text with (macOS, Windows, Linux).",
        "A file that came with MassGen is first copied to `.massgen/config.yaml`",
    )

    copy = massgen.project / ".massgen" / "config.yaml"
    env = {"OPENAI_API_KEY": "canary", **_editor(massgen, "EDITOR"), **_editor(massgen, "VISUAL")}
    with massgen.chat("--config", "@examples/basic/single/single_agent.yaml", env=env, columns=200) as chat:
        chat.say("/config")
        assert f"was copied to {copy};" in after(chat, "/config")
    assert (massgen.home / "opened").read_text() == f"VISUAL {copy}"


def test_config_writes_down_a_team_that_came_from_a_flag(massgen: Program) -> None:
    promised(
        "a team from `--model` is written there",
        "Where another team stands there already, it is left alone, and the copy gets a name of its own beside it.",
        "MassGen says with which command your changes take effect.",
    )

    env = {"OPENAI_API_KEY": "canary", **_editor(massgen, "EDITOR")}
    ours = massgen.project / ".massgen"
    for model, name, start in (
        ("gpt-6.1-terra", "config.yaml", "massgen"),
        ("gpt-6.1-nano", "config-2.yaml", "massgen --config .massgen/config-2.yaml"),
        ("gpt-6.1-terra", "config.yaml", "massgen"),
    ):
        with massgen.chat("--model", model, env=env, columns=240) as chat:
            chat.say("/config")
            said = after(chat, "/config")
        assert said.endswith(f"{ours / name}: changes take effect with the next start, as: {start}")
        assert f"model: {model}\n" in (ours / name).read_text()
        assert (massgen.home / "opened").read_text() == f"EDITOR {ours / name}"
    assert sorted(each.name for each in ours.iterdir()) == [".gitignore", "config-2.yaml", "config.yaml"]


def test_a_command_with_something_behind_it_does_nothing(massgen: Program) -> None:
    promised("A command that something is typed behind does nothing and says so.")

    with massgen.chat("--config", teams.write(massgen.project), columns=140) as chat:
        chat.say("/quit now")
        assert after(chat, "/quit now") == (
            "/quit takes nothing behind it, so nothing was done; a blank before the / makes it a question."
        )


# -- the command line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", list(arguments_of_massgen(GUIDE)), ids=" ".join)
def test_every_command_of_the_page_parses(arguments: list[str]) -> None:
    assert options.parse(arguments).question is None


def test_a_chat_with_one_model_needs_only_its_name(massgen: Program) -> None:
    promised("Leave out the question, and MassGen opens a chat.", "Every question goes to all agents")

    with (
        WireServer([Reply(text="It learns.")]) as server,
        massgen.chat("--model", "gpt-5-mini", env=server.environ("openai")) as chat,
    ):
        chat.say("What is machine learning?")
        chat.wait_for("🤝 Mode:                Single Agent", "It learns.")
        assert "gpt-5-mini stops answering on 2026-12-11" in chat.text or "gpt-5-mini stopped" in chat.text
    assert len(server.requests) == 1


def test_the_demo_needs_no_key_and_says_what_it_is(massgen: Program) -> None:
    promised("Without any key, `massgen --demo` shows the same with a scripted team.")

    with massgen.chat("--demo", columns=79) as chat:
        chat.wait_for("DEMO — scripted answers, no model is asked")


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
        status = after(chat, "/status")
        start = chat.text.partition("You: /status\n")[0]
    assert "│      └─ bob:               claude-x (Claude), away: ANTHROPIC_API_KEY is n…  │\n" in start
    assert start.endswith("\nnote: bob stays away: ANTHROPIC_API_KEY is not set. The team starts without it.\n")
    assert status == (
        "Mode:          Multi-Agent (2 agents, 1 away)\n"
        "  ann: scripted (Demo)\n"
        "  bob: claude-x (Claude), away: ANTHROPIC_API_KEY is not set\n"
        "Conversation:  0 questions in memory, 0 turns in this session\n"
        "Session:       begins with the first question\n"
        f"Configuration: {massgen.project}/team.yaml"
    )


def test_into_a_pipe_stdout_holds_the_answer_alone(massgen: Program) -> None:
    promised("Into a pipe or a file, every event is one line on stderr, and stdout holds the answer and nothing else.")

    ran = massgen("--config", teams.write(massgen.project, teams.THREE), "Why?")

    assert ran.stdout == "Bob's answer to “Why?”.\n"
    assert "] Coordination Round 1: 3 candidates\n" in ran.stderr
    assert "\x1b" not in ran.stdout + ran.stderr


# -- sessions --------------------------------------------------------------------------------------------------------


def test_a_resumed_session_knows_its_conversation(massgen: Program) -> None:
    promised(
        "A session is gone on with like this:",
        "`--continue` and `--resume last` take the last session of this directory",
        "A resumed session knows its conversation, its team is the same unless you name another, and its turns are "
        "numbered on.",
    )

    massgen("--config", remembering(massgen), "Question 1")
    [session] = massgen.sessions()
    for turn, flags in enumerate((["--continue"], ["--session-id", session.name]), 2):
        assert massgen(*flags, f"Question {turn}").stdout == f"Number {turn}, after “Question {turn - 1}”.\n"

    assert massgen.sessions() == [session]
    assert (session / "turn_3" / "coordination_log.json").is_file()
    assert massgen("--list-sessions").stdout == f"{session.name}    3 turns  Question 1\n"
    assert options.parse(["--resume", "last"]) == options.parse(["--continue"])
    assert options.parse(["--resume", session.name]) == options.parse(["--session-id", session.name])


def test_a_session_that_is_kept_elsewhere_is_found(massgen: Program) -> None:
    promised(
        "`--continue` and `--resume last` take the last session of this directory, also when its team keeps sessions "
        "elsewhere (`orchestrator.session_storage`);",
        "with `--config`, that of this team.",
    )

    massgen("--config", remembering(massgen), "Question 1")
    (massgen.project / "kept.yaml").write_text(f"{teams.ONE}orchestrator: {{session_storage: kept}}\n", "utf-8")
    massgen("--config", "kept.yaml", "Question 2")
    [kept] = massgen.project.glob(".massgen/kept/session_*")
    kept.rename(kept.with_name("session_99990101_000000"))

    assert massgen("--continue", "Question 3").stdout == "Number 2, after “Question 2”.\n"
    assert massgen("--continue", "--config", "team.yaml", "Question 4").stdout == "Number 2, after “Question 1”.\n"


def test_the_files_of_a_resumed_session_are_made_anew(massgen: Program) -> None:
    promised(
        "What is missing of its files is made anew from `events.jsonl`.",
        "A damaged `coordination_log.json` is told before the first prompt, kept beside the new one, and made anew.",
    )

    massgen("--config", remembering(massgen), "Question 1")
    [session] = massgen.sessions()
    view, summary = session / "turn_1" / "coordination_log.json", session / "SESSION_SUMMARY.txt"
    whole = [each.read_bytes() for each in (view, summary)]
    view.write_bytes(b"{")
    summary.unlink()

    with massgen.chat("--continue", columns=200) as chat:
        chat.wait_for_prompt()
        assert f"{view} was damaged" in chat.text
    assert [each.read_bytes() for each in (view, summary)] == whole
    assert (view.parent / "coordination_log.json.damaged-1").read_bytes() == b"{"


def test_a_session_that_does_not_exist_is_a_sentence(massgen: Program) -> None:
    ran = massgen("--resume", "session_20250108_143022", "Why?")

    assert ran.status == 4
    assert "No session was saved in this directory yet. Start one: massgen --demo" in " ".join(ran.stderr.split())


# -- configuration ---------------------------------------------------------------------------------------------------


def test_without_logging_there_are_no_agent_outputs(massgen: Program) -> None:
    promised("With `logging_enabled: false` the files in `agent_outputs/` are not written.")

    massgen("--config", teams.write(massgen.project, f"{teams.ONE}ui: {{logging_enabled: false}}\n"), "Why?")
    [session] = massgen.sessions()

    assert [each.name for each in (session / "turn_1").iterdir()] == ["coordination_log.json"]


@pytest.mark.parametrize("flags", [[], ["--debug"]])
def test_the_debug_log_is_asked_for_on_the_command_line_and_nowhere_else(massgen: Program, flags: list[str]) -> None:
    promised("A debug log is written only when you ask for it with `--debug`, and then whatever the file says.")

    team = f"{teams.ONE}ui: {{logging_enabled: {'false' if flags else 'true'}}}\n"
    ran = massgen(*flags, "--config", teams.write(massgen.project, team), "Why?")

    logs = list(massgen.project.glob("agent_outputs/log_*/massgen_debug.log"))
    assert [line for line in ran.stderr.splitlines() if "debug" in line] == [
        f"note: debug log: {each}" for each in logs
    ]
    assert len(logs) == len(flags)


def test_the_first_team_of_the_page_answers_as_it_stands(massgen: Program) -> None:
    promised(
        "Interactive mode reads the same YAML as a single question:",
        "When a vendor is about to switch off a model, MassGen says so at the start.",
    )

    (massgen.project / "team.yaml").write_text(block("Configuration", "yaml"), "utf-8")
    with WireServer(lambda _: Reply(text="Final answer: 4")) as server:
        ran = massgen("--config", "team.yaml", "2 + 2?", env=server.environ("gemini", "openai"))

    assert (ran.stdout, ran.status) == ("Final answer: 4\n", 0), ran.stderr
    assert "gpt-5-nano stop" in ran.stderr
    assert {each.model for each in server.requests} == {"gemini-2.5-flash", "gpt-5-nano"}


CWD = "agents: [{id: ann, backend: {type: claude, model: claude-sonnet-5-5, cwd: %s}}]\n"
SHARES = "orchestrator: {context_paths: [{path: %s, permission: %s}]}\n"


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        (
            CWD % "w" + SHARES % ("nowhere", "read"),
            "team.yaml:2:39: orchestrator.context_paths[0].path: 'nowhere' does not exist (it is looked for in",
        ),
        (CWD % "../w", "cwd"),
        (CWD % "w" + SHARES % (".", "wirte"), "'wirte'"),
        (CWD % "w" + "orchestrator: {snapshot_stroage: x}\n", "team.yaml:2:16: orchestrator.snapshot_stroage"),
    ],
    ids=["context path", "cwd", "permission", "unknown key"],
)
def test_a_mistake_about_files_is_told_before_any_model_is_asked(massgen: Program, yaml: str, said: str) -> None:
    promised(
        "A context path that does not exist, a workspace outside `.massgen/`, or a misspelt permission is told before "
        "any model is asked.",
        "A key that does not exist is an error with its line.",
    )

    (massgen.project / "team.yaml").write_text(yaml, "utf-8")
    with WireServer([]) as server:
        ran = massgen("--config", "team.yaml", "Why?", env=server.environ("claude"))

    assert (ran.status, server.requests, ran.stdout) == (2, [], "")
    assert said in ran.stderr


def test_every_key_stands_on_the_page_that_is_named() -> None:
    promised("Every key stands in [configuration.md](configuration.md).")

    assert text_of("docs/configuration.md") == generated(text_of("docs/configuration.md"))


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
    promised("the shell of Claude Code is switched off")

    assert refusal("Bash", {"command": "id"}, own=tmp_path, readable=(tmp_path,), writable=(tmp_path,)) != ""
    assert refusal("Read", {"file_path": "a.py"}, own=tmp_path, readable=(tmp_path,), writable=(tmp_path,)) == ""
