"""A session that is gone on with after the program was killed: what was said, what was remembered, which files."""

import shutil
import signal
from pathlib import Path

import pytest

from massgen.messages import Json
from tests.helpers import models
from tests.helpers.conversation import ENTER
from tests.helpers.models import FINAL_ANSWER, GEMINI, GROK, OPENAI, THREE_AGENTS
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer
from tests.workspace.trees import files, grow

pytestmark = pytest.mark.slow  # whole chats over real SDKs; `make test` has the same promises in tests/guide

FIRST, SECOND, THIRD = "What is machine learning?", "Give me an example.", "And in Python?"
ALONE = """\
agents:
  - id: ann
    backend: {type: claude, model: claude-sonnet-5-5, cwd: workspace}
"""


def write(content: str) -> Reply:
    """A call that writes `a.txt`."""
    arguments: dict[str, Json] = {"path": "a.txt", "content": content}
    return Reply(calls=[("write_file", arguments)])


def writing(request: Request) -> Reply:
    """A model that writes, is cut off while it spoils what it wrote, and then reads what it finds."""
    asked = [text for role, text in request.texts if role == "user"][-1]
    done = [text for role, text in request.texts if role == "tool"]
    if asked == FIRST:
        return Reply(text="Written.") if done else write("1\n")
    if asked == SECOND:
        return Reply(text=["Well", "…"], stall_after=1) if done else write("2\n")
    return Reply(text=done[0]) if done else Reply(calls=[("list_files", {"path": "."})])


def kill_while(massgen: Program, environ: dict[str, str], streamed: Path, said: str) -> None:
    """Go on with the session, ask the second question, and kill the program once this much has been streamed."""
    with massgen.chat("--continue", env=environ) as chat:
        chat.wait_for_prompt()
        chat.type(SECOND + ENTER)  # its turn stalls, and may hide the prompt before anybody has looked at it
        chat.wait_until(lambda: streamed.exists() and said in streamed.read_text(encoding="utf-8"))
        chat.interrupt(signal.SIGKILL)
        chat.wait_for_end()


def test_a_killed_turn_of_a_team_keeps_what_was_said_and_the_finished_ones_are_remembered(massgen: Program) -> None:
    def reply(request: Request) -> Reply:
        if request.texts[-1] == ("user", SECOND) and request.model == GEMINI:
            return Reply(text=["Half of ", "it", "…"], stall_after=2)
        return models.reply(request)

    with WireServer(reply) as server:
        environ = server.environ("openai", "gemini", "grok")
        assert massgen("--config", THREE_AGENTS, FIRST, env=environ).stdout == f"{FINAL_ANSWER}\n"
        [session] = massgen.sessions()
        streamed = session / "turn_2" / "agent_outputs" / "gemini_agent_2.txt"
        kill_while(massgen, environ, streamed, "Half of it")
        earlier = len(server.requests)
        assert massgen("--continue", THIRD, env=environ).stdout == f"{FINAL_ANSWER}\n"

    drafts = {each.model: each.texts for each in server.requests[earlier:] if models.stage(each) == "draft"}
    told = drafts[OPENAI]
    assert drafts == {OPENAI: told, GEMINI: told, GROK: told}
    assert told[:2] == [("user", FIRST), ("assistant", FINAL_ANSWER)]
    assert told[-1] == ("user", THIRD)
    assert sorted(each.name for each in session.glob("turn_*")) == ["turn_1", "turn_2", "turn_3"]
    assert "Half of it" in streamed.read_text(encoding="utf-8")
    summary = (session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8")
    assert all(question in summary for question in (FIRST, SECOND, THIRD))


def test_after_a_killed_turn_the_next_begins_from_the_last_deliverable(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(ALONE)
    with WireServer(writing) as server:
        environ = server.environ("claude")
        assert massgen("--config", "team.yaml", FIRST, env=environ).stdout == "Written.\n"
        [session] = massgen.sessions()
        kill_while(massgen, environ, session / "turn_2" / "agent_outputs" / "ann.txt", "Well")
        third = massgen("--continue", THIRD, env=environ)

    assert third.status == 0, third.stderr
    assert "a.txt" in third.stdout
    assert files(session / "turn_3" / "workspace") == {"a.txt": "1\n"}
    aside = massgen.project / ".massgen" / "snapshots" / session.name / "turn_3" / "before" / "workspace"
    assert files(aside) == {"a.txt": "2\n"}
    home = massgen.project / ".massgen" / "workspaces" / "workspace"
    assert f"warning: what stood in {home} was moved to {aside}, because the turn began with the files" in third.stderr


def test_a_deliverable_that_is_gone_is_told_and_the_workspace_begins_empty(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(ALONE)
    with WireServer(writing) as server:
        environ = server.environ("claude")
        massgen("--config", "team.yaml", FIRST, env=environ)
        [session] = massgen.sessions()
        gone = session / "turn_1" / "workspace"
        shutil.rmtree(gone)
        ran = massgen("--continue", THIRD, env=environ)

    assert ran.status == 0
    assert "a.txt" not in ran.stdout
    assert f"{gone} is gone; the workspaces begin empty" in ran.stderr


def test_a_deliverable_that_was_being_copied_when_the_program_was_killed_is_copied_by_the_next_turn(
    massgen: Program,
) -> None:
    (massgen.project / "team.yaml").write_text(ALONE)
    many = {f"{number}.txt": f"{number}" for number in range(3000)}

    def reply(request: Request) -> Reply:
        if ("user", SECOND) not in request.texts:
            grow(massgen.project / ".massgen" / "workspaces" / "workspace", many)
        return Reply(text="Written.")

    with WireServer(reply) as server:
        environ = server.environ("claude")
        with massgen.chat("--config", "team.yaml", "--no-display", FIRST, env=environ) as chat:
            chat.wait_until(
                lambda: any(found for each in massgen.sessions() for found in each.glob("turn_1/.massgen-*"))
            )
            chat.interrupt(signal.SIGKILL)
            chat.wait_for_end()
        second = massgen("--continue", SECOND, env=environ)

    assert (second.stdout, second.status) == ("Written.\n", 0)
    [session] = massgen.sessions()
    for turn in (1, 2):
        assert files(session / f"turn_{turn}" / "workspace") == many
        assert list((session / f"turn_{turn}").glob(".massgen-*")) == []
