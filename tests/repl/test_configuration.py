"""The file behind `/config`, and the editor that opens it."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from massgen.config import quick
from massgen.config.examples import resolve
from massgen.config.load import load
from massgen.errors import ConfigError
from massgen.repl.configuration import ConfigFile, Editable
from massgen.repl.editor import edit

EXAMPLE = "@examples/basic/multi/three_agents_default.yaml"
MODEL = "--model gpt-6.1-terra"
MINE = "agents: []  # mine\n"


def place(tmp_path: Path) -> Path:
    """Where a copy goes."""
    return tmp_path / ".massgen" / "config.yaml"


def from_example(tmp_path: Path) -> ConfigFile:
    """What is behind `--config @examples/…`."""
    return ConfigFile(name=EXAMPLE, path=resolve(EXAMPLE), yaml="", owned=False, copy_to=place(tmp_path))


def from_model(tmp_path: Path) -> ConfigFile:
    """What is behind `--model gpt-6.1-terra`."""
    yaml = quick.to_yaml(quick.from_flags(type="openai", model="gpt-6.1-terra"))
    return ConfigFile(name=MODEL, path=None, yaml=yaml, owned=True, copy_to=place(tmp_path))


# -- the file --------------------------------------------------------------------------------------------------------


def test_the_users_own_file_is_edited_where_it_is(tmp_path: Path) -> None:
    mine = tmp_path / "team.yaml"
    file = ConfigFile(name="team.yaml", path=mine, yaml="", owned=True, copy_to=place(tmp_path))

    assert file.editable() == Editable(path=mine)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("make", "name"), [(from_example, EXAMPLE), (from_model, MODEL)], ids=["example", "model"])
def test_a_team_without_a_file_of_the_users_is_copied_once_and_the_copy_is_opened_again(
    tmp_path: Path, make: Callable[[Path], ConfigFile], name: str
) -> None:
    copy = place(tmp_path)
    assert make(tmp_path).editable() == Editable(
        path=copy, note=f"{name} was copied to {copy}; `massgen` uses it from now on.", start="massgen"
    )
    edited = f"{copy.read_text()}ui: {{logging_enabled: false}}\n"
    copy.write_text(edited)

    assert make(tmp_path).editable() == Editable(
        path=copy, note=f"{copy} was made from {name} before, and is opened.", start="massgen"
    )
    assert copy.read_text() == edited


def test_the_copy_of_an_example_holds_all_of_it(tmp_path: Path) -> None:
    copy = from_example(tmp_path).editable().path
    assert copy.read_text() == f"# Made by /config from {EXAMPLE}\n{resolve(EXAMPLE).read_text()}"


def test_a_model_named_by_flag_becomes_a_file_that_loads_as_the_same_team(tmp_path: Path) -> None:
    copy = from_model(tmp_path).editable().path
    loaded = load(copy, environ={}, backend_types=["openai"], started_in=tmp_path)
    assert loaded.configuration == quick.from_flags(type="openai", model="gpt-6.1-terra")


@pytest.mark.parametrize(("make", "name"), [(from_example, EXAMPLE), (from_model, MODEL)], ids=["example", "model"])
def test_beside_another_team_the_copy_gets_a_free_name_and_the_command_that_uses_it(
    tmp_path: Path, make: Callable[[Path], ConfigFile], name: str
) -> None:
    first = place(tmp_path)
    second, third = (first.with_name(f"config-{number}.yaml") for number in (2, 3))
    first.parent.mkdir()
    first.write_text(MINE)
    second.symlink_to("nowhere")
    start = "massgen --config .massgen/config-3.yaml"

    assert make(tmp_path).editable() == Editable(
        path=third,
        note=f"{first} is another team and was left as it is. {name} was copied to {third}; "
        f"`{start}` uses it from now on.",
        start=start,
    )
    assert make(tmp_path).editable() == Editable(
        path=third, note=f"{third} was made from {name} before, and is opened.", start=start
    )
    assert (first.read_text(), second.is_symlink(), second.exists()) == (MINE, True, False)


def test_a_file_that_says_the_same_is_opened_whoever_wrote_it(tmp_path: Path) -> None:
    copy = place(tmp_path)
    copy.parent.mkdir()
    mine = "# mine\n\nagents:\n- id: openai_agent\n  backend:\n    type: openai\n    model: gpt-6.1-terra\n"
    copy.write_text(mine)

    assert from_model(tmp_path).editable().path == copy
    assert copy.read_text() == mine


def test_the_home_of_the_copy_is_not_for_the_repository_but_the_team_is(tmp_path: Path) -> None:
    from_model(tmp_path).editable()

    assert (tmp_path / ".massgen" / ".gitignore").read_text().splitlines()[1:] == ["*", "!config.yaml"]


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".massgen").touch()

    with pytest.raises(ConfigError) as refused:
        from_model(tmp_path).editable()
    assert (str(refused.value), refused.value.hint) == (
        f"{place(tmp_path)} cannot be written: Not a directory.",
        "Copy the configuration to a place that can be written.",
    )


# -- the editor ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "wrong"),
    [
        (
            {"EDITOR": "no-such-editor --wait"},
            "Could not start 'no-such-editor': No such file or directory. Set $EDITOR, or open {path} yourself.",
        ),
        (
            {"EDITOR": "un'balanced"},
            'Could not start "un\'balanced": No such file or directory. Set $EDITOR, or open {path} yourself.',
        ),
        (
            {"EDITOR": f"{sys.executable} -c 'raise SystemExit(7)'"},
            f"{sys.executable!r} ended with status 7. If it did not open, set $EDITOR, or open {{path}} yourself.",
        ),
        (
            {"EDITOR": f"{sys.executable} -c 'import os; os.kill(os.getpid(), 9)'"},
            f"{sys.executable!r} was stopped by SIGKILL; what it had saved stands in {{path}}.",
        ),
        ({"VISUAL": "true", "EDITOR": "false"}, ""),
        ({"VISUAL": "  ", "EDITOR": "true"}, ""),
    ],
    ids=["missing", "unbalanced", "fails", "killed", "visual first", "empty visual"],
)
def test_what_goes_wrong_with_an_editor_is_a_sentence(tmp_path: Path, environ: dict[str, str], wrong: str) -> None:
    path = tmp_path / "team.yaml"

    assert asyncio.run(edit(path, environ)) == wrong.format(path=path)
