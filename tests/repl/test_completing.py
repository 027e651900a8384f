"""What is offered for what is typed so far."""

import os
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from massgen.repl.prompt.completing import MOST, Completions, is_wanted

TABLE = [("/help", "Show help"), ("/history", "View the history"), ("/quit", "Exit")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with some files."""
    place = tmp_path / "project"
    for name in ("src/main.py", "src/deep/x.txt", "Setup.cfg", ".hidden", "a b.txt", "esc\x1b[2J.txt"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").touch()
    (place / "out").symlink_to("../outside")
    os.mkfifo(place / "pipe")
    return place


def offered(typed: str, project: Path) -> list[str]:
    """What stands at the prompt with each of the offers."""
    found = Completions(lambda: TABLE, project).get_completions(Document(typed), CompleteEvent())
    return [typed[: len(typed) + each.start_position] + each.text for each in found]


def test_commands_are_offered_at_the_very_beginning_only(project: Path) -> None:
    assert offered("/h", project) == ["/help", "/history"]
    assert offered("/", project) == ["/help", "/history", "/quit"]
    assert offered("/HEL", project) == ["/help"]
    assert offered(" /h", project) == []
    assert offered("x\n/h", project) == []
    assert offered("/help x", project) == []
    [help_] = Completions(lambda: TABLE, project).get_completions(Document("/he"), CompleteEvent())
    assert help_.display_meta_text == "Show help"


def test_files_are_offered_behind_an_at_and_hidden_ones_when_asked_for(project: Path) -> None:
    assert offered("see @", project) == [
        'see @"a b.txt"',
        'see @"esc\\u001b[2J.txt"',
        "see @out/",
        "see @Setup.cfg",
        "see @src/",
    ]
    assert offered("@s", project) == ["@Setup.cfg", "@src/"]
    assert offered("@src/", project) == ["@src/deep/", "@src/main.py"]
    assert offered("@.", project) == ["@.hidden"]
    assert offered('@"a', project) == ['@"a b.txt"']
    assert offered("ann@s", project) == []


def test_a_name_that_acts_is_shown_made_harmless(project: Path) -> None:
    [escaped] = Completions(lambda: TABLE, project).get_completions(Document("@esc"), CompleteEvent())
    assert escaped.display_text == "esc␛[2J.txt"


@pytest.mark.parametrize("typed", ["@/", "@/e", "@~/", "@../", "@src/../../", "@out/", "@nowhere/", "@a\x00b"])
def test_nothing_outside_of_the_project_is_listed(project: Path, typed: str) -> None:
    assert offered(typed, project) == []


def test_no_more_than_two_hundred_names_are_offered(project: Path) -> None:
    for number in range(MOST + 50):
        (project / "src" / f"n{number:04}").touch()
    assert len(offered("@src/n", project)) == MOST


@pytest.mark.parametrize(
    ("typed", "wanted"), [("/he", True), ("see @s", True), ("Why", False), ("/help x", False), ("", False)]
)
def test_a_menu_opens_only_where_something_can_be_meant(typed: str, wanted: bool) -> None:
    assert is_wanted(typed) is wanted
