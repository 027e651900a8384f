"""An event from its JSON without pydantic, where it is spelt exactly as this version spells it.

A session of 1,000 turns holds 40,000 records, and pydantic takes longest to prove what was never in doubt: that a line
is what we wrote ourselves. So each kind of event gets a reader, made from the types of its fields, that takes nothing
but our own spelling, each value of its very type. For all else, as in a line of a newer version, it raises
`InexactError`, and `records` asks pydantic. A test holds the two against each other.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from massgen.messages import Json

_DEEP: Final = 90
"""Well above where a nested value is cut off when it is written."""

_Kind = TypeVar("_Kind")
_Read: TypeAlias = Callable[[Json], Any]  # what a field holds is as different as the fields are


class InexactError(ValueError):
    """The JSON is not spelt as we spell it."""


def reader(kind: type[_Kind]) -> Callable[[Json], _Kind]:
    """What reads events of this kind, those of an older version too, which lack the fields that came later.

    `TypeError` for a field of a type that nobody has thought of yet.
    """
    readers, names = _readers(kind), names_of(kind)
    needed = {field.name for field in fields(kind) if not _has_default(field)}  # type: ignore[arg-type]  # a dataclass
    whole = _whole(kind)

    def read(value: Json) -> _Kind:
        if type(value) is not dict or tuple(value) == names:
            return whole(value)
        if not needed <= value.keys() <= readers.keys():
            raise InexactError
        return kind(**{name: readers[name](each) for name, each in value.items()})

    return read


def names_of(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass, in the order in which they are written."""
    return tuple(field.name for field in fields(kind))


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _readers(kind: type) -> Mapping[str, _Read]:
    hints = get_type_hints(kind)
    return {name: _of(hints[name]) for name in names_of(kind)}


def _whole(kind: type[_Kind]) -> Callable[[Json], _Kind]:
    names, readers = names_of(kind), tuple(_readers(kind).values())

    def read(value: Json) -> _Kind:
        if type(value) is not dict or tuple(value) != names:
            raise InexactError
        return kind(**{name: read(each) for (name, each), read in zip(value.items(), readers, strict=True)})

    return read


def _of(hint: object) -> _Read:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in (str, int, float, bool):
        return _just(hint)
    if hint is Decimal:
        return _money
    if isinstance(hint, type) and is_dataclass(hint):
        return _whole(hint)
    if origin is Literal:
        return _word(frozenset(arguments))
    if origin is tuple and arguments[1:] == (...,):
        return _row(_of(arguments[0]))
    if origin is Mapping and arguments[0] is str:
        return _mapping
    if origin in (Union, types.UnionType) and len(arguments) == 2 and arguments[1] is types.NoneType:
        return _perhaps(_of(arguments[0]))
    raise TypeError(f"no reader for {hint!r}")


def _just(kind: object) -> _Read:
    def read(value: Json) -> Json:
        if type(value) is not kind:
            raise InexactError
        return value

    return read


def _money(value: Json) -> Decimal:
    try:
        money = Decimal(value) if type(value) is str else None
    except InvalidOperation:
        raise InexactError from None
    if money is None or not money.is_finite() or str(money) != value:
        raise InexactError
    return money


def _word(words: frozenset[object]) -> _Read:
    def read(value: Json) -> Json:
        if type(value) is not str or value not in words:
            raise InexactError
        return value

    return read


def _row(each: _Read) -> _Read:
    def read(value: Json) -> tuple[object, ...]:
        if type(value) is not list:
            raise InexactError
        return tuple(map(each, value))

    return read


def _mapping(value: Json) -> Json:
    if type(value) is not dict or _is_deep(value, 0):
        raise InexactError
    return value


def _perhaps(some: _Read) -> _Read:
    def read(value: Json) -> object:
        return None if value is None else some(value)

    return read


def _is_deep(value: Json, depth: int) -> bool:
    """Whether something in it lies so deep that it may have been cut off."""
    match value:
        case dict():
            return depth > _DEEP or any(_is_deep(each, depth + 1) for each in value.values())
        case list():
            return depth > _DEEP or any(_is_deep(each, depth + 1) for each in value)
        case _:
            return False
