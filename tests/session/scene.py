"""A session that a reader can follow: two turns of a team of three, in which most things that can happen happen."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count

from massgen.agents import AgentDescription
from massgen.ballots import Candidate, Score, Shown, Tally
from massgen.events import (
    AgentUnavailable,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    ConversationCleared,
    DraftingEnded,
    Event,
    PresentationEnded,
    PresentationStarted,
    Record,
    SessionStarted,
    ToolEnded,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UsageCounted,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Problem, Usage

BEGAN = 1736346622.0
"""8 January 2025, 14:30:22 UTC."""

TEAM = (
    AgentDescription(agent="ann", model="gpt-5", provider="OpenAI"),
    AgentDescription(agent="bob", model="gemini-2.5-flash", provider="Gemini"),
    AgentDescription(agent="carol", model="grok-4", provider="Grok"),
)


def records(*events: Event, first: int = 1, step: float = 1.0) -> tuple[Record, ...]:
    """The events numbered from `first` and dated `step` seconds apart."""
    return tuple(
        Record(seq=number, at=BEGAN + (number - 1) * step, event=event)
        for number, event in zip(count(first), events, strict=False)
    )


def session_started(session: str = "session_20250108_143022") -> SessionStarted:
    """The first event of the scene."""
    return SessionStarted(format=1, massgen="0.1.0", session=session, config="@examples/three.yaml", agents=TEAM)


def first_turn() -> Sequence[Event]:
    """Carol is rate limited and comes too late, ann revises nothing, bob wins the only ballot and presents."""
    return (
        TurnStarted(turn=1, question="What is machine learning?", agents=("ann", "bob", "carol"), seed="s"),
        CallStarted(agent="ann", call=1, stage="draft"),
        CallStarted(agent="bob", call=1, stage="draft"),
        CallStarted(agent="carol", call=1, stage="draft"),
        UsageCounted(agent="ann", call=1, usage=Usage(input_tokens=1200, output_tokens=300, cost=Decimal("0.0125"))),
        AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="Learning\r\nfrom \x1b[31mdata."),
        UsageCounted(agent="bob", call=1, usage=None),
        AnswerSubmitted(agent="bob", call=1, label="agent2.1", version=1, text="Programs that improve with data."),
        CallFailed(
            agent="carol",
            call=1,
            problem=Problem(kind="rate_limit", text="Grok is rate limited (HTTP 429).", status=429),
            consequence="out_of_stage",
        ),
        DraftingEnded(because="all_done"),
        BallotOpened(
            number=1,
            candidates=(
                Candidate(candidate="c1", label="agent1.1", members=("agent1.1",), supporters=("ann",)),
                Candidate(candidate="c2", label="agent2.1", members=("agent2.1",), supporters=("bob",)),
            ),
        ),
        CallStarted(agent="ann", call=2, stage="ballot", ballot=1, shown=(Shown(label="answer1", candidate="c2"),)),
        CallStarted(agent="bob", call=2, stage="ballot", ballot=1),
        CallStarted(agent="carol", call=2, stage="ballot", ballot=1),
        VoteCast(agent="ann", ballot=1, call=2, first="c2", reason="Clearer,\nand shorter."),
        VoteCast(agent="bob", ballot=1, call=2, first="c2", also=("c1",), reason="Mine is right."),
        CallCancelled(agent="carol", call=2, because="decided"),
        BallotClosed(
            number=1,
            tally=Tally(
                rule="approval",
                scores=(
                    Score(candidate="c2", score=1.0, firsts=1.0, supporters=1),
                    Score(candidate="c1", score=1.0, firsts=0.0, supporters=1),
                ),
            ),
            because="decided",
        ),
        WinnerSelected(agent="bob", label="agent2.1", because="ballot"),
        PresentationStarted(agent="bob"),
        CallStarted(agent="bob", call=3, stage="presentation"),
        ToolStarted(agent="bob", call=3, id="t1", name="read_file", arguments={"path": "notes.md", "limit": None}),
        ToolEnded(agent="bob", call=3, id="t1", name="read_file", text="…", is_error=False),
        PresentationEnded(
            agent="bob", label="agent2.1", text="Machine learning is\n\n    learn(data)\n", source="presented"
        ),
        TurnEnded(turn=1, outcome="answered"),
    )


def second_turn() -> Sequence[Event]:
    """Carol cannot start, bob is skipped, ann's stored answer stands when the user stops the turn."""
    return (
        TurnStarted(turn=2, question="And in Python?", agents=("ann", "bob", "carol"), seed="s"),
        AgentUnavailable(agent="carol", problem=Problem(kind="auth", text="XAI_API_KEY is not set.")),
        CallStarted(agent="ann", call=1, stage="draft"),
        CallStarted(agent="bob", call=1, stage="draft"),
        AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="import sklearn"),
        CallCancelled(agent="bob", call=1, because="skipped"),
        DraftingEnded(because="all_done"),
        WinnerSelected(agent="ann", label="agent1.1", because="only_answer"),
        PresentationStarted(agent="ann"),
        CallStarted(agent="ann", call=2, stage="presentation"),
        CallCancelled(agent="ann", call=2, because="cancelled"),
        PresentationEnded(agent="ann", label="agent1.1", text="import sklearn", source="stored", because="cancelled"),
        TurnEnded(turn=2, outcome="partial", because="cancelled"),
    )


def two_turns() -> tuple[Record, ...]:
    """The whole scene, with a reset between the turns."""
    return records(session_started(), *first_turn(), ConversationCleared(after_turn=1), *second_turn())


def growing() -> Iterator[Event]:
    """As many small events as a test asks for; the first opens a session."""
    yield session_started()
    for turn in count(1):
        yield TurnStarted(turn=turn, question=f"question {turn}", agents=("ann",), seed="s")
