"""Ctrl+Z gives the terminal back to the shell, and `fg` takes it again: a turn is stopped and goes on."""

import sys
from pathlib import Path

from tests.helpers.conversation import CTRL_C, Conversation
from tests.helpers.program import Program

VIEW = """\
import asyncio, sys, time
from rich.console import Console
from massgen.display.live import LiveDisplay
from massgen.display.theme import PLAIN
from massgen.events import Record, TurnStarted

async def main():
    async with LiveDisplay(Console(), theme=PLAIN, clock=time.time, stdin=sys.stdin) as display:
        started = TurnStarted(turn=1, question="Why?", agents=("ann", "bob"), seed="")
        display.record(Record(seq=1, at=time.time(), event=started))
        await asyncio.Event().wait()

try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_z_and_fg(tmp_path: Path) -> None:
    massgen = Program(tmp_path)
    (massgen.project / "view.py").write_text(VIEW)
    shell = ("/bin/bash", "--norc", "--noprofile", "-i")
    env = massgen.environ({"PS1": "$ ", "BASH_SILENCE_DEPRECATION_WARNING": "1"})
    with Conversation(shell, cwd=massgen.project, env=env) as chat:
        chat.wait_until(lambda: chat.row == "$", "the shell")
        chat.type(f"{sys.executable} view.py\r")
        chat.wait_for("ann: Waiting", "r history", where=lambda: chat.shown)
        chat.type("\x1a")
        chat.wait_until(lambda: "Stopped" in chat.shown and chat.row == "$", "the shell")
        assert (chat.screen.entered, chat.screen.left, "ann: Waiting" in chat.text) == (1, 1, False)
        chat.type("fg\r")
        chat.wait_until(lambda: chat.screen.entered == 2 and "ann: Waiting" in chat.shown, "the view")
        chat.type("r")
        chat.wait_for("State transitions", where=lambda: chat.shown)
        chat.type(CTRL_C)
        chat.wait_until(lambda: chat.row == "$", "the shell")
        assert chat.text.endswith("interrupted\n$")
        assert (chat.screen.left, "State transitions" in chat.text) == (2, False)
