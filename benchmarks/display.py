"""What the live view costs: CPU, bytes, writes and delays, in a real terminal of 200×50 that a second process reads.

    python -m benchmarks.display            all figures, and whether each is within its limit
    python -m benchmarks.display profile 10     where the time goes with ten agents

Every agent streams 100 tokens a second. The CPU of the display is what the process uses more than the same process that
feeds nobody; bytes and writes are counted where they leave it.
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TextIO

from rich.console import Console

from massgen.agents import AgentId
from massgen.display import theme
from massgen.display.live import LiveDisplay
from massgen.messages import TextDelta
from tests.display.scene import Scene

COLUMNS, LINES = 200, 50
TOKENS_PER_SECOND = 100
SECONDS = 10.0
_TICKS_PER_SECOND = 50

_WORDS = (
    "the answer of a model is made of words and some of them are longer than others while 深い and 学習 are wide "
    "and 🎉 is too so that `code` and **bold** and naïve sit between commas, full stops. And then\n\n"
).split(" ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One run: seconds of CPU, of time, and what was written."""

    cpu: float
    seconds: float
    tokens: int
    bytes: int
    writes: int
    lag_p99: float
    lag_max: float


def tokens(seed: int) -> Iterator[str]:
    """Tokens of some five characters, for ever, as a model would stream them."""
    lot = random.Random(seed)  # noqa: S311 - words, not secrets
    while True:
        yield lot.choice(_WORDS) + " "


async def _run(agents: int, seconds: float, stdout: TextIO | None) -> Cost:
    """Feed so many agents for so long; without `stdout` nobody draws."""
    names: Sequence[AgentId] = [f"agent_{place + 1}" for place in range(agents)]
    scene = Scene(*names).asks(*names)
    voices = [tokens(place) for place in range(agents)]
    begun = time.monotonic()
    lags: list[float] = []
    fed = 0

    async def feed(display: LiveDisplay | None) -> None:
        nonlocal fed
        for tick in range(int(seconds * _TICKS_PER_SECOND)):
            due = begun + tick / _TICKS_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            lags.append(time.monotonic() - due)
            for name, voice in zip(names, voices, strict=True):
                for _ in range(TOKENS_PER_SECOND // _TICKS_PER_SECOND):
                    part = TextDelta(next(voice))
                    fed += 1
                    if display is not None:
                        display.stream(name, 1, part)

    before = time.process_time()
    written = writes = 0
    if stdout is None:
        await feed(None)
    else:
        console = Console(file=stdout, width=COLUMNS, height=LINES, force_terminal=True)
        look = theme.choose(encoding="utf-8", environ={}, isatty=True)
        display = LiveDisplay(console, theme=look, clock=time.monotonic)
        async with display:
            for record in scene.records:
                display.record(record)
            await feed(display)
    cpu = time.process_time() - before
    lags.sort()
    return Cost(
        cpu=cpu,
        seconds=time.monotonic() - begun,
        tokens=fed,
        bytes=written,
        writes=writes,
        lag_p99=lags[int(len(lags) * 0.99)],
        lag_max=lags[-1],
    )
