"""What was typed is there again, whoever else writes, and whatever happened to the file."""

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from massgen.repl.prompt.past import MOST_BYTES, Past
from massgen.session.redaction import Redactor

SECRET = "canary-4711-of-the-team"


def past(path: Path | None) -> Past:
    return Past(path, Redactor({SECRET}), lambda: 1_736_346_622.5)


def entries(path: Path) -> list[str]:
    """Oldest first."""
    return [*past(path).load_history_strings()][::-1]


def test_an_entry_is_a_line_and_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "massgen" / "history.jsonl"
    for text in ("First?", "Two\nlines, ä \x1b[31m \udcff"):
        past(path).store_string(text)
    assert path.read_bytes() == (
        b'{"at":1736346622,"text":"First?"}\n{"at":1736346622,"text":"Two\\nlines, \\u00e4 \\u001b[31m \\udcff"}\n'
    )
    assert entries(path) == ["First?", "Two\nlines, ä \x1b[31m \udcff"]


def test_only_its_user_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "massgen" / "history.jsonl"
    before = os.umask(0)
    try:
        past(path).store_string("First?")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path)] == [0o700, 0o600]


def test_keys_never_reach_the_file(tmp_path: Path) -> None:
    path = tmp_path / "massgen" / "history.jsonl"
    past(path).store_string(f"Is {SECRET} a key, and sk-proj-abcdefghijklmnop?")
    assert entries(path) == ["Is [redacted] a key, and [redacted]?"]


def test_it_stays_small_and_keeps_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    for number in range(70):
        past(path).store_string(f"{number} " + "x" * 60_000)
    assert path.stat().st_size <= 2 * MOST_BYTES + 60_100
    kept = [int(each.split()[0]) for each in entries(path)]
    assert kept == [*range(kept[0], 70)]
    assert len(kept) > 15
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [*tmp_path.iterdir()] == [path]


def test_what_is_endless_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    past(path).store_string("x" * 70_000)
    assert not path.exists()


@pytest.mark.parametrize(
    "damage",
    [b'{"at":1,"text":"torn', b"\x00" * 100, b"\xff\xfe\n[]\n7\n{}\nnull\n", b"[" * 100_000, b'{"text":7}\n'],
)
def test_a_damaged_file_gives_what_is_whole_and_takes_what_comes(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "history.jsonl"
    past(path).store_string("Before?")
    with path.open("ab") as file:
        file.write(damage)
    assert entries(path) == ["Before?"]
    past(path).store_string("After?")
    assert entries(path) == ["Before?", "After?"]


@pytest.mark.parametrize("obstacle", ["file", "directory", "pipe", "link"])
def test_a_place_that_cannot_be_used_is_one_warning(
    tmp_path: Path, obstacle: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "massgen" / "history.jsonl"
    if obstacle == "file":
        path.parent.write_text("")
    else:
        path.parent.mkdir()
        match obstacle:
            case "directory":
                path.mkdir()
            case "pipe":
                os.mkfifo(path)
            case _:
                path.symlink_to("elsewhere")
    typed = past(path)
    with caplog.at_level(logging.WARNING):
        assert [*typed.load_history_strings()] == []
        typed.store_string("One?")
        typed.store_string("Two?")
    [warning] = caplog.messages
    assert str(path) in warning
    assert warning.endswith("; what you type is remembered until you leave")


def test_without_a_place_nothing_is_kept() -> None:
    typed = past(None)
    typed.store_string("One?")
    assert [*typed.load_history_strings()] == []


WRITER = """\
import sys
from pathlib import Path
from massgen.repl.prompt.past import Past
from massgen.session.redaction import Redactor
past = Past(Path(sys.argv[1]), Redactor(()))
for number in range(int(sys.argv[3])):
    past.store_string(f"{sys.argv[2]} {number} " + "x" * int(sys.argv[4]))
"""


@pytest.mark.parametrize(("count", "length"), [(300, 10), (60, 30_000)], ids=["small", "with compaction"])
def test_two_programs_at_once_lose_nothing_of_each_other(tmp_path: Path, count: int, length: int) -> None:
    path = tmp_path / "history.jsonl"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(count), str(length)]) for name in "ab"
    ]
    assert [each.wait(60) for each in writers] == [0, 0]
    written = [(text.split()[0], int(text.split()[1])) for text in entries(path)]
    for name in "ab":
        numbers = [number for who, number in written if who == name]
        assert numbers == [*range(count - len(numbers), count)]
    assert len(written) == (2 * count if length < 100 else len(written))
