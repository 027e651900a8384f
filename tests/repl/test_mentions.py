"""What in a question is a mention of a file, and what is not."""

import pytest

from massgen.repl.prompt.mentions import begun, mentions, written


def names(text: str) -> list[tuple[str, ...]]:
    return [each.names for each in mentions(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@a.py", [("a.py",)]),
        ("Compare @src/a.py, (@b.py) and @c.py?", [("src/a.py,", "src/a.py"), ("b.py)", "b.py"), ("c.py?", "c.py")]),
        ('Read @"a b.txt" and @"say \\"hi\\".md".', [("a b.txt",), ('say "hi".md',)]),
        ('@"C:\\x\\y.txt"', [("C:\\x\\y.txt",)]),
        ("@foo(1).txt", [("foo(1).txt", "foo")]),
        ("write to ann@example.org", []),
        ("a@b @ @. @@ x@", []),
        ("@~/notes.md @/etc/hosts @../x", [("~/notes.md",), ("/etc/hosts",), ("../x",)]),
        ("line\n@b.txt", [("b.txt",)]),
    ],
)
def test_a_mention_begins_a_word(text: str, found: list[tuple[str, ...]]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("word", "is_path"),
    [
        ("@someone", False),
        ("@types/node", False),
        ("@app.get", False),
        ("@pytest.fixture", False),
        ("@missing.txt", True),
        ("@src/mian", True),
        ('@"some name"', True),
    ],
)
def test_a_word_looks_like_a_path_by_its_directory_or_its_ending(word: str, is_path: bool) -> None:
    [mention] = mentions(word)
    assert mention.looks_like_path(lambda name: name == "src") is is_path


@pytest.mark.parametrize(
    ("before", "name"),
    [("@", ""), ("see @sr", "sr"), ('see @"a b', "a b"), ("ann@exa", None), ('@"a b"', None), ("(@s", "s")],
)
def test_a_mention_that_is_being_written(before: str, name: str | None) -> None:
    assert begun(before) == name


@pytest.mark.parametrize(
    "name", ["a.py", "a b.txt", 'q"uo.te', "esc\x1b[2J", "new\nline", "\udcff", "end.", "ü.txt", "a,b"]
)
def test_every_name_that_is_written_out_is_read_back(name: str) -> None:
    assert f"@{written(name)}".isprintable()
    assert names(f"see @{written(name)}") == [(name,)]
