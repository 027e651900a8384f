"""What a program reads on stdout: one object, or a line for each event and the same object as the last one."""

import json
import signal
from collections.abc import Mapping

import pytest

from massgen.messages import Json
from tests.display.test_json_lines import MORE_THAN_A_PIPE_HOLDS
from tests.docs.pages import blocks, code_in, rows, text_of
from tests.helpers import teams
from tests.helpers.payloads import PAYLOADS, acting
from tests.helpers.program import TOO_LONG_S, Program, Ran
from tests.helpers.wires import Reply, WireServer

pytestmark = pytest.mark.slow  # a program is started for each

NO_REQUEST: Mapping[str, Json] = {
    "requests": 0,
    "requests_not_counted": 0,
    "requests_without_price": 0,
    "input_tokens": 0,
    "output_tokens": 0,
    "cached_tokens": 0,
    "cache_write_tokens": 0,
    "reasoning_tokens": 0,
    "cost": "0",
}
NOTHING: Mapping[str, Json] = {
    "type": "result",
    "v": 1,
    "outcome": "error",
    "exit_status": 2,
    "answer": None,
    "because": "",
    "error": None,
    "source": "",
    "truncated": False,
    "winner": None,
    "agents": [],
    "ballots": [],
    "session": None,
    "directory": None,
    "turn": None,
    "files": {"workspace": None, "changed": [], "unsubmitted": None},
    "usage": {**NO_REQUEST, "agents": {}},
    "seconds": 0.0,
}


def result(ran: Ran) -> dict[str, Json]:
    """The one object on stdout; how long it took aside."""
    assert (ran.stdout.isascii(), ran.stdout.count("\n"), acting(ran.stdout)) == (True, 1, [])
    said: dict[str, Json] = json.loads(ran.stdout)
    assert said["exit_status"] == ran.status
    return {**said, "seconds": 0.0}


def agent(name: str, *labels: str, because: str = "") -> dict[str, Json]:
    return {
        "agent": name,
        "model": "scripted",
        "provider": "Demo",
        "answers": [*labels],
        "no_answer_because": because,
    }


def test_the_whole_result_of_a_team(massgen: Program) -> None:
    ran = massgen("--config", teams.write(massgen.project, teams.THREE), "--output-format", "json", "Why?")

    [session] = massgen.sessions()
    said = result(ran)
    usage = said["usage"]
    assert isinstance(usage, dict)
    assert [usage["requests"], usage["cost"], [*usage["agents"]]] == [7, "0", ["ann", "bob", "cyd"]]
    assert {**said, "usage": None} == {
        **NOTHING,
        "outcome": "answered",
        "exit_status": 0,
        "answer": "Bob's answer to “Why?”.",
        "source": "presented",
        "winner": {"agent": "bob", "label": "agent2.1", "because": "ballot"},
        "agents": [agent("ann", "agent1.1"), agent("bob", "agent2.1"), agent("cyd", "agent3.1")],
        "ballots": [
            {
                "number": 1,
                "candidates": [
                    {"label": label, "author": name, "members": [label], "supporters": [name]}
                    for label, name in (("agent1.1", "ann"), ("agent2.1", "bob"), ("agent3.1", "cyd"))
                ],
                "votes": [
                    {
                        "agent": name,
                        "first": first,
                        "first_counts": True,
                        "also": [],
                        "reason": reason,
                        "how": "vote",
                    }
                    for name, first, reason in (
                        ("ann", "agent2.1", "It is better."),
                        ("bob", "agent1.1", "It is shorter."),
                        ("cyd", "agent2.1", "It says more."),
                    )
                ],
                "abstentions": [],
                "rule": "approval",
                "tally": [
                    {"label": "agent2.1", "score": 2.0, "firsts": 2.0, "supporters": 1},
                    {"label": "agent1.1", "score": 1.0, "firsts": 1.0, "supporters": 1},
                    {"label": "agent3.1", "score": 0.0, "firsts": 0.0, "supporters": 1},
                ],
                "because": "all_done",
            }
        ],
        "session": session.name,
        "directory": str(session),
        "turn": 1,
        "usage": None,
    }
    assert ran.told.startswith("◆ 3 agents · 1 round · winner bob (2 of 3 votes)")


def test_a_stream_is_the_log_line_by_line_and_then_the_result(massgen: Program) -> None:
    config = teams.write(massgen.project, teams.THREE)
    ran = massgen("--config", config, "--output-format", "stream-json", stdin="Why?\n")

    [session] = massgen.sessions()
    *events, last = ran.stdout.splitlines(keepends=True)
    logged = (session / "events.jsonl").read_text("ascii").splitlines(keepends=True)
    behind = [each.partition(" ")[2].replace('"more":true,', "") for each in logged]  # checksum; what is one batch
    assert events == behind
    told = result(Ran(stdout=last, stderr="", status=ran.status))
    assert (told["outcome"], told["answer"], told["session"]) == ("answered", "Bob's answer to “Why?”.", session.name)


def test_a_session_is_gone_on_with_run_after_run(massgen: Program) -> None:
    config = teams.remembering(massgen.project)
    first = result(massgen("--config", config, "--output-format", "json", "One?"))
    ran = massgen("--config", config, "--continue", "--output-format", "stream-json", "Two?")
    second = json.loads(ran.stdout.splitlines()[-1])

    assert (first["turn"], first["answer"]) == (1, "Number 1, after “”.")
    assert (second["turn"], second["answer"]) == (2, "Number 2, after “One?”.")
    assert second["session"] == first["session"]
    assert json.loads(ran.stdout.splitlines()[0])["type"] == "SessionStarted"


def test_a_turn_without_an_answer_says_of_each_agent_why(massgen: Program) -> None:
    script = """\
words_per_second: 0
repeat: true
agents:
  ann: {draft: [fail: {kind: quota, text: "No credit is left."}]}
  bob: {draft: [fail: {kind: auth, text: "The key was refused."}]}
  cyd: {draft: [fail: {kind: unknown_model, text: "There is no such model."}]}
"""
    ran = massgen("--config", teams.write(massgen.project, teams.THREE, script), "--output-format", "json", "Why?")

    said = result(ran)
    assert (said["outcome"], said["exit_status"], said["answer"], said["winner"]) == ("failed", 3, None, None)
    assert said["agents"] == [
        agent("ann", because="No credit is left."),
        agent("bob", because="The key was refused."),
        agent("cyd", because="There is no such model."),
    ]
    assert ran.told.startswith("✗ ")


@pytest.mark.parametrize("kind", ["json", pytest.param("stream-json", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("arguments", "status", "error"),
    [
        (
            ["--demo"],
            2,
            {"kind": "usage", "sentence": "The question is empty.", "hint": 'massgen --model NAME "your question", …'},
        ),
        (
            ["--config", "nowhere.yaml", "Why?"],
            2,
            {"kind": "configuration", "sentence": "{project}/nowhere.yaml: there is no such file; …", "hint": "…"},
        ),
        (["--demo", "--nope", "Why?"], 2, {"kind": "usage", "sentence": "unrecognized arguments: --nope", "hint": ""}),
        (
            ["--demo", "--resume", "session_20250108_143022", "Why?"],
            4,
            {"kind": "session", "sentence": "No session was saved in this directory yet.", "hint": "…"},
        ),
        (
            ["--demo", "--list-sessions"],
            2,
            {
                "kind": "usage",
                "sentence": "--list-sessions writes a list for people, and no {kind}.",
                "hint": "For a program: massgen sessions list --json",
            },
        ),
    ],
)
def test_what_is_wrong_is_the_result_and_a_sentence_on_stderr(
    massgen: Program, kind: str, arguments: list[str], status: int, error: dict[str, str]
) -> None:
    ran = massgen("--output-format", kind, *arguments)

    said = result(ran)
    wrong = said["error"]
    assert isinstance(wrong, dict)
    for key, expected in error.items():
        start, _, _ = expected.format(project=massgen.project, kind=kind).partition("…")
        assert str(wrong[key]).startswith(start) if "…" in expected else wrong[key] == start
    assert said == {**NOTHING, "exit_status": status, "because": wrong["sentence"], "error": wrong}
    assert str(wrong["sentence"]) in ran.stderr


@pytest.mark.parametrize("kind", ["json", pytest.param("stream-json", marks=pytest.mark.slow)])
def test_a_chat_is_no_conversation_for_a_program(massgen: Program, kind: str) -> None:
    with massgen.chat("--demo", "--output-format", kind, columns=200) as chat:
        assert chat.wait_for_end() == 2
        assert f"massgen: --output-format {kind} needs a question." in chat.text
        assert '"outcome":"error"' in "".join(chat.text.split())


def test_ctrl_c_ends_the_turn_with_a_result(massgen: Program) -> None:
    command = massgen.command(
        "--config", teams.write(massgen.project, script=teams.HANGS), "--output-format", "stream-json", "Why?"
    )
    with massgen.started(*command) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["type"] == "SessionStarted"
        assert json.loads(process.stdout.readline())["type"] == "TurnStarted"
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=TOO_LONG_S)

    said = result(Ran(stdout=stdout.splitlines(keepends=True)[-1], stderr=stderr, status=process.returncode))
    [session] = massgen.sessions()
    assert (said["outcome"], said["exit_status"], said["answer"]) == ("cancelled", 130, None)
    assert said["files"] == {
        "workspace": None,
        "changed": [],
        "unsubmitted": str(session / "turn_1" / "agent_outputs"),
    }
    assert "Traceback" not in stderr


@pytest.mark.parametrize("kind", [pytest.param("json", marks=pytest.mark.slow), "stream-json"])
def test_a_program_that_left_is_no_error_worth_a_word(massgen: Program, kind: str) -> None:
    ran = massgen.unheard("--config", teams.write(massgen.project), "--output-format", kind, "Why?", on="stdout")

    assert ran.status == 141
    assert len(ran.stderr.splitlines()) == 7
    [session] = massgen.sessions()
    assert (session / "SESSION_SUMMARY.txt").exists()


def test_a_full_disk_is_said_in_a_sentence(massgen: Program) -> None:
    command = massgen.command("--config", teams.write(massgen.project), "--output-format", "json", "Why?")
    ran = massgen.run("/bin/sh", "-c", 'exec "$@" >/dev/full', "sh", *command)

    assert ran.status == 1
    assert ran.told.splitlines()[1:] == [
        "massgen: The result cannot be written to stdout: No space left on device.",
        "  It is kept with the session.",
    ]


def test_hostile_text_is_whole_and_harmless(massgen: Program) -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": "dumb"}
    hostile = "".join(each for each in PAYLOADS if each.isprintable() or "\x00" not in each)
    hostile = hostile.encode("utf-8", "replace").decode()
    with WireServer(lambda _: Reply(text=[hostile])) as server:
        ran = massgen("--model", "gpt-6.1-terra", "--output-format", "json", "Why?", env=server.environ("openai") | env)

    assert result(ran)["answer"] == hostile


def test_more_than_a_pipe_holds_reaches_the_program_whole(massgen: Program) -> None:
    question = "x" * MORE_THAN_A_PIPE_HOLDS
    ran = massgen("--config", teams.write(massgen.project), "--output-format", "stream-json", stdin=question)

    _, started, *_, last = map(json.loads, ran.stdout.splitlines())
    assert started["data"]["question"] == question
    assert last["outcome"] == "answered"


# -- the page --------------------------------------------------------------------------------------------------------


def test_the_page_explains_every_key_of_a_result() -> None:
    listed = [key for names, _ in rows(text_of("docs/programs.md"), "## The result") for key in code_in(names)]
    assert listed == [*NOTHING]


def test_the_page_shows_a_result_as_it_is() -> None:
    [shown] = blocks(text_of("docs/programs.md"), "json")
    assert [*json.loads(shown)] == [*NOTHING]
