"""A configuration that names a place that cannot be used is refused before any provider is called."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from massgen.errors import ConfigError, SessionError
from massgen.workspace.access import Access
from massgen.workspace.layout import ContextPath, Layout
from massgen.workspace.obstacles import demand_directories
from massgen.workspace.workspaces import Workspaces


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("src/auth", ".massgen/workspaces"):
        (tmp_path / "p" / name).mkdir(parents=True)
    (tmp_path / "p" / "README.md").write_text("read me")
    return (tmp_path / "p").resolve()


def layout(
    project: Path,
    *context: ContextPath,
    cwd: Mapping[str, str] | None = None,
    snapshots: str = "snapshots",
    temporary: str = "temp_workspaces",
) -> Layout:
    ours = project / ".massgen"
    return Layout(
        root=project,
        agents=("ann", "bob", "cho"),
        homes={agent: ours / "workspaces" / name for agent, name in (cwd or {"bob": "b"}).items()},
        context=context,
        snapshots=ours / snapshots,
        temporary=ours / temporary,
    )


def test_a_good_layout_has_no_problems(project: Path) -> None:
    read = ContextPath(path="src/")
    write = ContextPath(path=".", permission="write", protected_paths=("README.md", "not/yet"))
    one = ContextPath(path="README.md")
    assert layout(project, read, write, one, cwd={"ann": "a", "cho": "deep/c"}).problems() == ()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("scr/", "'scr/' does not exist (it is looked for in {project}); make it, or correct the spelling"),
        ("/not/there", "'/not/there' does not exist; make it, or correct the spelling"),
        (
            "README.md/x",
            "'README.md/x' does not exist (it is looked for in {project}); make it, or correct the spelling",
        ),
        ("pipe", "'pipe' is a named pipe; name a directory or a file"),
        ("/dev/zero", "'/dev/zero' is a device; name a directory or a file"),
        ("loop", "'loop' is a symbolic link that leads back to itself; point it at a directory"),
        (".massgen", "'.massgen' lies in .massgen/, where MassGen keeps its own files; name a directory of yours"),
        (
            "src/../.massgen/workspaces",
            (
                "'src/../.massgen/workspaces' lies in .massgen/, where MassGen keeps its own files; name a directory "
                "of yours"
            ),
        ),
        ("ours", "'ours' lies in .massgen/, where MassGen keeps its own files; name a directory of yours"),
        (
            ".massgen/workspaces/b",
            "'.massgen/workspaces/b' is the workspace of agents[1], which works there anyway; take it off the list",
        ),
        ("./src", "'./src' is the same place as orchestrator.context_paths[0].path; keep one"),
        ("~/x", "'~/x' begins with ~, which is not expanded here; write the whole path"),
        ("", "'' is not a possible path; name a directory or a file"),
        ("a\0b", "'a\\x00b' is not a possible path; name a directory or a file"),
    ],
)
def test_a_context_path_that_cannot_be_used_is_named_with_its_place(project: Path, path: str, problem: str) -> None:
    os.mkfifo(project / "pipe")
    (project / "loop").symlink_to("loop")
    (project / "ours").symlink_to(".massgen/workspaces")
    (project / ".massgen" / "workspaces" / "b").mkdir()
    expected = f"orchestrator.context_paths[1].path: {problem.format(project=project)}"
    assert layout(project, ContextPath(path="src"), ContextPath(path=path)).problems() == (expected,)


def test_a_context_path_that_may_not_be_read_is_named() -> None:
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory).resolve()
        project.chmod(0o755)
        (project / "closed").mkdir(mode=0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)  # root may read everything
        try:
            problems = layout(project, ContextPath(path="closed")).problems()
        finally:
            os.seteuid(user)
    assert problems == ("orchestrator.context_paths[0].path: 'closed' may not be read by you; look at its permissions",)


def test_a_protected_path_lies_in_its_context_path(project: Path) -> None:
    paths = ContextPath(path="src", permission="write", protected_paths=("auth", "../README.md", "/etc"))
    assert layout(project, paths).problems() == (
        (
            "orchestrator.context_paths[0].protected_paths[1]: '../README.md' lies outside 'src'; "
            "write it relative to that"
        ),
        "orchestrator.context_paths[0].protected_paths[2]: '/etc' lies outside 'src'; write it relative to that",
    )


@pytest.mark.parametrize(
    ("cwd", "problems"),
    [
        ({"ann": "w", "cho": "w"}, ["agents[2].backend.cwd: '.massgen/workspaces/w' is the workspace of agents[0]"]),
        ({"ann": "w", "cho": "W"}, ["agents[2].backend.cwd: '.massgen/workspaces/W' is the workspace of agents[0]"]),
        (
            {"ann": "w/x", "cho": "w"},
            ["agents[2].backend.cwd: '.massgen/workspaces/w' overlaps with the workspace of agents[0]"],
        ),
    ],
)
def test_two_agents_do_not_share_a_workspace(project: Path, cwd: dict[str, str], problems: list[str]) -> None:
    assert layout(project, cwd=cwd).problems() == tuple(
        each + ("; give every agent its own" if "overlaps" in each else " too; give every agent its own")
        for each in problems
    )


@pytest.mark.parametrize(
    ("cwd", "shown"),
    [("/elsewhere", "/elsewhere"), ("{project}", "."), ("{project}/src", "src"), ("{project}/.massgen", ".massgen")],
)
def test_a_workspace_outside_our_directory_is_refused_because_it_would_be_emptied(
    project: Path, cwd: str, shown: str
) -> None:
    assert layout(project, cwd={"bob": cwd.format(project=project)}).problems() == (
        (
            f"agents[1].backend.cwd: {shown!r} does not lie below .massgen/; write a plain name, as in "
            "`cwd: workspace_2`. To let agents work on your own files, list these under orchestrator.context_paths."
        ),
    )


def test_the_stores_keep_apart_from_each_other_and_from_the_workspaces(project: Path) -> None:
    assert layout(project, snapshots="workspaces", temporary="/tmp/x").problems() == (
        (
            "orchestrator.snapshot_storage: '.massgen/workspaces' overlaps with the workspace of agents[1]; "
            "give it another name"
        ),
        (
            "orchestrator.agent_temporary_workspace: '/tmp/x' does not lie below .massgen/; write a plain name, as in "
            "`agent_temporary_workspace: temp_workspaces`"
        ),
    )


@pytest.mark.parametrize(
    "place",
    [
        ".massgen",
        ".massgen/workspaces",
        ".massgen/workspaces/deep",
        ".massgen/workspaces/b",
        ".massgen/snapshots/x",
        ".massgen/shown",
    ],
)
def test_a_link_or_a_file_where_a_directory_belongs_is_one_sentence_about_that_place(project: Path, place: str) -> None:
    within = layout(project, cwd={"ann": "deep/a", "bob": "b"}, snapshots="snapshots/x", temporary="shown")
    at, elsewhere = project / place, project / "elsewhere"
    (project / ".massgen" / "workspaces").rmdir()
    (project / ".massgen").rmdir()
    elsewhere.mkdir()
    at.parent.mkdir(parents=True, exist_ok=True)

    def refusal() -> tuple[str, str]:
        with pytest.raises(SessionError) as caught:
            demand_directories(within)
        assert within.problems() == ()
        return str(caught.value), caught.value.hint

    at.symlink_to(elsewhere)
    assert refusal() == (
        f"{at} is a symbolic link; agents' files are not kept behind one: it may have come with the project",
        "Put a directory in its place: what the link points to, or a new one.",
    )
    at.unlink()
    at.write_text("")
    if at.name != "b":  # what stands in the place of a workspace is moved aside
        assert refusal() == (
            f"{at} is a file where MassGen needs a directory",
            "Move it out of the way; MassGen makes the directory.",
        )
    at.unlink()
    demand_directories(within)
    at.mkdir()
    demand_directories(within)


def test_all_problems_come_in_one_error(project: Path) -> None:
    wrong = layout(project, ContextPath(path="scr"), ContextPath(path=".massgen"))
    with pytest.raises(ConfigError) as caught:
        Workspaces(wrong, session="session_20250108_143022")
    assert str(caught.value) == "\n".join(wrong.problems())


def test_only_the_presentation_may_write_and_never_what_an_inner_context_path_forbids(project: Path) -> None:
    whole = ContextPath(path=".", permission="write", protected_paths=("README.md",))
    good = layout(project, whole, ContextPath(path="src", permission="read"))
    (before, _), (during, inner) = (good.context_roots(presenting=each) for each in (False, True))
    assert (before.writable, during.writable, inner.writable) == (False, True, False)
    assert during.protected == (("src",), ("README.md",))
    assert set(during.hidden) == {
        (".massgen",),
        (".massgen", "snapshots"),
        (".massgen", "temp_workspaces"),
        (".massgen", "workspaces", "b"),
    }


def test_names_in_relative_paths_are_those_of_the_configuration(project: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "lib").mkdir(parents=True)
    (project / "link").symlink_to("src")
    named = layout(
        project,
        ContextPath(path="./src/auth/"),
        ContextPath(path="../elsewhere/lib"),
        ContextPath(path="README.md"),
        ContextPath(path="."),
        ContextPath(path="link"),
    )
    roots = named.context_roots(presenting=False)
    assert [root.label for root in roots] == ["src/auth/", "lib/", "README.md", project.as_posix(), "link/"]
    assert [root.top for root in roots] == [
        path.as_posix()
        for path in (project / "src/auth", tmp_path / "elsewhere/lib", project / "README.md", project, project / "src")
    ]
    assert bool(Access(context=roots)) is True
