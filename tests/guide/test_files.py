"""What the guide says about project files: its own configuration and questions, played over a wire, and debugged."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from massgen.prompts.quoting import unquoted
from tests.guide.page import block, promised
from tests.helpers.conversation import CTRL_C, ENTER, Conversation
from tests.helpers.program import Program, Ran
from tests.helpers.wires import Reply, Request, WireServer
from tests.workspace.trees import files

SECTION = "Working with Project Files"
OLD = "def login(user):\n    return user['token']\n"
NEW = "def login(user):\n    return user.get('token')\n"
UNIT = "def test_login():\n    assert login({}) is None\n"
USER = {"src/auth.py": OLD, "tests/test_old.py": "", "docs/auth.md": "# Login\n"}

FLASK = {
    "Create a simple Flask web app": "app.py",
    "Add user authentication": "auth.py",
    "Add a database for storing user preferences": "preferences.py",
    "Write tests for the authentication": "test_auth.py",
}
"""The questions of the page's example, and the file that the model writes for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A conversation about files: what it printed, what its last session holds, and what the provider was sent."""

    text: str
    project: Path
    session: Path
    requests: list[Request]

    def kept(self, turn: int) -> Mapping[str, str]:
        return texts(self.session / f"turn_{turn}" / "workspace")

    @property
    def debug_log(self) -> Path:
        [log] = self.project.glob("agent_outputs/log_*/massgen_debug.log")
        return log


def texts(directory: Path) -> Mapping[str, str]:
    """The texts of all files below a directory."""
    found = (each for each in sorted(directory.rglob("*")) if each.is_file())
    return {each.relative_to(directory).as_posix(): each.read_text("utf-8") for each in found}


def results(request: Request) -> list[str]:
    """What the tools of this call have answered so far."""
    return [text for role, text in request.texts if role == "tool"]


def agent(request: Request) -> Reply:
    """Read the module; write its better version; test that version, if it is there."""
    explain, improve, _ = asked(SECTION)
    now = next(text for role, text in reversed(request.texts) if role == "user")
    done = results(request)
    if now.startswith(explain):
        if not done:
            return Reply(calls=[("list_files", {"path": "."}), ("read_file", {"path": "src/auth.py"})])
        return Reply(text=f"It returns the token: {'token' in done[1]}.")
    if now.startswith(improve):
        if not done:
            return Reply(calls=[("write_file", {"path": "src/auth.py", "content": NEW})])
        return Reply(text="It returns None instead of failing.")
    if len(done) < 2:
        calls = [
            ("read_file", {"path": "src/auth.py"}),
            ("write_file", {"path": "tests/test_auth.py", "content": UNIT}),
        ]
        return Reply(calls=[calls[len(done)]])
    return Reply(text=f"Tests of the improved version: {'get(' in done[0]}.")


def flask(request: Request) -> Reply:
    """Look at what is there, and write one more file."""
    now = next(text for role, text in reversed(request.texts) if role == "user")
    name = next(file for question, file in FLASK.items() if now.startswith(question))
    match results(request):
        case []:
            return Reply(calls=[("list_files", {"path": "."})])
        case [_]:
            return Reply(calls=[("write_file", {"path": name, "content": f"# {name}\n"})])
        case _:
            return Reply(text=f"{name} is written.")


def asked(heading: str) -> list[str]:
    """The questions of the page's example in this section."""
    return [line.removeprefix("You: ") for line in block(heading, "text").splitlines()]


def wait_for_files(chat: Conversation, turns: int) -> None:
    """Wait until so many turns have delivered their files."""
    chat.wait_until(lambda: chat.row == "You:" and chat.text.count("\nfiles: ") == turns, f"files of turn {turns}")


def worked(massgen: Program, yaml: str, *flags: str, server: WireServer, questions: list[str]) -> Worked:
    """Ask these questions in one chat."""
    (massgen.project / "team.yaml").write_text(yaml, "utf-8")
    with massgen.chat(
        "--config", "team.yaml", "--no-display", *flags, env=server.environ("claude"), columns=160, lines=12
    ) as chat:
        for number, question in enumerate(questions, 1):
            chat.say(question)
            wait_for_files(chat, number)
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        [session] = massgen.sessions()
        return Worked(text=chat.text, project=massgen.project, session=session, requests=server.requests)


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    """The page's YAML and its three questions, as they stand."""
    massgen = Program(tmp_path_factory.mktemp("files"))
    for name, text in USER.items():
        (massgen.project / name).parent.mkdir()
        (massgen.project / name).write_text(text, "utf-8")
    mine = massgen.project / ".massgen" / "workspaces" / "workspace_a"
    mine.mkdir(parents=True)
    (mine / "mine.txt").write_text("left here", "utf-8")
    with WireServer(agent) as server:
        yield worked(massgen, block(SECTION, "yaml"), "--debug", server=server, questions=asked(SECTION))


@pytest.fixture(scope="module")
def web_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    """The page's four questions about a web app, with the team that it names instead of Claude Code."""
    massgen = Program(tmp_path_factory.mktemp("flask"))
    section = "Example: Iterative Code Development"
    with WireServer(flask) as server:
        yield worked(massgen, block(section, "yaml"), server=server, questions=asked(section))


# -- three questions about a module ----------------------------------------------------------------------------------


def test_context_paths_may_be_read_by_agents(module: Worked) -> None:
    promised("`context_paths` are directories or files of yours that every agent may read.")

    assert "It returns the token: True." in module.text
    for name in ("src", "tests", "docs"):
        assert str(module.project / name) in module.requests[0].system


def test_the_first_question_leaves_the_source_as_it_is_and_so_do_the_others(module: Worked) -> None:
    promised("The first question reads `src/` and leaves it as it is.")

    assert {name: (module.project / name).read_text("utf-8") for name in USER} == USER


def test_the_second_question_writes_into_the_workspace(module: Worked) -> None:
    promised("The second writes the improved version into the workspace.")

    assert module.kept(2) == {"src/auth.py": NEW}


def test_the_third_question_finds_the_version_of_the_second(module: Worked) -> None:
    promised("The third finds it there and adds the tests.", "Agents can work on files, turn after turn:")

    assert "Tests of the improved version: True." in module.text
    assert module.kept(3) == {"src/auth.py": NEW, "tests/test_auth.py": UNIT}


def test_cwd_gives_a_workspace_and_tools(module: Worked) -> None:
    promised(
        "`cwd` gives an agent a workspace of its own, `.massgen/workspaces/workspace_a/`, and tools to list, read, "
        "write, edit and delete files.",
        "Agents cannot run commands yet",
    )

    assert texts(module.project / ".massgen" / "workspaces" / "workspace_a") == module.kept(3)
    assert set(module.requests[0].tool_names) == {"list_files", "read_file", "write_file", "edit_file", "delete_file"}


def test_the_workspace_of_the_presenter_is_kept_and_its_path_printed(module: Worked) -> None:
    promised("It is kept in `turn_1/workspace/` of the session, its path is printed")

    printed = [line for line in module.text.splitlines() if line.startswith("files: ")]
    assert printed == [f"files: {module.session / f'turn_{turn}' / 'workspace'}" for turn in (1, 2, 3)]


def test_what_stood_in_a_workspace_is_moved_to_the_snapshots(module: Worked) -> None:
    promised(
        "Nothing that stood in a workspace is lost: what is kept nowhere else is moved to the snapshots,",
        "and MassGen says where.",
    )

    snapshots = module.project / ".massgen" / "snapshots"
    kept = snapshots / f"before_{module.session.name}" / "workspace_a"
    assert texts(kept) == {"mine.txt": "left here"}
    assert [each.name for each in snapshots.glob("*/*/before")] == []
    home = module.project / ".massgen" / "workspaces" / "workspace_a"
    said = f"warning: what stood in {home} was moved to {kept}, because the turn began with empty workspaces"
    assert module.text.replace("\n", "").count("warning: ") == 1
    assert said in module.text.replace("\n", "")


def test_one_agent_answers_without_a_vote(module: Worked) -> None:
    promised("One agent alone answers with one request and without a vote.")

    assert [each for each in module.requests if "vote" in each.tool_names] == []


# -- a turn that is stopped ------------------------------------------------------------------------------------------

ALONE = """\
agents:
  - {id: ann, backend: {type: claude, model: claude-sonnet-5-5, cwd: workspace_a}}
"""


def unsteady(request: Request) -> Reply:
    """Writes a file; stalls when it is asked to spoil it."""
    now = next(text for role, text in reversed(request.texts) if role == "user")
    if not results(request):
        return Reply(calls=[("write_file", {"path": "a.txt", "content": f"{now}\n"})])
    return Reply(text=["Well", "…"], stall_after=1) if now == "Spoil it." else Reply(text=f"{now} Done.")


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
    now = next(text for role, text in reversed(request.texts) if role == "user")
    if not results(request):
        return Reply(calls=[("write_file", {"path": now, "content": ""})])
    return Reply(text=f"{now} Done.")


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
    said = f"warning: {kept} is not a full copy of {home}. The copy ends after 1 files and 0 bytes"
    assert said in first.stderr
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


# -- --debug ---------------------------------------------------------------------------------------------------------


def test_the_debug_log_is_where_the_page_says_and_its_path_is_printed(module: Worked) -> None:
    promised(
        "The log is written to `agent_outputs/log_{timestamp}/massgen_debug.log` in the directory in which MassGen was "
        "started, and its path is printed."
    )

    assert f"debug log: {module.debug_log}" in module.text


@pytest.mark.parametrize(
    ("promise", "words"),
    [
        ("the full conversation that each agent was sent", "Read the authentication module"),
        ("what was decided, and why", "is answered with"),
        ("every event of the coordination, and the states that follow", "TurnStarted"),
        ("tool calls and backend operations", "write_file"),
    ],
)
def test_the_debug_log_holds(module: Worked, promise: str, words: str) -> None:
    promised(promise)

    assert words in module.debug_log.read_text("utf-8")


def test_the_debug_log_holds_no_key_and_stays_out_of_the_repository(module: Worked) -> None:
    promised("No key is in it.", "`agent_outputs/` keeps itself out of your repository.")

    assert "key-of-claude" not in module.debug_log.read_text("utf-8")
    assert (module.project / "agent_outputs" / ".gitignore").read_text("utf-8") == "*\n"


# -- a web app -------------------------------------------------------------------------------------------------------


def test_each_turn_of_the_web_app_begins_with_the_files_of_the_last(web_app: Worked) -> None:
    promised("Each turn begins with the files that the last one has left.")

    written = list(FLASK.values())
    for turn in (1, 2, 3, 4):
        assert sorted(web_app.kept(turn)) == sorted(written[:turn])
    listed = [results(each)[0] for each in web_app.requests if len(results(each)) == 1]
    assert [[name for name in written if name in listing] for listing in listed] == [
        written[:turn] for turn in (0, 1, 2, 3)
    ]


def test_the_questions_of_the_page_are_those_of_the_web_app(web_app: Worked) -> None:
    promised("`type: claude`, which works on files with MassGen's own tools")

    assert asked("Example: Iterative Code Development") == list(FLASK)
    assert {each.wire for each in web_app.requests} == {"messages"}


# -- a team of two ---------------------------------------------------------------------------------------------------

TWO = """\
orchestrator:
  context_paths: [{path: notes/, permission: write}]
agents:
  - {id: ann, backend: {type: grok, model: grok-4.7, cwd: workspace_a}}
  - {id: bob, backend: {type: openai, model: gpt-6.1-terra, cwd: workspace_b}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One turn of two agents with files, and what its tools answered in each stage."""

    ran: Ran
    project: Path
    session: Path
    answered: Mapping[str, list[str]]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Both write `who.txt` and try to write the user's notes in every stage; bob's answer wins."""
    massgen = Program(tmp_path_factory.mktemp("two"))
    notes = massgen.project / "notes" / "todo.md"
    notes.parent.mkdir()
    notes.write_text("- nothing\n", "utf-8")
    answered: dict[str, list[str]] = {"draft": [], "ballot": [], "presentation": []}

    def reply(request: Request) -> Reply:
        name = "bob" if "gpt" in request.model else "ann"
        voting, done = "vote" in request.tool_names, results(request)
        stage = "ballot" if voting else "presentation" if "chosen as the best" in request.system else "draft"
        if voting:
            best = next(label for label, text in unquoted(request.question).items() if "bob's" in text)
            if not done and name == "ann":
                return Reply(calls=[("read_file", {"path": f"{best}/who.txt"})])
            answered[stage] += done
            return Reply(calls=[("vote", {"reason": "It has a file.", "agent_id": best})])
        if not done:
            writes = {"path": str(notes), "content": f"- {stage}\n"}
            return Reply(calls=[("write_file", {"path": "who.txt", "content": f"by {name}\n"}), ("write_file", writes)])
        answered[stage].append(done[-1])
        return Reply(text=f"This is {name}'s answer.")

    with WireServer(reply) as server:
        (massgen.project / "team.yaml").write_text(TWO, "utf-8")
        ran = massgen("--config", "team.yaml", "Who?", env=server.environ("grok", "openai"))
        [session] = massgen.sessions()
        yield Shared(ran=ran, project=massgen.project, session=session, answered=answered)


def test_only_the_final_presentation_writes_where_the_permission_is_write(shared: Shared) -> None:
    promised(
        "With `permission: write` the final presentation may change them, and nothing else may.",
        "A line after the turn names each file of yours that was changed.",
    )

    assert "changed: notes/todo.md" in shared.ran.stderr.splitlines()
    assert (shared.project / "notes" / "todo.md").read_text("utf-8") == "- presentation\n", shared
    assert len(shared.answered["draft"]) == 2


def test_the_tools_are_the_same_with_every_provider(shared: Shared) -> None:
    promised("They work with every provider.")

    workspaces = shared.project / ".massgen" / "workspaces"
    assert texts(workspaces) == {"workspace_a/who.txt": "by ann\n", "workspace_b/who.txt": "by bob\n"}


def test_the_files_of_answers_are_seen_under_the_names_of_the_ballot(shared: Shared) -> None:
    promised(
        "`agent_temporary_workspace` is where agents see the files of the answers,",
        "under the names of the ballot.",
        "These copies stay until the agent is shown others.",
    )

    shown = texts(shared.project / ".massgen" / "temp_workspaces" / "workspace_a")
    assert "by bob\n" in shown.values()
    assert shown.keys() <= {"answer1/who.txt", "answer2/who.txt"}
    assert "by bob" in shared.answered["ballot"][0]


def test_a_snapshot_is_kept_with_every_answer(shared: Shared) -> None:
    promised("`snapshot_storage` keeps a copy of the workspace with every answer.")

    kept = shared.project / ".massgen" / "snapshots" / shared.session.name / "turn_1"
    assert texts(kept)["workspace_a/call_1/who.txt"] == "by ann\n"
    assert texts(kept)["workspace_b/call_1/who.txt"] == "by bob\n"


def test_the_winners_workspace_is_the_result(shared: Shared) -> None:
    promised("the workspace of the agent that wrote the final answer is the result")

    assert shared.ran.stdout == "This is bob's answer.\n"
    assert texts(shared.session / "turn_1" / "workspace") == {"who.txt": "by bob\n"}
