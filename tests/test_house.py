"""The house itself: what it imports and when, how large its files are, where it catches everything, its wheel."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from massgen.backends.providers import Wire
from tests.helpers import teams
from tests.helpers.program import ROOT, TOO_LONG_S, Program
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import EXAMPLES

HEAVY = {
    "rich",
    "pydantic",
    "openai",
    "anthropic",
    "google.genai",
    "prompt_toolkit",
    "yaml",
    "asyncio",
    "httpx2",
    "genai_prices",
}
SDKS = {"openai", "anthropic", "google.genai", "claude_agent_sdk"}
LONGEST_FILE = 400
BORDERS = ("task border", "task border", "task border", "subscriber border", "main")
"""Task borders are that of calls, that of summaries, and that of the thread which makes the chat."""
SOURCES = sorted((ROOT / "massgen").rglob("*.py"))


def imported(stderr: str) -> set[str]:
    """The modules that Python reports under `-X importtime`, and the packages that they are in."""
    names = [line.rpartition("|")[2].split() for line in stderr.splitlines() if line.startswith("import time:")]
    return {".".join(name.split(".")[:depth]) for [name, *_] in names for depth in range(1, name.count(".") + 2)}


# -- what is imported ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_version_and_help_import_nothing_heavy(massgen: Program, flag: str) -> None:
    ran = massgen(flag, python=("-X", "importtime"))

    assert ran.status == 0
    assert imported(ran.stderr) & HEAVY == set()
    assert "massgen.cli.options" in imported(ran.stderr)


def test_version_says_the_version_of_the_package(massgen: Program) -> None:
    [version] = re.findall(r'^__version__ = "(.+)"$', (ROOT / "massgen/__init__.py").read_text(), re.MULTILINE)

    assert massgen("--version").stdout == f"massgen {version}\n"


def test_a_team_without_a_provider_imports_no_sdk(massgen: Program) -> None:
    ran = massgen("--config", teams.write(massgen.project), "Why?", python=("-X", "importtime"))

    assert ran.status == 0
    assert imported(ran.stderr) & (SDKS | {"httpx2", "prompt_toolkit", "genai_prices"}) == set()


@pytest.mark.parametrize("flags", [["--list-sessions"], ["sessions", "list", "--json"]])
def test_a_list_of_sessions_imports_nothing_heavy(massgen: Program, flags: list[str]) -> None:
    massgen("--config", teams.write(massgen.project), "Why?")
    ran = massgen(*flags, python=("-X", "importtime"))

    assert ran.status == 0
    assert imported(ran.stderr) & HEAVY == set()


@pytest.mark.parametrize("arguments", [["show"], ["export", "--format", "json"], ["repair"], ["delete", "--yes"]])
def test_what_is_done_with_a_session_asks_nobody(massgen: Program, arguments: list[str]) -> None:
    massgen("--config", teams.write(massgen.project), "Why?")
    ran = massgen("sessions", *arguments, "last", python=("-X", "importtime"))

    assert ran.status == 0
    not_wanted = {*SDKS, "httpx2", "prompt_toolkit", "genai_prices", "massgen.orchestrator"}
    assert imported(ran.stderr) & not_wanted == set()


@pytest.mark.parametrize(
    ("wire", "sdk"),
    [("responses", "openai"), ("chat_completions", "openai"), ("messages", "anthropic"), ("gemini", "google.genai")],
)
def test_only_the_sdk_of_the_provider_in_use_is_imported(massgen: Program, wire: Wire, sdk: str) -> None:
    provider, model = EXAMPLES[wire]
    with WireServer([Reply(text="Because.")]) as server:
        ran = massgen("--model", model, "Why?", env=server.environ(provider), python=("-X", "importtime"))

    assert (ran.stdout, ran.status) == ("Because.\n", 0)
    assert imported(ran.stderr) & SDKS == {sdk}


# -- what it looks like ----------------------------------------------------------------------------------------------


def test_no_file_is_longer_than_the_wall() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}

    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_every_module_opens_with_a_sentence() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if not re.match(r"[A-Z`].*[.:]$", (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n")[0])
    ]

    assert silent == []


def test_everything_is_caught_at_the_three_borders_only() -> None:
    borders = [line.partition("#")[2].rpartition("- ")[2].strip() for path in SOURCES for line in catches_all(path)]

    assert sorted(border.partition(":")[0] for border in borders) == sorted(BORDERS)


def catches_all(path: Path) -> Iterator[str]:
    """The lines of a file that catch every exception there is."""
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            if caught == "" or re.search(r"\b(Base)?Exception\b", caught):
                yield text.splitlines()[node.lineno - 1].strip()


# -- the wheel -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory into which the wheel was installed, without its dependencies, which are here already."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(place / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=TOO_LONG_S)
    [wheel] = (place / "dist").glob("massgen-*.whl")
    options = ["--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", "--target", str(place / "site")]
    install = [sys.executable, "-m", "pip", "install", *options, str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=TOO_LONG_S)
    return place / "site"


def test_the_wheel_holds_the_package_its_examples_and_nothing_else(installed: Path) -> None:
    assert sorted(each.name for each in installed.iterdir() if not each.name.endswith(".dist-info")) == [
        "bin",
        "massgen",
    ]
    examples = {str(each.relative_to(ROOT)) for each in (ROOT / "examples").rglob("*") if each.is_file()}
    package = installed / "massgen"
    assert examples == {str(each.relative_to(package)) for each in (package / "examples").rglob("*") if each.is_file()}
    assert (package / "py.typed").exists()


def test_an_installed_massgen_finds_its_examples_from_any_directory(installed: Path, tmp_path: Path) -> None:
    massgen = Program(tmp_path, package=installed)
    example = "@examples/basic/single/single_agent"
    with WireServer([Reply(text="Because.")]) as server:
        ran = massgen.run(
            sys.executable, installed / "bin" / "massgen", "--config", example, "Why?", env=server.environ("openai")
        )

    assert (ran.stdout, ran.status) == ("Because.\n", 0)
    where = massgen.run(sys.executable, "-c", "import massgen; print(massgen.__file__)").stdout
    assert where == f"{installed}/massgen/__init__.py\n"
