"""From a file to a configuration, with everything that is wrong with it in one error."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from massgen.config import checks, later, trust
from massgen.config.border import validate
from massgen.config.complaints import Complaint, refusal
from massgen.config.document import read_text
from massgen.config.schema import Configuration
from massgen.config.spellings import respell
from massgen.config.tree import Branch, Entry, Leaf, Row, Tree, parse
from massgen.config.trust import VARIABLE, Custody


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration, the file it came from, and one line for each key of it that this version does not act on."""

    configuration: Configuration
    source: Path
    notices: tuple[str, ...]


def load(
    path: Path,
    *,
    environ: Mapping[str, str],
    backend_types: Collection[str],
    started_in: Path = Path(),
    custody: Custody | None = None,
) -> Loaded:
    """The configuration in the file at `path`.

    `${VAR}` and `${VAR:-default}` are filled in from `environ`; `backend_types` are the words known after `type:`,
    and context paths are seen from `started_in`. `custody` is for a file that the user did not name: what the
    environment holds then goes to no address that only the file names.
    Raises `ConfigError` with one line for every problem of the file.
    """
    document = parse(read_text(path), file=str(path), needs="agents")
    root, spelling = respell(document.root)
    aside: list[Complaint] = []
    unset: list[Complaint] = []
    written = _set_aside(root, (), aside)
    root = _filled(written, environ, unset)
    configuration, invalid = validate(
        Configuration, root, context={"directory": path.parent, "started_in": started_in}, also_known=later.names_below
    )
    complaints = [*document.complaints, *spelling, *unset, *invalid, *checks.complaints(root, backend_types)]
    if configuration is None or complaints:
        raise refusal(document.file, complaints)
    if custody is not None:
        told, ways = trust.complaints(written, root, environ, custody)
        if told:
            raise trust.refusal(document.file, told, ways)
    notices = tuple(each.line(document.file) for each in aside)
    return Loaded(configuration=configuration, source=path, notices=notices)


def _set_aside(branch: Branch, words: tuple[str, ...], aside: list[Complaint]) -> Branch:
    """The mapping without the keys of `later.py`. What is switched off there needs no notice: it is off."""
    kept: dict[str, Entry] = {}
    for key, entry in branch.entries.items():
        here = (*words, key)
        sentence = later.sentence_for(here)
        if not sentence:
            kept[key] = replace(entry, tree=_set_aside_below(entry.tree, here, aside))
        elif not _is_off(entry.tree):
            aside.append(Complaint(entry.place, sentence))
    return replace(branch, entries=kept)


def _set_aside_below(tree: Tree, words: tuple[str, ...], aside: list[Complaint]) -> Tree:
    match tree:
        case Branch():
            return _set_aside(tree, words, aside)
        case Row():
            items = (_set_aside_below(item, (*words, "[]"), aside) for item in tree.items)
            return replace(tree, items=tuple(items))
        case Leaf():
            return tree


def _is_off(tree: Tree) -> bool:
    match tree:
        case Branch():
            return not tree.entries
        case Row():
            return not tree.items
        case Leaf():
            return tree.is_null or tree.text.lower() in {"false", "no", "off", ""}


def _filled(branch: Branch, environ: Mapping[str, str], unset: list[Complaint]) -> Branch:
    """The mapping with variables filled in. What a variable holds never enters a complaint."""
    entries = {
        key: replace(each, tree=_filled_below(each.tree, environ, unset)) for key, each in branch.entries.items()
    }
    return replace(branch, entries=entries)


def _filled_below(tree: Tree, environ: Mapping[str, str], unset: list[Complaint]) -> Tree:
    match tree:
        case Branch():
            return _filled(tree, environ, unset)
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
