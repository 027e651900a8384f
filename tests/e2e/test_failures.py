"""The world fails: the others go on, the user is told the truth, and no key gets anywhere it does not belong."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import models
from tests.helpers.models import GEMINI, GROK, OPENAI
from tests.helpers.program import Program, Ran
from tests.helpers.wires import Reply, Request, WireServer

pytestmark = pytest.mark.slow  # three providers in each, and waits before another try

QUESTION = "What is machine learning?"
PROVIDERS = ("openai", "deepseek", "grok")
DEEPSEEK = "deepseek-flash"
MODELS = {OPENAI: models.TEAM[OPENAI], DEEPSEEK: models.TEAM[GEMINI], GROK: models.TEAM[GROK]}
DOWN = Reply(status=500, body={"error": {"message": "out of order"}})
TEAM = f"""\
agents:
  - {{id: ann, backend: {{type: openai, model: {OPENAI}}}}}
  - {{id: bob, backend: {{type: deepseek, model: {DEEPSEEK}}}}}
  - {{id: cyd, backend: {{type: grok, model: {GROK}}}}}
timeout_settings: {{max_retries: 0}}
"""
"""Three agents of which bob wins, and no patience. One SDK serves them all, which saves the time of loading others."""

PATIENT = TEAM.replace("max_retries: 0", "max_retries: 1")


def usual(request: Request) -> Reply:
    """What these models say when all is well."""
    return models.reply(request, MODELS)


def ask(
    massgen: Program, script: Callable[[Request], Reply], *, yaml: str = TEAM, **env: str
) -> tuple[Ran, list[Request]]:
    """Ask the team, whose models answer as the script says."""
    (massgen.project / "team.yaml").write_text(yaml, encoding="utf-8")
    with WireServer(script) as server:
        ran = massgen("--config", "team.yaml", QUESTION, env={**server.environ(*PROVIDERS), **env})
    return ran, server.requests


def holding(directory: Path, word: str) -> list[Path]:
    """The files below a directory that hold a word."""
    files = [each for each in directory.rglob("*") if each.is_file()]
    return [each for each in files if word in each.read_text(encoding="utf-8")]


def test_when_one_provider_answers_errors_the_other_two_answer_and_it_is_said(massgen: Program) -> None:
    def reply(request: Request) -> Reply:
        return DOWN if (request.model, models.stage(request)) == (GROK, "draft") else usual(request)

    ran, _ = ask(massgen, reply)

    assert (ran.stdout, ran.status) == (f"{models.FINAL_ANSWER}\n", 0)
    assert ran.told.startswith("◆ 2 of 3 agents answered; cyd: overloaded · 1 round · winner bob (2 of 3 votes) · ")
    assert "cyd failed: Grok cannot answer right now (500): out of order\n" in ran.stderr


def test_when_one_provider_is_not_there_the_other_two_answer_and_it_is_said(massgen: Program) -> None:
    def reply(request: Request) -> Reply:  # one vote each: the lot decides who presents
        return usual(request) if models.stage(request) != "presentation" else Reply(text=models.FINAL_ANSWER)

    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        ran, _ = ask(massgen, reply, XAI_BASE_URL=f"http://127.0.0.1:{nobody.getsockname()[1]}/v1")

    assert (ran.stdout, ran.status) == (f"{models.FINAL_ANSWER}\n", 0)
    assert ran.told.startswith("◆ 2 of 3 agents answered; cyd: network failed · 1 round · ")
    assert "cyd failed: The connection to Grok (127.0.0.1) failed: " in ran.stderr


def test_when_all_are_down_the_reasons_are_said_and_the_status_is_3(massgen: Program) -> None:
    keys_are_wrong = Reply(status=401, body={"error": {"code": "invalid_api_key", "message": "no such key"}})
    ran, requests = ask(massgen, lambda request: keys_are_wrong if request.model == DEEPSEEK else DOWN)

    assert (ran.stdout, ran.status) == ("", 3)
    assert ran.told.startswith("✗ no agent answered · ann: overloaded; bob: key refused; cyd: overloaded · ")
    assert len(requests) == 3
    [session] = massgen.sessions()
    summary = " ".join((session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8").split())
    assert "DeepSeek refused the key in DEEPSEEK_API_KEY (401): no such key" in summary


@pytest.mark.parametrize(
    ("key", "environ", "where"),
    [
        ("", {}, "OPENAI_API_KEY"),
        (", api_key: sk-written-in-the-file", {}, "team.yaml:2:70"),
        (", api_key: $MINE", {}, "team.yaml:2:70"),
        (', api_key: "${MINE}"', {"MINE": "sk-mine"}, "MINE"),
        (', api_key: "${MINE:-sk-written-in-the-file}"', {"MINE": "sk-mine"}, "MINE"),
        (', api_key: "${MINE:-sk-written-in-the-file}"', {}, "team.yaml:2:70"),
        (', api_key: "sk-${MINE}"', {"MINE": "mine"}, "team.yaml:2:70"),
    ],
    ids=["usual", "written", "no variable", "variable", "variable, default", "default", "part"],
)
def test_a_refused_key_is_told_with_where_it_came_from_and_never_shown(
    massgen: Program, key: str, environ: dict[str, str], where: str
) -> None:
    (massgen.project / "team.yaml").write_text(
        f"agents:\n  - {{id: ann, backend: {{type: openai, model: gpt-6.1-terra{key}}}}}\n", encoding="utf-8"
    )
    with WireServer(lambda _: Reply(status=401, body={"error": {"message": "no such key"}})) as server:
        ran = massgen("--config", "team.yaml", "Why?", env={**server.environ("openai"), **environ})

    assert f"ann failed: OpenAI refused the key in {where} (401): no such key\n" in ran.stderr
    assert "sk-" not in ran.stderr
    [log] = (each / "events.jsonl" for each in massgen.sessions())
    assert "sk-" not in log.read_text(encoding="utf-8")


def test_a_provider_that_is_overloaded_once_is_asked_again(massgen: Program) -> None:
    refused: list[Request] = []

    def reply(request: Request) -> Reply:
        if request.model == GROK and not refused:
            refused.append(request)
            return Reply(status=529, body={"error": {"message": "slow down"}}, headers={"retry-after": "0"})
        return usual(request)

    seed = "orchestrator: {coordination: {seed: lot 692}}\n"  # its lot is a wait of milliseconds
    ran, requests = ask(massgen, reply, yaml=PATIENT + seed)

    assert (ran.stdout, ran.status) == (f"{models.FINAL_ANSWER}\n", 0)
    assert ran.told.startswith("◆ 3 agents · 1 round · winner bob (2 of 3 votes)")
    assert "cyd retrying in 0 s: overloaded\n" in ran.stderr
    assert len([each for each in requests if models.stage(each) == "draft"]) == 4


@pytest.mark.parametrize(
    ("prose", "counted"),
    [
        ("I like the second one.\n\n**{label}**\n", "cyd voted → bob\n"),
        ("All of them are fine.", "cyd abstained: "),
    ],
    ids=["a label alone on a line", "no label"],
)
def test_prose_instead_of_a_vote_is_asked_again_once_and_then_read_for_a_label(
    massgen: Program, prose: str, counted: str
) -> None:
    ballots: list[Request] = []

    def reply(request: Request) -> Reply:
        if request.model != GROK or models.stage(request) != "ballot":
            return usual(request)
        ballots.append(request)
        return Reply(text=prose.format(label=models.label(request, "by example")))

    ran, _ = ask(massgen, reply, yaml=PATIENT)  # the other two votes are even, so this one is waited for

    assert ran.status == 0
    first, second = ballots
    assert "could not be used" not in first.question
    assert "Your last reply could not be used. The reply called neither tool." in second.question
    assert counted in ran.stderr


@pytest.mark.parametrize("canary", ["sk-canary-4711", pytest.param("canary+/=4711", marks=pytest.mark.slow)])
def test_no_key_is_ever_repeated_even_when_a_provider_repeats_it(massgen: Program, canary: str) -> None:
    def echo(request: Request) -> Reply:
        message = f"Incorrect API key provided: {canary}. Headers: {dict(request.headers)} {request.path}"
        return Reply(status=401, body={"error": {"code": "invalid_api_key", "message": message}})

    keys = {"OPENAI_API_KEY": canary, "DEEPSEEK_API_KEY": canary, "XAI_API_KEY": canary}
    ran, _ = ask(massgen, echo, **keys)

    assert ran.status == 3
    assert "[key]" in ran.stderr
    assert "4711" not in ran.stdout + ran.stderr
    assert holding(massgen.project, "4711") == []
    assert holding(massgen.home, "4711") == []
