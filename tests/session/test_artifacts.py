"""The views say what the log says, are rebuilt when they are missing, and never stop a turn."""

import asyncio
import logging
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from massgen.events import (
    AnswerSubmitted,
    CallCancelled,
    CallFailed,
    CallStarted,
    Record,
    ReplyRefused,
    TurnEnded,
    TurnStarted,
)
from massgen.messages import Problem, ReasoningDelta, TextDelta
from massgen.session.artifacts import Artifacts
from massgen.session.reading import read
from massgen.session.store import Store
from tests.session.playing import files, one_turn, play, saved
from tests.session.scene import first_turn, records, session_started, two_turns


def test_the_files_are_the_documented_ones(session: Path) -> None:
    play(Artifacts(session, logging_enabled=True), two_turns())
    assert list(files(session)) == [
        "SESSION_SUMMARY.txt",
        "turn_1/agent_outputs/ann.txt",
        "turn_1/agent_outputs/bob.txt",
        "turn_1/agent_outputs/carol.txt",
        "turn_1/coordination_log.json",
        "turn_2/agent_outputs/ann.txt",
        "turn_2/agent_outputs/bob.txt",
        "turn_2/agent_outputs/carol.txt",
        "turn_2/coordination_log.json",
    ]
    modes = {oct(each.stat().st_mode & 0o777) for each in session.rglob("*") if each.is_file()}
    directories = {oct(each.stat().st_mode & 0o777) for each in session.rglob("*") if each.is_dir()}
    assert (modes, directories) == ({"0o600"}, {"0o700"})


def test_without_logging_no_agent_outputs_are_written(session: Path) -> None:
    artifacts = Artifacts(session, logging_enabled=False)
    play(artifacts, two_turns(), lambda record: artifacts.stream("ann", 1, TextDelta("running")))
    assert list(files(session)) == [
        "SESSION_SUMMARY.txt",
        "turn_1/coordination_log.json",
        "turn_2/coordination_log.json",
    ]


def test_an_agent_s_text_streams_into_its_file_and_is_there_when_the_call_ends(session: Path) -> None:
    artifacts = Artifacts(session, logging_enabled=True)
    file = session / "turn_1" / "agent_outputs" / "ann.txt"
    for record in one_turn(CallStarted(agent="ann", call=1, stage="draft"))[:-1]:
        artifacts.record(record)
    artifacts.stream("ann", 1, ReasoningDelta("hm"))
    artifacts.stream("ann", 1, TextDelta("red \x1b[31m"))
    artifacts.stream("ann", 1, TextDelta("x" * 5000 + "\r"))
    artifacts.settle()
    assert file.read_text() == f"━━ Draft · call 1 · 14:30:24 ━━\n\nred ␛[31m{'x' * 5000}"
    artifacts.stream("ann", 1, TextDelta("\nend"))
    artifacts.stream("ann", 2, TextDelta("a call that nobody began"))
    failed = CallFailed(agent="ann", call=1, problem=Problem(kind="network", text="cut"), consequence="retried")
    artifacts.record(records(failed, first=4)[0])
    artifacts.settle()
    assert file.read_text().endswith("xx\nend\n\n[failed: cut]\n\n")


def test_text_of_calls_that_were_cut_off_is_kept_and_marked(session: Path) -> None:
    artifacts = Artifacts(session, logging_enabled=True)

    def say(record: Record) -> None:
        if isinstance(record.event, CallStarted):
            artifacts.stream("ann", record.event.call, TextDelta(f"words of call {record.event.call}\n"))

    down = Problem(kind="network", text="The connection was lost.")
    told = one_turn(
        CallStarted(agent="ann", call=1, stage="draft"),
        CallFailed(agent="ann", call=1, problem=down, consequence="retried"),
        CallStarted(agent="ann", call=2, stage="draft", attempt=2),
        AnswerSubmitted(agent="ann", call=2, label="agent1.1", version=1, text="An answer.", truncated=True),
        CallStarted(agent="ann", call=3, stage="ballot", ballot=1),
        ReplyRefused(agent="ann", call=3, reason="There is no answer7."),
        CallStarted(agent="ann", call=4, stage="ballot", ballot=1, attempt=2),
        CallCancelled(agent="ann", call=4, because="deadline"),
        CallStarted(agent="ann", call=5, stage="presentation"),
    )
    play(artifacts, told, say)
    assert (session / "turn_1" / "agent_outputs" / "ann.txt").read_text() == (
        "ann · gpt-5 (OpenAI) · turn 1\n\n"
        "━━ Failed · 14:30:25 ━━\n\nThe connection was lost.\n\n"
        "━━ Partial, not submitted ━━\n\nwords of call 1\n\n"
        "━━ Answer agent1.1 · 14:30:27 · cut at the model's length limit ━━\n\nAn answer.\n\n"
        "━━ Reply refused · 14:30:29 ━━\n\nThere is no answer7.\n\n"
        "━━ Partial, not submitted ━━\n\nwords of call 3\n\n"
        "━━ Cancelled · 14:30:31 ━━\n\nout of time\n\n"
        "━━ Partial, not submitted ━━\n\nwords of call 4\n\n"
        "━━ Partial, not submitted ━━\n\nwords of call 5\n"
    )


def test_deleted_views_are_rebuilt_from_the_log_as_they_were(tmp_path: Path) -> None:
    store = Store(tmp_path / "sessions", lambda: datetime(2025, 1, 8, 14, 30, 22))  # noqa: DTZ001
    session = store.create()
    asyncio.run(session.log.append(two_turns()))
    session.log.close()
    play(Artifacts(session.directory, logging_enabled=True), two_turns())
    before = files(session.directory)
    held = read(session.directory / "events.jsonl")
    for gone in (["turn_1"], ["turn_2", "SESSION_SUMMARY.txt"], ["turn_1/agent_outputs/bob.txt"]):
        for each in gone:
            path = session.directory / each
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        Artifacts(session.directory, logging_enabled=True, earlier=held.saved).restore()
        assert files(session.directory) == before


def test_restoring_leaves_what_is_there_alone(session: Path) -> None:
    """After a crash a file may hold streamed text that is in no event."""
    file = session / "turn_1" / "agent_outputs" / "ann.txt"
    file.parent.mkdir(parents=True)
    file.write_text("half a word")
    Artifacts(session, logging_enabled=True, earlier=saved(session, two_turns())).restore()
    assert file.read_text() == "half a word"
    assert (session / "turn_1" / "coordination_log.json").exists()


def test_restoring_keeps_aside_what_was_damaged(session: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Who can tell a cut file from one that somebody was writing notes into?"""
    play(Artifacts(session, logging_enabled=True), two_turns())
    whole = files(session)
    view = session / "turn_1" / "coordination_log.json"
    for damage in ("{", "a note of mine"):
        view.write_text(damage)
        with caplog.at_level(logging.WARNING):
            Artifacts(session, logging_enabled=True, earlier=saved(session, two_turns())).restore()
    assert files(session) == {
        **whole,
        "turn_1/coordination_log.json.damaged-1": "{",
        "turn_1/coordination_log.json.damaged-2": "a note of mine",
    }
    assert len(caplog.records) == 2


def test_what_is_in_the_way_of_one_turn_is_not_in_the_way_of_the_next(
    session: Path, caplog: pytest.LogCaptureFixture
) -> None:
    play(Artifacts(session, logging_enabled=True), two_turns())
    whole = files(session)
    first, second = (session / f"turn_{number}" / "coordination_log.json" for number in (1, 2))
    first.unlink()
    os.mkfifo(first)
    second.unlink()
    with caplog.at_level(logging.WARNING):
        Artifacts(session, logging_enabled=True, earlier=saved(session, two_turns())).restore()
    del whole["turn_1/coordination_log.json"]
    assert files(session) == whole
    [told] = caplog.records
    assert told.getMessage() == (
        f"not every file in {session} is up to date: cannot write {first}: it is not a regular file. "
        "Check that disk, then start MassGen again; what was saved before is safe."
    )


def test_a_turn_that_was_interrupted_has_no_views_but_is_in_the_summary(session: Path) -> None:
    entries = records(session_started(), *first_turn()[:-6])
    Artifacts(session, logging_enabled=True, earlier=saved(session, entries)).restore()
    assert list(files(session)) == ["SESSION_SUMMARY.txt"]
    assert (session / "SESSION_SUMMARY.txt").read_text().endswith("\nNo final answer; the turn was interrupted\n")


def test_a_resumed_session_keeps_its_earlier_turns_in_the_summary(session: Path) -> None:
    play(Artifacts(session, logging_enabled=True), two_turns())
    whole = files(session)
    first = two_turns()[: len(first_turn()) + 1]
    shutil.rmtree(session)
    session.mkdir()
    play(Artifacts(session, logging_enabled=True), first)
    play(Artifacts(session, logging_enabled=True, earlier=saved(session, first)), two_turns()[len(first) :])
    assert files(session) == whole


def test_a_disk_that_refuses_stops_nothing_and_is_reported_once(
    session: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hint = "Move that file out of the way; a directory belongs there."
    (session / "turn_1").write_text("in the way")
    (session / "turn_2").symlink_to(session)
    artifacts = Artifacts(session, logging_enabled=True)
    with caplog.at_level(logging.WARNING):
        play(artifacts, two_turns())
    assert [record.getMessage() for record in caplog.records] == [
        f"agent_outputs/ is not written while answers stream: [Errno 20] it is not a directory: '{session}/turn_1'",
        f"not every file in {session} is up to date: cannot write {session}/turn_1: it is not a directory. {hint}",
    ]
    assert list(files(session)) == ["turn_1"]


def test_a_full_disk_leaves_the_old_view_whole(session: Path) -> None:
    script = """
import resource, sys
from pathlib import Path
from massgen.session.disk import replace
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
replace(Path(sys.argv[1]), "old")
try:
    replace(Path(sys.argv[1]), "new" * 1000)
except OSError as error:
    print(error.strerror)
"""
    file = session / "SESSION_SUMMARY.txt"
    done = subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True)
    assert (done.stdout, files(session)) == ("File too large\n", {"SESSION_SUMMARY.txt": "old"})


@pytest.mark.parametrize("agent", ["..", "../../x", "a/b", ""])
def test_an_agent_id_out_of_a_foreign_log_never_leads_outside(session: Path, agent: str) -> None:
    told = records(
        TurnStarted(turn=1, question="Why?", agents=(agent,), seed="s"),
        CallStarted(agent=agent, call=1, stage="draft"),
        TurnEnded(turn=1, outcome="cancelled"),
    )
    play(Artifacts(session, logging_enabled=True), told)
    assert [each for each in files(session.parent) if not each.endswith("coordination_log.json")] == []
