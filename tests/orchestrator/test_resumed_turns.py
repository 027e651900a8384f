"""A turn through the real orchestrator that goes on where another program has died."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal

from massgen.config.script import AgentScript, Say
from massgen.coordination.rules import Rules
from massgen.coordination.state import State
from massgen.events import (
    AgentUnavailable,
    AnswerSubmitted,
    CallCancelled,
    CallStarted,
    Event,
    PresentationEnded,
    TurnEnded,
    TurnResumed,
    TurnStarted,
    UsageCounted,
    WinnerSelected,
)
from massgen.messages import Problem, Usage
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Nowhere
from massgen.orchestrator.turn import Turn
from tests.helpers.scripted import ScriptedTeam

GONE = Problem(kind="bad_request", text="is no longer in the team")


def begun(*agents: str, **rules: object) -> list[Event]:
    """All were asked, and the first of them has answered."""
    chosen = Rules(**rules)  # type: ignore[arg-type]  # names are checked by Rules itself
    return [
        TurnStarted(turn=3, question="Why?", agents=agents, seed="s", rules=asdict(chosen)),
        *(CallStarted(agent=each, call=1, stage="draft") for each in agents),
        UsageCounted(agent=agents[0], call=1, usage=Usage(input_tokens=10, output_tokens=5, cost=Decimal("0.5"))),
        AnswerSubmitted(agent=agents[0], call=1, label="agent1.1", version=1, text="So."),
    ]


async def go_on(team: ScriptedTeam, events: Sequence[Event]) -> State:
    bus = Bus(team.memory, wall=lambda: 1_700_000_000.0)
    bus.subscribe(team.memory)
    turn = Turn.resumed(events, team=team.team, bus=bus, conversation=(), surroundings=Nowhere())
    return await turn.run()


def test_only_who_is_missing_is_asked() -> None:
    drafts = AgentScript(draft=(Say(text="So."),))
    team = ScriptedTeam(ann=AgentScript(presentation=(Say(text="So it is."),)), bob=drafts)
    state = asyncio.run(go_on(team, begun("ann", "bob", consensus_threshold=0.5)))
    assert state.stage == "over"
    assert [(type(each).__name__, getattr(each, "agent", "")) for each in team.memory.events] == [
        ("TurnResumed", ""),
        ("CallStarted", "bob"),
        ("UsageCounted", "bob"),
        ("AnswerSubmitted", "bob"),
        ("DraftingEnded", ""),
        ("WinnerSelected", "ann"),
        ("PresentationStarted", "ann"),
        ("CallStarted", "ann"),
        ("UsageCounted", "ann"),
        ("PresentationEnded", "ann"),
        ("TurnEnded", ""),
    ]


def test_who_has_left_the_team_is_out_of_the_turn() -> None:
    team = ScriptedTeam(ann=AgentScript(presentation=(Say(text="So it is."),)))
    asyncio.run(go_on(team, begun("ann", "bob")))
    assert team.memory.events[:2] == [TurnResumed(turn=3), AgentUnavailable(agent="bob", problem=GONE)]
    assert team.memory.events[-1] == TurnEnded(turn=3, outcome="answered")


def test_what_was_spent_before_counts_and_a_budget_that_is_used_up_ends_the_turn() -> None:
    team = ScriptedTeam(ann=AgentScript(), bob=AgentScript())
    asyncio.run(go_on(team, begun("ann", "bob", max_cost=0.4)))
    assert team.memory.events == [
        CallCancelled(agent="bob", call=1, because="budget"),
        WinnerSelected(agent="ann", label="agent1.1", because="partial"),
        PresentationEnded(agent="ann", label="agent1.1", text="So.", source="stored", because="budget"),
        TurnEnded(turn=3, outcome="partial", because="budget"),
    ]
