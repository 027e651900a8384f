"""What the guide says about project files: its own configuration and questions, played over a wire, and debugged."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.guide.page import block, promised, questions
from tests.guide.working import now, results, texts
from tests.helpers.conversation import Conversation
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

pytestmark = pytest.mark.slow  # a program is started for each

SECTION = "Working with Project Files"
EXAMPLE = "Example: Iterative Code Development"
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


def agent(project: Path) -> Callable[[Request], Reply]:
    """Read the module and try to spoil it; write its better version; test that version, if it is there."""
    explain, improve, _ = questions(block(SECTION, "text"))

    def reply(request: Request) -> Reply:
        said, done = now(request), results(request)
        if said.startswith(explain):
            if not done:
                spoils = {"path": str(project / "src" / "auth.py"), "content": "spoilt"}
                return Reply(calls=[("read_file", {"path": "src/auth.py"}), ("write_file", spoils)])
            return Reply(text=f"It returns the token: {'token' in done[0]}, {'can only be read' in done[1]}.")
        if said.startswith(improve):
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

    return reply


def flask(request: Request) -> Reply:
    """Look at what is there, and write one more file."""
    said = now(request)
    name = next(file for question, file in FLASK.items() if said.startswith(question))
    match results(request):
        case []:
            return Reply(calls=[("list_files", {"path": "."})])
        case [_]:
            return Reply(calls=[("write_file", {"path": name, "content": f"# {name}\n"})])
        case _:
            return Reply(text=f"{name} is written.")


def wait_for_files(chat: Conversation, turns: int) -> None:
    """Wait until so many turns have delivered their files."""
    chat.wait_until(lambda: chat.row == "You:" and chat.text.count("\nfiles: ") == turns, f"files of turn {turns}")


def worked(massgen: Program, yaml: str, *, server: WireServer, lines: list[str]) -> Worked:
    """Ask these questions in one chat."""
    (massgen.project / "team.yaml").write_text(yaml, "utf-8")
    with massgen.chat(
        "--config", "team.yaml", "--no-display", env=server.environ("claude"), columns=160, lines=12
    ) as chat:
        for number, question in enumerate(lines, 1):
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
    with WireServer(agent(massgen.project)) as server:
        yield worked(massgen, block(SECTION, "yaml"), server=server, lines=questions(block(SECTION, "text")))


@pytest.fixture(scope="module")
def web_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    """The page's four questions about a web app, with the team that it names instead of Claude Code."""
    massgen = Program(tmp_path_factory.mktemp("flask"))
    with WireServer(flask) as server:
        yield worked(massgen, block(EXAMPLE, "yaml"), server=server, lines=questions(block(EXAMPLE, "text")))


# -- three questions about a module ----------------------------------------------------------------------------------


def test_context_paths_may_be_read_by_agents(module: Worked) -> None:
    promised("* `context_paths` are directories or files of yours that every agent may read.")

    for name in ("src", "tests", "docs"):
        assert [each for each in module.requests if str(module.project / name) not in each.system] == []


def test_the_first_question_leaves_the_source_as_it_is_and_so_do_the_others(module: Worked) -> None:
    promised(
        "The first question reads `src/` and leaves it as it is.",
        "* **Exploratory analysis:** share data through `context_paths` and keep asking about it.",
    )

    assert "It returns the token: True, True." in module.text
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
        "* `cwd` gives an agent a workspace of its own, `.massgen/workspaces/workspace_a/`, and tools to list, read, "
        "write, edit and delete files.",
        "Agents cannot run commands yet,",
    )

    assert texts(module.project / ".massgen" / "workspaces" / "workspace_a") == module.kept(3)
    assert set(module.requests[0].tool_names) == {"list_files", "read_file", "write_file", "edit_file", "delete_file"}


def test_the_workspace_of_the_presenter_is_kept_and_its_path_printed(module: Worked) -> None:
    promised("It is kept in `turn_1/workspace/` of the session, its path is printed,")

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
    shown = " ".join(module.text.split())
    assert shown.count("warning: ") == 1
    assert said in shown


# -- a web app -------------------------------------------------------------------------------------------------------


def test_each_turn_of_the_web_app_begins_with_the_files_of_the_last(web_app: Worked) -> None:
    promised(
        "Each turn begins with the files that the last one has left.",
        "* **Code development:** build a project step by step, with workspaces.",
        "* **Creative writing:** refine a text turn by turn.",
    )

    written = list(FLASK.values())
    for turn in (1, 2, 3, 4):
        assert sorted(web_app.kept(turn)) == sorted(written[:turn])
    listed = [results(each)[0] for each in web_app.requests if len(results(each)) == 1]
    assert [[name for name in written if name in listing] for listing in listed] == [
        written[:turn] for turn in (0, 1, 2, 3)
    ]


def test_the_questions_of_the_page_are_those_of_the_web_app(web_app: Worked) -> None:
    promised("and what else would do: `type: claude`, which works on files with MassGen's own tools.")

    assert questions(block(EXAMPLE, "text")) == list(FLASK)
    assert {each.wire for each in web_app.requests} == {"messages"}
