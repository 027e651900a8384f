"""A terminal that reads slowly holds nobody up: agents get on with their work, and the answer comes whole."""

import os
import subprocess
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyte
import pytest

from tests.helpers import models
from tests.helpers.emulator import Emulator
from tests.helpers.program import TOO_LONG_S, Program
from tests.helpers.wires import Reply, Request, WireServer

pytestmark = pytest.mark.slow  # two turns of some seconds each

COLUMNS, LINES = 200, 50
PIECE, PAUSE_S = 4_096, 0.12
"""What a slow terminal reads at once, and how long it rests then: 34 kB in a second."""
WRITERS = tuple(f"writer{number}" for number in range(9))
TEAM = "agents:\n" + "".join(f"  - {{id: {agent}, backend: {{type: openai, model: {agent}}}}}\n" for agent in WRITERS)
TEAM += "  - {id: worker, backend: {type: claude, model: worker, cwd: worker}}\n"
RATE, MOST = 100, 6_000
"""Each writer writes so many words in a second, until the worker is done; but no more than so many."""
_END = b"\0"
"""What the terminal gets when the program is over; without it a kernel may forget what came just before."""
CALLS = 40
"""So often the worker uses a tool."""
THINKS_S = 0.1
"""How long it thinks before each."""
ANSWER = "\n\n".join(f"{number}. This is a line of the final answer." for number in range(1, 101))

# The first terminal that the leader of a session opens becomes its controlling one.
ON_TERMINAL = 'exec <>"$1" >&0 2>&0; shift; exec "$@"'


class Paced(Sequence[str]):
    """Words that come one after another, as a model writes, until nobody needs any more."""

    def __init__(self, enough: threading.Event) -> None:
        self._enough = enough
        self._words: list[str] = []

    def __len__(self) -> int:
        return len(self._words) or 1

    def __getitem__(self, place: "int | slice") -> str:  # type: ignore[override]  # nobody takes a slice
        assert isinstance(place, int)
        return self._words[place]

    def __iter__(self) -> Iterator[str]:
        yield from self._words
        due = time.monotonic()
        while not self._enough.is_set() and len(self._words) < MOST:
            due += 1 / RATE
            time.sleep(max(0.0, due - time.monotonic()))
            self._words.append(f"word{len(self._words)} ")
            yield self._words[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing(Reply):
    """A reply whose words take their time."""

    words: Paced = field(compare=False)

    @property
    def texts(self) -> tuple[str, ...]:
        """The text in the pieces it streams in."""
        return self.words  # type: ignore[return-value]  # iterated, and never changed


class Providers:
    """Models write at their pace; one more uses its tools as fast as it can, and when it is done so are they."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._answered_at = 0.0
        self._is_done = threading.Event()

    @property
    def delay(self) -> float:
        """How long it took MassGen to run a tool and ask again, in nine of ten cases, in seconds."""
        return sorted(self.waits)[CALLS * 9 // 10]

    def reply(self, request: Request) -> Reply:
        """What the model that is asked says."""
        match models.stage(request):
            case "draft" if request.model in WRITERS:
                return Writing(words=Paced(self._is_done))
            case "draft":
                self.waits.append(time.monotonic() - (self._answered_at or time.monotonic()))
                if len(self.waits) > CALLS:
                    self._is_done.set()
                    return Reply(text="I have looked around.")
                time.sleep(THINKS_S)
                self._answered_at = time.monotonic()
                return Reply(calls=[("list_files", {"path": "."})])
            case "ballot":
                return models.vote(request, "I have looked around.")
            case "presentation":
                return Reply(text=ANSWER)


def test_a_terminal_that_reads_slowly_does_not_hold_up_the_agents(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(TEAM, encoding="utf-8")
    fast, _ = turn(massgen, pause_s=0.0)
    slow, screen = turn(massgen, pause_s=PAUSE_S)

    assert slow < fast + 0.1
    assert (screen.entered, screen.left, screen.cursor.hidden) == (1, 1, False)
    seen = [row for row in (*screen.scrollback, *screen.rows) if row.endswith("a line of the final answer.")]
    assert len(seen) == 100


def turn(massgen: Program, *, pause_s: float) -> tuple[float, Emulator]:
    """Play a turn on a terminal that rests so long after each piece; the delay of the worker, and what was seen."""
    providers, screen = Providers(), Emulator(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    with WireServer(providers.reply) as server:
        env = massgen.environ(server.environ("openai", "claude"))
        command = massgen.command("--config", "team.yaml", "Why?")
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (LINES, COLUMNS))
        shell = ("/bin/sh", "-c", ON_TERMINAL, "sh", os.ttyname(theirs), *command)
        pieces: list[bytes] = []
        with subprocess.Popen(shell, cwd=massgen.project, env=env, start_new_session=True) as process:
            patience = threading.Timer(TOO_LONG_S, process.kill)
            ending = threading.Thread(target=lambda: (process.wait(), os.write(theirs, _END)), name="terminal end")
            patience.start()
            ending.start()
            while _END not in pieces[-1:]:
                pieces += os.read(ours, PIECE).partition(_END)[:2]
                time.sleep(pause_s)
            patience.cancel()
            ending.join()
        os.close(theirs)
        os.close(ours)
    stream.feed(b"".join(pieces))
    return providers.delay, screen
