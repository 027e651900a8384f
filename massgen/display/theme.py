"""Symbols and colours by meaning: the only file that knows what "good" looks like on a terminal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Meaning = Literal["plain", "quiet", "strong", "active", "good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a row that means one thing."""

    text: str
    meaning: Meaning = "plain"


Row: TypeAlias = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """Every sign that is not a letter. Each of the box drawing is one cell wide; none is an emoji."""

    tick: str = "✓"
    cross: str = "✗"
    arrow: str = "→"
    ellipsis: str = "…"
    dot: str = "·"
    dash: str = "—"
    diamond: str = "◆"
    running: str = "●"
    bar: str = "▌"
    across: str = "─"
    down: str = "│"
    top: str = "┌┐"
    middle: str = "├┼┤"
    bottom: str = "└┘"
    between: str = " · "


UNICODE = Symbols()
ASCII = Symbols(
    tick="[x]",
    cross="[!]",
    arrow="->",
    ellipsis="...",
    dot="-",
    dash="--",
    diamond="*",
    running="*",
    bar="|",
    across="-",
    down="|",
    top="++",
    middle="+++",
    bottom="++",
    between=" - ",
)
SPOKEN = Symbols(
    tick="",
    cross="Failed:",
    arrow="for",
    ellipsis="...",
    dot=";",
    dash="-",
    diamond="Summary:",
    running="",
    bar="",
    across="",
    down="",
    top="  ",
    middle="   ",
    bottom="  ",
    between="; ",
)
"""For who listens: words and punctuation, and nothing that is read out as "box drawings light vertical"."""

# Parameters of "select graphic rendition" (ECMA-48, 8.3.117). Only the eight named colours, so that the terminal's own
# palette decides, and nothing but dim and bold where there is to be no colour.
_COLOURS: Mapping[Meaning, str] = {
    "quiet": "2",
    "strong": "1",
    "active": "36",
    "good": "32",
    "warning": "33",
    "bad": "31",
}
_NO_COLOURS: Mapping[Meaning, str] = {"quiet": "2", "strong": "1"}
_BARE: Mapping[Meaning, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """How meanings look on one terminal. `encoding` is what the terminal can show."""

    symbols: Symbols
    looks: Mapping[Meaning, str]
    encoding: str = "utf-8"

    def sayable(self, text: str) -> str:
        """Return `text` as the terminal's encoding can show it."""
        return sayable(text, self.encoding)

    def paint(self, row: Iterable[Span]) -> str:
        """Return the characters to write for `row`; every colour that is opened is closed."""
        return "".join(
            f"\x1b[{look}m{span.text}\x1b[0m" if (look := self.looks.get(span.meaning)) and span.text else span.text
            for span in row
        )


PLAIN = Theme(symbols=UNICODE, looks=_BARE)


def choose(*, encoding: str | None, environ: Mapping[str, str], isatty: bool, is_spoken: bool = False) -> Theme:
    """Return the theme for a stream: bare when it is no terminal or a dumb one, or when what is written is spoken.

    Under NO_COLOR (no-color.org) it has no colour.
    """
    encoding = encoding or "ascii"
    if is_spoken:
        return Theme(symbols=SPOKEN, looks=_BARE, encoding=encoding)
    if not isatty or environ.get("TERM") == "dumb":
        looks = _BARE
    elif environ.get("NO_COLOR"):
        looks = _NO_COLOURS
    else:
        looks = _COLOURS
    return Theme(symbols=UNICODE if _has_everything(encoding) else ASCII, looks=looks, encoding=encoding)


def sayable(text: str, encoding: str) -> str:
    """Return `text` with a `?` for each character that `encoding` does not have."""
    if text.isascii() or _has_everything(encoding):
        return text
    return text.encode(encoding, "replace").decode(encoding)


def _has_everything(encoding: str) -> bool:
    return encoding.lower().startswith("utf")


def plain(spans: Iterable[Span]) -> str:
    """Return the text of a row without its meanings."""
    return "".join(span.text for span in spans)
