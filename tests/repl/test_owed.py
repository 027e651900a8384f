"""What a session owes its last answer, as its log tells."""

from massgen.events import (
    AnswerPromoted,
    AnswerSubmitted,
    Event,
    FilesDelivered,
    PresentationEnded,
    TurnEnded,
    TurnStarted,
    TurnUndone,
)
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


BOBS = AnswerSubmitted(agent="bob", call=1, label="agent2.1", version=1, text="Or so.", snapshot="s/turn_1/b/call_1")
PROMOTED = AnswerPromoted(turn=1, agent="bob", label="agent2.1", text="Or so.")
BACK = AnswerPromoted(turn=1, agent="ann", label="agent1.1", text="So.")


def with_bobs(*then: Event) -> tuple[Event, ...]:
    """The first turn, which bob answers too, delivered; and what follows."""
    return (*FIRST[:2], BOBS, *FIRST[2:], DELIVERED, *then)


def test_a_promoted_answer_is_owed_the_files_that_were_kept_with_it_in_a_place_of_their_own() -> None:
    debt = Owed(turn=1, agent="bob", snapshot="s/turn_1/b/call_1", presented=False, promoted=True)
    assert owed(records(*with_bobs(PROMOTED))) == debt
    assert debt.place == "turn_1/workspace-bob"
    assert owed(records(*with_bobs(PROMOTED, DELIVERED))) == debt
    assert owed(records(*with_bobs(PROMOTED, FilesDelivered(turn=1, agent="bob", path=debt.place)))) is None


def test_the_winner_that_is_promoted_back_is_owed_its_final_files() -> None:
    debt = owed(records(*with_bobs(PROMOTED, BACK)))
    assert debt == Owed(turn=1, agent="ann", snapshot="s/turn_1/a/call_1", presented=True)
    assert debt.place == "turn_1/workspace"


def test_a_turn_that_was_taken_back_is_owed_nothing() -> None:
    assert owed(records(*FIRST, TurnUndone(turn=1))) is None
    assert owed(records(*with_bobs(PROMOTED, TurnUndone(turn=1)))) is None


def test_a_name_from_a_log_that_is_no_name_of_a_file_gets_no_place() -> None:
    out = AnswerPromoted(turn=1, agent="../../out", label="agent2.1", text="Or so.")
    assert owed(records(*with_bobs(out))) is None
