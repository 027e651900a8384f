"""Hands a tree to a pydantic model, and turns the model's complaints into sentences with places."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from massgen.config.complaints import Complaint, Place, did_you_mean, either
from massgen.config.tree import Branch, Entry, Leaf, Row, Tree, below


class Section(BaseModel):
    """A mapping in a YAML file. Its fields get source texts and say themselves what these mean."""

    # Built at first use: who runs no demo pays nothing for the models of demo scripts.
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False, defer_build=True
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_written_is_not_given(cls, data: object) -> object:
        """`key:` with nothing behind it means the default, unless null is a value of that field."""
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or cls._keeps_null(key)}

    @classmethod
    def _keeps_null(cls, key: str) -> bool:
        # A key that is unknown stays too: it is an error, whatever it holds.
        field = cls.model_fields.get(key)
        return field is None or type(None) in get_args(field.annotation)


class Written(str):
    """A scalar's text on its way into a model, which also remembers YAML's reading of it."""

    __slots__ = ("value",)

    value: bool | int | float | str | None


def _typed(data: object) -> object:
    match data:
        case Written():
            return data.value
        case dict():
            return {key: _typed(value) for key, value in data.items()}
        case list():
            return [_typed(value) for value in data]
        case _:
            return data


TYPED: Final = BeforeValidator(_typed)
"""Marks a free-form field: its numbers, booleans and nulls are what YAML says they are."""

WRITTEN: Final = "{written}"
"""Stands in the sentence of a `ValueError` for the value as it is written in the file."""

Model = TypeVar("Model", bound=Section)


def validate(
    model: type[Model],
    root: Branch,
    *,
    context: Mapping[str, object] | None = None,
    also_known: Callable[[tuple[str, ...]], Iterable[str]] = lambda _words: (),
) -> tuple[Model | None, list[Complaint]]:
    """The model, or all its complaints. `also_known` names further keys of a mapping, for suggestions."""
    try:
        return model.model_validate(_plain(root), context=dict(context or {})), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    return None, _complaints(model, root, details, also_known)


def _plain(tree: Tree) -> object:
    match tree:
        case Branch():
            return {key: _plain(entry.tree) for key, entry in tree.entries.items()}
        case Row():
            return [_plain(item) for item in tree.items]
        case Leaf():
            if tree.is_null:
                return None
            written = Written(tree.text)
            written.value = tree.value()
            return written


def _complaints(
    model: type[Section],
    root: Branch,
    details: list[ErrorDetails],
    also_known: Callable[[tuple[str, ...]], Iterable[str]],
) -> list[Complaint]:
    unknown = [each["loc"] for each in details if each["type"] == "extra_forbidden"]
    found = []
    meant: set[tuple[object, ...]] = set()
    for loc in unknown:
        known = [
            *_fields(model, loc[:-1]),
            *also_known(tuple("[]" if isinstance(step, int) else step for step in loc[:-1])),
        ]
        guess = did_you_mean(str(loc[-1]), known)
        found.append(Complaint(_key_place(root, loc), f"unknown key{guess}"))
        meant |= {(*loc[:-1], name) for name in known if guess == f"; did you mean {name}?"}
    rest = (each for each in details if each["loc"] not in unknown and not _says_nothing_new(each, root, meant))
    return found + [_complaint(root, each) for each in rest]


def _says_nothing_new(details: ErrorDetails, root: Branch, meant: set[tuple[object, ...]]) -> bool:
    match details["type"]:
        case "missing":  # who wrote `agnets:` needs no second line saying that `agents` is missing
            return details["loc"] in meant
        case "too_short":  # pydantic does not count entries that are wrong by themselves
            tree = _find(root, details["loc"])
            return isinstance(tree, Row) and bool(tree.items)
        case _:
            return False


def _complaint(root: Branch, details: ErrorDetails) -> Complaint:
    loc = details["loc"]
    if details["type"] != "missing":
        tree = _find(root, loc)
        return Complaint(tree.place, _sentence(details, tree))
    parent = _find(root, loc[:-1])
    if isinstance(parent, Branch) and loc[-1] in parent.entries:
        return Complaint(_key_place(root, loc), "has no value")
    path = below(parent.place.path, str(loc[-1]))
    return Complaint(Place(line=parent.place.line, column=parent.place.column, path=path), "is missing")


def _sentence(details: ErrorDetails, tree: Tree) -> str:
    """What is wrong, for every kind of complaint the schemas can make."""
    limits = details.get("ctx", {})
    kind = details["type"]
    match kind:
        case "value_error":
            sentence = str(limits["error"]).replace(WRITTEN, shown(tree))
            return f"{sentence}, not {shown(tree)}" if sentence.startswith("must ") else sentence
        case "literal_error":
            words = [word.strip("'") for word in str(limits["expected"]).replace(" or ", ", ").split(", ")]
            guess = did_you_mean(tree.text, words) if isinstance(tree, Leaf) else ""
            return f"must be {either(words)}, not {shown(tree)}{guess}"
        case "string_type" | "path_type":
            return f"must be text, not {shown(tree)}"
        case "bool_parsing" | "bool_type":
            return f"must be true or false, not {shown(tree)}"
        case "model_type" | "dict_type" | "mapping_type" | "model_attributes_type":
            return f"must be a mapping (`key: value` lines), not {shown(tree)}"
        case "list_type" | "tuple_type":
            return f"must be a list, not {shown(tree)}"
        case "greater_than":
            return f"must be more than {limits['gt']:g}, not {shown(tree)}"
        case "greater_than_equal":
            return f"must be at least {limits['ge']:g}, not {shown(tree)}"
        case "less_than_equal":
            return f"must be at most {limits['le']:g}, not {shown(tree)}"
        case "too_short" | "string_too_short":
            return "must not be empty"
        case "too_long":
            return f"may hold {limits['max_length']} entries; there are {limits['actual_length']}"
        case _ if kind.startswith("int_"):
            return f"must be a whole number, not {shown(tree)}"
        case _ if kind.startswith(("float_", "finite_")):
            return f"must be a number, not {shown(tree)}"
        case _:
            return details["msg"]


def shown(tree: Tree) -> str:
    """A value in an error message: as it stands in the file, so never what a variable holds."""
    match tree:
        case Leaf() if tree.is_null:
            return "empty"
        case Leaf():
            return repr(tree.written if len(tree.written) <= 60 else tree.written[:59] + "…")
        case Row():
            return "a list"
        case Branch():
            return "a mapping"


def _find(root: Tree, loc: Iterable[int | str]) -> Tree:
    """The deepest value that exists on the way to `loc`."""
    tree = root
    for step in loc:
        match tree:
            case Branch() if isinstance(step, str) and step in tree.entries:
                tree = tree.entries[step].tree
            case Row() if isinstance(step, int) and step < len(tree.items):
                tree = tree.items[step]
            case _:
                break
    return tree


def _key_place(root: Branch, loc: tuple[int | str, ...]) -> Place:
    parent = _find(root, loc[:-1])
    entry: Entry | None = parent.entries.get(str(loc[-1])) if isinstance(parent, Branch) else None
    return entry.place if entry else parent.place


def _fields(model: type[Section], loc: Iterable[int | str]) -> Iterable[str]:
    """The names of the fields that the model knows at `loc`."""
    here: type[Section] | None = model
    for step in loc:
        if here is not None and isinstance(step, str) and step in here.model_fields:
            here = _section(here.model_fields[step].annotation)
    return here.model_fields if here is not None else ()


def _section(annotation: object) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for each in get_args(annotation) if (found := _section(each))), None)
