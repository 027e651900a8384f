"""The guide's example with Claude Code as it stands: the command of the page, the real program, two turns on files.

It needs the extra `claude-code`.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.guide.page import block, promised, questions, typed
from tests.guide.working import now, texts
from tests.helpers.program import Program, Ran
from tests.helpers.wires import Call, Reply, Request, WireServer

pytestmark = pytest.mark.slow

EXAMPLE = "Example: Iterative Code Development"
APP, AUTH = "from flask import Flask\n", "from app import Flask\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Two turns of the example: what was printed, and what the program sent and left."""

    first: Ran
    second: Ran
    project: Path
    session: Path
    requests: list[Request]


def tool_results(request: Request) -> list[str]:
    """What the tools of the program have answered so far."""
    return [text for role, text in request.texts if role == "tool"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The first turn tries the shell and writes a file; the second reads it and writes another."""
    pytest.importorskip("claude_agent_sdk", reason="the extra claude-code is not installed")
    massgen = Program(tmp_path_factory.mktemp("claude-code"))
    home = massgen.project.resolve() / ".massgen" / "workspaces" / "workspace"
    create, authenticate, *_ = questions(block(EXAMPLE, "text"))

    def reply(request: Request) -> Reply:
        done = tool_results(request)
        if authenticate in request.question:
            if not done:
                return Reply(calls=[Call("Read", {"file_path": str(home / "app.py")}, id="r")])
            if len(done) == 1:
                return Reply(calls=[Call("Write", {"file_path": str(home / "auth.py"), "content": AUTH}, id="w")])
            return Reply(text=f"Users log in to what was there: {'import Flask' in done[0]}.")
        if not done:
            shell = Call("Bash", {"command": f"touch {home / 'spoilt'}"}, id="b")
            return Reply(calls=[shell, Call("Write", {"file_path": str(home / "app.py"), "content": APP}, id="w")])
        return Reply(text="The app is written.")

    [command] = typed(EXAMPLE)
    with WireServer(reply) as server:
        environ = server.environ("claude_code")
        first = massgen(*command, create, env=environ)
        second = massgen("--continue", authenticate, env=environ)
    [session] = massgen.sessions()
    return Built(first=first, second=second, project=massgen.project, session=session, requests=server.requests)


def test_the_example_answers_and_writes_into_its_workspace(built: Built) -> None:
    promised("This example needs the extra `massgen[claude-code]`.")

    assert (built.first.stdout, built.first.status) == ("The app is written.\n", 0), built.first.stderr
    assert texts(built.project / ".massgen" / "workspaces") == {"workspace/app.py": APP, "workspace/auth.py": AUTH}


def test_its_result_is_kept_with_the_turn_and_printed(built: Built) -> None:
    kept = [built.session / f"turn_{turn}" / "workspace" for turn in (1, 2)]

    assert [texts(each) for each in kept] == [{"app.py": APP}, {"app.py": APP, "auth.py": AUTH}]
    assert [ran.stderr.splitlines()[-1] for ran in (built.first, built.second)] == [f"files: {each}" for each in kept]


def test_its_session_has_the_files_of_the_page(built: Built) -> None:
    there = sorted(name for name in texts(built.session) if "/workspace/" not in name)

    assert there == [
        "SESSION_SUMMARY.txt",
        "events.jsonl",
        "turn_1/agent_outputs/claude_code_agent.txt",
        "turn_1/coordination_log.json",
        "turn_2/agent_outputs/claude_code_agent.txt",
        "turn_2/coordination_log.json",
    ]


def test_the_second_turn_finds_the_file_of_the_first(built: Built) -> None:
    assert (built.second.stdout, built.second.status) == ("Users log in to what was there: True.\n", 0)
    asked = next(each for each in built.requests if now(each).strip().endswith("Add user authentication"))
    assert "The app is written." in asked.question


def test_its_shell_is_switched_off(built: Built) -> None:
    promised("and the shell of Claude Code is switched off.")

    assert [each for each in built.requests if "Bash" in each.tool_names] == []
    shell, write = tool_results(built.requests[1])
    assert "No such tool available: Bash" in shell
    assert "app.py" in write
    assert not (built.project / ".massgen" / "workspaces" / "workspace" / "spoilt").exists()
