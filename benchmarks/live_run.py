"""A live view that is fed at a steady pace, in a process of its own: `python -m benchmarks.live_run AGENTS SECONDS`.

It is started on a terminal by `benchmarks.display`, and prints what it used as JSON on stderr.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from massgen.agents import AgentId
from massgen.display import theme
from massgen.display.live import LiveDisplay
from massgen.events import Record, ToolStarted
from massgen.messages import TextDelta
from tests.display.scene import Scene

TOKENS_PER_SECOND = 100
"""Of each agent."""
_TICKS_PER_SECOND = 50
_PROSE = (
    "the answer of a model is made of words and some of them are longer than others while and so that `code` and "
    "**bold** and naïve sit between commas, full stops. And then: 深い 学習 🎉"
)
_WORDS = (*_PROSE.split(), "\n\n", "\n- ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one run used: seconds of CPU and of time, tokens, system calls that write, and how late the loop was."""

    cpu: float
    seconds: float
    tokens: int
    writes: int
    lag_p50: float
    lag_p99: float
    lag_max: float


def tokens(seed: int) -> Iterator[str]:
    """Tokens of some five characters, for ever, as a model would stream them."""
    lot = random.Random(seed)
    while True:
        yield f"{lot.choice(_WORDS)} "


def scene(agents: int, events: int = 0) -> list[Record]:
    """A turn in which so many agents have been asked, with so many uses of tools behind them."""
    names: Sequence[AgentId] = [f"agent_{place + 1}" for place in range(agents)]
    told = Scene(*names).asks(*names)
    for number in range(events):
        used = ToolStarted(agent=names[0], call=1, id=f"t{number}", name="read_file", arguments={"path": "notes.md"})
        told.tell(used, after=0.01)
    return told.records


def _writes() -> int:
    """How many system calls of this process have written something (Linux; elsewhere 0)."""
    counts = Path("/proc/self/io")
    lines = counts.read_text(encoding="ascii").splitlines() if counts.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("syscw")), 0)


async def run(agents: int, seconds: float, *, shown: bool, events: int = 0) -> Used:
    """Feed so many agents for so many seconds; unless it is `shown`, nobody draws."""
    voices = {f"agent_{place + 1}": tokens(place) for place in range(agents)}
    records = scene(agents, events)
    lags: list[float] = []
    fed = 0

    async def feed(display: LiveDisplay | None) -> None:
        nonlocal fed
        begun = time.monotonic()
        for tick in range(int(seconds * _TICKS_PER_SECOND)):
            due = begun + tick / _TICKS_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            lags.append(time.monotonic() - due)
            for name, voice in voices.items():
                for _ in range(TOKENS_PER_SECOND // _TICKS_PER_SECOND):
                    part = TextDelta(next(voice))
                    fed += 1
                    if display is not None:
                        display.stream(name, 1, part)

    begun, before, wrote = time.monotonic(), time.process_time(), _writes()
    if shown:
        look = theme.choose(encoding="utf-8", environ={}, isatty=True)
        display = LiveDisplay(Console(), theme=look, clock=time.monotonic, stdin=sys.stdin)
        async with display:
            for record in records:
                display.record(record)
            await feed(display)
    else:
        await feed(None)
    lags.sort()
    return Used(
        cpu=time.process_time() - before,
        seconds=time.monotonic() - begun,
        tokens=fed,
        writes=_writes() - wrote,
        lag_p50=lags[len(lags) // 2],
        lag_p99=lags[int(len(lags) * 0.99)],
        lag_max=lags[-1],
    )


if __name__ == "__main__":
    used = asyncio.run(run(int(sys.argv[1]), float(sys.argv[2]), shown=sys.argv[3] == "shown", events=int(sys.argv[4])))
    print(json.dumps(asdict(used)), file=sys.stderr)
