"""A chat in tmux, where a program meets a real alternate screen, a scrollback, and a window that changes its size."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.guide.three import ANSWER, Gates
from tests.helpers import teams
from tests.helpers.models import GEMINI, GROK, OPENAI, THREE_AGENTS
from tests.helpers.program import Program
from tests.helpers.tmux import Tmux
from tests.helpers.wires import WireServer

pytestmark = pytest.mark.slow  # chats in a real terminal

BEFORE = [f"BEFORE {number}" for number in range(1, 61)]
TIME = re.compile(r"\d+:\d\d\b")
"""How the last line of the view begins."""
VIEW = ("Generating...", "Voting...", "Presenting...", "Coordination", "State transitions", "┌─", "▌", "Ctrl+C stops")
"""What is seen during a turn, and nowhere after it."""

STREAMING = """\
words_per_second: 40
repeat: true
agents:
  ann: {{draft: [say: "{text}"]}}
  bob: {{draft: [{{think: "{text}", say: "Soon."}}]}}
  cyd: {{draft: [say: "{text}"]}}
""".format(text=" ".join(f"word{number}" for number in range(4_000)))
"""Everybody writes for longer than anybody watches."""

STORM = ((60, 30), (120, 30), (80, 12), (40, 10), (100, 40), (30, 24), (140, 20), (50, 15), (90, 35), (100, 30))


@contextmanager
def chat(massgen: Program, *arguments: str, env: dict[str, str] | None = None) -> Iterator[Tmux]:
    """A chat in a shell that has shown something before."""
    with Tmux(massgen.home, cwd=massgen.project, env=massgen.environ(env)) as tmux:
        tmux.run("clear; seq -f 'BEFORE %g' 60")
        tmux.wait_for(lambda: tmux.row == "$" and "BEFORE 60" in tmux.screen, "the shell")
        tmux.run(" ".join((sys.executable, "-m", "massgen", *arguments)))
        tmux.wait_for(lambda: tmux.row == "You:", "the prompt")
        yield tmux


def leave(tmux: Tmux) -> Sequence[str]:
    """Leave the chat; all the rows there are then, which hold what was there before and nothing of any view."""
    tmux.type("/quit", enter=True)
    tmux.wait_for(lambda: tmux.row == "$", "the shell")
    text = tmux.scrollback
    rows = [row.rstrip() for row in text.split("\n")]
    assert [(row, rows.count(row)) for row in BEFORE if rows.count(row) != 1] == []
    conversation = text.partition("You:")[2]
    assert [each for each in VIEW if each in conversation] == []
    return rows


@pytest.mark.parametrize("ahead", ["run the tests", "3 more ideas", "stop it"])
def test_what_is_typed_ahead_is_whole_and_the_scrollback_holds_one_line_and_the_answer(
    massgen: Program, ahead: str
) -> None:
    gates = Gates()
    with (
        WireServer(gates.reply) as server,
        chat(massgen, "--config", THREE_AGENTS, env=server.environ("openai", "gemini", "grok")) as tmux,
    ):
        tmux.type("Why?", enter=True)
        tmux.wait_for(lambda: tmux.is_alternate and "Initial" in tmux.screen[0], "the view")
        for key, shown in (("r", "State transitions"), ("r", "┌─ Initial"), ("2", "Esc all agents")):
            tmux.press(key)
            tmux.wait_for(lambda: any(shown in row for row in tmux.screen), shown)  # noqa: B023 (called before the next)
        tmux.press("Escape")
        tmux.wait_for(lambda: not any("Esc all" in row for row in tmux.screen), "everybody")
        gates.open("draft", OPENAI, GEMINI, GROK)
        gates.open("ballot", OPENAI)
        tmux.wait_for(lambda: "Coordination Round 1" in tmux.screen[0], "a ballot")
        tmux.type(ahead)
        tmux.wait_for(lambda: tmux.screen[-1].startswith(f"You: {ahead}"), "what was typed")
        assert "Coordination Round 1" in tmux.screen[0]
        gates.open("ballot", GROK, GEMINI)
        gates.open("presentation", GROK)
        tmux.wait_for(lambda: not tmux.is_alternate and tmux.row == f"You: {ahead}", "the next prompt")
        tmux.press("C-c")
        tmux.wait_for(lambda: tmux.row == "You:", "an empty prompt")
        rows = leave(tmux)
    assert rows.count(ANSWER) == 1
    assert sum(row.startswith("◆ 3 agents · 1 round · winner grok_agent_3") for row in rows) == 1
    assert len(server.requests) == 7, "nobody was skipped"


def test_a_storm_of_sizes_leaves_no_ghosts(massgen: Program) -> None:
    config = teams.write(massgen.project, teams.THREE, STREAMING)
    with chat(massgen, "--config", config) as tmux:
        tmux.type("Why?", enter=True)
        tmux.wait_for(lambda: tmux.is_alternate and "word9" in "".join(tmux.screen), "the view")
        for columns, lines in STORM:
            tmux.resize(columns, lines)
        for columns, lines in STORM:  # and once more with a look at each
            tmux.resize(columns, lines)
            tmux.wait_for(lambda: is_whole(tmux.screen, columns, lines), f"{columns}×{lines}")  # noqa: B023
        tmux.press("r")
        tmux.wait_for(lambda: "State transitions" in tmux.screen, "the history")
        for columns, lines in STORM:
            tmux.resize(columns, lines)
            tmux.wait_for(lambda: is_one_page(tmux.screen, lines), f"{columns}×{lines}")  # noqa: B023
        tmux.press("C-c")
        tmux.wait_for(lambda: not tmux.is_alternate and tmux.row == "You:", "the prompt")
        rows = leave(tmux)
    assert sum(row.startswith("◆ cancelled; 0 of 3 agents had answered") for row in rows) == 1
    assert [row for row in rows if "word" in row] == []


def is_whole(screen: Sequence[str], columns: int, lines: int) -> bool:
    """Whether the view is there once: one title at the top, everybody once, the time in the last line."""
    text = "\n".join(screen)
    names = [re.search(rf"▌(\d )?{name}|{name} ", text) for name in ("ann", "bob", "cyd")]
    return (
        len(screen) == lines
        and text.count("Initial Answer Generation") == 1
        and "Initial Answer Generation" in screen[0]
        and [TIME.match(row) is not None for row in screen].count(True) == 1
        and TIME.match(screen[-1])
        and all(names)
        and max(map(len, screen)) <= columns
    )


def is_one_page(screen: Sequence[str], lines: int) -> bool:
    """Whether the history is there once, with its keys in the last line."""
    return (
        len(screen) == lines
        and [row.startswith("history ") for row in screen].count(True) == 1
        and screen[-1].startswith("history ")
        and max("\n".join(screen).count(each) for each in ("── Turn 1", "State transitions", "Timeline", "▌")) <= 1
    )


def test_ctrl_c_ends_a_turn_and_then_the_program(massgen: Program) -> None:
    config = teams.write(massgen.project, teams.THREE, STREAMING)
    with chat(massgen, "--config", config) as tmux:
        tmux.type("Why?", enter=True)
        tmux.wait_for(lambda: tmux.is_alternate and "word9" in "".join(tmux.screen), "the view")
        tmux.press("C-c")
        tmux.wait_for(lambda: not tmux.is_alternate and tmux.row == "You:", "the prompt")
        tmux.type("Why?", enter=True)
        tmux.wait_for(lambda: tmux.is_alternate and "word9" in "".join(tmux.screen), "the view")
        tmux.press("C-c", "C-c")
        tmux.wait_for(lambda: not tmux.is_alternate and tmux.row in ("$", "You:"), "the shell")
        tmux.run("echo status $?" if tmux.row == "$" else "/quit")
        tmux.wait_for(lambda: tmux.row == "$", "the shell")
        assert [each for each in ("word", "┌─", "▌ann") if each in tmux.scrollback.partition("You:")[2]] == []
