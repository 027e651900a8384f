"""What the guide says about sessions: going on with them by each of its commands, naming another team, and none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.guide.page import promised, typed
from tests.helpers import teams
from tests.helpers.program import Program, Ran

pytestmark = pytest.mark.slow  # a program is started for each

OTHER = """\
agents:
  - {id: eve, backend: {type: demo, model: scripted, script: other.yaml}}
"""
PAGE_ID = "session_20250108_143022"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Two sessions of one directory, and what each command of the page has answered."""

    first: Path
    last: Path
    listed: str
    answers: Sequence[str]
    with_another_team: Ran
    unknown: Ran


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Sessions:
    """The page's commands, one after the other; its id is that of the first session."""
    massgen = Program(tmp_path_factory.mktemp("sessions"))
    team = teams.remembering(massgen.project)
    massgen("--config", team, "Question A")
    massgen("--config", team, "Question B")
    first, last = massgen.sessions()
    listing, *going_on = typed("Session Storage")
    answers = []
    for number, arguments in enumerate(going_on, 1):
        flags = [each.replace(PAGE_ID, first.name) for each in arguments]
        answers.append(f"{' '.join(arguments)}: {massgen(*flags, f'Question {number}').stdout}")
    (massgen.project / "eve.yaml").write_text(OTHER, "utf-8")
    (massgen.project / "other.yaml").write_text(
        teams.REMEMBERS.replace("ann:", "eve:").replace("Number", "Eve’s"), "utf-8"
    )
    return Sessions(
        first=first,
        last=last,
        listed=massgen(*listing).stdout,
        answers=answers,
        with_another_team=massgen("--continue", "--config", "eve.yaml", "Who?"),
        unknown=massgen("--resume", PAGE_ID, "Why?"),
    )


def test_each_command_of_the_page_goes_on_with_the_session_that_it_means(sessions: Sessions) -> None:
    promised(
        "A session is gone on with like this:",
        "`--continue` and `--resume last` take the last session of this directory",
        "A resumed session knows its conversation,",
    )

    assert sessions.answers == [
        "--continue: Number 2, after “Question B”.\n",
        "--resume last: Number 3, after “Question 1”.\n",
        f"--resume {PAGE_ID}: Number 2, after “Question A”.\n",
        f"--session-id {PAGE_ID}: Number 3, after “Question 3”.\n",
    ]


def test_the_list_names_every_session_and_how_it_began(sessions: Sessions) -> None:
    assert sessions.listed == (
        f"{sessions.last.name}    3 turns  Question B\n{sessions.first.name}    3 turns  Question A\n"
    )


def test_the_team_is_the_same_unless_another_is_named(sessions: Sessions) -> None:
    promised("its team is the same unless you name another,")

    assert sessions.with_another_team.stdout == "Eve’s 4, after “Question 2”.\n"


def test_its_turns_are_numbered_on(sessions: Sessions) -> None:
    promised("and its turns are numbered on.")

    def turns(session: Path) -> list[str]:
        return sorted(each.parent.name for each in session.glob("turn_*/coordination_log.json"))

    assert turns(sessions.first) == ["turn_1", "turn_2", "turn_3"]
    assert turns(sessions.last) == ["turn_1", "turn_2", "turn_3", "turn_4"]


def test_an_unknown_session_is_a_sentence_that_names_the_last(sessions: Sessions) -> None:
    said = (
        f"massgen: There is no session {PAGE_ID!r} here.\n"
        f"  The last one is {sessions.last.name}; massgen --list-sessions names all.\n"
    )
    assert sessions.unknown == Ran(stdout="", stderr=said, status=4)


def test_where_no_session_was_saved_none_can_be_gone_on_with(massgen: Program) -> None:
    said = "massgen: No session was saved in this directory yet.\n  Start one: massgen --demo\n"

    assert massgen("--resume", PAGE_ID, "Why?") == Ran(stdout="", stderr=said, status=4)


def test_a_session_that_is_kept_elsewhere_is_found(massgen: Program) -> None:
    promised(
        "`--continue` and `--resume last` take the last session of this directory, also when its team keeps sessions "
        "elsewhere (`orchestrator.session_storage`);",
        "with `--config`, that of this team.",
    )

    massgen("--config", teams.remembering(massgen.project), "Question 1")
    (massgen.project / "kept.yaml").write_text(f"{teams.ONE}orchestrator: {{session_storage: kept}}\n", "utf-8")
    massgen("--config", "kept.yaml", "Question 2")
    [kept] = massgen.project.glob(".massgen/kept/session_*")
    kept.rename(kept.with_name("session_99990101_000000"))

    assert massgen("--continue", "Question 3").stdout == "Number 2, after “Question 2”.\n"
    assert massgen("--continue", "--config", "team.yaml", "Question 4").stdout == "Number 2, after “Question 1”.\n"


def test_the_files_of_a_resumed_session_are_made_anew(massgen: Program) -> None:
    promised(
        "What is missing of its files is made anew from `events.jsonl`.",
        "A damaged `coordination_log.json` is told before the first prompt, kept beside the new one, and made anew.",
    )

    massgen("--config", teams.remembering(massgen.project), "Question 1")
    [session] = massgen.sessions()
    view, summary = session / "turn_1" / "coordination_log.json", session / "SESSION_SUMMARY.txt"
    whole = [each.read_bytes() for each in (view, summary)]
    view.write_bytes(b"{")
    summary.unlink()

    with massgen.chat("--continue", columns=200) as chat:
        chat.wait_for_prompt()
        assert f"{view} was damaged" in chat.text
    assert [each.read_bytes() for each in (view, summary)] == whole
    assert (view.parent / "coordination_log.json.damaged-1").read_bytes() == b"{"
