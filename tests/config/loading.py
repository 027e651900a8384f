"""Loads a team out of a text, for the tests of this room."""

from pathlib import Path

import pytest

from massgen.config.load import Loaded, load
from massgen.config.schema import Agent, Backend
from massgen.errors import ConfigError

TYPES = ("claude", "claude_code", "demo", "gemini", "grok", "ollama", "openai")
OWN_TOOLS = {"web_search": ("claude", "claude_code", "gemini"), "code_interpreter": ("claude", "gemini")}
ONE = "agents:\n  - id: ann\n    backend: {type: openai, model: m}\n"
ANN = Agent(id="ann", backend=Backend(type="openai", model="m"))


def loaded(directory: Path, text: str | bytes, **environ: str) -> Loaded:
    path = directory / "team.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(path, environ=environ, backend_types=TYPES, own_tools=OWN_TOOLS)


def refused(directory: Path, text: str | bytes, **environ: str) -> str:
    with pytest.raises(ConfigError) as error:
        loaded(directory, text, **environ)
    return str(error.value).replace(f"{directory}/", "")
