"""What the guide says about configurations: that of the page as it stands, keys, mistakes, and pages to read on."""

import pytest

from docs.generate import page as generated
from massgen.backends.providers import PROVIDERS
from tests.docs.pages import text_of
from tests.guide.page import block, promised
from tests.helpers import teams
from tests.helpers.program import Program
from tests.helpers.wires import Reply, WireServer

pytestmark = pytest.mark.slow  # a program is started for each


def test_without_logging_there_are_no_agent_outputs(massgen: Program) -> None:
    promised("With `logging_enabled: false` the files in `agent_outputs/` are not written.")

    massgen("--config", teams.write(massgen.project, f"{teams.ONE}ui: {{logging_enabled: false}}\n"), "Why?")
    [session] = massgen.sessions()

    assert [each.name for each in (session / "turn_1").iterdir()] == ["coordination_log.json"]


def test_the_first_team_of_the_page_answers_as_it_stands(massgen: Program) -> None:
    promised(
        "Interactive mode reads the same YAML as a single question:",
        "When a vendor is about to switch off a model, MassGen says so at the start.",
    )

    (massgen.project / "team.yaml").write_text(block("Configuration", "yaml"), "utf-8")
    with WireServer(lambda _: Reply(text="Final answer: 4")) as server:
        ran = massgen("--config", "team.yaml", "2 + 2?", env=server.environ("gemini", "openai"))
        with massgen.chat("--config", "team.yaml", env=server.environ("gemini", "openai")) as chat:
            chat.wait_for("Multi-Agent (2 agents)", "agent1:", "gemini-2.5-flash", "agent2:", "gpt-5-nano")

    assert (ran.stdout, ran.status) == ("Final answer: 4\n", 0), ran.stderr
    assert "gpt-5-nano stop" in ran.stderr
    assert {each.model for each in server.requests} == {"gemini-2.5-flash", "gpt-5-nano"}


CWD = "agents: [{id: ann, backend: {type: claude, model: claude-sonnet-5-5, cwd: %s}}]\n"
SHARES = "orchestrator: {context_paths: [{path: %s, permission: %s}]}\n"


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        (
            CWD % "w" + SHARES % ("nowhere", "read"),
            "team.yaml:2:39: orchestrator.context_paths[0].path: 'nowhere' does not exist (it is looked for in",
        ),
        (CWD % "../w", "cwd"),
        (CWD % "w" + SHARES % (".", "wirte"), "'wirte'"),
        (CWD % "w" + "orchestrator: {snapshot_stroage: x}\n", "team.yaml:2:16: orchestrator.snapshot_stroage"),
    ],
    ids=["context path", "cwd", "permission", "unknown key"],
)
def test_a_mistake_about_files_is_told_before_any_model_is_asked(massgen: Program, yaml: str, said: str) -> None:
    promised(
        "A context path that does not exist, a workspace outside `.massgen/`, or a misspelt permission is told before "
        "any model is asked.",
        "A key that does not exist is an error with its line.",
    )

    (massgen.project / "team.yaml").write_text(yaml, "utf-8")
    with WireServer([]) as server:
        ran = massgen("--config", "team.yaml", "Why?", env=server.environ("claude"))

    assert (ran.status, server.requests, ran.stdout) == (2, [], "")
    assert said in ran.stderr


def test_every_key_stands_on_the_page_that_is_named() -> None:
    promised("Every key stands in [configuration.md](configuration.md).")

    assert text_of("docs/configuration.md") == generated(text_of("docs/configuration.md"))


def test_the_pages_of_the_next_steps_hold_what_they_are_named_for() -> None:
    promised(
        "* [configuration.md](configuration.md): every key of a team",
        "* [providers.md](providers.md): every provider, and how to reach your own server",
        "* [protocol.md](protocol.md): how a team comes to one answer",
        "* [programs.md](programs.md): JSON for programs",
        "* [roadmap.md](roadmap.md): what is not there yet",
    )

    providers = text_of("docs/providers.md")
    assert [row.type for row in PROVIDERS.values() if f"`{row.type}`" not in providers] == []
    assert "base_url" in providers
    assert "ballot" in text_of("docs/protocol.md")
    assert "--output-format json" in text_of("docs/programs.md")
    assert "MCP" in text_of("docs/roadmap.md")


@pytest.mark.parametrize("flags", [[], ["--debug"]])
def test_the_debug_log_is_asked_for_on_the_command_line_and_nowhere_else(massgen: Program, flags: list[str]) -> None:
    promised("A debug log is written only when you ask for it with `--debug`, and then whatever the file says.")

    team = f"{teams.ONE}ui: {{logging_enabled: {'false' if flags else 'true'}}}\n"
    ran = massgen(*flags, "--config", teams.write(massgen.project, team), "Why?")

    logs = list(massgen.project.glob("agent_outputs/log_*/massgen_debug.log"))
    assert [line for line in ran.stderr.splitlines() if "debug" in line] == [
        f"note: debug log: {each}" for each in logs
    ]
    assert len(logs) == len(flags)
