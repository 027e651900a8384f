"""`massgen sessions …`: list, show, export, repair and delete, and what is said to wrong input."""

import json
import os
import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from massgen.cli.options import Options, parse
from massgen.cli.session_commands.asking import Asked
from tests.cli.going_on import FIRST, SECOND, THIRD, answers, turns
from tests.helpers import teams
from tests.helpers.program import Program, Ran, refusal

pytestmark = pytest.mark.slow  # a program is started for each

ID = "session_20250108_143022"


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which a session of two turns was held."""
    massgen = Program(tmp_path_factory.mktemp("held"))
    massgen("--config", teams.remembering(massgen.project), FIRST)
    massgen("--continue", SECOND)
    return massgen.project


@pytest.fixture
def session(massgen: Program, held: Path) -> Path:
    """A session of two turns."""
    shutil.copytree(held, massgen.project, dirs_exist_ok=True)
    [session] = massgen.sessions()
    return session


def damage(session: Path) -> bytes:
    """Change one byte of the second question in the log; returns the damaged log."""
    log = session / "events.jsonl"
    damaged = log.read_bytes().replace(SECOND.encode(), SECOND.replace("G", "g").encode())
    log.write_bytes(damaged)
    return damaged


# -- the command line ------------------------------------------------------------------------------------------------


def test_only_the_first_word_is_taken_for_the_subcommand() -> None:
    assert parse(["sessions", "list", "--json"]) == Options(sessions=Asked(verb="list", json=True))
    assert parse(["sessions", "delete", "a", "b", "--yes", "--config", "t.yaml"]) == Options(
        config="t.yaml", sessions=Asked(verb="delete", sessions=("a", "b"), yes=True, config="t.yaml")
    )
    assert parse(["--", "sessions"]) == Options(question="sessions")
    assert parse(["--demo", "sessions"]) == Options(demo=True, question="sessions")
    assert parse(["sessions of 1968"]) == Options(question="sessions of 1968")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "massgen sessions: error: the following arguments are required: VERB"),
        (
            ["open"],
            (
                "massgen sessions: error: argument VERB: invalid choice: 'open' "
                "(choose from 'list', 'show', 'export', 'repair', 'delete')"
            ),
        ),
        (["show"], "massgen sessions show: error: the following arguments are required: ID"),
        (["show", ID, ID], f"massgen sessions: error: unrecognized arguments: {ID}"),
        (
            ["show", ID, "--turn", "0"],
            "massgen sessions show: error: argument --turn: '0' is not the number of a turn",
        ),
        (
            ["show", ID, "--turn", "\x1b[31m"],
            "massgen sessions show: error: argument --turn: '\\x1b[31m' is not the number of a turn",
        ),
        (
            ["export", ID, "--format", "pdf"],
            "massgen sessions export: error: argument --format: invalid choice: 'pdf' (choose from 'md', 'json')",
        ),
        (["export", ID, "--output"], "massgen sessions export: error: argument --output: expected one argument"),
        (["delete", "--yes"], "massgen sessions delete: error: the following arguments are required: ID"),
        (["list", "--turn", "1"], "massgen sessions: error: unrecognized arguments: --turn 1"),
        (["list", "--output-format", "json"], "massgen sessions: error: unrecognized arguments: --output-format json"),
    ],
)
def test_what_cannot_be_read_is_named(massgen: Program, arguments: list[str], sentence: str) -> None:
    ran = massgen("sessions", *arguments)

    assert (ran.stdout, ran.status, ran.stderr.splitlines()[-1]) == ("", 2, sentence)
    assert ran.stderr.startswith("usage: massgen sessions")
    assert list(massgen.project.iterdir()) == []


@pytest.mark.parametrize("verb", ["show", "export", "repair", "delete"])
def test_a_session_that_does_not_exist_is_named_with_the_last_one(massgen: Program, session: Path, verb: str) -> None:
    assert massgen("sessions", verb, ID) == refusal(
        4,
        f"massgen: There is no session {ID!r} here.\n"
        f"  The last one is {session.name}; massgen --list-sessions names all.\n",
    )


@pytest.mark.parametrize("verb", ["show", "export", "repair", "delete"])
def test_where_there_is_no_session_that_is_said(massgen: Program, verb: str) -> None:
    assert massgen("sessions", verb, "last") == refusal(
        4, "massgen: No session was saved in this directory yet.\n  Start one: massgen --demo\n"
    )
    assert list(massgen.project.iterdir()) == []


# -- what is not ours ------------------------------------------------------------------------------------------------


@pytest.fixture
def foreign(massgen: Program) -> Path:
    """A directory that another program keeps under the name of a session."""
    place = massgen.project / ".massgen" / "sessions" / ID
    (place / "turn_1").mkdir(parents=True)
    (place / "turn_1" / "answer.txt").write_text("mine")
    (place / "metadata.json").write_text("{}")
    return place


@pytest.mark.parametrize("log", [None, '{"event": "theirs"}\n'])
@pytest.mark.parametrize("command", [["show"], ["export"], ["repair", "--yes"], ["delete", "--yes"]])
def test_what_another_program_keeps_there_is_left_alone(
    massgen: Program, foreign: Path, log: str | None, command: list[str]
) -> None:
    if log is not None:
        (foreign / "events.jsonl").write_text(log)
    before = files(foreign)

    assert massgen("sessions", *command, ID) == refusal(
        4, f"massgen: {foreign} is no session of MassGen.\n  It was left as it is.\n"
    )
    assert massgen("--resume", ID, "Why?").status == 4
    assert massgen("sessions", "list").stdout == "No session was saved in this directory yet.\n"
    assert files(foreign) == before


def test_a_link_to_a_session_is_no_session(massgen: Program, session: Path) -> None:
    link = session.with_name(ID)
    link.symlink_to(session)

    assert massgen("sessions", "delete", "--yes", ID) == refusal(
        4, f"massgen: {link} is no session of MassGen.\n  It was left as it is.\n"
    )
    assert turns(session) == ["turn_1", "turn_2"]


def files(place: Path) -> dict[str, bytes]:
    return {str(each.relative_to(place)): each.read_bytes() for each in place.rglob("*") if each.is_file()}


# -- list ------------------------------------------------------------------------------------------------------------


def test_the_list_is_that_of_the_flag(massgen: Program, session: Path) -> None:
    said = f"{session.name}    2 turns  {FIRST}\n"
    assert massgen("sessions", "list") == massgen("--list-sessions") == Ran(stdout=said, stderr="", status=0)


def test_the_list_says_what_should_be_known(massgen: Program, session: Path) -> None:
    old = session.rename(session.with_name(ID))
    massgen("--config", "team.yaml", FIRST)
    log = massgen.sessions()[1] / "events.jsonl"
    *lines, _ = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines))
    today = datetime.fromtimestamp((old / "events.jsonl").stat().st_mtime).astimezone()

    listed = massgen("sessions", "list").stdout.splitlines()
    assert listed == [
        f"{log.parent.name}    1 turn   {FIRST}  (interrupted)",
        f"{ID}    2 turns  {FIRST}  (last used {today:%Y-%m-%d})",
    ]


def test_a_session_in_use_is_marked_and_neither_repaired_nor_deleted(massgen: Program) -> None:
    teams.write(massgen.project, script=teams.HANGS)
    with massgen.started(*massgen.command("--config", "team.yaml", FIRST)) as process:
        assert process.stderr
        process.stderr.readline()
        [session] = massgen.sessions()
        in_use = refusal(
            4,
            f"massgen: {session} is in use by another massgen (process {process.pid})\n"
            "  Quit that one first, or start a new session.\n",
        )

        assert massgen("sessions", "list").stdout == f"{session.name}    1 turn   {FIRST}  (in use)\n"
        assert massgen("sessions", "repair", "--yes", "last") == in_use
        assert massgen("sessions", "delete", "--yes", "last") == in_use
        assert massgen("sessions", "show", "last").status == 0
        process.kill()


def test_a_program_reads_the_list_as_json(massgen: Program, session: Path) -> None:
    listed = json.loads(massgen("sessions", "list", "--json").stdout)
    [told] = listed["sessions"]

    assert datetime.fromisoformat(told.pop("last_used")).tzinfo is not None
    assert listed == {
        "type": "sessions",
        "v": 1,
        "sessions": [
            {"session": session.name, "directory": str(session), "turns": 2, "question": FIRST, "state": None}
        ],
    }


def test_a_program_reads_an_empty_list_as_one(massgen: Program) -> None:
    assert json.loads(massgen("sessions", "list", "--json").stdout) == {"type": "sessions", "v": 1, "sessions": []}


# -- show ------------------------------------------------------------------------------------------------------------


def test_the_history_is_the_one_of_the_chat(massgen: Program, session: Path) -> None:
    with massgen.chat("--continue", "--no-display", columns=80) as chat:
        chat.say("/history")
        printed = chat.after("/history")

    shown = massgen("sessions", "show", "last")
    assert (shown.stdout.rstrip("\n"), shown.stderr, shown.status) == (printed, "", 0)
    assert "\x1b" not in shown.stdout
    assert shown == massgen("sessions", "show", session.name)


def test_one_turn_is_shown_alone(massgen: Program, session: Path) -> None:
    shown = massgen("sessions", "show", "last", "--turn", "2").stdout
    assert (SECOND in shown, FIRST in shown.splitlines()[1]) == (True, False)
    assert re.findall(r"^── Turn (\d)", shown, re.MULTILINE) == ["2"]


def test_a_turn_that_is_not_there_is_told_with_those_that_are(massgen: Program, session: Path) -> None:
    assert massgen("sessions", "show", "last", "--turn", "3") == refusal(
        4, f"massgen: {session.name} has no turn 3.\n  It has turns 1 to 2.\n"
    )


def test_who_listens_gets_the_history_in_sentences(massgen: Program, session: Path) -> None:
    shown = massgen("sessions", "show", "last", env={"ACCESSIBLE": "1"}).stdout
    assert re.match(r"History of turn 1, at \d\d:\d\d:\d\d. You asked: What is machine learning\?\n", shown)


@pytest.mark.parametrize("verb", ["show", "export"])
def test_a_damaged_session_is_not_shown_and_the_way_out_is_named(massgen: Program, session: Path, verb: str) -> None:
    damaged = damage(session)
    log = session / "events.jsonl"
    size = log.read_bytes().index(b'"type":"TurnStarted"', log.read_bytes().index(b"TurnEnded"))
    start = log.read_bytes().rindex(b"\n", 0, size) + 1

    assert massgen("sessions", verb, "last") == refusal(
        4,
        f"massgen: {log} is damaged after record 9 (byte {start}), with valid records behind it\n"
        f"  Nothing was changed. massgen sessions repair {session.name} says what can be saved.\n",
    )
    assert log.read_bytes() == damaged


# -- repair ----------------------------------------------------------------------------------------------------------


def test_a_repair_says_what_it_costs_and_needs_a_yes(massgen: Program, session: Path) -> None:
    damaged = damage(session)
    log = session / "events.jsonl"

    ran = massgen("sessions", "repair", "last")
    assert re.sub(r"byte \d+", "byte N", ran.stdout) == (
        f"{session.name} is damaged after record 9 (byte N of {log}).\n"
        "Can be kept: 1 turn with 9 records. Turn 2 could not be read.\n"
        "The damaged log would stay beside the new one as events.jsonl.damaged-1.\n"
    )
    assert (ran.stderr, ran.status) == (
        "massgen: There is no terminal to ask on, so nothing was changed.\n  Say --yes to go ahead.\n",
        2,
    )
    assert log.read_bytes() == damaged
    assert sorted(each.name for each in session.iterdir() if each.is_file()) == ["SESSION_SUMMARY.txt", "events.jsonl"]


def test_a_repaired_session_is_gone_on_with(massgen: Program, session: Path) -> None:
    damaged = damage(session)
    lost = (session / "turn_2" / "coordination_log.json").read_bytes()

    ran = massgen("sessions", "repair", "last", "--yes")
    assert (ran.stdout.splitlines()[-1], ran.stderr, ran.status) == (
        f"{session.name} is repaired; the damaged log is kept as {session / 'events.jsonl.damaged-1'}.",
        "",
        0,
    )
    assert (session / "events.jsonl.damaged-1").read_bytes() == damaged
    assert (session / "turn_2" / "coordination_log.json").read_bytes() == lost
    summary = (session / "SESSION_SUMMARY.txt").read_text("utf-8")
    assert "The log of this session was damaged and has been repaired. Turn 2 could" in summary
    assert SECOND not in summary
    answers(massgen("--continue", THIRD), f"Number 2, after “{FIRST}”.")
    assert "has been repaired" in massgen("sessions", "show", "last").stdout


def test_a_session_that_is_whole_is_left_as_it_is(massgen: Program, session: Path) -> None:
    before = files(session)
    assert massgen("sessions", "repair", "last") == Ran(
        stdout=f"{session.name} is whole: 16 records. Nothing was changed.\n", stderr="", status=0
    )
    assert files(session) == before


def test_a_half_written_end_is_set_aside_as_opening_does(massgen: Program, session: Path) -> None:
    log = session / "events.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole + b'0badcafe {"v":1,"se')

    assert massgen("sessions", "repair", "last") == Ran(
        stdout=f"{session.name} is whole up to its end, and can be gone on with.\n",
        stderr=f"warning: {log}: a half-written end was set aside as events.jsonl.torn-1\n",
        status=0,
    )
    assert (log.read_bytes(), (session / "events.jsonl.torn-1").read_bytes()) == (whole, b'0badcafe {"v":1,"se')


@pytest.mark.parametrize(("said", "changed"), [("y", True), ("yes", True), ("n", False), ("", False), ("Y ", True)])
def test_a_terminal_is_asked(massgen: Program, session: Path, said: str, changed: bool) -> None:
    damaged = damage(session)
    with massgen.chat("sessions", "repair", "last", columns=200) as asking:
        asking.wait_for("Write it anew? [y/N]")
        asking.type(f"{said}\r")
        assert asking.wait_for_end() == 0
        assert ("Nothing was changed." in asking.text) is not changed
    assert ((session / "events.jsonl").read_bytes() != damaged) is changed


# -- delete ----------------------------------------------------------------------------------------------------------


def test_sessions_are_deleted_with_all_their_files_and_nothing_else(massgen: Program, session: Path) -> None:
    massgen("--config", "team.yaml", THIRD)
    first, second = massgen.sessions()
    outside = massgen.project / "mine"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    (first / "turn_1" / "link").symlink_to(outside)

    ran = massgen("sessions", "delete", first.name, second.name, first.name, "--yes")
    assert ran == Ran(
        stdout=(
            f"{first.name}: 2 turns, {FIRST}\n{second.name}: 1 turn, {THIRD}\n"
            f"{first.name} is deleted.\n{second.name} is deleted.\n"
        ),
        stderr="",
        status=0,
    )
    assert list(first.parent.iterdir()) == []
    assert (outside / "kept.txt").read_text() == "kept"


def test_without_a_yes_nothing_is_deleted(massgen: Program, session: Path) -> None:
    assert massgen("sessions", "delete", "last") == Ran(
        stdout=f"{session.name}: 2 turns, {FIRST}\n",
        stderr="massgen: There is no terminal to ask on, so nothing was changed.\n  Say --yes to go ahead.\n",
        status=2,
    )
    with massgen.chat("sessions", "delete", "last", columns=200) as asking:
        asking.wait_for("Delete this session with all files? [y/N]")
        asking.type("no\r")
        assert asking.wait_for_end() == 0
    assert turns(session) == ["turn_1", "turn_2"]
    assert not (session / "writer.pid").exists()


@pytest.mark.parametrize(("keys", "status"), [("\x03", 130), ("\x04", 0)])
def test_leaving_the_question_is_no_yes(massgen: Program, session: Path, keys: str, status: int) -> None:
    with massgen.chat("sessions", "delete", "last", columns=200) as asking:
        asking.wait_for("[y/N]")
        asking.type(keys)
        assert asking.wait_for_end() == status
        assert b"\n" in asking.written.rpartition(b"[y/N]")[2]
    assert turns(session) == ["turn_1", "turn_2"]
    assert not (session / "writer.pid").exists()


def test_of_several_sessions_all_are_deleted_or_none(massgen: Program, session: Path) -> None:
    assert massgen("sessions", "delete", "--yes", session.name, ID).status == 4
    assert turns(session) == ["turn_1", "turn_2"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_may_not_be_written_is_told(massgen: Program, session: Path) -> None:
    session.parent.chmod(0o500)
    ran = massgen("sessions", "delete", "--yes", "last")
    session.parent.chmod(0o700)
    assert ran.stderr.startswith(f"massgen: cannot delete {session}: Permission denied\n")


def test_a_damaged_session_can_be_deleted(massgen: Program, session: Path) -> None:
    damage(session)
    assert massgen("sessions", "delete", "--yes", "last").status == 0
    assert massgen.sessions() == []
