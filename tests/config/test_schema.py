"""The schema is the manual, and no key is both in it and waiting for a later version."""

import ast
import inspect

from massgen.config import later, schema
from massgen.config.border import Section
from massgen.config.later import LATER, sentence_for


def test_under_every_field_stands_a_sentence() -> None:
    bare = []
    for section in ast.parse(inspect.getsource(schema)).body:
        if isinstance(section, ast.ClassDef):
            for field, below in zip(section.body, [*section.body[1:], None], strict=True):
                documented = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
                if isinstance(field, ast.AnnAssign) and not documented:
                    bare.append(f"{section.name}: {ast.unparse(field.target)}")
    assert bare == []


def test_no_field_of_the_schema_is_set_aside_for_later() -> None:
    names = [".".join(words) for words in fields(schema.Configuration, ()) if sentence_for(words)]
    assert names == []


def test_every_key_of_a_later_version_hangs_below_a_mapping_of_the_schema() -> None:
    known = {(), *fields(schema.Configuration, ())}
    lost = [pattern for pattern in LATER if tuple(pattern.replace("[]", ".[]").split("."))[:-1] not in known]
    assert lost == []


def test_near_misses_of_later_keys_are_suggested_where_they_belong() -> None:
    assert list(later.names_below(())) == ["memory", "session_id"]


def fields(section: type[Section], above: tuple[str, ...]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, field in section.model_fields.items():
        inner = schema.Agent if name == "agents" else field.annotation
        words = (*above, name)
        found.append(words)
        if isinstance(inner, type) and issubclass(inner, Section):
            if name == "agents":
                words = (*words, "[]")
                found.append(words)
            found += fields(inner, words)
    return found
