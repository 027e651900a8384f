"""A session that begins as a copy of another: what is in it, what is left out, and what a crash leaves."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from massgen.errors import SessionError
from massgen.events import Event, FilesDelivered, SessionForked, TurnStarted, TurnUndone
from massgen.session.forking import UNDER_WAY, Forked, fork
from massgen.session.reading import read
from massgen.session.store import Store
from massgen.session.transcript import conversation
from tests.helpers.nobody import as_nobody
from tests.helpers.program import ROOT
from tests.session.scene import first_turn, records, second_turn, session_started
from tests.workspace.trees import files, grow

NOON = datetime(2025, 1, 8, 14, 30, 22)  # noqa: DTZ001  (local time, as the store is given it)
DELIVERED = FilesDelivered(turn=1, agent="bob", path="turn_1/workspace")
TOLD = (session_started(), *first_turn(), DELIVERED, *second_turn(), TurnUndone(turn=2))
TURN_1 = {"coordination_log.json": "{}", "agent_outputs/ann.txt": "said", "workspace/a.txt": "1", "workspace/b/c": "2"}


def store_in(directory: Path) -> Store:
    return Store(directory / "sessions", lambda: NOON)


def kept(store: Store, told: Sequence[Event] = TOLD) -> Path:
    """A session on disk, closed."""
    session = store.create()
    asyncio.run(session.log.append(records(*told)))
    session.log.close()
    grow(session.directory / "turn_1", TURN_1)
    grow(session.directory / "turn_2", {"coordination_log.json": "{}"})
    return session.directory


def events(session: Path) -> list[Event]:
    return [record.event for record in read(session / "events.jsonl").records]


def test_a_copy_of_all_has_the_whole_log_and_every_turn_and_the_session_stays_as_it_was(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    session = kept(store)
    before = files(session)

    forked = fork(store, session)

    assert forked == Forked(directory=session.with_name("session_20250108_143023"), turn=2)
    assert events(forked.directory) == [*TOLD, SessionForked(session=session.name, turn=2)]
    assert files(forked.directory / "turn_1") == TURN_1
    assert files(forked.directory / "turn_2") == {"coordination_log.json": "{}"}
    assert sorted(each.name for each in forked.directory.iterdir()) == ["events.jsonl", "turn_1", "turn_2"]
    assert files(session) == before
    assert store.ids() == (session.name, forked.directory.name)


def test_a_copy_up_to_a_turn_has_what_had_happened_when_its_files_were_kept(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    session = kept(store)

    forked = fork(store, session, 1)

    assert events(forked.directory) == [*TOLD[: 2 + len(first_turn())], SessionForked(session=session.name, turn=1)]
    assert sorted(each.name for each in forked.directory.iterdir()) == ["events.jsonl", "turn_1"]


def test_a_turn_that_was_taken_back_is_in_the_copy_up_to_it(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    session = kept(store)

    whole, up_to_it = fork(store, session), fork(store, session, 2)

    told = [len(conversation(read(each.directory / "events.jsonl").records)) for each in (whole, up_to_it)]
    assert told == [1, 2]


def test_a_copy_can_be_copied_and_gone_on_with(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    again = fork(store, fork(store, kept(store)).directory, 1)

    opened = store.open(again.directory.name)
    asyncio.run(opened.log.append(records(session_started(again.directory.name), first=opened.log.last_seq + 1)))
    opened.log.close()
    assert events(again.directory)[-2:] == [
        SessionForked(session="session_20250108_143023", turn=1),
        session_started(again.directory.name),
    ]


def test_a_session_that_is_in_use_can_be_copied(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    session = store.open(kept(store).name)
    assert fork(store, session.directory).turn == 2
    session.log.close()


@pytest.mark.parametrize(
    ("told", "turn", "sentence"),
    [
        (TOLD, 3, "There is no turn 3: this session has turns 1 to 2."),
        (TOLD[: 1 + len(first_turn())], 0, "There is no turn 0: this session has only turn 1."),
        (TOLD[:1], None, "session_20250108_143022 has no turn yet."),
    ],
)
def test_a_turn_that_does_not_exist_makes_no_copy(
    tmp_path: Path, told: Sequence[Event], turn: int | None, sentence: str
) -> None:
    store = store_in(tmp_path)
    session = kept(store, told)
    with pytest.raises(SessionError) as refused:
        fork(store, session, turn)
    assert str(refused.value) == sentence
    assert [each.name for each in store.directory.iterdir()] == [session.name]


def test_links_out_of_a_turn_are_left_out_and_told(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    session = kept(store)
    (session / "turn_1" / "workspace" / "out").symlink_to("/etc")
    (session / "turn_3").symlink_to("/etc")

    forked = fork(store, session)

    [left_out] = forked.left_out
    assert left_out.startswith("Not all of turn_1 was copied. Left out: workspace/out (")
    assert files(forked.directory / "turn_1") == TURN_1
    assert not (forked.directory / "turn_3").exists()


def test_a_disk_that_refuses_leaves_no_half_session(tmp_path: Path) -> None:
    with as_nobody() as directory:
        store = store_in(directory)
        session = kept(store)
        store.directory.chmod(0o500)
        with pytest.raises(SessionError) as refused:
            fork(store, session)
        store.directory.chmod(0o700)
        assert str(refused.value) == f"cannot copy {session}: Permission denied"
        assert [each.name for each in store.directory.iterdir()] == [session.name]


def test_a_crash_in_the_middle_leaves_no_half_session(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    session = kept(store)
    many = {f"{number}.txt": str(number) for number in range(2000)}
    grow(session / "turn_1" / "many", many)
    copying = (
        "from pathlib import Path; from datetime import datetime;"
        "from massgen.session.forking import fork; from massgen.session.store import Store;"
        f"fork(Store(Path({str(store.directory)!r}), datetime.now), Path({str(session)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", copying], env={**os.environ, "PYTHONPATH": str(ROOT)})
    while not any(store.directory.glob(f"{UNDER_WAY}*/turn_1/.massgen-*")) and process.poll() is None:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()

    for each in store.ids():
        assert files(store.directory / each / "turn_1") == TURN_1 | {
            f"many/{name}": text for name, text in many.items()
        }
    assert fork(store, session).turn == 2


def test_a_turn_in_whose_middle_the_program_died_is_copied_as_it_is(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    stopped = (*TOLD[: 2 + len(first_turn())], *second_turn()[:4])
    forked = fork(store, kept(store, stopped))
    assert events(forked.directory) == [*stopped, SessionForked(session="session_20250108_143022", turn=2)]
    earlier = fork(store, forked.directory, 1)
    assert not any(isinstance(each, TurnStarted) and each.turn == 2 for each in events(earlier.directory))
