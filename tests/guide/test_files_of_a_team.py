"""What the guide says about the files of several agents: shown on a ballot, kept, delivered, handed on."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from massgen.backends.providers import PROVIDERS
from massgen.prompts.quoting import unquoted
from tests.guide.page import promised
from tests.guide.working import results, texts
from tests.helpers import models
from tests.helpers.program import Program, Ran
from tests.helpers.wires import Reply, Request, WireServer

# -- a team of two ---------------------------------------------------------------------------------------------------

TWO = """\
orchestrator:
  context_paths: [{path: notes/, permission: write}]
agents:
  - {id: ann, backend: {type: gemini, model: gemini-3.8-flash, cwd: workspace_a}}
  - {id: bob, backend: {type: openai, model: gpt-6.1-terra, cwd: workspace_b}}
"""


@dataclass(slots=True, kw_only=True)
class Pair:
    """Both write `who.txt` and try to write the user's notes in every stage; bob's answer wins.

    `found` is what the workspace of an agent, and its copies of the answers, held when its draft began; `ballots` are
    the names under which it was shown the answers, and whose they are; `notes` what came of writing in each stage.
    """

    project: Path
    found: dict[tuple[int, str], tuple[Mapping[str, str], Mapping[str, str]]] = field(default_factory=dict)
    ballots: dict[tuple[int, str], Mapping[str, str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=lambda: {"draft": [], "ballot": [], "presentation": []})
    read: list[str] = field(default_factory=list)

    def reply(self, request: Request) -> Reply:
        """What ann and bob do."""
        name, place = ("bob", "workspace_b") if "gpt" in request.model else ("ann", "workspace_a")
        turn, stage, done = 2 if "Again?" in request.question else 1, models.stage(request), results(request)
        path = str(self.project / "notes" / "todo.md")
        spoils = ("write_file", {"path": path, "content": f"- {stage} {turn}\n"})
        if stage == "ballot":
            shown = {label: "bob" if "bob's" in text else "ann" for label, text in unquoted(request.question).items()}
            self.ballots[turn, name] = shown
            best = next(label for label, author in shown.items() if author == "bob")
            if not done:
                return Reply(calls=[("read_file", {"path": f"{best}/who.txt"}), spoils])
            self.read.append(done[0].splitlines()[-1])
            self.notes[stage].append(done[1])
            return Reply(calls=[("vote", {"reason": "It has a file.", "agent_id": best})])
        if not done:
            if stage == "draft":
                self.found[turn, name] = self.workspace(place), self.copies(place)
            return Reply(calls=[("write_file", {"path": "who.txt", "content": f"{name}, turn {turn}\n"}), spoils])
        self.notes[stage].append(done[1])
        return Reply(text=f"This is {name}'s answer.")

    def workspace(self, place: str) -> Mapping[str, str]:
        return texts(self.project / ".massgen" / "workspaces" / place)

    def copies(self, place: str) -> Mapping[str, str]:
        return texts(self.project / ".massgen" / "temp_workspaces" / place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Two turns of the pair: what was printed, what it met, and what is on disk."""

    first: Ran
    second: Ran
    pair: Pair
    session: Path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Two questions to the pair."""
    massgen = Program(tmp_path_factory.mktemp("two"))
    notes = massgen.project / "notes" / "todo.md"
    notes.parent.mkdir()
    notes.write_text("- nothing\n", "utf-8")
    pair = Pair(project=massgen.project)
    with WireServer(pair.reply) as server:
        (massgen.project / "team.yaml").write_text(TWO, "utf-8")
        environ = server.environ("gemini", "openai")
        first = massgen("--config", "team.yaml", "Who?", env=environ)
        second = massgen("--continue", "Again?", env=environ)
    [session] = massgen.sessions()
    return Shared(first=first, second=second, pair=pair, session=session)


def test_only_the_final_presentation_writes_where_the_permission_is_write(shared: Shared) -> None:
    promised(
        "With `permission: write` the final presentation may change them, and nothing else may.",
        "A line after the turn names each file of yours that was changed.",
    )

    assert "changed: notes/todo.md" in shared.first.stderr.splitlines()
    notes = shared.pair.project / "notes" / "todo.md"
    assert notes.read_text("utf-8") == "- presentation 2\n", shared
    refused = {stage: ["can only be read" in each for each in said] for stage, said in shared.pair.notes.items()}
    assert refused == {"draft": [True] * 4, "ballot": [True] * 4, "presentation": [False] * 2}, shared.pair.notes


def test_the_files_of_answers_are_seen_under_the_names_of_the_ballot(shared: Shared) -> None:
    promised(
        "* `agent_temporary_workspace` is where agents see the files of the answers, under the names of the ballot."
    )

    assert shared.pair.read == ["bob, turn 1", "bob, turn 1", "bob, turn 2", "bob, turn 2"]
    shown = {f"{label}/who.txt": f"{author}, turn 2\n" for label, author in shared.pair.ballots[2, "ann"].items()}
    assert shared.pair.copies("workspace_a") == shown


def test_the_copies_stay_until_the_agent_is_shown_others(shared: Shared) -> None:
    promised("These copies stay until the agent is shown others.")

    (_, before), (_, after) = shared.pair.found[1, "ann"], shared.pair.found[2, "ann"]
    shown = {f"{label}/who.txt": f"{author}, turn 1\n" for label, author in shared.pair.ballots[1, "ann"].items()}
    assert (before, after) == ({}, shown)
    assert shared.pair.found[2, "bob"][1] == {"other1/who.txt": "ann, turn 1\n"}  # as the presenter was shown it


def test_a_snapshot_is_kept_with_every_answer(shared: Shared) -> None:
    promised("* `snapshot_storage` keeps a copy of the workspace with every answer.")

    kept = texts(shared.pair.project / ".massgen" / "snapshots" / shared.session.name)
    for turn in (1, 2):
        assert kept[f"turn_{turn}/workspace_a/call_1/who.txt"] == f"ann, turn {turn}\n"
        assert kept[f"turn_{turn}/workspace_b/call_1/who.txt"] == f"bob, turn {turn}\n"


def test_the_winners_workspace_is_the_result(shared: Shared) -> None:
    promised("When the turn is over, the workspace of the agent that wrote the final answer is the result.")

    for turn, ran in ((1, shared.first), (2, shared.second)):
        kept = shared.session / f"turn_{turn}" / "workspace"
        assert ran.stdout == "This is bob's answer.\n"
        assert ran.stderr.splitlines()[-1] == f"files: {kept}"
        assert texts(kept) == {"who.txt": f"bob, turn {turn}\n"}


def test_every_workspace_begins_the_next_turn_as_a_copy_of_the_result(shared: Shared) -> None:
    promised("and every workspace begins the next turn as a copy of it.")

    for name in ("ann", "bob"):
        empty, handed_on = (shared.pair.found[turn, name][0] for turn in (1, 2))
        assert (empty, handed_on) == ({}, {"who.txt": "bob, turn 1\n"})


# -- a team of everybody ---------------------------------------------------------------------------------------------

OTHER_TOOLS = ("claude_code", "demo")
"""Claude Code brings its own, and the demo is no model."""
EVERYBODY = [row for row in PROVIDERS.values() if row.type not in OTHER_TOOLS]


@pytest.mark.slow
def test_the_tools_work_with_every_provider(massgen: Program) -> None:
    promised("They work with every provider.")

    together = threading.Barrier(len(EVERYBODY))
    offered: dict[str, list[str]] = {}
    answered: dict[str, list[str]] = {}

    def reply(request: Request) -> Reply:
        done = results(request)
        if models.stage(request) == "presentation":
            return Reply(text="Final answer: 4")
        offered[request.model] = request.tool_names
        if not done:
            write, spare = ({"path": path, "content": "One.\n"} for path in ("kept.txt", "gone.txt"))
            return Reply(calls=[("write_file", write), ("write_file", spare), ("list_files", {"path": "."})])
        if len(done) == 3:
            edit = {"path": "kept.txt", "old_text": "One", "new_text": "Two"}
            return Reply(calls=[("edit_file", edit), ("delete_file", {"path": "gone.txt"})])
        if len(done) == 5:
            return Reply(calls=[("read_file", {"path": "kept.txt"})])
        answered[request.model] = done
        together.wait(timeout=30)
        return Reply(text="Final answer: 4")

    with WireServer(reply) as server:
        agents = [
            f"  - {{id: {row.type}, backend: {{type: {row.type}, model: of-{row.type}, cwd: w_{row.type}"
            + (f", base_url: '{server.base_url(row.type)}'" if not row.base_url else "")
            + "}}\n"
            for row in EVERYBODY
        ]
        (massgen.project / "team.yaml").write_text("agents:\n" + "".join(agents), "utf-8")
        ran = massgen("--config", "team.yaml", "Who?", env=server.environ(*(row.type for row in EVERYBODY)))

    assert (ran.stdout, ran.status) == ("Final answer: 4\n", 0), ran.stderr
    tools = ["list_files", "read_file", "write_file", "edit_file", "delete_file"]
    assert offered == {f"of-{row.type}": tools for row in EVERYBODY}
    read = {model: done[-1].splitlines()[-1] for model, done in answered.items()}
    assert read == {f"of-{row.type}": "Two." for row in EVERYBODY}
    files = texts(massgen.project / ".massgen" / "workspaces")
    assert files == {f"w_{row.type}/kept.txt": "Two.\n" for row in EVERYBODY}
