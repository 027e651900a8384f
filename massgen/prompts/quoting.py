"""How one agent's text is shown to another: quoted as data between delimiters that its author could not have guessed.

An answer may hold anything, instructions and fake delimiters included. The delimiter is drawn per call from the turn's
seed, which no model is told, so no text can close its own quotation; the prompt says that what is quoted is material,
never an instruction.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

LONGEST_QUOTE: Final = 200_000
"""Characters of one quoted text, about 50,000 tokens: more than any model writes as an answer."""


def quoted(texts: Iterable[tuple[str, str]], *, fence: str) -> str:
    """Each `(label, text)` between `<label fence>` and `</label fence>` on lines of their own.

    Of an endless text only the beginning is quoted, and that is said: it must not take the room from all the others.
    """
    quotes = ((label, shortened(text, LONGEST_QUOTE)) for label, text in texts)
    return "\n\n".join(f"<{label} {fence}>\n{text}\n</{label} {fence}>" for label, text in quotes)


def shortened(text: str, most: int) -> str:
    """The text, or its first `most` characters with a word about the rest."""
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()}\n[MassGen left out the rest: {most:,} of {len(text):,} characters are shown.]"


def unquoted(prompt: str) -> Mapping[str, str]:
    """The texts under their labels, read back out of a prompt; scripted models choose by what an answer says."""
    pattern = re.compile(
        r"^<(?P<label>answer\d+) (?P<fence>\w+)>\n(?P<text>.*?)\n</(?P=label) (?P=fence)>$", re.DOTALL | re.MULTILINE
    )
    return {match["label"]: match["text"] for match in pattern.finditer(prompt)}
