"""A canary in place of a key: it is found in no crash, no traceback, no log, and in no program that MassGen starts."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from tests.helpers.program import Program, Ran
from tests.helpers.wires import WireServer

CANARY = "canary-waldo"

BROKEN_ON_IMPORT = """\
import os
raise RuntimeError(f"cannot begin with {os.environ['OPENAI_API_KEY']} and canary-emil")
"""
"""A library that shows what it found in the environment, and what it was told."""

BROKEN_IN_USE = """\
class OpenAIError(Exception):
    pass
class Odd(Exception):
    pass
class AsyncOpenAI:
    def __init__(self, *, api_key, **_):
        headers = {"Authorization": f"Bearer {api_key}"}
        try:
            raise Odd(f"cannot send {headers}")
        except Odd as error:
            raise Odd(repr(api_key)) from error
"""
"""A library that fails with the key in its hands, in a way that no library is known to fail."""

TEAM = """\
agents:
  - {id: ann, backend: {type: openai, model: gpt-6.1-terra, api_key: canary-emil}}
  - {id: bob, backend: {type: openai, model: gpt-6.1-terra}}
orchestrator: {skip_final_presentation: true}
"""
"""One key is written into the file, the other one is taken from the environment."""


def run(massgen: Program, library: str, *arguments: str) -> Ran:
    """Ask a team whose library is broken."""
    broken = massgen.home / "broken"
    (broken / "openai").mkdir(parents=True)
    (broken / "openai" / "__init__.py").write_text(library)
    (massgen.project / "team.yaml").write_text(TEAM)
    path = os.pathsep.join([str(broken), massgen.environ()["PYTHONPATH"]])
    env = {"OPENAI_API_KEY": CANARY, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return massgen("--config", "team.yaml", *arguments, "Why?", env=env)


def written(directory: Path) -> str:
    """Everything that stands in the files below a directory, but for the team's own."""
    files = [each for each in directory.rglob("*") if each.is_file() and each.name != "team.yaml"]
    return "\n".join(each.read_text(encoding="utf-8") for each in files)


def test_a_crash_of_the_program_is_told_without_the_keys_that_it_holds(massgen: Program) -> None:
    ran = run(massgen, BROKEN_ON_IMPORT)

    assert ran.status == 1
    assert ran.stderr.endswith(
        "RuntimeError: cannot begin with [redacted] and [redacted]\n"
        "massgen: this is a mistake of MassGen itself; the lines above say where.\n"
    )
    assert "Traceback (most recent call last):" in ran.stderr
    assert "waldo" not in f"{ran}{written(massgen.project)}"
    assert "emil" not in f"{ran}{written(massgen.project)}"


def test_a_call_that_breaks_with_the_key_in_its_hands_shows_it_nowhere(massgen: Program) -> None:
    ran = run(massgen, BROKEN_IN_USE, "--debug")

    assert ran.status == 3
    assert "warning: call 1 of ann broke: Odd(\"'[redacted]'\")" in ran.stderr
    assert "waldo" not in f"{ran}"
    assert "emil" not in f"{ran}"
    [log] = massgen.project.glob("agent_outputs/*/massgen_debug.log")
    assert "Odd: cannot send {'Authorization': 'Bearer [redacted]'}" in log.read_text()
    assert "The above exception was the direct cause" in log.read_text()
    assert "waldo" not in written(massgen.project)
    assert "emil" not in written(massgen.project)


@pytest.mark.slow
def test_the_editor_inherits_the_environment_without_the_keys(massgen: Program) -> None:
    script, seen = massgen.home / "editor.py", massgen.home / "seen"
    script.write_text(f"import os, pathlib\npathlib.Path({str(seen)!r}).write_text(repr(dict(os.environ)))\n")
    cyd = "  - {id: cyd, backend: {type: openai, model: gpt-6.1-terra, api_key: none}}\n"
    team = TEAM.replace("canary-emil", '"${HOUSE_KEY}"').replace("orchestrator:", f"{cyd}orchestrator:")
    (massgen.project / "team.yaml").write_text(team)
    env = {
        "EDITOR": shlex.join([sys.executable, str(script)]),
        "EDITOR_THEME": "dark",
        "OPENAI_API_KEY": CANARY,
        "XAI_API_KEY": CANARY,
        "AZURE_OPENAI_API_KEY": CANARY,
        "HOUSE_KEY": "canary-emil",
        "THE_SAME_AGAIN": " canary-emil",
        "A_WORD": "none",
    }
    with WireServer([]), massgen.chat("--config", "team.yaml", env=env, columns=200) as chat:
        chat.say("/config")
        chat.after("/config")

    inherited = seen.read_text()
    assert "'EDITOR_THEME': 'dark'" in inherited
    assert "'A_WORD': 'none'" in inherited
    assert f"'HOME': {str(massgen.home)!r}" in inherited
    assert "canary" not in inherited
