"""What cannot be done is said in a sentence with a way on, on stderr and nowhere else, and no provider is asked."""

import pytest

from tests.helpers import teams
from tests.helpers.program import Program, refusal

THREE = "@examples/basic/multi/three_agents_default.yaml"
EMPTY = """\
massgen: The question is empty.
  massgen --model NAME "your question", or without a question in a terminal to chat
"""
WAYS = """\
    massgen --model NAME    with the provider's key in the environment, for example OPENAI_API_KEY
    massgen --model ollama:NAME    a model on this machine, no key
    massgen --config FILE    a team, for example @examples/basic/multi/three_agents_default.yaml
    massgen --demo    a scripted team, to look around
"""


# -- no team ---------------------------------------------------------------------------------------------------------


def test_without_a_provider_the_ways_to_get_one_are_named(massgen: Program) -> None:
    sentence = "massgen: No team is configured here, and none was named.\n  Ways to get one:\n"

    assert massgen("What is entropy?") == refusal(2, sentence + WAYS)
    assert massgen(stdin="What is entropy?") == refusal(2, sentence + WAYS)


def test_keys_alone_make_no_team_but_the_models_they_open_come_first(massgen: Program) -> None:
    ran = massgen("What is entropy?", env={"OPENAI_API_KEY": "canary", "XAI_API_KEY": "canary"})

    assert ran == refusal(
        2,
        """\
massgen: No team is configured here, and none was named.
  Ways to get one:
    massgen --model gpt-6.1-terra    (its key is set)
    massgen --model grok-4.7    (its key is set)
"""
        + WAYS,
    )


def test_without_any_key_no_agent_can_start(massgen: Program) -> None:
    assert massgen("--config", THREE, "What is entropy?") == refusal(
        2,
        """\
massgen: No agent can start. openai_agent_1: OPENAI_API_KEY is not set; \
gemini_agent_2: GEMINI_API_KEY or GOOGLE_API_KEY is not set; grok_agent_3: XAI_API_KEY is not set.
  Set the key in the environment, or: massgen --demo
""",
    )
    assert massgen("--model", "gpt-6.1-terra", "What is entropy?") == refusal(
        2,
        """\
massgen: No agent can start. openai_agent: OPENAI_API_KEY is not set.
  Set the key in the environment, or: massgen --demo
""",
    )


def test_an_agent_without_its_key_stays_away_and_the_others_answer(massgen: Program) -> None:
    team = teams.write(massgen.project, f"{teams.ONE}  - {{id: bob, backend: {{type: claude, model: claude-x}}}}\n")
    ran = massgen("--config", team, "Why?")

    assert (ran.status, ran.stdout) == (0, "The answer to “Why?”.\n")
    assert ran.told.splitlines()[0] == (
        "note: bob stays away: ANTHROPIC_API_KEY is not set. The team starts without it."
    )
    assert "◆ 1 of 2 agents answered; bob: no key" in ran.told.splitlines()[-1]


# -- flags -----------------------------------------------------------------------------------------------------------


def test_an_unknown_flag_is_named_below_the_usage(massgen: Program) -> None:
    ran = massgen("--nope", "Why?")

    usage, _, complaint = ran.stderr.rstrip("\n").rpartition("\n")
    assert usage.startswith("usage: massgen [-h] [--config FILE | --model NAME | --demo]")
    assert (ran.stdout, complaint, ran.status) == ("", "massgen: error: unrecognized arguments: --nope", 2)


@pytest.mark.parametrize(
    ("arguments", "stderr"),
    [
        (
            ["--backend", "openai", "Why?"],
            "massgen: --backend and --base-url go with --model.\n  massgen --model NAME --backend TYPE\n",
        ),
        (
            ["--demo", "--base-url", "http://localhost", "Why?"],
            "massgen: --backend and --base-url go with --model.\n  massgen --model NAME --backend TYPE\n",
        ),
        (["--model", "demo-x", "Why?"], "massgen: The demo team is started by itself.\n  massgen --demo\n"),
        (
            ["--model", "llama-5", "Why?"],
            (
                "massgen: Cannot tell from its name who serves the model 'llama-5'.\n"
                "  Name the provider too: massgen --model provider:llama-5, where provider is one of openai, claude, "
                "claude_code, gemini, grok, openrouter, groq, together, fireworks, cerebras, deepseek, qwen, moonshot, "
                "zai, nvidia, nebius, mistral, poe, azure_openai, lmstudio, vllm, sglang, ollama, llama_cpp, "
                "chatcompletion.\n"
            ),
        ),
        (
            ["--model", "gpt-6.1-terra", "--backend", "opnai", "Why?"],
            (
                "massgen: There is no backend 'opnai'.\n"
                "  Known: azure_openai, cerebras, chatcompletion, claude, claude_code, deepseek, demo, fireworks, "
                "gemini, grok, groq, llama_cpp, lmstudio, mistral, moonshot, nebius, nvidia, ollama, openai, "
                "openrouter, poe, qwen, sglang, together, vllm, zai.\n"
            ),
        ),
    ],
)
def test_flags_that_mean_nothing_together_or_nobody_are_refused(
    massgen: Program, arguments: list[str], stderr: str
) -> None:
    assert massgen(*arguments) == refusal(2, stderr)


# -- the question ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["", "  \n\t "])
def test_an_empty_question_is_refused(massgen: Program, question: str) -> None:
    assert massgen("--demo", question) == refusal(2, EMPTY)
    assert massgen("--demo", stdin=question) == refusal(2, EMPTY)
    assert massgen("--demo", question, stdin=question) == refusal(2, EMPTY)


def test_no_question_and_nothing_to_read_is_an_empty_question(massgen: Program) -> None:
    assert massgen("--demo") == refusal(2, EMPTY)


# -- configurations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "stderr"),
    [
        (
            "nope.yaml",
            (
                "massgen: {project}/nope.yaml: there is no such file; "
                "look at the spelling and at the directory you are in\n"
                "  Examples are named like this: --config @examples/basic/…\n"
            ),
        ),
        (".", "massgen: {project}: is a directory, not a file; name a YAML file\n"),
        (
            "@examples/basic/multi/three_agents_defalt",
            (
                "massgen: there is no example '@examples/basic/multi/three_agents_defalt'; "
                "did you mean @examples/basic/multi/three_agents_default.yaml?\n"
                "  These examples exist: @examples/basic/multi/three_agents_default.yaml, "
                "@examples/basic/single/single_agent.yaml, @examples/demo/team.yaml, "
                "@examples/tools/filesystem/claude_code_single.yaml.\n"
            ),
        ),
    ],
)
def test_a_configuration_that_is_not_there_is_named(massgen: Program, named: str, stderr: str) -> None:
    assert massgen("--config", named, "Why?") == refusal(2, stderr.format(project=massgen.project))


@pytest.mark.parametrize(
    ("yaml", "complaint"),
    [
        (
            "agents:\n  - id: ann\n   backend: {}\n",
            (
                "3:4: this is not YAML: expected <block end>, but found '<block mapping start>' "
                "while parsing a block collection"
            ),
        ),
        (
            "agents:\n  - {id: ann, backend: {type: opnai, model: gpt-5}}\n",
            "2:31: agents[0].backend.type: 'opnai' is not a known type; did you mean openai?",
        ),
    ],
)
def test_a_broken_configuration_is_refused_with_the_place(massgen: Program, yaml: str, complaint: str) -> None:
    (massgen.project / "team.yaml").write_text(yaml, encoding="utf-8")

    assert massgen("--config", "team.yaml", "Why?") == refusal(2, f"massgen: {massgen.project}/team.yaml:{complaint}\n")


MEMBERS = """\
agents:
  - id: ann
    backend: {type: demo, model: scripted, script: script.yaml, cwd: w}
  - id: bob
    backend:
      {type: demo, model: scripted, script: script.yaml, cwd: %s}
orchestrator:
  %s
"""


@pytest.mark.parametrize(
    ("cwd", "orchestrator", "complaints"),
    [
        ("w", "", ["6:63: agents[1].backend.cwd: 'w' is the workspace of agents[0] too; give every agent its own"]),
        (
            ".massgen/workspaces/W/",
            "",
            [
                (
                    "6:63: agents[1].backend.cwd: '.massgen/workspaces/W/' is the workspace of agents[0] too; "
                    "give every agent its own"
                )
            ],
        ),
        (
            "w//x",
            "",
            ["6:63: agents[1].backend.cwd: 'w//x' overlaps with the workspace of agents[0]; give every agent its own"],
        ),
        (
            "x" * 256,
            "",
            [
                (
                    f"6:63: agents[1].backend.cwd: '{'x' * 59}…' is too long for a path; write a plain name, as in "
                    "`cwd: workspace_2`. To let agents work on your own files, list these under "
                    "orchestrator.context_paths."
                )
            ],
        ),
        (
            "/tmp/x",
            "",
            [
                (
                    "6:63: agents[1].backend.cwd: must be a directory of its own below .massgen/workspaces/, such as "
                    "workspace_a, not '/tmp/x'"
                )
            ],
        ),
        *(
            (
                "b",
                f"snapshot_storage: {value}",
                [
                    (
                        f"8:21: orchestrator.snapshot_storage: {value!r} does not lie below .massgen/; "
                        "write a plain name, as in `snapshot_storage: snapshots`"
                    )
                ],
            )
            for value in ("../snap", "/tmp/x", "~/x", ".", ".massgen")
        ),
        (
            "b",
            f"snapshot_storage: {'x' * 256}",
            [
                (
                    f"8:21: orchestrator.snapshot_storage: '{'x' * 59}…' is too long for a path; "
                    "write a plain name, as in `snapshot_storage: snapshots`"
                )
            ],
        ),
        (
            "b",
            "agent_temporary_workspace: /tmp/x",
            [
                (
                    "8:30: orchestrator.agent_temporary_workspace: '/tmp/x' does not lie below .massgen/; "
                    "write a plain name, as in `agent_temporary_workspace: temp_workspaces`"
                )
            ],
        ),
        (
            "b",
            "snapshot_storage: temp_workspaces",
            [
                (
                    "8:21: orchestrator.snapshot_storage: 'temp_workspaces' overlaps with "
                    "orchestrator.agent_temporary_workspace, which is .massgen/temp_workspaces; give it another name"
                )
            ],
        ),
        (
            "b",
            "snapshot_storage: .massgen/sessions",
            [
                (
                    "8:21: orchestrator.snapshot_storage: '.massgen/sessions' overlaps with .massgen/sessions, where "
                    "MassGen keeps its own files; give it another name"
                )
            ],
        ),
        (
            "W",
            "{agent_temporary_workspace: workspaces, snapshot_storage: workspaces/w/deep}",
            [
                "6:63: agents[1].backend.cwd: 'W' is the workspace of agents[0] too; give every agent its own",
                (
                    "8:31: orchestrator.agent_temporary_workspace: 'workspaces' overlaps with "
                    "the workspace of agents[0]; give it another name"
                ),
                (
                    "8:61: orchestrator.snapshot_storage: 'workspaces/w/deep' overlaps with "
                    "the workspace of agents[0]; give it another name"
                ),
            ],
        ),
        (
            "b",
            "context_paths: [{path: src}, {path: ./src/, protected_paths: [a, ../b]}, {path: scr}]",
            [
                (
                    "8:83: orchestrator.context_paths[2].path: 'scr' does not exist (it is looked for in {project}); "
                    "make it, or correct the spelling"
                )
            ],
        ),
        (
            "b",
            "context_paths: [{path: src}, {path: ./src/, protected_paths: [a, ../b]}]",
            [
                (
                    "8:39: orchestrator.context_paths[1].path: './src/' is the same place as "
                    "orchestrator.context_paths[0].path; keep one"
                ),
                (
                    "8:68: orchestrator.context_paths[1].protected_paths[1]: '../b' lies outside './src/'; "
                    "write it relative to that"
                ),
            ],
        ),
    ],
)
def test_a_place_that_agents_cannot_have_is_refused_where_and_as_it_is_written(
    massgen: Program, cwd: str, orchestrator: str, complaints: list[str]
) -> None:
    (massgen.project / "src").mkdir()
    teams.write(massgen.project, MEMBERS % (cwd, orchestrator or "{}"))

    lines = (f"{massgen.project}/team.yaml:{each}\n".replace("{project}", str(massgen.project)) for each in complaints)
    assert massgen("--config", "team.yaml", "Why?") == refusal(2, f"massgen: {''.join(lines)}")


def test_a_place_of_an_agent_alone_is_named_as_the_user_spelt_it(massgen: Program) -> None:
    teams.write(
        massgen.project,
        """\
agent:
  id: ann
  backend:
    {type: demo, model: scripted, script: script.yaml, cwd: "${PLACE:-w}"}
orchestrator: {session_storage: workspaces}
""",
    )

    assert massgen("--config", "team.yaml", "Why?") == refusal(
        2,
        f"massgen: {massgen.project}/team.yaml:4:61: agent.backend.cwd: '${{PLACE:-w}}' overlaps with "
        ".massgen/workspaces, where MassGen keeps its own files; give one of them another name\n",
    )
