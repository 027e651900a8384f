"""That the guide promises nothing without a test: every word and every block of it is claimed by one."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.guide.page import BLOCKS, SAID, places, promised

LOOKING = ("assert ", ".wait_for", "pytest.raises(")
"""What a test does that can fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one file of tests takes from the guide: its claims by test, and the blocks that it reads."""

    claims: dict[str, list[str]]
    blocks: set[tuple[str, str, int]]
    blind: list[str]


def test_every_word_of_the_guide_is_claimed_by_a_test() -> None:
    promised("Every promise of this page is executed by a test.")

    claimed = set()
    for claim in (each for file in _files() for claims in file.claims.values() for each in claims):
        for start in places(claim):
            claimed.update(range(start, start + len(claim)))
    unclaimed = "".join(
        f"{word[0]} " if word.start() not in claimed else "\n" for word in re.finditer(r"[\w'’-]+", SAID)
    )
    assert re.sub(r"\s*\n\s*", "\n", unclaimed).strip().splitlines() == []


def test_every_block_of_the_guide_is_read_by_a_test() -> None:
    assert BLOCKS.keys() - {block for file in _files() for block in file.blocks} == set()


def test_no_test_claims_without_looking() -> None:
    assert [name for file in _files() for name in file.blind] == []


def _files() -> Iterator[Told]:
    """All tests beside this one, and this one."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        yield _told(ast.parse(path.read_text("utf-8")))


def _told(tree: ast.Module) -> Told:
    """A claim counts when it is written out in a test; a block also where tests share what was read."""
    claims, blind = {}, []
    for test in (each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")):
        calls = [each for each in ast.walk(test) if _name(each) == "promised"]
        claims[test.name] = [
            " ".join(str(ast.literal_eval(each)).split()) for call in calls for each in getattr(call, "args", ())
        ]
        if calls and not any(look in ast.unparse(test) for look in LOOKING):
            blind.append(test.name)
    names = {
        target.id: each.value
        for each in tree.body
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    return Told(claims=claims, blocks=set(_read(tree, names)), blind=blind)


def _read(tree: ast.Module, names: dict[str, ast.Constant]) -> Iterator[tuple[str, str, int]]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call) in ("block", "typed"):
            given = [names.get(each.id, each) if isinstance(each, ast.Name) else each for each in call.args]
            if all(isinstance(each, ast.Constant) for each in given):
                heading, *rest = (ast.literal_eval(each) for each in given)
                kind, *number = rest if _name(call) == "block" else ["sh", *rest]
                yield heading, kind, *(number or [0])


def _name(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
