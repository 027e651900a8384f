"""The row below the prompt fits every terminal."""

import pytest

from massgen.display import theme
from massgen.display.cells import width
from massgen.display.theme import PLAIN
from massgen.repl.prompt.toolbar import Status, row

FULL = Status(
    mode="Multi-Agent (3 agents)",
    away=("bob",),
    session="session_20250108_143022",
    tokens="12.1k tokens",
    cost="$0.0123",
)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            200,
            "vi: insert · Multi-Agent (3 agents) · away: bob · session_20250108_143022 · 12.1k tokens · $0.0123",
        ),
        (80, "vi: insert · Multi-Agent (3 agents) · away: bob · 12.1k tokens · $0.0123"),
        (50, "vi: insert · Multi-Agent (3 agents) · $0.0123"),
        (40, "vi: insert · Multi-Agent (3 agents)"),
        (12, "vi: insert"),
        (6, "vi: …"),
        (1, ""),
    ],
)
def test_the_least_important_goes_first(columns: int, said: str) -> None:
    assert row(FULL, keys="vi: insert", columns=columns, theme=PLAIN) == said


def test_before_the_first_question_the_session_is_new() -> None:
    assert row(Status(mode="Single Agent"), keys="", columns=80, theme=PLAIN) == "Single Agent · new session"


def test_it_says_what_the_terminal_can_show() -> None:
    ascii_ = theme.choose(encoding="ascii", environ={}, isatty=True)
    odd = Status(mode="Single Agent", away=("änn",))
    assert row(odd, keys="", columns=80, theme=ascii_) == "Single Agent - away: ?nn - new session"


@pytest.mark.parametrize("columns", [*range(1, 130)])
def test_it_is_never_wider_than_the_terminal(columns: int) -> None:
    wide = Status(mode="Multi-Agent (3 agents)", away=("日本語", "e\u0301\x1b[2J"), tokens="1 token", cost="$1.00")
    assert width(row(wide, keys="vi: normal", columns=columns, theme=PLAIN)) < max(columns, 2)
