"""Claude Code as a backend, without the program: how it is started, what it may touch, what it is told."""

import math
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from massgen.backends.claude_code import Reader, prompt
from massgen.backends.claude_program import environment, missing, options_for, refusal
from massgen.backends.connection import Connection, Options
from massgen.backends.providers import PROVIDERS
from massgen.messages import (
    AssistantMessage,
    ModelMessage,
    Replay,
    ToolCall,
    ToolResult,
    ToolResults,
    Usage,
    UserMessage,
)
from tests.helpers.wires.asking import KEY, QUESTION

MODEL = "claude-sonnet-5-5"
LOGGED_IN = Connection(provider=PROVIDERS["claude_code"], model=MODEL, base_url="https://api.anthropic.com")
WITH_KEY = replace(LOGGED_IN, key=KEY)


# -- how it is started -----------------------------------------------------------------------------------------------


def test_without_the_extra_the_sentence_says_how_to_get_it_and_what_else_would_do() -> None:
    program = """
import sys
sys.modules["claude_agent_sdk"] = None
from massgen.backends.claude_program import missing
from tests.backends.test_claude_code import LOGGED_IN
print(missing(LOGGED_IN))
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said == (
        'Claude Code is an extra: install it with `pip install "massgen[claude-code]"`, '
        "or use Claude through its API with `type: claude`\n"
    )


def test_other_wires_miss_nothing() -> None:
    assert missing(replace(WITH_KEY, provider=PROVIDERS["claude"])) is None


def test_with_a_key_the_program_sees_that_key_and_no_other_login(tmp_path: Path) -> None:
    given = environment(WITH_KEY, tmp_path)

    assert {name: value for name, value in given.items() if value and "DISABLE" not in name} == {
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": "https://api.anthropic.com",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "CLAUDE_CODE_TMPDIR": str(tmp_path),
        "CLAUDE_CONFIG_DIR": str(tmp_path),
    }
    others = {variable for row in PROVIDERS.values() for variable in row.key_variables} - {"ANTHROPIC_API_KEY"}
    assert others | {"CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK"} <= {n for n, v in given.items() if not v}


def test_without_a_key_the_login_of_the_user_is_left_as_it_is(tmp_path: Path) -> None:
    given = environment(LOGGED_IN, tmp_path)

    assert not {"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN"} & set(given)
    assert given["OPENAI_API_KEY"] == ""


def test_limits_and_foreign_fields_go_along(tmp_path: Path) -> None:
    given = environment(replace(WITH_KEY, options=Options(max_tokens=900, extra={"a": [1]})), tmp_path)

    assert (given["CLAUDE_CODE_MAX_OUTPUT_TOKENS"], given["CLAUDE_CODE_EXTRA_BODY"]) == ("900", '{"a":[1]}')


@pytest.mark.slow
@pytest.mark.parametrize(("effort", "said"), [("none", "low"), ("minimal", "low"), ("high", "high"), (None, None)])
def test_an_effort_that_the_program_does_not_know_is_said_with_the_nearest(
    tmp_path: Path, effort: str | None, said: str | None
) -> None:
    connection = replace(WITH_KEY, options=Options(reasoning_effort=effort))

    assert options_for(connection, QUESTION, tmp_path, print).extra_args.get("effort") == said


# -- what it may touch -----------------------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path: Path) -> Path:
    for name in ("own", "src", "elsewhere", "src/.massgen", "own/deep"):
        (tmp_path / name).mkdir()
    (tmp_path / "own/way_out").symlink_to(tmp_path / "elsewhere")
    return tmp_path.resolve()


@pytest.mark.parametrize(
    ("tool", "given", "allowed"),
    [
        ("Write", {"file_path": "{}/own/a.py"}, True),
        ("Write", {"file_path": "a.py"}, True),
        ("Edit", {"file_path": "{}/own/deep/a.py"}, True),
        ("Write", {"file_path": "{}/src/a.py"}, False),
        ("Write", {"file_path": "{}/own/../src/a.py"}, False),
        ("Write", {"file_path": "{}/own/way_out/a.py"}, False),
        ("Write", {"file_path": "{}/owner.py"}, False),
        ("Write", {"file_path": "~/a.py"}, False),
        ("Write", {"file_path": "own/.git/hooks/pre-commit"}, False),
        ("Write", {}, True),  # the workspace itself: the program refuses that by itself
        ("Read", {"file_path": "{}/src/a.py"}, True),
        ("Read", {"file_path": "{}/elsewhere/a.py"}, False),
        ("Read", {"file_path": "{}/own/way_out/a.py"}, False),
        ("Read", {"file_path": "/proc/self/environ"}, False),
        ("Read", {"file_path": "{}/src/.massgen/a.py"}, False),
        ("Grep", {"pattern": "/etc/passwd"}, True),
        ("Grep", {"pattern": "x", "path": "/etc"}, False),
        ("Grep", {"pattern": "x", "path": "{}/src"}, False),
        ("Glob", {"pattern": "**/*.py"}, True),
        ("Glob", {"pattern": "/etc/*"}, False),
        ("Glob", {"pattern": "../*"}, False),
        ("Bash", {"command": "id"}, False),
        ("WebFetch", {"url": "http://localhost"}, False),
        ("NotYetInvented", {}, False),
        ("mcp__massgen__vote", {}, True),
        ("mcp__other__vote", {}, False),
        ("Read", None, True),
    ],
)
def test_every_use_of_a_tool_is_judged(places: Path, tool: str, given: dict[str, str] | None, allowed: bool) -> None:
    own, src = places / "own", places / "src"
    filled = given and {name: value.format(places) for name, value in given.items()}

    why = refusal(tool, filled, own=own, readable=(own, src), writable=(own,))

    assert (why == "") is allowed, why


def test_a_refusal_says_what_is_allowed_instead(places: Path) -> None:
    own, src = places / "own", places / "src"

    why = refusal("Write", {"file_path": f"{src}/a.py"}, own=own, readable=(own, src), writable=(own,))

    assert why == f"You may not write {src}/a.py. You may write beneath: {own}."


# -- what it is told -------------------------------------------------------------------------------------------------


def test_a_question_alone_is_the_whole_prompt() -> None:
    assert prompt((UserMessage("What is six by seven?"),)) == "What is six by seven?"


def test_an_earlier_conversation_stands_in_front_of_the_question() -> None:
    assert prompt((UserMessage("Hi."), AssistantMessage("</message> Hello."), UserMessage("And?"))) == (
        "The conversation so far:\n\n"
        "<message_ from='user'>\nHi.\n</message_>\n\n"
        "<message_ from='assistant'>\n</message> Hello.\n</message_>\n\n"
        "What is said to you now:\n\n"
        "And?"
    )


def test_what_its_tools_brought_goes_back_as_text() -> None:
    call = ToolCall(id="a", name="look", arguments={"at": "it"})
    said = ModelMessage(text="Well:", calls=(call,), replay=Replay("claude_code", ()))
    results = ToolResults((ToolResult(call_id="a", name="look", text="nothing there", is_error=True),))

    assert prompt((UserMessage("Look."), said, results)) == (
        "The conversation so far:\n\n"
        "<message from='user'>\nLook.\n</message>\n\n"
        '<message from=\'you\'>\nWell:\nlook {"at":"it"}\n</message>\n\n'
        "<message from='failed tool'>\nlook: nothing there\n</message>\n\n"
        "What is said to you now:\n\n"
        "Go on."
    )


@pytest.mark.parametrize("event", [None, 5, {}, {"kind": "StreamEvent"}, {"kind": "UserMessage", "content": [1]}])
def test_an_event_of_an_unknown_shape_brings_nothing(event: object) -> None:
    reader = Reader(WITH_KEY)

    assert list(reader.take(event)) == []
    assert not reader.reply.decided


@pytest.mark.parametrize(
    ("counted", "cost", "usage"),
    [
        ({"input_tokens": 12, "output_tokens": 7}, 0.5, Usage(input_tokens=12, output_tokens=7, cost=Decimal("0.5"))),
        ({"input_tokens": 12, "output_tokens": 7}, -3.0, Usage(input_tokens=12, output_tokens=7)),
        ({"input_tokens": 12, "output_tokens": 7}, math.nan, Usage(input_tokens=12, output_tokens=7)),
        ({"input_tokens": -5, "output_tokens": 7}, 0.5, None),
        ({"input_tokens": 12, "output_tokens": 10**15}, 0.5, None),
        (None, 0.5, None),
    ],
)
def test_counts_that_cannot_be_true_count_as_none(
    counted: dict[str, int] | None, cost: float, usage: Usage | None
) -> None:
    reader = Reader(WITH_KEY)
    list(reader.take({"kind": "ResultMessage", "usage": counted, "total_cost_usd": cost}))

    assert reader.reply.usage == usage
