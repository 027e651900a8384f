"""Claude Code as a backend: what it is told and may touch, and, with the program itself, what comes back.

The tests of the second half start the real program against the loopback server. They need the extra `claude-code`.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from massgen.backends.claude_code import Reader, prompt
from massgen.backends.claude_program import environment, missing, refusal
from massgen.backends.connection import Connection, Options
from massgen.backends.opening import open_backend
from massgen.backends.providers import PROVIDERS
from massgen.messages import (
    AssistantMessage,
    Failed,
    Finished,
    Json,
    ModelMessage,
    Part,
    Problem,
    ReasoningDelta,
    Replay,
    ServerToolUsed,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolResults,
    Usage,
    UserMessage,
)
from tests.helpers.wires import Call, Reply, Request, WireServer
from tests.helpers.wires.asking import KEY, QUESTION, ask, failed, finished, shown

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


# -- with the program itself -----------------------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace, in a crowded environment."""
    pytest.importorskip("claude_agent_sdk", reason="the extra claude-code is not installed")
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "XAI_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"):
        monkeypatch.setenv(name, "sk-of-somebody-else")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


def connect(server: WireServer, workspace: Path, writable: tuple[str, ...] = ()) -> Connection:
    return replace(
        WITH_KEY, base_url=server.base_url("claude_code"), options=Options(cwd=str(workspace), writable=writable)
    )


def write(path: Path, id_: str = "w") -> Call:
    return Call("Write", {"file_path": str(path), "content": "print(42)\n"}, id=id_)


def vote(arguments: dict[str, Json], id_: str = "v") -> Call:
    return Call("mcp__massgen__vote", arguments, id=id_)


def error(status: int, type_: str, message: str) -> Reply:
    return Reply(status=status, body={"type": "error", "error": {"type": type_, "message": message}})


def uses(parts: Sequence[Part]) -> list[tuple[str, str, str]]:
    return [(part.name, part.status, part.detail) for part in parts if isinstance(part, ServerToolUsed)]


def programs(workspace: Path) -> list[Path]:
    """The processes that work in this workspace, wherever they were started from."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == workspace:
                found.append(process)
    return found


@pytest.mark.slow
def test_nothing_but_the_work_is_left_on_the_disk(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = workspace.parent / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)  # the library's own memory of TMPDIR
    with WireServer([Reply(calls=[write(workspace / "a.py")]), Reply(text="Done.")]) as server:
        ask(connect(server, workspace))

    assert {str(path.relative_to(workspace.parent)) for path in workspace.parent.rglob("*")} == {
        "home",
        "scratch",
        "workspace",
        "workspace/a.py",
    }


@pytest.mark.slow
def test_text_and_reasoning_stream_once_and_the_cost_is_counted(workspace: Path) -> None:
    with WireServer([Reply(reasoning=["Hm."], text=["Six by seven ", "is ", "42."])]) as server:
        parts = ask(connect(server, workspace))

    assert shown(parts) == [
        ReasoningDelta("Hm."),
        TextDelta("Six by seven "),
        TextDelta("is "),
        TextDelta("42."),
    ]
    stop, usage = finished(parts)
    assert (stop, usage and replace(usage, cost=None)) == ("end", Usage(input_tokens=12, output_tokens=7))
    assert usage is not None
    assert usage.cost is not None
    assert usage.cost > Decimal(0)
    request = server.requests[0]
    assert (request.model, request.headers["x-api-key"]) == (MODEL, KEY)
    assert "You are terse." in request.system
    assert "`vote` is `mcp__massgen__vote`" in request.system
    assert "What is six by seven?" in [text for _, text in request.texts]
    assert {"Read", "Glob", "Grep", "Write", "Edit", "mcp__massgen__vote"} <= set(request.tool_names)
    assert not {"Bash", "WebFetch", "WebSearch", "Task"} & set(request.tool_names)
    assert "sk-of-somebody-else" not in f"{request.headers}{request.body}"


@pytest.mark.slow
def test_a_file_is_written_into_the_workspace_and_nowhere_else(workspace: Path) -> None:
    outside = workspace.parent / "outside.py"
    scripted = [
        Reply(text=["I write."], calls=[write(workspace / "app/main.py"), write(outside, "o")]),
        Reply(text=["Done."]),
    ]
    with WireServer(scripted) as server:
        parts = ask(connect(server, workspace))

    assert uses(parts) == [
        ("Write", "running", "app/main.py"),
        ("Write", "running", str(outside)),
        ("Write", "completed", "app/main.py"),
        ("Write", "failed", str(outside)),
    ]
    assert "".join(part.text for part in parts if isinstance(part, TextDelta)) == "I write.\n\nDone."
    assert (workspace / "app/main.py").read_text() == "print(42)\n"
    assert not outside.exists()
    assert any("You may not write" in text for role, text in server.requests[1].texts if role == "tool")


@pytest.mark.slow
@pytest.mark.parametrize("final", [False, True])
def test_a_path_of_the_user_is_read_by_all_and_written_by_the_final_presentation_only(
    workspace: Path, final: bool
) -> None:
    source = workspace.parent / "src"
    source.mkdir()
    (source / "auth.py").write_text("SECRET = 1\n")
    read = Call("Read", {"file_path": str(source / "auth.py")}, id="r")
    scripted = [Reply(calls=[read, write(source / "new.py")]), Reply(text="Done.")]
    with WireServer(scripted) as server:
        connection = connect(server, workspace, writable=(str(source),))
        parts = ask(connection, replace(QUESTION, purpose="presentation" if final else "draft"))

    ended = "completed" if final else "failed"
    assert sorted(uses(parts))[:2] == sorted(
        [("Read", "completed", str(source / "auth.py")), ("Read", "running", str(source / "auth.py"))]
    )
    assert ("Write", ended, str(source / "new.py")) in uses(parts)
    assert (source / "new.py").exists() is final
    assert any("SECRET = 1" in text for role, text in server.requests[1].texts if role == "tool")


@pytest.mark.slow
def test_a_vote_ends_the_run_after_the_other_tools_of_its_message(workspace: Path) -> None:
    calls = [vote({"label": "é"}), write(workspace / "late.py")]
    with WireServer([Reply(text=["So:"], calls=calls)]) as server:
        parts = ask(connect(server, workspace))

    assert [part for part in parts if isinstance(part, ToolCall)] == [
        ToolCall(id="v", name="vote", arguments={"label": "é"})
    ]
    assert finished(parts)[0] == "tool_calls"
    assert (workspace / "late.py").exists()


@pytest.mark.slow
def test_a_vote_whose_arguments_do_not_fit_is_tried_again_by_the_program(workspace: Path) -> None:
    with WireServer([Reply(calls=[vote({"x": 1})]), Reply(calls=[vote({"label": "B"}, "v2")])]) as server:
        parts = ask(connect(server, workspace))

    assert [part for part in parts if isinstance(part, ToolCall)] == [
        ToolCall(id="v2", name="vote", arguments={"label": "B"})
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (
            error(401, "authentication_error", f"invalid x-api-key {KEY}"),
            ("auth", 401, "Claude Code refused the key in ANTHROPIC_API_KEY (401)"),
        ),
        (error(429, "rate_limit_error", "slow down"), ("rate_limit", 429, "Claude Code asks to slow down (429)")),
        (error(529, "overloaded_error", "busy"), ("overloaded", 529, "Claude Code cannot answer right now (529)")),
        (error(400, "invalid_request_error", "no"), ("bad_request", 400, "Claude Code refused the request (400)")),
        (
            error(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
            ("context_length", 400, f"The conversation is too long for {MODEL}"),
        ),
        (Reply(text="a b c", cut_after=1), ("truncated", None, f"The reply of {MODEL} broke off")),
        (Reply(text="a b c", cut_after=1, cut="reset"), ("network", None, "The connection to Claude Code (127.0.0.1)")),
        (Reply(text="no", stop="refused"), ("refused", None, f"{MODEL} declined to answer")),
        (Reply(text=""), ("empty", None, f"{MODEL} ended without a word")),
    ],
)
def test_a_failure_is_told_at_once_and_once(
    workspace: Path, reply: Reply, problem: tuple[str, int | None, str]
) -> None:
    with WireServer(lambda request: reply) as server:
        ending = failed(ask(connect(server, workspace)))

    kind, status, beginning = problem
    assert (ending.kind, ending.status, ending.text[: len(beginning)]) == (kind, status, beginning)
    assert KEY not in ending.text
    assert len(server.requests) <= 6  # the program asks less and less of a server that refuses; it does not wait


@pytest.mark.slow
def test_a_reply_cut_at_its_limit_is_gone_on_with_and_then_says_so(workspace: Path) -> None:
    with WireServer(lambda request: Reply(text=["for", "ty"], stop="length")) as server:
        parts = ask(connect(server, workspace))

    assert finished(parts)[0] == "length"
    assert "".join(part.text for part in shown(parts) if isinstance(part, TextDelta)) == "forty" * len(server.requests)


@pytest.mark.slow
def test_nobody_being_logged_in_is_a_sentence(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"):
        monkeypatch.delenv(name)
    with WireServer([]) as server:
        parts = ask(replace(connect(server, workspace), key=""))

    text = "Claude Code is not logged in: run `claude` once and log in, or set ANTHROPIC_API_KEY"
    assert parts == [Failed(problem=Problem(kind="auth", text=text))]


@pytest.mark.slow
def test_a_workspace_that_is_gone_is_a_sentence(workspace: Path) -> None:
    workspace.rmdir()
    with WireServer([]) as server:
        parts = ask(connect(server, workspace))

    text = f"Claude Code did not start: Working directory does not exist: {workspace}"
    assert parts == [Failed(problem=Problem(kind="bad_request", text=text))]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("impatient", [False, True])
def test_cancelling_leaves_no_program_behind(workspace: Path, impatient: bool) -> None:
    seen: list[bytes] = []

    async def scene(server: WireServer) -> None:
        backend = open_backend(connect(server, workspace))
        speaking = asyncio.Event()

        async def listen() -> None:
            async for part in backend.stream(QUESTION):
                if isinstance(part, TextDelta):
                    speaking.set()

        listening = asyncio.create_task(listen())
        async with asyncio.timeout(30):
            await speaking.wait()
            seen.extend((program / "environ").read_bytes() for program in programs(workspace))
            listening.cancel()
            if impatient:
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                listening.cancel()
            await asyncio.wait([listening])
            await backend.close()

    with WireServer(lambda request: Reply(text="a b c", stall_after=2)) as server:
        asyncio.run(scene(server))

    assert programs(workspace) == []
    assert len(seen) == 1
    assert b"sk-of-somebody-else" not in seen[0]
    assert f"ANTHROPIC_API_KEY={KEY}".encode() in seen[0].split(b"\0")


@pytest.mark.slow
def test_four_agents_run_side_by_side(workspace: Path) -> None:
    def reply(request: Request) -> Reply:
        return Reply(text=request.question)

    async def scene(server: WireServer) -> list[Part]:
        backends = [open_backend(connect(server, workspace)) for _ in range(4)]

        async def last(number: int) -> Part:
            request = replace(QUESTION, messages=(UserMessage(f"number {number}"),))
            return [part async for part in backends[number].stream(request)][-1]

        return list(await asyncio.gather(*(last(number) for number in range(4))))

    with WireServer(reply) as server:
        endings = asyncio.run(scene(server))

    assert [type(ending) for ending in endings] == [Finished] * 4
    assert {text for request in server.requests for _, text in request.texts if "number" in text} == {
        f"number {n}" for n in range(4)
    }
