"""What the guide says about files of turns that ended badly, copies that are not full, and what is in the way."""

import os
import shutil

import pytest

from tests.guide.page import promised
from tests.guide.working import ALONE, now, results, texts
from tests.helpers.conversation import CTRL_C, ENTER, Conversation
from tests.helpers.program import Program, Ran
from tests.helpers.wires import Reply, Request, WireServer
from tests.workspace.trees import files

pytestmark = pytest.mark.slow  # programs that are killed, and large workspaces

# -- a turn that is stopped ------------------------------------------------------------------------------------------


def unsteady(request: Request) -> Reply:
    """Writes a file; stalls when it is asked to spoil it."""
    said = now(request)
    if not results(request):
        return Reply(calls=[("write_file", {"path": "a.txt", "content": f"{said}\n"})])
    return Reply(text=["Well", "…"], stall_after=1) if said == "Spoil it." else Reply(text=f"{said} Done.")


@pytest.mark.parametrize("display", ["--no-display", ""], ids=["plain", "live"])
def test_a_turn_that_is_stopped_says_where_its_files_are_and_the_next_where_they_were_moved(
    massgen: Program, display: str
) -> None:
    promised(
        "When a turn ends without an answer, MassGen says where the files are that it wrote, and the next turn begins "
        "with those of the last answer."
    )
    (massgen.project / "team.yaml").write_text(ALONE, "utf-8")
    home = massgen.project / ".massgen" / "workspaces" / "workspace_a"

    def stop(chat: Conversation, question: str) -> list[str]:
        chat.wait_for_prompt()
        chat.type("Spoil it." + ENTER)  # its turn stalls, and may hide the prompt before anybody has looked at it
        chat.wait_until(lambda: files(home) == {"a.txt": "Spoil it.\n"} and len(server.requests) % 2 == 0)
        chat.type(CTRL_C)
        chat.wait_for("cancelled; 0 of 1 agent had answered")
        chat.say(question)
        chat.wait_for(f"{question} Done.")
        chat.wait_for_prompt()
        return [line for line in chat.text.splitlines() if line.startswith("warning: ")]

    def left(beginning: str) -> str:
        return (
            f"warning: there is no answer, but there are files: what this turn wrote is in {home}; "
            f"the next turn moves it to the snapshots and begins with {beginning}"
        )

    def moved(turn: int, beginning: str) -> str:
        aside = massgen.project / ".massgen" / "snapshots" / massgen.sessions()[0].name / f"turn_{turn}" / "before"
        assert files(aside) == {"workspace_a/a.txt": "Spoil it.\n"}
        return (
            f"warning: what stood in {home} was moved to {aside / home.name}, because the turn began with {beginning}"
        )

    with WireServer(unsteady) as server:
        command = ["--config", "team.yaml", *filter(None, [display])]
        environ = server.environ("claude")
        with massgen.chat(*command, env=environ, columns=600, lines=12) as chat:
            said = stop(chat, "Once.")
            assert said == [left("empty workspaces"), moved(2, "empty workspaces")]
        with massgen.chat("--continue", *command[2:], env=environ, columns=600, lines=12) as chat:
            said = stop(chat, "Again.")
            assert said == [left("the files of the last answer"), moved(4, "the files of the last answer")]
    assert files(massgen.sessions()[0] / "turn_4" / "workspace") == {"a.txt": "Again.\n"}


# -- a program that dies ----------------------------------------------------------------------------------------------


def steady(request: Request) -> Reply:
    """Writes a file that is named like the question."""
    said = now(request)
    if not results(request):
        return Reply(calls=[("write_file", {"path": said, "content": ""})])
    return Reply(text=f"{said} Done.")


@pytest.mark.parametrize("at", ["before the copy", "before its event"])
def test_files_that_were_not_kept_when_the_program_died_are_kept_by_the_next_turn(massgen: Program, at: str) -> None:
    promised("If MassGen dies before the files of an answer are kept, the next turn keeps them before it begins.")
    (massgen.project / "team.yaml").write_text(ALONE, "utf-8")
    with WireServer(steady) as server:
        environ = server.environ("claude")
        massgen("--config", "team.yaml", "One", env=environ)
        massgen("--continue", "Two", env=environ)
        [session] = massgen.sessions()
        kept, log = session / "turn_2" / "workspace", session / "events.jsonl"
        *before, last = log.read_text("utf-8").splitlines(keepends=True)
        assert "FilesDelivered" in last
        log.write_text("".join(before), "utf-8")
        if at == "before the copy":
            shutil.rmtree(kept)
        third = massgen("--continue", "Three", env=environ)

    assert third.stderr.count("delivered its files") == 1
    told = [line for line in third.stderr.splitlines() if line.startswith("warning: ")]
    said = f"warning: the files of turn 2 had not been kept; now they are in {kept}"
    assert told == ([said] if at == "before the copy" else []), third
    assert texts(kept) == {"One": "", "Two": ""}
    assert texts(session / "turn_3" / "workspace") == {"One": "", "Two": "", "Three": ""}
    assert log.read_text("utf-8").count("FilesDelivered") == 3


# -- more than a copy takes ------------------------------------------------------------------------------------------


def test_a_workspace_that_is_too_large_for_a_copy_keeps_everything(massgen: Program) -> None:
    promised(
        "A copy takes 10,000 files and 200 MB at most and says what it leaves out; the workspace that was copied keeps "
        "everything."
    )
    (massgen.project / "team.yaml").write_text(ALONE, "utf-8")
    home = massgen.project / ".massgen" / "workspaces" / "workspace_a"

    def reply(request: Request) -> Reply:
        if not (home / "huge").exists():  # an agent with commands of its own makes it in no time
            with (home / "huge").open("wb") as file:
                os.truncate(file.fileno(), 200_000_001)
        return steady(request)

    with WireServer(reply) as server:
        first = massgen("--config", "team.yaml", "One", env=server.environ("claude"))
        second = massgen("--continue", "Two", env=server.environ("claude"))

    [session] = massgen.sessions()
    assert (first.status, second.status) == (0, 0)
    assert sorted(each.name for each in home.iterdir()) == ["One", "Two", "huge"]
    kept = session / "turn_1" / "workspace"
    said = f"warning: {kept} is not a full copy of {home}. The copy ends after 1 files and 0 bytes "
    assert f"{said}(at most 10,000 files, 200,000,000 bytes)" in first.stderr
    assert "moved" not in second.stderr


# -- what stands in the way ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "is_what", "remedy"),
    [
        (
            ".massgen",
            "is a symbolic link; agents' files are not kept behind one: it may have come with the project",
            "Put a directory in its place: what the link points to, or a new one.",
        ),
        (
            ".massgen/workspaces",
            "is a file where MassGen needs a directory",
            "Move it out of the way; MassGen makes the directory.",
        ),
    ],
    ids=["link", "file"],
)
def test_what_stands_in_the_way_of_agents_files_is_told_before_any_model_is_asked(
    massgen: Program, place: str, is_what: str, remedy: str
) -> None:
    promised("So is a link or a file that stands where agents' files need a directory of `.massgen/`.")

    (massgen.project / "team.yaml").write_text(ALONE, "utf-8")
    at = massgen.project / place
    if "link" in is_what:
        (massgen.project / "elsewhere").mkdir()
        at.symlink_to("elsewhere")
    else:
        at.parent.mkdir()
        at.write_text("")
    with WireServer([]) as server:
        ran = massgen("--config", "team.yaml", "Why?", env=server.environ("claude"))

    assert ran == Ran(stdout="", stderr=f"massgen: {at} {is_what}\n  {remedy}\n", status=4)
    assert server.requests == []
    assert massgen.sessions() == []
