"""YAML text as a tree in which every key and value knows where it was written.

PyYAML's pure parser does the reading (the C one dies on deep nesting); everything that follows from the text is done
here, because a person's file deserves more than a loader gives: duplicate keys are refused and not merged silently,
aliases may not explode, and a scalar keeps its source text. What the text means is for the schema to say, so an agent
may be called `no` and a model `1.10`. Only free-form values take YAML's own reading, and that is YAML 1.2: `true`,
numbers and `null`, but neither `yes` nor `010` nor `12:30` nor dates.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final, TypeAlias

import yaml

from massgen.config.complaints import Complaint, Place, refusal
from massgen.errors import ConfigError

MAX_DEPTH: Final = 64
MAX_ALIASES: Final = 100
MAX_NODES: Final = 50_000

_YAML: Final = "tag:yaml.org,2002:"
_SCALAR_TAGS: Final = frozenset(_YAML + name for name in ("str", "bool", "int", "float", "null", "merge"))
_BRANCH_TAG: Final = _YAML + "map"
_ROW_TAG: Final = _YAML + "seq"
_NOT_TEXT: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A scalar. `written` is its text in the file, `text` the same after substitution, `tag` YAML's idea of a type."""

    place: Place
    text: str
    written: str
    tag: str

    @property
    def is_null(self) -> bool:
        """Nothing, `~` or `null` was written."""
        return self.tag == _YAML + "null"

    def value(self) -> bool | int | float | str | None:
        """YAML 1.2's reading, for free-form values. What JSON could not carry stays text."""
        try:
            match self.tag.removeprefix(_YAML):
                case "null":
                    return None
                case "bool":
                    return self.text.lower() == "true"
                case "int":
                    return int(self.text)
                case "float":
                    number = float(self.text)
                    return number if isfinite(number) else self.text
                case _:
                    return self.text
        except ValueError:  # `!!int hello`, or more digits than Python reads
            return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A list."""

    place: Place
    items: tuple["Tree", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A value under its key; `place` is the key's."""

    place: Place
    tree: "Tree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A mapping."""

    place: Place
    entries: Mapping[str, Entry]


Tree: TypeAlias = Leaf | Row | Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that holds one mapping, and what is already known to be wrong with it."""

    file: str
    root: Branch
    complaints: tuple[Complaint, ...]


def parse(text: str, *, file: str, needs: str) -> Document:
    """The one mapping in `text`. `needs` is the key an empty file is told to begin with."""
    loader = _loader(text, file)
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        # Not `from error`: PyYAML's text quotes the line, and a key may stand there.
        raise refusal(file, [_syntax_complaint(error, text)]) from None
    except (ValueError, OverflowError) as error:  # an escape such as "\UFFFFFFFF"
        raise refusal(file, [Complaint(_at(loader.get_mark(), ""), "an escape here is not a character")]) from error
    finally:
        loader.dispose()
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == _YAML + "null"):
        raise ConfigError(f"{file}: is empty; it needs `{needs}:`")
    builder = _Builder(file)
    root = builder.build(node, "", 0)
    match root:
        case Branch():
            return Document(file=file, root=root, complaints=tuple(builder.complaints))
        case Row() | Leaf():
            found = "a list" if isinstance(root, Row) else "a single value"
            raise refusal(
                file, [Complaint(root.place, f"holds {found}; it needs a mapping that begins with `{needs}:`")]
            )


class _Loader(yaml.SafeLoader):
    """PyYAML's composer with limits on nesting and aliases, and with YAML 1.2's few implicit types."""

    depth = 0
    aliases = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node, unless it goes too far."""
        if self.check_event(yaml.AliasEvent):
            self.aliases += 1
            if self.aliases > MAX_ALIASES:
                raise self._refusal(f"more than {MAX_ALIASES} aliases; write the values out")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._refusal(f"nested too deep; {MAX_DEPTH} levels are allowed")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        """The tag of a node that bears none."""
        if kind is yaml.MappingNode:
            return _BRANCH_TAG
        if kind is yaml.SequenceNode:
            return _ROW_TAG
        plain = implicit[0]
        found = _IMPLICIT.fullmatch(value) if plain else None
        return _YAML + (found.lastgroup or "str" if found else "str")

    def _refusal(self, problem: str) -> yaml.MarkedYAMLError:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it bare
        return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


_IMPLICIT: Final = re.compile(
    r"(?P<null>~|null|Null|NULL|)"
    r"|(?P<bool>true|True|TRUE|false|False|FALSE)"
    r"|(?P<int>[-+]?(?:0|[1-9][0-9]*))"
    r"|(?P<float>[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<merge><<)"
)


class _Builder:
    """Nodes become a tree; aliases are written out, so that every place has one path."""

    def __init__(self, file: str) -> None:
        self.complaints: list[Complaint] = []
        self._file = file
        self._nodes = 0
        self._above: set[int] = set()

    def build(self, node: yaml.Node, path: str, depth: int) -> Tree:
        """The tree of `node`, `depth` levels below the root."""
        place = _at(node.start_mark, path)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise refusal(self._file, [Complaint(place, f"aliases make this larger than {MAX_NODES:,} values")])
        if id(node) in self._above:
            raise refusal(self._file, [Complaint(place, "cyclic alias: this value contains itself")])
        if depth > MAX_DEPTH:
            raise refusal(self._file, [Complaint(place, f"nested too deep; {MAX_DEPTH} levels are allowed")])
        if node.tag not in _TAGS:
            self.complaints.append(Complaint(place, f"the YAML tag {node.tag!r} is not known here; leave it out"))
        self._above.add(id(node))
        try:
            match node:
                case yaml.MappingNode():
                    return self._branch(node, place, depth)
                case yaml.SequenceNode():
                    items = (self.build(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(node.value))
                    return Row(place=place, items=tuple(items))
                case _:
                    return self._leaf(node, place)
        finally:
            self._above.discard(id(node))

    def _branch(self, node: yaml.MappingNode, place: Place, depth: int) -> Branch:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.complaints.append(Complaint(_at(key.start_mark, place.path), "a key must be a single word"))
                continue
            if key.tag == _YAML + "merge":
                merged = {**self._merged(value, place.path, depth), **merged}
                continue
            at = _at(key.start_mark, below(place.path, key.value))
            entry = Entry(place=at, tree=self.build(value, at.path, depth + 1))
            first = own.setdefault(key.value, entry)
            if first is not entry:
                twice = f"is given twice (first at {first.place.line}:{first.place.column}); keep one"
                self.complaints.append(Complaint(at, twice))
        return Branch(place=place, entries=merged | own)

    def _merged(self, node: yaml.Node, path: str, depth: int) -> Mapping[str, Entry]:
        """What `<<` brings in. Of several mappings the first one wins."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found: dict[str, Entry] = {}
        for source in sources:
            tree = self.build(source, path, depth + 1)
            if isinstance(tree, Branch):
                found = {**tree.entries, **found}
            else:
                self.complaints.append(Complaint(tree.place, "`<<` takes a mapping, or a list of mappings"))
        return found

    def _leaf(self, node: yaml.Node, place: Place) -> Leaf:
        text = str(node.value)
        if not_text := _NOT_TEXT.search(text):
            shown = f"U+{ord(not_text[0]):04X}"
            self.complaints.append(Complaint(place, f"holds the character {shown}, which is not allowed in a text"))
        return Leaf(place=place, text=text, written=text, tag=node.tag)


_TAGS: Final = _SCALAR_TAGS | {_BRANCH_TAG, _ROW_TAG}


def below(path: str, key: str) -> str:
    """The path of `key` in the mapping at `path`. An odd key is quoted, so that it cannot play tricks on a screen."""
    word = key if _PLAIN_KEY.fullmatch(key) else repr(key[:60])
    return f"{path}.{word}" if path else word


_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_<$-][A-Za-z0-9_ -]{0,59}")


def _loader(text: str, file: str) -> _Loader:
    try:
        return _Loader(text)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line = before.count("\n") + 1
        column = error.position - (before.rfind("\n") + 1) + 1
        code = ord(text[error.position])
        complaint = Complaint(
            Place(line=line, column=column, path=""),
            f"the control character U+{code:04X} is not allowed in YAML; remove it",
        )
        raise refusal(file, [complaint]) from error


def _syntax_complaint(error: yaml.MarkedYAMLError, text: str) -> Complaint:
    mark = error.problem_mark or error.context_mark
    place = _at(mark, "") if mark else Place(line=1, column=1, path="")
    line = text.splitlines()[place.line - 1 : place.line]
    indent = line[0][: len(line[0]) - len(line[0].lstrip())] if line else ""
    problem = error.problem or "this is not YAML"
    if "\t" in indent:
        return Complaint(place, "a tab cannot indent YAML; use spaces")
    if "another document" in problem:
        return Complaint(place, "a second document begins here (`---`); one file holds one document")
    if "got '{'" in problem and line[0][: place.column - 1].endswith("$"):
        return Complaint(place, 'inside { } or [ ] a variable needs quotes: "${NAME}"')
    context = f" {error.context}" if error.context else ""
    return Complaint(place, f"this is not YAML: {problem}{context}")


def _at(mark: yaml.Mark, path: str) -> Place:
    return Place(line=mark.line + 1, column=mark.column + 1, path=path)
