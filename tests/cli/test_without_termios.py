"""Where `termios` and `fcntl` do not exist, everything can be imported, and lines and sentences serve."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import massgen as package
from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, CTRL_D, Conversation
from tests.helpers.program import Program, Ran

BLOCKED = """\
import sys
sys.modules.update(dict.fromkeys(("termios", "fcntl", "tty", "pty")))
"""
"""Python's own way to say that a module is not to be found."""

MAIN = f"{BLOCKED}from massgen.__main__ import main\nsys.exit(main())"
IMPORT_ALL = f"{BLOCKED}import importlib\nfor name in sys.argv[1:]: importlib.import_module(name)"


def command(*arguments: str) -> Sequence[str]:
    return (sys.executable, "-c", MAIN, *arguments)


def ran(massgen: Program, *arguments: str) -> Ran:
    return massgen.run(*command(*arguments))


@contextmanager
def chat(massgen: Program, *arguments: str) -> Iterator[Conversation]:
    """A chat on a terminal whose settings the program cannot know."""
    with Conversation(command(*arguments), cwd=massgen.project, env=massgen.environ(), columns=100, lines=30) as said:
        yield said


def test_every_module_can_be_imported(massgen: Program) -> None:
    home = Path(package.__file__).parent
    files = (each.relative_to(home.parent) for each in home.rglob("*.py") if each.stem != "__main__")
    names = sorted(".".join(each.with_suffix("").parts).removesuffix(".__init__") for each in files)
    imported = massgen.run(sys.executable, "-c", IMPORT_ALL, *names)

    assert (imported.stderr, imported.status) == ("", 0)
    assert {"massgen.cli.assembly", "massgen.display.stage", "massgen.repl.line_prompt"} <= {*names}


def test_help_and_one_question(massgen: Program) -> None:
    config = teams.write(massgen.project, teams.THREE)
    usage = ran(massgen, "--help")
    assert (usage.status, usage.stdout.startswith("usage: massgen ")) == (0, True)

    answered = ran(massgen, "--config", config, "Why?")
    assert (answered.stdout, answered.status) == ("Bob's answer to “Why?”.\n", 0)
    assert answered.told.startswith("◆ 3 agents · 1 round · winner bob (2 of 3 votes)")

    spoken = ran(massgen, "--config", config, "--display", "linear", "Why?")
    assert (spoken.stdout, spoken.status) == ("Bob's answer to “Why?”.\n", 0)
    assert spoken.stderr.endswith("Answer of bob:\n")


@pytest.mark.parametrize(
    "flags",
    [
        (),
        pytest.param(("--display", "linear"), marks=pytest.mark.slow),
        pytest.param(("--display", "rich"), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_a_chat_goes_on_in_lines(massgen: Program, flags: Sequence[str]) -> None:
    config = teams.remembering(massgen.project)
    with chat(massgen, "--config", config, *flags) as said:
        said.say("One?")
        said.wait_for("Number 1, after “”.")
        said.say("Two?")
        said.wait_for("Number 2, after “One?”.")
        said.say("r")
        said.wait_for("Two?", "Timeline" if flags != ("--display", "linear") else "End of turn 2:")
        said.say("/quit")
        assert said.wait_for_end() == 0
        assert said.is_as_before
        assert said.screen.entered == 0
        assert "Traceback" not in said.text


@pytest.mark.parametrize("keys", [CTRL_C, pytest.param(CTRL_D, marks=pytest.mark.slow)])
def test_a_chat_is_left_by_its_keys(massgen: Program, keys: str) -> None:
    with chat(massgen, "--demo") as said:
        said.wait_for_prompt()
        said.type(keys)
        assert said.wait_for_end() == 0
        assert said.text.endswith("Exiting MassGen. Goodbye!")
        assert said.is_as_before


def test_ctrl_c_ends_a_turn_and_the_prompt_comes_back(massgen: Program) -> None:
    with chat(massgen, "--config", teams.write(massgen.project, script=teams.HANGS)) as said:
        said.say("Why?")
        said.wait_for("ann presenting")
        said.type(CTRL_C)
        said.wait_for("cancelled; 0 of 1 agent had answered")
        said.say("/status")
        said.wait_for("0 questions in memory, 1 turn in this session")
        said.say("/quit")
        assert said.wait_for_end() == 0
