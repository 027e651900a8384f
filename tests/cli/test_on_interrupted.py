"""`--on-interrupted`, and a run without a question: what is done, and what is told where there is nothing to do."""

import json
import shutil
from pathlib import Path
from zlib import crc32

import pytest

from tests.helpers.cut import LOG, answered, cut_behind
from tests.helpers.program import Program, refusal

pytestmark = pytest.mark.slow  # a program is started for each

OFFER = "Turn 1 was interrupted: 1 of 3 drafts is in; bob and cyd are missing.\n"
ANSWER = "Bob's answer to “Why?”.\n"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a session whose one turn came to its end."""
    return answered(tmp_path_factory.mktemp("whole"), "Why?")


@pytest.fixture
def session(massgen: Program, whole: Path) -> Path:
    """The same in a project of its own."""
    shutil.copytree(whole, massgen.project, dirs_exist_ok=True)
    [session] = massgen.sessions()
    return session


@pytest.fixture
def interrupted(session: Path) -> Path:
    """The same, killed when one had answered."""
    cut_behind(session, "AnswerSubmitted")
    return session


def outcomes(session: Path) -> list[tuple[str, str]]:
    views = [json.loads(each.read_text("utf-8")) for each in sorted(session.glob("turn_*/coordination_log.json"))]
    return [(each["outcome"], each["because"]) for each in views]


def test_it_is_about_a_session_that_is_gone_on_with(massgen: Program) -> None:
    assert massgen("--demo", "--on-interrupted", "drop", "Why?") == refusal(
        2,
        "massgen: --on-interrupted is about a turn of a session that is gone on with.\n"
        "  Add --continue, or --resume and the id of the session.\n",
    )


def test_where_nothing_was_interrupted_it_has_nothing_to_do(massgen: Program, session: Path) -> None:
    ran = massgen("--continue", "--on-interrupted", "drop", "And now?")
    assert (ran.stdout, ran.status) == ("Bob's answer to “And now?”.\n", 0)
    assert ran.told.splitlines()[0] == "Nothing was interrupted, so --on-interrupted drop has nothing to do."


def test_without_a_question_and_a_terminal_there_has_to_be_something_to_go_on_with(
    massgen: Program, session: Path
) -> None:
    told = (
        f"massgen: There is no question, and no turn of {session.name} was interrupted.\n"
        '  massgen --continue "your question", or in a terminal to chat\n'
    )
    assert massgen("--continue") == refusal(2, told)
    result = json.loads(massgen("--continue", "--output-format", "json").stdout)
    assert (result["outcome"], result["exit_status"]) == ("error", 2)


def test_a_result_for_a_program_is_that_of_the_turn(massgen: Program, interrupted: Path) -> None:
    result = json.loads(massgen("--continue", "--output-format", "json").stdout)
    told = {key: result[key] for key in ("outcome", "exit_status", "answer", "session", "turn")}
    assert told == {
        "outcome": "answered",
        "exit_status": 0,
        "answer": ANSWER.strip(),
        "session": interrupted.name,
        "turn": 1,
    }


def test_the_result_of_a_turn_that_is_dropped_says_so(massgen: Program, interrupted: Path) -> None:
    ran = massgen("--continue", "--on-interrupted", "drop", "--output-format", "json")
    result = json.loads(ran.stdout)
    told = [result[key] for key in ("outcome", "because", "exit_status", "answer", "turn")]
    assert (told, ran.status) == (["cancelled", "dropped", 0, None, 1], 0)


def test_each_event_of_the_rest_is_a_line(massgen: Program, interrupted: Path) -> None:
    lines = [json.loads(each) for each in massgen("--continue", "--output-format", "stream-json").stdout.splitlines()]
    kinds = [each["type"] for each in lines]
    assert kinds[:4] == ["SessionStarted", "TurnResumed", "CallStarted", "CallStarted"]
    assert kinds[-2:] == ["TurnEnded", "result"]


def test_to_restart_asks_the_same_question(massgen: Program, interrupted: Path) -> None:
    ran = massgen("--continue", "--on-interrupted", "restart")
    assert (ran.stdout, ran.status) == (ANSWER, 0)
    assert OFFER in ran.told
    assert outcomes(interrupted) == [("cancelled", "started_over"), ("answered", "")]


def test_to_continue_before_a_new_question_gives_both_answers(massgen: Program, interrupted: Path) -> None:
    ran = massgen("--continue", "--on-interrupted", "continue", "And now?")
    assert (ran.stdout, ran.status) == (f"{ANSWER}Bob's answer to “And now?”.\n", 0)
    assert outcomes(interrupted) == [("answered", ""), ("answered", "")]


def test_an_empty_pipe_is_no_new_question(massgen: Program, interrupted: Path) -> None:
    assert massgen("--continue", stdin="").stdout == ANSWER


def test_an_empty_argument_is_refused_all_the_same(massgen: Program, interrupted: Path) -> None:
    assert massgen("--continue", " ").status == 2
    assert outcomes(interrupted) == []


def test_a_log_that_contradicts_itself_is_not_gone_on_with(massgen: Program, interrupted: Path) -> None:
    log = interrupted / LOG
    *whole, last = log.read_bytes().splitlines(keepends=True)
    body = last[9:-1].replace(b'"agent":"ann"', b'"agent":"eve"')
    assert body != last[9:-1]
    log.write_bytes(b"".join([*whole, b"%08x %s\n" % (crc32(body), body)]))

    ran = massgen("--continue")
    assert (ran.stdout, ran.status) == ("", 4)
    assert ran.stderr == (
        "Turn 1 was interrupted: its log contradicts itself, so it cannot be gone on with.\n"
        "massgen: turn 1 cannot be gone on with: its log contradicts itself\n"
        "  Start it over or drop it: --on-interrupted restart, or drop.\n"
    )
    assert massgen("--continue", "--on-interrupted", "restart").stdout == ANSWER
