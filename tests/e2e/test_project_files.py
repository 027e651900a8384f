"""The specification page's workflow with project files: explain, improve, add tests, over two wires."""

from pathlib import Path

import pytest

from massgen.prompts.quoting import unquoted
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

pytestmark = pytest.mark.slow  # whole chats over real SDKs; `make test` has the same promises in tests/guide

CONFIG = """\
orchestrator:
  # Share read-only source code across all agents
  context_paths:
    - path: "src/"
      permission: "read"
    - path: "tests/"
      permission: "read"

  # Agent workspaces for file modifications
  agent_temporary_workspace: ".massgen/temp_workspaces"
  snapshot_storage: ".massgen/snapshots"

agents:
  - id: "agent_a"
    backend:
      type: "claude"
      model: "claude-sonnet-5-5"
      cwd: "workspace_a"
  - id: "agent_b"
    backend:
      type: "openai"
      model: "gpt-6.1-terra"
      cwd: "workspace_b"
"""

EXPLAIN = "Read the authentication module and explain how it works"
IMPROVE = "Create an improved version with better error handling"
TESTS = "Add unit tests for the new error handling"

OLD = "def login(user):\n    return user['token']\n"
NEW = "def login(user):\n    return user.get('token') or refuse(user)\n"
UNIT = "def test_login():\n    assert login({'token': 1}) == 1\n"


def results(request: Request) -> list[str]:
    """What the tools of this call have answered so far."""
    return [text for role, text in request.texts if role == "tool"]


def team(request: Request) -> Reply:
    """Both models do the same work with their tools; agent_b is more thorough, and both vote for it."""
    thorough = "gpt" in request.model
    asked = [text for role, text in request.texts if role == "user"][-1].split("\n\n---\n", 1)[0]
    if "vote" in request.tool_names:
        shown = unquoted(request.question)
        best = next(label for label, text in shown.items() if "thorough" in text)
        return Reply(calls=[("vote", {"reason": "It is thorough.", "agent_id": best})])
    said, done = ("thorough" if thorough else "quick"), results(request)
    if asked == EXPLAIN:
        if not done:
            return Reply(calls=[("read_file", {"path": "src/auth.py"})])
        return Reply(text=f"A {said} explanation: {'token' in done[0]}")
    if asked == IMPROVE:
        if not done:
            return Reply(calls=[("write_file", {"path": "src/auth.py", "content": NEW if thorough else "pass\n"})])
        return Reply(text=f"A {said} improvement: {done[0]}")
    if not done:
        return Reply(calls=[("read_file", {"path": "src/auth.py"})])
    if len(done) == 1:
        return Reply(calls=[("write_file", {"path": "tests/test_auth.py", "content": UNIT})])
    return Reply(text=f"A {said} test of the improved version: {'refuse' in done[0]}")


def test_each_turn_finds_the_files_of_the_last_and_the_users_own_stay_as_they_are(massgen: Program) -> None:
    project = massgen.project
    for name, text in (("src/auth.py", OLD), ("tests/test_old.py", "")):
        (project / name).parent.mkdir()
        (project / name).write_text(text)
    (project / "team.yaml").write_text(CONFIG)
    with WireServer(team) as server:
        environ = server.environ("claude", "openai")
        first = massgen("--config", "team.yaml", EXPLAIN, env=environ)
        second = massgen("--continue", IMPROVE, env=environ)
        third = massgen("--continue", TESTS, env=environ)
    assert [ran.status for ran in (first, second, third)] == [0, 0, 0], (first.told, second.told, third.told)
    assert first.stdout == "A thorough explanation: True\n"
    assert second.stdout.startswith("A thorough improvement: ")
    assert third.stdout == "A thorough test of the improved version: True\n"

    (session,) = massgen.sessions()
    assert files(session / "turn_2" / "workspace") == {"src/auth.py": NEW}
    assert files(session / "turn_3" / "workspace") == {"src/auth.py": NEW, "tests/test_auth.py": UNIT}
    assert third.told.splitlines()[-1] == f"files: {session / 'turn_3' / 'workspace'}"
    assert (project / "src" / "auth.py").read_text() == OLD
    assert files(project / ".massgen" / "workspaces" / "workspace_b")["tests/test_auth.py"] == UNIT


def files(directory: Path) -> dict[str, str]:
    """The texts of all files below a directory."""
    return {
        each.relative_to(directory).as_posix(): each.read_text()
        for each in sorted(directory.rglob("*"))
        if each.is_file()
    }
