"""Who is asked for a summary, what it is asked, and what happens when it does not come."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal

import pytest

from massgen.agents import AgentId
from massgen.config.script import AgentScript, Fail, Hang, Say, Script
from massgen.coordination.rules import Rules
from massgen.events import CompactionFailed, CompactionStarted, ConversationCompacted, Event, UsageCounted
from massgen.messages import ChatRequest, Failed, Finished, Part, Problem, Replay, TextDelta, Usage
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.fitting import Told, cut
from massgen.orchestrator.summarising import Summariser
from massgen.orchestrator.team import Member, Team
from massgen.prompts.conversation import Exchange, summarised
from massgen.prompts.quoting import unquoted
from tests.helpers.scripted import Listening, Memory
from tests.helpers.virtual_time import run

CONVERSATION = Told(
    turns=(1, 2, 3),
    exchanges=(
        Exchange(question="What is it?", answer="word " * 300),
        Exchange(question="And in Python?", answer="import it"),
        Exchange(question="Thanks!", answer="Welcome."),
    ),
)
CUT = cut(CONVERSATION)
SUMMARY = Say(text="The user asked what it is.")
LIMITED = Fail(problem=Problem(kind="rate_limit", text="Rate limited.", status=429))


class Scene:
    """Agents with one line each for a summary, and what became of asking them."""

    def __init__(self, *, rules: Rules | None = None, windows: Mapping[AgentId, int] | None = None) -> None:
        self.memory = Memory()
        self.bus = Bus(self.memory, wall=lambda: 0.0)
        self.bus.subscribe(self.memory)
        self.rules = rules or Rules()
        self.windows = windows or {}
        self.backends: dict[AgentId, Listening] = {}
        self.summariser: Summariser | None = None

    def summarise(self, *, told: Told = CONVERSATION, **lines: Say | Fail | Hang | Member) -> list[Event]:
        """The events of a summary that these agents are asked for, one after the other."""
        members: dict[AgentId, Member] = {}
        for agent, line in lines.items():
            if isinstance(line, Member):
                members[agent] = line
                continue
            script = Script(words_per_second=0, repeat=True, agents={agent: AgentScript(summary=(line,))})
            self.backends[agent] = Listening(agent, script)
            members[agent] = Member(backend=self.backends[agent])
        team = Team(agents=tuple(lines), members=members)
        self.summariser = Summariser(team=team, rules=self.rules, bus=self.bus, windows=self.windows, seed="s")
        chosen = cut(told)
        assert chosen is not None
        run(self._play(self.summariser.summarise(chosen, "asked")))
        return self.memory.events

    async def _play(self, summary: object) -> None:
        await summary  # type: ignore[misc]  # the coroutine of above

    @property
    def asked(self) -> list[AgentId]:
        return [agent for agent, backend in self.backends.items() if backend.requests]


def started(agent: AgentId) -> CompactionStarted:
    return CompactionStarted(agent=agent, through_turn=1, tokens=517, because="asked")


def compacted(agent: AgentId, summary: str = "The user asked what it is.") -> ConversationCompacted:
    after = 81 if summary == "The user asked what it is." else 0
    return ConversationCompacted(through_turn=1, summary=summary, agent=agent, because="asked", before=517, after=after)


def used(agent: AgentId, *, output: int = 6) -> UsageCounted:
    return UsageCounted(agent=agent, call=0, usage=Usage(input_tokens=307, output_tokens=output))


def test_one_agent_is_asked_and_the_count_of_its_request_comes_with_the_summary() -> None:
    scene = Scene()
    assert scene.summarise(ann=SUMMARY, bob=SUMMARY) == [started("ann"), used("ann"), compacted("ann")]
    assert scene.asked == ["ann"]


def test_the_turns_are_quoted_and_named_and_the_task_says_how_long_it_may_be() -> None:
    scene = Scene()
    scene.summarise(ann=SUMMARY)
    [request] = scene.backends["ann"].requests
    [message] = request.messages
    assert message.text.count("<user1 ") == message.text.count("<assistant1 ") == 1  # type: ignore[union-attr]
    assert "And in Python?" not in str(request)
    assert "at most 100 words" in request.system
    assert (request.purpose, request.planning, request.tools) == ("summary", True, ())
    assert unquoted("") == {}


def test_another_agent_is_asked_when_one_fails() -> None:
    scene = Scene()
    assert scene.summarise(ann=LIMITED, bob=SUMMARY) == [
        started("ann"),
        UsageCounted(agent="ann", call=0, usage=None, price=Decimal(0)),
        CompactionFailed(agent="ann", reason="Rate limited", next_agent="bob"),
        started("bob"),
        used("bob"),
        compacted("bob"),
    ]


def test_when_nobody_can_the_conversation_stays_and_that_is_said() -> None:
    scene = Scene()
    events = scene.summarise(ann=LIMITED, bob=LIMITED)
    assert events[-1] == CompactionFailed(agent="bob", reason="Rate limited")
    assert not any(isinstance(each, ConversationCompacted) for each in events)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (Say(text=" "), "it wrote nothing"),
        (Say(text="word " * 310), "its summary is no shorter than what it stands for"),
        (Hang(), "it took too long"),
    ],
    ids=["nothing", "too much", "never"],
)
def test_what_is_no_summary_is_not_taken_for_one(line: Say | Hang, reason: str) -> None:
    [*_, last] = Scene().summarise(ann=line)
    assert last == CompactionFailed(agent="ann", reason=reason)


class Playing:
    """A backend that plays parts, or breaks."""

    model = "played"

    def __init__(self, *parts: Part | Exception | float) -> None:
        self._parts: Sequence[Part | Exception | float] = parts

    async def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        for part in self._parts:
            if isinstance(part, Exception):
                raise part
            if isinstance(part, float):
                await asyncio.sleep(part)
            else:
                yield part

    async def close(self) -> None:
        """Nothing is open."""


END = Replay("played", ())


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([TextDelta("Half")], "its reply broke off"),
        (
            [TextDelta("Half"), Finished(stop="length", usage=None, replay=END)],
            "its summary was cut at its length limit",
        ),
        ([ZeroDivisionError()], "MassGen itself failed: ZeroDivisionError"),
        ([TextDelta("H"), Failed(problem=Problem(kind="network", text="Gone."))], "Gone"),
        ([TextDelta("H"), 100.0, TextDelta("a"), 181.0], "it took too long"),
        ([*[TextDelta("H"), 100.0] * 7], "it took too long"),
    ],
    ids=["broken off", "cut", "our fault", "failed", "silent", "for ever"],
)
def test_a_summary_that_does_not_come_whole_is_none(parts: list[Part | Exception | float], reason: str) -> None:
    [*_, count, last] = Scene().summarise(ann=Member(backend=Playing(*parts)))
    assert count == UsageCounted(agent="ann", call=0, usage=None)
    assert last == CompactionFailed(agent="ann", reason=reason)


def test_who_can_read_it_all_is_asked_before_whom_that_is_not_known_and_before_who_cannot() -> None:
    scene = Scene(windows={"ann": 600, "bob": 700, "dan": 8_000})
    scene.summarise(ann=LIMITED, bob=LIMITED, cyd=LIMITED, dan=LIMITED)
    order = [each.agent for each in scene.memory.events if isinstance(each, CompactionStarted)]
    assert order == ["dan", "cyd", "bob", "ann"]


def test_who_cannot_read_it_all_reads_it_in_portions_each_with_the_summary_of_those_before() -> None:
    scene = Scene(windows={"ann": 12_000})
    events = scene.summarise(
        told=Told(turns=(1,), exchanges=(Exchange(question="Z", answer="Z" * 26_000),)),
        ann=SUMMARY,
    )
    first, second = (str(each.messages) for each in scene.backends["ann"].requests)
    assert ("earlier_summary" in first, "earlier_summary" in second) == (False, True)
    assert first.count("Z") + second.count("Z") == 26_001
    assert [type(each) for each in events] == [CompactionStarted, UsageCounted, UsageCounted, ConversationCompacted]


def test_nobody_reads_in_more_portions_than_twenty() -> None:
    huge = Told(turns=(1,), exchanges=(Exchange(question="", answer="word " * 50_000),))
    events = Scene(windows={"ann": 1_000}).summarise(told=huge, ann=SUMMARY)
    [failed] = events
    assert isinstance(failed, CompactionFailed)
    assert failed.reason.startswith("it would have to read the conversation in 2")


def test_an_earlier_summary_is_read_too() -> None:
    exchanges = (summarised(3, "We said a lot."), *CONVERSATION.exchanges)
    scene = Scene()
    [*_, done] = scene.summarise(told=Told(turns=(3, 4, 5, 6), exchanges=exchanges), ann=SUMMARY)
    assert isinstance(done, ConversationCompacted)
    assert done.through_turn == 4
    [request] = scene.backends["ann"].requests
    assert "We said a lot." in str(request.messages)
    assert "What have we said so far?" not in str(request.messages)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (Rules(max_tokens=900), "a summary takes about 904 tokens, and max_tokens is 900"),
        (Rules(max_cost=0.5), "a summary costs about $0.7040, and max_cost is $0.5"),
    ],
    ids=["tokens", "dollars"],
)
def test_a_summary_that_a_turn_may_not_cost_is_not_asked_for(rules: Rules, reason: str) -> None:
    async def a_tenth_of_a_cent(usage: Usage | None) -> Decimal | None:
        return Decimal(usage.input_tokens) / 1000 if usage else None

    scene = Scene(rules=rules)
    script = Script(words_per_second=0, repeat=True, agents={"ann": AgentScript(summary=(SUMMARY,))})
    backend = Listening("ann", script)
    [failed] = scene.summarise(ann=Member(backend=backend, price=a_tenth_of_a_cent))
    assert failed == CompactionFailed(agent="ann", reason=reason)
    assert backend.requests == []


def test_what_is_stopped_changes_nothing_and_says_what_it_used() -> None:
    scene = Scene()
    team = Team(agents=("ann", "bob"), members={"ann": Member(backend=Playing(TextDelta("H"), 100.0))})

    async def stopped_half_way() -> None:
        summariser = Summariser(team=team, rules=Rules(), bus=scene.bus, windows={}, seed="s")
        asyncio.get_running_loop().call_later(50.0, summariser.stop)
        assert CUT is not None
        assert await summariser.summarise(CUT, "asked") is None
        assert summariser.spent.uncounted == 1

    run(stopped_half_way())
    assert scene.memory.events == [
        started("ann"),
        UsageCounted(agent="ann", call=0, usage=None),
        CompactionFailed(agent="ann", reason="stopped by you"),
    ]


def test_who_is_stopped_before_it_begins_asks_nobody() -> None:
    scene = Scene()
    backend = Listening("ann", Script(words_per_second=0, repeat=True, agents={}))

    async def stopped_at_once() -> None:
        team = Team(agents=("ann",), members={"ann": Member(backend=backend)})
        summariser = Summariser(team=team, rules=Rules(), bus=scene.bus, windows={}, seed="s")
        summariser.stop()
        assert CUT is not None
        assert await summariser.summarise(CUT, "limit") is None

    run(stopped_at_once())
    assert (scene.memory.events, backend.requests) == ([], [])
