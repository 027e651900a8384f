"""Lines that work during a turn, and all the others, which wait for the next prompt."""

import pytest

from massgen.display.keys import Key, TypeAhead
from massgen.repl.typed_lines import TypedLines


def typed(text: str) -> tuple[list[str], str]:
    """What was done while this was typed, and what waits for the prompt; `\\n` is Enter."""
    done: list[str] = []

    def skip(who: str) -> bool:
        if who in ("ann", "1"):
            done.append(f"skip {who}")
        return who in ("ann", "1")

    ahead = TypeAhead()
    lines = TypedLines(ahead, history=lambda: done.append("history"), skip=skip)
    for letter in text:
        lines.hear(Key(name="enter") if letter == "\n" else Key(name="text", text=letter))
    return done, ahead.text


@pytest.mark.parametrize(
    ("text", "done", "waits"),
    [
        ("r\n", ["history"], ""),
        (" r \n", ["history"], ""),
        ("r\nr\n", ["history", "history"], ""),
        ("s ann\n", ["skip ann"], ""),
        ("s  1\n", ["skip 1"], ""),
        ("r", [], "r"),
        ("run the tests\n", [], "run the tests\n"),
        ("Why?\nr\n", [], "Why?\nr\n"),
        ("s\n", [], "s\n"),
        ("s bob\n", [], "s bob\n"),
        ("so ann\n", [], "so ann\n"),
        ("\n", [], ""),
        ("r\n3 more ideas", ["history"], "3 more ideas"),
    ],
)
def test_a_line_works_only_where_it_is_the_only_one(text: str, done: list[str], waits: str) -> None:
    assert typed(text) == (done, waits)
