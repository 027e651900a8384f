"""A terminal that is closed while a turn is on: its program is told, and can write to nobody any more."""

import os
import select
import subprocess

import pytest

from tests.helpers import teams
from tests.helpers.conversation import PATIENCE_S
from tests.helpers.program import TOO_LONG_S, Program

# The first terminal that the leader of a session opens becomes its controlling one.
ON_TERMINAL = 'exec <>"$1" >&0 2>&0; shift; exec "$@"'


@pytest.mark.parametrize("shows", [b"Presenting", b"presenting"], ids=["live", "plain"])
def test_the_turn_ends_and_the_session_is_in_order(massgen: Program, shows: bytes) -> None:
    flags = ["--no-display"] if shows == b"presenting" else []
    command = massgen.command("--config", teams.write(massgen.project, script=teams.HANGS), *flags)
    ours, theirs = os.openpty()
    shell = ("/bin/sh", "-c", ON_TERMINAL, "sh", os.ttyname(theirs), *command)
    with subprocess.Popen(shell, cwd=massgen.project, env=massgen.environ(), start_new_session=True) as process:
        try:
            read_until(ours, b"You:")
            os.write(ours, b"Why?\r")
            read_until(ours, shows)
            os.close(ours)
            status = process.wait(TOO_LONG_S)
        finally:
            process.kill()
            os.close(theirs)

    [session] = massgen.sessions()
    kept = {each.relative_to(session).as_posix() for each in session.rglob("*.*")}
    assert (status, kept) == (
        129,
        {"SESSION_SUMMARY.txt", "events.jsonl", "turn_1/agent_outputs/ann.txt", "turn_1/coordination_log.json"},
    )


def read_until(terminal: int, text: bytes) -> None:
    """Read what the program writes until this text has come."""
    seen = b""
    while text not in seen:
        assert select.select([terminal], [], [], PATIENCE_S)[0], f"waited in vain for {text!r}; there is {seen!r}"
        seen += os.read(terminal, 65_536)
