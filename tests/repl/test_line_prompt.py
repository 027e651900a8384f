"""A chat that is listened to: a prompt of one line, sentences, and not one escape byte from the first to the last."""

import re
import signal
import sys

import pytest

from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, CTRL_D, ENTER, Conversation
from tests.helpers.program import Program

ACCESSIBLE = {"ACCESSIBLE": "1"}
GOODBYE = "Exiting MassGen. Goodbye!"
WAITS = """\
words_per_second: 0
repeat: true
agents:
  ann: {draft: [hang: true]}
  bob: {draft: [say: "Because."], ballot: [hang: true], presentation: [say: "Because it is so."]}
  cyd: {draft: [hang: true]}
"""
DURATION = re.compile(r"less than a second|\d+ seconds?|\d+\.\d s")


def bytes_of(chat: Conversation) -> bytes:
    """What the program wrote; the sign of its end is the test's own."""
    return bytes(chat.written).removesuffix(b"\x1b]0;ended\x07")


def is_linear(chat: Conversation) -> bool:
    """Whether nothing was ever redrawn: whole lines, with no byte between them that a terminal would act on."""
    return re.search(rb"[^\n\t -~\x80-\xff]", bytes_of(chat).replace(b"\r\n", b"\n")) is None


def test_a_whole_chat_without_one_escape_byte(massgen: Program) -> None:
    config = teams.write(massgen.project, teams.THREE)
    with massgen.chat("--config", config, env=ACCESSIBLE, columns=100, lines=50) as chat:
        chat.say("Why, 日本?")
        chat.wait_for("Bob's answer to")
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        assert DURATION.sub("n", chat.text) == (
            """\
Linear display, because of ACCESSIBLE=1; --display rich turns it off.
MassGen - Multi-Agent (3 agents)
  ann: scripted (Demo)
  bob: scripted (Demo)
  cyd: scripted (Demo)
Ask anything. /help, or Ctrl+C to exit

You: Why, 日本?
Turn 1: ann, bob and cyd are writing their answers.
ann: answered after n. It begins: One draft.
bob: answered after n. It begins: Another draft.
cyd: answered after n. It begins: A third draft.
Coordination Round 1: the team votes on 3 answers, by ann, bob and cyd.
ann: voted for bob. Reason: It is better.
bob: voted for ann. Reason: It is shorter.
cyd: voted for bob. Reason: It says more.
Coordination Round 1: closed. Counted: bob 2, ann 1, cyd 0.
Winner: bob, by vote.
Final Presentation: bob is writing the final answer.
bob: the final answer is ready.
Summary: 3 agents; 1 round; winner bob (2 of 3 votes); presented version; n
Answer of bob:
Bob's answer to “Why, 日本?”.
You: /quit
Exiting MassGen. Goodbye!"""
        )
        assert is_linear(chat)
        assert chat.is_as_before


@pytest.mark.parametrize("keys", ["/quit\r", CTRL_C, CTRL_D])
def test_every_way_out_says_goodbye(massgen: Program, keys: str) -> None:
    with massgen.chat("--demo", "--display", "linear") as chat:
        chat.wait_for_prompt()
        chat.type(keys)

        assert chat.wait_for_end() == 0
        assert chat.text.splitlines()[0].startswith("Linear display, because of --display linear;")
        assert chat.text.splitlines()[-1] == GOODBYE
        assert (chat.is_as_before, "^C" in chat.text) == (True, keys == CTRL_C)
    assert list(massgen.project.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str)
def test_a_signal_at_the_prompt_leaves_the_terminal_in_order(
    massgen: Program, number: signal.Signals, status: int
) -> None:
    with massgen.chat("--demo", env=ACCESSIBLE) as chat:
        chat.wait_for_prompt()
        chat.interrupt(number)

        assert chat.wait_for_end() == status
        assert chat.is_as_before
        assert "Traceback" not in chat.text


@pytest.mark.slow
def test_ctrl_c_takes_back_what_was_typed_before_it_leaves(massgen: Program) -> None:
    team = teams.write(massgen.project, f"{teams.ONE}ui: {{display_type: linear}}\n")
    with massgen.chat("--config", team) as chat:
        chat.wait_for_prompt()
        assert chat.text.startswith("Linear display, because of ui.display_type: linear;")
        chat.type("Something foolish")
        chat.wait_for("You: Something foolish")
        chat.type(CTRL_C)
        chat.wait_for("foolish^C\nYou:")
        chat.say("Why?")
        chat.wait_for("The answer to “Why?”.")
        chat.wait_for_prompt()
        chat.type(CTRL_C)

        assert chat.wait_for_end() == 0
        assert chat.text.splitlines()[-2:] == ["You: ^C", GOODBYE]
        assert is_linear(chat)


def test_ctrl_c_ends_a_turn_also_in_one_breath_with_enter(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project, script=teams.HANGS), env=ACCESSIBLE) as chat:
        chat.say("Why?")
        chat.wait_for("Turn 1: ann is writing an answer.")
        chat.type(CTRL_C)
        chat.wait_for("Summary: cancelled; 0 of 1 agent had answered;")
        chat.wait_for_prompt()
        chat.type(f"How?{ENTER}{CTRL_C}")
        chat.wait_for("You: How?")
        chat.wait_for_prompt()
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        assert chat.is_as_before


def test_lines_pasted_together_are_one_question_and_a_backslash_goes_on(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project), env=ACCESSIBLE) as chat:
        chat.wait_for_prompt()
        chat.type("Why\r/quit\rand how?\r")
        chat.wait_for("and how?”.")
        chat.wait_for_prompt()
        chat.type("One \\\r")
        chat.wait_until(lambda: chat.row == "More:", "the second line")
        chat.type("two?\r")
        chat.wait_for("two?”.")
        chat.wait_for_prompt()
        assert is_linear(chat)
    [session] = massgen.sessions()
    log = (session / "events.jsonl").read_text("utf-8")
    assert "Why\\n/quit\\nand how?" in log
    assert "One \\ntwo?" in log


@pytest.mark.slow
def test_a_line_that_the_terminal_has_cut_is_not_sent(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project), env=ACCESSIBLE, columns=120) as chat:
        chat.wait_for_prompt()
        chat.type("x" * 5_000 + ENTER)
        chat.wait_for("The terminal cut that line off after 4,095 bytes, so it was not sent.")
        chat.wait_for_prompt()
        chat.say("Why?")
        chat.wait_for("The answer to “Why?”.")
    [session] = massgen.sessions()
    assert "xxx" not in (session / "events.jsonl").read_text("utf-8")


def test_what_is_typed_during_a_turn_is_kept_and_told(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project, teams.THREE, WAITS), env=ACCESSIBLE) as chat:
        chat.say("Why?")
        chat.wait_for("bob: answered")
        chat.type("run the tests\r3 more")
        chat.type(CTRL_C)
        chat.wait_for("Typed meanwhile: run the tests␊3 more. Enter sends it, Ctrl+C drops it.")
        chat.wait_for_prompt()
        chat.type(" ideas\r")
        chat.wait_for("Turn 2: ann, bob and cyd are writing their answers.")
        assert is_linear(chat)
    [session] = massgen.sessions()
    assert '"question":"run the tests\\n3 more ideas"' in (session / "events.jsonl").read_text("utf-8")


@pytest.mark.slow
def test_what_was_typed_during_a_turn_can_be_dropped(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project, teams.THREE, WAITS), env=ACCESSIBLE) as chat:
        chat.say("Why?")
        chat.wait_for("bob: answered")
        chat.type(f"foolish{CTRL_C}")
        chat.wait_for("Typed meanwhile: foolish. Enter sends it, Ctrl+C drops it.")
        chat.wait_for_prompt()
        chat.type(CTRL_C)
        chat.wait_for("You: ^C\nYou:")
        chat.say("/status")
        assert "1 turn in this session\n  You: Why?\n" in chat.after("/status")


def test_the_history_and_a_skip_are_typed_during_the_turn(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project, teams.THREE, WAITS), env=ACCESSIBLE) as chat:
        chat.say("Why?")
        chat.wait_for("bob: answered")
        chat.type("r\r")
        chat.wait_for("History of turn 1, at ", "You asked: Why?", "End of turn 1: it has not ended.")
        chat.type("s 9\rs 1\r")
        chat.type("\x15s 1\rs cyd\r")
        chat.wait_for("ann: skipped, as you wished.", "cyd: skipped, as you wished.", "Because")
        chat.wait_for_prompt()
        assert "Typed meanwhile" not in chat.text
        chat.say("r")
        told = chat.after("r")
        assert told.startswith("History of turn 1, at ")
        assert "\nann: skipped, as you wished.\n" in told
        assert is_linear(chat)


@pytest.mark.slow
def test_ctrl_z_gives_the_terminal_back_at_the_prompt_and_during_a_turn(massgen: Program) -> None:
    config = teams.write(massgen.project, script=teams.HANGS)
    env = massgen.environ({"PS1": "$ ", "BASH_SILENCE_DEPRECATION_WARNING": "1", **ACCESSIBLE})
    shell = ("/bin/bash", "--norc", "--noprofile", "-i")
    with Conversation(shell, cwd=massgen.project, env=env, columns=120) as chat:
        chat.wait_until(lambda: chat.row == "$", "the shell")
        chat.type(f"{sys.executable} -m massgen --config {config}\r")
        chat.wait_for_prompt()
        for question in ("", "Why?"):
            if question:
                chat.type(f"{question}\r")
                chat.wait_for("Turn 1: ann is writing an answer.")
            chat.type("\x1a")
            chat.wait_until(lambda: "Stopped" in chat.shown and chat.row == "$", "the shell")
            chat.type("clear; fg\r")
            chat.wait_until(lambda: "Stopped" not in chat.shown and "massgen" in chat.shown, "massgen")
            if question:  # before that, the terminal is still the shell's, and so is Ctrl+C
                chat.wait_until(lambda: not chat.is_echoing, "the turn")
            else:
                chat.wait_for_prompt()
        chat.type(CTRL_C)
        chat.wait_for("Summary: cancelled;")
        chat.say("/quit")
        chat.wait_until(lambda: chat.row == "$", "the shell")
        assert chat.text.endswith(f"{GOODBYE}\n$")


def test_a_terminal_that_cannot_move_its_cursor_is_never_asked_to(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project), env={"TERM": "dumb"}) as chat:
        chat.say("Why?")
        chat.wait_for("The answer to “Why?”.")
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        assert is_linear(chat)
        assert re.search(r"^\[ +\d\.\ds\] turn 1 answered$", chat.text, re.MULTILINE)
