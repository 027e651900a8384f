"""A turn in words: who answered, who voted for whom and why, how it was decided; for the views that people read."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from massgen.agents import AgentDescription
from massgen.bill import add_up
from massgen.events import (
    Abstained,
    BallotClosed,
    BallotOpened,
    PresentationEnded,
    TurnEnded,
    UsageCounted,
    VoteCast,
    WinnerSelected,
    WinReason,
)
from massgen.printable import clean, squeezed
from massgen.session.turns import Turn, clock, words
from massgen.session.verdicts import Verdict, verdict


def figures(turn: Turn, zone: tzinfo) -> Iterator[str]:
    """When a turn was asked, how long it took, what it used and what that cost, as far as there is something to say."""
    yield clock(turn.entries[0].at, zone)
    yield duration(turn.seconds)
    used = add_up(turn.all(UsageCounted))
    if used.input_tokens or used.output_tokens:
        yield f"{used.input_tokens:,} token{'s' * (used.input_tokens != 1)} in, {used.output_tokens:,} out"
    if used.due:
        yield used.due


def member(agent: AgentDescription) -> tuple[str, str]:
    """An agent, and the model behind it."""
    provider = f" ({agent.provider})" if agent.provider else ""
    return agent.agent, clean(f"{agent.model}{provider}")


def how_many(turn: Turn) -> str:
    """`2 of 3 agents answered`."""
    silent = [each for each in turn.team if not turn.answers(each.agent)]
    return f"{len(turn.team) - len(silent)} of {count(len(turn.team), 'agent')} answered"


def answered(turn: Turn) -> Iterator[tuple[str, str]]:
    """Each agent, and what it answered or why it did not."""
    for each in turn.team:
        answers = turn.answers(each.agent)
        said = ", then ".join(answer.label for answer in answers)
        cut = ", cut at the model's length limit" if answers and answers[-1].truncated else ""
        why = "" if answers else squeezed(turn.why_silent(each.agent))
        yield each.agent, f"answered ({said}{cut})" if answers else f"no answer: {why}"


def votes(turn: Turn, ballot: BallotOpened) -> Iterator[tuple[str, str]]:
    """Each agent, and how it voted or why it did not."""
    votes = {each.agent: each for each in turn.all(VoteCast) if each.ballot == ballot.number}
    abstained = {each.agent: each.reason for each in turn.all(Abstained) if each.ballot == ballot.number}
    for each in turn.team:
        if each.agent in votes:
            yield each.agent, _vote(turn, votes[each.agent])
        else:
            reason = abstained.get(each.agent) or turn.why_silent(each.agent, ballot.number)
            yield each.agent, f"no vote: {squeezed(reason)}"


def tally(turn: Turn, ballot: BallotOpened) -> Iterator[tuple[str, str]]:
    """What came of a ballot, each under its name: the count, how much hangs on the way of counting, who disagreed."""
    for closed in turn.all(BallotClosed):
        if closed.number == ballot.number:
            scores = (f"{_named(turn, each.candidate)} {each.score:g}" for each in closed.tally.scores)
            yield f"Tally ({closed.tally.rule})", " · ".join(scores)
    said = verdict(turn)
    if said is not None and said.ballot.number == ballot.number:
        yield from _verdict(turn, said)


def decided(turn: Turn) -> list[str]:
    """Who won and why, and what is special about the final answer; or why there is none."""
    ended, final, winner = turn.last(TurnEnded), turn.last(PresentationEnded), turn.last(WinnerSelected)
    if final is None:
        if ended is None:
            return ["No final answer; the turn was interrupted"]
        because = f": {squeezed(words(ended.because))}" if ended.because not in ("", "cancelled") else ""
        return [f"No final answer; the turn {_ENDS[ended.outcome]}{because}"]
    lines = [f"Winner: {winner.agent} with {winner.label}, {_won(turn, winner)}"] if winner else []
    if ended is not None and ended.outcome == "partial":
        lines.append(f"The turn was cut short: {squeezed(words(ended.because))}")
    stood = "as it was voted on" if turn.all(VoteCast) else "as it was drafted"
    stored = "" if final.source == "presented" else f", {stood} ({squeezed(words(final.because))})"
    cut = ", cut at the model's length limit" if final.truncated else ""
    return [*lines, f"Final answer by {final.agent}{stored}{cut}"]


def kept(turn: Turn) -> Iterator[tuple[str, str]]:
    """The files of the user's own that were changed, and those that belong to the answer, each under its name."""
    if turn.last(PresentationEnded) is None:
        return
    if changed := turn.changed:
        yield "Changed", " · ".join(map(squeezed, changed))
    if turn.kept:
        yield "Files", turn.kept


def count(number: int, noun: str) -> str:
    """`1 turn`, `2 turns`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """A length of time as people say it: `3.2 s`, `41 s`, `3 min 12 s`, `1 h 2 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _vote(turn: Turn, vote: VoteCast) -> str:
    said = f"for {_named(turn, vote.first)}" if turn.counts(vote) else "for its own answer (not counted)"
    if vote.also:
        said += f", also {' and '.join(_named(turn, each) for each in vote.also)}"
    if vote.how in ("carried", "standing"):
        said += " (carried over)" if vote.how == "carried" else " (its own revision)"
    return f"{said}: {squeezed(vote.reason)}" if vote.reason.strip() else said


def _verdict(turn: Turn, said: Verdict) -> Iterator[tuple[str, str]]:
    yield "Re-tally", squeezed(said.retally.sentence(said.name))
    if dissent := said.minority:
        wanting = squeezed(" and ".join(vote.agent for vote in dissent.votes))
        yield "Minority report", f"{_named(turn, dissent.candidate.candidate)} was wanted by {wanting}"


def _won(turn: Turn, winner: WinnerSelected) -> str:
    return "no vote counted" if winner.because == "ballot" and not turn.is_voted(winner.label) else _WON[winner.because]


def _named(turn: Turn, candidate: str) -> str:
    found = turn.candidates.get(candidate)
    return f"{' + '.join(found.supporters)} ({found.label})" if found else candidate


_ENDS: Final = {
    "answered": "ended",
    "partial": "was cut short",
    "cancelled": "was cancelled by you",
    "failed": "failed",
}
_WON: Final[dict[WinReason, str]] = {
    "single_agent": "the only agent",
    "only_answer": "the only answer",
    "consensus": "by consensus, no ballot was needed",
    "voting_skipped": "by its supporters, voting was skipped",
    "ballot": "by vote",
    "partial": "the best answer so far",
}
