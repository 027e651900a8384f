"""Kill -9 in the middle of a turn, at every record of its log and at any time, and then go on with it.

Each case is a real process with real files that is killed, and another one that goes on. After each of them:

* everything that a display was told is in the log, and what was in the log stays there;
* what the second process says was interrupted is what the log says;
* exactly the calls are made whose end the log did not tell, and no other (agent, stage and ballot);
* answers, votes, winner, final answer and files are those of a turn that nobody killed, each of them once.

The log is cut to end behind exactly the record of the case, also in the middle of a batch, as a power cut would do it.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

import pytest

from massgen.repl.interrupted import interrupted
from tests.crash.child import Task
from tests.crash.nursery import Nursery
from tests.crash.scripts import SCENARIOS
from tests.crash.story import Course, Place, course, crash, go_on, tried

LONGEST_S = 0.12
"""A turn is over after this time, also on a busy machine; a kill that comes later hits nobody."""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.fixture(scope="module")
def courses(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Course]:
    """Every scenario, played to its end."""
    return {each: course(nursery, Place(tmp_path_factory.mktemp("whole"), each)) for each in SCENARIOS}


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Place]:
    """Makes a new place for a case."""
    made = iter(range(10_000))

    def make(scenario: str) -> Place:
        path = tmp_path / str(next(made))
        path.mkdir()
        return Place(path, scenario)

    return make


def dying(at: int, *, told: bool = False, again: bool = False) -> Task:
    when = "told" if told else "written"
    return Task(place="", scenario="", does="go on" if again else "ask", dies_at=at, when=when)  # type: ignore[arg-type]  # a literal


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_turn_goes_on_whatever_record_was_the_last(
    scenario: str, nursery: Nursery, courses: Mapping[str, Course], project: Callable[[str], Place]
) -> None:
    whole = courses[scenario]
    for last in range(1, len(whole.records) + 1):
        tried(nursery, project(scenario), whole, dying(last), and_ask=last % 12 == 0)


def test_a_turn_goes_on_whenever_its_program_was_killed(
    nursery: Nursery, courses: Mapping[str, Course], project: Callable[[str], Place]
) -> None:
    at_any_time(nursery, courses, project, cases=12, seed=1)


def test_a_turn_goes_on_that_was_gone_on_with_and_killed_again(
    nursery: Nursery, courses: Mapping[str, Course], project: Callable[[str], Place]
) -> None:
    scenario = "two ballots and a revision"
    for first, second in ((5, 10), (9, 17), (20, 30)):
        tried(nursery, project(scenario), courses[scenario], dying(first), dying(second, again=True))


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_turn_goes_on_whatever_record_was_told_last_and_so_does_its_session(
    scenario: str, nursery: Nursery, courses: Mapping[str, Course], project: Callable[[str], Place]
) -> None:
    whole = courses[scenario]
    for last in range(1, len(whole.records) + 1):
        tried(nursery, project(scenario), whole, dying(last, told=True), and_ask=True)
        tried(nursery, project(scenario), whole, dying(last), and_ask=True)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_a_turn_goes_on_after_hundreds_of_kills_at_any_time(
    seed: int, nursery: Nursery, courses: Mapping[str, Course], project: Callable[[str], Place]
) -> None:
    at_any_time(nursery, courses, project, cases=80, seed=100 + seed)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_turn_goes_on_after_two_or_three_kills_wherever_they_came(
    scenario: str, nursery: Nursery, courses: Mapping[str, Course], project: Callable[[str], Place]
) -> None:
    chance, whole = Random(7), courses[scenario]
    for _ in range(45):
        first = chance.randint(2, len(whole.records) - 1)
        second = first + chance.randint(2, 12)
        deaths = [dying(first), dying(second, again=True), dying(second + chance.randint(2, 12), again=True)]
        tried(nursery, project(scenario), whole, *deaths[: chance.randint(2, 3)])


def at_any_time(
    nursery: Nursery,
    courses: Mapping[str, Course],
    project: Callable[[str], Place],
    *,
    cases: int,
    seed: int,
) -> None:
    chance = Random(seed)
    for _ in range(cases):
        scenario = chance.choice(list(SCENARIOS))
        place = project(scenario)
        task = Task(place=str(place.path), scenario=scenario, does="ask")
        crash(nursery, place, task, after_s=chance.uniform(0.0, LONGEST_S))
        if interrupted(place.records) is not None and chance.random() < 0.3:
            again = Task(place=str(place.path), scenario=scenario, does="go on")
            crash(nursery, place, again, after_s=chance.uniform(0.0, LONGEST_S))
        if place.log is not None:
            go_on(nursery, place, courses[scenario])
