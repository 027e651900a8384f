"""Whole turns in which one provider of three fails in every way: the others answer, and the user is told the truth."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest

from massgen.agents import AgentId
from massgen.coordination.state import Call, State
from massgen.events import (
    AnswerSubmitted,
    CallFailed,
    CallStarted,
    Consequence,
    PresentationEnded,
    RetryScheduled,
    ToolEnded,
    TurnEnded,
    UsageCounted,
    VoteCast,
)
from massgen.messages import ToolCall, ToolResult, ToolSpec
from massgen.orchestrator.surroundings import Place
from massgen.tools.toolbox import MOST_CALLS, Toolbox
from tests.faults.asking import said
from tests.faults.cases import FAULTS
from tests.faults.rows import FATES, Ends, Expected, Fails, Fault, NeverEnds
from tests.faults.team import SILENCE_S, Played, Table, cents
from tests.helpers.wires.asking import KEY, WIRES

pytestmark = pytest.mark.slow  # hundreds of turns

NAMED = {fault.name: fault for fault in FAULTS}
EVERY = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
THAT_ARE_REACHED = pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if not fault.at], ids=lambda fault: fault.name
)

SILENT = Fails(kind="timeout", says=f"silent for {SILENCE_S:.0f} s")
IN_VAIN = Fails(kind="malformed", says="The model asked for tools in vain 3 times: …")


@pytest.fixture(scope="module", params=WIRES)
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    with Table(request.param) as three:
        yield three


@EVERY
def test_two_agents_answer_whatever_the_provider_of_the_third_does(table: Table, fault: Fault) -> None:
    played = table.play(fault)
    told = called(fault, table)

    if isinstance(told, Fails):
        assert played.line.startswith(f"◆ 2 of 3 agents answered; cyd: {FATES[told.kind]} · 1 round · winner ")
        assert failures(played, told) == [(told.kind, told.says, told.status, told.retry_after)] * len(
            course(fault, table)
        )
    else:
        assert played.line.startswith("◆ 3 agents · 1 round · winner ")
    assert [each.consequence for each in played.of(CallFailed)] == course(fault, table)
    assert [each.label for each in played.of(AnswerSubmitted)] == ([] if isinstance(told, Fails) else ["agent3.1"])
    assert_all_is_well(played)


@THAT_ARE_REACHED
def test_what_is_over_after_the_first_time_costs_no_more_than_it_has_to(table: Table, fault: Fault) -> None:
    asked = len(table.failing.requests)
    played = table.play(fault, once=True)

    answered, voted = played.of(AnswerSubmitted), played.of(VoteCast)
    match fault.then_on(table.wire):
        case "answers" | "retried":
            assert played.line.startswith("◆ 3 agents · 1 round · winner bob ")
            assert (len(answered), len(voted)) == (1, 1)
        case "out_of_stage":
            assert (len(answered), len(voted)) == (0, 1)
        case "out_of_turn":
            assert (len(answered), len(voted)) == (0, 0)
            assert len(table.failing.requests) - asked == 1
    goes_on = isinstance(fault.expected(table.wire), Ends)
    assert [each.consequence for each in played.of(CallFailed)] == ([] if goes_on else [fault.then])
    assert_only_what_is_known_is_charged(played.of(UsageCounted)[0], fault, table)
    assert_all_is_well(played)


@pytest.mark.parametrize(("name", "wait_s"), [("429 with Retry-After 2", 2.0), ("429 with a date", 30.0)])
def test_a_provider_is_given_the_time_it_asks_for(table: Table, name: str, wait_s: float) -> None:
    waits = [each.wait_s for each in table.play(NAMED[name]).of(RetryScheduled)]

    assert len(waits) == 4  # two in each stage
    assert min(waits) == wait_s


def test_a_conversation_that_is_too_long_is_told_shorter(table: Table) -> None:
    played = table.play(NAMED["context too long"], once=True)

    assert [each.compacted for each in played.of(CallStarted)] == [False, True, True]
    first, second = (len(repr(each.body)) for each in table.failing.requests[-3:-1])
    assert second < first / 1.5


def test_of_500_tool_calls_16_are_carried_out(table: Table) -> None:
    played = table.play(NAMED["500 tool calls"], once=True, tools=Shelves())

    ended = played.of(ToolEnded)
    assert [each.text for each in ended[:MOST_CALLS]] == ["A shelf."] * 16
    assert [each.text for each in ended[MOST_CALLS:]] == ["Not carried out: at most 16 calls in one reply."] * 484
    assert_all_is_well(played)


def test_of_two_calls_with_one_id_one_is_carried_out(table: Table) -> None:
    played = table.play(NAMED["same call id twice"], once=True, tools=Shelves())

    assert [each.text for each in played.of(ToolEnded)] == [
        "A shelf.",
        "Not carried out: an earlier call has the same id.",
    ]
    assert_all_is_well(played)


class Shelves:
    """A place with one thing to look at."""

    async def open(self, state: State, agent: AgentId, call: Call) -> Place:
        return Place(tools=Toolbox({"list_directory": Shelf()}))

    async def keep(self, state: State, agent: AgentId, call: Call) -> str:
        return ""


class Shelf:
    """A tool that says what it is."""

    spec = ToolSpec(name="list_directory", description="Look.", parameters={"type": "object", "properties": {}})

    async def run(self, call: ToolCall) -> ToolResult:
        return ToolResult(call_id=call.id, name=call.name, text="A shelf.")


def called(fault: Fault, table: Table) -> Expected:
    """What comes of a whole call: silence is noticed by the core, and who asks for tools in vain is not heard."""
    expected = fault.expected(table.wire)
    if fault.silent:
        return SILENT
    return IN_VAIN if isinstance(expected, Ends) and expected.stop == "tool_calls" else expected


def course(fault: Fault, table: Table) -> Sequence[Consequence]:
    """What becomes of the calls of an agent whose provider always fails like that."""
    match fault.then_on(table.wire):
        case "answers":
            return []
        case "out_of_turn":
            return ["out_of_turn"]
        case "out_of_stage" if fault.name == "refusal":
            return ["out_of_stage"]  # and who refuses to vote abstains
        case "out_of_stage":
            return ["out_of_stage", "out_of_stage"]
        case "retried" if fault.name == "context too long":
            return ["retried", "out_of_turn"]
        case "retried" if fault.silent:
            return ["retried", "out_of_stage"] * 2
        case "retried":
            return ["retried", "retried", "out_of_stage"] * 2


def failures(played: Played, told: Expected) -> list[tuple[object, ...]]:
    """Why the calls of cyd failed."""
    problems = [each.problem for each in played.of(CallFailed)]
    return [(each.kind, said(each, told), each.status, each.retry_after) for each in problems]


def assert_only_what_is_known_is_charged(first: UsageCounted, fault: Fault, table: Table) -> None:
    """What was counted has its price, what was answered with a status is free, and the rest is not known."""
    expected = fault.expected(table.wire)
    usage = None if fault.silent or isinstance(expected, NeverEnds) else expected.usage
    is_free = isinstance(expected, Fails) and expected.status is not None and not expected.shown
    price = Decimal(0) if is_free else None
    assert (first.usage, first.price) == (usage, price if usage is None else cents(usage))


def assert_all_is_well(played: Played) -> None:
    """The other two have noticed nothing, the turn has its answer, and nobody has seen the key."""
    for agent in ("ann", "bob"):
        assert (played.of(CallFailed, agent), len(played.of(AnswerSubmitted, agent))) == ([], 1)
    assert [each.text for each in played.events if isinstance(each, PresentationEnded)] == ["The answer."]
    assert played.events[-1] == TurnEnded(turn=1, outcome="answered")
    assert KEY not in repr(played.events) + played.line
