"""What is typed at the prompt, gone on with in the user's editor."""

import tempfile
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from shutil import which
from typing import Final

from massgen.repl.editor import edit

_EDITORS: Final = ("editor", "nano", "vim", "vi")
"""What is looked for where the user names none: the system's opener would not wait until the file is closed."""


async def edited(text: str, environ: Mapping[str, str], terminal: AbstractAsyncContextManager[None]) -> tuple[str, str]:
    """The text as it was saved in the editor, and what went wrong as a sentence, or nothing.

    Inside of `terminal` the terminal is the editor's.
    """
    if not any(environ.get(each, "").strip() for each in ("VISUAL", "EDITOR")):
        environ = {**environ, "EDITOR": next(filter(which, _EDITORS), _EDITORS[0])}
    try:
        with tempfile.TemporaryDirectory(prefix="massgen-") as directory:
            path = Path(directory, "question.md")
            _write(path, text)
            async with terminal:
                wrong = await edit(path, environ)
            return (text, wrong) if wrong else (_read(path), "")
    except OSError as error:
        return text, f"The text could not be given to an editor: {error.strerror}."


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="replace")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").rstrip("\n")
