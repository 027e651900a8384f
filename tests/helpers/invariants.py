"""The invariants of the protocol (section 6.10) that can be read off one played turn, each under its number.

I6 and I7 are about requests and I17 is about usage: see `tests/orchestrator`. I10, I11, I12 and I18 compare turns with
each other: see `tests/coordination/test_invariants.py`.
"""

from collections import Counter
from itertools import pairwise
from typing import Final

from massgen.ballots import Shown
from massgen.coordination.candidates import candidate_id, identity, key_of
from massgen.coordination.plan import Plan, plan
from massgen.coordination.signals import Cancelled, Replied, Reply, TimerFired, TurnDeadline
from massgen.coordination.state import Ballot, State
from massgen.events import (
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    CallStarted,
    PresentationEnded,
    TurnEnded,
    TurnResumed,
    VoteCast,
)
from tests.helpers import reference
from tests.helpers.armed import armed
from tests.helpers.ledger import Ledger
from tests.helpers.random_turn import Played

_STAGES: Final = ("before", "draft", "ballot", "presentation", "over")


def i01_calls_are_bounded(turn: Played) -> None:
    rules, calls = turn.rules, list(turn.all(CallStarted))
    tries, agents, ballots = 1 + rules.max_retries, len(turn.start.agents), rules.max_ballots
    ledger = Ledger(rules)
    for event in turn.events:
        ledger.enter(event)
    assert ledger.lost.total() <= agents * sum(1 for _ in turn.all(TurnResumed))
    assert len(calls) <= tries * (agents * (1 + ballots) + 1) + ledger.lost.total()
    assert rules.max_calls is None or len(calls) <= rules.max_calls
    made: Counter[tuple[str, str, int]] = Counter()
    numbers: Counter[str] = Counter()
    for call in calls:
        made[call.agent, call.stage, call.ballot] += 1
        numbers[call.agent] += 1
        assert (call.call, call.attempt) == (numbers[call.agent], made[call.agent, call.stage, call.ballot])
        assert call.attempt <= tries + ledger.lost[call.agent, call.stage, call.ballot]
        assert call.ballot <= ballots
        assert call.agent not in turn.start.unavailable


def i02_a_vote_counts_only_for_a_candidate_shown_in_that_very_call(turn: Played) -> None:
    shown = {(call.agent, call.call): call.shown for call in turn.all(CallStarted)}
    ballots = _ballots(turn)
    votes: dict[tuple[str, int], VoteCast] = {}
    waited: list[AnswerSubmitted] = []
    pending: list[AnswerSubmitted] = []
    for step in turn.steps:
        for event in step.events:
            if isinstance(event, BallotOpened):
                waited, pending = pending, []
            elif isinstance(event, AnswerSubmitted):
                pending += [event] if step.before.stage == "ballot" else []
            elif isinstance(event, VoteCast):
                votes[event.agent, event.ballot] = event
                if event.how == "carried":
                    _is_the_vote_before(event, votes[event.agent, event.ballot - 1], ballots[event.ballot])
                elif event.how == "standing":
                    _stands_by_the_only_revision(event, waited, ballots[event.ballot])
                else:
                    assert isinstance(step.signal, Replied)
                    assert (step.signal.agent, step.signal.call) == (event.agent, event.call)
                    seen = {each.label: each.candidate for each in shown[event.agent, event.call]}
                    _is_what_was_said(event, step.signal.reply, seen, turn, pending)


def _is_what_was_said(
    vote: VoteCast, reply: Reply, seen: dict[str, str], turn: Played, pending: list[AnswerSubmitted]
) -> None:
    if vote.how == "vote":
        given = next(call for call in reply.calls if call.name == "vote")
        assert seen[str(given.arguments["agent_id"]).strip().lower()] == vote.first
        assert set(vote.also) <= set(seen.values()) - {vote.first}
    elif vote.how == "prose":
        [label] = (label for label, candidate in seen.items() if candidate == vote.first)
        assert label in reply.text.lower()
        assert vote.also == ()
    else:
        wrote = next(str(call.arguments["content"]).strip() for call in reply.calls if call.name == "new_answer")
        texts = {answer.label: answer for answer in turn.all(AnswerSubmitted)}
        candidates = _ballots(turn)[vote.ballot].by_id
        if vote.first in candidates:
            assert vote.first in seen.values()
            same = texts[candidates[vote.first].label]
        else:
            [same] = (each for each in pending if candidate_id(each.agent, each.version) == vote.first)
        assert identity(same.text, same.key) == identity(wrote, key_of(wrote))


def _is_the_vote_before(vote: VoteCast, before: VoteCast, ballot: Ballot) -> None:
    kept = tuple(each for each in (before.first, *before.also) if each in ballot.by_id)
    assert ((vote.first, *vote.also), vote.call, vote.reason) == (kept, before.call, before.reason)


def _stands_by_the_only_revision(vote: VoteCast, waited: list[AnswerSubmitted], ballot: Ballot) -> None:
    [revision] = waited
    assert (vote.agent, vote.call, vote.also) == (revision.agent, revision.call, ())
    assert ballot.by_id[vote.first].members == (revision.label,)


def i03_the_candidates_of_a_ballot_never_change_while_it_is_open(turn: Played) -> None:
    for step in turn.steps:
        one, other = step.before.ballot, step.after.ballot
        if one and other and one.number == other.number:
            assert one.candidates == other.candidates
    ballots = {ballot.number: {each.candidate for each in ballot.candidates} for ballot in turn.all(BallotOpened)}
    first: dict[tuple[str, int], tuple[Shown, ...]] = {}
    for call in turn.all(CallStarted):
        if call.stage == "ballot":
            assert {each.candidate for each in call.shown} == ballots[call.ballot]
            assert [each.label for each in call.shown] == [f"answer{place}" for place in range(1, len(call.shown) + 1)]
            assert call.shown == first.setdefault((call.agent, call.ballot), call.shown)
        else:
            assert call.shown == ()


def i04_at_most_one_vote_per_agent_and_ballot(turn: Played) -> None:
    votes = Counter((vote.agent, vote.ballot) for vote in turn.all(VoteCast))
    assert not votes or max(votes.values()) == 1


def i05_a_stale_or_doubled_signal_changes_nothing_and_any_other_is_answered(turn: Played) -> None:
    ledger = Ledger(turn.rules)
    for step in turn.steps:
        if ledger.is_stale(step.signal):
            assert (step.events, step.after) == ((), step.before)
        else:
            assert step.events
        for event in step.events:
            ledger.enter(event)


def i08_a_new_answer_alters_no_vote_and_enters_the_next_ballot_only(turn: Played) -> None:
    for step in turn.steps:
        for number, votes in step.before.votes.items():
            assert votes.items() <= step.after.votes[number].items()
    last: BallotOpened | None = None
    fresh: list[AnswerSubmitted] = []
    for event in turn.events:
        if isinstance(event, AnswerSubmitted) and last:
            fresh.append(event)
        elif isinstance(event, BallotOpened):
            if last:
                gone = {(each.agent,) for each in fresh}
                kept = {label for each in last.candidates if each.supporters not in gone for label in each.members}
                members = [label for each in event.candidates for label in each.members]
                assert sorted(members) == sorted(kept | {each.label for each in fresh})
            last, fresh = event, []


def i09_nobody_gives_its_own_candidate_anything_but_by_standing_by_a_revision(turn: Played) -> None:
    ballots, start = _ballots(turn), turn.start
    for closed in turn.all(BallotClosed):
        votes = [vote for vote in turn.all(VoteCast) if vote.ballot == closed.number]
        counted = reference.tally(ballots[closed.number], votes, turn.rules, seed=start.seed, turn=start.turn)
        assert closed.tally == counted


def i13_at_most_one_open_call_per_agent_and_none_when_the_turn_is_over(turn: Played) -> None:
    ledger = Ledger(turn.rules)
    for step in turn.steps:
        for event in step.events:
            ledger.enter(event)
        wanted = plan(step.after)
        assert {agent: call.number for agent, call in wanted.calls.items()} == ledger.open
        assert armed(step.after) == ledger.timers()
    assert isinstance(turn.events[-1], TurnEnded)
    assert plan(turn.end) == Plan(calls={}, timers={})
    assert not ledger.waiting


def i14_no_call_starts_after_the_deadline(turn: Played) -> None:
    for step in turn.steps:
        is_deadline = step.signal == TimerFired(timer=TurnDeadline()) or isinstance(step.signal, Cancelled)
        if is_deadline and step.events:
            assert step.after.stage == "over"
            assert not any(isinstance(event, CallStarted) for event in step.events)


def i15_once_an_answer_was_recorded_the_turn_ends_with_one(turn: Played) -> None:
    answers, finals = list(turn.all(AnswerSubmitted)), list(turn.all(PresentationEnded))
    [ended] = turn.all(TurnEnded)
    if not answers:
        assert (finals, ended.outcome) == ([], "cancelled" if ended.because == "cancelled" else "failed")
        return
    [final] = finals
    assert ended.outcome == ("partial" if ended.because in ("cancelled", "deadline", "budget") else "answered")
    chosen = next(answer for answer in answers if answer.label == final.label)
    assert (final.agent, final.label, bool(final.text)) == (chosen.agent, turn.end.winner, True)
    assert final.source == "presented" or final.text == chosen.text


def i16_answers_are_numbered_and_limited(turn: Played) -> None:
    rules, made = turn.rules, Counter[str]()
    ballots = 0
    for place, event in enumerate(each for each in turn.events if isinstance(each, AnswerSubmitted | BallotOpened)):
        if isinstance(event, BallotOpened):
            ballots += 1
            continue
        made[event.agent] += 1
        seat = turn.start.agents.index(event.agent) + 1
        assert (event.version, event.label) == (made[event.agent], f"agent{seat}.{event.version}")
        assert event.version <= rules.max_new_answers_per_agent
        is_allowed = rules.max_new_answers_global is None or place - ballots < rules.max_new_answers_global
        assert ballots == 0 or (ballots < rules.max_ballots and is_allowed)


def i19_stages_only_move_forward(turn: Played) -> None:
    def place(state: State) -> tuple[int, int]:
        return _STAGES.index(state.stage), state.ballot.number if state.ballot else 0

    for step in turn.steps:
        assert place(step.before) <= place(step.after)
    numbers = [ballot.number for ballot in turn.all(BallotOpened)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(one.after is other.before for one, other in pairwise(turn.steps))


def i20_equal_keys_are_one_candidate_and_different_ones_never(turn: Played) -> None:
    answers = {answer.label: answer for answer in turn.all(AnswerSubmitted)}
    for ballot in turn.all(BallotOpened):
        keys = [{answers[label].key for label in each.members} for each in ballot.candidates]
        assert all(len(each) == 1 for each in keys if each != {""})
        named = [key for each in keys for key in each if key]
        assert len(named) == len(set(named))
        texts = [identity(answers[each.label].text, answers[each.label].key) for each in ballot.candidates]
        assert len(texts) == len(set(texts)) > 1
        for each in ballot.candidates:
            assert each.label == each.members[0]
            assert set(each.supporters) == {answers[label].agent for label in each.members}


INVARIANTS: Final = (
    i01_calls_are_bounded,
    i02_a_vote_counts_only_for_a_candidate_shown_in_that_very_call,
    i03_the_candidates_of_a_ballot_never_change_while_it_is_open,
    i04_at_most_one_vote_per_agent_and_ballot,
    i05_a_stale_or_doubled_signal_changes_nothing_and_any_other_is_answered,
    i08_a_new_answer_alters_no_vote_and_enters_the_next_ballot_only,
    i09_nobody_gives_its_own_candidate_anything_but_by_standing_by_a_revision,
    i13_at_most_one_open_call_per_agent_and_none_when_the_turn_is_over,
    i14_no_call_starts_after_the_deadline,
    i15_once_an_answer_was_recorded_the_turn_ends_with_one,
    i16_answers_are_numbered_and_limited,
    i19_stages_only_move_forward,
    i20_equal_keys_are_one_candidate_and_different_ones_never,
)


def _ballots(turn: Played) -> dict[int, Ballot]:
    return {each.number: Ballot(number=each.number, candidates=each.candidates) for each in turn.all(BallotOpened)}
