"""A finished answer as Markdown on a terminal, ready to be copied: no padding, and code exactly as it was written.

rich pads every line to the full width and wraps code at the edge (measured 2026-11-22: 9 of 10 lines at 60 columns end
in blanks). Here code blocks are coloured lines without a box which the terminal itself wraps, lists and quotes do not
crop them, trailing blanks are cut, and a line end inside a paragraph stays a line end, as models mean it. HTML is shown
as the text it is, so that `Vec<String>` keeps its type, and links show where they lead.
"""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.markdown import BlockQuote, CodeBlock, Heading, ListItem, Markdown, MarkdownElement
from rich.segment import Segment, Segments
from rich.syntax import Syntax

from massgen.display.theme import sayable
from massgen.printable import clean

_WIDEST = 100
_NARROWEST = 10
_CODE_THEME = "ansi_dark"


def write(console: Console, text: str) -> None:
    """Print sanitised Markdown to `console`."""
    options = console.options.update(width=min(console.width, _WIDEST), height=None)
    lines = Segment.split_lines(console.render(_Answer(text), options))
    segments = [segment for line in lines for segment in (*_trimmed(line, console.encoding), Segment.line())]
    console.print(Segments(segments), soft_wrap=True, end="")


class _Code(CodeBlock):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        painter = Syntax("", self.lexer_name, theme=_CODE_THEME, background_color="default")
        code = painter.highlight(str(self.text).rstrip())
        code.rstrip()
        code.no_wrap, code.overflow = True, "ignore"
        yield code


class _Heading(Heading):
    LEVEL_ALIGN: ClassVar[dict[str, JustifyMethod]] = {}


class _ListItem(ListItem):
    def render_bullet(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bullet = "-" if options.ascii_only else "•"
        return _hung(console, options, self.elements, first=f" {bullet} ", then="   ")

    def render_number(self, console: Console, options: ConsoleOptions, number: int, last_number: int) -> RenderResult:
        width = len(str(last_number)) + 2
        first = f"{number}.".rjust(width) + " "
        return _hung(console, options, self.elements, first=first, then=" " * len(first))


class _Quote(BlockQuote):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bar = "| " if options.ascii_only else "▌ "
        return _hung(console, options, self.elements, first=bar, then=bar)


class _Answer(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "fence": _Code,
        "code_block": _Code,
        "heading_open": _Heading,
        "list_item_open": _ListItem,
        "blockquote_open": _Quote,
    }

    def __init__(self, text: str) -> None:
        super().__init__("", hyperlinks=False)
        parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").enable("table")
        self.markup = text
        self.parsed = [_shown(token) for token in parser.parse(text)]


def _shown(token: Token) -> Token:
    """The token as it is to be read: line ends stay, and what the parser has decoded is harmless again.

    It decodes `&#x202e;`, and the `%1b` of an address where that is shown as a text.
    """
    kind = "hardbreak" if token.type == "softbreak" else token.type
    attrs = {name: clean(each) if isinstance(each, str) else each for name, each in token.attrs.items()}
    children = None if token.children is None else [_shown(each) for each in token.children]
    return token.copy(type=kind, content=clean(token.content), attrs=attrs, children=children)


def _hung(
    console: Console, options: ConsoleOptions, content: RenderableType, *, first: str, then: str
) -> Iterator[Segment]:
    """Yield the lines of `content` behind a prefix; unlike rich's own, none is cropped."""
    room = options.update(width=max(options.max_width - len(first), _NARROWEST))
    prefix = first
    for line in Segment.split_lines(console.render(content, room)):
        yield Segment(prefix)
        yield from line
        yield Segment.line()
        prefix = then


def _trimmed(line: Iterable[Segment], encoding: str) -> list[Segment]:
    kept = [segment for segment in line if not segment.control]
    while kept and not kept[-1].text.strip(" "):
        kept.pop()
    if kept:
        kept[-1] = Segment(kept[-1].text.rstrip(" "), kept[-1].style)
    return [Segment(sayable(each.text, encoding), each.style) for each in kept]
