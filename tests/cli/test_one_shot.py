"""One question, one answer: what comes in, what goes out on which stream, and how the program ends."""

import os
import re
import signal

import pytest

from tests.helpers import teams
from tests.helpers.program import TOO_LONG_S, Program, Ran

ANSWER = "The answer to “Why?”.\n"
TOLD = "◆ 1 agent · ann · "


def test_stdout_holds_the_answer_alone(massgen: Program) -> None:
    ran = massgen("--config", teams.write(massgen.project), "Why?")

    assert (ran.stdout, ran.status) == (ANSWER, 0)
    assert ran.told.startswith(TOLD)


def test_a_team_s_work_is_told_on_stderr_and_its_answer_on_stdout(massgen: Program) -> None:
    ran = massgen("--config", teams.write(massgen.project, teams.THREE), "Why?")

    assert (ran.stdout, ran.status) == ("Bob's answer to “Why?”.\n", 0)
    assert re.sub(r"\d+\.\d s", "0.0 s", re.sub(r"^\[ *\d+\.\ds\] ", "", ran.stderr, flags=re.MULTILINE)) == (
        """\
turn 1: 3 agents asked
ann generating
bob generating
cyd generating
ann answered
bob answered
cyd answered
Coordination Round 1: 3 candidates
ann voting
bob voting
cyd voting
ann voted → bob (It is better.)
bob voted → ann (It is shorter.)
cyd voted → bob (It says more.)
winner bob
Final Presentation
bob presenting
bob presented
turn 1 answered
◆ 3 agents · 1 round · winner bob (2 of 3 votes) · presented version · 0.0 s
"""
    )


@pytest.mark.parametrize(
    ("argument", "piped", "question"),
    [
        (["Why?"], None, "Why?"),
        ([], "Why?\n", "Why?"),
        (["Explain this."], "def f(): ...\n", "Explain this.\n\ndef f(): ..."),
        (["Why?"], "", "Why?"),
        ([], "Warum – “so”? 🤖\r\n", "Warum – “so”? 🤖"),
    ],
)
def test_the_question_is_the_argument_and_then_what_is_piped_in(
    massgen: Program, argument: list[str], piped: str | None, question: str
) -> None:
    ran = massgen("--config", teams.write(massgen.project), *argument, stdin=piped)

    assert ran.stdout == f"The answer to “{question}”.\n"


def test_a_dumb_terminal_and_no_locale_still_get_the_answer(massgen: Program) -> None:
    ran = massgen("--config", teams.write(massgen.project), "Why?", env={"TERM": "dumb", "LANG": "C", "LC_ALL": "C"})

    assert (ran.stdout, ran.status) == (ANSWER, 0)


# -- interruptions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str
)
def test_a_signal_ends_the_turn_and_the_program(massgen: Program, number: signal.Signals, status: int) -> None:
    command = massgen.command("--config", teams.write(massgen.project, script=teams.HANGS), "Why?")
    with massgen.started(*command) as process:
        assert process.stderr
        assert process.stderr.readline() == "[  0.0s] turn 1: 1 agent asked\n"
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=TOO_LONG_S)

    assert (stdout, process.returncode) == ("", status)
    assert "Traceback" not in stderr


def test_an_interrupted_turn_is_told_and_kept(massgen: Program) -> None:
    command = massgen.command("--config", teams.write(massgen.project, script=teams.HANGS), "Why?")
    with massgen.started(*command) as process:
        assert process.stderr
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=TOO_LONG_S)

    summary, begun = stderr.splitlines()[-2:]
    assert summary.startswith("◆ cancelled; 0 of 1 agent had answered · ")
    assert begun.startswith("what was written so far: ")
    [session] = massgen.sessions()
    assert "Why?" in (session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8")


# -- streams that are gone -------------------------------------------------------------------------------------------


def test_a_reader_that_leaves_is_no_error_worth_a_word(massgen: Program) -> None:
    ran = massgen.unheard("--config", teams.write(massgen.project), "Why?", on="stdout")

    assert ran.status == 141
    assert ran.told.startswith(TOLD)
    assert len(ran.stderr.splitlines()) == 7


def test_an_answer_that_cannot_be_written_is_said_in_a_sentence(massgen: Program) -> None:
    command = massgen.command("--config", teams.write(massgen.project), "Why?")
    ran = massgen.run("/bin/sh", "-c", 'exec "$@" >/dev/full', "sh", *command)

    [session] = massgen.sessions()
    assert ran.told.splitlines()[1:] == [
        "massgen: The answer cannot be written to stdout: No space left on device.",
        f"  It is kept in {session}.",
    ]
    assert ran.status == 1


def test_a_closed_stdout_loses_the_answer_on_the_way_out_but_not_on_disk(massgen: Program) -> None:
    command = massgen.command("--config", teams.write(massgen.project), "Why?")
    ran = massgen.run("/bin/sh", "-c", 'exec "$@" >&-', "sh", *command)

    assert ran.status == 0
    assert ran.told.startswith(TOLD)
    [session] = massgen.sessions()
    assert ANSWER.strip() in (session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8")


def test_a_reader_of_stderr_that_leaves_does_not_cost_the_answer(massgen: Program) -> None:
    ran = massgen.unheard("--config", teams.write(massgen.project), "Why?", on="stderr")

    assert (ran.stdout, ran.status) == (ANSWER, 0)


@pytest.mark.parametrize("redirection", ["2>&-", "<&-"])
def test_without_the_other_streams_the_answer_still_comes(massgen: Program, redirection: str) -> None:
    command = massgen.command("--config", teams.write(massgen.project), "Why?")
    ran = massgen.run("/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *command)

    assert (ran.stdout, ran.status) == (ANSWER, 0)


def test_a_chat_whose_output_nobody_sees_is_refused(massgen: Program) -> None:
    ours, theirs = os.openpty()
    with massgen.started(*massgen.command("--demo"), stdin=theirs) as process:
        stdout, stderr = process.communicate(timeout=TOO_LONG_S)
    os.close(ours)
    os.close(theirs)

    assert Ran(stdout=stdout, stderr=stderr, status=process.returncode) == Ran(
        stdout="",
        stderr='massgen: A chat needs a terminal.\n  Give the question as an argument: massgen … "question"\n',
        status=2,
    )
