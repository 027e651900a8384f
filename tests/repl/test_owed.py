"""What a session owes its last answer, as its log tells."""

from massgen.events import AnswerSubmitted, Event, FilesDelivered, PresentationEnded, TurnEnded, TurnStarted
from massgen.repl.owed import Owed, owed
from tests.session.scene import records, session_started


def answered(turn: int, *, snapshot: str = "") -> tuple[Event, ...]:
    """A turn whose answer stands."""
    return (
        TurnStarted(turn=turn, question="Why?", agents=("ann",), seed="s"),
        AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="So.", snapshot=snapshot),
        PresentationEnded(agent="ann", label="agent1.1", text="So.", source="presented"),
    )


FIRST = (session_started(), *answered(1, snapshot="s/turn_1/a/call_1"))
DELIVERED = FilesDelivered(turn=1, agent="ann", path="turn_1/workspace")


def test_an_answer_with_files_is_owed_them_until_they_are_delivered() -> None:
    debt = Owed(turn=1, agent="ann", snapshot="s/turn_1/a/call_1", presented=True)
    assert owed(records(*FIRST)) == debt
    assert owed(records(*FIRST, TurnEnded(turn=1, outcome="answered"))) == debt
    assert owed(records(*FIRST, DELIVERED)) is None


def test_a_text_that_was_not_presented_again_is_owed_its_snapshot() -> None:
    stored = PresentationEnded(agent="ann", label="agent1.1", text="So.", source="stored")
    assert owed(records(*FIRST[:-1], stored)) == Owed(
        turn=1, agent="ann", snapshot="s/turn_1/a/call_1", presented=False
    )


def test_a_turn_without_an_answer_owes_nothing_and_takes_nothing_from_the_one_before() -> None:
    stopped = (*answered(2, snapshot="s/turn_2/a/call_1")[:-1], TurnEnded(turn=2, outcome="cancelled"))
    assert owed(records(*FIRST, DELIVERED, *stopped)) is None
    assert owed(records(*FIRST, *stopped)) == owed(records(*FIRST))


def test_only_the_last_answer_is_owed_files_and_none_where_it_has_none() -> None:
    assert owed(records(*FIRST, *answered(2))) is None
    assert owed(()) is None
