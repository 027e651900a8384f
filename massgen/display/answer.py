"""What stays in the scrollback after a turn: one honest line about how the answer came to be, and the answer."""

from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from massgen.display import wording
from massgen.display.screen import Agent, Screen
from massgen.display.theme import UNICODE, Symbols, sayable
from massgen.printable import clean, one_line

if TYPE_CHECKING:
    from rich.console import Console

# A line that no person wrote, or a text that no person reads: printed as it is, because rendering Markdown takes more
# than linear time on hostile input (a list 2,000 levels deep: 0.41 s, measured 2026-11-22).
_LONGEST_LINE = 10_000
_LONGEST_TEXT = 200_000
_MOST_CHANGED = 12


def summary_line(screen: Screen, *, symbols: Symbols = UNICODE) -> str:
    """Return how a turn went, in one line: who answered, how it was decided, what it cost, how long it took.

    Whatever is not as it should be is in it: agents that did not answer and why, a turn cut short, a final answer that
    is not the text that was voted on.
    """
    outcome = screen.outcome.outcome if screen.outcome is not None else "cancelled"
    match outcome:
        case "answered" | "partial":
            mark, parts = symbols.diamond, [_who(screen), *_decision(screen), *_presentation(screen)]
        case "cancelled":
            drafts = len({each.agent for each in screen.answers})
            mark, parts = (
                symbols.diamond,
                [f"cancelled; {drafts} of {wording.count(len(screen.agents), 'agent')} had answered"],
            )
        case "failed":
            because = screen.outcome.because if screen.outcome is not None else ""
            mark, parts = symbols.cross, [one_line(because) or "no agent answered", *_reasons(screen)]
        case _:
            assert_never(outcome)
    took = [wording.elapsed(screen.ended - screen.started)] if screen.ended is not None else []
    return f"{mark} " + symbols.between.join([*filter(None, (*parts, screen.bill.due)), *took])


def changed_line(screen: Screen, root: Path, *, symbols: Symbols = UNICODE) -> str:
    """Return which files of the user's own the turn has changed, seen from `root`; empty when none."""
    paths = (Path(each) for each in screen.changed)
    said = [one_line(str(each.relative_to(root) if each.is_relative_to(root) else each)) for each in paths]
    more = [f"{len(said) - _MOST_CHANGED} more"] * (len(said) > _MOST_CHANGED)
    return f"changed: {symbols.between.join([*said[:_MOST_CHANGED], *more])}" if said else ""


def print_answer(console: "Console", markdown: str, *, as_written: bool = False) -> None:
    """Print the final answer: rendered on a terminal, ready to be copied; the raw Markdown into anything else.

    `as_written` prints the raw Markdown on a terminal too.
    """
    text = clean(markdown).rstrip() + "\n"
    hostile = len(text) > _LONGEST_TEXT or any(len(line) > _LONGEST_LINE for line in text.splitlines())
    if console.is_terminal and not hostile and not as_written:
        from massgen.display import markdown as rendering  # 100 ms that the first prompt need not wait for

        rendering.write(console, text)
    else:
        console.file.write(sayable(text, console.encoding))
        console.file.flush()


def _who(screen: Screen) -> str:
    agents, missing = len(screen.agents), _missing(screen)
    if not missing:
        return wording.count(agents, "agent")
    reasons = "; ".join(_reason(each) for each in missing)
    return f"{agents - len(missing)} of {wording.count(agents, 'agent')} answered; {reasons}"


def _decision(screen: Screen) -> list[str]:
    winner, ballots = screen.winner, screen.ballot
    if winner is None:
        return []
    name = one_line(winner.agent)
    rounds = wording.count(ballots, "round") if ballots else ""
    match winner.because:
        case "single_agent":
            return [name]
        case "only_answer":
            return [f"{name} gave the only answer"]
        case "consensus":
            return [rounds or "Consensus, no ballot needed", f"{'consensus, ' if rounds else ''}presented by {name}"]
        case "voting_skipped":
            return ["voting skipped", name]
        case "ballot":
            return [rounds, f"winner {name}{_votes(screen)}"]
        case "partial":
            return [rounds, f"best so far {name}{_votes(screen)}"]
        case _:
            assert_never(winner.because)


def _votes(screen: Screen) -> str:
    """What the winner got, as it was counted: first choices, or what the rule counts if that is something else."""
    if screen.winner is None or screen.tally is None:
        return ""
    won = {each.candidate for each in screen.candidates if screen.winner.label in each.members}
    score = next((each for each in screen.tally.scores if each.candidate in won), None)
    voters = sum(agent.vote is not None for agent in screen.agents)
    if score is None:
        return ""
    if voters == 0 or score.score == 0:
        return "" if screen.winner.because == "partial" else " (no vote counted)"
    if screen.tally.rule == "borda":
        return f" ({score.score:g} points of {wording.count(voters, 'vote')})"
    if score.score != score.firsts:
        return f" (approved by {score.score:g} of {voters})"
    if score.firsts > voters or score.firsts % 1:
        return f" ({score.firsts:g} points of {wording.count(voters, 'weighted vote')})"
    return f" ({score.firsts:g} of {wording.count(voters, 'vote')})"


def _presentation(screen: Screen) -> list[str]:
    shown = screen.presentation
    if shown is None:
        return []
    notes: list[str] = []
    partial = screen.outcome is not None and screen.outcome.outcome == "partial"
    if partial:
        notes.append(
            {"cancelled": "stopped by you", "deadline": "out of time"}.get(shown.because, one_line(shown.because))
        )
    elif shown.source == "stored":
        reused = shown.because in ("", "winner_reuse")
        notes.append("" if reused else f"the text as voted on: {one_line(shown.because)}")
    else:
        voted_on = screen.answer(shown.label)
        notes.append("presented version" if voted_on is not None and voted_on.text != shown.text else "")
    if shown.truncated:
        notes.append("cut off by the model's length limit")
    return notes


def _reasons(screen: Screen) -> list[str]:
    return ["; ".join(_reason(each) for each in _missing(screen))]


def _missing(screen: Screen) -> tuple[Agent, ...]:
    answered = {each.agent for each in screen.answers}
    return tuple(each for each in screen.agents if each.agent not in answered)


def _reason(agent: Agent) -> str:
    name, absence = one_line(agent.agent), agent.absence or agent.status
    if absence.problem is not None:
        return f"{name}: {wording.fate(absence.problem)}"
    return f"{name}: {wording.status(absence, now=0.0, symbols=UNICODE).rstrip('.').lower()}"
