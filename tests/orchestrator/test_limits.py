"""What a turn is told of its limits: the budget it has used, the time that is left, the room a model has."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from massgen.bill import NOTHING, Bill
from massgen.config.script import AgentScript, Hang, Say
from massgen.coordination.rules import Rules
from massgen.coordination.state import Call, State
from massgen.events import CallFailed, CallStarted, Event, PresentationEnded, StageEndsSoon, TurnEnded, UsageCounted
from massgen.messages import (
    AssistantMessage,
    ChatRequest,
    Failed,
    Finished,
    Part,
    Problem,
    Replay,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolResults,
    ToolSpec,
    Usage,
    UserMessage,
)
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Nowhere, Place, Surroundings
from massgen.orchestrator.team import Member, Price, Team
from massgen.orchestrator.turn import Turn
from massgen.prompts.conversation import Exchange
from massgen.tools.toolbox import Toolbox
from tests.helpers.scripted import Memory, ScriptedTeam
from tests.helpers.streams import Streams
from tests.helpers.virtual_time import run

COUNTED = Usage(input_tokens=60, output_tokens=40)
END = Finished(stop="end", usage=COUNTED, replay=Replay("played", ()))
TOO_LONG = Problem(kind="context_length", text="The conversation is too long for the model.")
LONG = Exchange(question="q" * 500, answer="a" * 9_000)


class Oven:
    """A tool that takes its time, in seconds."""

    spec = ToolSpec(name="bake", description="Bake.", parameters={"type": "object", "properties": {}})

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def run(self, call: ToolCall) -> ToolResult:
        await asyncio.sleep(self._seconds)
        return ToolResult(call_id=call.id, name=call.name, text="baked")


class Kitchen(Nowhere):
    """Surroundings with an oven."""

    def __init__(self, seconds: float) -> None:
        self._oven = Oven(seconds)

    async def open(self, state: State, agent: str, call: Call) -> Place:
        return Place(tools=Toolbox({"bake": self._oven}))


async def a_quarter(usage: Usage | None) -> Decimal:
    return Decimal("0.25")


def bake(number: int) -> Sequence[Part]:
    return [ToolCall(id=f"c{number}", name="bake", arguments={}), END]


def played(
    rules: Rules,
    surroundings: Surroundings | None = None,
    conversation: Sequence[Exchange] = (),
    price: Price | None = None,
    spent: Bill = NOTHING,
    **backends: Streams,
) -> list[Event]:
    """The events of one turn of these agents."""
    memory = Memory()
    bus = Bus(memory, wall=lambda: 1_700_000_000.0)
    bus.subscribe(memory)
    priced = {"price": price} if price else {}
    members = {agent: Member(backend=backend, **priced) for agent, backend in backends.items()}
    turn = Turn(
        number=1,
        question="Why?",
        seed="seed",
        team=Team(agents=tuple(backends), members=members),
        rules=rules,
        bus=bus,
        conversation=conversation,
        surroundings=surroundings or Nowhere(),
        spent=spent,
    )
    run(turn.run())
    return memory.events


def told(request: ChatRequest) -> list[str]:
    """What the tools have said to a model up to this request."""
    heard = [message for message in request.messages if isinstance(message, ToolResults)]
    return [result.text for message in heard for result in message.results]


def test_tokens_that_are_used_up_end_the_turn_with_the_answer_they_paid_for() -> None:
    team = ScriptedTeam(
        ann=AgentScript(draft=(Say(text="alpha"),)), bob=AgentScript(draft=(Hang(),)), cid=AgentScript(draft=(Hang(),))
    )
    run(team.play(max_tokens=1))
    ended = [event for event in team.memory.events if isinstance(event, PresentationEnded | TurnEnded)]
    assert ended == [
        PresentationEnded(agent="ann", label="agent1.1", text="alpha", source="stored", because="budget"),
        TurnEnded(turn=1, outcome="partial", because="budget"),
    ]


def test_an_answer_that_uses_up_the_tokens_is_whole_all_the_same() -> None:
    events = played(Rules(max_tokens=100), ann=Streams([TextDelta("alpha"), END]))
    assert events[-1] == TurnEnded(turn=1, outcome="answered")


def test_what_a_summary_has_used_is_part_of_the_turns_budget() -> None:
    spent = NOTHING.plus(UsageCounted(agent="ann", call=0, usage=Usage(input_tokens=90, output_tokens=10)))
    rounds = Streams(bake(1), [TextDelta("alpha"), END])
    assert played(Rules(max_tokens=201), Kitchen(1.0), ann=rounds)[-1] == TurnEnded(turn=1, outcome="answered")
    ended = played(Rules(max_tokens=200), Kitchen(1.0), spent=spent, ann=Streams(bake(1), [TextDelta("alpha"), END]))
    assert ended[-1] == TurnEnded(turn=1, outcome="failed", because="budget")


def test_no_further_request_is_made_when_the_tokens_are_used_up() -> None:
    ann = Streams(bake(1), [TextDelta("alpha"), END])
    events = played(Rules(max_tokens=100), Kitchen(1.0), ann=ann)
    assert (len(ann.requests), events[-1]) == (1, TurnEnded(turn=1, outcome="failed", because="budget"))


def test_tokens_below_the_limit_end_nothing() -> None:
    events = played(Rules(max_tokens=201), Kitchen(1.0), ann=Streams(bake(1), [TextDelta("alpha"), END]))
    assert events[-1] == TurnEnded(turn=1, outcome="answered")


def test_a_cost_that_nobody_reports_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="massgen"):
        played(Rules(max_cost=0.5), Kitchen(1.0), ann=Streams(bake(1), [TextDelta("alpha"), END]))
    assert caplog.messages == ["nobody knows what a request of ann costs: max_cost cannot count it"]


def test_what_the_price_list_says_is_counted_and_a_cost_that_the_provider_reports_wins() -> None:
    half = Finished(stop="end", usage=replace(COUNTED, cost=Decimal("0.5")), replay=Replay("played", ()))
    ann = Streams(bake(1), [ToolCall(id="c2", name="bake", arguments={}), half], [TextDelta("alpha"), END])
    events = played(Rules(max_cost=0.75), Kitchen(1.0), price=a_quarter, ann=ann)
    assert [each for each in events if isinstance(each, UsageCounted)] == [
        UsageCounted(agent="ann", call=1, usage=COUNTED, price=Decimal("0.25")),
        UsageCounted(agent="ann", call=1, usage=half.usage),
    ]
    assert events[-1] == TurnEnded(turn=1, outcome="failed", because="budget")


def test_a_request_that_is_refused_before_it_streams_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    refused = Failed(problem=Problem(kind="auth", text="No key.", status=401))
    with caplog.at_level(logging.WARNING, logger="massgen"):
        events = played(Rules(max_cost=0.5, max_tokens=500), ann=Streams([refused]))
    assert [each for each in events if isinstance(each, UsageCounted)] == [
        UsageCounted(agent="ann", call=1, usage=None, price=Decimal(0))
    ]
    assert caplog.messages == []


def test_agents_at_work_with_tools_are_told_once_when_their_stage_ends_soon() -> None:
    rules = Rules(draft_s=60, warning_s=45)
    ann = Streams(bake(1), bake(2), bake(3), [TextDelta("alpha"), END], [TextDelta("alpha!"), END])
    bob = Streams([Failed(problem=Problem(kind="auth", text="No key."), usage=None)])
    events = played(rules, Kitchen(10.0), ann=ann, bob=bob)
    assert [event for event in events if isinstance(event, StageEndsSoon)] == [StageEndsSoon(ballot=0, seconds=45)]
    soon = "[MassGen: at most 45 seconds are left. Finish now, with what you have.]"
    assert told(ann.requests[3]) == ["baked", f"baked\n\n{soon}", "baked"]


def test_a_conversation_without_room_is_told_shortened_once() -> None:
    ann = Streams([Failed(problem=TOO_LONG, usage=None)], [TextDelta("alpha"), END])
    events = played(Rules(), conversation=(LONG, LONG), ann=ann)
    calls = [event for event in events if isinstance(event, CallStarted)]
    assert [(event.attempt, event.compacted) for event in calls] == [(1, False), (2, True)]
    whole, short = (
        sum(len(each.text) for each in request.messages if isinstance(each, UserMessage | AssistantMessage))
        for request in ann.requests
    )
    assert (whole, short) == (2 * 9_500 + 4, 2 * 400 + 500 + 8_000 + 4 + _notes())
    assert events[-1] == TurnEnded(turn=1, outcome="answered")


def _notes() -> int:
    """Characters of the three remarks about what was left out."""
    shown = (("400", "500"), ("400", "9,000"), ("8,000", "9,000"))
    return sum(len(f"\n[MassGen left out the rest: {most} of {all_} characters are shown.]") for most, all_ in shown)


def test_a_conversation_that_cannot_be_shortened_is_not_tried_again() -> None:
    ann = Streams([Failed(problem=TOO_LONG, usage=None)])
    events = played(Rules(), conversation=(Exchange(question="Hi", answer="Hello"),), ann=ann)
    (failed,) = [event for event in events if isinstance(event, CallFailed)]
    assert (failed.consequence, len(ann.requests)) == ("out_of_turn", 1)


def test_while_planning_agents_are_told_so_until_the_presentation() -> None:
    ann = Streams([TextDelta("alpha"), END], [TextDelta("alpha!"), END])
    bob = Streams([TextDelta("alpha"), END])
    played(Rules(planning=True, planning_instruction="Only think.", must_present=True), ann=ann, bob=bob)
    requests = [*ann.requests, *bob.requests]
    assert {(each.purpose, each.planning, "Only think." in each.system) for each in requests} == {
        ("draft", True, True),
        ("presentation", False, False),
    }
