"""Which other session is meant inside a chat, and how they are listed."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from massgen.cli.options import Options
from massgen.cli.others import OtherSessions
from massgen.errors import SessionError
from massgen.session.store import Store

FIRST, SECOND, OTHER_DAY = "session_20250108_143022", "session_20250108_150000", "session_20250109_090000"


@pytest.fixture
def others(tmp_path: Path) -> OtherSessions:
    """Three sessions of two days."""
    for each in (FIRST, SECOND, OTHER_DAY):
        when = datetime.strptime(each, "session_%Y%m%d_%H%M%S")  # noqa: DTZ007  (local time, as the store is given it)
        Store(tmp_path / ".massgen" / "sessions", lambda when=when: when).create().log.close()  # type: ignore[misc]
    return OtherSessions(tmp_path, Options(), {})


def place(tmp_path: Path, session: str) -> Path:
    return tmp_path / ".massgen" / "sessions" / session


@pytest.mark.parametrize(
    ("word", "current", "meant"),
    [
        ("", OTHER_DAY, SECOND),
        ("last", OTHER_DAY, SECOND),
        ("", FIRST, OTHER_DAY),
        (FIRST, OTHER_DAY, FIRST),
        ("20250109", FIRST, OTHER_DAY),
        ("session_20250108_15", OTHER_DAY, SECOND),
        ("20250108", FIRST, SECOND),
    ],
)
def test_the_last_other_one_or_the_one_that_begins_so(
    tmp_path: Path, others: OtherSessions, word: str, current: str, meant: str
) -> None:
    assert others.find(word, place(tmp_path, current)) == place(tmp_path, meant)


def test_without_an_open_session_the_last_one_is_meant(tmp_path: Path, others: OtherSessions) -> None:
    assert others.find("", None) == place(tmp_path, OTHER_DAY)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("2025", f"2025 could be {FIRST}, {SECOND}."),
        ("1999", "There is no other session '1999' here."),
        ("../x", "There is no other session '../x' here."),
        (OTHER_DAY, f"{OTHER_DAY} is the session that is open."),
        ("20250109_090000", f"{OTHER_DAY} is the session that is open."),
    ],
)
def test_without_exactly_one_a_sentence_says_why(
    tmp_path: Path, others: OtherSessions, word: str, sentence: str
) -> None:
    with pytest.raises(SessionError) as refused:
        others.find(word, place(tmp_path, OTHER_DAY))
    assert str(refused.value) == sentence


def test_where_there_is_no_other_one_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(SessionError) as refused:
        OtherSessions(tmp_path, Options(), {}).find("", None)
    assert str(refused.value) == "There is no other session here."


def test_the_list_marks_the_open_one(tmp_path: Path, others: OtherSessions) -> None:
    lines = others.listing(place(tmp_path, SECOND))
    assert [line[:25] for line in lines] == [f"  {OTHER_DAY}", f"* {SECOND}", f"  {FIRST}"]


def test_the_open_one_is_marked_and_only_others_are_in_use(tmp_path: Path, others: OtherSessions) -> None:
    store = Store(tmp_path / ".massgen" / "sessions", datetime.now)
    with closing(store.open(FIRST).log), closing(store.open(SECOND).log):
        lines = others.listing(place(tmp_path, SECOND))

    assert [(line[:2] + line[2:].split()[0], "(in use)" in line) for line in lines] == [
        (f"  {OTHER_DAY}", False),
        (f"* {SECOND}", False),
        (f"  {FIRST}", True),
    ]
