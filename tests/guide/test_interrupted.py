"""What the guide says about turns in whose middle MassGen was killed."""

import json
import shutil
from pathlib import Path

import pytest

from massgen.session.reading import read
from tests.guide.page import block, promised
from tests.helpers.conversation import CTRL_C, ENTER
from tests.helpers.cut import LOG, answered, cut_behind
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

pytestmark = pytest.mark.slow  # a program is started for each

QUESTION = "Why?"
FILES = """\
agents:
  - {id: ann, backend: {type: claude, model: claude-sonnet-5-5, cwd: workspace}}
"""
ANSWER = "Bob's answer to “Why?”.\n"
OFFER, ASKED = block("Session Storage", "text", 1).splitlines()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which a team of three has answered."""
    return answered(tmp_path_factory.mktemp("whole"), QUESTION)


@pytest.fixture
def interrupted(massgen: Program, whole: Path) -> Path:
    """The session of that team, killed when two had voted."""
    shutil.copytree(whole, massgen.project, dirs_exist_ok=True)
    [session] = massgen.sessions()
    cut_behind(session, "VoteCast", 2)
    return session


def kinds(session: Path) -> list[str]:
    return [type(record.event).__name__ for record in read(session / LOG).records]


def calls(session: Path) -> list[str]:
    """Who was asked since the crash."""
    told = [record.event for record in read(session / LOG).records]
    names = [type(event).__name__ for event in told]
    starts = [place for place, name in enumerate(names) if name == "SessionStarted"]
    return [f"{each.agent} {each.stage}" for each in told[starts[1] :] if type(each).__name__ == "CallStarted"]  # type: ignore[union-attr]


def ends(session: Path) -> list[tuple[str, str]]:
    views = sorted(session.glob("turn_*/coordination_log.json"))
    return [(told["outcome"], told["because"]) for told in (json.loads(each.read_text("utf-8")) for each in views)]


def test_to_continue_asks_only_who_is_missing(massgen: Program, interrupted: Path) -> None:
    promised(
        "A turn in whose middle MassGen was killed is not lost.",
        "The next `massgen --continue` says how far it had come, and asks:",
        "To continue keeps every finished draft and vote, and asks only the missing agents;",
    )
    before = read(interrupted / LOG).records
    with massgen.chat("--continue") as chat:
        chat.wait_until(lambda: chat.row == ASKED.strip(), ASKED)
        assert OFFER in chat.text
        chat.type("c" + ENTER)
        chat.wait_for(ANSWER.strip())
        chat.wait_for_prompt()

    assert read(interrupted / LOG).records[: len(before)] == before
    assert calls(interrupted) == ["cyd ballot", "bob presentation"]
    assert ends(interrupted) == [("answered", "")]


def test_to_start_over_asks_the_question_as_the_next_turn(massgen: Program, interrupted: Path) -> None:
    promised("To start over closes the turn and asks its question again, as the next turn.")

    with massgen.chat("--continue") as chat:
        chat.wait_for(ASKED.strip())
        chat.type("s" + ENTER)
        chat.wait_for(ANSWER.strip())
        chat.wait_for_prompt()

    assert len(calls(interrupted)) == 7
    assert ends(interrupted) == [("cancelled", "started_over"), ("answered", "")]


def test_to_drop_it_closes_it_and_keeps_what_it_had_brought(massgen: Program, interrupted: Path) -> None:
    promised("To drop it closes it. What a closed turn had brought stays in its files.")

    with massgen.chat("--continue") as chat:
        chat.wait_for(ASKED.strip())
        chat.type("d" + ENTER)
        chat.wait_for("Turn 1 is dropped")
        chat.wait_for_prompt()

    assert calls(interrupted) == []
    assert ends(interrupted) == [("cancelled", "dropped")]
    told = (interrupted / "turn_1" / "agent_outputs" / "ann.txt").read_text("utf-8")
    assert "One draft." in told


def test_ctrl_c_leaves_and_changes_nothing(massgen: Program, interrupted: Path) -> None:
    promised("Ctrl+C there leaves MassGen, and changes nothing.")

    before = (interrupted / LOG).read_bytes()
    with massgen.chat("--continue") as chat:
        chat.wait_for(ASKED.strip())
        chat.type(CTRL_C)
        assert chat.wait_for_end() == 0
    assert (interrupted / LOG).read_bytes() == before


def test_the_time_limits_begin_anew(massgen: Program, interrupted: Path) -> None:
    promised("the time limits begin anew.")

    lines = (interrupted / LOG).read_bytes()
    assert b'"ballot_s":300.0' in lines or b'"ballot_s": 300.0' in lines
    assert massgen("--continue").stdout == ANSWER  # whenever that is


def test_a_tool_that_was_at_work_is_named_and_not_run_again(massgen: Program) -> None:
    promised("A tool that was at work is named, because it may have done its work; it is never run again by itself.")

    def reply(request: Request) -> Reply:
        if any(role == "tool" for role, _ in request.texts):
            return Reply(text="Written.")
        return Reply(calls=[("write_file", {"path": "a.txt", "content": "1"})])

    (massgen.project / "team.yaml").write_text(FILES, encoding="utf-8")
    with WireServer(reply) as server:
        environ = server.environ("claude")
        massgen("--config", "team.yaml", QUESTION, env=environ)
        [session] = massgen.sessions()
        cut_behind(session, "ToolStarted")
        ran = massgen("--continue", env=environ)
    doubt = "ann was using write_file a.txt: it may have done its work, so check. It is not run again by itself.\n"
    assert ran.stderr.startswith(f"Turn 1 was interrupted: the final answer of ann is missing.\n{doubt}")
    assert kinds(session).count("ToolStarted") == 2  # the second time because the agent, asked again, wanted it


def test_the_flag_decides_without_asking(massgen: Program, interrupted: Path) -> None:
    promised("`--on-interrupted continue`, `restart` or `drop` decides without asking.")

    dropped = massgen("--continue", "--on-interrupted", "drop")
    assert (dropped.stdout, dropped.status) == ("", 0)
    assert dropped.stderr.startswith(f"{OFFER}\nTurn 1 is dropped; what it had brought is kept in ")
    with massgen.chat("--continue", "--on-interrupted", "restart") as chat:
        chat.wait_for_prompt()
        assert ASKED.strip() not in chat.text
    assert ends(interrupted) == [("cancelled", "dropped")]


def test_without_a_terminal_the_turn_is_continued(massgen: Program, interrupted: Path) -> None:
    promised("Without a terminal MassGen continues the turn and prints its answer;")

    ran = massgen("--continue")
    assert (ran.stdout, ran.status) == (ANSWER, 0)
    assert ran.stderr.startswith(f"{OFFER}\n")
    assert calls(interrupted) == ["cyd ballot", "bob presentation"]


def test_with_a_new_question_the_turn_is_dropped(massgen: Program, interrupted: Path) -> None:
    promised("with a new question it drops the turn, says so, and answers in the same session.")

    ran = massgen("--continue", "And now?")
    assert (ran.stdout, ran.status) == ("Bob's answer to “And now?”.\n", 0)
    assert "Turn 1 is dropped" in ran.stderr
    assert massgen.sessions() == [interrupted]
    assert ends(interrupted) == [("cancelled", "dropped"), ("answered", "")]
