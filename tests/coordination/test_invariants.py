"""The protocol's invariants (section 6.10) over random turns of up to fifty foolish agents in a foolish world.

Those that one turn shows are in `tests/helpers/invariants.py`, each under its number; those that compare turns are
here; I6, I7 and I17 are in `tests/orchestrator`. With `MASSGEN_EXAMPLES=100000` in the environment every property is
tried with so many turns, other ones each time.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import takewhile
from typing import Final, TypeAlias

import pytest
from hypothesis import given

from massgen.coordination.plan import plan
from massgen.coordination.signals import Failed, Replied, Reply, Signal, Start, TimerFired, TurnDeadline
from massgen.coordination.state import State
from massgen.coordination.tally import current
from massgen.events import (
    BallotOpened,
    CallCancelled,
    CallStarted,
    PresentationEnded,
    Record,
    TurnEnded,
    TurnEvent,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Problem, ToolCall
from massgen.session.records import decode, encode
from tests.helpers import random_texts, reference
from tests.helpers.armed import armed
from tests.helpers.examples import tried
from tests.helpers.invariants import INVARIANTS
from tests.helpers.random_turn import Played, folded, played, step
from tests.helpers.tape import TAPES, WORDS, Tape, spooled

Property: TypeAlias = Callable[[bytes, bytes], None]


def the_count_that_grows_with_each_vote_is_the_count_from_scratch(turn: Played) -> None:
    for each in turn.steps:
        if each.after.ballot and each.events:
            assert current(each.after) == reference.tally_of(each.after)


def the_events_of_the_log_rebuild_the_state(turn: Played) -> None:
    lines = [encode(Record(seq=seq, at=0.0, event=event)) for seq, event in enumerate(turn.events, 1)]
    assert folded([decode(line).event for line in lines]) == turn.end  # type: ignore[union-attr, misc]  # all of our own


def i18_the_same_seed_and_the_same_signals_give_the_same_events(turn: Played) -> None:
    assert _again(turn, turn.start).events == turn.events


def every_turn_keeps_every_invariant(tape: bytes, _: bytes) -> None:
    turn = played(tape)
    for invariant in INVARIANTS:
        invariant(turn)
    the_count_that_grows_with_each_vote_is_the_count_from_scratch(turn)
    the_events_of_the_log_rebuild_the_state(turn)
    i18_the_same_seed_and_the_same_signals_give_the_same_events(turn)


def timers_alone_end_a_turn_that_has_begun(tape: bytes, words: bytes) -> None:
    steps, choice = played(tape).steps, Tape(words)
    now = choice.of(steps[:256]).after
    fired = 0
    while now.stage != "over":
        timers = [timer for timer in armed(now) if timer != TurnDeadline()]
        now = step(now, TimerFired(timer=choice.of(timers[:256]))).after
        fired += 1
    stages = 1 + now.rules.max_ballots
    calls = (1 + now.rules.max_retries) * (len(now.seats) * stages + 1)
    assert fired <= 2 * calls + 3 * stages


def i10_the_outcome_does_not_depend_on_the_order_in_the_configuration(tape: bytes, words: bytes) -> None:
    turn = played(tape)
    order = tuple(Tape(words).shuffled(turn.start.agents))
    assert _outcome(_again(turn, replace(turn.start, agents=order))) == _outcome(turn)


def i11_the_outcome_does_not_depend_on_the_order_in_which_votes_arrive(tape: bytes, words: bytes) -> None:
    for each in played(tape).steps:
        if each.after.stage == "ballot" and any(isinstance(event, BallotOpened) for event in each.events):
            choice = Tape(words)
            given = {agent: _judgement(each.after, agent, choice) for agent in plan(each.after).calls}
            orders = list(given), choice.shuffled(list(given)), list(reversed(given))
            one, other, third = (_ending(each.after, given, order) for order in orders)
            assert one == other == third


def i12_an_early_decision_is_that_of_the_full_ballot(tape: bytes, words: bytes) -> None:
    for each in played(tape).steps:
        if any(map(_is_early, each.events)):
            before = folded(tuple(takewhile(lambda event: not _is_early(event), each.events)), each.before)
            [won] = (event.label for event in each.events if isinstance(event, WinnerSelected))
            for completion in (b"", words, words[::-1], words[1::2]):
                assert reference.winner(reference.completed(before, Tape(completion))) == won


PROPERTIES: Final[Sequence[Property]] = (
    every_turn_keeps_every_invariant,
    timers_alone_end_a_turn_that_has_begun,
    i10_the_outcome_does_not_depend_on_the_order_in_the_configuration,
    i11_the_outcome_does_not_depend_on_the_order_in_which_votes_arrive,
    i12_an_early_decision_is_that_of_the_full_ballot,
)


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda each: each.__name__)
def test_it_holds_in_five_hundred_turns(holds: Property) -> None:
    tried(500)(given(TAPES, WORDS)(holds))()


@pytest.mark.slow
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda each: each.__name__)
def test_it_holds_in_five_thousand_turns(holds: Property) -> None:
    tried(5000)(given(TAPES, WORDS)(holds))()


DIGEST = """
from hashlib import sha256
from tests.helpers.random_turn import played
from tests.helpers.tape import spooled
print(sha256(repr([played(tape).events for tape in spooled(60)]).encode()).hexdigest())
"""


@pytest.mark.parametrize("salt", ["1", "2"])
def test_i18_holds_between_processes_that_order_their_sets_differently(salt: str) -> None:
    here = sha256(repr([played(tape).events for tape in spooled(60)]).encode()).hexdigest()
    environment = {"PYTHONHASHSEED": salt, "PYTHONPATH": ":".join(filter(None, sys.path))}
    there = subprocess.run(
        [sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert there.stdout.strip() == here


def _again(turn: Played, start: Start) -> Played:
    """The same signals after another start."""
    steps = [step(State(), start)]
    for each in turn.steps[1:]:
        steps.append(step(steps[-1].after, each.signal, each.now))
    return Played(start, tuple(steps))


def _outcome(turn: Played) -> tuple[object, ...]:
    """Everything about the end of a turn that does not name a place in the configuration."""
    final = [(each.agent, each.text, each.source, each.because) for each in turn.all(PresentationEnded)]
    votes = {(each.agent, each.ballot, each.first, each.also, each.how) for each in turn.all(VoteCast)}
    ended = [(each.outcome, each.because) for each in turn.all(TurnEnded)]
    return final, votes, ended, sum(1 for _ in turn.all(CallStarted))


def _judgement(state: State, agent: str, choice: Tape) -> Signal:
    """A vote, an answer that resembles no other, an abstention, or the loss of the agent."""
    call = state.seats[agent].call
    assert call
    kind = choice.pick(10)
    if kind in (7, 8):
        problem = Problem(kind="refused" if kind == 7 else "auth", text="No.")
        return Failed(agent=agent, call=call.number, problem=problem)
    said = random_texts.vote(choice, [each.label for each in call.shown][:256])
    if kind == 9 and state.rules.max_new_answers_global is None and reference.may_write(state, agent):
        said = ToolCall(id="c", name="new_answer", arguments={"content": f"novel-{agent}-{call.number}"})
    return Replied(agent=agent, call=call.number, reply=Reply(text="", calls=(said,)))


def _ending(state: State, given: Mapping[str, Signal], order: Sequence[str]) -> tuple[str, list[str]]:
    """The winner of the open ballot, or the candidates of the next one, when the signals arrive in this order."""
    ballot = state.ballot
    assert ballot
    now = state
    for agent in order:
        now = step(now, given[agent]).after
        if now.ballot and now.ballot.number > ballot.number:
            return "", sorted(each.candidate for each in now.ballot.candidates)
        if now.winner:
            return now.winner, []
    raise AssertionError("everybody has voted, written, abstained or gone, and the ballot goes on")


def _is_early(event: TurnEvent) -> bool:
    return isinstance(event, CallCancelled) and event.because == "decided"
