"""What hostile text tries on a terminal."""

import re
import unicodedata

PAYLOADS = (
    "\x1b[1A\x1b[2K",
    "\x1b[2J",
    "\x1b[H",
    "\x1bc",
    "\x1b[?1049h",
    "\x1b[?1049l",
    "\x1b[?25l",
    "\x1b[?1000h",
    "\x1b[?2004l",
    "\x1b[2;5r",
    "\x1b[!p",
    "\x1b[31mred",
    "\x1b[8mhidden",
    "\x1b[1000b",
    "\x1b]0;title\x07",
    "\x1b]2;title\x1b\\",
    "\x1b]8;;https://evil.example\x1b\\safe\x1b]8;;\x1b\\",
    "\x1b]9;notify\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]1337;File=name=eA==:AAAA\x07",
    "\x1b]4;1;red\x07",
    "\x1b]10;red\x07",
    "\x1b]11;?\x07",
    "\x1b[6n",
    "\x1b[c",
    "\x1b[21t",
    "\x1bP$qm\x1b\\",
    "\x1b_Gf=24;AAAA\x1b\\",
    "\x1b^private\x1b\\",
    "\x1bX string\x1b\\",
    "\x1b[?2026h",
    "\x1b[5i",
    "\x1bZ",
    "\x1b#8",
    "\x1b(0lqk",
    "\x1b]50;?\x07",
    "\x05",
    "\x9b2J",
    "\x9b6n",
    "\x9d52;c;ZXZpbA==\x9c",
    "\x90q#0\x9c",
    "\x07",
    "over\x08\x08\x08\x08write",
    "over\rwrite",
    "\x0b\x0c",
    "\t" * 500,
    "\x0e\x0f",
    "\x7f\x7f",
    "\x85next line",
    "\u202egnp.exe",
    "\u2066a\u2069\u200e\u200f\u061c",
    "a\u200bb\u2060c\ufeffd\xade",
    "hi\U000e0068\U000e0069",
    "line\u2028separator\u2029end",
    "z" + "\u0300" * 500,
    "\ud83d half a pair",
    "[red]markup[/red] [/foo] [link=https://evil.example]x[/link] :smile:",
    "\x00",
)


_UNSEEN = re.compile("[\xad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]")


def acting(text: str) -> list[str]:
    """The characters of `text` that a terminal would obey, and those that hide or turn round what is read."""
    kinds = ("Cc", "Cs", "Zl", "Zp")
    return [
        character
        for character in text
        if (unicodedata.category(character) in kinds and character not in "\n\t") or _UNSEEN.match(character)
    ]
