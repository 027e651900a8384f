"""Turns through the real orchestrator, on a virtual clock, with scripted agents."""

import asyncio
from collections.abc import Sequence

import pytest

from massgen.config.script import AgentScript, Fail, Hang, Say, Vote
from massgen.coordination.rules import Rules
from massgen.errors import SessionError
from massgen.events import (
    AnswerSubmitted,
    CallCancelled,
    CallFailed,
    CallStarted,
    Event,
    PresentationEnded,
    Record,
    RetryScheduled,
    TurnEnded,
    UsageCounted,
    WinnerSelected,
)
from massgen.messages import Problem, TextDelta
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Nowhere
from massgen.orchestrator.turn import Turn
from massgen.prompts.conversation import Exchange
from tests.helpers.scripted import ScriptedTeam
from tests.helpers.virtual_time import run

OVERLOADED = Problem(kind="overloaded", text="The provider is overloaded.", status=529)


def only(kind: type[Event], events: Sequence[Event]) -> Event:
    (event,) = [event for event in events if isinstance(event, kind)]
    return event


def test_three_agents_draft_vote_and_the_winner_presents() -> None:
    team = ScriptedTeam(
        ann=AgentScript(draft=(Say(text="alpha"),), ballot=(Vote(phrase="beta", because="It is right."),)),
        bob=AgentScript(
            draft=(Say(text="beta"),), ballot=(Vote(phrase="alpha"),), presentation=(Say(text="beta, polished"),)
        ),
        cid=AgentScript(draft=(Say(text="gamma"),), ballot=(Vote(phrase="beta"),)),
    )
    state = run(team.play())
    assert state.stage == "over"
    assert only(WinnerSelected, team.memory.events) == WinnerSelected(agent="bob", label="agent2.1", because="ballot")
    final = only(PresentationEnded, team.memory.events)
    assert final == PresentationEnded(agent="bob", label="agent2.1", text="beta, polished", source="presented")
    assert team.memory.events[-1] == TurnEnded(turn=1, outcome="answered")
    assert [record.seq for record in team.memory.seen] == list(range(1, len(team.memory.seen) + 1))


def test_every_call_is_counted_before_the_turn_is_said_to_have_ended() -> None:
    team = ScriptedTeam(
        ann=AgentScript(draft=(Say(text="alpha"),), ballot=(Hang(),), presentation=(Say(text="alpha!"),)),
        bob=AgentScript(draft=(Say(text="beta"),), ballot=(Vote(phrase="alpha"),)),
        cid=AgentScript(draft=(Say(text="gamma"),), ballot=(Vote(phrase="alpha"),)),
    )
    run(team.play())
    calls = sum(isinstance(event, CallStarted) for event in team.memory.events)
    counts = sum(isinstance(event, UsageCounted) for event in team.memory.events)
    assert (calls, counts) == (7, 7)


def test_no_request_before_the_own_draft_holds_another_agents_text() -> None:
    team = ScriptedTeam(
        ann=AgentScript(draft=(Say(text="alpha"),), ballot=(Vote(phrase="beta"),)),
        bob=AgentScript(
            draft=(Say(text="beta", wait=30),), ballot=(Vote(phrase="beta"),), presentation=(Say(text="b"),)
        ),
    )
    run(team.play())
    drafts = [each.requests[0] for each in team.backends.values()]
    assert all("alpha" not in str(request) and "beta" not in str(request) for request in drafts)


def test_no_request_before_the_presentation_names_an_agent() -> None:
    team = ScriptedTeam(
        ann_the_first=AgentScript(draft=(Say(text="alpha"),), ballot=(Vote(phrase="beta"),)),
        bob_the_second=AgentScript(
            draft=(Say(text="beta"),), ballot=(Vote(phrase="alpha"),), presentation=(Say(text="b"),)
        ),
        cid_the_third=AgentScript(draft=(Say(text="gamma"),), ballot=(Vote(phrase="beta"),)),
    )
    run(team.play())
    asked = [request for each in team.backends.values() for request in each.requests]
    ballots = [str(request) for request in asked if request.purpose != "presentation"]
    assert len(ballots) == 6
    assert not [text for text in ballots for name in ("ann_the", "bob_the", "cid_the", "agent1.1") if name in text]


def test_the_second_question_carries_the_first_and_its_answer_to_every_agent() -> None:
    team = ScriptedTeam(
        ann=AgentScript(draft=(Say(text="same"),), presentation=(Say(text="same"),)),
        bob=AgentScript(draft=(Say(text="same", wait=1),)),
    )
    earlier = [Exchange(question="What is ML?", answer="Learning from data.")]
    run(team.play("An example?", conversation=earlier))
    for backend in team.backends.values():
        texts = [getattr(message, "text", "") for message in backend.requests[0].messages]
        assert texts == ["What is ML?", "Learning from data.", "An example?"]


def test_a_failing_agent_is_retried_with_a_wait_and_does_not_stop_the_others() -> None:
    team = ScriptedTeam(
        ann=AgentScript(draft=(Fail(problem=OVERLOADED), Say(text="alpha")), ballot=(Vote(phrase="beta"),)),
        bob=AgentScript(draft=(Say(text="beta"),), ballot=(Vote(phrase="alpha"),), presentation=(Say(text="b"),)),
        cid=AgentScript(draft=(Say(text="gamma"),), ballot=(Vote(phrase="beta"),)),
    )
    run(team.play())
    assert only(CallFailed, team.memory.events) == CallFailed(
        agent="ann", call=1, problem=OVERLOADED, consequence="retried"
    )
    assert isinstance(only(RetryScheduled, team.memory.events), RetryScheduled)
    assert team.memory.events[-1] == TurnEnded(turn=1, outcome="answered")


def test_all_agents_failing_ends_the_turn_with_every_reason() -> None:
    no_key = Problem(kind="auth", text="The provider refused the key in OPENAI_API_KEY.", status=401)
    team = ScriptedTeam(ann=AgentScript(draft=(Fail(problem=no_key),)), bob=AgentScript(draft=(Fail(problem=no_key),)))
    run(team.play())
    assert team.memory.events[-1] == TurnEnded(turn=1, outcome="failed", because="no agent answered")


def test_a_silent_agent_is_cancelled_retried_once_and_left_alone() -> None:
    team = ScriptedTeam(
        ann=AgentScript(draft=(Say(text="alpha"),), presentation=(Say(text="final"),)),
        bob=AgentScript(draft=(Hang(), Hang())),
    )

    async def play() -> float:
        await team.play(silence_s=180.0)
        return asyncio.get_running_loop().time()

    took = run(play())
    failed = [event.consequence for event in team.memory.events if isinstance(event, CallFailed)]
    assert failed == ["retried", "out_of_stage"]
    assert 360 <= took < 370


def test_an_agent_that_keeps_talking_is_not_silent() -> None:
    text = " ".join(["word"] * 300)
    team = ScriptedTeam(words_per_second=0.5, ann=AgentScript(presentation=(Say(text=text),)))

    async def play() -> float:
        await team.play(silence_s=10.0, call_s=1000.0)
        return asyncio.get_running_loop().time()

    assert run(play()) == pytest.approx(600)
    assert team.memory.events[-1] == TurnEnded(turn=1, outcome="answered")


def test_cancelling_keeps_the_best_answer_and_leaves_no_task() -> None:
    team = ScriptedTeam(
        ann=AgentScript(draft=(Say(text="alpha"),)),
        bob=AgentScript(draft=(Hang(),)),
    )

    async def play() -> set[asyncio.Task[None]]:
        playing = asyncio.create_task(team.play())
        await asyncio.sleep(5)
        assert team.turn
        team.turn.cancel()
        await playing
        return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type, return-value]  # a task is running

    assert run(play()) == set()
    assert only(PresentationEnded, team.memory.events) == PresentationEnded(
        agent="ann", label="agent1.1", text="alpha", source="stored", because="cancelled"
    )
    assert only(CallCancelled, team.memory.events) == CallCancelled(agent="bob", call=1, because="cancelled")


def test_streamed_text_reaches_subscribers_as_it_comes() -> None:
    team = ScriptedTeam(ann=AgentScript(presentation=(Say(text="one two three"),)))
    run(team.play())
    deltas = [part.text for _, _, part in team.memory.parts if isinstance(part, TextDelta)]
    assert deltas == ["one ", "two ", "three"]
    answer = only(AnswerSubmitted, team.memory.events)
    assert isinstance(answer, AnswerSubmitted)
    assert answer.text == "one two three"


class FullDisk:
    """A journal that can take three records and then no more."""

    def __init__(self) -> None:
        self.room = 3

    async def append(self, records: Sequence[Record]) -> None:
        self.room -= len(records)
        if self.room < 0:
            raise SessionError("The disk is full.")


def test_a_journal_that_cannot_write_stops_the_turn_and_every_call() -> None:
    team = ScriptedTeam(ann=AgentScript(draft=(Hang(),)), bob=AgentScript(draft=(Say(text="b", wait=1),)))

    async def play() -> set[asyncio.Task[None]]:
        bus = Bus(FullDisk(), wall=lambda: 0.0)
        turn = Turn(
            number=1,
            question="?",
            seed="s",
            team=team.team,
            rules=Rules(),
            bus=bus,
            conversation=(),
            surroundings=Nowhere(),
        )
        with pytest.raises(SessionError):
            await turn.run()
        return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type, return-value]  # a task is running

    assert run(play()) == set()
