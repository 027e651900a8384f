"""The guide's promises about the linear display, heard in one chat with its three agents and one that hangs."""

import re
from dataclasses import dataclass

import pytest

from massgen.display.choose import pick
from massgen.display.linear import SILENT_S, STILL_S
from tests.display.scene import Scene
from tests.display.test_linear import Heard
from tests.guide.page import block, promised
from tests.guide.three import ANSWER, COMMAND, FIRST, SECOND, Gates
from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, ENTER
from tests.helpers.models import GEMINI, GROK, OPENAI
from tests.helpers.program import Program
from tests.helpers.wires import WireServer

pytestmark = pytest.mark.slow  # a program is started for each

HALF = """\
words_per_second: 0
repeat: true
agents:
  ann: {draft: [say: "Mine is ready."], presentation: [say: "Mine is best."]}
  bob: {draft: [hang: true]}
  cyd: {draft: [hang: true]}
"""
ACCESSIBLE = {"ACCESSIBLE": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What stood on the terminal after the first answer, after the second prompt, and every byte of it."""

    drafting: str
    after_the_turn: str
    typed_ahead: str
    dropped: str
    written: bytes


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """The page's first question, and something typed while it is answered."""
    massgen = Program(tmp_path_factory.mktemp("linear"))
    gates = Gates()
    env = {**ACCESSIBLE}
    with (
        WireServer(gates.reply) as server,
        massgen.chat(*COMMAND, env=server.environ("openai", "gemini", "grok") | env, columns=140, lines=50) as chat,
    ):
        chat.say(FIRST)
        gates.open("draft", GROK)
        chat.wait_for("grok_agent_3: answered after")
        drafting = chat.text
        chat.type(SECOND)
        gates.open("draft", OPENAI, GEMINI)
        gates.open("ballot", OPENAI, GEMINI, GROK)
        gates.open("presentation", GROK)
        chat.wait_for(f"Typed meanwhile: {SECOND}")
        chat.wait_for_prompt()
        after_the_turn = chat.text
        chat.type(CTRL_C)
        chat.wait_for("You: ^C\nYou:")
        dropped = chat.text
        chat.type("/quit" + ENTER)
        assert chat.wait_for_end() == 0
        written = bytes(chat.written).removesuffix(b"\x1b]0;ended\x07")
    return Said(
        drafting=drafting,
        after_the_turn=after_the_turn,
        typed_ahead=after_the_turn.rpartition(ANSWER)[2],
        dropped=dropped,
        written=written,
    )


def test_a_chat_begins_as_on_the_page(said: Said) -> None:
    promised(
        "The linear display is made to be listened to.",
        "by `ACCESSIBLE=1` in the environment,",
        "and its first line says by which:",
    )

    page = block("With a Screen Reader", "text").rstrip("\n")
    assert re.sub(r"after .*?\. It", "after 2 seconds. It", said.drafting) == page


def test_nothing_is_ever_redrawn(said: Said) -> None:
    promised(
        "Every change is one sentence behind a label, nothing is redrawn, and there are no colours, boxes or menus."
    )

    assert re.search(rb"[^\n\t -~\x80-\xff]", said.written.replace(b"\r\n", b"\n")) is None
    assert re.search("[\u2500-\u259f]", said.written.decode()) is None
    turn = said.after_the_turn.partition("Turn 1: ")[2].partition("Answer of")[0].replace("\n  ", " ")
    assert [line for line in f"Turn 1: {turn}".splitlines() if not re.match(r"[\w ]+: \w.*", line)] == []


@pytest.mark.parametrize(
    ("requested", "environ", "configured", "because"),
    [
        ("linear", {}, "rich", "--display linear"),
        (None, {"ACCESSIBLE": "1"}, "rich", "ACCESSIBLE=1"),
        (None, {}, "linear", "ui.display_type: linear"),
        (None, {"ACCESSIBLE": "0"}, "linear", ""),
    ],
)
def test_the_three_ways_to_ask_for_it(requested: str, environ: dict[str, str], configured: str, because: str) -> None:
    promised(
        "It is chosen by `--display linear`,",
        "or by `display_type: linear` below `ui:`,",
        "With `ACCESSIBLE=0` the key of the configuration has no effect.",
    )

    environ = {"TERM": "xterm", **environ}
    chosen = pick(stdout_isatty=True, stderr_isatty=True, environ=environ, requested=requested, configured=configured)
    assert (chosen.kind, chosen.because) == ("linear" if because else "rich", because)


@pytest.mark.parametrize("flag", [("--display", "plain"), ("--no-display",)], ids=str)
def test_plain_lines_on_a_terminal(massgen: Program, flag: tuple[str, ...]) -> None:
    promised("`--display plain` or `--no-display` asks for these lines on a terminal too.")

    with massgen.chat("--config", teams.write(massgen.project), *flag) as chat:
        chat.say("Why?")
        chat.wait_for("] turn 1 answered\n", "The answer to “Why?”.")
        assert chat.screen.entered == 0


def test_silence_and_waiting_are_said() -> None:
    promised(
        "After 40 seconds without a sign of life an agent is said to be silent,",
        "and every minute you hear for whom the turn waits.",
    )

    heard = Heard().told(Scene("ann", "bob").asks("ann", "bob").drafts("bob"))
    assert (SILENT_S, STILL_S) == (40.0, 60.0)
    assert heard.looks(39) == ""
    assert heard.looks(1) == "ann: silent for 40 seconds.\n"
    assert heard.looks(20) == "Turn 1: 1 minute so far. Awaited: ann is writing.\n"


def test_the_answer_comes_as_it_was_written_behind_its_label(said: Said) -> None:
    promised("The answer comes in the end as it was written, after a line that says whose it is.")

    assert f"\nAnswer of grok_agent_3:\n{ANSWER}\n" in said.after_the_turn


def test_what_is_typed_ahead_is_told_sent_or_dropped(said: Said) -> None:
    promised(
        "What you type during a turn is told at the next prompt, where Enter sends it and Ctrl+C drops it.",
    )

    assert said.typed_ahead == f"\nTyped meanwhile: {SECOND}. Enter sends it, Ctrl+C drops it.\nYou:"
    assert said.dropped.endswith("\nYou: ^C\nYou:")


def test_several_lines_are_one_question(massgen: Program) -> None:
    promised(
        "The prompt is a line that your terminal edits.",
        "A line that ends with a backslash goes on in the next one, and lines pasted together are one question.",
    )

    with massgen.chat("--config", teams.write(massgen.project), env=ACCESSIBLE) as chat:
        chat.wait_for_prompt()
        chat.type("Whz\x7fy\\\r")
        chat.wait_until(lambda: chat.row == "More:", "the second line")
        chat.type("so?\r")
        chat.wait_for("The answer to “Why\nso?”.")
        chat.wait_for_prompt()
        chat.type("One?\rTwo?\r")
        chat.wait_for("The answer to “One?\nTwo?”.")


def test_two_lines_work_during_a_turn(massgen: Program) -> None:
    promised(
        "Two lines work at once, each with Enter: `r` tells the history in sentences, "
        "and `s` with the name of an agent, or its place, stops waiting for it."
    )

    with massgen.chat("--config", teams.write(massgen.project, teams.THREE, HALF), env=ACCESSIBLE) as chat:
        chat.say("Why?")
        chat.wait_for("ann: answered")
        chat.type("r\r")
        chat.wait_for("History of turn 1, at ", "You asked: Why?", "End of turn 1: it has not ended.")
        chat.type("s bob\rs 3\r")
        chat.wait_for("bob: skipped, as you wished.", "cyd: skipped, as you wished.")
        chat.wait_for_prompt()
        assert "Typed meanwhile" not in chat.text
