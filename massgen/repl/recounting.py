"""What was said and counted in the last turn, told again at the prompt: answers, votes, other ways to count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from massgen.errors import UsageError
from massgen.events import AnswerPromoted, AnswerSubmitted, PresentationEnded, Record, WinnerSelected
from massgen.printable import one_line
from massgen.repl.changing import and_, named, standing
from massgen.session.changes import sentence
from massgen.session.turns import Turn, history
from massgen.session.verdicts import Verdict, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An answer, and a line above it that says whose it is and what came of it."""

    heading: str
    text: str


def answers(records: Iterable[Record], name: str = "") -> tuple[Shown, ...]:
    """The last answer of each agent in the last turn, or all of one; raises `UsageError` where there are none."""
    records = tuple(records)
    turn = _last(records)
    if turn is None:
        raise UsageError("There are no answers yet: the first question is still to be asked.")
    team = tuple(each.agent for each in turn.team)
    wanted = (named(name, team, f"turn {turn.number}"),) if name else team
    found = [turn.answers(agent)[0 if name else -1 :] for agent in wanted]
    if not any(found):
        raise UsageError(f"{and_(wanted)} gave no answer in turn {turn.number}: {turn.why_silent(wanted[0])}.")
    promoted = [each.event for each in records if isinstance(each.event, AnswerPromoted)]
    stands = next((each for each in reversed(promoted) if each.turn == turn.number), None)
    return tuple(
        Shown(heading=f"{_of(turn, each, stands)}:", text=each.text) for submitted in found for each in submitted
    )


def retally(records: Iterable[Record]) -> tuple[str, dict[str, str]]:
    """A title, and who would have won in each way of counting; raises `UsageError` where nobody voted."""
    turn = _last(tuple(records))
    said = verdict(turn) if turn is not None else None
    if said is None:
        raise UsageError("There is nothing to count again: nobody voted in the last turn.")
    counted, rule = said.retally, said.rules.vote_rule
    title = (
        f"Turn {said.turn.number}, Coordination Round {said.ballot.number}: {_who(said, said.winner)} won by {rule}."
    )
    rows = {f"by {each}": _who(said, winner) for each, winner in counted.by_rule.items()}
    rows |= {f"without {agent}": _who(said, winner) for agent, winner in counted.without.items()}
    rows["self-votes the other way"] = _who(said, counted.self_votes)
    return title, {name: who if who == _who(said, said.winner) else f"{who} instead" for name, who in rows.items()}


def changes(records: Iterable[Record]) -> tuple[str, ...]:
    """What was changed about the conversation, oldest first, each with the turn that it follows."""
    return tuple(
        f"after turn {turn}: {sentence(each)}" if turn else sentence(each)
        for turn, changed in history(records).changes.items()
        for each in changed
    )


def _last(records: Sequence[Record]) -> Turn | None:
    """The last turn that was not taken back; where none stands, the last one of all."""
    turns, stand = {each.number: each for each in history(records).turns}, standing(records)
    return turns[stand[-1].turn if stand else max(turns)] if turns else None


def _of(turn: Turn, answer: AnswerSubmitted, promoted: AnswerPromoted | None) -> str:
    """Whose answer it is, and what came of it."""
    won, final, said = turn.last(WinnerSelected), turn.last(PresentationEnded), verdict(turn)
    parts = [f"{answer.agent}, {answer.label}", *([_votes(turn, said, answer.label)] if said else [])]
    if won is not None and won.label == answer.label:
        changed = final is not None and final.text != answer.text
        parts.append("it won, and was presented in other words" if changed else "it won")
    if promoted is not None and promoted.label == answer.label:
        parts.append("the conversation goes on from it")
    return ", ".join(parts)


def _votes(turn: Turn, said: Verdict, label: str) -> str:
    """Who voted for it in the last ballot, where the vote counted."""
    candidate = said.ballot.candidate_of(label)
    if candidate is None:
        return "not on the last ballot"
    wanted, cast = candidate.candidate, said.votes.values()
    first = tuple(each.agent for each in cast if each.first == wanted and turn.counts(each))
    also = tuple(each.agent for each in cast if wanted in each.also)
    votes = "no vote" if not first else f"{'1 vote' if len(first) == 1 else f'{len(first)} votes'} ({and_(first)})"
    return f"{votes}, also acceptable to {and_(also)}" if also else votes


def _who(said: Verdict, candidate: str) -> str:
    return one_line(said.name(candidate))
