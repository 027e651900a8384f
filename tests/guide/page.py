"""The guide as its tests read it: its sentences, and its blocks by the heading above them."""

from tests.docs.pages import blocks, prose, text_of

GUIDE = text_of("docs/guide.md")
_SENTENCES = " ".join(prose(GUIDE).split())


def promised(*sentences: str) -> None:
    """The guide says this; a test that proves something else than the guide promises fails here."""
    for sentence in sentences:
        assert " ".join(sentence.split()) in _SENTENCES, f"the guide does not say: {sentence}"


def block(heading: str, kind: str, number: int = 0) -> str:
    """A fenced block of the section below this heading, counted from 0."""
    _, found, behind = GUIDE.partition(f"# {heading}\n")
    assert found, f"the guide has no section {heading!r}"
    return blocks(behind, kind)[number]
