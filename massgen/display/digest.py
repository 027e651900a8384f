"""What a turn came to, section by section: its chapter in the history, above the timeline.

Question and outcome, the way of every agent from status to status, who voted for whom, each ballot vote by vote with
the reasons, how the consensus grew, which tools were used, and what it cost. A section is written when somebody looks
at it, and anew when there is news for it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import assert_never

from massgen.agents import AgentId
from massgen.ballots import Candidate
from massgen.display import wording
from massgen.display.chapter import Chapter
from massgen.display.page import MARGIN, Page, moment
from massgen.display.theme import Row, Theme
from massgen.display.timeline import CLOSED, named, used
from massgen.events import (
    Abstained,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    ConversationCompacted,
    DraftingEnded,
    PresentationEnded,
    Record,
    VoteCast,
    WinnerSelected,
)
from massgen.printable import one_line, squeezed
from massgen.session.turns import Turn
from massgen.session.verdicts import verdict

_LONGEST_ANSWER = 60
"""Lines of an answer that the user has not seen; the log has the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a chapter: `title` says where a reader is, and what `write` writes is true as long as `stamp` stays."""

    title: str
    stamp: int
    write: Callable[[Page], None]


def sections(chapter: Chapter, *, zone: tzinfo) -> tuple[list[Section], list[Section]]:
    """Return the sections above what failed, and those between that and the timeline; times of day in `zone`."""
    turn, moves, events = chapter.turn, chapter.moves, len(chapter.lines)
    facts = cache(lambda: _facts(chapter))
    ballots = turn.all(BallotOpened)

    def of_ballot(ballot: BallotOpened) -> Section:
        stamp = moves if ballot is ballots[-1] else len(ballots)
        title = f"Coordination Round {ballot.number}"
        return Section(title=title, stamp=stamp, write=lambda page: _ballot(page, facts(), ballot))

    above = [
        Section(title=f"Turn {turn.number}", stamp=events, write=lambda page: _top(page, chapter, zone)),
        Section(title="State transitions", stamp=moves, write=lambda page: _transitions(page, chapter)),
        Section(title="Voting pattern", stamp=moves, write=lambda page: _pattern(page, facts())),
        *map(of_ballot, ballots),
        Section(title="Re-tally", stamp=moves, write=lambda page: _verdict(page, facts())),
        Section(title="As it was voted on", stamp=moves, write=lambda page: _voted_on(page, facts())),
        Section(title="Evolution of the consensus", stamp=moves, write=lambda page: _evolution(page, facts())),
    ]
    below = [
        Section(title="Tool calls", stamp=events, write=lambda page: page.section("Tool calls", _tools(chapter))),
        Section(title="Usage", stamp=events, write=lambda page: page.section("Usage", _usage(chapter))),
        Section(title="Summary", stamp=events, write=lambda page: _summary(page, chapter)),
    ]
    return above, below


def nothing(*, columns: int, theme: Theme) -> list[Row]:
    """Return what a history without a turn says."""
    page = Page(columns, theme)
    page.hang("", "Nothing has happened yet: the history begins with the first question.", "quiet")
    return page.rows


def _top(page: Page, chapter: Chapter, zone: tzinfo) -> None:
    page.rule(f" {page.symbols.dot} ".join(_figures(chapter, zone)))
    page.question(chapter.turn.start.question)
    if chapter.turn.attached:
        page.hang("Attached: ", chapter.turn.attached, "quiet")
    page.section("Outcome", _outcome(chapter))


def _transitions(page: Page, chapter: Chapter) -> None:
    page.heading("State transitions")
    page.ways(chapter.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """A turn, and what is asked of it again and again.

    `candidates` are by ballot and id: who supports one may change. `uncounted` are voters and ballots without effect.
    `choices` are what every agent did last in each ballot.
    """

    turn: Turn
    records: tuple[Record, ...]
    started: float
    candidates: Mapping[tuple[int, str], Candidate]
    uncounted: frozenset[tuple[AgentId, int]]
    choices: Mapping[int, Mapping[AgentId, VoteCast | Abstained | AnswerSubmitted]]

    def at(self, record: Record) -> str:
        return moment(max(0.0, record.at - self.started))

    def authors(self, ballot: int, candidate: str) -> str:
        found = self.candidates.get((ballot, candidate))
        return "a new answer" if found is None else " + ".join(map(one_line, found.supporters)) or found.label

    def named(self, ballot: int, candidate: str) -> str:
        found = self.candidates.get((ballot, candidate))
        return "a new answer" if found is None else named(found)

    def whom(self, vote: VoteCast) -> str:
        found = self.candidates.get((vote.ballot, vote.first))
        is_own = found is not None and vote.agent in found.supporters
        return f"Self ({found.label})" if found and is_own else self.named(vote.ballot, vote.first)


def _facts(chapter: Chapter) -> _Facts:
    turn = chapter.turn
    return _Facts(
        turn=turn,
        records=turn.records,
        started=chapter.started,
        candidates={
            (ballot.number, each.candidate): each for ballot in turn.all(BallotOpened) for each in ballot.candidates
        },
        uncounted=frozenset((each.agent, each.ballot) for each in turn.all(VoteCast) if not turn.counts(each)),
        choices=_chosen(turn),
    )


def _chosen(turn: Turn) -> Mapping[int, Mapping[AgentId, VoteCast | Abstained | AnswerSubmitted]]:
    chosen: dict[int, dict[AgentId, VoteCast | Abstained | AnswerSubmitted]] = {}
    for record in turn.records:
        match record.event:
            case BallotOpened(number=number):
                chosen[number] = {}
            case VoteCast() | Abstained() as said:
                chosen.setdefault(said.ballot, {})[said.agent] = said
            case AnswerSubmitted() as answer if chosen:
                chosen[max(chosen)][answer.agent] = answer
            case _:
                pass
    return chosen


def _figures(chapter: Chapter, zone: tzinfo) -> Iterator[str]:
    screen = chapter.screen
    yield f"Turn {screen.turn}"
    yield f"{datetime.fromtimestamp(chapter.started, UTC).astimezone(zone):%H:%M:%S}"
    yield screen.outcome.outcome if screen.outcome is not None else "not ended"
    yield wording.elapsed(screen.ended - screen.started if screen.ended is not None else chapter.lines[-1].seconds)


def _outcome(chapter: Chapter) -> Iterator[tuple[str, str]]:
    screen = chapter.screen
    if screen.winner is not None:
        by_none = screen.winner.because == "ballot" and not chapter.turn.is_voted(screen.winner.label)
        how = "no vote counted" if by_none else wording.won(screen.winner)
        yield "Winner", f"{one_line(screen.winner.agent)} with {screen.winner.label}, {how}"
    if screen.presentation is not None:
        yield "Final answer", _presented(screen.presentation, voted=bool(chapter.turn.all(VoteCast)))
    if screen.outcome is not None and screen.outcome.because:
        yield "Turn", f"{screen.outcome.outcome}: {wording.because(screen.outcome.because)}"


def _presented(final: PresentationEnded, *, voted: bool) -> str:
    said = f"presented by {one_line(final.agent)}"
    if final.source == "stored":
        because = f" ({wording.because(final.because)})" if final.because else ""
        said = f"of {one_line(final.agent)}, as it {'was voted on' if voted else 'was drafted'}{because}"
    return said + (", cut off by the model's length limit" if final.truncated else "")


def _ballot(page: Page, facts: _Facts, ballot: BallotOpened) -> None:
    page.heading(f"Coordination Round {ballot.number}")
    page.hang("  ", f"on the ballot: {', '.join(named(each) for each in ballot.candidates)}", "quiet")
    heard: set[AgentId] = set()
    is_open = False
    for record in facts.records:
        match record.event:
            case BallotOpened():
                is_open = record.event == ballot
            case AnswerSubmitted() as answer if is_open:
                heard.add(answer.agent)
                page.hang(facts.at(record), f"{one_line(answer.agent)} wrote a revision, {answer.label}", "active")
            case VoteCast(ballot=ballot.number) as vote:
                heard.add(vote.agent)
                page.hang(facts.at(record), _vote(facts, vote, page.symbols.arrow), "good")
                if vote.reason.strip():
                    page.hang(" " * MARGIN, squeezed(vote.reason))
            case Abstained(ballot=ballot.number) as abstained:
                heard.add(abstained.agent)
                said = f"{one_line(abstained.agent)} abstained: {squeezed(abstained.reason)}"
                page.hang(facts.at(record), said, "warning")
            case BallotClosed(number=ballot.number) as closed:
                for each in facts.turn.team:
                    if each.agent not in heard:
                        why = squeezed(facts.turn.why_silent(each.agent, ballot.number))
                        page.hang(" " * MARGIN, f"{one_line(each.agent)} did not vote: {why}", "warning")
                page.hang(facts.at(record), f"closed: {CLOSED[closed.because]}", "quiet")
                tally = _tally(facts, closed, page.symbols.dot)
                page.hang(" " * MARGIN, f"Tally ({closed.tally.rule}): {tally}", "strong")
            case _:
                pass


def _vote(facts: _Facts, vote: VoteCast, arrow: str) -> str:
    counted = ", not counted" if (vote.agent, vote.ballot) in facts.uncounted else ""
    also = " and ".join(facts.named(vote.ballot, each) for each in vote.also)
    also_says = f", also {also}" if also else ""
    return f"{one_line(vote.agent)} {arrow} {facts.whom(vote)}{counted}{also_says}{wording.how(vote)}"


def _tally(facts: _Facts, closed: BallotClosed, dot: str) -> str:
    return f" {dot} ".join(
        f"{facts.authors(closed.number, each.candidate)} {each.score:g}" for each in closed.tally.scores
    )


def _pattern(page: Page, facts: _Facts) -> None:
    """Who voted for whom, round by round."""
    ballots = facts.turn.all(BallotOpened)
    if ballots:
        page.section("Voting pattern", ((each.agent, _choices(page, facts, each.agent)) for each in facts.turn.team))


def _choices(page: Page, facts: _Facts, agent: AgentId) -> str:
    said = []
    for number, what in facts.choices.items():
        chosen = what.get(agent)
        match chosen:
            case VoteCast():
                found = facts.candidates.get((number, chosen.first))
                whom = "Self" if found and agent in found.supporters else facts.authors(number, chosen.first)
                said.append(f"round {number} {page.symbols.arrow} {whom}")
            case AnswerSubmitted():
                said.append(f"round {number} revised")
            case Abstained():
                said.append(f"round {number} abstained")
            case None:
                said.append(f"round {number} {page.symbols.dash}")
            case _:
                assert_never(chosen)
    return f" {page.symbols.dot} ".join(said)


def _verdict(page: Page, facts: _Facts) -> None:
    """How much hangs on the way of counting, and what the strongest voice against the winner was."""
    said = verdict(facts.turn)
    if said is None:
        return
    page.hang(" " * MARGIN, f"Re-tally: {squeezed(said.retally.sentence(said.name))}", "strong")
    dissent = said.minority
    if dissent is None:
        return
    page.heading("Minority report")
    page.hang("  ", f"{named(dissent.candidate)}, the strongest answer that was not chosen, was wanted by", "quiet")
    for vote in dissent.votes:
        page.hang("  ", f"{one_line(vote.agent)}: {squeezed(vote.reason) or 'no reason given'}", "warning")
    _answer(page, facts, dissent.candidate.label)


def _voted_on(page: Page, facts: _Facts) -> None:
    """The text that won, where the final answer is another one."""
    final = facts.turn.last(PresentationEnded)
    voted_on = facts.turn.answer(final.label) if final else None
    if final is not None and voted_on is not None and final.source == "presented" and voted_on.text != final.text:
        page.heading("As it was voted on, before the presentation")
        _answer(page, facts, final.label)


def _answer(page: Page, facts: _Facts, label: str) -> None:
    answer = facts.turn.answer(label)
    _text(page, answer.text if answer else "", rest="events.jsonl")


def _text(page: Page, text: str, *, rest: str) -> None:
    lines = text.splitlines()
    for line in lines[:_LONGEST_ANSWER]:
        page.hang("    ", line)
    if len(lines) > _LONGEST_ANSWER:
        more = wording.count(len(lines) - _LONGEST_ANSWER, "more line")
        page.hang("    ", f"({more} in {rest})", "quiet")


def _summary(page: Page, chapter: Chapter) -> None:
    """What stands for this turn and the ones before it in the conversation, if it was summarised after it."""
    for each in chapter.screen.compactions:
        if isinstance(each, ConversationCompacted):
            page.heading(f"Summary of the turns up to {each.through_turn}, by {one_line(each.agent)}")
            _text(page, each.summary, rest="SESSION_SUMMARY.txt")
    if chapter.screen.apart.requests:
        page.section("Usage of summaries", [("", used(chapter.screen.apart))])


def _evolution(page: Page, facts: _Facts) -> None:
    page.section("Evolution of the consensus", _consensus(facts, page.symbols.dot))


def _consensus(facts: _Facts, dot: str) -> Iterator[tuple[str, str]]:
    """Yield how agreement grew: what was equal from the start, the counted first choices after each vote, counts."""
    votes: dict[AgentId, VoteCast] = {}
    drafts: set[AgentId] = set()
    number, is_voting = 0, False
    for record in facts.records:
        at = facts.at(record).strip()
        match record.event:
            case AnswerSubmitted() as answer if is_voting:
                yield at, f"round {number}: {one_line(answer.agent)} has a new answer, {answer.label}"
            case AnswerSubmitted() as answer:
                drafts.add(answer.agent)
            case DraftingEnded() if not number:
                yield at, f"{wording.count(len(drafts), 'answer')} to choose from"
            case BallotOpened() as ballot:
                votes.clear()
                number, is_voting = ballot.number, True
                if number > 1:
                    yield at, f"round {number}: {wording.count(len(ballot.candidates), 'answer')} to choose from"
                for each in ballot.candidates:
                    if len(each.supporters) > 1:
                        yield at, f"{named(each)} say the same"
            case VoteCast() as vote:
                votes[vote.agent] = vote
                counted = [each for each in votes.values() if (each.agent, each.ballot) not in facts.uncounted]
                firsts = Counter(each.first for each in counted).most_common()
                said = f" {dot} ".join(f"{facts.authors(vote.ballot, first)} {number}" for first, number in firsts)
                yield at, f"round {vote.ballot}, after {one_line(vote.agent)}: {said or 'no vote that counts'}"
            case BallotClosed() as closed:
                is_voting = False
                yield at, f"round {closed.number} closed: {_tally(facts, closed, dot)}"
            case WinnerSelected() as winner:
                yield at, f"winner {one_line(winner.agent)}, {wording.won(winner)}"
            case _:
                pass


def _tools(chapter: Chapter) -> Iterator[tuple[str, str]]:
    for agent, names in chapter.tools.items():
        failed = chapter.failed_tools.get(agent, Counter())
        yield agent, ", ".join(f"{one_line(name)} x{number}{_failed(failed[name])}" for name, number in names.items())


def _failed(number: int) -> str:
    return f" ({number} failed)" if number else ""


def _usage(chapter: Chapter) -> Iterator[tuple[str, str]]:
    bills = [(each.agent, each.bill) for each in chapter.screen.agents if each.bill.requests]
    for agent, bill in bills:
        note = f" ({bill.uncounted} of them not counted by the provider)" if 0 < bill.uncounted < bill.requests else ""
        yield agent, f"{wording.count(bill.requests, 'request')}{note}, {used(bill)}"
    if len(bills) > 1:
        together = chapter.screen.bill
        yield "together", f"{wording.count(together.requests, 'request')}, {used(together)}"
