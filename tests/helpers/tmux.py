"""A terminal that people use: tmux, with a server of its own, a shell in it, and all that has scrolled off."""

import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

PATIENCE_S = 20.0
_GLANCE_S = 0.05


class Tmux:
    """A shell in a tmux window of this size. As a context manager its server is ended when the block is left."""

    def __init__(self, place: Path, *, cwd: Path, env: Mapping[str, str], columns: int = 100, lines: int = 30) -> None:
        self._place = place
        self._cwd = cwd
        self._env = {**env, "TMUX_TMPDIR": str(place)}
        self._size = (str(columns), str(lines))

    def __enter__(self) -> "Tmux":
        program = shutil.which("tmux")
        assert program, "tmux is needed: apt-get install tmux"
        self._tmux = (program, "-L", "massgen-test", "-f", "/dev/null")
        columns, lines = self._size
        settings = (("history-limit", "20000"), ("status", "off"), ("escape-time", "0"))
        options = [word for name, value in settings for word in ("set", "-g", name, value, ";")]
        self._do(
            "start-server",
            ";",
            *options,
            "new-session",
            "-d",
            "-x",
            columns,
            "-y",
            lines,
            "exec env PS1='$ ' /bin/sh -i",
        )
        self._do("set", "-g", "window-size", "manual")  # set before there is a window it ends tmux 3.3a
        self.wait_for(lambda: self.row == "$", "the shell")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do("kill-server")

    # -- what a person does ------------------------------------------------------------------------------------------

    def type(self, text: str, *, enter: bool = False) -> None:
        """Type letters one after another, as fast as they go."""
        for letter in text:
            self._do("send-keys", "-l", letter)
        if enter:
            self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys by their names: Enter, Escape, C-c."""
        self._do("send-keys", *keys)

    def run(self, command: str) -> None:
        """Type a command for the shell."""
        self._do("send-keys", "-l", command)
        self.press("Enter")

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        self._do("resize-window", "-x", str(columns), "-y", str(lines))

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Look again and again until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain for {what}; there is:\n" + "\n".join(self.screen)
            time.sleep(_GLANCE_S)

    # -- what a person sees ------------------------------------------------------------------------------------------

    @property
    def screen(self) -> Sequence[str]:
        """The rows that are seen now."""
        return self._do("capture-pane", "-p").removesuffix("\n").split("\n")

    @property
    def scrollback(self) -> str:
        """All there is to scroll through, and the screen: as it was written, whatever the width now."""
        return self._do("capture-pane", "-p", "-J", "-S", "-", "-E", "-")

    @property
    def row(self) -> str:
        """The row on which the cursor stands."""
        return self.screen[int(self._do("display-message", "-p", "#{cursor_y}"))].rstrip()

    @property
    def is_alternate(self) -> bool:
        """Whether a view has the screen."""
        return self._do("display-message", "-p", "#{alternate_on}").strip() == "1"

    def _do(self, *command: str) -> str:
        done = subprocess.run(
            (*self._tmux, *command),
            cwd=self._cwd,
            env=self._env,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
