"""The guide's sentence about the end of a long turn, heard on a terminal."""

import pytest

from massgen.config.schema import Ui
from tests.guide.page import promised
from tests.helpers import teams
from tests.helpers.program import Program

LEAVES = b"\x1b[?1049l"
OSC_9 = b"\x1b]9;MassGen: answered after 0."


@pytest.mark.parametrize(("notify", "sign"), [("bell", b"\a"), ("osc9", OSC_9), ("off", b"")])
def test_the_terminal_is_told_after_the_answer(massgen: Program, notify: str, sign: bytes) -> None:
    promised(
        "When a turn has taken 20 seconds or more, the terminal rings its bell at the end.",
        "`notify: osc9` shows a notification instead, where the terminal knows how, and `notify: off` does nothing.",
    )

    assert (Ui().notify, Ui().notify_after_seconds) == ("bell", 20.0)
    ui = f"ui: {{notify: {notify}, notify_after_seconds: 0}}\n"
    with massgen.chat("--config", teams.write(massgen.project, teams.ONE + ui)) as chat:
        chat.say("Why?")
        chat.wait_for_prompt()
        chat.wait_until(lambda: chat.screen.left == 1)
        after = bytes(chat.written).rpartition(LEAVES)[2]
    assert sign in after
    assert (after.count(b"\a"), b"\a" in bytes(chat.written).partition(LEAVES)[0]) == (notify != "off", False)
