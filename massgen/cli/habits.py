"""How this user's prompt is: their settings, and where what they type is kept."""

from collections.abc import Mapping
from pathlib import Path

from massgen.config import settings
from massgen.config.paths import prompt_paths
from massgen.repl.prompt.habits import Habits
from massgen.session.redaction import Redactor


def habits_of(environ: Mapping[str, str], root: Path, redactor: Redactor) -> Habits:
    """The habits of who has this environment; raises `ConfigError` for settings that cannot be used."""
    paths = prompt_paths(environ)
    chosen = settings.load(paths.settings)
    return Habits(
        editing_mode=chosen.editing_mode,
        past=paths.history if chosen.keep_history else None,
        project=root,
        redactor=redactor,
    )
