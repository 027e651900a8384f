"""A chat with one agent in which something goes wrong: `python -m tests.helpers.stubborn FAULT`, started by a test.

The agent says one sentence and waits until there is a file `go on`. Then, by fault:

* `blocks`: it holds the event loop for as long as it can, and leaves a file `blocked` first;
* `draws`: the clock of the view is broken from then on; the answer comes once there is a file `answer`;
* `begins`: before it says anything, no session can be begun, by a mistake that nobody expects;
* `nothing`: it answers.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from massgen.agents import AgentDescription
from massgen.cli import logs
from massgen.cli.main import INTERRUPTED
from massgen.cli.options import Options
from massgen.cli.others import OtherSessions
from massgen.coordination.rules import Rules
from massgen.messages import ChatRequest, Finished, Part, Replay, TextDelta, Usage
from massgen.orchestrator.team import Member, Team
from massgen.repl.chat import Chat
from massgen.repl.clipboard import Clipboard
from massgen.repl.commands import Room
from massgen.repl.configuration import ConfigFile
from massgen.repl.door import Door
from massgen.repl.loop import converse
from massgen.repl.terminal import Terminal
from massgen.session.redaction import Redactor
from massgen.session.store import Store

AGENT = AgentDescription(agent="ann", model="stubborn", provider="Test")


class Stubborn:
    """The one agent."""

    model = "stubborn"

    def __init__(self, fault: str) -> None:
        self._fault = fault

    async def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        """Say something, and do what was asked for."""
        yield TextDelta("I have begun.")
        await _file("go on")
        if self._fault == "blocks":
            Path("blocked").touch()  # noqa: ASYNC240
            time.sleep(600)  # noqa: ASYNC251 (this is the fault)
        if self._fault == "draws":
            await _file("answer")
        yield TextDelta(" And ended.")
        yield Finished(stop="end", usage=Usage(input_tokens=1, output_tokens=1), replay=Replay("stubborn", ()))

    async def close(self) -> None:
        """Nothing is open."""


async def _file(name: str) -> None:
    while not Path(name).exists():  # noqa: ASYNC110, ASYNC240 (the test puts it there)
        await asyncio.sleep(0.01)


def main(fault: str) -> int:
    """Chat until the user leaves."""

    def now() -> datetime:
        if fault == "begins":
            raise ZeroDivisionError("the clock of the session is broken")
        return datetime.now(UTC)

    def clock() -> float:
        if fault == "draws" and Path("go on").exists():
            raise ZeroDivisionError("the clock of the view is broken")
        return time.time()

    chat = Chat(
        team=Team(agents=("ann",), members={"ann": Member(backend=Stubborn(fault))}),
        agents=(AGENT,),
        rules=Rules(),
        config="--model stubborn",
        store=Store(Path("sessions"), now),
        logging_enabled=False,
        seed="s",
    )
    door = Door.opened(chat)
    terminal = Terminal.of(
        stdout=sys.stdout,
        stderr=sys.stderr,
        stdin=sys.stdin,
        environ={"TERM": "xterm"},
        clock=clock,
        held=logs.hold_warnings(Redactor(())),
        requested=None,
    )
    file = ConfigFile(name="team.yaml", path=Path("team.yaml"), yaml="", owned=True, copy_to=Path())
    room = Room(
        agents=(AGENT,),
        away={},
        door=door,
        config=file,
        sessions=OtherSessions(Path(), Options(), {}),
        show_history=terminal.show_history,
        show_answer=terminal.show_answer,
        environ={},
        redactor=Redactor(()),
        clipboard=Clipboard(terminal=None, environ={}),
        say=terminal.tell,
        keys={},
    )
    try:
        return asyncio.run(converse(door, terminal, room))
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
