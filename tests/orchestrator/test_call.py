"""One call of one agent: streamed, with its tools, ending in exactly one signal."""

import asyncio
from dataclasses import replace

from massgen.coordination.signals import Failed, Replied, Reply
from massgen.coordination.state import Call, Seat, State
from massgen.errors import SessionError
from massgen.events import CallEvent, ForeignToolUsed, ToolEnded, ToolStarted, UsageCounted
from massgen.messages import Failed as StreamFailed
from massgen.messages import (
    Finished,
    Json,
    ModelMessage,
    Part,
    Problem,
    Replay,
    ServerToolUsed,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolResults,
    ToolSpec,
    Usage,
    UserMessage,
)
from massgen.orchestrator.call import MOST_IN_VAIN, MOST_ROUNDS, CallRunner
from massgen.orchestrator.surroundings import Place, Surroundings
from massgen.orchestrator.team import Member
from massgen.tools.toolbox import Toolbox
from tests.helpers.streams import Streams

CALL = Call(number=7, stage="draft", ballot=0, attempt=1, shown=(), because="")
STATE = State(question="q", stage="draft", seats={"ann": Seat(standing="working", last=CALL)})
USAGE = Usage(input_tokens=3, output_tokens=2)
REPLAY = Replay("wire", ("item",))
END = Finished(stop="end", usage=USAGE, replay=REPLAY)


class Room:
    """Surroundings with these tools, in which every answer keeps its files."""

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools

    async def open(self, state: State, agent: str, call: Call) -> Place:
        return Place(tools=self._tools, paragraph="Here are tools.")

    async def keep(self, state: State, agent: str, call: Call) -> str:
        return f"{agent}/{call.number}"


class FullDisk(Room):
    """Surroundings that cannot be opened."""

    async def open(self, state: State, agent: str, call: Call) -> Place:
        raise SessionError("The disk is full", hint="Free some space.")


def carry_out(
    backend: Streams, surroundings: Surroundings | None = None
) -> tuple[Replied | Failed, list[CallEvent], list[Part]]:
    reported: list[CallEvent] = []
    shown: list[Part] = []
    runner = CallRunner(
        STATE,
        "ann",
        CALL,
        Member(backend=backend),
        surroundings or Room(Toolbox()),
        report=reported.append,
        show=shown.append,
    )
    return asyncio.run(runner.run(())), reported, shown


class Clock:
    """A tool that tells the time it was given."""

    spec = ToolSpec(name="clock", description="Tell the time.", parameters={"type": "object", "properties": {}})

    async def run(self, call: ToolCall) -> ToolResult:
        return ToolResult(call_id=call.id, name=call.name, text="noon")


def tool_call(id_: str, name: str, **arguments: Json) -> ToolCall:
    return ToolCall(id=id_, name=name, arguments=arguments)


def test_text_streams_and_ends_in_a_reply() -> None:
    signal, reported, shown = carry_out(Streams([TextDelta("a"), TextDelta("b"), END]))
    assert signal == Replied(agent="ann", call=7, reply=Reply(text="ab", snapshot="ann/7"))
    assert reported == [UsageCounted(agent="ann", call=7, usage=USAGE)]
    assert shown == [TextDelta("a"), TextDelta("b"), END]


def test_a_reply_that_ran_into_its_limit_is_marked() -> None:
    signal, _, _ = carry_out(Streams([TextDelta("a"), Finished(stop="length", usage=None, replay=REPLAY)]))
    assert signal == Replied(agent="ann", call=7, reply=Reply(text="a", truncated=True, snapshot="ann/7"))


def test_a_vote_ends_the_call_without_running_any_tool() -> None:
    vote = tool_call("v", "vote", agent_id="answer1")
    signal, reported, _ = carry_out(Streams([TextDelta("why"), vote, END]))
    assert signal == Replied(agent="ann", call=7, reply=Reply(text="why", calls=(vote,), snapshot="ann/7"))
    assert reported == [UsageCounted(agent="ann", call=7, usage=USAGE)]


def test_an_unknown_tool_is_answered_and_the_model_goes_on_with_its_own_items() -> None:
    asked = tool_call("t", "rm", path="/")
    backend = Streams([TextDelta("let me"), asked, END], [TextDelta("done"), END])
    signal, reported, _ = carry_out(backend)
    refusal = "There is no tool 'rm' here. Tools: none. Answer without it."
    assert signal == Replied(agent="ann", call=7, reply=Reply(text="done", snapshot="ann/7"))
    assert backend.requests[1].messages == (
        UserMessage("q"),
        ModelMessage(text="let me", calls=(asked,), replay=REPLAY),
        ToolResults((ToolResult(call_id="t", name="rm", text=refusal, is_error=True),)),
    )
    assert reported == [
        UsageCounted(agent="ann", call=7, usage=USAGE),
        ToolStarted(agent="ann", call=7, id="t", name="rm", arguments={"path": "/"}),
        ToolEnded(agent="ann", call=7, id="t", name="rm", text=refusal, is_error=True),
        UsageCounted(agent="ann", call=7, usage=USAGE),
    ]


def test_a_model_that_keeps_asking_for_tools_that_do_not_exist_fails_the_call_soon() -> None:
    backend = Streams([tool_call("t", "again"), END])
    signal, _, _ = carry_out(backend)
    text = "The model asked for tools in vain 3 times: There is no tool 'again' here. Tools: none. Answer without it."
    assert signal == Failed(agent="ann", call=7, problem=Problem(kind="malformed", text=text))
    assert len(backend.requests) == MOST_IN_VAIN


class Shelf:
    """A tool that finds nothing, whatever is looked for."""

    spec = ToolSpec(name="find", description="Find a book.", parameters={"type": "object", "properties": {}})

    async def run(self, call: ToolCall) -> ToolResult:
        return ToolResult(call_id=call.id, name=call.name, text="It is not there.", is_error=True)


def test_looking_in_vain_for_one_thing_after_another_is_no_failure() -> None:
    looks = [[tool_call(f"t{place}", "find", title=place), END] for place in range(6)]
    signal, _, _ = carry_out(Streams(*looks, [TextDelta("nowhere"), END]), Room(Toolbox({"find": Shelf()})))
    assert signal == Replied(agent="ann", call=7, reply=Reply(text="nowhere", snapshot="ann/7"))


def test_looking_for_the_same_thing_again_and_again_fails_the_call() -> None:
    backend = Streams([tool_call("t", "find", title="x"), END])
    signal, _, _ = carry_out(backend, Room(Toolbox({"find": Shelf()})))
    text = "The model asked for tools in vain 3 times: It is not there."
    assert signal == Failed(agent="ann", call=7, problem=Problem(kind="malformed", text=text))
    assert len(backend.requests) == 1 + MOST_IN_VAIN


def test_what_was_said_before_a_tool_stands_when_nothing_is_said_after_it() -> None:
    backend = Streams([TextDelta("The answer."), tool_call("t", "clock"), END], [TextDelta("\n"), END])
    signal, _, _ = carry_out(backend, Room(Toolbox({"clock": Clock()})))
    assert signal == Replied(agent="ann", call=7, reply=Reply(text="The answer.", snapshot="ann/7"))


def test_tools_that_are_not_ours_are_reported_when_they_end() -> None:
    searching = ServerToolUsed(name="web_search", status="running", detail="why")
    found = replace(searching, status="completed")
    _, reported, shown = carry_out(Streams([searching, found, TextDelta("a"), END]))
    used = ForeignToolUsed(agent="ann", call=7, name="web_search", detail="why", is_error=False)
    assert reported == [used, UsageCounted(agent="ann", call=7, usage=USAGE)]
    assert shown == [searching, found, TextDelta("a"), END]


def test_a_model_that_never_stops_using_its_tools_fails_the_call() -> None:
    backend = Streams([tool_call("t", "clock"), END])
    signal, _, _ = carry_out(backend, Room(Toolbox({"clock": Clock()})))
    text = f"The model asked for tools {MOST_ROUNDS} times without an answer."
    assert signal == Failed(agent="ann", call=7, problem=Problem(kind="bad_request", text=text))
    assert len(backend.requests) == MOST_ROUNDS


def test_a_failed_stream_fails_the_call_and_its_usage_counts() -> None:
    problem = Problem(kind="overloaded", text="Busy.", status=529)
    signal, reported, _ = carry_out(Streams([TextDelta("a"), StreamFailed(problem=problem, usage=USAGE)]))
    assert signal == Failed(agent="ann", call=7, problem=problem)
    assert reported == [UsageCounted(agent="ann", call=7, usage=USAGE)]


def test_a_stream_without_an_ending_is_a_failure() -> None:
    signal, _, _ = carry_out(Streams([TextDelta("a")]))
    assert signal == Failed(agent="ann", call=7, problem=Problem(kind="truncated", text="The reply broke off."))


def test_an_adapter_that_breaks_its_promise_fails_one_call_and_nothing_else() -> None:
    signal, reported, _ = carry_out(Streams([TextDelta("a"), ZeroDivisionError()]))
    text = "MassGen itself failed in this call: ZeroDivisionError."
    assert signal == Failed(agent="ann", call=7, problem=Problem(kind="malformed", text=text))
    assert reported == [UsageCounted(agent="ann", call=7, usage=None)]


def test_the_request_tells_of_the_place_and_offers_its_tools() -> None:
    backend = Streams([TextDelta("a"), END])
    carry_out(backend, Room(Toolbox({"clock": Clock()})))
    (request,) = backend.requests
    assert request.system.endswith("\n\nHere are tools.")
    assert request.tools == (Clock.spec,)


def test_a_place_that_cannot_be_opened_fails_the_call_with_what_to_do() -> None:
    signal, _, _ = carry_out(Streams([TextDelta("a"), END]), FullDisk(Toolbox()))
    problem = Problem(kind="bad_request", text="The disk is full. Free some space.")
    assert signal == Failed(agent="ann", call=7, problem=problem)
