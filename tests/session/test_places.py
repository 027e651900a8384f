"""The list of places where a project keeps sessions: it grows, and survives what befalls it."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from massgen.errors import SessionError
from massgen.session.places import known, note


@pytest.fixture
def pointer(tmp_path: Path) -> Path:
    return tmp_path / "project" / ".massgen" / "session_places.json"


def test_the_latest_place_comes_first_and_each_once(pointer: Path, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    assert known(pointer) == ()
    for place in (pointer.parent / "kept", tmp_path / "far", pointer.parent / "kept"):
        note(pointer, place)

    assert known(pointer) == (str(tmp_path / "far"), "kept")
    assert sorted(each.name for each in pointer.parent.iterdir()) == [".gitignore", "session_places.json"]


def test_a_name_that_is_no_text_comes_back_as_it_was(pointer: Path, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    odd = Path(os.fsdecode(b"/caf\xe9\n"))
    note(pointer, odd)
    assert known(pointer) == (str(odd),)


@pytest.mark.parametrize(
    "damage",
    [b"", b"[", b"\xff", b"{}", b"null", b"[" * 100_000],
    ids=["empty", "cut", "no text", "no list", "nothing", "deep"],
)
def test_a_damaged_list_is_a_sentence_and_is_made_anew_with_the_next_session(pointer: Path, damage: bytes) -> None:
    pointer.parent.mkdir(parents=True)
    pointer.write_bytes(damage)

    with pytest.raises(SessionError) as refused:
        known(pointer)
    assert (str(refused.value), refused.value.hint) == (
        f"{pointer} is damaged; sessions that are kept elsewhere may be missing here",
        "Name their team once with --config, and they are found again.",
    )
    note(pointer, pointer.parent / "kept")
    assert known(pointer) == ("kept",)


def test_what_can_be_no_place_is_passed_over(pointer: Path) -> None:
    pointer.parent.mkdir(parents=True)
    pointer.write_text(json.dumps([1, None, "", "a\0b", ["x"], "kept", "kept"]))
    assert known(pointer) == ("kept",)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_not_read(pointer: Path, make: Callable[[Path], None]) -> None:
    pointer.parent.mkdir(parents=True)
    make(pointer)
    with pytest.raises(SessionError, match="cannot read"):
        known(pointer)
