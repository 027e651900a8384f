"""What the guide promises of the debug log, looked for in that of a team that votes, uses tools, and remembers."""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from massgen.events import Record
from massgen.messages import Json
from massgen.session.reading import read
from massgen.session.records import plain
from massgen.session.redaction import REDACTED
from tests.guide.page import promised, typed
from tests.guide.working import results
from tests.helpers import models
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

MODELS = {"ann": "grok-4.7", "bob": "gpt-6.1-terra", "cyd": "gemini-3.8-flash"}
TEAM = """\
agents:
  - {id: ann, backend: {type: grok, model: grok-4.7, cwd: workspace_a}}
  - {id: bob, backend: {type: openai, model: gpt-6.1-terra}}
  - {id: cyd, backend: {type: gemini, model: gemini-3.8-flash}}
"""
KEY = "key-of-grok"
DRAFTS = {"ann": f"A draft of ann's; {KEY} is mine.", "bob": "A draft of bob's.", "cyd": "A draft of cyd's."}
NOT_DECIDED = ("SessionStarted", "UsageCounted", "ToolStarted", "ToolEnded", "FilesDelivered")
"""Events of a session, of calls and of files, which no rule decides."""

Event = tuple[int, str, Mapping[str, Json]]
"""Its number, its type, and its data."""

Entry = tuple[str, str]
"""Who says something, without the time, and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debugged:
    """Two turns: what was printed, the log as it is and by entries, the session's own events, and the requests."""

    text: str
    path: Path
    entries: list[Entry]
    events: list[Event]
    requests: list[Request]

    def said(self, source: str) -> list[str]:
        return [text for who, text in self.entries if who == source]

    def logged(self, *types: str) -> list[Mapping[str, Json]]:
        """The data of the log's events of these types."""
        return [data for _, type_, data in self.told if type_ in types]

    @property
    def told(self) -> list[Event]:
        """Every event that the log tells."""
        events = [(who.split(), text.split(" ", 1)) for who, text in self.entries if who.startswith("EVENT ")]
        return [(int(number), type_, json.loads(data)) for (_, number), (type_, data) in events]


def reply(request: Request) -> Reply:
    """Ann writes a file and wins; what she says holds her key. Cyd's second choice keeps the ballot open to its end."""
    name = next(agent for agent, model in MODELS.items() if model == request.model)
    match models.stage(request):
        case "draft":
            if name == "ann" and not results(request):
                return Reply(calls=[("write_file", {"path": "a.txt", "content": "One.\nTwo.\n"})])
            return Reply(text=DRAFTS[name])
        case "ballot":
            best, reason = ("bob's", "It is shorter.") if name == "ann" else ("ann's", f"{name} wants its file.")
            return models.vote(request, best, reason=reason, also="bob's" if name == "cyd" else "")
        case "presentation":
            return Reply(text="The answer.")


@pytest.fixture(scope="module")
def debugged(tmp_path_factory: pytest.TempPathFactory) -> Debugged:
    """The page's command with a team of three."""
    massgen = Program(tmp_path_factory.mktemp("debug"))
    (massgen.project / "team.yaml").write_text(TEAM, "utf-8")
    [[*flags, _]] = typed("Debugging Interactive Sessions")
    with (
        WireServer(reply) as server,
        massgen.chat(
            *(*flags, "team.yaml", "--no-display"), env=server.environ("grok", "openai", "gemini"), columns=160
        ) as chat,
    ):
        for number, question in enumerate(("What is it?", "And then?"), 1):
            chat.say(question)
            chat.wait_until(lambda: chat.row == "You:" and chat.text.count("\nfiles: ") == number, question)  # noqa: B023
        chat.say("/quit")
        assert chat.wait_for_end() == 0
        text, asked = chat.text, server.requests
    [path] = massgen.project.glob("agent_outputs/log_*/massgen_debug.log")
    [session] = massgen.sessions()
    return Debugged(
        text=text,
        path=path,
        entries=entries(path.read_text("utf-8")),
        events=[_event(each) for each in read(session / "events.jsonl").records],
        requests=asked,
    )


def entries(log: str) -> list[Entry]:
    """The log by entries; what stands in several lines is indented."""
    found = re.findall(r"^\d\d:\d\d:\d\d\.\d{3} (.+?): (.*(?:\n    .*)*)$", log, re.MULTILINE)
    assert sum(text.count("\n") + 1 for _, text in found) == len(log.splitlines())
    return [(" ".join(who.split()), text.replace("\n    ", "\n")) for who, text in found]


def _event(record: Record) -> Event:
    data: Mapping[str, Json] = json.loads(json.dumps(plain(record.event)).replace(KEY, REDACTED))
    return record.seq, type(record.event).__name__, data


def test_its_path_is_that_of_the_page_and_printed(debugged: Debugged) -> None:
    promised(
        "The log is written to `agent_outputs/log_{timestamp}/massgen_debug.log` in the directory in which MassGen was "
        "started, and its path is printed."
    )

    assert re.fullmatch(r"log_\d{8}_\d{6}", debugged.path.parent.name)
    assert f"debug log: {debugged.path}\n" in debugged.text


def test_it_holds_the_full_conversation_that_each_agent_was_sent(debugged: Debugged) -> None:
    promised("It holds:", "* the full conversation that each agent was sent,")

    asked = [text for text in debugged.said("DEBUG massgen.orchestrator.call") if " asks " in text.split("\n", 1)[0]]
    for agent, model in MODELS.items():
        sent = [each for each in debugged.requests if each.model == model]
        logged = [text for text in asked if text.startswith(f"{agent} call ")]
        assert len(sent) == len(logged) >= 4
        for request, text in zip(sent, logged, strict=True):
            assert text.split("\n", 1)[0].endswith(f" asks {model}")
            told = [request.system, *(said for _, said in request.texts)]
            assert [each for each in told if each.replace(KEY, REDACTED) not in text] == []
            assert text.splitlines()[-1] == f"tools: {', '.join(request.tool_names) or 'none'}"
    drafts = [text for text in asked if "\nuser: What is it?\nassistant: The answer.\nuser: And then?\n" in text]
    assert sorted({text.split()[0] for text in drafts}) == ["ann", "bob", "cyd"]


def test_it_holds_what_was_decided_and_why(debugged: Debugged) -> None:
    promised("* what was decided, and why,")

    said = [text.rpartition(" is answered with ") for text in debugged.said("DEBUG massgen.orchestrator.turn")]
    decided = [name for _, _, names in said if names != "nothing" for name in ast.literal_eval(names)]
    assert decided == [type_ for _, type_, _ in debugged.events if type_ not in NOT_DECIDED]
    causes = [cause for cause, _, names in said if "VoteCast" in names]
    reasons = ["It is shorter.", "bob wants its file.", "cyd wants its file."]
    assert [sum(reason in cause for cause in causes) for reason in reasons] == [2, 2, 2]
    votes = [str(each["reason"]) for each in debugged.logged("VoteCast")]
    assert sorted(votes) == sorted(2 * reasons)
    winners = debugged.logged("WinnerSelected")
    assert [(each["agent"], each["because"]) for each in winners] == [("ann", "ballot")] * 2


def test_it_holds_every_event_and_the_states_that_follow(debugged: Debugged) -> None:
    promised("* every event of the coordination, and the states that follow,")

    assert debugged.told == debugged.events
    stages = ("TurnStarted", "DraftingEnded", "BallotOpened", "BallotClosed", "WinnerSelected", "PresentationStarted")
    states = [type_ for _, type_, _ in debugged.told if type_ in (*stages, "PresentationEnded", "TurnEnded")]
    assert states == 2 * [*stages, "PresentationEnded", "TurnEnded"]


def test_it_holds_tool_calls_and_backend_operations(debugged: Debugged) -> None:
    promised("* tool calls and backend operations.")

    tools = debugged.logged("ToolStarted", "ToolEnded")
    assert [(each["agent"], each["name"]) for each in tools] == [("ann", "write_file")] * 4
    assert [each["arguments"] for each in tools if "arguments" in each] == [
        {"path": "a.txt", "content": "One.\nTwo.\n"}
    ] * 2
    answered = [text for each in debugged.requests for text in results(each)]
    assert [each["text"] for each in tools if "text" in each] == answered
    ended = [text for text in debugged.said("DEBUG massgen.orchestrator.call") if " ended with Finished(" in text]
    assert len(ended) == len(debugged.requests)
    assert [text for text in ended if "input_tokens=12, output_tokens=7" not in text] == []


def test_it_holds_no_key_and_stays_out_of_the_repository(debugged: Debugged) -> None:
    promised("No key is in it.", "`agent_outputs/` keeps itself out of your repository.")

    log = debugged.path.read_text("utf-8")
    assert f"A draft of ann's; {REDACTED} is mine." in log
    assert "key-of-" not in log
    assert (debugged.path.parents[1] / ".gitignore").read_text("utf-8") == "*\n"
