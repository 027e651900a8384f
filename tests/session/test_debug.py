"""The debug log: where it is, what it tells, and that no key is in it."""

import base64
import logging
import re
from datetime import UTC
from pathlib import Path

import pytest

from massgen.errors import SessionError
from massgen.events import ToolEnded, ToolStarted
from massgen.messages import TextDelta
from massgen.session.debug import DebugLog
from massgen.session.redaction import Redactor
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer
from tests.session.scene import BEGAN, records

SET, WRITTEN = "canary-of-the-environment", "canary-of-the-yaml"
CODED = base64.b64encode(SET.encode()).decode()
FIRST, SECOND = "What is in the file?", "And then?"
TEAM = f"""\
agents:
  - id: ann
    backend: {{type: claude, model: claude-sonnet-5-5, cwd: workspace}}
  - id: bob
    backend: {{type: openai, model: gpt-6.1-terra, api_key: {WRITTEN}}}
"""


def log(path: Path, *secrets: str) -> DebugLog:
    """A log that knows these secrets."""
    return DebugLog(path, redactor=Redactor(secrets), zone=UTC)


def leaky(request: Request) -> Reply:
    """Ann writes a file and repeats her key; bob's provider refuses his, and says which one it was."""
    if request.wire == "responses":
        return Reply(status=401, body={"error": {"message": f"Incorrect API key provided: {WRITTEN}."}})
    if request.texts[-1] == ("user", FIRST):
        return Reply(calls=[("write_file", {"path": "notes.md", "content": f"key: {SET}\n"})])
    return Reply(text=f"My key is {SET}, or {CODED}.")


# -- of a run --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_run_tells_everything_but_its_keys(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(TEAM)
    with WireServer(leaky) as server:
        environ = {**server.environ("claude", "openai"), "ANTHROPIC_API_KEY": SET}
        first = massgen("--config", "team.yaml", FIRST, env=environ)
        assert [*massgen.project.glob("agent_outputs")] == []
        second = massgen("--debug", "--continue", SECOND, env=environ)
    assert (first.status, second.status) == (0, 0), (first.stderr, second.stderr)

    [path] = massgen.project.glob("agent_outputs/log_*/massgen_debug.log")
    assert re.fullmatch(r"log_\d{8}_\d{6}", path.parent.name)
    assert f"note: debug log: {path}\n" in second.told
    assert (massgen.project / "agent_outputs" / ".gitignore").read_text() == "*\n"
    said = path.read_text(encoding="utf-8")
    for part in (
        "ann call 1 asks claude-sonnet-5-5",
        f"user: {FIRST}",
        "assistant: My key is [redacted], or [redacted]",
        f"user: {SECOND}",
        "is answered with ['TurnStarted'",
        "TurnStarted {",
        "CallFailed {",
        "TurnEnded {",
        "call 1 ended with Failed(",
    ):
        assert part in said, part
    for secret in (SET, CODED.rstrip("="), WRITTEN):
        assert secret not in said
        assert secret not in second.stderr
    [session] = massgen.sessions()
    kept = [each.read_text(encoding="utf-8") for each in session.rglob("*") if each.is_file()]
    assert [WRITTEN in text for text in kept] == [False] * len(kept)


@pytest.mark.slow
def test_tool_calls_are_told_without_the_keys_in_them(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(TEAM)
    with WireServer(leaky) as server:
        environ = {**server.environ("claude", "openai"), "ANTHROPIC_API_KEY": SET}
        ran = massgen("--debug", "--config", "team.yaml", FIRST, env=environ)

    assert ran.status == 0, ran.stderr
    [path] = massgen.project.glob("agent_outputs/log_*/massgen_debug.log")
    said = path.read_text(encoding="utf-8")
    assert 'ToolStarted {"agent": "ann", "call": 1, "id": ' in said
    assert "key: [redacted]" in said
    assert "tool write_file: Wrote notes.md" in said
    assert not any(secret in said for secret in (SET, CODED.rstrip("="), WRITTEN))


def test_a_log_that_cannot_be_written_is_told_before_anybody_is_asked(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(TEAM)
    (massgen.project / "agent_outputs").touch()
    with WireServer([]) as server:
        ran = massgen("--debug", "--config", "team.yaml", FIRST, env=server.environ("claude"))

    assert (ran.stdout, ran.status, server.requests) == ("", 4, [])
    assert ran.stderr.startswith("massgen: cannot write the debug log ")
    assert "Traceback" not in ran.stderr


# -- of its lines ----------------------------------------------------------------------------------------------------


def test_each_line_says_when_who_and_what_and_nothing_that_streams(tmp_path: Path) -> None:
    place = tmp_path / "agent_outputs" / "log_20250108_143022" / "massgen_debug.log"
    debug = log(place, "canary-4711")
    started = ToolStarted(agent="ann", call=3, id="t1", name="read_file", arguments={"path": "canary-4711.md"})
    ended = ToolEnded(agent="ann", call=3, id="t1", name="read_file", text="line\nline", is_error=False)
    for record in records(started, ended):
        debug.record(record)
    debug.stream("ann", 3, TextDelta("never here"))
    message = logging.makeLogRecord(
        {"name": "massgen.x", "levelname": "INFO", "msg": "two\nlines of %s", "args": ("it",), "created": BEGAN}
    )
    debug.emit(message)
    debug.close()

    assert place.read_text(encoding="utf-8") == (
        '14:30:22.000 EVENT   1: ToolStarted {"agent": "ann", "call": 3, "id": "t1", "name": "read_file", '
        '"arguments": {"path": "[redacted].md"}}\n'
        '14:30:23.000 EVENT   2: ToolEnded {"agent": "ann", "call": 3, "id": "t1", "name": "read_file", '
        '"text": "line\\nline", "is_error": false, "changed": ""}\n'
        "14:30:22.000 INFO    massgen.x: two\n"
        "    lines of it\n"
    )


def test_a_gitignore_of_the_user_stays(tmp_path: Path) -> None:
    ignored = tmp_path / "agent_outputs" / ".gitignore"
    ignored.parent.mkdir()
    ignored.write_text("log_*\n")
    log(tmp_path / "agent_outputs" / "log_1" / "massgen_debug.log").close()

    assert ignored.read_text() == "log_*\n"


def test_a_log_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "agent_outputs" / "log_1" / "massgen_debug.log"
    log(path).close()

    with pytest.raises(SessionError) as refused:
        log(path)
    assert str(refused.value) == f"cannot write the debug log {path}: File exists"
