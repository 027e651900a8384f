"""What the live view costs in a terminal of 200×50: `python -m benchmarks.display [seconds]`, from the project's root.

Agents stream 100 tokens a second each into a process of its own, `benchmarks.live_run`, on a pty that is read here. The
CPU of the display is what that process used above one that is fed alike and shows nothing. The exit status is 1 when a
count is missed (bytes, writes, erased and blanked rows); times depend on the machine and are only told beside their
goal.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

import pyte

from benchmarks.drawing import frame_ms, markdown_ms
from benchmarks.live_run import Used
from tests.helpers.emulator import Emulator

COLUMNS, LINES = 200, 50
_ERASERS = (b"\x1b[J", b"\x1b[2J", b"\x1b[2K", b"\x1b[0J", b"\x1b[1J")
_FRAME, _FRAME_END = b"\x1b[?2026h", b"\x1b[?2026l"
_AROUND = 16
"""Writes that are no frames: entering and leaving the screen, marking pastes, the figures themselves."""
_LETTERS = "ZQXJKWVB"
"""No word that is streamed has one of them."""


@dataclass(slots=True)
class Screened:
    """A run on a terminal: what it used, what it wrote in the pieces that were read, and how long keys took."""

    used: Used
    pieces: list[bytes] = field(default_factory=list)
    keys_ms: list[float] = field(default_factory=list)
    history_ms: list[float] = field(default_factory=list)

    @property
    def written(self) -> bytes:
        return b"".join(self.pieces)


class _Session:
    """One process of `live_run` and the terminal it runs on."""

    def __init__(self, agents: int, seconds: float, *, shown: bool = True, events: int = 0) -> None:
        import fcntl
        import struct
        import termios

        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        arguments = [str(agents), str(seconds), "shown" if shown else "hidden", str(events)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.live_run", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(LINES)},
        )
        os.close(theirs)
        self.pieces: list[bytes] = []

    def read(self, size: int = 65_536) -> bool:
        """Read a piece; false when there will be no more."""
        try:
            piece = os.read(self._ours, size)
        except OSError:  # the other end is closed
            return False
        self.pieces.append(piece)
        return piece != b""

    def press(self, key: str, marker: bytes) -> float:
        """Press a key and read until the terminal was sent `marker`; returns the milliseconds in between."""
        begun = time.monotonic()
        os.write(self._ours, key.encode())
        seen = b""
        while marker not in seen and self.read():
            seen = seen[-len(marker) :] + self.pieces[-1]
        return (time.monotonic() - begun) * 1000

    def end(self) -> Used:
        """Read to the end."""
        while self.read():
            pass
        os.close(self._ours)
        _, told = self._process.communicate()
        return Used(**json.loads(told))


def play(agents: int, seconds: float) -> Screened:
    """Show a turn to a terminal that reads at once."""
    session = _Session(agents, seconds)
    used = session.end()
    return Screened(used, session.pieces)


def play_slowly(agents: int, seconds: float) -> Screened:
    """Show a turn to a terminal that reads 4 kB and pauses for 120 ms."""
    session = _Session(agents, seconds)
    until = time.monotonic() + seconds
    while time.monotonic() < until and session.read(4_096):
        time.sleep(0.12)
    used = session.end()
    return Screened(used, session.pieces)


def play_keys(agents: int, seconds: float, events: int) -> Screened:
    """Show a turn to somebody who types, and opens the history again and again."""
    session = _Session(agents, seconds, events=events)
    while _FRAME not in b"".join(session.pieces[-2:]) and session.read():
        pass
    keys: list[float] = []
    opened: list[float] = []
    until = time.monotonic() + seconds - 2
    while time.monotonic() < until:
        keys += [session.press(letter, letter.encode()) for letter in _LETTERS]
        session.press("\x15", b"history")
        opened.append(session.press("r", b"PgUp"))
        session.press("q", b"history")
    used = session.end()
    return Screened(used, session.pieces, keys, opened)


def blanked(pieces: list[bytes]) -> int:
    """How many rows could be seen blank in the middle of a frame that were not before it and are not after it."""
    screen = Emulator(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    before: list[str] = []
    between: list[list[str]] = []
    found = 0
    for piece in pieces:
        stream.feed(piece)
        if not piece.endswith(_FRAME_END):
            between.append(screen.rows)
            continue
        after = screen.rows
        if before:
            rows = (zip(before, seen, after, strict=True) for seen in between)
            found += sum(bool(was and is_ and not blank) for each in rows for was, blank, is_ in each)
        before, between = after, []
    return found


def main() -> None:
    """Measure, print, and say what is not as it should be."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    wrong: list[str] = []
    for agents, goal in ((3, 5), (10, 5), (30, 10)):
        idle = _Session(agents, seconds, shown=False).end()
        run = play(agents, seconds)
        cpu = 100 * (run.used.cpu - idle.cpu) / run.used.seconds
        frames = run.written.count(_FRAME)
        per_token = len(run.written) / run.used.tokens
        print(f"{agents} agents, {seconds:.0f} s")
        print(f"  CPU of the display      {cpu:6.1f} % of a core (goal {goal} %)")
        print(f"  bytes per token         {per_token:6.1f}" + (" (goal 75)" if agents == 10 else ""))
        print(f"  frames, bytes per frame {frames:6}, {len(run.written) / frames:.0f}")
        print(f"  writes, frames          {run.used.writes:6}, {frames} (goal: one each, {_AROUND} around them)")
        print(f"  loop late p50 p99 max   {_ms(run.used)}")
        steady = run.written.split(_FRAME, 2)[2].rpartition(b"\x1b[?1049l")[0]
        erased = sum(steady.count(each) for each in _ERASERS)
        blank = blanked(run.pieces[: 400 if agents == 10 else 0])
        print(f"  erased, blanked         {erased}, {blank} (goal 0)")
        if agents == 10 and per_token > 75:
            wrong.append(f"{per_token:.1f} bytes per token")
        if run.used.writes > frames + _AROUND:
            wrong.append(f"{run.used.writes} writes for {frames} frames")
        if erased or blank:
            wrong.append(f"{erased} times erased, {blank} rows blanked")
    slow = play_slowly(10, seconds)
    print(f"a terminal that reads 4 kB in 120 ms\n  loop late p50 p99 max   {_ms(slow.used)} (goal p99 20)")
    typed = play_keys(10, seconds, events=5_000)
    print("keys, with 10 agents and 5,000 events")
    print(f"  letter to paint p50 p95 {_spread(typed.keys_ms)} of {len(typed.keys_ms)} (goal p95 16 ms)")
    print(f"  `r` to paint p50 p95    {_spread(typed.history_ms)} of {len(typed.history_ms)} (goal 16 ms)")
    short, long = frame_ms(1_000), frame_ms(100_000)
    print("one frame of 10 agents, each with so much text")
    print(f"  1k, 100k characters     {short:.2f}, {long:.2f} ms: {long / short:.2f} times (goal 1.2)")
    print(f"a final answer of 20k characters\n  rendered                {markdown_ms(20_000):.0f} ms (goal 150)")
    for complaint in wrong:
        print(complaint, file=sys.stderr)
    sys.exit(1 if wrong else 0)


def _ms(used: Used) -> str:
    return ", ".join(f"{1000 * each:.1f}" for each in (used.lag_p50, used.lag_p99, used.lag_max)) + " ms"


def _spread(times: list[float]) -> str:
    if len(times) < 2:
        return "too few"
    return f"{statistics.median(times):.1f}, {statistics.quantiles(times, n=20)[18]:.1f} ms"


if __name__ == "__main__":
    main()
