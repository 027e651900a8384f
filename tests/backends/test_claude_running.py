"""Claude Code as a backend, with the program itself against the loopback server; it needs the extra `claude-code`."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from massgen.backends.opening import open_backend
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
from massgen.prompts.workflow_tools import new_answer
from massgen.prompts.workflow_tools import vote as vote_for
from tests.helpers.claude_code import MODEL, connect, error, vote, write
from tests.helpers.wires import Call, Reply, Request, WireServer
from tests.helpers.wires.asking import KEY, QUESTION, ask, failed, finished, shown


def uses(parts: Sequence[Part]) -> list[tuple[str, str, str]]:
    return [(part.name, part.status, part.detail) for part in parts if isinstance(part, ServerToolUsed)]


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
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("vote", {"reason": "It is short.", "agent_id": "answer2", "also_acceptable": []}),
        ("new_answer", {"content": "# 42\n\n“Six by seven.”"}),
    ],
)
def test_both_tools_of_a_ballot_run_in_our_own_process(workspace: Path, tool: str, arguments: dict[str, Json]) -> None:
    ballot = replace(QUESTION, tools=(vote_for(["answer1", "answer2"]), new_answer()), purpose="ballot")
    with WireServer([Reply(calls=[Call(f"mcp__massgen__{tool}", arguments, id="t")])]) as server:
        parts = ask(connect(server, workspace), ballot)

    assert shown(parts) == [ToolCall(id="t", name=tool, arguments=arguments)]
    assert finished(parts)[0] == "tool_calls"
    assert {"mcp__massgen__vote", "mcp__massgen__new_answer"} <= set(server.requests[0].tool_names)


@pytest.mark.slow
def test_a_wrong_key_is_told_after_one_try(workspace: Path) -> None:
    refusal = error(401, "authentication_error", "invalid x-api-key")
    with WireServer(lambda request: refusal) as server:
        problem = failed(ask(connect(server, workspace)))

    assert problem.kind == "auth"
    assert len(server.requests) == 1


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
