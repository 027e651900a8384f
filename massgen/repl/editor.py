"""Opening a file in the editor that the user has."""

import asyncio
import shlex
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

_PATIENCE_S: Final = 2.0
"""How long an editor may take to end when it is told to."""


async def edit(path: Path, environ: Mapping[str, str], *, platform: str = sys.platform) -> str:
    """Open `path` and wait for the editor to end; returns what went wrong as a sentence, or nothing.

    $VISUAL comes first, then $EDITOR, then the opener of the `platform`, in Python's words. The editor gets `environ`
    as its own.
    """
    command = _command(environ, platform)
    # Ctrl+C in the editor is the editor's; a handler, because "ignored" would be inherited by it.
    previous = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        process = await asyncio.create_subprocess_exec(*command, str(path), env=environ)
        status = await _ended(process)
    except OSError as error:
        return f"Could not start {command[0]!r}: {error.strerror}. Set $EDITOR, or open {path} yourself."
    finally:
        signal.signal(signal.SIGINT, previous)
    if status < 0:
        return f"{command[0]!r} was stopped by {signal.Signals(-status).name}; what it had saved stands in {path}."
    if status > 0:
        return f"{command[0]!r} ended with status {status}. If it did not open, set $EDITOR, or open {path} yourself."
    return ""


async def _ended(process: Process) -> int:
    """How the editor ended. If we are told to end first, so is it, and it has the time to give the terminal back."""
    try:
        return await process.wait()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError, TimeoutError):
            process.terminate()
            await asyncio.wait_for(process.wait(), _PATIENCE_S)
        raise


def _command(environ: Mapping[str, str], platform: str) -> Sequence[str]:
    for variable in ("VISUAL", "EDITOR"):
        if environ.get(variable, "").strip():
            try:
                return shlex.split(environ[variable])
            except ValueError:  # an unbalanced quote: let it fail as the program it names
                return [environ[variable]]
    openers = {"darwin": ("open", "-t"), "win32": ("cmd", "/c", "start", "/wait", "")}
    return openers.get(platform, ("xdg-open",))
