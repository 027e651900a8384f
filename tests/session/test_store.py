"""Sessions are made, found and opened; a place that cannot be used is told before anybody is asked anything."""

import asyncio
import os
from datetime import datetime
from pathlib import Path

import pytest

from massgen.errors import SessionError
from massgen.session.store import Store
from tests.helpers.nobody import as_nobody
from tests.session.scene import records, session_started, two_turns

NOON = datetime(2025, 1, 8, 14, 30, 22)  # noqa: DTZ001  (local time, as the store is given it)


def store_in(tmp_path: Path) -> Store:
    return Store(tmp_path / ".massgen" / "sessions", lambda: NOON)


def modes(root: Path) -> dict[str, str]:
    return {str(each.relative_to(root)): oct(each.stat().st_mode & 0o777) for each in sorted(root.rglob("*"))}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_new_session_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    old = os.umask(umask)
    try:
        session = store_in(tmp_path).create()
        found = modes(tmp_path)
        session.log.close()
    finally:
        os.umask(old)
    assert found == {
        ".massgen": "0o700",
        ".massgen/.gitignore": "0o600",
        ".massgen/sessions": "0o700",
        ".massgen/sessions/session_20250108_143022": "0o700",
        ".massgen/sessions/session_20250108_143022/events.jsonl": "0o600",
        ".massgen/sessions/session_20250108_143022/writer.pid": "0o600",
    }
    assert (tmp_path / ".massgen" / ".gitignore").read_text() == (
        "# What MassGen keeps here belongs to you and not to the repository; the team may be shared.\n*\n!config.yaml\n"
    )


def test_a_gitignore_of_the_users_own_stays(tmp_path: Path) -> None:
    (tmp_path / ".massgen").mkdir()
    (tmp_path / ".massgen" / ".gitignore").write_text("mine\n")
    session = store_in(tmp_path).create()
    session.log.close()
    assert (tmp_path / ".massgen" / ".gitignore").read_text() == "mine\n"


def test_a_session_of_the_same_second_gets_the_next_free_one(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    made = [store.create() for _ in range(3)]
    for each in made:
        each.log.close()
    assert [each.id for each in made] == [
        "session_20250108_143022",
        "session_20250108_143023",
        "session_20250108_143024",
    ]
    assert store.ids() == tuple(each.id for each in made)
    assert store.latest() == "session_20250108_143024"


def test_an_opened_session_goes_on_where_it_ended(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    first = store.create()
    asyncio.run(first.log.append(two_turns()))
    first.log.close()
    again = store.open(first.id)
    assert (again.id, again.directory, again.held.records) == (first.id, first.directory, two_turns())
    assert again.log.last_seq == len(two_turns())
    again.log.close()


def test_a_session_in_use_cannot_be_opened(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    session = store.create()
    with pytest.raises(SessionError) as refused:
        store.open(session.id)
    assert str(refused.value) == f"{session.directory} is in use by another massgen (process {os.getpid()})"
    session.log.close()


@pytest.mark.parametrize("name", ["session_20250108_143023", "../sessions/session_20250108_143022", "", "session_1\n"])
def test_a_session_that_is_not_there_is_told_with_the_latest_one(tmp_path: Path, name: str) -> None:
    store = store_in(tmp_path)
    store.create().log.close()
    with pytest.raises(SessionError) as refused:
        store.open(name)
    assert str(refused.value) == f"{tmp_path}/.massgen/sessions holds no session {name!r}"
    assert refused.value.hint == "The latest one is session_20250108_143022."


def test_without_sessions_nothing_is_found(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    assert (store.ids(), store.latest()) == ((), None)
    with pytest.raises(SessionError) as refused:
        store.open("session_20250108_143022")
    assert refused.value.hint == "No session was saved there yet."


def test_a_linked_session_directory_is_refused_and_not_listed(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    session = store.create()
    session.log.close()
    link = session.directory.with_name("session_20250109_000000")
    link.symlink_to(session.directory)
    with pytest.raises(SessionError) as refused:
        store.open(link.name)
    assert str(refused.value) == f"cannot open {link}: it is a symbolic link"
    assert store.ids() == (session.id,)


def test_a_new_session_never_moves_into_a_link(tmp_path: Path) -> None:
    sessions = tmp_path / ".massgen" / "sessions"
    sessions.mkdir(parents=True)
    (sessions / "session_20250108_143022").symlink_to(tmp_path)
    session = store_in(tmp_path).create()
    session.log.close()
    assert session.id == "session_20250108_143023"


def test_other_files_among_the_sessions_are_no_sessions(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.create().log.close()
    sessions = tmp_path / ".massgen" / "sessions"
    (sessions / "notes").mkdir()
    (sessions / "session_20990101_000000").mkdir()
    (sessions / "session_20990101_000001").write_text("")
    assert store.ids() == ("session_20250108_143022",)


@pytest.mark.parametrize("place", [".massgen", ".massgen/sessions"])
def test_a_file_in_the_way_is_told_before_anybody_is_asked(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("mine")
    with pytest.raises(SessionError) as refused:
        store_in(tmp_path).create()
    assert str(refused.value) == f"cannot make a session in {tmp_path}/.massgen/sessions: Not a directory"
    assert refused.value.hint == "Move that file out of the way; a directory belongs there."
    assert (tmp_path / place).read_text() == "mine"


def test_a_directory_that_cannot_be_written_is_told_before_anybody_is_asked() -> None:
    with as_nobody() as directory:
        directory.chmod(0o500)
        with pytest.raises(SessionError) as refused:
            store_in(directory).create()
    assert str(refused.value) == f"cannot make a session in {directory}/.massgen/sessions: Permission denied"
    assert refused.value.exit_status == 4


def test_a_place_where_nobody_may_write_is_told_even_to_root() -> None:
    with pytest.raises(SessionError) as refused:
        Store(Path("/dev/null/sessions"), lambda: NOON).create()
    assert str(refused.value) == "cannot make a session in /dev/null/sessions: Not a directory"
    assert refused.value.exit_status == 4


def test_a_fresh_session_holds_nothing(tmp_path: Path) -> None:
    session = store_in(tmp_path).create()
    assert session.held.records == ()
    asyncio.run(session.log.append(records(session_started())))
    session.log.close()
