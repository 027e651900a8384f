"""The specification page's code development: an app, authentication, a database, tests, in one chat on a terminal."""

import json
from collections.abc import Mapping

import pytest

from massgen.messages import Json
from massgen.prompts.quoting import unquoted
from tests.helpers import models
from tests.helpers.conversation import CTRL_C, ENTER
from tests.helpers.program import Program, Ran
from tests.helpers.wires import Reply, Request, WireServer
from tests.workspace.trees import files, grow

pytestmark = pytest.mark.slow  # whole chats over real SDKs; `make test` has the same promises in tests/guide

ALONE = """\
agents:
  - id: ann
    backend: {type: claude, model: claude-sonnet-5-5, cwd: workspace}
"""
MAY_WRITE = """\
orchestrator:
  context_paths:
    - {path: docs, permission: write}
"""
TWO = """\
agents:
  - id: quick_one
    backend: {type: claude, model: claude-sonnet-5-5, cwd: first}
  - id: slow_one
    backend: {type: openai, model: gpt-6.1-terra, cwd: second}
"""

APP = "app = Flask(__name__)\n"
AUTH = "login = LoginManager(app)\n"
DATABASE = "preferences = Table('preferences')\n"
UNIT = "def test_login(): ...\n"
WORK: Mapping[str, list[tuple[str, dict[str, Json]]]] = {
    "Create a simple Flask web app": [("write_file", {"path": "app.py", "content": APP})],
    "Add user authentication": [
        ("read_file", {"path": "app.py"}),
        ("edit_file", {"path": "app.py", "old_text": APP, "new_text": APP + AUTH}),
    ],
    "Add a database for storing user preferences": [
        ("read_file", {"path": "app.py"}),
        ("write_file", {"path": "db.py", "content": DATABASE}),
    ],
    "Write tests for the authentication": [
        ("list_files", {}),
        ("write_file", {"path": "tests/test_auth.py", "content": UNIT}),
    ],
}
KEPT = (
    {"app.py": APP},
    {"app.py": APP + AUTH},
    {"app.py": APP + AUTH, "db.py": DATABASE},
    {"app.py": APP + AUTH, "db.py": DATABASE, "tests/test_auth.py": UNIT},
)


def question(request: Request) -> str:
    """The last question, without what a ballot or a presentation adds to it."""
    return [text for role, text in request.texts if role == "user"][-1].split("\n\n---\n", 1)[0]


def results(request: Request) -> list[str]:
    """What the tools of this call have answered so far."""
    return [text for role, text in request.texts if role == "tool"]


def working(request: Request) -> Reply:
    """A model that calls its tools one after the other, and then tells what they said."""
    calls, done = WORK[question(request)], results(request)
    if len(done) < len(calls):
        return Reply(calls=[calls[len(done)]])
    return Reply(text=f"Done: {json.dumps(done)}")


# -- the page's session ----------------------------------------------------------------------------------------------


def test_each_of_four_questions_finds_the_files_of_the_last(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(ALONE)
    with (
        WireServer(working) as server,
        massgen.chat("--config", "team.yaml", env=server.environ("claude"), columns=240) as chat,
    ):
        for number, asked in enumerate(WORK, 1):
            chat.say(asked)
            chat.wait_for_prompt()
            [session] = massgen.sessions()
            assert f"files: {session / f'turn_{number}' / 'workspace'}\n" in chat.text
            assert chat.text.count("files: ") == number
        chat.say("/quit")
        assert chat.wait_for_end() == 0

    assert [files(session / f"turn_{number}" / "workspace") for number in range(1, 5)] == list(KEPT)
    assert {each.wire for each in server.requests} == {"messages"}
    last = server.requests[-1]
    assert [text for role, text in last.texts if role == "user"] == list(WORK)
    assert "app.py" in results(last)[0]
    assert "db.py" in results(last)[0]


# -- what one agent alone may do -------------------------------------------------------------------------------------


def test_the_one_call_of_one_agent_may_write_where_the_user_permits_it(massgen: Program) -> None:
    grow(massgen.project, {"docs/guide.md": "old\n", "team.yaml": MAY_WRITE + ALONE})
    guide = str(massgen.project / "docs" / "guide.md")
    replies = [Reply(calls=[("write_file", {"path": guide, "content": "new\n"})]), Reply(text="It is better now.")]
    with WireServer(replies) as server:
        ran = massgen("--config", "team.yaml", "Improve the guide.", env=server.environ("claude"))

    assert (ran.stdout, ran.status) == ("It is better now.\n", 0)
    assert files(massgen.project / "docs") == {"guide.md": "new\n"}


def test_a_path_that_leads_out_is_an_error_for_the_model_and_the_turn_goes_on(massgen: Program) -> None:
    grow(massgen.project, {"secret.txt": "secret\n", "team.yaml": ALONE})
    calls: list[tuple[str, dict[str, Json]]] = [
        ("read_file", {"path": "../../../secret.txt"}),
        ("read_file", {"path": "/etc/passwd"}),
        ("write_file", {"path": "../../../secret.txt", "content": "pwned"}),
        ("read_file", {"path": str(massgen.project / "secret.txt")}),
    ]
    replies = [Reply(calls=calls), Reply(text="I could not read them.")]
    with WireServer(replies) as server:
        ran = massgen("--config", "team.yaml", "Read them.", env=server.environ("claude"))

    assert (ran.stdout, ran.status) == ("I could not read them.\n", 0)
    blocks = json.loads(json.dumps(server.requests[-1].body))["messages"][-1]["content"]
    assert [block["is_error"] for block in blocks if block["type"] == "tool_result"] == [True] * 4
    told = "\n".join(results(server.requests[-1]))
    assert "secret\n" not in told
    assert "root:" not in told
    assert files(massgen.project)["secret.txt"] == "secret\n"


# -- what a team may do ----------------------------------------------------------------------------------------------


def test_only_the_presenter_writes_for_the_user_and_judges_see_each_others_files_under_labels(
    massgen: Program,
) -> None:
    grow(massgen.project, {"docs/guide.md": "old\n", "team.yaml": MAY_WRITE + TWO})
    guide = str(massgen.project / "docs" / "guide.md")
    found: list[str] = []

    def reply(request: Request) -> Reply:
        done, own = results(request), request.wire
        match models.stage(request):
            case "draft" if not done:
                mine = ("write_file", {"path": "mine.txt", "content": f"made over {own}\n"})
                return Reply(calls=[("write_file", {"path": guide, "content": "too early\n"}), mine])
            case "draft":
                found.append(f"draft: {'Wrote' in done[0]}, {'Wrote' in done[1]}")
                return Reply(text=f"An answer over {own}.")
            case "ballot":
                other = next(label for label, text in unquoted(request.question).items() if own not in text)
                if not done:
                    paths = [line.rpartition("(")[2].rstrip(")") for line in request.system.splitlines()]
                    place = next(path for path in paths if path.rstrip("/").endswith(f"/{other}"))
                    return Reply(calls=[("read_file", {"path": f"{place.rstrip('/')}/mine.txt"})])
                peer = "messages" if own == "responses" else "responses"
                found.append(f"ballot: {f'made over {peer}' in done[0]}, {agents_in(request)}")
                best = next(label for label, text in unquoted(request.question).items() if "over responses" in text)
                return Reply(calls=[("vote", {"reason": "It is better.", "agent_id": best})])
            case "presentation":
                if not done:
                    return Reply(calls=[("write_file", {"path": guide, "content": "new\n"})])
                found.append(f"presentation: {'verwrote' in done[0]}")
                return Reply(text="The guide is better now.")

    with WireServer(reply) as server:
        ran = massgen("--config", "team.yaml", "Improve the guide.", env=server.environ("claude", "openai"))

    assert (ran.stdout, ran.status) == ("The guide is better now.\n", 0), ran.stderr
    assert sorted(found) == [
        "ballot: True, False",
        "ballot: True, False",
        "draft: False, True",
        "draft: False, True",
        "presentation: True",
    ]
    assert files(massgen.project / "docs") == {"guide.md": "new\n"}
    [session] = massgen.sessions()
    assert files(session / "turn_1" / "workspace") == {"mine.txt": "made over responses\n"}


def agents_in(request: Request) -> bool:
    """Whether a request names an agent."""
    said = json.dumps(dict(request.body))
    return "quick_one" in said or "slow_one" in said


# -- a turn that is stopped ------------------------------------------------------------------------------------------


def test_what_a_cancelled_turn_left_is_moved_aside_and_the_next_begins_from_the_last_deliverable(
    massgen: Program,
) -> None:
    (massgen.project / "team.yaml").write_text(ALONE)

    def reply(request: Request) -> Reply:
        asked, done = question(request), results(request)
        if asked == "Write.":
            return Reply(text="Written.") if done else Reply(calls=[("write_file", {"path": "a", "content": "1"})])
        if asked == "Spoil it.":
            if done:
                return Reply(text=["Well", "…"], stall_after=1)
            return Reply(calls=[("write_file", {"path": "a", "content": "2"})])
        return Reply(text=done[0]) if done else Reply(calls=[("read_file", {"path": "a"})])

    with (
        WireServer(reply) as server,
        massgen.chat("--config", "team.yaml", env=server.environ("claude"), columns=240) as chat,
    ):
        chat.say("Write.")
        chat.wait_for("Written.")
        chat.wait_for_prompt()
        chat.type("Spoil it." + ENTER)  # its turn stalls, and may hide the prompt before anybody has looked at it
        chat.wait_until(lambda: "Well" in chat.shown)
        chat.type(CTRL_C)
        chat.wait_for_prompt()
        chat.say("Look.")
        chat.wait_for("a, lines 1-1 of 1")
        chat.say("/quit")
        assert chat.wait_for_end() == 0

    assert "1" in results(server.requests[-1])[0].splitlines()[1]
    [session] = massgen.sessions()
    aside = massgen.project / ".massgen" / "snapshots" / session.name / "turn_3" / "before" / "workspace"
    assert files(aside) == {"a": "2"}
    assert files(session / "turn_3" / "workspace") == {"a": "1"}
    assert not (session / "turn_2" / "workspace").exists()


# -- places that cannot be -------------------------------------------------------------------------------------------


NOT_THERE = "'docs' does not exist (it is looked for in {project}); make it, or correct the spelling"
NOT_OURS = "must be a directory of its own below .massgen/workspaces/, such as workspace_a, not"


@pytest.mark.parametrize(
    ("yaml", "complaint"),
    [
        (
            MAY_WRITE.replace("docs", ".").replace("write", "wirte") + ALONE,
            "3:29: orchestrator.context_paths[0].permission: must be read or write, not 'wirte'; did you mean write?",
        ),
        (MAY_WRITE + ALONE, f"3:14: orchestrator.context_paths[0].path: {NOT_THERE}"),
        (
            ALONE.replace("workspace}", "../../src}"),
            f"3:60: agents[0].backend.cwd: {NOT_OURS} '../../src'",
        ),
        (ALONE.replace("workspace}", "/tmp}"), f"3:60: agents[0].backend.cwd: {NOT_OURS} '/tmp'"),
    ],
    ids=["permission", "missing", "outside", "absolute"],
)
def test_places_that_cannot_be_are_told_with_their_place_and_nobody_is_asked(
    massgen: Program, yaml: str, complaint: str
) -> None:
    team = massgen.project / "team.yaml"
    team.write_text(yaml)
    with WireServer([]) as server:
        ran = massgen("--config", "team.yaml", "Why?", env=server.environ("claude"))

    told = complaint.format(project=massgen.project)
    assert ran == Ran(stdout="", stderr=f"massgen: {team}:{told}\n", status=2)
    assert server.requests == []
    assert massgen.sessions() == []
