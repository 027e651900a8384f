"""The directory MassGen was started in."""

from pathlib import Path

from massgen.errors import SessionError


def here() -> Path:
    """That directory; `SessionError` when it is gone."""
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        hint = "Change to one that exists; sessions are kept below it."
        raise SessionError("The directory MassGen was started in does not exist any more.", hint=hint) from error
