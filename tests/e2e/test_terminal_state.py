"""However a chat ends, and from wherever, the terminal is set, and shows, as it was before."""

import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, CTRL_D, ENTER, Conversation
from tests.helpers.program import Program

pytestmark = pytest.mark.slow  # a chat for each way out of each place

CLEAR = "\x15"
MODES = ("1049", "25", "2004", "2026")
"""What a view may switch: the alternate screen, the cursor (which is switched off), marked pastes, whole frames."""

EDITOR = """\
import pathlib, signal, sys, time
for each in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, lambda *_: sys.exit(1))
sys.stdout.write("\\x1b[?1049hEDITING")
sys.stdout.flush()
try:
    while not pathlib.Path("saved").exists():
        time.sleep(0.01)
finally:
    sys.stdout.write("\\x1b[?1049l")
"""


# -- where a chat can be ---------------------------------------------------------------------------------------------


def prompt(chat: Conversation, _: Path) -> None:
    chat.wait_for_prompt()


def half_a_line(chat: Conversation, _: Path) -> None:
    chat.wait_for_prompt()
    chat.type("Why")
    chat.wait_until(lambda: chat.row == "You: Why")


def turn(chat: Conversation, _: Path) -> None:
    chat.say("Why?")
    chat.wait_for("I have begun.", "r history", where=lambda: chat.shown)


def history(chat: Conversation, project: Path) -> None:
    turn(chat, project)
    chat.type("r")
    chat.wait_for("State transitions", where=lambda: chat.shown)


def typing(chat: Conversation, project: Path) -> None:
    turn(chat, project)
    chat.type("And then")
    chat.wait_for("You: And then", where=lambda: chat.shown)


def blocked(chat: Conversation, project: Path) -> None:
    turn(chat, project)
    (project / "go on").touch()
    chat.wait_until(lambda: (project / "blocked").exists(), "a loop that is held")


def history_of_a_blocked_turn(chat: Conversation, project: Path) -> None:
    history(chat, project)
    (project / "go on").touch()
    chat.wait_until(lambda: (project / "blocked").exists(), "a loop that is held")


def old_history(chat: Conversation, project: Path) -> None:
    turn(chat, project)
    (project / "go on").touch()
    chat.wait_for("And ended.", "You:")
    chat.wait_for_prompt()
    chat.type(f"r{ENTER}")
    chat.wait_for("State transitions", where=lambda: chat.shown)


def finished_history(chat: Conversation, project: Path) -> None:
    history(chat, project)
    (project / "go on").touch()
    chat.wait_for("turn finished, press q", where=lambda: chat.shown)


# -- how it can be ended ---------------------------------------------------------------------------------------------


def ctrl_c(chat: Conversation) -> None:
    chat.type(CTRL_C)


def ctrl_c_twice(chat: Conversation) -> None:
    looks = count()

    def has_ended() -> bool:
        if next(looks) % 20 == 1:  # on a machine so slow that two seconds were over, the next press is in time
            chat.interrupt()
        return chat.has_ended

    chat.interrupt()
    chat.wait_until(has_ended, "the end of the program")


def told(number: int) -> Callable[[Conversation], None]:
    return lambda chat: chat.interrupt(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A place, what ends the chat there, and its exit status; None where it only leads back to the prompt."""

    place: Callable[[Conversation, Path], None]
    end: Callable[[Conversation], None]
    status: int | None
    fault: str = "nothing"


TERM, HUP = told(signal.SIGTERM), told(signal.SIGHUP)
IN_A_TURN = {"turn": turn, "history": history, "typing": typing}
BLOCKED = {"blocked": blocked, "blocked history": history_of_a_blocked_turn}
BETWEEN = {"history of the past": old_history, "history of a finished turn": finished_history}

WAYS: Mapping[str, Way] = {
    "prompt, Ctrl+C": Way(place=prompt, end=ctrl_c, status=0),
    "prompt, SIGTERM": Way(place=prompt, end=TERM, status=143),
    "prompt, SIGHUP": Way(place=prompt, end=HUP, status=129),
    "half a line, SIGTERM": Way(place=half_a_line, end=TERM, status=143),
    **{f"{name}, Ctrl+C": Way(place=place, end=ctrl_c, status=None) for name, place in IN_A_TURN.items()},
    **{f"{name}, Ctrl+C twice": Way(place=place, end=ctrl_c_twice, status=130) for name, place in IN_A_TURN.items()},
    **{f"{name}, SIGTERM": Way(place=place, end=TERM, status=143) for name, place in IN_A_TURN.items()},
    **{f"{name}, SIGHUP": Way(place=place, end=HUP, status=129) for name, place in IN_A_TURN.items()},
    **{f"{name}, Ctrl+C": Way(place=place, end=ctrl_c, status=None) for name, place in BETWEEN.items()},
    **{f"{name}, SIGTERM": Way(place=place, end=TERM, status=143) for name, place in BETWEEN.items()},
    **{f"{name}, SIGHUP": Way(place=place, end=HUP, status=129) for name, place in BETWEEN.items()},
    **{
        f"{name}, Ctrl+C twice": Way(place=place, end=ctrl_c_twice, status=130, fault="blocks")
        for name, place in BLOCKED.items()
    },
    **{f"{name}, SIGTERM": Way(place=place, end=TERM, status=143, fault="blocks") for name, place in BLOCKED.items()},
    **{f"{name}, SIGHUP": Way(place=place, end=HUP, status=129, fault="blocks") for name, place in BLOCKED.items()},
}


@pytest.mark.parametrize("way", WAYS)
def test_the_terminal_is_given_back(massgen: Program, way: str) -> None:
    with stubborn(massgen, WAYS[way].fault) as chat:
        WAYS[way].place(chat, massgen.project)
        WAYS[way].end(chat)
        if WAYS[way].status is None:
            chat.wait_until(lambda: chat.row.startswith("You:") and chat.screen.left > 0, "the prompt")
            assert left_in_order(chat, "1049", "2026")
            chat.type(f"{CLEAR}{CTRL_D}")  # Ctrl+C again might be the second one
        assert chat.wait_for_end() == (WAYS[way].status or 0)
        assert left_in_order(chat)
        assert chat.is_as_before
        assert "Traceback" not in chat.text


def test_a_view_that_fails_gives_the_terminal_back_and_the_turn_goes_on(massgen: Program) -> None:
    with stubborn(massgen, "draws") as chat:
        turn(chat, massgen.project)
        (massgen.project / "go on").touch()
        chat.wait_until(lambda: chat.screen.left == 1, "the normal screen")
        chat.wait_until(lambda: left_in_order(chat), "the normal screen")
        assert "I have begun." not in chat.text
        (massgen.project / "answer").touch()
        chat.wait_for("I have begun. And ended.")
        chat.wait_for_prompt()
        assert "warning: the live view failed and is closed; the turn goes on" in chat.text
        chat.type(CTRL_C)
        assert chat.wait_for_end() == 0
        assert chat.is_as_before


def test_a_program_that_fails_gives_the_terminal_back(massgen: Program) -> None:
    with stubborn(massgen, "begins") as chat:
        chat.wait_for_prompt()
        chat.type(f"Why?{ENTER}")
        assert chat.wait_for_end() == 1
        assert chat.text.endswith("ZeroDivisionError: the clock of the session is broken")
        assert left_in_order(chat)
        assert chat.is_as_before


@pytest.mark.parametrize(
    ("end", "status"), [(ctrl_c, None), (TERM, 143), (HUP, 129)], ids=["Ctrl+C", "SIGTERM", "SIGHUP"]
)
def test_an_editor_that_is_interrupted_leaves_the_terminal_in_order(
    massgen: Program, end: Callable[[Conversation], None], status: int | None
) -> None:
    editor = massgen.home / "editor.py"
    editor.write_text(EDITOR)
    env = {"EDITOR": f"{sys.executable} '{editor}'"}
    with massgen.chat("--config", teams.write(massgen.project), env=env) as chat:
        chat.say("/config")
        chat.wait_for("EDITING", where=lambda: chat.shown)
        end(chat)
        if status is None:
            chat.wait_for("was stopped by SIGINT")
            chat.wait_for_prompt()
            chat.type(CTRL_C)
        assert chat.wait_for_end() == (status or 0)
        assert chat.is_as_before


def test_a_program_that_is_killed_leaves_what_reset_mends(massgen: Program) -> None:
    with stubborn(massgen, "nothing") as chat:
        turn(chat, massgen.project)
        chat.interrupt(signal.SIGKILL)
        chat.wait_until(lambda: chat.has_ended)
        assert not chat.is_as_before
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert "type `reset`" in " ".join(readme.split())


@pytest.mark.parametrize("place", [prompt, half_a_line, turn, history, typing, old_history], ids=lambda at: at.__name__)
def test_ctrl_z_gives_the_shell_its_terminal_and_fg_goes_on(
    massgen: Program, place: Callable[[Conversation, Path], None]
) -> None:
    env = massgen.environ({"PS1": "$ "})
    with Conversation(("/bin/sh", "-i"), cwd=massgen.project, env=env, columns=100, lines=30) as shell:
        shell.wait_until(lambda: shell.row == "$", "the shell")
        shell.type(f"{sys.executable} -m tests.helpers.stubborn nothing{ENTER}")
        place(shell, massgen.project)
        row, shown, entered = shell.row, shell.shown, shell.screen.entered
        in_a_view = entered > shell.screen.left
        shell.type("\x1a")
        shell.wait_until(lambda: shell.row == "$", "the shell")
        assert left_in_order(shell)
        shell.type(f"stty -a; echo so it is{ENTER}")
        shell.wait_until(lambda: shell.row == "$" and "\nso it is\n" in shell.text, "the shell")
        settings = shell.text.rpartition("stty -a")[2].split()
        assert {"icanon", "echo", "isig", "opost", "icrnl", "iexten", "ixon"} - set(settings) == set()
        shell.type(f"fg{ENTER}")
        if in_a_view:
            shell.wait_until(lambda: similar(shell.shown, shown) and shell.screen.entered > entered, "the view")
        else:
            shell.wait_until(lambda: shell.row == row, "the prompt")
        if in_a_view:
            shell.type(CTRL_C)
            shell.wait_until(lambda: shell.screen.left == shell.screen.entered, "the normal screen")
            shell.wait_until(lambda: shell.row.startswith("You:"), "the prompt")
        shell.type(f"{CLEAR}{CTRL_D}")  # Ctrl+C again might be the second one
        shell.wait_until(lambda: shell.row == "$", "the shell")
        assert left_in_order(shell)


@contextmanager
def stubborn(massgen: Program, fault: str) -> Iterator[Conversation]:
    """A chat in which something goes wrong."""
    command = (sys.executable, "-m", "tests.helpers.stubborn", fault)
    with Conversation(command, cwd=massgen.project, env=massgen.environ(), columns=100, lines=30) as chat:
        yield chat


def left_in_order(chat: Conversation, *modes: str) -> bool:
    """Whether the last word on each of these modes, or on all, is the one that switches it back."""
    last = {mode: re.findall(rf"\x1b\[\?{mode}([hl])".encode(), bytes(chat.written))[-1:] for mode in modes or MODES}
    return all(said in ([], [b"h" if mode == "25" else b"l"]) for mode, said in last.items())


def similar(shown: str, before: str) -> bool:
    """The same, but for the time."""
    return re.sub(r"\d+(\.\d)? s", "", shown) == re.sub(r"\d+(\.\d)? s", "", before)
