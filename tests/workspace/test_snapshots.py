"""A copy is whole or not there, holds nothing from elsewhere, and shares nothing with what it was made from."""

import os
from pathlib import Path

import pytest

from massgen.workspace import snapshots
from massgen.workspace.snapshots import Copied
from tests.workspace.trees import files, grow, names


def test_a_copy_takes_the_place_of_what_was_there_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    source = grow(tmp_path / "source", {"a.txt": "a", "d/b.txt": "bb", "d/e/.c": ""})
    to = grow(tmp_path / "copies" / "one", {"old.txt": "old"})
    assert snapshots.copy(source, to) == Copied(files=3, size=3)
    assert files(to) == {"a.txt": "a", "d/b.txt": "bb", "d/e/.c": ""}
    assert names(tmp_path / "copies") == ["one"]


def test_a_later_change_changes_neither_side(tmp_path: Path) -> None:
    source = grow(tmp_path / "source", {"a.txt": "a"})
    os.link(source / "a.txt", source / "b.txt")
    snapshots.copy(source, tmp_path / "copy")
    (source / "a.txt").write_text("changed")
    assert files(tmp_path / "copy") == {"a.txt": "a", "b.txt": "a"}
    assert {path.stat().st_nlink for path in (tmp_path / "copy").iterdir()} == {1}


def test_programs_stay_programs_but_never_setuid(tmp_path: Path) -> None:
    source = grow(tmp_path / "source", {"run": "", "text": ""})
    (source / "run").chmod(0o4755)
    (source / "text").chmod(0o444)
    snapshots.copy(source, tmp_path / "copy")
    modes = {path.name: oct(path.stat().st_mode & 0o7777) for path in (tmp_path / "copy").iterdir()}
    assert modes == {"run": "0o755", "text": "0o644"}


def test_links_that_stay_inside_are_copied_and_others_named(tmp_path: Path) -> None:
    source = grow(tmp_path / "source", {"d/a.txt": "a"})
    (source / "in").symlink_to("d/a.txt")
    (source / "d" / "up").symlink_to("../in")
    (source / "out").symlink_to("../secret")
    (source / "abs").symlink_to("/etc/passwd")
    os.mkfifo(source / "pipe")
    copied = snapshots.copy(source, tmp_path / "copy")
    assert files(tmp_path / "copy") == {"d/a.txt": "a", "d/up": "-> ../in", "in": "-> d/a.txt"}
    assert copied.sentence == (
        "Left out: abs (it leads out of the directory), out (it leads out of the directory), "
        "pipe (it is neither a file nor a directory)."
    )


def test_a_copy_that_grows_too_large_keeps_the_shallow_files_and_says_so(tmp_path: Path) -> None:
    source = grow(tmp_path / "source", {"deep/er/x": "x", "main": "m", "side": "s"})
    copied = snapshots.copy(source, tmp_path / "few", most_files=2)
    assert files(tmp_path / "few") == {"main": "m", "side": "s"}
    assert copied.sentence == (
        "The copy ends after 2 files and 2 bytes (at most 2 files, 200,000,000 bytes); the rest was left out."
    )
    copied = snapshots.copy(source, tmp_path / "small", most_bytes=1)
    assert files(tmp_path / "small") == {"main": "m"}


def test_names_that_are_not_text_are_copied_and_shown_harmlessly(tmp_path: Path) -> None:
    source = grow(tmp_path / "source", {})
    (source / os.fsdecode(b"\xff\x1b")).write_text("odd")
    os.mkfifo(source / os.fsdecode(b"\xfe\x1b"))
    copied = snapshots.copy(source, tmp_path / "copy")
    assert names(tmp_path / "copy") == [os.fsdecode(b"\xff\x1b")]
    assert copied.sentence == "Left out: \ufffd␛ (it is neither a file nor a directory)."


def test_a_copy_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    to = grow(tmp_path / "copies" / "one", {"old.txt": "old"})
    with pytest.raises(FileNotFoundError):
        snapshots.copy(tmp_path / "missing", to)
    assert files(tmp_path / "copies") == {"one/old.txt": "old"}
    assert names(tmp_path / "copies") == ["one"]
