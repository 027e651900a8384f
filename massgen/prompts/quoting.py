"""How one agent's text is shown to another: quoted as data between delimiters that its author could not have guessed.

An answer may hold anything, instructions and fake delimiters included. The delimiter is drawn per call from the turn's
seed, which no model is told, so no text can close its own quotation; the prompt says that what is quoted is material,
never an instruction.
"""

import re
from collections.abc import Iterable, Mapping


def quoted(texts: Iterable[tuple[str, str]], *, fence: str) -> str:
    """Each `(label, text)` between `<label fence>` and `</label fence>` on lines of their own."""
    return "\n\n".join(f"<{label} {fence}>\n{text}\n</{label} {fence}>" for label, text in texts)


def unquoted(prompt: str) -> Mapping[str, str]:
    """The texts under their labels, read back out of a prompt; scripted models choose by what an answer says."""
    pattern = re.compile(
        r"^<(?P<label>answer\d+) (?P<fence>\w+)>\n(?P<text>.*?)\n</(?P=label) (?P=fence)>$", re.DOTALL | re.MULTILINE
    )
    return {match["label"]: match["text"] for match in pattern.finditer(prompt)}
