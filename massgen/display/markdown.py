"""A finished answer as Markdown on a terminal, ready to be copied: no padding, and code exactly as it was written.

rich pads every line to the full width and wraps code at the edge (measured 2026-11-22: 9 of 10 lines at 60 columns end
in blanks). Here code blocks are coloured lines without a box which the terminal itself wraps, and so are addresses and
other words that are wider than the text; lists and quotes do not crop them, trailing blanks are cut, and a line end
inside a paragraph stays a line end, as models mean it. A table that is too wide is shown in the letters of Markdown,
because a column that is made narrow loses what is in it. HTML is shown as the text it is, so that `Vec<String>` keeps
its type, and links show where they lead.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import dropwhile
from typing import ClassVar

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.markdown import (
    BlockQuote,
    CodeBlock,
    Heading,
    ListItem,
    Markdown,
    MarkdownElement,
    Paragraph,
    TableDataElement,
    TableElement,
)
from rich.segment import Segment, Segments
from rich.syntax import Syntax
from rich.text import Text

from massgen.display.theme import sayable
from massgen.printable import clean

_WIDEST = 100
_NARROWEST = 10
_CODE_THEME = "ansi_dark"
_COLUMN_GAP = 2
_PIPE = r"\|"


def write(console: Console, text: str) -> None:
    """Print sanitised Markdown to `console`."""
    options = console.options.update(width=min(console.width, _WIDEST), height=None)
    rendered = Segment.split_lines(console.render(_Answer(text), options))
    lines = dropwhile(lambda line: not line, (_trimmed(line, console.encoding) for line in rendered))
    segments = [segment for line in lines for segment in (*line, Segment.line())]
    console.print(Segments(segments), soft_wrap=True, end="")


class _Code(CodeBlock):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        painter = Syntax("", self.lexer_name, theme=_CODE_THEME, background_color="default")
        code = painter.highlight(str(self.text).rstrip())
        code.rstrip()
        code.no_wrap, code.overflow = True, "ignore"
        yield code


class _Paragraph(Paragraph):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.text.split("\n", allow_blank=True):
            for row in line.divide(_breaks(line.plain, options.max_width)):
                row.rstrip()
                yield _unbroken(row)


class _Table(TableElement):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head = self.header.row.cells if self.header and self.header.row else []
        rows = [head, *([row.cells for row in self.body.rows] if self.body else [])]
        widths = [max(cell_len(row[place].content.plain) for row in rows) for place in range(len(head))]
        rule = "-" if options.ascii_only else "─"
        broad = sum(widths) + _COLUMN_GAP * (len(widths) - 1)
        if broad > options.max_width + max(0, console.width - _WIDEST):  # prose is narrower than a broad terminal
            yield from (_unbroken(Text(line)) for line in _in_pipes(rows))
            return
        for number, row in enumerate(rows):
            line = Text()
            for place, (cell, room) in enumerate(zip(row, widths, strict=True)):
                line.append(" " * (_COLUMN_GAP if place else 0)).append_text(_aligned(cell, room, is_head=not number))
            yield _unbroken(line)
            if not number:
                yield _unbroken(Text(rule * broad, "markdown.table.border"))


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
        "paragraph_open": _Paragraph,
        "table_open": _Table,
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


def _unbroken(row: Text) -> Text:
    row.no_wrap, row.overflow = True, "ignore"
    return row


def _breaks(text: str, cells: int) -> list[int]:
    """Where to break a line of prose: between words, and inside one only where a script has no blanks."""
    breaks: list[int] = []
    used = 0
    for word in re.finditer(r"\s*\S+\s*", text):
        size = cell_len(word[0].rstrip())
        if used + size > cells and used:
            breaks.append(word.start())
            used = 0
        if size > cells and "://" not in word[0] and size > len(word[0]):
            for place, letter in enumerate(word[0], word.start()):
                width = cell_len(letter)
                if used + width > cells:
                    breaks.append(place)
                    used = 0
                used += width
        else:
            used += cell_len(word[0])
    return breaks


def _aligned(cell: TableDataElement, room: int, *, is_head: bool) -> Text:
    text = cell.content.copy()
    if is_head:
        text.stylize("markdown.table.header")
    blanks = room - cell_len(text.plain)
    before = {"right": blanks, "center": blanks // 2}.get(cell.justify, 0)
    text.pad_left(before)
    text.pad_right(blanks - before)
    return text


def _in_pipes(rows: Sequence[Sequence[TableDataElement]]) -> Iterator[str]:
    ends = {"right": "---:", "center": ":---:", "left": ":---"}
    for number, row in enumerate(rows):
        yield f"| {' | '.join(cell.content.plain.replace('|', _PIPE) for cell in row)} |"
        if not number:
            yield f"| {' | '.join(ends.get(cell.justify, '---') for cell in row)} |"


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
