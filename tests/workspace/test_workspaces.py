"""The files of a conversation on disk: what each turn finds, what peers see, and what is delivered."""

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from massgen.errors import SessionError
from massgen.workspace.access import Access
from massgen.workspace.layout import ContextPath, Layout
from massgen.workspace.workspaces import Workspaces
from tests.workspace.trees import files, grow, names

SESSION = "session_20250108_143022"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    grow(tmp_path / "p", {"src/auth.py": "def login(): ...\n"})
    return (tmp_path / "p").resolve()


def layout(project: Path) -> Layout:
    ours = project / ".massgen"
    return Layout(
        root=project,
        agents=("ann", "bob", "cho"),
        homes={"ann": ours / "workspaces" / "workspace_a", "bob": ours / "workspaces" / "workspace_b"},
        context=(ContextPath(path="src/"), ContextPath(path="docs", permission="write")),
        snapshots=ours / "snapshots",
        temporary=ours / "temp_workspaces",
    )


def workspaces(project: Path, session: str = SESSION) -> Workspaces:
    (project / "docs").mkdir(exist_ok=True)
    return Workspaces(layout(project), session=session)


def test_two_turns_of_a_team(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    team, ours = workspaces(project), project / ".massgen"
    ann, bob = ours / "workspaces" / "workspace_a", ours / "workspaces" / "workspace_b"

    team.begin_turn(1, None)
    assert (files(ann), files(bob)) == ({}, {})

    # Both draft; a snapshot is kept with each answer.
    grow(ann, {"auth.py": "ann's"})
    grow(bob, {"auth.py": "bob's", "notes.md": "how"})
    assert team.snapshot("ann", 1, 1) == f"{SESSION}/turn_1/workspace_a/call_1"
    assert team.snapshot("bob", 1, 1) == f"{SESSION}/turn_1/workspace_b/call_1"
    assert team.snapshot("cho", 1, 1) == ""

    # In the ballot everybody sees everybody's files, under the labels of that call and without a name.
    candidates = {"answer1": f"{SESSION}/turn_1/workspace_b/call_1", "answer2": "", "answer3": ""}
    shown = team.show("ann", candidates)
    assert shown == {"answer1": ours / "temp_workspaces" / "workspace_a" / "answer1"}
    assert files(shown["answer1"]) == {"auth.py": "bob's", "notes.md": "how"}
    assert team.show("cho", {"answer2": f"{SESSION}/turn_1/workspace_a/call_1"}) == {
        "answer2": ours / "temp_workspaces" / ".no_workspace" / "3" / "answer2"
    }

    # Ann plays with her files while she votes, then wins: she presents from what was voted on.
    grow(ann, {"auth.py": "half an idea"})
    team.restore("ann", f"{SESSION}/turn_1/workspace_a/call_1")
    assert files(ann) == {"auth.py": "ann's"}
    assert team.show("ann", {"answer2": f"{SESSION}/turn_1/workspace_b/call_1"}) == {
        "answer2": ours / "temp_workspaces" / "workspace_a" / "answer2"
    }
    assert files(ours / "temp_workspaces" / "workspace_a") == {
        "answer2/auth.py": "bob's",
        "answer2/notes.md": "how",
    }
    grow(ann, {"auth.py": "final", "README.md": "final"})

    # Her workspace is the deliverable, and where everybody starts the next turn.
    delivered = team.deliver("ann", ours / "sessions" / SESSION / "turn_1" / "workspace")
    assert delivered == ours / "sessions" / SESSION / "turn_1" / "workspace"
    assert files(delivered) == {"README.md": "final", "auth.py": "final"}
    team.begin_turn(2, delivered)
    assert files(ann) == files(bob) == {"README.md": "final", "auth.py": "final"}

    # What bob had left is kept with his answer already, and what ann had left is the deliverable.
    assert names(ours / "snapshots" / SESSION) == ["turn_1"]
    assert caplog.messages == []


def test_a_new_session_starts_empty_and_keeps_what_an_older_one_left(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours = project / ".massgen"
    grow(ours / "workspaces" / "workspace_a", {"mine.txt": "typed by hand"})
    workspaces(project).begin_turn(1, None)
    grow(ours / "workspaces" / "workspace_a", {"again.txt": ""})
    workspaces(project).begin_turn(1, None)
    assert files(ours / "workspaces") == {}
    assert files(ours / "snapshots") == {
        "last_begun": f"{SESSION} turn 1\n",
        f"before_{SESSION}/workspace_a/mine.txt": "typed by hand",
        f"before_{SESSION}/workspace_a_2/again.txt": "",
    }
    home, aside = ours / "workspaces" / "workspace_a", ours / "snapshots" / f"before_{SESSION}"
    assert caplog.messages == [
        f"what stood in {home} was moved to {aside / moved}, because the turn began with empty workspaces"
        for moved in ("workspace_a", "workspace_a_2")
    ]


def test_a_new_session_moves_nothing_aside_that_an_older_one_has_kept(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home, first = project / ".massgen" / "workspaces" / "workspace_a", workspaces(project)
    first.begin_turn(1, None)
    grow(home, {"src/a.py": "a"})
    first.snapshot("ann", 1, 1)

    workspaces(project, "session_20250109_090000").begin_turn(1, None)

    assert files(home) == {}
    assert names(project / ".massgen" / "snapshots") == ["last_begun", SESSION]
    assert caplog.messages == []


@pytest.mark.parametrize("change", ["a text", "a program", "a directory", "a link", "less"])
def test_what_differs_from_the_deliverable_in_anything_is_moved_aside(project: Path, change: str) -> None:
    team, home = workspaces(project), project / ".massgen" / "workspaces" / "workspace_a"
    delivered = grow(project / ".massgen" / "sessions" / SESSION / "turn_1" / "workspace", {"a.py": "a", "b.py": "b"})
    team.begin_turn(2, delivered)
    match change:
        case "a text":
            (home / "a.py").write_text("c")
        case "a program":
            (home / "a.py").chmod(0o755)
        case "a directory":
            (home / "new").mkdir()
        case "a link":
            (home / "new").symlink_to("a.py")
        case _:
            (home / "a.py").unlink()
    changed = names(home)

    team.begin_turn(3, delivered)

    assert files(home) == {"a.py": "a", "b.py": "b"}
    assert names(project / ".massgen" / "snapshots" / SESSION / "turn_3" / "before" / "workspace_a") == changed


def test_after_a_turn_without_an_answer_its_files_are_named(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    team, ours = workspaces(project), project / ".massgen"
    homes = ours / "workspaces"
    team.begin_turn(1, None)
    team.tell_left(None)
    delivered = grow(ours / "sessions" / SESSION / "turn_1" / "workspace", {"a.py": "a"})
    team.begin_turn(2, delivered)
    team.tell_left(delivered)
    assert caplog.messages == []

    grow(homes / "workspace_b", {"half.py": ""})
    team.tell_left(None)
    grow(homes / "workspace_a", {"half.py": "more"})
    team.tell_left(delivered)
    assert caplog.messages == [
        (
            f"there is no answer, but there are files: what this turn wrote is in {homes} (workspace_a, workspace_b); "
            "the next turn moves it to the snapshots and begins with empty workspaces"
        ),
        (
            f"there is no answer, but there are files: what this turn wrote is in {homes} (workspace_a, workspace_b); "
            "the next turn moves it to the snapshots and begins with the files of the last answer"
        ),
    ]


def test_all_that_is_moved_aside_is_told_on_one_line(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    team, ours = workspaces(project), project / ".massgen"
    for name in ("workspace_a", "workspace_b"):
        grow(ours / "workspaces" / name, {"half.py": ""})
    team.begin_turn(2, grow(ours / "sessions" / SESSION / "turn_1" / "workspace", {"a.py": "a"}))
    assert caplog.messages == [
        (
            f"what stood in {ours / 'workspaces'} (workspace_a, workspace_b) was moved to "
            f"{ours / 'snapshots' / SESSION / 'turn_2' / 'before'} (workspace_a, workspace_b), "
            "because the turn began with the files of the last answer"
        )
    ]


def test_a_workspace_that_became_a_link_is_moved_aside_unfollowed(project: Path) -> None:
    team, home = workspaces(project), project / ".massgen" / "workspaces" / "workspace_a"
    home.parent.mkdir(parents=True)
    home.symlink_to(project / "src")
    team.begin_turn(1, None)
    assert files(home) == {}
    assert files(project / "src") == {"auth.py": "def login(): ...\n"}
    assert (project / ".massgen" / "snapshots" / f"before_{SESSION}" / "workspace_a").is_symlink()


def test_a_deliverable_that_is_gone_is_a_warning_and_an_empty_workspace(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = project / "gone"
    workspaces(project).begin_turn(2, gone)
    assert files(project / ".massgen" / "workspaces") == {}
    assert caplog.messages == [f"{gone} is gone; the workspaces begin empty"]


def test_what_a_copy_leaves_out_is_told(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    team, ours = workspaces(project), project / ".massgen"
    team.begin_turn(1, None)
    (ours / "workspaces" / "workspace_a" / "out").symlink_to("/etc/passwd")
    with caplog.at_level(logging.WARNING):
        name = team.snapshot("ann", 1, 2)
    assert caplog.messages == [
        (
            f"{ours / 'snapshots' / name} is not a full copy of {ours / 'workspaces' / 'workspace_a'}. "
            "Left out: out (it leads out of the directory)."
        )
    ]


@pytest.mark.parametrize("name", ["../../src", "/etc", "a/../../src", "link/x", "link"])
def test_a_log_cannot_name_a_snapshot_elsewhere(project: Path, name: str) -> None:
    team = workspaces(project)
    grow(project / ".massgen" / "snapshots", {})
    (project / ".massgen" / "snapshots" / "link").symlink_to(project / "src")
    with pytest.raises(SessionError) as caught:
        team.show("ann", {"answer1": name})
    assert str(caught.value) == f"the log names the snapshot {name!r}, which lies elsewhere"


def test_a_snapshot_that_is_gone_is_a_sentence(project: Path) -> None:
    team = workspaces(project)
    with pytest.raises(SessionError) as caught:
        team.restore("ann", f"{SESSION}/turn_1/workspace_a/call_1")
    home = project / ".massgen" / "workspaces" / "workspace_a"
    assert str(caught.value) == f"cannot restore the workspace {home}: No such file or directory"


def test_a_full_place_is_a_sentence(project: Path) -> None:
    team = workspaces(project)
    team.begin_turn(1, None)
    shutil.rmtree(project / ".massgen" / "snapshots")
    (project / ".massgen" / "snapshots").write_text("a file where a directory belongs")
    with pytest.raises(SessionError) as caught:
        team.snapshot("ann", 1, 1)
    to = project / ".massgen" / "snapshots" / SESSION / "turn_1" / "workspace_a" / "call_1"
    assert str(caught.value) == f"cannot keep a snapshot in {to}: Not a directory"


def test_access_names_the_own_places_and_no_others(project: Path) -> None:
    team = workspaces(project)
    team.begin_turn(1, None)
    grow(project / ".massgen" / "workspaces" / "workspace_b", {"x": ""})
    peers = team.show("ann", {"answer1": team.snapshot("bob", 1, 1)})

    def tops(access: Access) -> list[tuple[str, str, bool]]:
        return [(root.kind, root.top.removeprefix(f"{project.as_posix()}/"), root.writable) for root in access]

    assert tops(team.access("ann", presenting=False, peers=peers)) == [
        ("workspace", ".massgen/workspaces/workspace_a", True),
        ("peer", ".massgen/temp_workspaces/workspace_a/answer1", False),
        ("context", "src", False),
        ("context", "docs", False),
    ]
    assert tops(team.access("cho", presenting=True, peers={})) == [
        ("context", "src", False),
        ("context", "docs", True),
    ]
    assert "workspace_b" not in team.access("ann", presenting=False, peers=peers).paragraph()


# -- a deliverable that could not be kept in its turn -----------------------------------------------------------------


def presented(project: Path) -> tuple[Path, str, Path]:
    """A turn in which ann polished her files after her answer: her workspace, its snapshot, and the deliverable."""
    team, home = workspaces(project), project / ".massgen" / "workspaces" / "workspace_a"
    team.begin_turn(2, None)
    grow(home, {"a.py": "draft"})
    snapshot = team.snapshot("ann", 2, 1)
    grow(home, {"a.py": "final"})
    return home, snapshot, project / ".massgen" / "sessions" / SESSION / "turn_2" / "workspace"


def test_a_late_deliverable_is_what_was_presented_as_long_as_no_turn_has_begun_since(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, snapshot, to = presented(project)
    grow(to.parent / ".massgen-half" / "new", {"a.py": "fin"})
    assert workspaces(project).deliver_late("ann", 2, snapshot, to, presented=True)
    assert files(to.parent) == {"workspace/a.py": "final"}
    assert caplog.messages == [f"the files of turn 2 had not been kept; now they are in {to}"]


def test_a_late_deliverable_of_a_stored_text_is_its_snapshot(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    _, snapshot, to = presented(project)
    assert workspaces(project).deliver_late("ann", 2, snapshot, to, presented=False)
    assert files(to) == {"a.py": "draft"}
    assert caplog.messages == [f"the files of turn 2 had not been kept; now they are in {to}"]


@pytest.mark.parametrize("since", ["another session", "another turn", "no workspace"])
def test_a_late_deliverable_is_the_snapshot_when_the_workspace_may_be_of_another_turn(
    project: Path, caplog: pytest.LogCaptureFixture, since: str
) -> None:
    home, snapshot, to = presented(project)
    match since:
        case "another session":
            workspaces(project, "session_20250109_090000").begin_turn(2, None)
        case "another turn":
            workspaces(project).begin_turn(3, None)
        case _:
            home.rename(home.with_name("elsewhere"))
    caplog.clear()
    assert workspaces(project).deliver_late("ann", 2, snapshot, to, presented=True)
    assert files(to) == {"a.py": "draft"}
    assert caplog.messages == [
        f"the files of turn 2 had not been kept; now they are in {to}, as they were before the final presentation"
    ]


def test_a_late_deliverable_is_the_snapshot_when_the_workspace_was_given_to_another_agent(project: Path) -> None:
    home, snapshot, to = presented(project)
    swapped = replace(layout(project), homes={"ann": home.with_name("workspace_b"), "bob": home})
    assert Workspaces(swapped, session=SESSION).deliver_late("ann", 2, snapshot, to, presented=True)
    assert files(to) == {"a.py": "draft"}


def test_a_late_deliverable_of_nothing_is_told_as_lost(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    _, snapshot, to = presented(project)
    shutil.rmtree(project / ".massgen" / "snapshots")
    assert not workspaces(project).deliver_late("ann", 2, snapshot, to, presented=True)
    assert not to.exists()
    gone = project / ".massgen" / "snapshots" / snapshot
    assert caplog.messages == [f"the files of turn 2 had not been kept and cannot be any more: {gone} is gone"]


def test_the_note_of_the_last_turn_is_not_written_through_a_link(project: Path) -> None:
    snapshots = grow(project / ".massgen" / "snapshots", {})
    (snapshots / "last_begun").symlink_to(project / "src" / "auth.py")
    with pytest.raises(SessionError) as caught:
        workspaces(project).begin_turn(1, None)
    assert str(caught.value) == f"cannot note which turn begins in {snapshots / 'last_begun'}: it is a symbolic link"
    assert files(project / "src") == {"auth.py": "def login(): ...\n"}
