"""Claude Code as a backend, with the program itself against the loopback server; it needs the extra `claude-code`."""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from massgen.backends.connection import Connection, Options
from massgen.backends.opening import open_backend
from massgen.backends.providers import PROVIDERS
from massgen.messages import (
    Failed,
    Finished,
    Json,
    Part,
    Problem,
    ReasoningDelta,
    ServerToolUsed,
    TextDelta,
    ToolCall,
    Usage,
    UserMessage,
)
from tests.helpers.wires import Call, Reply, Request, WireServer
from tests.helpers.wires.asking import KEY, QUESTION, ask, failed, finished, shown

MODEL = "claude-sonnet-5-5"


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
    return Connection(
        provider=PROVIDERS["claude_code"],
        model=MODEL,
        key=KEY,
        base_url=server.base_url("claude_code"),
        options=Options(cwd=str(workspace), writable=writable),
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
