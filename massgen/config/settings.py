"""How the user likes the prompt: a small file of their own, the same for every project and team."""

import os
from pathlib import Path
from typing import Literal

from massgen.config.border import Section, validate
from massgen.config.complaints import refusal
from massgen.config.document import read_text
from massgen.config.tree import parse


class Settings(Section):
    """The keys of `settings.yaml`; every one may be left out."""

    editing_mode: Literal["emacs", "vi"] = "emacs"
    """How the keys of the prompt are read: as in Emacs and the shell, or as in vi."""

    keep_history: bool = True
    """Whether what is typed at the prompt is kept for the next start."""


def load(path: Path | None) -> Settings:
    """The settings in the file at `path`; where there is no such file, every one is as MassGen comes.

    Raises `ConfigError` with one line for every problem of the file.
    """
    if path is None or not os.path.lexists(path):
        return Settings()
    text = read_text(path)
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return Settings()
    document = parse(text, file=str(path), needs="editing_mode")
    settings, invalid = validate(Settings, document.root)
    if settings is None or document.complaints:
        raise refusal(document.file, [*document.complaints, *invalid])
    return settings
