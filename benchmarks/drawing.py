"""What drawing costs by itself, without a terminal: a frame of the live view, and a final answer."""

import statistics
import time
from io import StringIO

from rich.console import Console

from benchmarks.live_run import scene, tokens
from massgen.display import panels, theme
from massgen.display.answer import print_answer
from massgen.display.folding import fold, fold_part
from massgen.display.painter import Painter
from massgen.display.screen import Screen
from massgen.messages import TextDelta

_AGENTS = 10
_FRAMES = 60


def frame_ms(characters: int, *, columns: int = 200, lines: int = 50) -> float:
    """How long a frame takes, folding included, when each agent has written so much and writes eight tokens more."""
    look = theme.choose(encoding="utf-8", environ={}, isatty=True)
    screen, painter = Screen(), Painter(look)
    painter.begin(lines)
    for record in scene(_AGENTS):
        screen = fold(screen, record)
    voices = {agent.agent: tokens(place) for place, agent in enumerate(screen.agents)}
    for name, voice in voices.items():
        written = 0
        while written < characters:
            said = "".join(next(voice) for _ in range(50))
            written += len(said)
            screen = fold_part(screen, name, 1, TextDelta(said))
    took: list[float] = []
    for _ in range(_FRAMES):
        said = {name: "".join(next(voice) for _ in range(8)) for name, voice in voices.items()}
        begun = time.perf_counter()
        for name, text in said.items():
            screen = fold_part(screen, name, 1, TextDelta(text))
        rows = panels.rows(screen, width=columns, height=lines, now=0.0, theme=look)
        written = "".join(text for _, _, text in painter.changes(rows))
        assert written, "there is always something new"
        took.append(time.perf_counter() - begun)
    return 1000 * statistics.median(took)


def markdown_ms(characters: int) -> float:
    """How long it takes to render a final answer of so many characters: prose, lists, code and a table."""
    piece = (
        "## A heading\n\nSome **prose** with `code` in it, and a [link](https://example.org/a/page). " * 3
        + "\n\n- one\n- two\n  - and a half\n\n```python\ndef f(x: int) -> int:\n    return x + 1\n```\n\n"
        + "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    )
    text = (piece * (characters // len(piece) + 1))[:characters]
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        print_answer(Console(file=StringIO(), force_terminal=True, width=100), text)
        took.append(time.perf_counter() - begun)
    return 1000 * min(took)
