"""`SESSION_SUMMARY.txt`: the session as a person likes to read it, with `cat` or in an editor.

Answers stand at the left margin, so that code can be copied out of them; what MassGen says about them is indented.
"""

import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from itertools import chain
from typing import Final

from massgen.agents import AgentDescription
from massgen.bill import add_up
from massgen.events import (
    Abstained,
    BallotClosed,
    BallotOpened,
    FilesDelivered,
    PresentationEnded,
    TurnEnded,
    UsageCounted,
    VoteCast,
    WinnerSelected,
    WinReason,
)
from massgen.printable import clean, squeezed
from massgen.session.changes import sentence
from massgen.session.turns import History, Turn, clock, words
from massgen.session.verdicts import Verdict, verdict

_COLUMNS: Final = 72
_RULE: Final = "─" * _COLUMNS


def text(told: History, session: str, zone: tzinfo = UTC) -> str:
    """The whole file. `session` is the session's id; times of day are shown in `zone`."""
    parts = [_head(told, session, zone)]
    for turn in told.turns:
        parts.append(_turn(turn, zone))
        parts += [[_RULE, *textwrap.wrap(sentence(each), _COLUMNS)] for each in told.changes.get(turn.number, ())]
    return "\n".join(chain.from_iterable((*part, "") for part in parts))


def _head(told: History, session: str, zone: tzinfo) -> list[str]:
    lines = [f"MassGen {session}"]
    if told.turns:
        began = datetime.fromtimestamp(told.turns[0].entries[0].at, zone)
        working = duration(sum(turn.seconds for turn in told.turns))
        day = f"{began:%A}, {began.day} {began:%B %Y, %H:%M %Z}"
        cost = add_up(event for turn in told.turns for event in turn.all(UsageCounted)).due
        figures = (day, _count(len(told.turns), "turn"), f"{working} at work", cost)
        lines.append(" · ".join(filter(None, figures)))
    if told.session is not None:
        lines += ["", f"Team {clean(told.session.config)}", *_table(map(_member, told.agents))]
    return lines


def _turn(turn: Turn, zone: tzinfo) -> list[str]:
    lines = [_RULE, " · ".join((f"Turn {turn.number}", *_figures(turn, zone))), "", clean(turn.start.question), ""]
    answered = sum(1 for each in turn.team if turn.answers(each.agent))
    said = f"{answered} of {_count(len(turn.team), 'agent')} answered"
    said += f"; all they wrote is in turn_{turn.number}/" if answered else ""
    lines += [said, *_table(_answered(turn)), ""]
    for ballot in turn.all(BallotOpened):
        lines += [f"Coordination Round {ballot.number}", *_table(_votes(turn, ballot)), *_tally(turn, ballot), ""]
    return lines + _final(turn)


def _figures(turn: Turn, zone: tzinfo) -> Iterator[str]:
    yield clock(turn.entries[0].at, zone)
    yield duration(turn.seconds)
    used = add_up(turn.all(UsageCounted))
    if used.input_tokens or used.output_tokens:
        yield f"{used.input_tokens:,} token{'s' * (used.input_tokens != 1)} in, {used.output_tokens:,} out"
    if used.due:
        yield used.due


def _member(agent: AgentDescription) -> tuple[str, str]:
    provider = f" ({agent.provider})" if agent.provider else ""
    return agent.agent, clean(f"{agent.model}{provider}")


def _answered(turn: Turn) -> Iterator[tuple[str, str]]:
    for each in turn.team:
        answers = turn.answers(each.agent)
        said = ", then ".join(answer.label for answer in answers)
        cut = ", cut at the model's length limit" if answers and answers[-1].truncated else ""
        why = "" if answers else squeezed(turn.why_silent(each.agent))
        yield each.agent, f"answered ({said}{cut})" if answers else f"no answer: {why}"


def _votes(turn: Turn, ballot: BallotOpened) -> Iterator[tuple[str, str]]:
    votes = {each.agent: each for each in turn.all(VoteCast) if each.ballot == ballot.number}
    abstained = {each.agent: each.reason for each in turn.all(Abstained) if each.ballot == ballot.number}
    for each in turn.team:
        if each.agent in votes:
            yield each.agent, _vote(turn, votes[each.agent])
        else:
            reason = abstained.get(each.agent) or turn.why_silent(each.agent, ballot.number)
            yield each.agent, f"no vote: {squeezed(reason)}"


def _vote(turn: Turn, vote: VoteCast) -> str:
    said = f"for {_named(turn, vote.first)}" if turn.counts(vote) else "for its own answer (not counted)"
    if vote.also:
        said += f", also {' and '.join(_named(turn, each) for each in vote.also)}"
    if vote.how in ("carried", "standing"):
        said += " (carried over)" if vote.how == "carried" else " (its own revision)"
    return f"{said}: {squeezed(vote.reason)}" if vote.reason.strip() else said


def _tally(turn: Turn, ballot: BallotOpened) -> Iterator[str]:
    for closed in turn.all(BallotClosed):
        if closed.number == ballot.number:
            scores = (f"{_named(turn, each.candidate)} {each.score:g}" for each in closed.tally.scores)
            yield from _hung(f"Tally ({closed.tally.rule}): ", " · ".join(scores))
    said = verdict(turn)
    if said is not None and said.ballot.number == ballot.number:
        yield from _verdict(turn, said)


def _verdict(turn: Turn, said: Verdict) -> Iterator[str]:
    """How much hangs on the way of counting, and who disagreed."""
    yield from _hung("Re-tally: ", squeezed(said.retally.sentence(said.name)))
    if dissent := said.minority:
        wanting = squeezed(" and ".join(vote.agent for vote in dissent.votes))
        yield from _hung("Minority report: ", f"{_named(turn, dissent.candidate.candidate)} was wanted by {wanting}")


def _final(turn: Turn) -> list[str]:
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
    lines.append(f"Final answer by {final.agent}{stored}{cut}")
    if changed := turn.changed:
        lines += _hung("Changed: ", " · ".join(map(squeezed, changed)))
    for files in turn.all(FilesDelivered)[:1]:  # of this answer; those of one that was promoted come after it
        lines += _hung("Files: ", files.path)
    return [*lines, "", clean(final.text).strip("\n")]


def _won(turn: Turn, winner: WinnerSelected) -> str:
    return "no vote counted" if winner.because == "ballot" and not turn.is_voted(winner.label) else _WON[winner.because]


def _named(turn: Turn, candidate: str) -> str:
    found = turn.candidates.get(candidate)
    return f"{' + '.join(found.supporters)} ({found.label})" if found else candidate


def _table(rows: Iterable[tuple[str, str]]) -> list[str]:
    held = list(rows)
    width = max((len(name) for name, _ in held), default=0)
    return [row for name, said in held for row in _hung(f"{name:<{width}}  ", said)]


def _hung(name: str, said: str) -> list[str]:
    """A text behind its name, indented and wrapped; long words stay whole, so that paths can be copied."""
    return textwrap.wrap(
        said,
        _COLUMNS,
        initial_indent=f"  {name}",
        subsequent_indent=" " * (len(name) + 2),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [f"  {name}".rstrip()]


def _count(number: int, noun: str) -> str:
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
