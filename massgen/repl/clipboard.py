"""Text given to the user's clipboard: by the terminal (OSC 52), and by a program of the system where there is one.

The terminal reaches the user's own machine also over SSH, but never says whether it took anything; tmux passes it on
where `set-clipboard` is `on`. A program says how it ended, but over SSH it would be the clipboard of the wrong machine.
"""

import asyncio
import base64
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TextIO

_MOST_BY_TERMINAL: Final = 74_994
"""Characters of base64 that xterm takes at most (its documentation of OSC 52), and others after it."""
_MOST: Final = 10_000_000
_PATIENCE_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipboard:
    """How text gets to the clipboard. `terminal` is one that takes escape sequences, None where there is none.

    `platform` is in Python's words. A program gets `patience_s` seconds before it is given up.
    """

    terminal: TextIO | None
    environ: Mapping[str, str]
    platform: str = sys.platform
    patience_s: float = _PATIENCE_S

    async def take(self, text: str) -> tuple[str, ...]:
        """Give `text` to every clipboard within reach; returns what became of it in sentences."""
        raw = text.encode("utf-8", "replace")
        if len(raw) > _MOST:
            return (f"Not copied: {len(raw):,} bytes are more than a clipboard should hold; /export writes a file.",)
        said = [await self._by_program(raw), self._by_terminal(raw)]
        return tuple(filter(None, said)) or ("There is no clipboard to be reached from here; /export writes a file.",)

    def _by_terminal(self, raw: bytes) -> str:
        if self.terminal is None:
            return ""
        payload = base64.b64encode(raw).decode("ascii")  # letters, digits, + / and =: none of them acts on a terminal
        if len(payload) > _MOST_BY_TERMINAL:
            return "It is too long for the terminal's own clipboard; /export writes a file."
        self.terminal.write(f"\x1b]52;c;{payload}\x07")
        self.terminal.flush()
        inside = ", which passes it on with `set -g set-clipboard on`" if self.environ.get("TMUX") else ""
        return f"Sent to the terminal{inside or ', which puts it on the clipboard if it knows how'}."

    async def _by_program(self, raw: bytes) -> str:
        command = self._command()
        if not command:
            return ""
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,  # what stays in the background to serve the clipboard holds no pipe
                stderr=asyncio.subprocess.DEVNULL,
                env=self.environ,
                start_new_session=self.platform != "win32",  # Ctrl+C at the prompt is not meant for it
            )
        except OSError as error:
            return f"{command[0]} could not be started: {error.strerror}."
        try:
            await asyncio.wait_for(process.communicate(raw), self.patience_s)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            return f"{command[0]} did not take it within {self.patience_s:g} seconds and was ended."
        if process.returncode:
            return f"{command[0]} did not take it: it ended with status {process.returncode}."
        return f"Copied with {command[0]}."

    def _command(self) -> Sequence[str]:
        """The program for the clipboard of this machine, if it has one and the user sits at it."""
        if self.environ.get("SSH_CONNECTION") or self.environ.get("SSH_TTY"):
            return ()
        path = self.environ.get("PATH")
        return next((each for each in self._programs() if shutil.which(each[0], path=path)), ())

    def _programs(self) -> Sequence[Sequence[str]]:
        if self.platform == "darwin":
            return (("pbcopy",),)
        if self.platform == "win32":
            return (("clip.exe",),)
        return (
            *([("wl-copy",)] if self.environ.get("WAYLAND_DISPLAY") else []),
            *(
                [("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")]
                if self.environ.get("DISPLAY")
                else []
            ),
            *([("clip.exe",)] if self.environ.get("WSL_DISTRO_NAME") else []),
        )
