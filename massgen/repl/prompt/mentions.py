"""Where a question mentions files: `@path`, or `@"a path"` for a name with blanks or signs that act.

A mention begins a word, so that an e-mail address is none. Between quotes a name is spelt as a JSON string. Without
quotes a name ends at the next blank; what a sentence may put behind it (`@a.py, @b.py?`) is left off as far as needed.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_MENTION: Final = re.compile(r'(?<![^\s(\[{<"\'`,;:=])@(?:"(?P<quoted>(?:[^"\\\n]|\\.)*)"|(?P<plain>[^\s"@]\S*))')
_PLAIN: Final = re.compile(r"[\w./~+%#=@^-]+")
"""What a name is made of that needs no quotes."""
_FILE_LIKE: Final = re.compile(
    r".\.(?:bash|c|cc|cfg|conf|cpp|cs|css|csv|cu|go|h|hpp|htm|html|ini|ipynb|java|jpeg|jpg|js|json|jsonl|jsx|kt|log|lua|"
    r"md|pdf|php|png|py|r|rb|rs|rst|scala|sh|sql|svg|swift|tex|toml|ts|tsx|tsv|txt|xml|yaml|yml|zip)$",
    re.IGNORECASE,
)
"""Names that are files in any directory, so that `@app.get` in a pasted line is none."""
_NAMED: Final = re.compile(r"\w|/")

_BEGUN: Final = re.compile(r'(?:^|(?<=[\s(\[{<\'`,;:=]))@(?P<name>"(?:[^"\\\n]|\\.)*|[^\s"@]\S*|)$')
"""A mention that is being written, up to the cursor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A word that may be a path. `names` are what it may mean, the longest first; `quoted`: it was meant as a path."""

    names: tuple[str, ...]
    quoted: bool

    def looks_like_path(self, is_directory: Callable[[str], bool]) -> bool:
        """Whether a path was meant, although there is no such file: `@src/mian.py`, and not `@someone`, `@types/node`.

        `is_directory` says whether a directory of that name is there.
        """
        name = self.names[-1]
        above = name.rpartition("/")[0]
        return self.quoted or (is_directory(above) if above else _FILE_LIKE.search(name) is not None)


def mentions(text: str) -> Iterator[Mention]:
    """Every mention in the text, in order."""
    for found in _MENTION.finditer(text):
        if found["quoted"] is not None:
            if found["quoted"]:
                yield Mention(names=(unquoted(found["quoted"]),), quoted=True)
        elif names := tuple(dict.fromkeys(filter(_NAMED.search, _readings(found["plain"])))):
            yield Mention(names=names, quoted=False)


def begun(before: str) -> str | None:
    """The name that is being written after an @ at the end of `before`, as far as it goes; None where none is."""
    found = _BEGUN.search(before)
    if found is None:
        return None
    name = found["name"]
    return unquoted(name[1:]) if name.startswith('"') else name


def written(name: str) -> str:
    """How the name is spelt behind an @."""
    if _PLAIN.fullmatch(name) and name == name.rstrip(".=") and name.isprintable():
        return name
    return json.dumps(name, ensure_ascii=not name.isprintable())


def unquoted(inside: str) -> str:
    """The name between the quotes; what is no JSON, such as a path of Windows, is taken as it stands."""
    try:
        return str(json.loads(f'"{inside}"'))
    except ValueError:
        return inside


def _readings(word: str) -> Iterator[str]:
    """The word, the word without the signs of a sentence behind it, and what of it needs no quotes."""
    yield word
    yield word.rstrip(".,;:!?'\")]}>`*")
    plain = _PLAIN.match(word)
    yield plain[0].rstrip(".=") if plain else ""
