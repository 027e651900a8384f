"""Text that is appended as it streams is on disk when somebody waits for it, and a disk that refuses is told once."""

import logging
from pathlib import Path

import pytest

from massgen.session.appending import Appender
from tests.session.playing import files

ANN, BOB = Path("turn_1", "agent_outputs", "ann.txt"), Path("turn_1", "agent_outputs", "bob.txt")


def test_everything_said_is_on_disk_after_settling(session: Path) -> None:
    appender = Appender()
    for piece in ("From ", "data", "."):
        appender.append(session / ANN, piece)
    appender.settle()
    assert files(session) == {str(ANN): "From data."}

    appender.append(session / ANN, " Or so.")
    appender.settle()
    assert files(session) == {str(ANN): "From data. Or so."}


def test_two_files_grow_side_by_side_each_in_its_order(session: Path) -> None:
    appender = Appender()
    for number in range(200):
        appender.append(session / ANN, f"{number} ")
        appender.append(session / BOB, f"{-number} ")
    appender.settle()

    assert files(session) == {
        str(ANN): "".join(f"{number} " for number in range(200)),
        str(BOB): "".join(f"{-number} " for number in range(200)),
    }


def test_nothing_said_makes_no_file(session: Path) -> None:
    Appender().settle()

    assert files(session) == {}


def test_a_directory_in_the_way_is_told_once_and_nobody_waits_for_ever(
    session: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (session / ANN).mkdir(parents=True)
    appender = Appender()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            appender.append(session / ANN, "lost")
            appender.settle()
        appender.append(session / BOB, "after it")
        appender.settle()

    [told] = caplog.messages
    assert told.startswith("agent_outputs/ is not written while answers stream: ")
    assert told.endswith(f"Is a directory: '{session / ANN}'")
    assert files(session) == {}


def test_a_link_is_not_followed(session: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (session / "turn_1").mkdir()
    (session / "turn_1" / "agent_outputs").symlink_to(elsewhere)
    appender = Appender()
    appender.append(session / ANN, "lost")
    appender.settle()

    assert files(elsewhere) == {}
    assert "it is a symbolic link" in caplog.text
