"""What the guide says of `/config`: which file is opened, and with what."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.guide.page import promised
from tests.helpers import teams
from tests.helpers.program import Program, Ran


def _editor(massgen: Program, variable: str) -> Mapping[str, str]:
    """An editor that writes down what it was asked to open."""
    script = massgen.home / f"{variable}.py"
    note = massgen.home / "opened"
    script.write_text(f"import pathlib, sys\npathlib.Path({str(note)!r}).write_text('{variable} ' + sys.argv[1])\n")
    return {variable: shlex.join([sys.executable, str(script)])}


def test_config_copies_an_example_and_opens_it_in_the_editor(massgen: Program) -> None:
    promised(
        "| `/config`, `/settings` | Open configuration file in default editor |",
        "`/config` takes `$VISUAL`, then `$EDITOR`,",
        "A file that came with MassGen is first copied to `.massgen/config.yaml`,",
    )

    copy = massgen.project / ".massgen" / "config.yaml"
    env = {"OPENAI_API_KEY": "canary", **_editor(massgen, "EDITOR"), **_editor(massgen, "VISUAL")}
    with massgen.chat("--config", "@examples/basic/single/single_agent.yaml", env=env, columns=200) as chat:
        chat.say("/config")
        assert f"was copied to {copy};" in chat.after("/config")
    assert (massgen.home / "opened").read_text() == f"VISUAL {copy}"


def test_config_writes_down_a_team_that_came_from_a_flag(massgen: Program) -> None:
    promised(
        "and a team from `--model` is written there.",
        "Where another team stands there already, it is left alone, and the copy gets a name of its own beside it.",
        "MassGen says with which command your changes take effect.",
    )

    env = {"OPENAI_API_KEY": "canary", **_editor(massgen, "EDITOR")}
    ours = massgen.project / ".massgen"
    for model, name, start in (
        ("gpt-6.1-terra", "config.yaml", "massgen"),
        ("gpt-6.1-nano", "config-2.yaml", "massgen --config .massgen/config-2.yaml"),
        ("gpt-6.1-terra", "config.yaml", "massgen"),
    ):
        with massgen.chat("--model", model, env=env, columns=240) as chat:
            chat.say("/config")
            said = chat.after("/config")
        assert said.endswith(f"{ours / name}: changes take effect with the next start, as: {start}")
        assert f"model: {model}\n" in (ours / name).read_text()
        assert (massgen.home / "opened").read_text() == f"EDITOR {ours / name}"
    assert sorted(each.name for each in ours.iterdir()) == [".gitignore", "config-2.yaml", "config.yaml"]


def _opener(directory: Path, name: str) -> None:
    """A program of this name that writes down how it was called, for a PATH of this directory alone."""
    directory.mkdir(exist_ok=True)
    note = directory / "opened"
    (directory / name).write_text(f"#!/bin/sh\nIFS='|'; echo \"$(basename $0)|$*\" >>{shlex.quote(str(note))}\n")
    (directory / name).chmod(0o755)


def test_config_without_an_editor_takes_what_the_system_opens_text_with(massgen: Program) -> None:
    promised("then what the system opens text with (macOS, Windows, Linux).")

    programs = massgen.home / "programs"
    name = {"darwin": "open", "win32": "cmd"}.get(sys.platform, "xdg-open")
    _opener(programs, name)
    env = {"PATH": f"{programs}:{massgen.environ()['PATH']}"}
    with massgen.chat("--config", teams.write(massgen.project), env=env, columns=200) as chat:
        chat.say("/config")
        chat.after("/config")
    assert (programs / "opened").read_text().startswith(f"{name}|")
    assert (programs / "opened").read_text().endswith(f"|{massgen.project / 'team.yaml'}\n")


@pytest.mark.parametrize(
    ("platform", "called"),
    [("darwin", "open|-t|team.yaml"), ("win32", "cmd|/c|start|/wait||team.yaml"), ("linux", "xdg-open|team.yaml")],
)
def test_each_system_has_its_opener(massgen: Program, platform: str, called: str) -> None:
    promised("then what the system opens text with (macOS, Windows, Linux).")

    programs = massgen.home / "programs"
    for name in ("open", "cmd", "xdg-open"):
        _opener(programs, name)
    editing = (
        "import asyncio, os, pathlib, sys; from massgen.repl.editor import edit; "
        "print(asyncio.run(edit(pathlib.Path('team.yaml'), os.environ, platform=sys.argv[1])))"
    )
    ran = massgen.run(
        *(sys.executable, "-c", editing, platform), env={"PATH": f"{programs}:{massgen.environ()['PATH']}"}
    )

    assert ran == Ran(stdout="\n", stderr="", status=0)
    assert (programs / "opened").read_text() == f"{called}\n"
