"""How long a list of many sessions takes, with short logs and with long ones: `python benchmarks/many_sessions.py`.

Each figure is the best of some runs of the whole program, from its start to its end.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from massgen.events import AnswerSubmitted, Record, SessionStarted, TurnEnded, TurnStarted
from massgen.session.reading import spell

ROOT = Path(__file__).parents[1]
RUNS = 7
GOAL_MS = 200


def log(turns: int, characters: int) -> bytes:
    """A log of so many turns, each with an answer of so many characters."""
    events = [SessionStarted(format=1, massgen="0", session="s", config="--demo", agents=())]
    for turn in range(1, turns + 1):
        events += [
            TurnStarted(turn=turn, question=f"Question {turn}", agents=("ann",), seed="s"),
            AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="x" * characters),
            TurnEnded(turn=turn, outcome="answered"),
        ]
    return b"".join(spell(Record(seq=seq, at=1.7e9 + seq, event=event)) for seq, event in enumerate(events, 1))


def best_ms(project: Path, *arguments: str) -> float:
    """The best of some runs, in milliseconds."""
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    best = float("inf")
    for _ in range(RUNS):
        began = time.perf_counter()
        command = (sys.executable, "-m", "massgen", *arguments)
        subprocess.run(command, cwd=project, env=environ, check=True, stdout=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - began)
    return best * 1000


def main(number: int) -> int:
    """Measure and print; 1 when a goal is missed."""
    missed = False
    for name, turns, characters in (("short logs", 1, 300), ("long logs", 20, 10_000)):
        with tempfile.TemporaryDirectory() as place:
            held = log(turns, characters)
            for each in range(number):
                session = Path(place, ".massgen", "sessions", f"session_20250108_{each:06}")
                session.mkdir(parents=True)
                (session / "events.jsonl").write_bytes(held)
            for arguments in (("--list-sessions",), ("sessions", "list", "--json")):
                took = best_ms(Path(place), *arguments)
                missed = missed or took > GOAL_MS
                print(f"{number} {name} of {len(held):,} bytes, {' '.join(arguments)}: {took:.0f} ms")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
