"""What damage does to a session that is gone on with: it is told, mended from the log, or refused."""

import shutil
from pathlib import Path

import pytest

from tests.cli.going_on import FIRST, SECOND, THIRD, answers, turns
from tests.helpers import teams
from tests.helpers.program import Program, refusal

pytestmark = pytest.mark.slow  # a program is started for each


def test_deleted_views_are_made_anew_from_the_log(massgen: Program) -> None:
    massgen("--config", teams.remembering(massgen.project), FIRST)
    [session] = massgen.sessions()
    view = session / "turn_1" / "coordination_log.json"
    whole = view.read_text(encoding="utf-8")
    shutil.rmtree(session / "turn_1")
    (session / "SESSION_SUMMARY.txt").unlink()

    answers(massgen("--continue", SECOND), f"Number 2, after “{FIRST}”.")
    assert view.read_text(encoding="utf-8") == whole
    assert turns(session) == ["turn_1", "turn_2"]
    summary = (session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8")
    assert [question in summary for question in (FIRST, SECOND)] == [True, True]


@pytest.mark.parametrize("damage", [b"{", b"\xff\x00", b""], ids=["cut", "not text", "empty"])
def test_a_damaged_coordination_log_is_told_and_made_anew_before_anybody_is_asked(
    massgen: Program, damage: bytes
) -> None:
    massgen("--config", teams.remembering(massgen.project), FIRST)
    [session] = massgen.sessions()
    view = session / "turn_1" / "coordination_log.json"
    whole = view.read_bytes()
    view.write_bytes(damage)

    ran = massgen("--continue", SECOND)
    answers(ran, f"Number 2, after “{FIRST}”.")
    assert ran.stderr.startswith(f"{damaged(view)}\n[  0.0s] turn 2: 1 agent asked\n")
    assert (view.read_bytes(), view.with_name(f"{view.name}.damaged-1").read_bytes()) == (whole, damage)
    assert massgen("--continue", THIRD).told.count("was damaged") == 0


@pytest.mark.parametrize("flags", [["--continue"], ["--resume", "last"], ["--session-id", "last"]])
def test_a_chat_tells_damage_before_its_first_prompt(massgen: Program, flags: list[str]) -> None:
    massgen("--config", teams.remembering(massgen.project), FIRST)
    [session] = massgen.sessions()
    view = session / "turn_1" / "coordination_log.json"
    whole = view.read_bytes()
    view.write_bytes(b"{")

    with massgen.chat(*flags, columns=1000) as chat:
        chat.wait_for_prompt()
        assert chat.above.endswith(f"is remembered.\n\n{damaged(view)}\nYou:")
        assert view.read_bytes() == whole


def damaged(view: Path) -> str:
    """What is said of a damaged coordination log."""
    return (
        f"warning: {view} was damaged: it is written anew from the session's log, and what stood there is kept beside "
        f"it as {view.name}.damaged-1"
    )


def test_what_is_in_the_way_of_a_turn_is_told_before_anybody_is_asked(massgen: Program) -> None:
    massgen("--config", teams.remembering(massgen.project), FIRST)
    [session] = massgen.sessions()
    shutil.rmtree(session / "turn_1")
    (session / "turn_1").write_text("mine")

    ran = massgen("--continue", SECOND)
    answers(ran, f"Number 2, after “{FIRST}”.")
    assert ran.stderr.startswith(
        f"warning: not every file in {session} is up to date: cannot write {session / 'turn_1'}: it is not a directory."
        " Move that file out of the way; a directory belongs there.\n[  0.0s] turn 2: 1 agent asked\n"
    )
    assert (session / "turn_1").read_text() == "mine"


def test_a_log_damaged_in_the_middle_is_left_as_it_is(massgen: Program) -> None:
    massgen("--config", teams.remembering(massgen.project), FIRST)
    [session] = massgen.sessions()
    log = session / "events.jsonl"
    whole = log.read_bytes()
    lines = whole.splitlines(keepends=True)
    size = len(lines[0])
    log.write_bytes(whole[:size] + b"f" * 3 + whole[size + 3 :].replace(FIRST.encode(), b"x" * len(FIRST)))
    damaged = log.read_bytes()

    assert massgen("--config", "team.yaml", "--continue", SECOND) == refusal(
        4,
        f"massgen: {log} is damaged after record 1 (byte {size}), with valid records behind it\n"
        f"  Nothing was changed. massgen sessions repair {session.name} says what can be saved.\n",
    )
    assert massgen("--continue", SECOND).status == 4
    assert log.read_bytes() == damaged
    assert turns(session) == ["turn_1"]


def test_a_log_that_ends_in_the_middle_of_a_line_is_gone_on_with(massgen: Program) -> None:
    massgen("--config", teams.remembering(massgen.project), FIRST)
    [session] = massgen.sessions()
    log = session / "events.jsonl"
    torn = log.read_bytes() + b'0badcafe {"v":1,"se'
    log.write_bytes(torn)

    ran = massgen("--continue", SECOND)
    answers(ran, f"Number 2, after “{FIRST}”.")
    assert ran.stderr.startswith(
        f"warning: {log}: a half-written end was set aside as events.jsonl.torn-1\n[  0.0s] turn 2: 1 agent asked\n"
    )
    assert (session / "events.jsonl.torn-1").read_bytes() == b'0badcafe {"v":1,"se'


def test_a_session_in_use_is_refused_with_the_process_that_has_it(massgen: Program) -> None:
    teams.write(massgen.project, script=teams.HANGS)
    with massgen.started(*massgen.command("--config", "team.yaml", FIRST)) as process:
        assert process.stderr
        assert process.stderr.readline() == "[  0.0s] turn 1: 1 agent asked\n"
        [session] = massgen.sessions()

        assert massgen("--continue", SECOND) == refusal(
            4,
            f"massgen: {session} is in use by another massgen (process {process.pid})\n"
            "  Quit that one first, or start a new session.\n",
        )
        process.kill()
