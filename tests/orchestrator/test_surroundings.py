"""What one call is given: its own workspace, what the user shares, and other answers' files under labels."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from massgen.ballots import Candidate, Shown
from massgen.coordination.rules import Rules
from massgen.coordination.state import Ballot, Call, State
from massgen.events import AnswerSubmitted
from massgen.messages import Json, Stage, ToolCall
from massgen.orchestrator.surroundings import Files, Nowhere, Place
from massgen.workspace.layout import ContextPath, Layout
from massgen.workspace.workspaces import Workspaces
from tests.workspace.trees import files, grow

SESSION = "session_20250108_143022"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return grow(tmp_path / "p", {"docs/guide.md": "old\n", "src/a.py": "a\n"}).resolve()


def surroundings(project: Path, native: Sequence[str] = ()) -> Files:
    """Two agents with workspaces; `docs` may be written, `src` only read."""
    ours = project / ".massgen"
    layout = Layout(
        root=project,
        agents=("ann", "bob"),
        homes={"ann": ours / "workspaces" / "first", "bob": ours / "workspaces" / "second"},
        context=(ContextPath(path="docs", permission="write"), ContextPath(path="src")),
        snapshots=ours / "snapshots",
        temporary=ours / "temp_workspaces",
    )
    return Files(Workspaces(layout, session=SESSION), is_native=set(native).__contains__)


def home(project: Path, name: str) -> Path:
    """The workspace of an agent."""
    return project / ".massgen" / "workspaces" / name


def call(stage: Stage, number: int = 1, *shown: Shown) -> Call:
    """A call of this stage, to which these answers are shown."""
    return Call(number=number, stage=stage, ballot=1, attempt=1, shown=shown, because="")


def use(place: Place, name: str, **arguments: Json) -> tuple[bool, str]:
    """Use a tool of a place: whether it worked, and what it said."""
    result = asyncio.run(place.tools.run(ToolCall(id="t1", name=name, arguments=arguments)))
    return not result.is_error, result.text


def voting(ann: str, bob: str) -> State:
    """A turn in which both have answered, with these snapshots."""
    answers = (
        AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="Ann's.", snapshot=ann),
        AnswerSubmitted(agent="bob", call=1, label="agent2.1", version=1, text="Bob's.", snapshot=bob),
    )
    candidates = (
        Candidate(candidate="c1", label="agent1.1", members=("agent1.1",), supporters=("ann",)),
        Candidate(candidate="c2", label="agent2.1", members=("agent2.1",), supporters=("bob",)),
    )
    ballot = Ballot(number=1, candidates=candidates)
    return State(turn=1, stage="ballot", answers=answers, ballot=ballot)


def begun(project: Path) -> tuple[Files, State]:
    """A turn in which ann has written `a.txt`, bob `b.txt`, and both have answered."""
    around = surroundings(project)

    async def draft() -> State:
        await around.begin_turn(1, None)
        grow(home(project, "first"), {"a.txt": "ann's\n"})
        grow(home(project, "second"), {"b.txt": "bob's\n"})
        state = State(turn=1, stage="draft")
        kept = [await around.keep(state, agent, call("draft")) for agent in ("ann", "bob")]
        return voting(*kept)

    return around, asyncio.run(draft())


def test_a_draft_writes_in_its_workspace_and_only_reads_what_the_user_shares(project: Path) -> None:
    around = surroundings(project)
    asyncio.run(around.begin_turn(1, None))
    place = asyncio.run(around.open(State(turn=1, stage="draft"), "ann", call("draft")))

    assert use(place, "write_file", path="new.txt", content="mine\n")[0]
    assert use(place, "read_file", path="src/a.py")[0]
    for path in (project / "docs" / "guide.md", project / "src" / "a.py"):
        assert not use(place, "write_file", path=str(path), content="too early\n")[0]
    assert files(home(project, "first")) == {"new.txt": "mine\n"}
    assert files(project / "docs") | files(project / "src") == {"guide.md": "old\n", "a.py": "a\n"}


def test_a_judge_reads_the_others_files_under_the_label_of_its_own_call(project: Path) -> None:
    around, state = begun(project)
    shown = (Shown(label="answer1", candidate="c2"), Shown(label="answer2", candidate="c1"))
    place = asyncio.run(around.open(state, "ann", call("ballot", 2, *shown)))

    # Its own files are there too, so that nothing tells which answer is its own.
    labels = project / ".massgen" / "temp_workspaces" / "first"
    label = labels / "answer1"
    assert f"- answer1/ ({label})\n- answer2/ ({labels / 'answer2'})" in place.paragraph
    told = place.paragraph.replace(str(project), "")
    assert [word for word in ("bob", "second") if word in told] == []
    for path in ("answer1/b.txt", str(label / "b.txt")):
        worked, said = use(place, "read_file", path=path)
        assert worked
        assert "bob's" in said
    assert not use(place, "write_file", path=str(label / "b.txt"), content="mine now")[0]
    assert not use(place, "read_file", path=str(home(project, "second") / "b.txt"))[0]


def test_the_presenter_begins_from_the_files_that_were_voted_on_and_may_write_what_the_user_permits(
    project: Path,
) -> None:
    around, state = begun(project)
    grow(home(project, "second"), {"b.txt": "spoilt while voting\n", "more.txt": "more\n"})
    state = replace(state, winner="agent2.1")
    place = asyncio.run(around.open(state, "bob", call("presentation", 3)))

    assert files(home(project, "second")) == {"b.txt": "bob's\n"}
    assert "ann's" in use(place, "read_file", path="other1/a.txt")[1]
    assert use(place, "write_file", path=str(project / "docs" / "guide.md"), content="new\n")[0]
    assert not use(place, "write_file", path=str(project / "src" / "a.py"), content="new\n")[0]
    assert files(project / "docs") == {"guide.md": "new\n"}


def test_a_presenter_whose_snapshot_is_cut_goes_on_with_all_of_its_files(project: Path) -> None:
    around, state = begun(project)
    with (home(project, "second") / "huge").open("wb") as file:
        os.truncate(file.fileno(), 200_000_001)
    snapshot = asyncio.run(around.keep(state, "bob", call("draft", 2)))
    state = replace(voting("", snapshot), winner="agent2.1")

    asyncio.run(around.open(state, "bob", call("presentation", 3)))

    assert sorted(each.name for each in home(project, "second").iterdir()) == ["b.txt", "huge"]


@pytest.mark.parametrize(
    ("stored", "delivered"),
    [(True, {"b.txt": "bob's\n"}), (False, {"b.txt": "bob's\n", "final.txt": "polished\n"})],
)
def test_the_deliverable_goes_with_the_text_that_is_the_answer(
    project: Path, stored: bool, delivered: dict[str, str]
) -> None:
    around, state = begun(project)
    state = replace(state, winner="agent2.1")
    asyncio.run(around.open(state, "bob", call("presentation", 3)))
    grow(home(project, "second"), {"final.txt": "polished\n"})
    to = project / ".massgen" / "sessions" / SESSION / "turn_1" / "workspace"
    to.parent.mkdir(parents=True)

    assert asyncio.run(around.deliver(state, to, stored=stored)) == to
    assert files(to) == delivered
    asyncio.run(around.begin_turn(2, to))
    assert [files(home(project, name)) for name in ("first", "second")] == [delivered, delivered]


def test_an_agent_with_tools_of_its_own_gets_the_places_and_none_of_ours(project: Path) -> None:
    around = surroundings(project, native=("ann",))
    asyncio.run(around.begin_turn(1, None))
    place = asyncio.run(around.open(State(turn=1, stage="draft"), "ann", call("draft")))

    assert place.tools.specs == ()
    assert str(home(project, "first")) in place.paragraph


def test_without_files_there_is_nothing(project: Path) -> None:
    state = State(turn=1, stage="draft")

    assert asyncio.run(Nowhere().open(state, "ann", call("draft"))) == Place()
    assert asyncio.run(Nowhere().keep(state, "ann", call("draft"))) == ""
    assert not (project / ".massgen").exists()


def test_while_planning_files_can_be_looked_at_and_not_written(project: Path) -> None:
    around, state = begun(project)
    planning = replace(state, rules=Rules(planning=True))
    place = asyncio.run(around.open(planning, "ann", call("ballot", 2)))
    assert use(place, "read_file", path="a.txt")[0]
    assert use(place, "write_file", path="a.txt", content="new")[0] is False
    assert "cannot change any yet" in place.paragraph
    presented = asyncio.run(around.open(replace(planning, winner="agent1.1"), "ann", call("presentation", 3)))
    assert use(presented, "write_file", path="c.txt", content="new")[0]
