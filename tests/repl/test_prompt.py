"""The prompt, as a person at a terminal meets it: commands, questions, keys, and the ways out."""

import re
import signal
import sys
from pathlib import Path

import pytest

from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, CTRL_D, ENTER
from tests.helpers.program import Program

pytestmark = pytest.mark.slow  # a program is started for each

GOODBYE = "Exiting MassGen. Goodbye!"
PARTIAL = """\
words_per_second: 0
repeat: true
agents:
  ann: {draft: [hang: true]}
  bob: {draft: [say: "Because."]}
  cyd: {draft: [hang: true]}
"""


# -- the ways out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", ["/quit\r", "/exit\r", " \r/Q\r", CTRL_C, CTRL_D])
def test_every_way_out_says_goodbye_and_leaves_nothing_behind(massgen: Program, keys: str) -> None:
    with massgen.chat("--demo") as chat:
        chat.wait_for_prompt()
        chat.type(keys)

        assert chat.wait_for_end() == 0
        assert chat.text.splitlines()[-1] == GOODBYE
        assert chat.is_as_before
    assert list(massgen.project.iterdir()) == []


def test_ctrl_c_takes_back_what_was_typed_before_it_leaves(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project)) as chat:
        chat.wait_for_prompt()
        chat.type("Something foolish")
        chat.wait_for("You: Something foolish")
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        chat.say("Why?")
        chat.wait_for("The answer to “Why?”.")
        chat.wait_for_prompt()
        assert "foolish" not in chat.text
        chat.type(CTRL_C)

        assert chat.wait_for_end() == 0
        assert chat.text.splitlines()[-1] == GOODBYE


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str)
def test_a_signal_at_the_prompt_leaves_the_terminal_in_order(
    massgen: Program, number: signal.Signals, status: int
) -> None:
    with massgen.chat("--demo") as chat:
        chat.wait_for_prompt()
        chat.interrupt(number)

        assert chat.wait_for_end() == status
        assert chat.is_as_before
        assert "Traceback" not in chat.text


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str)
def test_a_signal_during_a_turn_ends_it_like_ctrl_c_and_leaves_the_terminal_and_the_session_in_order(
    massgen: Program, number: signal.Signals, status: int
) -> None:
    with massgen.chat("--config", teams.write(massgen.project, teams.THREE, PARTIAL)) as chat:
        chat.say("Why?")
        chat.wait_for("bob: Complete ✓", where=lambda: chat.shown)
        chat.interrupt(number)

        assert chat.wait_for_end() == status
        assert chat.is_as_before
        assert "Traceback" not in chat.text
        assert chat.text.endswith("\n\nBecause.")
    [session] = massgen.sessions()
    assert sorted(each.relative_to(session).as_posix() for each in session.rglob("*.*")) == [
        "SESSION_SUMMARY.txt",
        "events.jsonl",
        "turn_1/agent_outputs/ann.txt",
        "turn_1/agent_outputs/bob.txt",
        "turn_1/agent_outputs/cyd.txt",
        "turn_1/coordination_log.json",
    ]


# -- commands --------------------------------------------------------------------------------------------------------


def test_commands_are_answered_at_once_and_without_a_session(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project, teams.THREE), columns=140) as chat:
        chat.say("/help")
        help_ = chat.after("/help")
        assert help_ == (
            """\
Commands:
  /help [name]             Show available commands and help message
  /status                  Show current session status
  /history [turn]          View the coordination history, or that of one turn
  /answers [agent]         Read the last turn's answers, or all of one agent
  /retally                 Count the last ballot again in other ways
  /cost                    Show what this session has cost, by turn and agent
  /sessions                List the sessions of this directory
  /clear                   Reset conversation history and start fresh
  /undo                    Take the last turn back, with its files
  /retry                   Take the last turn back and ask its question again
  /promote agent           Go on from another agent's answer of the last turn
  /compact                 Let a summary stand for all but the last turns
  /model [agent=model]     Let another model speak; alone, list them
  /resume [id]             Leave this session and go on with another
  /fork [turn]             Go on in a copy, up to the end of a turn
  /export [format] [path]  Write the session to a file, as md or json
  /copy                    Copy the last answer to the clipboard
  /config                  Open configuration file in default editor
  /quit                    Exit interactive mode
/help NAME explains one, as in /help undo; /help keys says what can be pressed."""
        )
        chat.say("/h")
        assert chat.after("/h") == help_
        chat.say("/history 1")
        assert chat.after("/history 1") == "There is no turn 1: the history begins with the first question."
        chat.say("/status")
        assert chat.after("/status") == (
            f"""\
Mode:          Multi-Agent (3 agents)
  ann: scripted (Demo)
  bob: scripted (Demo)
  cyd: scripted (Demo)
Conversation:  0 questions in memory, 0 turns in this session
Cost:          $0
Session:       begins with the first question
Configuration: {massgen.project}/team.yaml"""
        )
        chat.say("/stauts now")
        assert chat.after("/stauts now") == (
            "There is no command '/stauts'. Did you mean /status? "
            "/help lists all; a blank before the / makes it a question."
        )
        chat.say("/q")
        assert chat.wait_for_end() == 0
    assert massgen.sessions() == []


def test_status_tells_of_the_conversation_and_reset_forgets_it(massgen: Program) -> None:
    with massgen.chat("--config", teams.remembering(massgen.project), columns=140) as chat:
        for question, answer in (("First?", "Number 1, after “”."), ("Second?", "Number 2, after “First?”.")):
            chat.say(question)
            chat.wait_for(answer)
        chat.say("/status")
        [session] = massgen.sessions()
        assert chat.after("/status") == (
            f"""\
Mode:          Single Agent
  ann: scripted (Demo)
Conversation:  2 questions in memory, 2 turns in this session
  You: First?
  You: Second?
Cost:          $0
Session:       {session}
Configuration: {massgen.project}/team.yaml"""
        )
        chat.say("/Clear now")
        assert chat.after("/Clear now") == (
            "/clear takes nothing behind it, so nothing was done; a blank before the / makes it a question."
        )
        chat.say("/status")
        assert "Conversation:  2 questions in memory, 2 turns in this session\n" in chat.after("/status")
        chat.say("/reset")
        assert chat.after("/reset") == "The conversation starts afresh; earlier turns stay in the session's files."
        chat.say("Third?")
        chat.wait_for("Number 1, after “”.", where=lambda: chat.after("Third?"))
        chat.say("/clear")
        chat.say("/status")
        assert "Conversation:  0 questions in memory, 3 turns in this session\n" in chat.after("/status")
        chat.say("/quit")
        assert chat.wait_for_end() == 0
    assert sorted(each.name for each in session.glob("turn_*")) == ["turn_1", "turn_2", "turn_3"]


# -- /config ---------------------------------------------------------------------------------------------------------


def editor(massgen: Program, status: int = 0) -> dict[str, str]:
    """An editor that writes down what it was asked to open."""
    script = massgen.home / "editor.py"
    script.write_text(
        f"import pathlib, sys\npathlib.Path({str(massgen.home / 'opened')!r}).write_text(sys.argv[1])\n"
        f"sys.exit({status})\n"
    )
    return {"EDITOR": f"{sys.executable} '{script}'"}


def opened(massgen: Program) -> Path:
    return Path((massgen.home / "opened").read_text())


def test_config_opens_the_file_that_the_team_came_from(massgen: Program) -> None:
    team = massgen.project / teams.write(massgen.project)
    with massgen.chat("--config", "team.yaml", env=editor(massgen), columns=140) as chat:
        chat.say("/config")
        assert chat.after("/config") == f"{team}: changes take effect with the next start."
    assert opened(massgen) == team


def test_config_opens_a_copy_of_what_belongs_to_massgen_and_says_with_which_command_it_counts(massgen: Program) -> None:
    copy = massgen.project / ".massgen" / "config.yaml"
    example = "@examples/basic/single/single_agent.yaml"
    env = {**editor(massgen), "OPENAI_API_KEY": "canary"}
    with massgen.chat("--config", example, env=env, columns=240) as chat:
        chat.say("/config")
        counts = f"{copy}: changes take effect with the next start, as: massgen"
        assert chat.after("/config") == (f"{example} was copied to {copy}; `massgen` uses it from now on.\n{counts}")
        chat.say("/config")
        assert chat.after("/config") == f"{copy} was made from {example} before, and is opened.\n{counts}"
    assert opened(massgen) == copy


@pytest.mark.parametrize("named", [["--demo"], ["--config", "@examples/demo/team.yaml"]])
def test_config_leaves_the_demo_alone(massgen: Program, named: list[str]) -> None:
    with massgen.chat(*named, env=editor(massgen), columns=200) as chat:
        chat.say("/config")
        assert chat.after("/config") == (
            "The demo team plays a script of MassGen's own; there is nothing to configure. "
            "Start with --model or --config, and /config opens that."
        )
    assert list(massgen.project.iterdir()) == []


@pytest.mark.slow
def test_the_copy_that_config_makes_is_a_team_that_starts(massgen: Program) -> None:
    env = {**editor(massgen), "OPENAI_API_KEY": "canary"}
    for arguments in (["--config", "@examples/basic/single/single_agent.yaml"], []):
        with massgen.chat(*arguments, env=env) as chat:
            chat.say("/config")
            chat.after("/config")


def test_a_team_from_flags_gets_a_file_with_config(massgen: Program) -> None:
    env = {**editor(massgen), "OPENAI_API_KEY": "canary"}
    with massgen.chat("--model", "gpt-6.1-terra", env=env, columns=200) as chat:
        chat.say("/config")
        chat.after("/config")
    copied = opened(massgen).read_text()
    assert "model: gpt-6.1-terra" in copied
    assert "canary" not in copied


@pytest.mark.slow
def test_an_editor_that_fails_or_is_not_there_is_told(massgen: Program) -> None:
    team = massgen.project / teams.write(massgen.project)
    with massgen.chat("--config", "team.yaml", env=editor(massgen, status=7), columns=200) as chat:
        chat.say("/config")
        assert "ended with status 7. If it did not open, set $EDITOR, or open" in chat.after("/config")
    with massgen.chat("--config", "team.yaml", env={"VISUAL": "no-such-editor -w"}, columns=200) as chat:
        chat.say("/config")
        assert chat.after("/config") == (
            f"Could not start 'no-such-editor': No such file or directory. Set $EDITOR, or open {team} yourself."
        )


# -- questions -------------------------------------------------------------------------------------------------------


def test_ctrl_c_during_a_turn_comes_back_to_the_prompt_with_what_there_is(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project, teams.THREE, PARTIAL), columns=140) as chat:
        chat.say("Why?")
        chat.wait_for("bob: Complete ✓", "ann: Generating...", where=lambda: chat.shown)
        chat.type(CTRL_C)

        summary, _, answer = chat.after("Why?").partition("\n\n")
        assert summary.startswith(
            "◆ 1 of 3 agents answered; ann: cancelled; cyd: cancelled · best so far bob · stopped by you · "
        )
        assert answer == "Because."
        chat.say("/quit")
        assert chat.wait_for_end() == 0


def test_ctrl_c_before_the_first_answer_comes_back_with_none(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project, script=teams.HANGS)) as chat:
        chat.say("Why?")
        chat.wait_for("ann", where=lambda: chat.shown if chat.screen.entered else "")
        chat.type(CTRL_C)
        assert chat.after("Why?").startswith("◆ cancelled; 0 of 1 agent had answered · ")
        chat.say("/quit")
        assert chat.wait_for_end() == 0


@pytest.mark.parametrize("flags", [(), ("--no-display",)])
def test_the_line_after_a_turn_breaks_between_words(massgen: Program, flags: tuple[str, ...]) -> None:
    with massgen.chat("--config", teams.write(massgen.project, teams.THREE), *flags, columns=45) as chat:
        chat.say("Why?")
        chat.wait_for("Bob's answer to “Why?”.")
        chat.wait_for_prompt()
        summary = chat.text.partition("◆ ")[2].partition("Bob's answer")[0]
    assert re.sub("[0-9.]+ s", "0.1 s", summary) == (
        "3 agents · 1 round · winner bob (2 of 3\n  votes) · presented version · 0.1 s\n\n"
    )


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "is mute"])
def test_ctrl_c_in_one_breath_with_enter_ends_the_turn(massgen: Program, answers: bool) -> None:
    """Nothing is asked of the terminal, so nobody waits for its answer while Ctrl+C is still a key."""
    with massgen.chat("--config", teams.write(massgen.project, script=teams.HANGS), answers=answers) as chat:
        for question in ("Why?", "How?"):
            chat.wait_for_prompt()
            chat.type(f"{question}{ENTER}{CTRL_C}")
            chat.wait_for(f"You: {question}")
            chat.wait_for_prompt()
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        assert b"\x1b[6n" not in chat.written
        assert "WARNING" not in chat.text


def test_several_pasted_lines_are_one_question(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project)) as chat:
        chat.wait_for_prompt()
        chat.type("\x1b[200~Why\r/quit\rand how?\x1b[201~")
        chat.wait_for("and how?")
        chat.type(ENTER)
        chat.wait_for("The answer to “Why")
        chat.wait_for_prompt()
    [session] = massgen.sessions()
    assert "Why\\n/quit\\nand how?" in (session / "events.jsonl").read_text(encoding="utf-8")


def test_a_blank_before_a_slash_makes_it_a_question(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project)) as chat:
        chat.say(" /quit means what?")
        chat.wait_for("The answer to “/quit means what?”.")


def test_a_dumb_terminal_can_chat_too(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project), env={"TERM": "dumb"}) as chat:
        chat.say("Why?")
        chat.wait_for("The answer to “Why?”.")
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        assert chat.screen.entered == 0


# -- the demo --------------------------------------------------------------------------------------------------------


def test_the_demo_says_that_it_is_one(massgen: Program) -> None:
    with massgen.chat("--demo", env={"OPENAI_API_KEY": "canary"}) as chat:
        chat.wait_for("DEMO — scripted answers, no model is asked", "Multi-Agent (3 agents)", "demo_ann:")


@pytest.mark.slow
def test_the_demo_team_answers_several_questions(massgen: Program) -> None:
    with massgen.chat("--demo") as chat:
        for question, winner in (("Why?", "demo_ann"), ("How?", "demo_bob")):
            chat.say(question)
            chat.wait_for(f"winner {winner} (2 of 3 votes)", f"You asked: “{question}”", "This is a demo")
            chat.wait_for_prompt()
        chat.say("/quit")
        assert chat.wait_for_end() == 0
