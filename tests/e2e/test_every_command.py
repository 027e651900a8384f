"""Ten turns with every command on a terminal and over the wires; then the session is gone on with as it was."""

from pathlib import Path

import pytest

from tests.helpers import desk
from tests.helpers.conversation import Conversation
from tests.helpers.program import Program
from tests.helpers.wires import Request, WireServer
from tests.workspace.trees import files

pytestmark = pytest.mark.slow  # whole chats over real SDKs; `make test` has the same promises in tests/guide

CHANGED = """\
Changed:       8 times
  after turn 5: The conversation goes on from the answer of ann in turn 5.
  after turn 6: From here on ann is gemini-3.8-flash (Gemini).
  after turn 7: Turn 7 was taken back: later turns do not see it.
  after turn 7: This session was forked from {first}: what is above is a copy.
  after turn 9: The conversation goes on from the answer of ann in turn 9.
"""


def told(requests: list[Request], question: str) -> list[tuple[str, str]]:
    """What the last draft on a question was told before it."""
    drafts = [each.texts for each in requests if each.texts[-1] == ("user", question)]
    return list(drafts[-1][:-1])


def answered(question: str, who: str = "bob presents") -> list[tuple[str, str]]:
    """A question and its answer, as a later turn is told them."""
    return [("user", question), ("assistant", f"{who} {question}")]


def ask(chat: Conversation, question: str, answer: str) -> None:
    """Ask, and see the answer at the prompt."""
    chat.say(question)
    assert f"\n\n{answer} {question}\n\nfiles: " in chat.after(question)


def say(chat: Conversation, line: str) -> str:
    """Give a command, and read what is said."""
    chat.say(line)
    return chat.after(line)


def conversation(chat: Conversation, sessions: Path) -> None:
    """Ten turns, and between them every command but /quit."""
    assert say(chat, "/help").splitlines()[-1].startswith("/help NAME explains one")
    assert say(chat, "/undo") == "There is no turn that could be taken back."
    ask(chat, "One?", "bob presents")
    ask(chat, "Two?", "bob presents")
    assert say(chat, "/answers").startswith("ann, agent1.1, no vote:\n\nann drafts Two?")
    assert say(chat, "/retally").startswith("Turn 2, Coordination Round 1: bob won by approval.\n")
    assert say(chat, "/undo").startswith("Turn 2 was taken back: Two?\n1 earlier question is remembered.\n")
    ask(chat, "Three?", "bob presents")
    assert say(chat, "/clear").startswith("The conversation starts afresh;")
    ask(chat, "Four?", "bob presents")
    assert "\nbob presents Four?\n" in say(chat, "/retry")
    assert say(chat, "/promote ann").endswith("Answer of ann, agent1.1:\n\nann drafts Four?")
    ask(chat, "Six?", "bob presents")
    assert say(chat, "/model ann=gemini-3.8-flash") == "From the next turn on ann is gemini-3.8-flash (Gemini)."
    ask(chat, "Seven?", "bob presents")
    assert say(chat, "/undo").splitlines()[0] == "Turn 7 was taken back: Seven?"
    [first] = sorted(sessions.iterdir())
    before = files(first)
    assert say(chat, "/fork").splitlines()[0] == (
        "A copy up to the end of turn 7; the session it was made of stays as it is."
    )
    ask(chat, "Eight?", "bob presents")
    ask(chat, "Nine?", "bob presents")
    assert say(chat, "/promote an").endswith("ann drafts Nine?")
    assert say(chat, "/resume").splitlines()[0] == f"Going on with {first.name}; 2 earlier questions are remembered."
    assert {name: text for name, text in files(first).items() if name != "writer.pid"} == {
        name: text for name, text in before.items() if name != "writer.pid"
    }
    assert say(chat, "/resume last").splitlines()[0].endswith("; 4 earlier questions are remembered.")
    ask(chat, "Ten?", "bob presents")
    second = max(sessions.iterdir())
    assert say(chat, "/sessions").splitlines() == [
        f"* {second.name}   10 turns  One?",
        f"  {first.name}    7 turns  One?",
    ]
    assert say(chat, "/cost").splitlines()[-1].startswith("this session  ")
    assert say(chat, "/model") == "  ann: gemini-3.8-flash (Gemini)\n  bob: gpt-6.1-terra (Response)"
    assert say(chat, "/config").endswith("/team.yaml: changes take effect with the next start.")
    assert say(chat, "/help model").startswith("/model [agent=model]\n")


def test_every_command_in_ten_turns_and_a_resume_that_tells_the_same(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(desk.TEAM, "utf-8")
    sessions = massgen.project / ".massgen" / "sessions"
    with WireServer(desk.reply) as server:
        environ = server.environ("claude", "openai", "gemini") | {"VISUAL": "true"}
        size = {"columns": 220, "lines": 50}
        with massgen.chat("--config", "team.yaml", "--no-display", env=environ, **size) as chat:
            conversation(chat, sessions)
            status, history, cost = say(chat, "/status"), say(chat, "/history"), say(chat, "/cost")
            one = say(chat, "/history 5")
            chat.say("/quit")
            assert chat.wait_for_end() == 0
        with massgen.chat("--continue", "--no-display", env=environ, **size) as chat:
            assert say(chat, "/status") == status
            assert say(chat, "/history") == history
            assert say(chat, "/history 5") == one
            assert say(chat, "/cost") == cost
            ask(chat, "Eleven?", "bob presents")
        before_ten, before_eleven = told(server.requests, "Ten?"), told(server.requests, "Eleven?")

    first = min(sessions.iterdir())
    assert CHANGED.format(first=first.name) in f"{status}\n"
    remembered = [
        *answered("Four?", "ann drafts"),
        *answered("Six?"),
        *answered("Eight?"),
        *answered("Nine?", "ann drafts"),
    ]
    assert before_ten == remembered
    assert before_eleven == [*remembered, *answered("Ten?")]
    assert len([each for each in history.splitlines() if each.startswith("── Turn ")]) == 10
