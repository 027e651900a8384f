"""How a turn looks that goes on after its program died."""

from massgen.display.folding import fold
from massgen.display.screen import WAITING, Screen, Status
from massgen.events import (
    AnswerSubmitted,
    CallFailed,
    CallStarted,
    Event,
    QuorumReached,
    Record,
    RetryScheduled,
    TurnResumed,
    TurnStarted,
)
from massgen.messages import Problem

OUTAGE = Problem(kind="overloaded", text="Too many at once.")


def seen(*events: tuple[float, Event]) -> Screen:
    screen = Screen()
    for seq, (at, event) in enumerate(events, 1):
        screen = fold(screen, Record(seq=seq, at=at, event=event))
    return screen


def test_what_stands_is_shown_and_who_was_at_work_waits() -> None:
    screen = seen(
        (100.0, TurnStarted(turn=1, question="Why?", agents=("ann", "bob", "cid"), seed="s")),
        (100.0, CallStarted(agent="ann", call=1, stage="draft")),
        (100.0, CallStarted(agent="bob", call=1, stage="draft")),
        (104.0, CallStarted(agent="cid", call=1, stage="draft")),
        (105.0, CallFailed(agent="cid", call=1, problem=OUTAGE, consequence="retried")),
        (105.0, RetryScheduled(agent="cid", call=1, attempt=2, problem=OUTAGE, wait_s=4.0)),
        (106.0, AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="So.")),
        (106.0, QuorumReached(drafts=1, grace_s=5.0)),
        (1104.0, TurnResumed(turn=1)),
    )
    ann, bob, cid = screen.agents
    assert (ann.status, ann.draft) == (Status(doing="complete"), "So.")
    assert bob.status == WAITING
    assert cid.status == Status(doing="retrying", problem=OUTAGE, until=1109.0)
    assert (screen.started, screen.closes) == (1100.0, None)


def test_who_is_asked_again_is_at_work() -> None:
    screen = seen(
        (100.0, TurnStarted(turn=1, question="Why?", agents=("ann",), seed="s")),
        (100.0, CallStarted(agent="ann", call=1, stage="presentation")),
        (500.0, TurnResumed(turn=1)),
        (500.0, CallStarted(agent="ann", call=2, stage="presentation", attempt=2)),
    )
    assert (screen.started, screen.agents[0].status) == (500.0, Status(doing="presenting"))
