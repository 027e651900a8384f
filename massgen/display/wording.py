"""The words on the screen: what a status, a problem, a vote and a span of time are called."""

import math
from collections.abc import Mapping

from massgen.bill import Bill
from massgen.display.screen import Agent, Doing, Screen, Status
from massgen.display.theme import Meaning, Symbols
from massgen.events import VoteCast, WinnerSelected, WinReason
from massgen.messages import Problem, ProblemKind
from massgen.printable import one_line, squeezed

_STATUS: Mapping[Doing, str] = {
    "waiting": "Waiting",
    "generating": "Generating...",
    "complete": "Complete",
    "voting": "Voting...",
    "voted": "Voted",
    "converged": "Converged",
    "revised": "Revised",
    "abstained": "Abstained",
    "skipped": "Skipped",
    "too_late": "Too late",
    "cancelled": "Cancelled",
    "retrying": "Retrying",
    "failed": "Failed",
    "gone": "Failed",
    "presenting": "Presenting...",
}

_MEANING: Mapping[Doing, Meaning] = {
    "waiting": "quiet",
    "generating": "active",
    "complete": "good",
    "voting": "active",
    "voted": "good",
    "converged": "good",
    "revised": "active",
    "abstained": "warning",
    "skipped": "warning",
    "too_late": "warning",
    "cancelled": "warning",
    "retrying": "warning",
    "failed": "bad",
    "gone": "bad",
    "presenting": "active",
}

_CAUSE: Mapping[ProblemKind, str] = {
    "auth": "key refused",
    "rate_limit": "rate limit",
    "overloaded": "overloaded",
    "context_length": "context too long",
    "quota": "quota used up",
    "unknown_model": "unknown model",
    "bad_request": "bad request",
    "network": "network",
    "timeout": "no reply in time",
    "refused": "refused to answer",
    "truncated": "cut off",
    "malformed": "garbled reply",
    "empty": "empty reply",
}

_HOW: Mapping[str, str] = {
    "vote": "",
    "equal_answer": ", by writing the same answer",
    "prose": ", read out of its prose",
    "carried": ", carried over",
    "standing": ", standing by its revision",
}

_WON: Mapping[WinReason, str] = {
    "single_agent": "the only agent",
    "only_answer": "the only answer",
    "consensus": "by consensus",
    "voting_skipped": "by its supporters, voting was skipped",
    "ballot": "by vote",
    "partial": "the best so far",
}

_BECAUSE: Mapping[str, str] = {
    "cancelled": "stopped by you",
    "skipped": "skipped by you",
    "deadline": "out of time",
    "budget": "the budget is used up",
    "dropped": "interrupted, then dropped by you",
    "started_over": "interrupted, then started over by you",
    "winner_reuse": "the rules ask for no presentation",
}

_FATE: Mapping[ProblemKind, str] = {**_CAUSE, "rate_limit": "rate limited", "network": "network failed"}


def status(state: Status, *, now: float, symbols: Symbols) -> str:
    """Return what an agent is doing, as "Retrying (4 s): rate limit"; `now` is in the seconds of `Record.at`."""
    word = _STATUS[state.doing]
    if state.doing == "complete":
        return f"{word} {symbols.tick}"
    if state.problem is None:
        return word
    if state.doing == "retrying":
        return f"{word} ({max(0, math.ceil(state.until - now))} s): {cause(state.problem)}"
    return f"{word}: {fate(state.problem)}"


def status_word(state: Status) -> str:
    """Return the word for a status, without what explains it: "Failed"."""
    return _STATUS[state.doing]


def longest(state: Status, *, now: float, symbols: Symbols) -> str:
    """Return the status as wide as it gets: a countdown that goes on must not move what stands beside it."""
    return status(state, now=min(now, state.until - 100), symbols=symbols)


def waiting(state: Status, *, now: float) -> str:
    """Return what an agent waits for, as "retrying in 8 s: rate limit"; empty when it waits for nothing."""
    if state.doing != "retrying" or state.problem is None:
        return ""
    return f"retrying in {max(0, math.ceil(state.until - now))} s: {cause(state.problem)}"


def reached(state: Status, *, symbols: Symbols) -> str:
    """Return a status as it stays true later: "Retrying: rate limit", without its countdown."""
    if state.doing == "retrying" and state.problem is not None:
        return f"{_STATUS[state.doing]}: {cause(state.problem)}"
    return status(state, now=0.0, symbols=symbols)


def meaning(state: Status) -> Meaning:
    """Return what the status of an agent means, for its colour."""
    return _MEANING[state.doing]


def is_awaited(agent: Agent | None) -> bool:
    """Whether the turn waits for this agent."""
    return agent is not None and agent.status.doing in ("generating", "voting", "presenting", "retrying")


def cause(problem: Problem) -> str:
    """Return in two words why there is a delay: "rate limit"."""
    return _word(problem, _CAUSE)


def fate(problem: Problem) -> str:
    """Return in two words what became of an agent: "rate limited"."""
    return _word(problem, _FATE)


def _word(problem: Problem, words: Mapping[ProblemKind, str]) -> str:
    """A key that no server has seen was not refused: there is none."""
    return "no key" if problem.kind == "auth" and problem.status is None else words[problem.kind]


def vote(screen: Screen, agent: Agent) -> str:
    """Return for whom an agent voted: an agent's id, "Self", "a new answer", or "-" without a vote."""
    if agent.vote is None:
        return "-"
    chosen = screen.candidate(agent.vote.first)
    if chosen is not None and agent.agent in chosen.supporters:
        return "Self"
    author = screen.author(agent.vote.first)
    return "a new answer" if author is None else one_line(author)


def how(vote: VoteCast) -> str:
    """Return what is special about a vote, as ", carried over"; empty for a plain one."""
    return _HOW[vote.how]


def won(winner: WinnerSelected) -> str:
    """Return why an answer leads: "by vote"."""
    return _WON[winner.because]


def because(reason: str) -> str:
    """Return the reason in an event as people say it; most are sentences already."""
    return one_line(squeezed(_BECAUSE.get(reason, reason)))


def elapsed(seconds: float) -> str:
    """Return a span of time as people say it: "6.1 s", "2 min 05 s"."""
    if seconds < 59.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02} s"


def clock(seconds: float) -> str:
    """Return a span of time that goes on, as "0:42" or "12:05"."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02}"


def tokens(bill: Bill) -> str:
    """Return what requests have used, as "950 tokens" or "12.3k+ tokens"; the plus: not all of them were counted."""
    number = bill.input_tokens + bill.output_tokens
    if not number:
        return ""
    return f"{_short(number)}{'+' if bill.uncounted else ''} tokens"


def _short(number: int) -> str:
    if number < 1_000:
        return str(number)
    if number < 99_950:
        return f"{number / 1_000:.1f}k"
    return f"{number / 1_000:.0f}k" if number < 999_500 else f"{number / 1_000_000:.1f}M"


def count(number: int, noun: str) -> str:
    """Return "1 agent", "3 agents"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
