"""What cannot be done is said in a sentence with a way on, on stderr and nowhere else, and no provider is asked."""

import pytest

from tests.helpers import teams
from tests.helpers.program import Program, Ran

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


def refusal(stderr: str, status: int = 2) -> Ran:
    """Nothing on stdout, these lines on stderr."""
    return Ran(stdout="", stderr=stderr, status=status)


# -- no team ---------------------------------------------------------------------------------------------------------


def test_without_a_provider_the_ways_to_get_one_are_named(massgen: Program) -> None:
    sentence = "massgen: No team is configured here, and none was named.\n  Ways to get one:\n"

    assert massgen("What is entropy?") == refusal(sentence + WAYS)
    assert massgen(stdin="What is entropy?") == refusal(sentence + WAYS)


def test_keys_alone_make_no_team_but_the_models_they_open_come_first(massgen: Program) -> None:
    ran = massgen("What is entropy?", env={"OPENAI_API_KEY": "canary", "XAI_API_KEY": "canary"})

    assert ran == refusal(
        """\
massgen: No team is configured here, and none was named.
  Ways to get one:
    massgen --model gpt-6.1-terra    (its key is set)
    massgen --model grok-4.7    (its key is set)
"""
        + WAYS
    )


def test_without_any_key_no_agent_can_start(massgen: Program) -> None:
    assert massgen("--config", THREE, "What is entropy?") == refusal(
        """\
massgen: No agent can start. openai_agent_1: OPENAI_API_KEY is not set; \
gemini_agent_2: GEMINI_API_KEY or GOOGLE_API_KEY is not set; grok_agent_3: XAI_API_KEY is not set.
  Set the key in the environment, or: massgen --demo
"""
    )
    assert massgen("--model", "gpt-6.1-terra", "What is entropy?") == refusal(
        """\
massgen: No agent can start. openai_agent: OPENAI_API_KEY is not set.
  Set the key in the environment, or: massgen --demo
"""
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
    assert massgen(*arguments) == refusal(stderr)


# -- the question ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["", "  \n\t "])
def test_an_empty_question_is_refused(massgen: Program, question: str) -> None:
    assert massgen("--demo", question) == refusal(EMPTY)
    assert massgen("--demo", stdin=question) == refusal(EMPTY)
    assert massgen("--demo", question, stdin=question) == refusal(EMPTY)


def test_no_question_and_nothing_to_read_is_an_empty_question(massgen: Program) -> None:
    assert massgen("--demo") == refusal(EMPTY)


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
    assert massgen("--config", named, "Why?") == refusal(stderr.format(project=massgen.project))


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

    assert massgen("--config", "team.yaml", "Why?") == refusal(f"massgen: {massgen.project}/team.yaml:{complaint}\n")


# -- the disk --------------------------------------------------------------------------------------------------------


def test_where_no_session_can_be_kept_no_agent_is_asked(massgen: Program) -> None:
    team = teams.write(massgen.project, script=teams.HANGS)
    (massgen.project / ".massgen").touch()

    assert massgen("--config", team, "Why?") == refusal(
        f"massgen: cannot make a session in {massgen.project}/.massgen/sessions: Not a directory\n"
        "  Move that file out of the way; a directory belongs there.\n",
        status=4,
    )
