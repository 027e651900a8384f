"""The pictures of the manual show what the program shows, and nothing of where they were made."""

import re
from collections.abc import Iterator

import pytest

from tests.docs.pages import PAGES, text_of
from tests.docs.pictures import FOLDER, PICTURES, film, svg, text_in

LARGEST = 60_000


@pytest.fixture(scope="module")
def drawn() -> Iterator[dict[str, str]]:
    """The pictures as they would be drawn now."""
    return {name: svg(screen, PICTURES[name]) for name, screen in film().items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_what_the_program_shows(drawn: dict[str, str], name: str) -> None:
    kept = text_in((FOLDER / f"{name}.svg").read_text("utf-8"))
    assert kept == text_in(drawn[name]), "make pictures"
    assert len(kept) > 300


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small_and_needs_nothing_from_elsewhere(name: str) -> None:
    picture = (FOLDER / f"{name}.svg").read_text("utf-8")
    assert len(picture.encode()) < LARGEST
    assert set(re.findall(r"https?://[^\"' )]+", picture)) == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"@font-face|url\((?!#)|/tmp/|/home/|/root/|<script|<image", picture) == []


def test_every_picture_is_shown_and_said_in_words() -> None:
    shown = {
        (found[2], found[1])
        for page in PAGES
        for found in re.finditer(r"!\[([^]]+)\]\((?:docs/)?pictures/(\w+)\.svg\)", page.read_text("utf-8"))
    }
    assert shown == {(each.name, each.alt) for each in PICTURES.values()}
    assert sorted(each.stem for each in FOLDER.iterdir()) == sorted(PICTURES)
    assert "docs/pictures.md" in text_of("README.md")
