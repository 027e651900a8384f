"""Sessions that a team keeps in a place of its own are found, whoever asks for them."""

import json
import shutil
from pathlib import Path

import pytest

from massgen.config.paths import Paths
from tests.cli.going_on import FIRST, SECOND, THIRD, answers
from tests.helpers import teams
from tests.helpers.program import Program, Ran, refusal

pytestmark = pytest.mark.slow  # a program is started for each


def test_a_team_that_keeps_its_sessions_elsewhere_finds_them_there(massgen: Program) -> None:
    team = teams.write(massgen.project, f"{teams.ONE}orchestrator: {{session_storage: kept}}\n", teams.REMEMBERS)
    massgen("--config", team, FIRST)
    [session] = massgen.project.glob(".massgen/kept/session_*")

    answers(massgen("--continue", "--config", team, SECOND), f"Number 2, after “{FIRST}”.")
    listed = massgen("--list-sessions", "--config", team)
    assert listed == Ran(stdout=f"{session.name}    2 turns  {FIRST}\n", stderr="", status=0)
    assert massgen.sessions() == []


def keeping(massgen: Program, place: str) -> str:
    """A team that keeps its sessions in this place; what to say after `--config`."""
    teams.remembering(massgen.project)
    name = f"keeps-{place.strip('/').replace('/', '-')}.yaml"
    (massgen.project / name).write_text(f"{teams.ONE}orchestrator: {{session_storage: {place}}}\n", "utf-8")
    return name


@pytest.mark.parametrize("place", ["kept", ".massgen/kept/here", "elsewhere"])
@pytest.mark.slow
@pytest.mark.parametrize("flags", [["--continue"], ["--resume", "last"], ["--session-id", "last"]])
def test_a_session_that_is_kept_elsewhere_is_found_without_naming_its_team(
    massgen: Program, place: str, flags: list[str], tmp_path: Path
) -> None:
    place = str(tmp_path / place) if place == "elsewhere" else place
    massgen("--config", keeping(massgen, place), FIRST)
    [session] = Paths(massgen.project, place).sessions.iterdir()

    answers(massgen(*flags, SECOND), f"Number 2, after “{FIRST}”.")
    answers(massgen("--resume", session.name, THIRD), f"Number 3, after “{SECOND}”.")
    assert massgen("--list-sessions") == Ran(stdout=f"{session.name}    3 turns  {FIRST}\n", stderr="", status=0)
    assert massgen.sessions() == []


@pytest.fixture
def scattered(massgen: Program) -> list[str]:
    """Three sessions in three places, each asked its own place; their ids, under which they were used later."""
    for number, place in enumerate(("sessions", "kept", "far"), 1):
        massgen("--config", keeping(massgen, place), place)
        [session] = (massgen.project / ".massgen" / place).iterdir()
        session.rename(session.with_name(f"session_2025010{number}_143022"))
    return [f"session_2025010{number}_143022" for number in (1, 2, 3)]


def later(massgen: Program) -> str:
    """What the list says of a session that was used on a later day than that of its name."""
    told = json.loads(massgen("sessions", "list", "--json").stdout)["sessions"]
    return f"(last used {told[0]['last_used'][:10]})"


def test_without_a_team_all_places_are_one(massgen: Program, scattered: list[str]) -> None:
    here, kept, far = scattered
    used = later(massgen)
    assert massgen("--list-sessions") == Ran(
        stdout=f"{far}    1 turn   far  {used}\n{kept}    1 turn   kept  {used}\n{here}    1 turn   sessions  {used}\n",
        stderr="",
        status=0,
    )
    answers(massgen("--continue", SECOND), "Number 2, after “far”.")
    answers(massgen("--resume", kept, SECOND), "Number 2, after “kept”.")


@pytest.mark.slow
def test_a_team_that_is_named_looks_first_where_it_keeps_its_own(massgen: Program, scattered: list[str]) -> None:
    here, kept, far = scattered
    team = ("--config", "keeps-kept.yaml")
    assert massgen("--list-sessions", *team).stdout == f"{kept}    1 turn   kept  {later(massgen)}\n"
    answers(massgen("--continue", *team, SECOND), "Number 2, after “kept”.")
    answers(massgen("--resume", far, *team, SECOND), "Number 2, after “far”.")
    answers(massgen("--resume", here, "--config", "keeps-far.yaml", SECOND), "Number 2, after “sessions”.")
    assert massgen("--resume", "session_20250108_143022", *team, SECOND).told == (
        "massgen: There is no session 'session_20250108_143022' here.\n"
        f"  The last one is {far}; massgen --list-sessions names all.\n"
    )


@pytest.mark.slow
def test_two_sessions_of_one_name_are_told_apart_by_their_team(massgen: Program) -> None:
    massgen("--config", keeping(massgen, "kept"), FIRST)
    [kept] = (massgen.project / ".massgen" / "kept").iterdir()
    usual = massgen.project / ".massgen" / "sessions"
    shutil.copytree(kept, usual / kept.name)

    told = refusal(
        4,
        f"massgen: There are two sessions {kept.name!r}: in {usual}, and in {kept.parent}.\n"
        "  Say which by naming its team with --config.\n",
    )
    assert massgen("--continue", SECOND) == told
    assert massgen("--resume", kept.name, SECOND) == told
    answers(massgen("--continue", "--config", "keeps-kept.yaml", SECOND), f"Number 2, after “{FIRST}”.")


@pytest.mark.slow
def test_one_place_under_two_names_is_one_place(massgen: Program, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(massgen.project / ".massgen" / "kept")
    for place in ("kept", str(massgen.project / ".massgen" / "kept"), str(tmp_path / "link")):
        massgen("--config", keeping(massgen, place), "--continue", FIRST)
        massgen("--config", keeping(massgen, place), FIRST)
    assert len(massgen("--list-sessions").stdout.splitlines()) == 3


@pytest.mark.slow
def test_a_place_that_has_vanished_is_passed_over_and_may_come_back(massgen: Program, scattered: list[str]) -> None:
    here, kept, _ = scattered
    place = massgen.project / ".massgen" / "far"
    place.rename(massgen.home / "unplugged")
    answers(massgen("--continue", SECOND), "Number 2, after “kept”.")
    used = later(massgen)
    place.write_text("in the way")
    assert massgen("--list-sessions") == Ran(
        stdout=f"{kept}    2 turns  kept  {used}\n{here}    1 turn   sessions  {used}\n",
        stderr=f"note: cannot list {place}: Not a directory\n",
        status=0,
    )
    place.unlink()
    (massgen.home / "unplugged").rename(place)
    answers(massgen("--continue", SECOND), "Number 2, after “far”.")


def test_a_damaged_list_of_places_hides_nothing_that_stands_in_the_usual_one(
    massgen: Program, scattered: list[str]
) -> None:
    here, kept, _ = scattered
    pointer = massgen.project / ".massgen" / "session_places.json"
    used = later(massgen)
    pointer.write_bytes(b"[")

    ran = massgen("--list-sessions")
    assert ran == Ran(
        stdout=f"{here}    1 turn   sessions  {used}\n",
        stderr=f"note: {pointer} is damaged; sessions that are kept elsewhere may be missing here. "
        "Name their team once with --config, and they are found again.\n",
        status=0,
    )
    answers(massgen("--continue", "--config", "keeps-kept.yaml", SECOND), "Number 2, after “kept”.")
    listed = massgen("--list-sessions").stdout
    assert listed == f"{kept}    2 turns  kept  {used}\n{here}    1 turn   sessions  {used}\n"


def test_a_list_of_places_that_cannot_be_written_stops_nobody(massgen: Program) -> None:
    pointer = massgen.project / ".massgen" / "session_places.json"
    pointer.mkdir(parents=True)

    ran = massgen("--config", keeping(massgen, "kept"), FIRST)
    answers(ran, "Number 1, after “”.")
    assert (
        f"warning: cannot write {pointer}: Is a directory. This session is found again with --config, and not without "
        "it\n"
    ) in ran.stderr
