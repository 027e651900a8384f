"""Reasoning that a model writes into its answer, between tags: `<think>…</think>` in front of everything else.

Servers that know their model take it out and send it apart; local ones often pass on what the model writes.
"""

from typing import Literal, NamedTuple

_BEGIN = "<think>"
_END = "</think>"


class Split(NamedTuple):
    """What a piece of text turned out to be."""

    thought: str
    said: str


class Thinking:
    """Text in, reasoning and answer out. What may be a part of a tag is held until the next piece decides."""

    def __init__(self) -> None:
        self._held = ""
        self._place: Literal["before", "inside", "behind", "in the answer"] = "before"

    def feed(self, piece: str) -> Split:
        """What is certain now."""
        self._held += piece
        thought = said = ""
        if self._place == "before":
            begun = self._held.lstrip()
            if begun.startswith(_BEGIN):
                self._place, self._held = "inside", begun.removeprefix(_BEGIN)
            elif not _BEGIN.startswith(begun):
                self._place = "in the answer"
        if self._place == "inside":
            thought, end, rest = self._held.partition(_END)
            kept = 0 if end else _beginnings(thought)
            self._held = rest if end else thought[len(thought) - kept :]
            thought = thought[: len(thought) - kept]
            self._place = "behind" if end else "inside"
        if self._place == "behind":
            self._held = self._held.lstrip()  # the blank lines behind the tag belong to it
            self._place = "in the answer" if self._held else "behind"
        if self._place == "in the answer":
            said, self._held = self._held, ""
        return Split(thought, said)

    def end(self) -> Split:
        """What was held, when nothing follows any more."""
        held, self._held = self._held, ""
        return Split(held, "") if self._place == "inside" else Split("", held)


def _beginnings(text: str) -> int:
    """How many characters at the end of a text may be the beginning of the closing tag."""
    return next((n for n in range(min(len(_END) - 1, len(text)), 0, -1) if text.endswith(_END[:n])), 0)
