"""What can be typed at the prompt, on a terminal as people have it."""

import json
import sys
from collections.abc import Sequence

import pytest

from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, ENTER, Conversation
from tests.helpers.program import Program
from tests.helpers.wires import Reply, WireServer

pytestmark = pytest.mark.slow  # a program is started for each

UP, RIGHT, ESC, TAB, BACKSPACE, CTRL_R = "\x1b[A", "\x1b[C", "\x1b", "\t", "\x7f", "\x12"
PASTE, END = "\x1b[200~", "\x1b[201~"
LINES = "\n".join(f"line {number} of it" for number in range(200))


def wait_for_row(chat: Conversation, row: str) -> None:
    """Wait until the cursor stands on a row that says this."""
    chat.wait_until(lambda: chat.row == row, row)


def wait_for_rows(chat: Conversation, *rows: str) -> None:
    """Wait until these are the last rows down to the cursor."""
    chat.wait_until(lambda: chat.above.splitlines()[-len(rows) :] == [*rows], "\n".join(rows))


def kept(massgen: Program) -> list[str]:
    """What the history file holds, oldest first."""
    file = massgen.home / ".local" / "state" / "massgen" / "history.jsonl"
    return [json.loads(line)["text"] for line in file.read_text("utf-8").splitlines()]


# -- what was typed before -------------------------------------------------------------------------------------------


def test_what_was_typed_is_found_again_with_the_next_start(massgen: Program) -> None:
    config = teams.write(massgen.project)
    with massgen.chat("--config", config) as chat:
        chat.say("What is entropy?")
        chat.wait_for("The answer to “What is entropy?”.")
        chat.wait_for_prompt()
        chat.type("one\x1b\rtwo")
        wait_for_rows(chat, "You: one", "     two")
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        chat.say("/quit")
        assert chat.wait_for_end() == 0
    assert kept(massgen) == ["What is entropy?", "one\ntwo", "/quit"]

    with massgen.chat("--config", config) as chat:
        chat.wait_for_prompt()
        chat.type(UP)
        wait_for_row(chat, "You: /quit")
        chat.type(UP)
        wait_for_rows(chat, "You: one", "     two")
        chat.type(UP + UP)
        wait_for_row(chat, "You: What is entropy?")
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        chat.type(f"{CTRL_R}ENTR")
        chat.wait_for("You: What is entropy?", "I-search backward: ENTR", where=lambda: chat.shown)
        chat.type(ENTER)
        wait_for_row(chat, "You: What is entropy?")
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        chat.type("What")
        wait_for_row(chat, "You: What is entropy?")  # the rest of it is a suggestion
        chat.type(RIGHT + ENTER)
        chat.wait_for("The answer to “What is entropy?”.")


def test_ctrl_c_in_a_search_leaves_the_search_and_not_the_chat(massgen: Program) -> None:
    with massgen.chat("--demo") as chat:
        chat.wait_for_prompt()
        chat.type(CTRL_R)
        chat.wait_for("I-search backward:", where=lambda: chat.shown)
        chat.type(CTRL_C)
        chat.wait_until(lambda: "I-search" not in chat.shown)
        chat.wait_for_prompt()
        assert not chat.has_ended


def test_only_what_is_typed_at_a_prompt_is_remembered_and_keys_are_not(massgen: Program) -> None:
    config = teams.write(massgen.project)
    massgen("--config", config, "From the command line?")
    with massgen.chat("--config", config, env={"SOME_API_KEY": "canary-canary"}) as chat:
        chat.say("Is canary-canary a key?")
        chat.wait_for("The answer to “Is canary-canary a key?”.")
    assert kept(massgen) == ["Is [redacted] a key?"]


def test_a_history_that_cannot_be_kept_is_one_warning(massgen: Program) -> None:
    (massgen.home / ".local").write_text("in the way")
    with massgen.chat("--config", teams.write(massgen.project), columns=200) as chat:
        for question in ("One?", "Two?"):
            chat.say(question)
            chat.wait_for(f"The answer to “{question}”.")
            chat.wait_for_prompt()
        assert chat.text.count("warning: cannot read ") == 1
        chat.say("/quit")
        assert chat.wait_for_end() == 0


def test_a_user_may_want_nothing_kept(massgen: Program) -> None:
    place = massgen.home / ".config" / "massgen"
    place.mkdir(parents=True)
    (place / "settings.yaml").write_text("keep_history: false\n")
    with massgen.chat("--demo") as chat:
        chat.say("/status")
        chat.after("/status")
    assert not (massgen.home / ".local").exists()


# -- several lines ---------------------------------------------------------------------------------------------------


def asked(server: WireServer) -> str:
    """The last question that reached the wire, as the model got it."""
    body = server.requests[-1].body
    return str(body["input"][-1]["content"])


def test_alt_enter_ctrl_j_and_a_backslash_begin_a_line_and_enter_sends(massgen: Program) -> None:
    with (
        WireServer([Reply(text="Because.")]) as server,
        massgen.chat("--model", "gpt-6.1-terra", env=server.environ("openai")) as chat,
    ):
        chat.wait_for_prompt()
        chat.type("one\x1b\rtwo\nthree\\\rfour")
        wait_for_rows(chat, "You: one", "     two", "     three", "     four")
        chat.type(ENTER)
        chat.wait_for("Because.")
        assert asked(server) == "one\ntwo\nthree\nfour"


def test_a_big_paste_is_folded_and_sent_whole(massgen: Program) -> None:
    with (
        WireServer([Reply(text="Because.")]) as server,
        massgen.chat("--model", "gpt-6.1-terra", env=server.environ("openai")) as chat,
    ):
        chat.wait_for_prompt()
        chat.type("Say: " + PASTE + LINES.replace("\n", "\r") + END)
        wait_for_row(chat, "You: Say: [pasted 200 lines #1]")
        chat.type(PASTE + LINES + END)
        wait_for_row(chat, "You: Say: [pasted 200 lines #1][pasted 200 lines #2]")
        chat.type(BACKSPACE)
        wait_for_row(chat, "You: Say: [pasted 200 lines #1]")
        chat.type(ENTER)
        chat.wait_for("Because.")
        assert asked(server) == f"Say: {LINES}"
        assert "line 7 of it" not in chat.text
    assert kept(massgen) == [f"Say: {LINES}"]


@pytest.mark.parametrize(
    ("pasted", "rows"),
    [
        (f"rm{END}\r/quit\r", ["You: rm", "     /quit"]),
        ("\x1b[31mred\x1b]0;t\x07", ["You: ^[[31mred^[]0;t^G"]),
        (f"{END}{CTRL_C}\x04\r{PASTE}x", ["You: ^C^D", "     x"]),
    ],
    ids=["end of paste", "escape sequences", "keys"],
)
def test_nothing_in_a_paste_is_a_key(massgen: Program, pasted: str, rows: Sequence[str]) -> None:
    with massgen.chat("--config", teams.write(massgen.project)) as chat:
        chat.wait_for_prompt()
        chat.type(PASTE + pasted + END)
        chat.wait_until(lambda: all(row in chat.shown for row in rows), str(rows))
        assert massgen.sessions() == []
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        assert not chat.has_ended


@pytest.mark.parametrize("keys", ["\x07", "\x18\x05"], ids=["ctrl+g", "ctrl+x ctrl+e"])
def test_the_text_is_gone_on_with_in_an_editor(massgen: Program, keys: str) -> None:
    script = massgen.home / "editor.py"
    script.write_text(
        "import pathlib, sys\nfile = pathlib.Path(sys.argv[1])\n"
        "file.write_text(file.read_text() + ' and more\\nlines\\n')\n"
    )
    env = {"EDITOR": f"{sys.executable} '{script}'"}
    with massgen.chat("--config", teams.write(massgen.project), env=env) as chat:
        chat.wait_for_prompt()
        chat.type(f"Some text{keys}")
        wait_for_rows(chat, "You: Some text and more", "     lines")
        chat.type(ENTER)
        chat.wait_for("The answer to “Some text and more")


def test_an_editor_that_fails_leaves_the_text_as_it_was(massgen: Program) -> None:
    with massgen.chat("--demo", env={"EDITOR": "no-such-editor"}, columns=140) as chat:
        chat.wait_for_prompt()
        chat.type("Some text\x07")
        chat.wait_for("Could not start 'no-such-editor'")
        wait_for_row(chat, "You: Some text")


# -- completion ------------------------------------------------------------------------------------------------------


def test_tab_completes_commands_and_files_and_enter_on_a_choice_does_not_send(massgen: Program) -> None:
    (massgen.project / "src").mkdir()
    (massgen.project / "src" / "main file.py").write_text("print(1)\n")
    (massgen.project / "src" / "other.py").touch()
    with massgen.chat("--config", teams.write(massgen.project), columns=140) as chat:
        chat.wait_for_prompt()
        chat.type("/st")
        chat.wait_for("Show current session status", where=lambda: chat.shown)
        chat.type(TAB)
        wait_for_row(chat, "You: /status")
        chat.type(ENTER)
        chat.wait_for("Configuration: ")
        chat.wait_for_prompt()
        assert "Show current session status" not in chat.text

        chat.type("What is @sr")
        chat.wait_for("src/", where=lambda: "\n".join(chat.below))
        chat.type(TAB)
        chat.wait_for("main file.py", "other.py", where=lambda: "\n".join(chat.below))
        assert chat.row == "You: What is @src/"
        chat.type("\x0e")  # Ctrl+N, the next one
        chat.wait_for("src/main file.py", where=lambda: chat.row)
        chat.type(ENTER)
        chat.wait_until(lambda: not any("other.py" in row for row in chat.below), "a closed menu")
        assert chat.row == 'You: What is @"src/main file.py"'
        assert massgen.sessions() == []
        chat.type(ENTER)
        chat.wait_for("Attached: src/main file.py (9 bytes)")


# -- vi --------------------------------------------------------------------------------------------------------------


def test_vi_is_a_setting_and_says_its_mode(massgen: Program) -> None:
    place = massgen.home / ".config" / "massgen"
    place.mkdir(parents=True)
    (place / "settings.yaml").write_text("editing_mode: vi\n")
    with massgen.chat("--config", teams.write(massgen.project)) as chat:
        chat.wait_for_prompt()
        chat.type("Why not")
        chat.wait_until(lambda: chat.below == ["vi: insert · Single Agent · new session"])
        chat.type(ESC)
        chat.wait_until(lambda: chat.below == ["vi: normal · Single Agent · new session"])
        chat.type("dbxi?")
        chat.wait_until(lambda: chat.below == ["vi: insert · Single Agent · new session"])
        assert chat.row == "You: Why?"
        chat.type(ENTER)
        chat.wait_for("The answer to “Why?”.")


# -- the toolbar -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "is mute"])
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_the_toolbar_is_there_while_the_prompt_is_and_never_in_what_stays(
    massgen: Program, columns: int, answers: bool
) -> None:
    config = teams.write(massgen.project, teams.THREE)
    with massgen.chat("--config", config, columns=columns, lines=24, answers=answers) as chat:
        chat.wait_for_prompt()
        chat.wait_until(lambda: len(chat.below) == 1, "a toolbar")
        assert chat.below[0] == "Multi-Agent (3 agents) · new session"[: columns - 1]
        chat.say("Why?")
        chat.wait_for("Bob's answer to “Why?”.")
        chat.wait_for_prompt()
        [session] = massgen.sessions()
        chat.wait_until(lambda: len(chat.below) == 1, "a toolbar")
        assert chat.below[0].startswith("Multi-Agent (3 agents)")
        assert (session.name in chat.below[0]) is (columns >= 80)
        assert "new session" not in chat.text
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        assert session.name not in chat.text
        assert chat.is_as_before
        assert b"\x1b[6n" not in chat.written


@pytest.mark.parametrize("lines", [3, 6])
def test_a_terminal_of_few_rows_can_chat_and_complete(massgen: Program, lines: int) -> None:
    with massgen.chat("--config", teams.write(massgen.project), columns=60, lines=lines) as chat:
        chat.wait_for_prompt()
        chat.type("/hel")
        wait_for_row(chat, "You: /hel")
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        assert "too small" not in chat.text
        chat.type("Why?" + ENTER)
        chat.wait_for("The answer to “Why?”.")
        chat.say("/quit")
        assert chat.wait_for_end() == 0


def test_the_toolbar_follows_the_size_of_the_terminal(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project, teams.THREE), columns=100) as chat:
        chat.wait_for_prompt()
        chat.wait_until(lambda: chat.below == ["Multi-Agent (3 agents) · new session"])
        chat.resize(30, 30)
        chat.wait_until(lambda: chat.below == ["Multi-Agent (3 agents)"])
        chat.resize(100, 30)
        chat.wait_until(lambda: chat.below == ["Multi-Agent (3 agents) · new session"])
        assert chat.text.count("Multi-Agent (3 agents) · new") == 1


def test_without_colour_and_without_utf8_it_is_words(massgen: Program) -> None:
    env = {"NO_COLOR": "1", "LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    with massgen.chat("--config", teams.write(massgen.project), env=env) as chat:
        chat.wait_for_prompt()
        chat.wait_until(lambda: chat.below == ["Single Agent - new session"])
        assert b"\x1b[3" not in bytes(chat.written).replace(b"\x1b[39m", b"")


# -- files -----------------------------------------------------------------------------------------------------------


def test_a_file_goes_with_its_question_to_the_model_and_stays_in_the_conversation(massgen: Program) -> None:
    (massgen.project / "notes.txt").write_text("The code word is heron.\n")
    with (
        WireServer([Reply(text="Heron."), Reply(text="A bird.")]) as server,
        massgen.chat("--model", "gpt-6.1-terra", env=server.environ("openai"), columns=100, lines=60) as chat,
    ):
        chat.say("What is the word in @notes.txt?")
        chat.wait_for("Attached: notes.txt (24 bytes)", "Heron.")
        assert asked(server).startswith("What is the word in @notes.txt?\n\n---\nFiles that the user attached")
        assert "The code word is heron." in asked(server)
        chat.say("What is that?")
        chat.wait_for("A bird.")
        assert asked(server) == "What is that?"
        assert "The code word is heron." in str(server.requests[-1].body["input"][1])
        chat.say("/status")
        assert "  You: What is the word in @notes.txt?\n" in chat.after("/status")
        chat.say("/history 1")
        chat.wait_for("Attached: notes.txt", where=lambda: chat.shown)
    [session] = massgen.sessions()
    summary = (session / "SESSION_SUMMARY.txt").read_text("utf-8")
    assert "What is the word in @notes.txt?\n\nAttached: notes.txt\n" in summary
    assert "code word" not in summary


def test_keys_go_only_with_a_yes_and_a_no_gives_the_question_back(massgen: Program) -> None:
    (massgen.project / ".env").write_text("TOKEN=harmless\n")
    with massgen.chat("--config", teams.write(massgen.project), columns=140) as chat:
        chat.wait_for_prompt()
        for no in ("n\r", "\r", CTRL_C):
            chat.type("What is in @.env?" + ENTER)
            chat.wait_for("@.env?\n.env has a name that files with keys have. Send it to every agent? (y/n)")
            chat.wait_until(lambda: chat.row.endswith("(y/n)"))
            chat.type(no)
            wait_for_row(chat, "You: What is in @.env?")
            chat.type(CTRL_C)
            chat.wait_for_prompt()
        assert massgen.sessions() == []
        chat.type("What is in @.env?" + ENTER)
        chat.wait_until(lambda: chat.row.endswith("(y/n)"))
        chat.type("y\r")
        chat.wait_for("Attached: .env (15 bytes)", "The answer to “What is in @.env?”.")


def test_the_linear_prompt_asks_too(massgen: Program) -> None:
    (massgen.project / ".env").write_text("TOKEN=harmless\n")
    with massgen.chat("--config", teams.write(massgen.project), "--display", "linear", columns=140) as chat:
        chat.wait_for_prompt()
        chat.type("What is in @.env?\n")
        chat.wait_for("Send it to every agent?")
        chat.wait_until(lambda: chat.row == "y or n:")
        chat.type("y\n")
        chat.wait_for("Attached: .env (15 bytes)", "The answer to “What is in @.env?”.")


def test_a_single_question_mentions_no_files(massgen: Program) -> None:
    (massgen.project / "notes.txt").write_text("heron")
    with WireServer([Reply(text="Heron.")]) as server:
        massgen("--model", "gpt-6.1-terra", "What is in @notes.txt?", env=server.environ("openai"))
        assert asked(server) == "What is in @notes.txt?"
