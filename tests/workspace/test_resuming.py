"""The workspaces of a turn that goes on: as they were with each agent's newest answer, and nothing is lost."""

from pathlib import Path

import pytest

from massgen.workspace.layout import Layout
from massgen.workspace.workspaces import Workspaces
from tests.workspace.trees import files, grow

SESSION, OTHER = "session_20250108_143022", "session_20250108_150000"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "p").mkdir()
    return (tmp_path / "p").resolve()


def workspaces(project: Path, session: str = SESSION) -> Workspaces:
    ours = project / ".massgen"
    layout = Layout(
        root=project,
        agents=("ann", "bob"),
        homes={agent: ours / "workspaces" / agent for agent in ("ann", "bob")},
        context=(),
        snapshots=ours / "snapshots",
        temporary=ours / "temp_workspaces",
    )
    return Workspaces(layout, session=session)


def home(project: Path, agent: str) -> Path:
    return project / ".massgen" / "workspaces" / agent


def interrupted(project: Path) -> dict[str, str]:
    """Ann has answered and bob is in the middle of his draft; returns the snapshots that the log would name."""
    team = workspaces(project)
    team.begin_turn(1, None)
    grow(home(project, "ann"), {"a.txt": "ann's"})
    grow(home(project, "bob"), {"b.txt": "half"})
    return {"ann": team.snapshot("ann", 1, 1)}


def test_who_has_answered_has_the_files_of_the_answer_and_half_done_work_is_moved_aside(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answered = interrupted(project)
    workspaces(project).resume_turn(1, None, answered)

    aside = project / ".massgen" / "snapshots" / f"before_{SESSION}" / "bob"
    assert files(home(project, "ann")) == {"a.txt": "ann's"}
    assert files(home(project, "bob")) == {}
    assert files(aside) == {"b.txt": "half"}
    why = "because the turn goes on with the files of the answers that were given in it"
    assert caplog.messages == [f"what stood in {home(project, 'bob')} was moved to {aside}, {why}"]


def test_another_session_may_have_used_the_workspaces_meanwhile(project: Path) -> None:
    answered = interrupted(project)
    other = workspaces(project, OTHER)
    other.begin_turn(1, None)
    grow(home(project, "ann"), {"other.txt": "another question"})
    workspaces(project).resume_turn(1, None, answered)

    assert files(home(project, "ann")) == {"a.txt": "ann's"}
    assert files(project / ".massgen" / "snapshots" / f"before_{SESSION}" / "ann") == {"other.txt": "another question"}


def test_a_later_turn_goes_on_from_the_deliverable_before_it(project: Path) -> None:
    delivered = project / "kept"
    grow(delivered, {"c.txt": "delivered"})
    workspaces(project).resume_turn(2, delivered, {})
    assert files(home(project, "ann")) == files(home(project, "bob")) == {"c.txt": "delivered"}


def test_a_snapshot_that_is_gone_is_told(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    interrupted(project)
    gone = project / ".massgen" / "snapshots" / SESSION / "turn_1" / "ann" / "call_9"
    workspaces(project).resume_turn(1, None, {"ann": f"{SESSION}/turn_1/ann/call_9"})
    assert caplog.messages[0] == f"{gone} is gone; the workspaces begin empty"
    assert files(home(project, "ann")) == {}
