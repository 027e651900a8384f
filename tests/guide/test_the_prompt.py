"""What the guide says of typing: what is remembered, several lines, pastes, completion, files, and settings."""

import json
import sys

import pytest

from tests.guide.page import block, promised
from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, ENTER, Conversation
from tests.helpers.program import Program
from tests.helpers.wires import Reply, WireServer

pytestmark = pytest.mark.slow  # a program is started for each

UP, DOWN, RIGHT, CTRL_R, PASTE, END = "\x1b[A", "\x1b[B", "\x1b[C", "\x12", "\x1b[200~", "\x1b[201~"


def row_is(chat: Conversation, row: str) -> None:
    chat.wait_until(lambda: chat.row == row, row)


def test_what_was_typed_comes_back_in_the_next_chat(massgen: Program) -> None:
    promised(
        "↑ and ↓ bring back what you typed before, also in earlier chats; Ctrl+R searches it.",
        "While you type, the rest of an earlier line is suggested, and → takes it.",
        "What you type is kept in a file that only you can read, without your keys: in `~/.local/state/massgen/` on "
        "Linux, on other systems where they want such files.",
        "What Ctrl+C clears is kept too.",
        "A question on the command line is not.",
        "| `↑`, `↓`, `Ctrl+R` | At the prompt: find what you typed before; → takes what is suggested |",
    )

    config = teams.write(massgen.project)
    massgen("--config", config, "One shot?")
    with massgen.chat("--config", config, env={"MY_API_KEY": "canary-canary"}) as chat:
        chat.say("Is canary-canary secret?")
        chat.wait_for("The answer to")
        chat.wait_for_prompt()
        chat.type("Half a thought")
        row_is(chat, "You: Half a thought")
        chat.type(CTRL_C)
        chat.wait_for_prompt()
    place = massgen.home / ".local" / "state" / "massgen"
    [file] = place.iterdir()
    assert [each.stat().st_mode & 0o777 for each in (place, file)] == [0o700, 0o600]
    kept = [json.loads(line)["text"] for line in file.read_text("utf-8").splitlines()]
    assert kept == ["Is [redacted] secret?", "Half a thought"]

    with massgen.chat("--config", config) as chat:
        chat.wait_for_prompt()
        chat.type(UP + UP)
        row_is(chat, "You: Is [redacted] secret?")
        chat.type(DOWN)
        row_is(chat, "You: Half a thought")
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        chat.type(CTRL_R + "secr" + ENTER)
        row_is(chat, "You: Is [redacted] secret?")
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        chat.type("Half")
        row_is(chat, "You: Half a thought")
        chat.type(RIGHT + ENTER)
        chat.wait_for("The answer to “Half a thought”.")


def test_several_lines_and_pastes(massgen: Program) -> None:
    promised(
        "Enter sends. Alt+Enter, Ctrl+J, or a backslash and Enter begin a new line.",
        "Nothing that is pasted is sent by itself, whatever stands in it.",
        "A paste of more than ten lines, or of more than 2,000 characters, is shown as `[pasted 200 lines #1]` and "
        "sent whole.",
        "| `Alt+Enter` | At the prompt: begin a new line, as Ctrl+J does, or a backslash and Enter |",
        "In a folded paste, and in a question on the command line, an `@` is only a letter.",
    )

    (massgen.project / "notes.txt").write_text("heron")
    lines = "\n".join(["@notes.txt", *map(str, range(198))])
    with (
        WireServer([Reply(text="One."), Reply(text="Two.")]) as server,
        massgen.chat("--model", "gpt-6.1-terra", env=server.environ("openai")) as chat,
    ):
        chat.wait_for_prompt()
        chat.type("a\x1b\rb\nc\\\rd ")
        row_is(chat, "     d")
        chat.type(f"{PASTE}{lines}{END}\r{END}")
        row_is(chat, "     d [pasted 200 lines #1]")
        chat.type(f"{PASTE}{'x' * 2_001}{END}")
        row_is(chat, "     d [pasted 200 lines #1][pasted 2,001 characters #2]")
        assert server.requests == []
        chat.type(ENTER)
        chat.wait_for("One.")
        massgen("--model", "gpt-6.1-terra", "See @notes.txt", env=server.environ("openai"))
        asked = [str(each.body["input"][-1]["content"]) for each in server.requests]
    assert asked == [f"a\nb\nc\nd {lines}\n{'x' * 2_001}", "See @notes.txt"]


def test_the_editor(massgen: Program) -> None:
    promised(
        "Ctrl+G, or Ctrl+X and then Ctrl+E, opens the text in your editor.",
        "| `Ctrl+G` | At the prompt: go on in your editor |",
    )

    script = massgen.home / "editor.py"
    script.write_text("import pathlib, sys\nf = pathlib.Path(sys.argv[1])\nf.write_text(f.read_text() + '!')\n")
    with massgen.chat("--demo", env={"EDITOR": f"{sys.executable} '{script}'"}) as chat:
        chat.wait_for_prompt()
        chat.type("Text\x07")
        row_is(chat, "You: Text!")
        chat.type("\x18\x05")
        chat.wait_until(lambda: chat.row == "You: Text!!", "the text, edited twice")


def test_tab_completes(massgen: Program) -> None:
    promised(
        "Tab completes a command, and after an `@` the name of a file of your project.",
        "Enter takes what is chosen in the menu, and the next Enter sends.",
        "| `Tab` | At the prompt: complete a command, or a file after @ |",
    )

    (massgen.project / "notes.txt").write_text("heron")
    (massgen.project / "notions.txt").write_text("crane")
    with massgen.chat("--config", teams.write(massgen.project), columns=120) as chat:
        chat.wait_for_prompt()
        chat.type("/hel")
        chat.wait_for("Show available commands", where=lambda: "\n".join(chat.below))
        chat.type("\t")
        row_is(chat, "You: /help")
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        chat.type("@not")
        chat.wait_for("notes.txt", "notions.txt", where=lambda: "\n".join(chat.below))
        chat.type(DOWN)
        row_is(chat, "You: @notes.txt")
        chat.type(ENTER)
        chat.wait_until(lambda: "notions.txt" not in chat.shown, "a closed menu")
        assert massgen.sessions() == []
        chat.type(ENTER)
        chat.wait_for("The answer to “@notes.txt”.")


def test_files_go_along(massgen: Program) -> None:
    promised(
        "`@notes.txt` in a question sends that file along.",
        "Every agent gets it in every phase, and later turns are told of it with the question.",
        'A name with blanks stands in quotes: `@"my notes.txt"`.',
        "Of one file go 64 KiB along, of all files of a question 256 KiB, and what is cut is said.",
    )

    (massgen.project / "notes.txt").write_text("The word is heron.")
    for name in ("my notes.txt", "1.txt", "2.txt", "3.txt", "4.txt"):
        (massgen.project / name).write_text("x" * 70_000)
    models = {"openai": "gpt-6.1-terra", "grok": "grok-4.7", "gemini": "gemini-3.8-flash"}
    agents = (f"  - {{id: {each}, backend: {{type: {each}, model: {model}}}}}\n" for each, model in models.items())
    (massgen.project / "team.yaml").write_text("agents:\n" + "".join(agents))
    with (
        WireServer(lambda request: Reply(text=f"I read {len(request.texts)} texts.")) as server,
        massgen.chat("--config", "team.yaml", env=server.environ(*models), columns=140) as chat,
    ):
        chat.say("What is it in @notes.txt?")
        chat.wait_for("Attached: notes.txt (18 bytes)", "◆ ")
        chat.wait_for_prompt()
        first = len(server.requests)
        assert first > len(models)
        assert all("The word is heron." in request.texts[-1][1] for request in server.requests)
        chat.say("And again?")
        chat.wait_until(lambda: chat.text.count("◆ ") == 2)
        chat.wait_for_prompt()
        later = server.requests[first:]
        assert later
        assert all("The word is heron." in request.texts[0][1] for request in later)
        chat.type('@"my notes.txt" @1.txt @2.txt @3.txt @4.txt' + ENTER)
        chat.wait_for("'4.txt' is left out: the files before it take all of the 256.0 KiB there are.")
        chat.type("y" + ENTER)
        chat.wait_for("Attached: my notes.txt (the first 64.0 KiB of 68.4 KiB), 1.txt")


def test_doubtful_files_are_asked_for(massgen: Program) -> None:
    promised(
        "You are asked first when a file lies outside of the directory in which MassGen was started, and when its name "
        "or its text looks like a key.",
        "When a file is missing, or is no text, MassGen says so and asks whether the question is sent all the same.",
        "After a no the question stands at the prompt again.",
    )

    (massgen.home / "far.txt").write_text("far")
    (massgen.project / ".env").write_text("A=1")
    (massgen.project / "key.txt").write_text("sk-proj-abcdefghijklmnop")
    (massgen.project / "picture.png").write_bytes(b"\x89PNG\x00")
    doubts = {
        "@../home/far.txt": "is outside of this project",
        "@.env": "has a name that files with keys have",
        "@key.txt": "holds what looks like a key",
        "@missing.txt": "There is no file 'missing.txt'.",
        "@picture.png": "'picture.png' cannot be attached: it is no UTF-8 text.",
    }
    with massgen.chat("--demo", columns=200) as chat:
        chat.wait_for_prompt()
        for typed, doubt in doubts.items():
            chat.type(typed)
            chat.wait_for(f"You: {typed}")
            chat.type(ENTER)
            chat.wait_for(doubt)
            chat.wait_until(lambda: chat.row.endswith("(y/n)"))
            chat.type("n" + ENTER)
            row_is(chat, f"You: {typed}")
            chat.type(CTRL_C)
            chat.wait_for_prompt()
    assert massgen.sessions() == []


def test_the_row_below_the_prompt(massgen: Program) -> None:
    promised(
        "The row below the prompt says who answers, who stays away, which session it is, and what that has used and "
        "cost.",
        "It goes when you send.",
    )

    missing = "  - {id: bob, backend: {type: openai, model: gpt-6.1-terra}}\n"
    with massgen.chat("--config", teams.write(massgen.project, teams.ONE + missing), columns=140) as chat:
        chat.wait_for_prompt()
        chat.wait_until(lambda: chat.below == ["Multi-Agent (2 agents) · away: bob · new session"])
        chat.say("Why?")
        chat.wait_for("◆ ")
        chat.wait_for_prompt()
        [session] = massgen.sessions()
        chat.wait_until(lambda: session.name in "".join(chat.below) and "tokens" in "".join(chat.below))
        assert "new session" not in chat.text


def test_the_settings(massgen: Program) -> None:
    promised(
        "How the prompt reads keys, and whether it remembers, is yours to say in `settings.yaml`, for every project.",
        "That file is in `~/.config/massgen/` on Linux, on other systems where they want such files, or in "
        "`$MASSGEN_HOME`:",
        "With `vi` the row below the prompt says in which mode you are.",
        "A mistake in these settings is told with its line before the chat begins.",
    )

    written = block("The Prompt", "yaml")
    own = massgen.home / "own"
    for place, env in ((massgen.home / ".config" / "massgen", {}), (own, {"MASSGEN_HOME": str(own)})):
        place.mkdir(parents=True)
        (place / "settings.yaml").write_text(written, "utf-8")
        with massgen.chat("--demo", env=env) as chat:
            chat.wait_for_prompt()
            chat.wait_until(lambda: "".join(chat.below).startswith("vi: insert · "))
            chat.type("Why\x1b")
            chat.wait_until(lambda: "".join(chat.below).startswith("vi: normal · "))
            chat.type("dd" + "/quit")
        (place / "settings.yaml").write_text(written + "more: 1\n", "utf-8")
        with massgen.chat("--demo", env=env, columns=200) as chat:
            assert chat.wait_for_end() == 2
            assert chat.text == f"massgen: {place}/settings.yaml:3:1: more: unknown key"
    assert not (massgen.home / ".local").exists()
    assert [each.name for each in own.iterdir()] == ["settings.yaml"]
