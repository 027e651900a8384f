"""Which failures are tried again, and after how long."""

from dataclasses import replace

import pytest

from massgen.coordination.chance import share
from massgen.coordination.patience import consequence, wait_s
from massgen.coordination.rules import Rules
from massgen.coordination.state import Call, Seat, State
from massgen.events import Consequence
from massgen.messages import Problem, ProblemKind

FIRST = Call(number=1, stage="draft", ballot=0, attempt=1, shown=(), because="")
WORKING = Seat(standing="working", last=FIRST)
STATE = State(seats={"ann": WORKING, "bob": WORKING}, stage="draft", compactable=True)


def _consequence(
    kind: ProblemKind,
    *,
    call: Call = FIRST,
    state: State = STATE,
    final: bool = False,
    retry_after: float | None = None,
) -> Consequence:
    problem = Problem(kind=kind, text="It failed.", retry_after=retry_after)
    return consequence(problem, call, state, "ann", final=final)


RETRYABLE: list[ProblemKind] = ["rate_limit", "overloaded", "network", "timeout", "truncated", "malformed", "empty"]
FATAL: list[ProblemKind] = ["auth", "quota", "unknown_model", "bad_request"]


@pytest.mark.parametrize("kind", RETRYABLE)
def test_what_may_pass_is_tried_again_while_there_are_tries_left(kind: ProblemKind) -> None:
    assert _consequence(kind) == "retried"
    assert _consequence(kind, call=replace(FIRST, attempt=2)) == "retried"
    assert _consequence(kind, call=replace(FIRST, attempt=3)) == "out_of_stage"
    assert _consequence(kind, state=replace(STATE, rules=Rules(max_retries=0))) == "out_of_stage"


@pytest.mark.parametrize("kind", RETRYABLE)
def test_a_call_that_has_had_its_time_is_not_tried_again(kind: ProblemKind) -> None:
    assert _consequence(kind, final=True) == "out_of_stage"


@pytest.mark.parametrize("kind", RETRYABLE)
def test_a_try_is_only_promised_when_the_budget_of_calls_has_one_left(kind: ProblemKind) -> None:
    assert _consequence(kind, state=replace(STATE, rules=Rules(max_calls=3))) == "retried"
    assert _consequence(kind, state=replace(STATE, rules=Rules(max_calls=2))) == "out_of_stage"


@pytest.mark.parametrize("kind", FATAL)
def test_what_will_not_pass_is_the_end_of_the_turn_for_the_agent(kind: ProblemKind) -> None:
    assert _consequence(kind) == "out_of_turn"


def test_a_model_that_declines_sits_out_the_stage() -> None:
    assert _consequence("refused") == "out_of_stage"


def test_the_second_silence_of_a_stage_is_the_last() -> None:
    silent = {"ann": replace(WORKING, silences=1), "bob": WORKING}
    assert _consequence("timeout", state=replace(STATE, seats=silent)) == "out_of_stage"
    assert _consequence("network", state=replace(STATE, seats=silent)) == "retried"
    other = {"ann": WORKING, "bob": replace(WORKING, silences=1)}
    assert _consequence("timeout", state=replace(STATE, seats=other)) == "retried"


@pytest.mark.parametrize(("retry_after", "what"), [(60.0, "retried"), (60.1, "out_of_stage"), (None, "retried")])
def test_a_provider_is_waited_for_up_to_a_minute(retry_after: float | None, what: Consequence) -> None:
    assert _consequence("rate_limit", retry_after=retry_after) == what


def test_a_conversation_that_is_too_long_is_shortened_once() -> None:
    assert _consequence("context_length") == "retried"
    assert _consequence("context_length", call=replace(FIRST, compacted=True)) == "out_of_turn"
    assert _consequence("context_length", state=replace(STATE, compactable=False)) == "out_of_turn"
    assert _consequence("context_length", call=replace(FIRST, attempt=3)) == "out_of_turn"
    assert _consequence("context_length", final=True) == "out_of_turn"


# -- the wait --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempt", "ceiling"), [(1, 2.0), (2, 4.0), (3, 8.0), (4, 16.0), (5, 30.0), (6, 30.0), (50, 30.0)]
)
def test_the_wait_is_a_random_part_of_a_ceiling_that_doubles_with_each_try_up_to_30_seconds(
    attempt: int, ceiling: float
) -> None:
    part = share("seed", 1, "ann", 1)
    waited = wait_s(Problem(kind="network", text="x"), attempt=attempt, seed="seed", lot=(1, "ann", 1))
    assert waited == round(part * ceiling, 3)


def test_each_lot_is_another_wait() -> None:
    problem = Problem(kind="network", text="x")
    waits = {wait_s(problem, attempt=1, seed=seed, lot=(1, "ann", call)) for seed in ("a", "b") for call in (1, 2)}
    assert len(waits) == 4


@pytest.mark.parametrize(("retry_after", "wait"), [(7.0, 7.0), (59.99951, 60.0), (1.23456, 1.235), (0.0, None)])
def test_what_the_provider_asks_for_is_waited_when_it_is_longer(retry_after: float, wait: float | None) -> None:
    problem = Problem(kind="rate_limit", text="x", retry_after=retry_after)
    backed_off = round(share("seed", "lot") * 2.0, 3)
    assert wait_s(problem, attempt=1, seed="seed", lot=("lot",)) == (wait or backed_off)
