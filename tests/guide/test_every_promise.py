"""That the guide promises nothing without a test: every word and every block of it is claimed by one."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.guide.page import BLOCKS, SAID, places, promised

LOOKING = ("assert ", ".wait_for", "pytest.raises(")
"""What a test does that can fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What one file of tests takes from the guide: its claims, the blocks that it reads, and who claims unseen."""

    claims: list[str]
    blocks: list[tuple[str, str, int]]
    blind: list[str]


@pytest.fixture(scope="module")
def files() -> list[File]:
    """All tests beside this one, what they share, and this one."""
    return [_file(ast.parse(path.read_text("utf-8"))) for path in sorted(Path(__file__).parent.glob("*.py"))]


def test_every_word_of_the_guide_is_claimed_by_a_test(files: list[File]) -> None:
    promised("Every promise of this page is executed by a test.")

    claimed = set()
    for claim in (each for file in files for each in file.claims):
        for start in places(claim):
            claimed.update(range(start, start + len(claim)))
    words = re.finditer(r"[\w'’-]+", SAID)
    unclaimed = "".join("\n" if word.start() in claimed else f"{word[0]} " for word in words)
    assert [each.strip() for each in unclaimed.splitlines() if each] == []


def test_every_block_of_the_guide_is_read_by_a_test(files: list[File]) -> None:
    assert sorted(BLOCKS.keys() - {block for file in files for block in file.blocks}) == []


def test_no_test_claims_without_looking(files: list[File]) -> None:
    assert [name for file in files for name in file.blind] == []


def _file(tree: ast.Module) -> File:
    """A claim counts when it is written out in a test; a block also where tests share what was read."""
    told = File(claims=[], blocks=[*_read(tree)], blind=[])
    for test in (each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")):
        claims = [_text(each) for call in _calls(test, "promised") for each in call.args]
        told.claims.extend(claims)
        if claims and not any(look in ast.unparse(test) for look in LOOKING):
            told.blind.append(test.name)
    return told


def _read(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """The blocks of the calls `block(heading, kind, number)` and `typed(heading, number)`, as far as they are plain."""
    constants = {
        target.id: each.value
        for each in tree.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    for call in (*_calls(tree, "block"), *_calls(tree, "typed")):
        given = [constants.get(each.id, each) if isinstance(each, ast.Name) else each for each in call.args]
        if all(isinstance(each, ast.Constant) for each in given):
            heading, *rest = (ast.literal_eval(each) for each in given)
            numbers = [each for each in rest if isinstance(each, int)] or [0]
            kinds = [each for each in rest if isinstance(each, str)] or ["sh"]
            yield heading, kinds[0], numbers[0]


def _calls(tree: ast.AST, name: str) -> list[ast.Call]:
    found = (each for each in ast.walk(tree) if isinstance(each, ast.Call))
    return [each for each in found if isinstance(each.func, ast.Name) and each.func.id == name]


def _text(claim: ast.expr) -> str:
    """What a claim says; one that is put together while the test runs is an error."""
    return " ".join(str(ast.literal_eval(claim)).split())
