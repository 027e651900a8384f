"""What a state says of itself."""

import pytest

from massgen.ballots import Candidate
from massgen.coordination.counting import Count
from massgen.coordination.decide import decide
from massgen.coordination.rules import Rules
from massgen.coordination.signals import Start
from massgen.coordination.state import Ballot, Call, Seat, Standing, State
from massgen.events import AnswerSubmitted, VoteCast

CALL = Call(number=3, stage="draft", ballot=0, attempt=1, shown=(), because="")
A = Candidate(candidate="a", label="agent1.1", members=("agent1.1", "agent2.1"), supporters=("ann", "bob"))
B = Candidate(candidate="b", label="agent3.1", members=("agent3.1",), supporters=("cid",))


def test_before_its_first_event_a_turn_is_empty() -> None:
    assert vars(State()) == {
        "turn": 0,
        "question": "",
        "attached": (),
        "seed": "",
        "rules": Rules(),
        "stage": "before",
        "seats": {},
        "answers": (),
        "identities": {},
        "ballot": None,
        "votes": {},
        "count": Count({}, {}),
        "pending": (),
        "grace_s": None,
        "overdue": False,
        "warned": False,
        "compactable": False,
        "winner": "",
        "presented": None,
    }


def test_a_conversation_can_only_be_shortened_where_it_is_said() -> None:
    start = Start(turn=1, question="Why?", agents=("ann",), seed="seed", rules=Rules())
    assert decide(State(), start).state.compactable is False


@pytest.mark.parametrize(
    ("standing", "call", "busy", "living"),
    [
        ("idle", None, False, True),
        ("working", CALL, True, True),
        ("waiting", None, True, True),
        ("done", None, False, True),
        ("skipped", None, False, True),
        ("late", None, False, True),
        ("failed", None, False, True),
        ("out", None, False, False),
    ],
)
def test_where_an_agent_stands_says_what_is_awaited_of_it(
    standing: Standing, call: Call | None, busy: bool, living: bool
) -> None:
    seat = Seat(standing=standing, last=CALL)
    assert (seat.call, seat.busy, seat.living) == (call, busy, living)


def test_the_last_call_says_how_often_an_agent_was_asked() -> None:
    assert Seat(last=CALL).calls == 3
    assert Seat().calls == 0


def test_a_state_knows_who_is_awaited_and_how_many_can_be_asked() -> None:
    standings: list[Standing] = ["done", "waiting", "out", "working", "failed"]
    state = State(seats={f"a{place}": Seat(standing=each) for place, each in enumerate(standings)})
    assert (state.awaited, state.living) == (["a1", "a3"], 4)


def test_only_the_open_call_of_this_number_is_found() -> None:
    state = State(seats={"ann": Seat(standing="working", last=CALL), "bob": Seat(standing="waiting", last=CALL)})
    assert state.open_call("ann", 3) == CALL
    assert [state.open_call(agent, call) for agent, call in (("ann", 2), ("bob", 3), ("zoe", 3))] == [None] * 3


def test_an_answer_is_found_by_its_label_and_so_is_its_candidate() -> None:
    one, two = (
        AnswerSubmitted(agent="ann", call=1, label=label, version=1, text=label) for label in ("agent1.1", "agent2.1")
    )
    ballot = Ballot(number=1, candidates=(A, B))
    assert State(answers=(one, two)).answer("agent2.1") == two
    assert [ballot.candidate_of(label) for label in ("agent2.1", "agent3.1", "agent9.1")] == [A, B, None]
    assert ballot.by_id == {"a": A, "b": B}


def test_the_votes_of_the_last_ballot_are_those_with_its_number() -> None:
    votes = {number: {"ann": VoteCast(agent="ann", ballot=number, call=1, first="a")} for number in (1, 2)}
    second = State(ballot=Ballot(number=2, candidates=(A, B)), votes=votes)
    third = State(ballot=Ballot(number=3, candidates=(A, B)), votes=votes)
    assert [state.ballot_votes for state in (second, third, State(votes=votes))] == [votes[2], {}, {}]
