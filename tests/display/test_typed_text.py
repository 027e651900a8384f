"""Whatever is typed during a turn, however it comes, the next prompt holds exactly that."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.display.scene import Scene
from tests.display.test_live import TEAM
from tests.display.test_live_keys import CTRL_R, Stage, played

ESCAPE, RIGHT, DOWN = "\x1b", "\x1b[C", "\x1b[B"
PASTED = "\x1b[200~pasted\rr1s\x1b[201~"

COMMANDS: Sequence[Sequence[str]] = (
    ("r", "r"),
    ("r", "q"),
    ("r", "g", "G", ESCAPE),
    ("r", DOWN, "\x1b[5~", "q"),
    (CTRL_R, CTRL_R),
    ("2", ESCAPE),
    ("2", "3", ESCAPE, "\x15"),
    (RIGHT, RIGHT, ESCAPE),
    (DOWN,),
    (ESCAPE,),
)
"""What leads somewhere and back again, before anything is typed."""

WORDS = (
    st.text("rgGqs12345ab, ö日", max_size=13)
    .filter(lambda text: not re.match("r[gG]*[rq]", text))
    .map(lambda text: f"{text}x")
)
"""Texts that begin like hot keys and go on. What closes the history does so also where it is a text: "rr"."""


@settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    before=st.lists(st.sampled_from(COMMANDS), max_size=2),
    text=WORDS,
    cuts=st.sets(st.integers(1, 13)),
    pauses=st.lists(st.floats(0, 0.9), min_size=14, max_size=14),
    looks=st.sets(st.integers(1, 13), max_size=2),
    ends=st.integers(0, 20),
    pastes=st.booleans(),
)
def test_the_next_prompt_holds_exactly_what_was_typed(
    before: Sequence[Sequence[str]],
    text: str,
    cuts: set[int],
    pauses: Sequence[float],
    looks: set[int],
    ends: int,
    pastes: bool,
) -> None:
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in pairwise(edges)]
    got: list[tuple[str, list[str]]] = []

    async def play(stage: Stage) -> None:
        scene = Scene(*TEAM).asks(*TEAM)
        stage.tell(scene)
        for keys in before:
            await stage.press(*keys)
            stage.clock.now += 10
        for place, (piece, pause) in enumerate(zip(pieces, pauses, strict=False)):
            if place in looks and stage.typed.text:
                await stage.press(CTRL_R)  # a look at the history in the middle of a sentence
            if place == ends:
                scene.drafts(*TEAM).wins("bob", "partial").ends("bob", outcome="partial", because="cancelled")
                stage.tell(scene)
            await stage.press(piece)
            stage.clock.now += pause
        if pastes:
            await stage.press(PASTED)
        got.append((stage.typed.take(), stage.skipped))

    played(play)
    assert got == [(text + ("pasted\nr1s" if pastes else ""), [])]


@pytest.mark.parametrize("typed", ["x", "\x1b[200~x\x1b[201~"])
def test_a_digit_before_a_look_at_the_history_comes_before_what_is_typed_there(typed: str) -> None:
    got: list[str] = []

    async def play(stage: Stage) -> None:
        stage.tell(Scene(*TEAM).asks(*TEAM))
        for keys in ("3", CTRL_R, typed):
            await stage.press(keys)
        got.append(stage.typed.take())

    played(play)
    assert got == ["3x"]
