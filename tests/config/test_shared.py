"""A path that cannot be shared is told with its line, as it is written, with where it was looked for and what to do."""

import os
from pathlib import Path

import pytest

from massgen.config.load import load
from massgen.errors import ConfigError
from massgen.workspace.layout import ContextPath, Layout
from tests.config.loading import ONE, TYPES


def refused(directory: Path, path: str, **environ: str) -> str:
    """What is said about this context path; the configuration is not where massgen was started."""
    team = directory / "elsewhere" / "team.yaml"
    team.parent.mkdir(exist_ok=True)
    team.write_text(f"{ONE}orchestrator:\n  context_paths:\n    - path: {path}\n")
    with pytest.raises(ConfigError) as error:
        load(team, environ=environ, backend_types=TYPES, started_in=directory)
    opening, found, sentence = str(error.value).partition(f"{team}:6:13: orchestrator.context_paths[0].path: ")
    assert (opening, bool(found)) == ("", True), error.value
    return sentence


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("scr/", "'scr/' does not exist (it is looked for in {root}); make it, or correct the spelling"),
        ("./a//../b", "'./a//../b' does not exist (it is looked for in {root}); make it, or correct the spelling"),
        ("/not/there/", "'/not/there/' does not exist; make it, or correct the spelling"),
        ("~/not-there", "'~/not-there' does not exist (it is looked for in {home}); make it, or correct the spelling"),
        ("~nobody-here/x", "'~nobody-here/x' begins with ~ and no user's name; write the whole path"),
        ("pipe", "'pipe' is a named pipe; name a directory or a file"),
        ("loop", "'loop' is a symbolic link that leads back to itself; point it at a directory"),
        ("''", "'' is not a possible path; name a directory or a file"),
        (".massgen/x", "'.massgen/x' lies in .massgen/, where MassGen keeps its own files; name a directory of yours"),
    ],
)
def test_a_path_that_cannot_be_shared_is_a_sentence(tmp_path: Path, path: str, sentence: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    assert refused(tmp_path, path) == sentence.format(root=tmp_path, home=Path.home())


def test_a_variable_in_a_path_is_shown_as_it_is_written(tmp_path: Path) -> None:
    assert refused(tmp_path, '"${WHERE}/src"', WHERE="secret") == (
        f"'${{WHERE}}/src' does not exist (it is looked for in {tmp_path}); make it, or correct the spelling"
    )


def test_a_path_that_goes_after_the_start_is_told_in_the_same_words(tmp_path: Path) -> None:
    layout = Layout(
        root=tmp_path,
        agents=("ann",),
        homes={},
        context=(ContextPath(path="scr/"),),
        snapshots=tmp_path / ".massgen" / "snapshots",
        temporary=tmp_path / ".massgen" / "temp_workspaces",
    )
    [problem] = layout.problems()
    assert problem == f"orchestrator.context_paths[0].path: {refused(tmp_path, 'scr/')}"


def test_a_misspelt_permission_is_told_with_its_line_and_both_words(tmp_path: Path) -> None:
    team = tmp_path / "team.yaml"
    team.write_text(f"{ONE}orchestrator:\n  context_paths:\n    - path: .\n      permission: wirte\n")
    with pytest.raises(ConfigError) as error:
        load(team, environ={}, backend_types=TYPES, started_in=tmp_path)
    assert str(error.value) == (
        f"{team}:7:19: orchestrator.context_paths[0].permission: must be read or write, not 'wirte'; "
        "did you mean write?"
    )
