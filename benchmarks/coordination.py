"""What a turn takes and what the core costs: `python -m benchmarks.coordination [runs]`, from the root of the project.

First a table for each script in `scripted_turns.py`: teams of 1 to 50 agents through the orchestrator, on a virtual
clock, with calls, the protocol's bound, and virtual seconds. The exit status is 1 when one of these is not what the
protocol says. Then the time of the core for each signal of a whole turn, at the quickest of so many runs, which depends
on the machine and is only told. Goals with fifty agents: a mean of 50 µs, and of less than ten times that of five.
"""

import sys

from benchmarks.core_speed import accept_all, differ, measure, revise
from benchmarks.scripted_turns import TURNS, ScriptedTurn, most_calls, play, promised

SIZES = (1, 2, 3, 5, 10, 20, 50)

FEW, MANY = 5, 50


def main() -> None:
    """Measure, print the tables, and say what is not as it should be."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    wrong = [complaint for script in TURNS for complaint in _calls(script)]
    _core(runs)
    for complaint in wrong:
        print(complaint, file=sys.stderr)
    sys.exit(1 if wrong else 0)


def _calls(script: ScriptedTurn) -> list[str]:
    """Print the table of this script; what is not as the protocol says."""
    wrong = []
    print(f"{script.name}\n{'N':>5} {'calls':>7} {script.bound_text:>22} {'seconds':>9} {'of them waits':>14}")
    for agents in SIZES:
        played, bound = play(script, agents), script.bound(agents)
        print(f"{agents:>5} {played.calls:>7} {bound:>22} {played.seconds:>9.1f} {played.waited_s:>14.1f}")
        expected = promised(script, agents, waited_s=played.waited_s)
        if played != expected:
            wrong.append(f"{script.name}, {agents} agents: {played} instead of {expected}")
        if not played.calls <= bound <= most_calls(agents):
            wrong.append(f"{script.name}, {agents} agents: more calls than the protocol allows")
    print()
    return wrong


def _core(runs: int) -> None:
    """Print what the core costs."""
    print(f"µs of the core for each signal, at the quickest of {runs} runs")
    for turn in (differ, revise, accept_all):
        said = (turn.__doc__ or "").removesuffix(".")
        print(f"{said}\n{'N':>5} {'signals':>8} {'mean':>7} {'median':>7} {'p95':>7} {'worst':>8} {'plan':>7}")
        few, many = measure(turn, FEW, runs=runs), measure(turn, MANY, runs=runs)
        for agents, costs in ((FEW, few), (MANY, many)):
            figures = (
                f"{costs.mean:>7.1f} {costs.median:>7.1f} {costs.p95:>7.1f} {costs.worst:>8.1f} {costs.plan:>7.1f}"
            )
            print(f"{agents:>5} {len(costs.signals):>8} {figures}")
        print(f"{MANY // FEW} times the agents: {many.mean / few.mean:.1f} times the mean\n")


if __name__ == "__main__":
    main()
