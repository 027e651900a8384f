"""A chat in which every model, tool, provider, file and variable attacks the terminal, from the wires to the bytes."""

import re
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.display.test_leaks import SHAPES, SPELT
from tests.helpers import models
from tests.helpers.conversation import ENTER, Conversation
from tests.helpers.payloads import PAYLOADS, acting
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

pytestmark = pytest.mark.slow  # a whole chat over real SDKs

SENDABLE = [each.encode("utf-8", "replace").decode() for each in PAYLOADS if "\x00" not in each]
MARK = "¤"
STRANGE = " ".join(f"{MARK}{each}" for each in SENDABLE)
PASTED = "".join(each for each in STRANGE if unicodedata.category(each) in ("Cc", "Lu") and each not in "\x03\x1b")
"""What a user may paste: his own text is shown as it is but for control characters, and Ctrl+C is a key."""
MODEL = "model\x1b[2J\x9b2J\u202e"
NAME = f"file{MARK}\x1b[2J\x1b]52;c;eA==\x07\x9b2J\u202e.md"
ANSWER = "\n\n".join(
    shape.replace("{}", SPELT[spelling](f"{MARK}{payload}"))
    for number, payload in enumerate(SENDABLE)
    for shape in [SHAPES[number % len(SHAPES)]]
    for spelling in SPELT
)

TEAM = """\
agents:
  - {id: ann, backend: {type: openai, model: "model\\e[2J\\x9b2J\\u202e"}}
  - {id: bob, backend: {type: claude, model: claude-x, cwd: bob}}
  - {id: cyd, backend: {type: grok, model: grok-x}}
  - {id: dan, backend: {type: deepseek, model: deepseek-x}}
"""

OURS = re.compile(
    r"\x1b\[\d*;?\d*H"  # a row of a frame
    r"|\x1b\[[0-9;]*m"
    r"|\x1b\[[012]?[JK]"
    r"|\x1b\[\d*[ABCD]"
    r"|\x1b\[\?(1|7|12|25|1049|2004|2026)[hl]"
    r"|\r?\r\n|\r|\n|\x08|\x1b\]0;ended\x07"
)
"""What the view, the prompt and rich write, and the mark of our own terminal at the end."""


def reply(request: Request) -> Reply:
    stage = models.stage(request)
    if request.model == "grok-x":
        return Reply(status=400, body={"error": {"message": STRANGE, "code": STRANGE, "type": STRANGE}})
    if request.model == "deepseek-x":
        return Reply(status=403, body=f"<html>{STRANGE}</html>".encode())
    used = sum(role == "tool" for role, _ in request.texts)
    if request.model == "claude-x" and stage == "draft" and used < 2:
        calls = [("write_file", {"path": NAME, "content": STRANGE}), (STRANGE[:60], {STRANGE: [STRANGE]})]
        return Reply(reasoning=list(STRANGE), text=list(STRANGE), calls=[calls[used]])
    match stage:
        case "draft":
            return Reply(reasoning=list(STRANGE), text=[*STRANGE, f"The draft of {request.wire}."])
        case "ballot":
            return models.vote(request, "The draft of responses.", reason=STRANGE)
        case "presentation":
            return Reply(reasoning=STRANGE, text=ANSWER)


def test_no_byte_of_theirs_reaches_the_terminal_as_control(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(TEAM, encoding="utf-8")
    with WireServer(reply) as server:
        env = {
            **server.environ("openai", "claude", "grok", "deepseek"),
            "EDITOR": f"{sys.executable} -c 'import sys; sys.exit(7)' '{STRANGE.replace(chr(39), '')[:200]}'",
        }
        with massgen.chat("--config", "team.yaml", env=env, columns=100, lines=40) as chat:
            chat.wait_for_prompt()
            chat.type(f"\x1b[200~Why {PASTED}?\x1b[201~{ENTER}")
            answered(chat, 1)
            for line in ("/status", "/help", "/nonsense\x9b2J\x07", "/config"):
                chat.type(f"\x1b[200~{line}\x1b[201~{ENTER}")
                chat.wait_until(lambda: f"You: {line[:5]}" in chat.text and chat.row == "You:", line)  # noqa: B023
            chat.say("And then?")
            answered(chat, 2)
            chat.type(f"r{ENTER}")
            chat.wait_for("q closes", where=lambda: chat.shown)
            for key in ("g", "\x1b[6~", "\x1b[6~", "G"):
                seen = chat.shown
                chat.type(key)
                chat.wait_until(lambda: chat.shown != seen)  # noqa: B023 (called before the next key)
            chat.type("q")
            chat.wait_for_prompt()
            chat.say("/quit")
            assert chat.wait_for_end() == 0
            assert chat.is_as_before
        assert leaked(chat) == []
        with massgen.chat("--continue", "--no-display", "And now?", env=env, columns=100, lines=40) as told:
            assert told.wait_for_end() == 0
        assert leaked(told) == []
    for shown in ("␛[2J", "␛]52;c;ZXZpbA==␇", "\\x9b2J", "\\u202e"):
        assert shown in chat.text.replace("\n", "")
    assert "bob uses write_file" in told.text
    assert {each.wire for each in server.requests} == {"responses", "messages", "chat_completions"}
    assert MODEL in {each.model for each in server.requests}
    assert (massgen.project / ".massgen" / "workspaces" / "bob").is_dir()


def answered(chat: Conversation, turns: int) -> None:
    chat.wait_until(lambda: chat.screen.left == turns and chat.row == "You:", f"the answer of turn {turns}")


def leaked(chat: Conversation) -> list[str]:
    """What acted on the terminal, and what attacks came through whole."""
    written = chat.written.decode("utf-8")
    attacks = [each for each in SENDABLE if acting(each) and f"{MARK}{each}" in written]
    return [*acting(OURS.sub("", written)), *attacks]


def test_a_file_of_a_strange_name_that_is_changed_is_named_harmlessly(massgen: Program, tmp_path: Path) -> None:
    team = """\
agents:
  - {id: bob, backend: {type: claude, model: claude-x, cwd: bob}}
orchestrator: {context_paths: [{path: notes, permission: write}]}
"""
    (massgen.project / "team.yaml").write_text(team, encoding="utf-8")
    notes = massgen.project / "notes"
    notes.mkdir()
    (notes / NAME).write_text("one", encoding="utf-8")

    def edits(request: Request) -> Reply:
        if any(role == "tool" for role, _ in request.texts):
            return Reply(text="Done.")
        path = str(notes / NAME)
        return Reply(calls=[("edit_file", {"path": path, "old": "one", "new": "two"})])

    with WireServer(edits) as server, massgen.chat("--config", "team.yaml", env=server.environ("claude")) as chat:
        chat.say("Change it.")
        answered(chat, 1)
    assert leaked(chat) == []
