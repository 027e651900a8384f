"""What a streamed event costs on each wire, and what fifty streams do to the event loop.

`python -m benchmarks.providers [rounds]`, from the root of the project. Each wire is read in a process of its own, from
a provider on the loopback that is another process.

First CPU time for each event: through MassGen's backend, by the bare script of the vendor's documentation, by the least
script that makes our call, and through backend, orchestrator and bus; one after the other, in every round. Goal: not
more than 1.3 times the bare script, at the median. Then fifty streams of a hundred events a second in one process, and
by how much the event loop is late in the meantime. Goal: not more than 20 ms at the 99th percentile, in the quietest of
so many tries, as other work on the machine makes the loop late too. The exit status is 1 when a goal is missed.
"""

import asyncio
import gc
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from benchmarks.stream_readers import EXAMPLES, WIRES, Read, adapter, bare, connect, orchestrated, raw, tokens
from benchmarks.token_stream import provider
from massgen.backends.providers import Wire

TOKENS = 3000
"""Tokens of each reply whose cost is measured."""

STREAMS, PER_SECOND, SECONDS = 50, 100, 10
TRIES = 3

MOST_TIMES_BARE = 1.3
MOST_LAG_MS = 20.0

_STARTING_S = 120
"""Seconds of tokens for the time in which the streams are opened."""

_STEP_S = 0.005
"""Between two looks at the clock of the event loop."""


def main() -> None:
    """Measure, print the tables, and say which goal was missed."""
    match sys.argv[1:]:
        case ["cost", wire, rounds]:
            print(json.dumps(asyncio.run(_cost(_wire(wire), int(rounds)))))
        case ["lag", *wires]:
            print(json.dumps(asyncio.run(_lag([_wire(wire) for wire in wires]))))
        case rounds:
            missed = [*_costs(int(rounds[0]) if rounds else 11), *_lags()]
            for complaint in missed:
                print(complaint, file=sys.stderr)
            sys.exit(1 if missed else 0)


def _costs(rounds: int) -> list[str]:
    """Print the table of costs; the goals that were missed."""
    missed = []
    print(f"µs of CPU time for each event, medians of {rounds} rounds of {TOKENS} tokens; load {_load()}")
    print(f"{'wire':17} {'backend':>8} {'bare':>6} {'times bare':>18} {'our call':>9} {'orchestrated':>13}")
    for wire in WIRES:
        costs = _apart("cost", wire, str(rounds))
        ratios = sorted(ours / theirs for ours, theirs in zip(costs["backend"], costs["bare"], strict=True))
        ratio = statistics.median(ratios)
        of = {name: f"{statistics.median(values):.0f}" for name, values in costs.items()}
        spread = f"{ratio:.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})"
        call = of.get("our call", "–")
        print(f"{wire:17} {of['backend']:>8} {of['bare']:>6} {spread:>18} {call:>9} {of['orchestrated']:>13}")
        if ratio > MOST_TIMES_BARE:
            missed.append(f"{wire}: an event costs {ratio:.2f} times what it costs a bare script")
    return missed


def _lags() -> list[str]:
    """Print the table of lags; the goals that were missed."""
    missed = []
    print(f"\nms by which the event loop is late, {STREAMS} streams of {PER_SECOND} events/s for {SECONDS} s")
    print(f"{'wire':17} {'p50':>6} {'p99':>6} {'max':>6} {'µs/event':>9} {'events/s':>9}   p99 of {TRIES} tries, load")
    for name, wires in [*((wire, [wire]) for wire in WIRES), ("all four", list(WIRES))]:
        tries = sorted((_apart("lag", *wires) for _ in range(TRIES)), key=lambda one: one["p99"])
        best, others = tries[0], ", ".join(f"{one['p99'][0]:.1f}" for one in tries)
        [p50, p99, worst, cost, rate] = (best[figure][0] for figure in ("p50", "p99", "max", "cost", "rate"))
        print(f"{name:17} {p50:6.1f} {p99:6.1f} {worst:6.1f} {cost:9.0f} {rate:9.0f}   {others}; {_load()}")
        if p99 > MOST_LAG_MS:
            missed.append(f"{name}: the event loop is late by {p99:.0f} ms at the 99th percentile")
    return missed


def _apart(*what: str) -> Mapping[str, Sequence[float]]:
    """The figures that a process of its own finds."""
    command = [sys.executable, "-m", "benchmarks.providers", *what]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    figures: dict[str, list[float]] = json.loads(ran.stdout)
    return figures


# -- in a process of its own -----------------------------------------------------------------------------------------


async def _cost(wire: Wire, rounds: int) -> dict[str, list[float]]:
    """The µs for each event of each reader, round by round."""
    with provider(TOKENS) as origin:
        backend = connect(wire, origin)
        readers: dict[str, Read | None] = {
            "backend": adapter(backend),
            "bare": bare(wire, origin),
            "our call": raw(wire, origin),
            "orchestrated": orchestrated(backend),
        }
        known = {name: read for name, read in readers.items() if read is not None}
        said = {name: await read() for name, read in known.items()}  # imports and connects, and shows what is read
        assert len({text.strip() for text in said.values()}) == 1, {name: text[:50] for name, text in said.items()}
        costs: dict[str, list[float]] = {name: [] for name in known}
        for number in range(rounds):
            for name, read in sorted(known.items(), reverse=number % 2 == 1):
                gc.collect()
                began = time.process_time()
                await read()
                costs[name].append((time.process_time() - began) / TOKENS * 1e6)
        await backend.close()
    return costs


async def _lag(wires: Sequence[Wire]) -> dict[str, list[float]]:
    """How late the loop is while all streams run: percentiles in ms; CPU time in µs for each event, and their rate."""
    loop = asyncio.get_running_loop()
    with provider(PER_SECOND * (SECONDS + _STARTING_S), PER_SECOND) as origin:
        backends = [connect(wire, origin) for wire, _ in zip(itertools.cycle(wires), range(STREAMS))]
        counts = [0] * STREAMS

        async def read(number: int, began: asyncio.Event) -> None:
            try:
                async for _ in tokens(backends[number]):
                    counts[number] += 1
                    began.set()
            finally:
                began.set()

        tasks = []
        for number in range(STREAMS):  # one after the other, as making a client takes the SDKs longer than any event
            tasks.append(asyncio.create_task(read(number, began := asyncio.Event())))
            await began.wait()
        gc.collect()
        before, cpu, since = sum(counts), time.process_time(), loop.time()
        late = []
        while (now := loop.time()) < since + SECONDS:
            await asyncio.sleep(_STEP_S)
            late.append((loop.time() - now - _STEP_S) * 1000)
        events, seconds = sum(counts) - before, loop.time() - since
        cost = (time.process_time() - cpu) / events * 1e6
        assert not any(task.done() for task in tasks), "streams ended before the measurement did"
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for backend in backends:
            await backend.close()
    late.sort()
    return {
        "p50": [statistics.median(late)],
        "p99": [late[len(late) * 99 // 100]],
        "max": [late[-1]],
        "cost": [cost],
        "rate": [events / seconds],
    }


def _wire(name: str) -> Wire:
    return next(wire for wire in EXAMPLES if wire == name)


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
