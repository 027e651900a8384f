"""One labelled sentence for each change, nothing redrawn, and a clock that says for whom the turn waits."""

import asyncio
import io

import pytest

from massgen.display.linear import LinearDisplay
from massgen.display.retold import retold
from massgen.display.spoken import duration, listed
from massgen.display.theme import choose
from massgen.events import (
    Abstained,
    AnswerSubmitted,
    CallCancelled,
    CallStarted,
    ConversationCleared,
    DraftsOverdue,
    FilesDelivered,
    ForeignToolUsed,
    Record,
    StageEndsSoon,
    ToolEnded,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UsageCounted,
)
from massgen.messages import TextDelta, Usage
from tests.display.golden import check
from tests.display.scene import START, Scene
from tests.display.test_plain import eventful
from tests.helpers.payloads import PAYLOADS, acting

SPOKEN = choose(encoding="utf-8", environ={}, isatty=True, is_spoken=True)


class Heard:
    """A linear display, the clock it looks at, and what it has said."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.now = START
        self._raw = io.BytesIO()
        stream = io.TextIOWrapper(self._raw, encoding=encoding)
        theme = choose(encoding=encoding, environ={}, isatty=True, is_spoken=True)
        self.display = LinearDisplay(stream, theme, clock=lambda: self.now)
        self._encoding = encoding

    def told(self, scene: Scene) -> "Heard":
        """Tell what the display has not been told of the scene yet."""
        for record in scene.records[len(self.display.records) :]:
            self.display.record(record)
        self.now = scene.now
        return self

    def looks(self, after: float) -> str:
        """What is said when the clock is looked at so much later."""
        before = len(self._raw.getvalue())
        self.now += after
        self.display.look()
        return self._raw.getvalue()[before:].decode(self._encoding)

    @property
    def said(self) -> str:
        return self._raw.getvalue().decode(self._encoding)


def test_a_whole_turn_in_sentences() -> None:
    check("linear", Heard().told(eventful()).said)


def test_a_locale_without_utf_8_gets_ascii() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").drafts("ann", text="“So”… and 日本. That is all.")
    assert Heard("ascii").told(scene).said == (
        "Turn 1: ann and bob are writing their answers.\n"
        "ann: answered after less than a second. It begins: ?So?? and ??. That is all.\n"
    )


def test_one_agent_alone_is_not_read_twice() -> None:
    scene = Scene("ann").asks("ann").later(3).drafts("ann").wins("ann", "single_agent").ends("ann")
    assert Heard().told(scene).said == "Turn 1: ann is writing an answer.\nann: answered after 3 seconds.\n"


def test_many_agents_are_counted_and_not_listed() -> None:
    names = [f"agent{n}" for n in range(1, 51)]
    assert Heard().told(Scene(*names)).said == "Turn 1: 50 agents are writing their answers.\n"
    assert listed(names[:3]) == "agent1, agent2 and agent3"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "less than a second"),
        (1, "1 second"),
        (59.4, "59 seconds"),
        (59.6, "1 minute"),
        (61, "1 minute 1 second"),
        (125, "2 minutes 5 seconds"),
        (-1, "less than a second"),
    ],
)
def test_a_span_of_time_is_said_in_words(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_what_happens_seldom_has_its_sentence_too() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob")
    before = len(scene.records)
    scene.tell(
        CallStarted(agent="ann", call=2, stage="draft", compacted=True),
        CallStarted(agent="ann", call=3, stage="draft", attempt=3),
        DraftsOverdue(),
        StageEndsSoon(ballot=0, seconds=60),
        StageEndsSoon(ballot=1, seconds=1),
        ForeignToolUsed(agent="ann", call=3, name="web_search", detail="entropy", is_error=False),
        ForeignToolUsed(agent="ann", call=3, name="web_search", detail="", is_error=True),
        ToolStarted(agent="bob", call=1, id="t", name="read_file", arguments={"path": "notes.txt"}),
        ToolEnded(agent="bob", call=1, id="t", name="read_file", text="hello", is_error=False),
        AnswerSubmitted(agent="bob", call=1, label="agent2.1", version=1, text="# Yes", truncated=True),
        CallCancelled(agent="ann", call=3, because="decided"),
        FilesDelivered(turn=1, agent="bob", path="turn_1/workspace"),
        TurnEnded(turn=1, outcome="partial", because="deadline"),
    )
    assert Heard().told(scene).said.splitlines()[before - 2 :] == [
        "ann: is told the conversation shortened.",
        "ann: asked again, try 3.",
        "Team: the time for answers is over, the first one that comes will do.",
        "Team: 1 minute left for the answers.",
        "Team: 1 second left for this vote.",
        "ann: used web_search entropy.",
        "ann: web_search failed.",
        "bob: uses read_file notes.txt.",
        "bob: answered after less than a second, cut off by its length limit. It begins: Yes.",
        "ann: not awaited any more, the outcome stands.",
        "bob: its files are kept with the session.",
        "Turn 1: cut short. Out of time.",
    ]


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_text_of_a_stranger_can_act_on_the_terminal(payload: str) -> None:
    scene = Scene(payload, "bob").asks(payload).drafts(payload, "bob", text=payload)
    scene.opens().votes("bob", payload, reason=payload).fails("bob", text=payload)
    scene.tell(ToolStarted(agent="bob", call=1, id="t", name=payload, arguments={"path": payload}))
    scene.tell(ToolEnded(agent="bob", call=1, id="t", name=payload, text=payload, is_error=True))
    scene.tell(Abstained(agent="bob", ballot=1, call=1, reason=payload))
    scene.tell(TurnEnded(turn=1, outcome="failed", because=payload))
    assert acting(Heard().told(scene).said) == []
    assert acting("".join(retold(scene.records))) == []


# -- the clock -------------------------------------------------------------------------------------------------------


def test_silence_is_said_after_forty_seconds_and_whenever_it_has_doubled() -> None:
    heard = Heard().told(Scene("ann", "bob").asks("ann", "bob"))
    assert heard.looks(30) == ""
    heard.display.stream("bob", 1, TextDelta("word "))
    assert heard.looks(9.9) == ""
    assert heard.looks(0.1) == "ann: silent for 40 seconds.\n"
    assert heard.looks(19) == ""
    assert heard.looks(1) == "Turn 1: 1 minute so far. Awaited: ann is writing and bob is writing.\n"
    assert heard.looks(10) == "bob: silent for 40 seconds.\n"
    assert heard.looks(10) == "ann: silent for 1 minute 20 seconds.\n"


def test_an_agent_that_speaks_again_may_fall_silent_again() -> None:
    heard = Heard().told(Scene("ann").asks("ann"))
    assert heard.looks(41) == "ann: silent for 41 seconds.\n"
    heard.display.stream("ann", 1, TextDelta("word "))
    assert heard.looks(39) == "Turn 1: 1 minute 20 seconds so far. Awaited: ann is writing.\n"
    assert heard.looks(2) == "ann: silent for 41 seconds.\n"


def test_silence_names_the_tool_that_is_at_work() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").drafts("bob")
    scene.tell(ToolStarted(agent="ann", call=1, id="t", name="read_file", arguments={"path": "big.txt"}))
    assert Heard().told(scene).looks(40) == "ann: silent for 40 seconds. It uses read_file big.txt.\n"


def test_who_waits_for_a_retry_is_not_silent_but_waits() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").drafts("bob").retries("ann", wait_s=90)
    heard = Heard().told(scene)
    assert heard.looks(50) == ""
    said = "Turn 1: 1 minute so far. Awaited: ann is retrying in 30 s: rate limit.\n"
    assert heard.looks(10) == said


def test_nothing_is_said_by_the_clock_when_nobody_is_awaited() -> None:
    scene = Scene("ann").asks("ann").drafts("ann").wins("ann", "single_agent")
    assert Heard().told(scene).looks(500) == ""
    assert Heard().told(scene.asks("ann").ends("ann")).looks(500) == ""


def test_the_clock_is_looked_at_by_itself_until_the_turn_is_over() -> None:
    paused: list[float] = []
    now, stream = START, io.StringIO()

    async def listen() -> None:
        enough = asyncio.Event()

        async def pause(seconds: float) -> None:
            paused.append(seconds)
            if len(paused) == 3:
                enough.set()
            await asyncio.sleep(0)

        display = LinearDisplay(stream, SPOKEN, clock=lambda: now + 45 * bool(paused), pause=pause)
        for record in Scene("ann").asks("ann").records:
            display.record(record)
        async with display:
            await enough.wait()

    asyncio.run(listen())
    assert stream.getvalue() == "Turn 1: ann is writing an answer.\nann: silent for 45 seconds.\n"
    assert set(paused) == {1.0}


# -- the history -----------------------------------------------------------------------------------------------------


def test_the_history_of_a_turn_in_sentences() -> None:
    scene = eventful()
    usage = UsageCounted(agent="bob", call=2, usage=Usage(input_tokens=1_200, output_tokens=300))
    scene.records.insert(-1, Record(seq=99, at=scene.now, event=usage))
    check("linear-history", "\n".join(retold(scene.records)))


def test_a_history_of_several_turns_says_where_the_conversation_was_reset() -> None:
    records = [
        Record(seq=1, at=START, event=TurnStarted(turn=1, question="One?", agents=("ann",), seed="s")),
        Record(seq=2, at=START + 3, event=TurnEnded(turn=1, outcome="failed", because="no agent answered")),
        Record(seq=3, at=START + 4, event=ConversationCleared(after_turn=1)),
        Record(seq=4, at=START + 9, event=TurnStarted(turn=2, question="Two?", agents=("ann",), seed="s")),
    ]
    assert list(retold(records)) == [
        "History of turn 1, at 00:16:40. You asked: One?",
        "After less than a second:",
        "Turn 1: ann is writing an answer.",
        "After 3 seconds:",
        "Turn 1: failed. No agent answered.",
        "End of turn 1: failed after 3 seconds.",
        "The conversation was reset here: later turns do not see what is above.",
        "History of turn 2, at 00:16:49. You asked: Two?",
        "After less than a second:",
        "Turn 2: ann is writing an answer.",
        "End of turn 2: it has not ended.",
    ]


def test_a_history_without_a_turn_says_so() -> None:
    assert list(retold([])) == ["History: nothing has happened yet, it begins with the first question."]


def test_the_minority_is_heard_with_its_text() -> None:
    scene = Scene("ann", "bob", "cyd").asks("ann", "bob", "cyd").drafts("ann", "bob")
    scene.drafts("cyd", text="\n".join(f"Line {n}" for n in range(1, 71))).opens().asks(
        "ann", "bob", "cyd", stage="ballot"
    )
    scene.votes("ann", "bob").votes("cyd", "bob").votes("bob", "cyd", reason="It says more.").wins("bob", votes=2)
    scene.ends("bob")
    said = list(retold(scene.records))
    report = said[said.index("Minority report: cyd (agent3.1) was the strongest answer not chosen. bob wanted it.") :]
    assert report[1:4] == ["Reason of bob: It says more.", "Its text:", "Line 1"]
    assert report[62:] == [
        "Line 60",
        "And 10 more lines, in events.jsonl.",
        "End of turn 1: answered after less than a second.",
    ]
