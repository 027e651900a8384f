"""What a prompt is told of its user and its place."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from massgen.session.redaction import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How keys are read, where the past is kept (None: nowhere), and below which directory files are mentioned.

    `redactor` knows the keys that must not be kept.
    """

    editing_mode: Literal["emacs", "vi"] = "emacs"
    past: Path | None = None
    project: Path = Path()
    redactor: Redactor = field(default_factory=lambda: Redactor(()))
