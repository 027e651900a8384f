"""The guide as its tests read it: its sentences, and its blocks by the heading above them."""

import re
from collections.abc import Mapping
from itertools import count

from tests.docs.pages import arguments_of_massgen, prose, text_of

GUIDE = text_of("docs/guide.md")

_FRAME = re.compile(r"^(#.*|\|[-|]+\||\| command \| .*)$", re.MULTILINE)
"""What says nothing by itself: headings, and the heads of tables."""
SAID = " ".join(_FRAME.sub("", prose(GUIDE)).split())
"""All that is said in sentences, as one line."""

_MARKS = re.compile(r"^(?:#+ (?P<heading>[^\n]+)|```(?P<kind>\w+)\n(?P<text>.*?)^```)$", re.MULTILINE | re.DOTALL)


def _blocks() -> Mapping[tuple[str, str, int], str]:
    found: dict[tuple[str, str, int], str] = {}
    heading = ""
    for mark in _MARKS.finditer(GUIDE):
        if mark["heading"]:
            heading = mark["heading"]
        else:
            number = next(each for each in count() if (heading, mark["kind"], each) not in found)
            found[heading, mark["kind"], number] = mark["text"]
    return found


BLOCKS = _blocks()
"""Every fenced block by the heading above it, its kind, and its number among those."""


def places(claim: str) -> list[int]:
    """Where in `SAID` this stands, from word to word."""
    words = " ".join(claim.split())
    return [each.start() for each in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", SAID)]


def promised(*claims: str) -> None:
    """The guide says this, once; a test that proves something else than the guide promises fails here."""
    for claim in claims:
        assert len(places(claim)) == 1, f"the guide says {len(places(claim))} times: {claim}"


def block(heading: str, kind: str, number: int = 0) -> str:
    """A fenced block below this heading, counted from 0."""
    return BLOCKS[heading, kind, number]


def typed(heading: str, number: int = 0) -> list[list[str]]:
    """The arguments of every `massgen …` in a block of commands below this heading."""
    return list(arguments_of_massgen(f"```sh\n{block(heading, 'sh', number)}```\n"))


def questions(conversation: str) -> list[str]:
    """What is asked in a block that shows a conversation."""
    said = (line.removeprefix("You: ") for line in conversation.splitlines() if line.startswith("You: "))
    return [each for each in said if not each.startswith("/")]
