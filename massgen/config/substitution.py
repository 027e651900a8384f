"""`${VAR}` and `${VAR:-default}` in a file, filled in from the environment."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from massgen.config.complaints import Complaint
from massgen.config.tree import Branch, Leaf, Row, Tree

VARIABLE: Final = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
"""A variable of the environment, with what stands for it where it is not set."""


def filled(branch: Branch, environ: Mapping[str, str], unset: list[Complaint]) -> Branch:
    """The mapping with variables filled in; complaints go to `unset`, and what a variable holds never enters one."""
    entries = {
        key: replace(each, tree=_filled_below(each.tree, environ, unset)) for key, each in branch.entries.items()
    }
    return replace(branch, entries=entries)


def _filled_below(tree: Tree, environ: Mapping[str, str], unset: list[Complaint]) -> Tree:
    match tree:
        case Branch():
            return filled(tree, environ, unset)
        case Row():
            return replace(tree, items=tuple(_filled_below(item, environ, unset) for item in tree.items))
        case Leaf():
            complaints: list[str] = []
            text = VARIABLE.sub(lambda found: _variable(found, environ, complaints), tree.written)
            if complaints and tree.place.path.endswith(".backend.api_key"):
                return tree  # its agent stays away and the others go on: the assembly sees a key that is still a name
            unset.extend(Complaint(tree.place, sentence) for sentence in complaints[:1])
            return tree if complaints else replace(tree, text=text)


def _variable(found: re.Match[str], environ: Mapping[str, str], complaints: list[str]) -> str:
    name, default = found["name"], found["default"]
    value = environ.get(name, "") or default
    if value is None:
        state = "is empty" if name in environ else "is not set"
        complaints.append(f"the variable {name} {state}; set it, or write ${{{name}:-a default}}")
        return ""
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        complaints.append(f"the variable {name} does not hold UTF-8 text")
    return value


def only_variable(written: str) -> str:
    """The name of the variable that is all that is written; empty where it is anything else."""
    found = VARIABLE.fullmatch(written)
    return found["name"] if found else ""
