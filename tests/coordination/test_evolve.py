"""What each event changes, with whole states compared: everything that is not named stays as it was."""

from dataclasses import asdict, replace

import pytest

from massgen.ballots import Candidate, Shown, Tally
from massgen.coordination.counting import Count
from massgen.coordination.evolve import evolve
from massgen.coordination.rules import Rules
from massgen.coordination.state import Ballot, Call, Seat, State
from massgen.events import (
    Abstained,
    AgentUnavailable,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    CancelReason,
    Consequence,
    DraftingEnded,
    DraftsOverdue,
    PresentationEnded,
    PresentationStarted,
    QuorumReached,
    ReplyRefused,
    RetryScheduled,
    StageEndsSoon,
    TurnEnded,
    TurnEvent,
    TurnResumed,
    TurnStarted,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Problem, ProblemKind

CANDIDATES = tuple(
    Candidate(candidate=name, label=f"{name}.1", members=(f"{name}.1",), supporters=(author,))
    for name, author in (("a", "ann"), ("b", "bob"))
)
CALL = Call(number=1, stage="draft", ballot=0, attempt=1, shown=(), because="")
ANN = Seat(standing="working", last=CALL, silences=1, refusals=1, answers=1)
BOB = Seat(standing="working", last=CALL)
CID = Seat(standing="out", last=CALL)
DRAFT = State(turn=1, question="Why?", seed="seed", stage="draft", seats={"ann": ANN, "bob": BOB, "cid": CID})
BALLOT = replace(
    DRAFT, stage="ballot", ballot=Ballot(number=2, candidates=CANDIDATES), count=Count.of_none(CANDIDATES), warned=True
)
OUTAGE = Problem(kind="network", text="It failed.")


def _with(state: State, agent: str, seat: Seat) -> State:
    return replace(state, seats={**state.seats, agent: seat})


def test_a_turn_begins_with_drafts_and_an_empty_seat_for_everybody() -> None:
    rules = Rules(max_ballots=3)
    started = TurnStarted(
        turn=4, question="Why?", agents=("bob", "ann"), seed="seed", rules=asdict(rules), compactable=True
    )
    state = evolve(BALLOT, started)
    assert state == State(
        turn=4,
        question="Why?",
        seed="seed",
        rules=rules,
        stage="draft",
        seats={"bob": Seat(), "ann": Seat()},
        compactable=True,
    )
    assert list(state.seats) == ["bob", "ann"]


def test_a_call_is_the_last_of_its_agent_and_a_first_attempt_begins_a_stage_anew() -> None:
    shown = (Shown(label="answer1", candidate="a"),)
    first = CallStarted(agent="ann", call=2, stage="ballot", ballot=1, shown=shown, because="Why not?", compacted=True)
    call = Call(number=2, stage="ballot", ballot=1, attempt=1, shown=shown, because="Why not?", compacted=True)
    again = replace(first, call=3, attempt=2, compacted=False)
    seat = Seat(standing="working", last=call, compacted=True, answers=1)
    waiting = _with(DRAFT, "ann", replace(ANN, standing="waiting", retry_s=2.5))
    assert evolve(waiting, first) == _with(DRAFT, "ann", seat)
    assert evolve(waiting, again) == _with(
        DRAFT,
        "ann",
        replace(
            seat,
            last=replace(call, number=3, attempt=2, compacted=False),
            silences=1,
            refusals=1,
            compacted=False,
        ),
    )


def test_a_draft_is_an_answer_and_in_a_ballot_it_waits_as_well() -> None:
    answer = AnswerSubmitted(agent="ann", call=1, label="agent1.2", version=2, text="Because.")
    done = replace(ANN, standing="done", answers=2)
    earlier = replace(answer, label="agent2.1", agent="bob", version=1)
    other, same = ("key", "4"), ("text", "Because.")
    before = replace(BALLOT, answers=(earlier,), identities={"agent2.1": other}, pending=("agent2.1",))
    assert evolve(DRAFT, answer) == replace(_with(DRAFT, "ann", done), answers=(answer,), identities={"agent1.2": same})
    assert evolve(before, answer) == replace(
        _with(BALLOT, "ann", done),
        answers=(earlier, answer),
        identities={"agent2.1": other, "agent1.2": same},
        pending=("agent2.1", "agent1.2"),
    )


@pytest.mark.parametrize(
    ("event", "seat"),
    [
        (AgentUnavailable(agent="ann", problem=OUTAGE), replace(ANN, standing="out")),
        (ReplyRefused(agent="ann", call=1, reason="No."), replace(ANN, standing="idle", refusals=2)),
        (
            RetryScheduled(agent="ann", call=1, attempt=2, problem=OUTAGE, wait_s=2.5),
            replace(ANN, standing="waiting", retry_s=2.5),
        ),
        (Abstained(agent="ann", ballot=2, call=1, reason=""), replace(ANN, standing="done")),
    ],
)
def test_what_happens_to_an_agent_changes_its_seat_alone(event: TurnEvent, seat: Seat) -> None:
    assert evolve(BALLOT, event) == _with(BALLOT, "ann", seat)


def test_what_is_presented_is_the_final_answer() -> None:
    presented = PresentationEnded(agent="ann", label="agent1.1", text="Because.", source="presented")
    assert evolve(BALLOT, presented) == replace(
        _with(BALLOT, "ann", replace(ANN, standing="done")), presented=presented
    )


def test_with_the_program_every_open_call_is_lost_and_nothing_else() -> None:
    waiting = _with(BALLOT, "bob", replace(BOB, standing="waiting", retry_s=2.5))
    lost = _with(waiting, "ann", replace(ANN, standing="idle", lost=1))
    assert evolve(waiting, TurnResumed(turn=1)) == lost
    assert evolve(lost, TurnResumed(turn=1)) == lost


def test_what_was_lost_counts_within_a_stage() -> None:
    again = CallStarted(agent="ann", call=2, stage="draft", attempt=2)
    lost = _with(DRAFT, "ann", replace(ANN, standing="idle", lost=1))
    assert evolve(lost, again).seats["ann"].lost == 1
    assert evolve(lost, replace(again, stage="ballot", ballot=1, attempt=1)).seats["ann"].lost == 0


@pytest.mark.parametrize(
    ("what", "kind", "seat"),
    [
        ("retried", "network", replace(ANN, standing="waiting")),
        ("retried", "timeout", replace(ANN, standing="waiting", silences=2)),
        ("out_of_stage", "network", replace(ANN, standing="failed")),
        ("out_of_turn", "auth", replace(ANN, standing="out")),
    ],
)
def test_who_fails_waits_or_is_out_and_silences_are_counted(what: Consequence, kind: ProblemKind, seat: Seat) -> None:
    failed = CallFailed(agent="ann", call=1, problem=Problem(kind=kind, text="x"), consequence=what)
    assert evolve(DRAFT, failed) == _with(DRAFT, "ann", seat)


@pytest.mark.parametrize(
    ("because", "standing"),
    [
        ("skipped", "skipped"),
        ("too_late", "late"),
        ("decided", "late"),
        ("cancelled", "late"),
        ("deadline", "late"),
        ("budget", "late"),
    ],
)
def test_who_is_let_go_was_skipped_or_is_late(because: CancelReason, standing: str) -> None:
    cancelled = CallCancelled(agent="ann", call=1, because=because)
    assert evolve(DRAFT, cancelled) == _with(DRAFT, "ann", replace(ANN, standing=standing))  # type: ignore[arg-type]


def test_an_agent_that_is_out_of_the_turn_stays_out() -> None:
    done = PresentationEnded(agent="cid", label="agent3.1", text="Because.", source="stored")
    assert evolve(DRAFT, done) == replace(DRAFT, presented=done)
    answer = AnswerSubmitted(agent="cid", call=1, label="agent3.1", version=1, text="Final answer: 4", key="4")
    assert evolve(DRAFT, answer) == replace(
        _with(DRAFT, "cid", replace(CID, answers=1)),
        answers=(answer,),
        identities={"agent3.1": ("key", "4")},
    )


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (QuorumReached(drafts=2, grace_s=7.0), {"grace_s": 7.0}),
        (DraftsOverdue(), {"overdue": True}),
        (StageEndsSoon(ballot=0, seconds=60.0), {"warned": True}),
        (DraftingEnded(because="all_done"), {}),
        (PresentationStarted(agent="ann"), {}),
        (
            WinnerSelected(agent="ann", label="agent1.1", because="consensus"),
            {"stage": "presentation", "winner": "agent1.1"},
        ),
        (TurnEnded(turn=1, outcome="answered"), {"stage": "over"}),
    ],
)
def test_what_happens_to_the_turn_changes_no_seat(event: TurnEvent, changes: dict[str, object]) -> None:
    assert evolve(DRAFT, event) == replace(DRAFT, **changes)  # type: ignore[arg-type]  # fields of State


def test_a_ballot_opens_with_nothing_counted_and_nothing_waiting_and_every_living_agent_idle() -> None:
    before = replace(DRAFT, ballot=Ballot(number=1, candidates=()), pending=("agent1.2",), warned=True)
    opened = BallotOpened(number=2, candidates=CANDIDATES)
    assert evolve(before, opened) == replace(
        BALLOT,
        seats={"ann": replace(ANN, standing="idle"), "bob": replace(BOB, standing="idle"), "cid": CID},
        warned=False,
    )


def test_a_closed_ballot_stays_the_last_one() -> None:
    closed = BallotClosed(number=2, tally=Tally(rule="approval", scores=()), because="all_done")
    ballot = Ballot(number=2, candidates=CANDIDATES, closed=True)
    assert evolve(BALLOT, closed) == replace(BALLOT, ballot=ballot)


def test_a_vote_is_kept_as_given_and_counted_and_its_voter_is_done() -> None:
    earlier = VoteCast(agent="ann", ballot=1, call=1, first="b")
    before = replace(BALLOT, votes={1: {"ann": earlier}, 2: {"bob": replace(earlier, agent="bob", ballot=2)}})
    vote = VoteCast(agent="ann", ballot=2, call=2, first="a", also=("b",))
    count = Count({"a": 0, "b": 1}, {"a": 0, "b": 0})
    votes = {1: {"ann": earlier}, 2: {"bob": replace(earlier, agent="bob", ballot=2), "ann": vote}}
    assert evolve(before, vote) == replace(
        _with(before, "ann", replace(ANN, standing="done")), votes=votes, count=count
    )


def test_a_vote_that_is_carried_over_leaves_the_seat_as_it_is() -> None:
    vote = VoteCast(agent="ann", ballot=2, call=2, first="b", how="carried")
    count = Count({"a": 0, "b": 1}, {"a": 0, "b": 1})
    assert evolve(BALLOT, vote) == replace(BALLOT, votes={2: {"ann": vote}}, count=count)
