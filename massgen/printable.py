"""Strangers' text made fit for a terminal: what could act is shown or dropped, one character at a time.

Models, tools, files and providers all write what we show, and a terminal obeys what it is sent. There is no parser for
escape sequences here, on purpose: a parser has states, and a sequence cut in two by a chunk border is how it is fooled.
Each character alone is harmless or made harmless:

* control characters become their pictures (ESC is shown as `␛`), C1 bytes their escapes (`\\x9b`);
* direction overrides become their escapes (`\\u202e`), so that text cannot be shown in another order than it has;
* characters that cannot be seen (zero width, tags, soft hyphens) go; the joiner and the selector of emoji stay;
* other line ends become newlines, halves of surrogate pairs U+FFFD;
* at most eight combining marks stay on one letter.

The classes are written as ranges, which the regular expression engine searches 20 times faster than enumerations.
"""

import re
import unicodedata

_MARKS_KEPT = 8

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f"
    "\u200b-\u200c\u200e-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

_SHOWN_AS_ESCAPE = re.compile("[\x80-\x9f\u061c\u200e-\u200f\u202a-\u202e\u2066-\u2069]")

# Blocks in which combining marks live; what exactly is a mark is asked of the Unicode database.
_MARK_RUN = re.compile(
    "[\u0300-\u1fff\u20d0-\u20ff\u2cef-\u2dff\u302a-\u309a\ua66f-\uabff\ufb1e\ufe20-\ufe2f\U00010000-\U0001efff]{9,}"
)

# Terminals disagree on the width of these (rich 2, tmux 1 for U+2764 U+FE0F; measured 2026-11-22), so that rows of a
# panel would not line up: the emoji selector, the joiner, skin tones. Flags are shown as their two letters.
_UNEVEN = re.compile("[\u200d\ufe0f\U0001f3fb-\U0001f3ff\U0001f1e6-\U0001f1ff\t]")


def clean(text: str) -> str:
    """Return `text` with nothing in it that a terminal would obey; newlines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = _UNSAFE.sub(_harmless, text)
    return text if text.isascii() else few_marks(text)


def for_panels(text: str) -> str:
    """Return `clean(text)` without the characters whose width terminals disagree on; tabs are four blanks."""
    if text.isascii() and text.isprintable():
        return text
    return _UNEVEN.sub(_even, clean(text))


def one_line(text: str, limit: int = 10_000) -> str:
    """Return `for_panels(text)` on one line, newlines shown, cut with `…` after `limit` characters."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return for_panels(text).replace("\n", "␊")


def squeezed(text: str) -> str:
    """Return `clean(text)` on one line, each run of white space a single blank."""
    return " ".join(clean(text).split())


def few_marks(text: str) -> str:
    """Return `text` with at most eight combining marks on one letter."""
    return _MARK_RUN.sub(_fewer_marks, text)


def _harmless(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    if character in "\x85\u2028\u2029":
        return "\n"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if _SHOWN_AS_ESCAPE.match(character):
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return ""


def _even(found: re.Match[str]) -> str:
    character = found.group()
    if character == "\t":
        return "    "
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return chr(ord("A") + ord(character) - 0x1F1E6)
    return ""


def _fewer_marks(found: re.Match[str]) -> str:
    kept: list[str] = []
    run = 0
    for character in found.group():
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if run <= _MARKS_KEPT:
            kept.append(character)
    return "".join(kept)
