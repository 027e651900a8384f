"""From a file to a configuration, with everything that is wrong with it in one error."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from massgen.config import checks, later, trust
from massgen.config.border import validate
from massgen.config.complaints import Complaint, refusal
from massgen.config.document import read_text
from massgen.config.quotes import Quotes, of_keys, of_places
from massgen.config.schema import Configuration
from massgen.config.spellings import respell
from massgen.config.substitution import filled
from massgen.config.tree import Branch, Entry, Leaf, Row, Tree, parse
from massgen.config.trust import Custody


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration, the file it came from, and one line for each key of it that this version does not act on.

    `quotes` are the places on disk that it names, as they are written there; `keys` says where it has each `api_key:`
    from.
    """

    configuration: Configuration
    source: Path
    notices: tuple[str, ...]
    quotes: Quotes
    keys: Mapping[str, str]


def load(
    path: Path,
    *,
    environ: Mapping[str, str],
    backend_types: Collection[str],
    own_tools: Mapping[str, Collection[str]] = MappingProxyType({}),
    started_in: Path = Path(),
    custody: Custody | None = None,
) -> Loaded:
    """The configuration in the file at `path`.

    `${VAR}` and `${VAR:-default}` are filled in from `environ`; `backend_types` are the words known after `type:`,
    `own_tools` those of them whose provider has a tool of its own, for each such tool; context paths are seen from
    `started_in`. `custody` is for a file that the user did not name: what the environment holds then goes to no address
    that only the file names.
    Raises `ConfigError` with one line for every problem of the file.
    """
    document = parse(read_text(path), file=str(path), needs="agents")
    root, spelling = respell(document.root)
    aside: list[Complaint] = []
    unset: list[Complaint] = []
    written = _set_aside(root, (), aside)
    root = filled(written, environ, unset)
    configuration, invalid = validate(
        Configuration, root, context={"directory": path.parent, "started_in": started_in}, also_known=later.names_below
    )
    complaints = [*document.complaints, *spelling, *unset, *invalid, *checks.complaints(root, backend_types, own_tools)]
    if configuration is None or complaints:
        raise refusal(document.file, complaints)
    if custody is not None:
        told, ways = trust.complaints(written, root, environ, custody)
        if told:
            raise trust.refusal(document.file, told, ways)
    notices = tuple(each.line(document.file) for each in aside)
    return Loaded(
        configuration=configuration,
        source=path,
        notices=notices,
        quotes=of_places(root, document.file),
        keys=of_keys(root, document.file, environ),
    )


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
