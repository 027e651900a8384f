"""What a model gets back from its file tools, word for word."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from massgen.messages import Json, ToolCall
from massgen.tools.files import MOST_READ, file_tools
from massgen.tools.toolbox import Toolbox
from massgen.workspace.access import Access
from massgen.workspace.layout import ContextPath, Layout
from massgen.workspace.workspaces import Workspaces
from tests.workspace.swapping import swapping
from tests.workspace.trees import files, grow


class Desk:
    """An agent at its desk: `desk.read_file(path="x")` is the text it gets, with `✗ ` before a refusal."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.tools = Toolbox(file_tools(access))
        self.changed: list[str] = []

    def __call__(self, tool: str, **arguments: Json) -> str:
        result = asyncio.run(self.tools.run(ToolCall(id="1", name=tool, arguments=arguments)))
        assert result == replace(result, call_id="1", name=tool)
        self.changed += [result.changed] * bool(result.changed)
        return f"✗ {result.text}" if result.is_error else result.text


@pytest.fixture
def project(tmp_path: Path) -> Path:
    grow(tmp_path / "p", {"src/auth.py": "def login():\n    pass\n", "docs/index.md": "# Docs\n", "secret": "secret"})
    return (tmp_path / "p").resolve()


@pytest.fixture
def home(project: Path) -> Path:
    return project / ".massgen" / "workspaces" / "a"


def desk(project: Path, *, presenting: bool = False, peers: Mapping[str, Path] | None = None) -> Desk:
    ours = project / ".massgen"
    layout = Layout(
        root=project,
        agents=("ann", "bob"),
        homes={"ann": ours / "workspaces" / "a", "bob": ours / "workspaces" / "b"},
        context=(
            ContextPath(path="src/"),
            ContextPath(path="docs", permission="write", protected_paths=("fixed",)),
        ),
        snapshots=ours / "snapshots",
        temporary=ours / "temp_workspaces",
    )
    workspaces = Workspaces(layout, session="session_20250108_143022")
    if not (ours / "workspaces").exists():
        workspaces.begin_turn(1, None)
    return Desk(workspaces.access("ann", presenting=presenting, peers=peers or {}))


def test_a_session_at_the_desk(project: Path, home: Path) -> None:
    ann = desk(project)
    assert ann("list_files") == "your workspace is empty.\n\nElsewhere you may read: src/, docs/"
    assert ann("read_file", path="src/auth.py") == (f"{project}/src/auth.py, lines 1-2 of 2:\ndef login():\n    pass")
    assert ann("edit_file", path="src/auth.py", old_text="pass", new_text="return True") == (
        f"Edited a copy: src/auth.py in your workspace (29 bytes). {project}/src/auth.py is as it was."
    )
    assert ann("write_file", path="tests/test_auth.py", content="assert login()\n") == (
        "Wrote tests/test_auth.py (15 bytes)."
    )
    assert ann("read_file", path="src/auth.py") == "src/auth.py, lines 1-2 of 2:\ndef login():\n    return True"
    assert ann("edit_file", path="src/auth.py", old_text="True", new_text="False") == "Edited src/auth.py (30 bytes)."
    assert ann("list_files", path=".", recursive=True) == (
        "your workspace:\nsrc/\ntests/\nsrc/auth.py (30 bytes)\ntests/test_auth.py (15 bytes)\n\n"
        "Elsewhere you may read: src/, docs/"
    )
    assert ann("list_files", path="src") == (f"src:\nauth.py (30 bytes)\n\n{project}/src:\nauth.py (22 bytes)")
    assert ann("delete_file", path="tests/test_auth.py") == "Deleted tests/test_auth.py."
    assert ann("delete_file", path="tests") == "Deleted tests."
    assert files(home) == {"src/auth.py": "def login():\n    return False\n"}
    assert (project / "src" / "auth.py").read_text() == "def login():\n    pass\n"


def test_in_the_presentation_the_users_files_are_written_by_absolute_paths(project: Path) -> None:
    ann = desk(project, presenting=True)
    page = f"{project}/docs/index.md"
    assert ann("write_file", path="docs/index.md", content="mine") == (
        f"Wrote docs/index.md (4 bytes). The user's own file is {page}; write there to change it."
    )
    assert ann("write_file", path=page, content="theirs") == f"Overwrote {page} (6 bytes)."
    assert ann("edit_file", path=page, old_text="theirs", new_text="ours") == f"Edited {page} (4 bytes)."
    assert ann("write_file", path=f"{project}/docs/new/a.md", content="") == f"Wrote {project}/docs/new/a.md (0 bytes)."
    assert ann("delete_file", path=f"{project}/docs/new/a.md") == f"Deleted {project}/docs/new/a.md."
    for path in ("src/auth.py", "docs/fixed/x", "docs/.git/config"):
        assert ann("write_file", path=f"{project}/{path}", content="").startswith("✗ ")
    assert ann.changed == [page, page, f"{project}/docs/new/a.md", f"{project}/docs/new/a.md"]
    assert files(project / "docs") == {"index.md": "ours"}
    assert files(project / "src") == {"auth.py": "def login():\n    pass\n"}


def test_before_the_presentation_nothing_of_the_users_is_written_or_deleted(project: Path) -> None:
    ann = desk(project)
    told = (
        f"✗ {project}/docs/index.md is the user's and can only be read. Relative paths are in your workspace, where "
        "you may read and write. You may read src/ and docs/."
    )
    page = f"{project}/docs/index.md"
    assert ann("write_file", path=page, content="x") == told
    assert ann("edit_file", path=page, old_text="#", new_text="") == told
    assert ann("delete_file", path=page) == told
    assert files(project / "docs") == {"index.md": "# Docs\n"}


def test_another_agents_workspace_is_closed_but_what_was_shown_of_it_can_be_read(project: Path) -> None:
    ann = desk(project)
    other = grow(project / ".massgen" / "workspaces" / "b", {"x.txt": "bob's"})
    assert ann("read_file", path=f"{other}/x.txt").startswith(f"✗ {other}/x.txt is outside your directories.")
    shown = grow(project / ".massgen" / "temp_workspaces" / "a" / "answer1", {"x.txt": "shown"})
    voter = desk(project, peers={"answer1": shown})
    assert voter("read_file", path="answer1/x.txt") == f"{shown}/x.txt, lines 1-1 of 1:\nshown"
    assert voter("write_file", path=f"{shown}/x.txt", content="").startswith("✗ x.txt is a copy of another answer's")
    assert voter("list_files").endswith("Elsewhere you may read: src/, docs/, answer1/")


def test_links_lead_nowhere_else(project: Path, home: Path) -> None:
    ann = desk(project, presenting=True)
    grow(home, {"d/a.txt": "a"})
    (home / "in").symlink_to("d")
    (home / "out").symlink_to("../../..")
    (home / "src").symlink_to(project / "src")
    (project / "docs" / "up").symlink_to("fixed")
    grow(project / "docs", {"fixed/x": "x"})
    assert ann("read_file", path="in/a.txt") == "in/a.txt, lines 1-1 of 1:\na"
    assert ann("write_file", path="in/b.txt", content="b") == "Wrote in/b.txt (1 bytes)."
    refused = "leads out of the directory it is in, through a link or a mount. That is not followed."
    assert ann("read_file", path="out/secret") == f"✗ out/secret {refused}"
    assert ann("write_file", path="src/auth.py", content="") == f"✗ src/auth.py {refused}"
    assert ann("list_files", path="out") == f"✗ out {refused}"
    assert ann("write_file", path=f"{project}/docs/up/x", content="").startswith(
        f"✗ {project}/docs/fixed/x is protected and can only be read."
    )
    assert ann("delete_file", path="out") == "Deleted out."
    assert ann("list_files", path=str(home)) == "your workspace:\nd/\nin -> d\nsrc -> " + f"{project}/src"
    assert files(project / "docs") == {"fixed/x": "x", "index.md": "# Docs\n", "up": "-> fixed"}


def test_strange_files_are_refused_without_waiting(project: Path, home: Path) -> None:
    ann = desk(project)
    os.mkfifo(home / "pipe")
    os.link(project / "secret", home / "twin")
    grow(home, {"fixed": ""})
    (home / "fixed").chmod(0o400)
    strange = "✗ pipe is neither a file nor a directory (a pipe, a socket or a device). It cannot be used."
    assert ann("read_file", path="pipe") == strange
    assert ann("write_file", path="pipe", content="") == strange
    assert ann("delete_file", path="pipe") == strange
    assert ann("write_file", path="twin", content="") == (
        "✗ twin is a hard link, so writing could change a file elsewhere. Delete it first, or write another."
    )
    assert ann("write_file", path="fixed", content="") == (
        "✗ fixed may not be changed: its permissions or its disk do not allow it."
    )
    assert ann("read_file", path=".") == "✗ your workspace is a directory. Name a file in it."
    assert ann("read_file", path="fixed/x") == "✗ There is no fixed/x. Use list_files to see what there is."
    assert ann("write_file", path="fixed/x", content="") == (
        "✗ fixed/x is not possible: a part of that path is a file and not a directory, or the other way round."
    )
    assert ann("delete_file", path="nothing") == "✗ There is no nothing. Use list_files to see what there is."
    assert ann("list_files", path="pipe") == "pipe is not a directory; read it with read_file."


def test_a_file_that_changed_since_it_was_read_is_not_touched(project: Path, home: Path) -> None:
    ann = desk(project)
    grow(home, {"a.txt": "one"})
    ann("read_file", path="a.txt")
    grow(home, {"a.txt": "three"})
    changed = "✗ a.txt has changed since you read it. Read it again, then decide."
    assert ann("edit_file", path="a.txt", old_text="three", new_text="3") == changed
    assert ann("write_file", path="a.txt", content="3") == changed
    ann("read_file", path="a.txt")
    assert ann("edit_file", path="a.txt", old_text="three", new_text="3") == "Edited a.txt (1 bytes)."
    assert ann("write_file", path="a.txt", content="4") == "Overwrote a.txt (1 bytes)."


def test_an_edit_replaces_exactly_one_place_and_keeps_line_ends(project: Path, home: Path) -> None:
    ann = desk(project)
    home.joinpath("crlf").write_bytes(b"one\r\ntwo\r\nthree\xff\r\n")
    home.joinpath("mixed").write_bytes(b"one\ntwo\r\nthree\nfour\n")
    assert ann("edit_file", path="crlf", old_text="one\ntwo", new_text="1\n2\n2b") == "Edited crlf (18 bytes)."
    assert home.joinpath("crlf").read_bytes() == b"1\r\n2\r\n2b\r\nthree\xff\r\n"
    assert ann("edit_file", path="mixed", old_text="two\r\nthree", new_text="x") == "Edited mixed (11 bytes)."
    assert home.joinpath("mixed").read_bytes() == b"one\nx\nfour\n"
    assert ann("edit_file", path="mixed", old_text="o", new_text="") == (
        "✗ `old_text` occurs 2 times in mixed. Give more of the text around it."
    )
    assert ann("edit_file", path="mixed", old_text="nine", new_text="") == (
        "✗ `old_text` does not occur in mixed. Read the file and copy the text exactly."
    )
    assert ann("edit_file", path="mixed", old_text="", new_text="x").startswith("✗ `old_text` is empty.")
    assert ann("edit_file", path="none", old_text="x", new_text="y") == (
        "✗ There is no none. Use list_files to see what there is."
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "f is empty."),
        (b"a\n\nb", "f, lines 1-3 of 3:\na\n\nb"),
        (b"a\r\nb\r\n", "f, lines 1-2 of 2; CRLF line ends:\na\nb"),
        (b"caf\xe9\n", "f, lines 1-1 of 1; bytes that are not UTF-8 are shown as \ufffd:\ncaf\ufffd"),
        (b"a\0b", "✗ f is binary, 3 bytes; it cannot be shown."),
        ("héllo".encode("utf-16"), "✗ f is UTF-16 text, 12 bytes; it cannot be shown."),
    ],
)
def test_what_is_in_a_file_is_shown_as_text_or_said_not_to_be(
    project: Path, home: Path, data: bytes, said: str
) -> None:
    ann = desk(project)
    (home / "f").write_bytes(data)
    assert ann("read_file", path="f") == said


def test_a_long_file_is_read_in_pieces(project: Path, home: Path) -> None:
    ann = desk(project)
    (home / "f").write_text("".join(f"{number:063}\n" for number in range(1, 5001)))
    first, _, rest = ann("read_file", path="f").partition("\n")
    assert first == "f, lines 1-4096 of 5000; at most 256 KiB are shown at once; go on with offset 4097:"
    assert len(rest) + 1 == MOST_READ
    assert ann("read_file", path="f", offset=4097, limit=1) == f"f, lines 4097-4097 of 5000:\n{4097:063}"
    assert ann("read_file", path="f", offset=5001) == "✗ f has only 5,000 lines. Ask for an `offset` up to that."
    odds: tuple[Json, ...] = (0, -1, "3", True, 1.5, [1])
    for odd in odds:
        assert ann("read_file", path="f", offset=odd) == "✗ `offset` must be a whole number from 1."
    (home / "f").write_text("x" * (MOST_READ + 1))
    heading, _, rest = ann("read_file", path="f").partition("\n")
    assert heading == "f, lines 1-1 of 1; the line is longer than 256 KiB and was cut:"
    assert len(rest) == MOST_READ


def test_wrong_arguments_are_answered(project: Path) -> None:
    ann = desk(project)
    assert ann("read_file") == "✗ `path` is missing. Give one path, for example notes/plan.md."
    assert ann("write_file", path="a") == "✗ `content` is missing. Call the tool again with it."
    assert ann("write_file", path="a", content=["x"]) == "✗ `content` must be a text. Call the tool again with it."
    assert ann("write_file", path="a", content="\ud800").startswith("✗ `content` holds half of a character")
    odds: tuple[Json, ...] = (None, 3, [], {}, "", "a\0b", "x" * 5000)
    for odd in odds:
        for tool in ("list_files", "read_file", "write_file", "edit_file", "delete_file"):
            assert ann(tool, path=odd, content="", old_text="x", new_text="y").startswith("✗ ")


def test_a_listing_ends(project: Path, home: Path) -> None:
    ann = desk(project)
    grow(home, {f"d/{number:04}": "" for number in range(600)})
    rows = ann("list_files", recursive=True).splitlines()
    assert rows[:3] == ["your workspace:", "d/", "d/0000 (0 bytes)"]
    assert rows[500:502] == [
        "d/0498 (0 bytes)",
        "… and more; only 500 names are listed. Name a directory to see the rest.",
    ]


def test_names_with_control_characters_are_listed_harmlessly(project: Path, home: Path) -> None:
    ann = desk(project)
    (home / "a\x1b[2J\nb").write_text("")
    (home / os.fsdecode(b"\xff")).write_text("")
    assert ann("list_files", path="./") == (
        "your workspace:\na␛[2J␊b (0 bytes)\n\ufffd (0 bytes)\n\nElsewhere you may read: src/, docs/"
    )


def test_tools_are_offered_where_there_is_something_to_do(project: Path) -> None:
    everything = desk(project).access
    assert list(file_tools(everything)) == ["list_files", "read_file", "write_file", "edit_file", "delete_file"]
    assert list(file_tools(Access(context=everything.context))) == ["list_files", "read_file"]
    assert file_tools(Access()) == {}


def test_a_cancelled_call_ends_only_when_nothing_is_written_any_more(project: Path, home: Path) -> None:
    tools = Toolbox(file_tools(desk(project).access))

    async def cancelled() -> bool:
        call = ToolCall(id="1", name="write_file", arguments={"path": "big", "content": "x" * 4_000_000})
        task = asyncio.create_task(tools.run(call))
        await asyncio.sleep(0)  # the thread has begun
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        return (home / "big").exists()

    assert asyncio.run(cancelled())
    assert files(home) == {"big": "x" * 4_000_000}


def test_nothing_outside_is_read_or_written_by_tools_while_a_directory_is_swapped(project: Path, home: Path) -> None:
    ann = desk(project)
    grow(home, {"d/secret": "harmless"})
    outside = grow(project.parent / "outside", {"secret": "stolen"})
    read = set()
    with swapping(home / "d", str(outside)):
        for _ in range(200):
            read.add(ann("read_file", path="d/secret").rpartition("\n")[2][:8])
            ann("write_file", path="d/planted", content="")
    assert read <= {"harmless", "✗ d/secr", "✗ There "}
    assert files(outside) == {"secret": "stolen"}
