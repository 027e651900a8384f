"""What tests of sessions share: three questions, and what is asked of a run and of a session on disk."""

from pathlib import Path

from tests.helpers.program import Ran

FIRST, SECOND, THIRD = "What is machine learning?", "Give me an example.", "And in Python?"


def turns(session: Path) -> list[str]:
    """The turns of a session on disk."""
    return sorted(each.name for each in session.glob("turn_*"))


def answers(ran: Ran, text: str) -> None:
    """That a run ended well, and with this answer."""
    assert (ran.stdout, ran.status) == (f"{text}\n", 0), ran.stderr
