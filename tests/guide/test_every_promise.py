"""That nothing is promised in the guide without a test: its sentences are claimed by one, or promise nothing."""

import ast
import re
from pathlib import Path

from tests.docs.pages import prose
from tests.guide.page import GUIDE

ADVICE = (
    "In interactive mode you talk with a team of models as you would with one.",
    "Every promise of this page is executed by a test.",
    "One agent:",
    "Several agents:",
    "It holds:",
    "* **Iterative research:**",
    "* **Code development:**",
    "* **Learning:**",
    "* **Exploratory analysis:**",
    "* **Creative writing:**",
    "**Start broad,**",
    "**Refer to earlier turns:**",
)
"""How the sentences begin that say what is, or what to do, and promise nothing of their own."""

_PARAGRAPHS = re.compile(r"\n\s*\n|\n(?=[*|#]|\d\. )")
_SENTENCES = re.compile(r"(?<=[.!?;]) (?=[A-Z`*])")
_SHORTEST = 12
"""A text of fewer characters in a test claims nothing."""


def test_every_sentence_of_the_guide_is_claimed_by_a_test() -> None:
    claims = _claims()
    promises = [each for each in _sentences(GUIDE) if not each.startswith(ADVICE)]

    assert [each for each in promises if not any(one in each or each.strip("* ") in one for one in claims)] == []


def _sentences(page: str) -> list[str]:
    text = prose(page).partition("## Next Steps")[0]
    paragraphs = (" ".join(each.split()) for each in _PARAGRAPHS.split(text))
    said = [one for each in paragraphs if each and each[0] not in "#|" for one in _SENTENCES.split(each)]
    return [each for each in said if not re.fullmatch(r"\d\.", each)]


def _claims() -> frozenset[str]:
    """Every text in the tests beside this one; `promised` makes sure that the page holds those that it is given."""
    texts = set()
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        if file != Path(__file__):
            constants = (
                node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Constant)
            )
            texts |= {" ".join(each.value.split()) for each in constants if isinstance(each.value, str)}
    return frozenset(each for each in texts if len(each) >= _SHORTEST)
