"""The file behind `/config`, and the editor that opens it."""

import asyncio
import sys
from pathlib import Path

import pytest

from massgen.config import quick
from massgen.config.examples import resolve
from massgen.config.load import load
from massgen.errors import ConfigError
from massgen.repl.configuration import ConfigFile
from massgen.repl.editor import edit

EXAMPLE = "@examples/basic/multi/three_agents_default.yaml"
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
    return ConfigFile(name="--model gpt-6.1-terra", path=None, yaml=yaml, owned=True, copy_to=place(tmp_path))


# -- the file --------------------------------------------------------------------------------------------------------


def test_the_users_own_file_is_edited_where_it_is(tmp_path: Path) -> None:
    mine = tmp_path / "team.yaml"
    file = ConfigFile(name="team.yaml", path=mine, yaml="", owned=True, copy_to=place(tmp_path))

    assert file.editable() == (mine, "")
    assert list(tmp_path.iterdir()) == []


def test_an_example_is_copied_once_and_the_copy_is_kept(tmp_path: Path) -> None:
    copy = place(tmp_path)
    assert from_example(tmp_path).editable() == (
        copy,
        f"{EXAMPLE} was copied to {copy}; `massgen` without --config uses it from now on.",
    )
    assert copy.read_text() == resolve(EXAMPLE).read_text()

    copy.write_text(MINE)
    assert from_example(tmp_path).editable() == (
        copy,
        f"{copy} exists already and is opened; it was not overwritten.",
    )
    assert copy.read_text() == MINE


def test_a_model_named_by_flag_becomes_a_file_that_loads_as_the_same_team(tmp_path: Path) -> None:
    copy = place(tmp_path)
    assert from_model(tmp_path).editable() == (
        copy,
        f"--model gpt-6.1-terra was copied to {copy}; `massgen` without --config uses it from now on.",
    )
    loaded = load(copy, environ={}, backend_types=["openai"], started_in=tmp_path)
    assert loaded.configuration == quick.from_flags(type="openai", model="gpt-6.1-terra")


def test_a_file_that_is_there_is_left_alone_whatever_the_team_came_from(tmp_path: Path) -> None:
    copy = place(tmp_path)
    copy.parent.mkdir()
    copy.write_text(MINE)

    assert [each.editable()[0] for each in (from_example(tmp_path), from_model(tmp_path))] == [copy, copy]
    assert copy.read_text() == MINE


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
        ({"VISUAL": "true", "EDITOR": "false"}, ""),
        ({"VISUAL": "  ", "EDITOR": "true"}, ""),
    ],
    ids=["missing", "unbalanced", "fails", "visual first", "empty visual"],
)
def test_what_goes_wrong_with_an_editor_is_a_sentence(tmp_path: Path, environ: dict[str, str], wrong: str) -> None:
    path = tmp_path / "team.yaml"

    assert asyncio.run(edit(path, environ)) == wrong.format(path=path)
