"""Teams and rules read from a tape: up to fifty agents, every rule that the core knows."""

from collections.abc import Mapping, Sequence
from typing import Final

from massgen.coordination.rules import Rules
from massgen.coordination.signals import Start
from massgen.messages import Problem
from tests.helpers.tape import Tape

QUESTION: Final = "Warum ist der Himmel blau?"
NO_KEY: Final = Problem(kind="auth", text="OPENAI_API_KEY is not set")

_SIZES: Final = (3, 5, 4, 8, 2, 6, 7, 1)
_LARGEST: Final = 50

_CHOICES: Final[Mapping[str, Sequence[object]]] = {
    "voting_sensitivity": ("lenient", "balanced", "strict"),
    "max_new_answers_per_agent": (2, 3, 5, 1, 4),
    "answer_novelty_requirement": ("lenient", "lenient", "balanced", "strict"),
    "final_answer_strategy": ("winner_present", "winner_present", "winner_reuse"),
    "skip_voting": (False, False, False, False, False, True),
    "must_present": (False, True),
    "max_ballots": (2, 3, 1, 3),
    "consensus_threshold": (0.8, None, 0.5, 0.3, 1.0),
    "vote_rule": ("approval", "plurality", "borda"),
    "count_self_votes": (False, False, True),
    "quorum": (None, None, None, 1, 2, "2/3", "1/2"),
    "grace_factor": (1.0, 0.0, 2.5),
    "planning": (False, False, True),
    "max_retries": (2, 0, 1, 3),
    "silence_s": (180.0, 20.0),
    "call_s": (600.0, 30.0),
    "draft_s": (600.0, 60.0),
    "ballot_s": (300.0, 30.0),
    "warning_s": (60.0, 0.0, 90.0, 10_000.0),
}


def start(tape: Tape, *, most: int = _LARGEST) -> Start:
    """A turn to be played, by at most so many agents. Their ids are words that nobody says."""
    size = 1 + tape.pick(_LARGEST) if tape.once_in(9) else tape.of(_SIZES)
    agents = tuple(f"zq{place}x" for place in range(min(size, most)))
    absent = [agent for agent in agents if tape.once_in(6)] if tape.once_in(5) else []
    return Start(
        turn=1 + tape.pick(3),
        question=QUESTION,
        agents=agents,
        seed=f"seed {tape.pick(256)}",
        rules=_rules(tape, agents) if tape.pick(3) else Rules(),
        compactable=bool(tape.pick(2)),
        unavailable=dict.fromkeys(absent, NO_KEY),
    )


def _rules(tape: Tape, agents: Sequence[str]) -> Rules:
    chosen = {name: tape.of(choices) for name, choices in _CHOICES.items()}
    weights = {agent: tape.of((2.0, 0.5, 0.1, 3.0)) for agent in agents[:8]} if tape.once_in(3) else {}
    budget = tape.pick(4 * min(len(agents), 50) + 6) if tape.once_in(5) else None
    most = tape.of((None, None, None, len(agents) + 1, len(agents) + 3, len(agents)))
    return Rules(**chosen, max_new_answers_global=most, vote_weights=weights, max_calls=budget)  # type: ignore[arg-type]  # the choices are legal
