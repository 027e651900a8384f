"""A copy that is not full never takes the place of what it was made from: nothing that it lacks is lost."""

import logging
import os
from pathlib import Path

import pytest

from massgen.workspace import comparing, snapshots
from massgen.workspace.layout import Layout
from massgen.workspace.snapshots import MOST_BYTES
from massgen.workspace.workspaces import Workspaces
from tests.workspace.trees import grow, names

SESSION = "session_20250108_143022"
CUT = "The copy ends after 1 files and 1 bytes (at most 10,000 files, 200,000,000 bytes); the rest was left out."


class Team:
    """Two agents; ann's workspace holds one file more than a copy takes."""

    def __init__(self, project: Path) -> None:
        self.ours = project / ".massgen"
        self.ann, self.bob = (self.ours / "workspaces" / name for name in ("first", "second"))
        self.snapshots = self.ours / "snapshots"
        self.delivered = self.ours / "sessions" / SESSION / "turn_1" / "workspace"
        layout = Layout(
            root=project,
            agents=("ann", "bob"),
            homes={"ann": self.ann, "bob": self.bob},
            snapshots=self.snapshots,
            temporary=self.ours / "temp_workspaces",
        )
        self.workspaces = Workspaces(layout, session=SESSION)

    def answers(self) -> str:
        """Ann writes and answers in turn 1; returns the name of her snapshot, which is cut."""
        self.workspaces.begin_turn(1, None)
        grow(self.ann, {"a.py": "a"})
        with (self.ann / "big").open("wb") as file:
            os.truncate(file.fileno(), MOST_BYTES)  # all holes: it takes no room
        return self.workspaces.snapshot("ann", 1, 1)

    def delivers(self) -> None:
        """Ann's workspace is the deliverable of turn 1, which is cut too."""
        self.answers()
        self.workspaces.deliver("ann", self.delivered)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING)
    return caplog


def test_a_cut_snapshot_is_not_restored_over_the_very_files_it_was_made_from(
    team: Team, told: pytest.LogCaptureFixture
) -> None:
    snapshot = team.answers()
    assert names(team.snapshots / snapshot) == ["a.py"]
    assert told.messages == [f"{team.snapshots / snapshot} is not a full copy of {team.ann}. {CUT}"]
    told.clear()

    team.workspaces.restore("ann", snapshot)

    assert names(team.ann) == ["a.py", "big"]
    assert told.messages == []


@pytest.mark.parametrize("change", ["a new file", "the same length", "one less"])
def test_what_was_written_since_is_moved_aside_and_what_is_missing_is_told(
    team: Team, told: pytest.LogCaptureFixture, change: str
) -> None:
    snapshot = team.answers()
    told.clear()
    match change:
        case "a new file":
            grow(team.ann, {"scribble": ""})
        case "the same length":
            before = (team.ann / "a.py").stat()
            (team.ann / "a.py").write_text("b")
            os.utime(team.ann / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
        case _:
            (team.ann / "a.py").unlink()
    held = names(team.ann)

    team.workspaces.restore("ann", snapshot)

    aside = team.snapshots / SESSION / "aside" / "first"
    assert names(team.ann) == ["a.py"]
    assert names(aside) == held
    assert told.messages == [
        f"{team.ann} was restored from a copy that is not full; all that stood in it is in {aside}. {CUT}"
    ]
    team.workspaces.restore("ann", snapshot)
    assert names(team.snapshots / SESSION / "aside") == ["first"]


def test_what_a_snapshot_lacks_stands_beside_it_where_those_who_are_shown_it_do_not_look(team: Team) -> None:
    snapshot = team.answers()
    assert names((team.snapshots / snapshot).parent) == ["call_1", "call_1.incomplete"]

    shown = team.workspaces.show("bob", {"answer1": snapshot})

    assert names(team.ours / "temp_workspaces" / "second") == ["answer1"]
    assert names(shown["answer1"]) == ["a.py"]


def test_after_a_cut_deliverable_its_author_goes_on_with_everything_and_the_others_are_told(
    team: Team, told: pytest.LogCaptureFixture
) -> None:
    team.delivers()
    assert told.messages[-1] == f"{team.delivered} is not a full copy of {team.ann}. {CUT}"
    told.clear()

    team.workspaces.begin_turn(2, team.delivered)

    assert (names(team.ann), names(team.bob)) == (["a.py", "big"], ["a.py"])
    assert told.messages == [
        f"not all files of the last answer are in {team.bob}: what was kept of them is not full. {CUT}"
    ]
    told.clear()
    team.workspaces.reset("ann", team.delivered)
    team.workspaces.tell_left(team.delivered)
    assert names(team.ann) == ["a.py", "big"]
    assert told.messages == []


def test_what_a_cut_deliverable_lacks_is_moved_aside_with_the_workspace_that_was_changed(
    team: Team, told: pytest.LogCaptureFixture
) -> None:
    team.delivers()
    grow(team.ann, {"mine": "by hand"})
    told.clear()

    team.workspaces.begin_turn(2, team.delivered)

    aside = team.snapshots / SESSION / "turn_2" / "before" / "first"
    assert names(aside) == ["a.py", "big", "mine"]
    assert told.messages == [
        f"what stood in {team.ann} was moved to {aside}, because the turn began with the files of the last answer",
        (
            f"not all files of the last answer are in {team.ours / 'workspaces'} (first, second): "
            f"what was kept of them is not full. {CUT}"
        ),
    ]


def test_a_late_deliverable_is_full_as_long_as_the_workspace_is_what_its_cut_snapshot_was_made_from(team: Team) -> None:
    snapshot, late = team.answers(), team.workspaces.deliver_late
    assert late("ann", 1, snapshot, team.delivered, presented=False)
    assert snapshots.gap_of(team.delivered) == snapshots.Gap(lacks=CUT, of=comparing.state(team.ann))

    grow(team.ann, {"scribble": ""})
    assert late("ann", 1, snapshot, team.delivered, presented=False)
    gap = snapshots.gap_of(team.delivered)
    assert gap == snapshots.gap_of(team.snapshots / snapshot)
    assert gap is not None
    assert gap.of != comparing.state(team.ann)


def test_what_is_left_out_one_by_one_is_not_lost_either(team: Team) -> None:
    team.workspaces.begin_turn(1, None)
    (team.ann / "python").symlink_to("/usr/bin/python3")
    snapshot = team.workspaces.snapshot("ann", 1, 1)
    team.workspaces.restore("ann", snapshot)
    assert names(team.ann) == ["python"]


def test_a_full_copy_in_the_place_of_a_cut_one_takes_its_note_away(team: Team) -> None:
    team.delivers()
    (team.ann / "big").unlink()
    team.workspaces.deliver("ann", team.delivered)
    assert names(team.delivered.parent) == ["workspace"]
    assert snapshots.gap_of(team.delivered) is None


def test_a_note_that_cannot_be_read_counts_as_one_that_says_nothing(team: Team) -> None:
    snapshot = team.answers()
    (team.snapshots / f"{snapshot}.incomplete").write_text("{")
    team.workspaces.restore("ann", snapshot)
    assert names(team.snapshots / SESSION / "aside" / "first") == ["a.py", "big"]
