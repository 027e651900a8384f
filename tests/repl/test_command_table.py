"""How a typed line finds its command, and what `/help` says of each."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from massgen.cli.options import Options
from massgen.cli.others import OtherSessions
from massgen.errors import MassGenError
from massgen.repl import commands
from massgen.repl.clipboard import Clipboard
from massgen.repl.commands import COMMANDS, KEYS, TYPED, Command, Room, Then
from massgen.repl.commands.table import Example, Unclear, dispatch, find
from massgen.repl.configuration import ConfigFile
from massgen.repl.door import Door
from massgen.session.redaction import Redactor

LISTS_ALL = "/help lists all; a blank before the / makes it a question."
NAMES = [name for each in COMMANDS for name in each.names]


def room(said: list[str], **more: object) -> Room:
    """A room without a chat, in which everything that is said is noted."""

    async def show_history(_: object) -> None:
        raise AssertionError("nobody looks at a history here")

    plain = Room(
        agents=(),
        away={},
        door=Door(lambda: pytest.fail("nobody asked for a chat")),
        config=ConfigFile(name="team.yaml", path=Path("team.yaml"), yaml="", owned=True, copy_to=Path()),
        sessions=OtherSessions(Path(), Options(), {}),
        show_history=show_history,
        show_answer=lambda heading, text: said.append(f"{heading} {text}"),
        environ={},
        redactor=Redactor(set()),
        clipboard=Clipboard(terminal=None, environ={}),
        say=said.append,
        keys=KEYS,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # names are checked by Room itself


def said_to(line: str, **more: object) -> list[str]:
    """What is said to a line."""
    said: list[str] = []
    assert asyncio.run(commands.run(line, room(said, **more))) == "stay"
    return said


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("/status", "/status"),
        ("/STATUS", "/status"),
        ("/?", "/help"),
        ("/h", "/help"),
        ("/new", "/clear"),
        ("/branch", "/fork"),
        ("/usage", "/cost"),
        ("/st", "/status"),
        ("/Hist", "/history"),
        ("/un", "/undo"),
        ("/set", "/config"),
        ("/q", "/quit"),
    ],
)
def test_a_name_an_alias_or_the_beginning_of_one_leads_to_its_command(word: str, meant: str) -> None:
    found = find(word, COMMANDS)
    assert isinstance(found, Command)
    assert found.names[0] == meant


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("/re", "/re could be /retally, /reset, /rewind, /retry or /resume."),
        ("/u", "/u could be /usage or /undo."),
        ("/stauts", f"There is no command '/stauts'. Did you mean /status? {LISTS_ALL}"),
        ("/", f"There is no command '/'. {LISTS_ALL}"),
        ("/etc/passwd", f"There is no command '/etc/passwd'. {LISTS_ALL}"),
    ],
)
def test_a_word_that_leads_nowhere_is_told_what_could_be_meant(word: str, sentence: str) -> None:
    assert find(word, COMMANDS) == Unclear(sentence)
    assert said_to(word) == [sentence]


def test_no_name_belongs_to_two_commands() -> None:
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.names[0])
def test_every_example_is_a_line_that_its_command_takes(command: Command) -> None:
    name, *behind = command.example.typed.split()
    assert name == command.names[0]
    assert len(behind) <= len(command.takes.split())
    assert bool(command.takes) == bool(command.behind)
    assert command.example.does.endswith(".")


@pytest.mark.parametrize("keys", [KEYS, TYPED], ids=["keys", "typed"])
def test_the_list_of_help_fits_on_a_small_terminal(keys: object) -> None:
    rows = said_to("/help", keys=keys)
    assert max(map(len, rows)) <= 80
    assert len(rows) <= 22  # and the prompt below it


@pytest.mark.parametrize("name", ["undo", "/undo", "rewind", "UND"])
def test_help_explains_a_command_with_an_example(name: str) -> None:
    assert said_to(f"/help {name}") == [
        "/undo, also /rewind",
        "  Take the last turn back, with its files.",
        "  Example: /undo",
        "    is as if you had not asked; typed again, it takes back the turn before that.",
    ]


def test_help_of_what_is_no_command_says_what_could_be_meant() -> None:
    assert said_to("/help stauts") == [find("/stauts", COMMANDS).sentence]  # type: ignore[union-attr]


def test_help_says_what_can_be_pressed() -> None:
    rows = said_to("/help keys")
    assert [row.split("  ")[1] for row in rows] == [
        *("Ctrl+C", "r", "←, →, 1-9", "s"),
        *("↑, ↓, Ctrl+R", "Alt+Enter", "Tab", "Ctrl+G"),
    ]


def row(run: object, **more: object) -> Command:
    return Command(
        names=("/do",),
        help="Do it",
        example=Example("/do", "does it."),
        run=run,  # type: ignore[arg-type]  # given by the tests below
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("takes", "line", "heard"),
    [
        ({}, "/do", [""]),
        ({}, "/do it", []),
        ({"takes": "[x]", "behind": "a word"}, "/do  it ", ["it"]),
        ({"takes": "[x]", "behind": "a word"}, "/do it now", []),
        ({"takes": "[x]", "behind": "some words", "rest": True}, "/do it  now", ["it  now"]),
    ],
)
def test_a_command_gets_what_it_takes_and_is_not_run_with_more(
    takes: dict[str, object], line: str, heard: list[str]
) -> None:
    given: list[str] = []
    said: list[str] = []

    async def run(_: Room, words: str) -> Then:
        given.append(words)
        return "stay"

    asyncio.run(dispatch(line, room(said), (row(run, **takes),)))
    assert given == heard
    assert bool(said) != bool(heard)


def test_what_fails_is_said_and_the_conversation_goes_on() -> None:
    async def run(_: Room, __: str) -> Then:
        raise MassGenError("the disk is full", hint="Free some space.")

    said: list[str] = []
    assert asyncio.run(dispatch("/do", room(said), (row(run),))) == "stay"
    assert said == ["the disk is full. Free some space."]
