"""What the pages tell a reader to type."""

import re
from pathlib import Path

import pytest

from massgen.cli import options
from massgen.config import examples
from massgen.errors import SessionError, UsageError
from massgen.repl.commands import COMMANDS
from tests.docs.pages import PAGES, arguments_of_massgen, blocks, code_in, rows, text_of

COMMAND_LINES = [
    pytest.param(arguments, id=f"{page.name}: massgen {' '.join(arguments)}")
    for page in PAGES
    for arguments in arguments_of_massgen(page.read_text("utf-8"))
    if arguments not in (["--version"], ["--help"])  # these end the program
]


@pytest.mark.parametrize("arguments", COMMAND_LINES)
def test_every_command_line_of_the_pages_is_understood(arguments: list[str]) -> None:
    assert options.parse(arguments) is not None


def test_the_pages_show_command_lines_at_all() -> None:
    assert len(list(arguments_of_massgen(text_of("README.md")))) >= 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_that_a_page_names_comes_with_massgen(page: Path) -> None:
    named = set(re.findall(r"@examples/[\w./-]*\w", page.read_text("utf-8")))

    assert {name for name in named if not examples.resolve(name).is_file()} == set()


def test_the_set_up_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    pages = text_of("README.md") + text_of("CONTRIBUTING.md")
    typed = {word for block in blocks(pages, "sh") for word in re.findall(r"^make ([a-z]+)", block, re.MULTILINE)}

    assert {"chat", "test"} <= typed <= targets


def test_the_readme_lists_the_slash_commands_in_the_words_of_help() -> None:
    listed = tuple((code_in(names), said) for names, said in rows(text_of("README.md"), "## In the chat"))

    assert listed == tuple(((each.usage, *each.names[1:]), each.help) for each in COMMANDS)


def test_the_readme_lists_the_exit_statuses_of_errors() -> None:
    listed = {row[0]: row[1] for row in rows(text_of("README.md"), "## Exit status")}

    assert listed[str(UsageError.exit_status)] == "the command line or the configuration cannot be used"
    assert listed[str(SessionError.exit_status)] == "the session on disk cannot be used or written"


def test_the_pages_name_no_place_of_the_machine_they_were_written_on() -> None:
    places = re.compile(r"(?:^|[\s\"'(`])/(?:work|home|tmp|root|Users|usr)/")

    assert [page.name for page in PAGES if places.search(page.read_text("utf-8"))] == []
