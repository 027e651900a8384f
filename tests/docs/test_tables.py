"""What the pages say about keys, providers, defaults and rooms, compared with the code."""

import re
from pathlib import Path

import pytest

from docs.generate import PAGES as GENERATED
from docs.generate import page as generated
from massgen.backends.models import infer
from massgen.backends.providers import PROVIDERS
from massgen.config import settings
from massgen.config.load import load
from massgen.config.schema import Configuration
from tests.docs.pages import PAGES, ROOT, blocks, code_in, prose, rows, text_of

YAML = [
    pytest.param(block, id=f"{page.name} {number}")
    for page in PAGES
    for number, block in enumerate(blocks(page.read_text("utf-8"), "yaml"), 1)
]
LINKS = [
    pytest.param(page, link, id=f"{page.name} → {link}")
    for page in PAGES
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text("utf-8")))
    if "://" not in link
]


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_generated_tables_are_up_to_date(page: Path) -> None:
    assert page.read_text("utf-8") == generated(page.read_text("utf-8")), "run: python docs/generate.py"


@pytest.mark.parametrize("text", YAML)
def test_every_yaml_block_is_a_configuration(text: str, tmp_path: Path) -> None:
    file = tmp_path / "team.yaml"
    file.write_text(text, "utf-8")
    if text.startswith("editing_mode:"):
        assert settings.load(file) != settings.Settings()
        return
    for shared in ("src", "tests", "docs"):  # which the pages call the user's own
        (tmp_path / shared).mkdir()

    assert load(file, environ={}, backend_types=PROVIDERS.keys(), started_in=tmp_path).notices == ()


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_every_link_between_pages_leads_somewhere(page: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)

    assert anchor in ("", *(re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-") for each in headings))


def test_the_keys_of_the_readme_are_those_of_the_providers() -> None:
    listed = {name: code_in(variables) for name, variables in rows(text_of("README.md"), "## Keys")}
    local = listed.pop("Ollama, LM Studio, vLLM, SGLang, llama.cpp")

    by_name = {each.name: each.key_variables for each in PROVIDERS.values()}
    assert listed == {name: by_name[name] for name in listed}
    assert {by_name[name] for name in ("Ollama", "LM Studio", "vLLM", "SGLang", "llama.cpp")} == {local}


@pytest.mark.parametrize(("name", "type_"), rows(text_of("docs/providers.md"), "## Whose model is it"))
def test_a_name_like_that_belongs_to_the_provider_on_the_page(name: str, type_: str) -> None:
    assert (infer(code_in(name)[0]).provider.type,) == code_in(type_)


@pytest.mark.parametrize(("key", "default"), rows(text_of("docs/protocol.md"), "## Defaults"))
def test_the_defaults_of_the_protocol_page_are_those_of_the_schema(key: str, default: str) -> None:
    value: object = Configuration.model_validate({"agents": [{"id": "ann", "backend": {"type": "demo"}}]})
    for step in code_in(key)[0].split("."):
        value = getattr(value, step)

    said = code_in(default)
    assert said == (() if value is None else (str(value).removesuffix(".0").lower(),))


def test_the_protocol_page_names_every_rule_of_the_configuration() -> None:
    sections = (
        Configuration.model_fields["orchestrator"].default,
        Configuration.model_fields["timeout_settings"].default,
    )
    rules = {key for each in (*sections, sections[0].coordination) for key in type(each).model_fields}
    elsewhere = {
        "agent_temporary_workspace",
        "context_paths",
        "coordination",
        "session_storage",
        "skip_coordination_rounds",
        "skip_final_presentation",
        "snapshot_storage",
    }

    assert {key for key in rules - elsewhere if key not in text_of("docs/protocol.md")} == set()


def test_the_architecture_page_names_every_room_and_no_file_that_is_not_there() -> None:
    page = text_of("docs/architecture.md")
    house = ROOT / "massgen"
    rooms = {each.name + ("/" if each.is_dir() else "") for each in house.iterdir() if each.name[0] != "_"}
    missing = {"backends/retry.py", "presentation.py", "sandbox.py"}
    files = {name for name in re.findall(r"`([\w/]+\.py)`", page) if name not in missing}

    assert {room for room in rooms - {"py.typed"} if f"`{room}`" not in page} == set()
    assert {name for name in files if not list(house.rglob(name))} == set()
