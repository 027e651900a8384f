"""Writes the tables of docs/configuration.md and docs/providers.md from the code that they describe."""

import ast
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Annotated, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from massgen.backends.models import RETIRING
from massgen.backends.providers import OWN_TOOLS, PROVIDERS, Provider
from massgen.config import schema
from massgen.config.border import Section
from massgen.config.later import LATER, NOT_YET

PAGES = tuple(Path(__file__).resolve().with_name(name) for name in ("configuration.md", "providers.md"))
_BLOCK = re.compile(r"(?P<begin><!-- generated: (?P<name>\w+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
_KINDS: Mapping[object, str] = {int: "whole number", float: "number", bool: "true or false", Mapping: "mapping"}


def page(text: str) -> str:
    """The text of a page with its generated blocks as they should be."""
    tables = {
        "configuration": "\n\n".join(_mapping(schema.Configuration, "", _manual())),
        "later": later(),
        "providers": providers(),
        "retirements": retirements(),
    }
    return _BLOCK.sub(lambda found: f"{found['begin']}\n{tables[found['name']]}\n\n{found['end']}", text)


def later() -> str:
    """The keys that are read over, with what there is to say about one beyond that."""
    return _table("key | note", ([_code(key), said.removeprefix(NOT_YET).strip(" ()")] for key, said in LATER.items()))


def providers() -> str:
    """A row for each provider."""
    head = "`type:` | before a model's name also | wire | key | address | variable for another address | own tools"
    return _table(head, map(_provider, PROVIDERS.values()))


def retirements() -> str:
    """Models with a known last day, the earliest first."""
    ends = sorted(RETIRING.values(), key=lambda each: (each.on, each.model))
    rows = ([_code(each.model), str(each.on), _code(each.successor)] for each in ends)
    return _table("model | stops answering on | its vendor names instead", rows)


def _provider(each: Provider) -> Sequence[str]:
    keys = _code(*each.key_variables) or "none needed"
    address = _code(each.base_url) or "`base_url:` is required"
    tools = ", ".join(tool.replace("_", " ") for tool, types in OWN_TOOLS.items() if each.type in types)
    wire = f"{each.wire}; {each.reasoning.wire} for models that reason" if each.reasoning else each.wire
    return _code(each.type), _code(*each.aliases), wire, keys, address, _code(each.base_url_variable), tools


def _mapping(section: type[Section], path: str, manual: Mapping[str, str]) -> Iterable[str]:
    yield f"### {_code(path) or 'The file'}\n\n{section.__doc__}"
    fields = section.model_fields.items()
    rows = ([_code(key), _kind(each.annotation), _default(each), manual[f"{section}.{key}"]] for key, each in fields)
    yield _table("key | value | default | meaning", rows)
    for key, each in fields:
        if below := _section(each.annotation):
            name = f"{key}[]" if get_origin(each.annotation) is tuple else key
            yield from _mapping(below, f"{path}.{name}".lstrip("."), manual)


def _manual() -> Mapping[str, str]:
    """The sentence under each field; pydantic does not keep it, the source does."""
    source = ast.parse(Path(schema.__file__).read_text("utf-8"))
    found = {}
    for each in (node for node in source.body if isinstance(node, ast.ClassDef)):
        for field, said in zip(each.body, each.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(said, ast.Expr):
                sentence = ast.literal_eval(said.value)
                found[f"{getattr(schema, each.name)}.{ast.unparse(field.target)}"] = " ".join(sentence.split())
    return found


def _kind(annotation: object) -> str:
    """What may stand behind a key, in words."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _code(*parts)
    if _section(annotation):
        return "list" if origin is tuple else "mapping"
    choices = parts[:1] if origin is Annotated else [part for part in parts if part is not NoneType]
    return _KINDS.get(origin or annotation) or " or ".join(map(_kind, choices)) or "text"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    plain = isinstance(field.default, bool | int | float | str)
    return _code(str(field.default).removesuffix(".0").lower()) if plain else ""


def _section(annotation: object) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section(part))), None)


def _code(*words: str) -> str:
    return ", ".join(f"`{word}`" for word in words if word)


def _table(head: str, rows: Iterable[Sequence[str]]) -> str:
    rule = " | ".join("---" for _ in head.split(" | "))
    return "\n".join(f"| {line} |" for line in (head, rule, *(" | ".join(row) for row in rows)))


def main(arguments: Sequence[str]) -> None:
    """Write the pages, or with `--check` end with a sentence and status 1 if one is out of date."""
    stale = {path: fresh for path in PAGES if (fresh := page(text := path.read_text("utf-8"))) != text}
    if "--check" in arguments:
        sys.exit(f"Run python docs/generate.py: {', '.join(map(str, stale))} is out of date." if stale else 0)
    for path, fresh in stale.items():
        path.write_text(fresh, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
