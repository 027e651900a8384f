"""Where a file says what may turn out to be wrong later: places on disk, in its own words, and keys, without them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from massgen.config.border import shown
from massgen.config.complaints import Complaint, Place
from massgen.config.substitution import only_variable
from massgen.config.tree import Branch, Leaf, Row, Tree

_EACH: Final = "[]"
_PLACES: Final = (
    ("agents", _EACH, "backend", "cwd"),
    ("orchestrator", "snapshot_storage"),
    ("orchestrator", "agent_temporary_workspace"),
    ("orchestrator", "context_paths", _EACH, "path"),
    ("orchestrator", "context_paths", _EACH, "protected_paths", _EACH),
)

_KEYS: Final = ("agents", _EACH, "backend", "api_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A value of a file; `text` is how it is shown to the user, as written and in quotation marks."""

    file: str
    place: Place
    text: str

    def complaint(self, sentence: str) -> str:
        """`team.yaml:12:5: agents[1].backend.cwd: 'w' sentence`."""
        return Complaint(self.place, f"{self.text} {sentence}").line(self.file)


Quotes: TypeAlias = Mapping[str, Quote]
"""Under the key that the schema has for it (`agents[1].backend.cwd`), however the user spelt that."""


def of_places(root: Branch, file: str) -> Quotes:
    """What the file says about directories and files that agents may touch."""
    return {
        key: Quote(file=file, place=leaf.place, text=shown(leaf))
        for words in _PLACES
        for key, leaf in _leaves(root, words, "")
    }


def of_keys(root: Branch, file: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Where each `api_key:` comes from, under its key in the schema: a variable, or `team.yaml:5:16`; never the key."""
    name = Path(file).name
    return {
        key: variable if (variable := only_variable(leaf.written)) and environ.get(variable) else _at(leaf.place, name)
        for key, leaf in _leaves(root, _KEYS, "")
    }


def _at(place: Place, name: str) -> str:
    return f"{name}:{place.line}:{place.column}"


def _leaves(tree: Tree, words: tuple[str, ...], key: str) -> Iterator[tuple[str, Leaf]]:
    match tree:
        case Leaf() if not words and not tree.is_null:
            yield key, tree
        case Branch() if words and words[0] in tree.entries:
            below = f"{key}.{words[0]}" if key else words[0]
            yield from _leaves(tree.entries[words[0]].tree, words[1:], below)
        case Row() if words and words[0] == _EACH:
            for index, item in enumerate(tree.items):
                yield from _leaves(item, words[1:], f"{key}[{index}]")
        case _:
            pass
