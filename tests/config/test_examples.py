"""The teams that come with massgen work as they are, and are found by their names."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from massgen.config import examples
from massgen.config.load import load
from massgen.config.schema import Agent
from massgen.config.script import AgentScript, Say, Script, Vote, load_script
from massgen.errors import ConfigError

TYPES = ("claude_code", "demo", "gemini", "grok", "openai")
ENDING_SOON = ("gpt-5", "gpt-4", "o1", "o3", "o4", "claude-sonnet-4-5", "gemini-2.5")
STAGES = ("draft", "ballot", "presentation")


@pytest.mark.parametrize("name", examples.names())
def test_every_example_loads_without_a_key_and_without_a_notice(name: str) -> None:
    assert load(examples.resolve(name), environ={}, backend_types=TYPES).notices == ()


def test_no_example_asks_for_a_model_that_is_about_to_be_switched_off() -> None:
    asked = {agent.backend.model for name in examples.names() for agent in team(name)}
    assert asked == {"claude-sonnet-5-5", "gpt-6.1-terra", "gemini-3.8-flash", "grok-4.7", "demo-scripted"}
    assert not [model for model in asked if model and model.startswith(ENDING_SOON)]


def test_the_index_of_the_examples_is_true() -> None:
    index = examples.resolve("@examples/demo/team").parent.parent / "README.md"
    rows = [row(name) for name in examples.names()]
    table = index.read_text(encoding="utf-8").partition("|---|---|---|\n")[2]
    assert table.splitlines() == rows


@pytest.mark.parametrize("name", ["@examples/demo/team.yaml", "@examples/demo/team"])
def test_an_example_is_found_with_and_without_its_ending(name: str) -> None:
    assert examples.resolve(name).parts[-3:] == ("examples", "demo", "team.yaml")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "@examples/basic/multi/three_agent_default",
            (
                "there is no example '@examples/basic/multi/three_agent_default'; "
                "did you mean @examples/basic/multi/three_agents_default.yaml?"
            ),
        ),
        ("@examples/../pyproject.toml", "there is no example '@examples/../pyproject.toml'"),
        ("@examples//etc/passwd", "there is no example '@examples//etc/passwd'"),
        ("@examples/demo/../demo/team.yaml", None),
        ("@examples/demo/script.yaml", None),
        ("@examples/", "there is no example '@examples/'"),
        ("@examples/\x1b[2J", "there is no example '@examples/\\x1b[2J'"),
    ],
)
def test_an_unknown_example_names_the_nearest_and_all_that_exist(name: str, sentence: str | None) -> None:
    with pytest.raises(ConfigError) as refused:
        examples.resolve(name)
    assert str(refused.value) == (sentence or f"there is no example {name!r}; did you mean @examples/demo/team.yaml?")
    assert refused.value.hint == (
        "These examples exist: @examples/basic/multi/three_agents_default.yaml, "
        "@examples/basic/single/single_agent.yaml, @examples/demo/team.yaml, "
        "@examples/tools/filesystem/claude_code_single.yaml."
    )


def test_an_installation_without_examples_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        examples.resolve("@examples/x", directory=tmp_path / "none")
    assert refused.value.hint == "No examples are installed here."


# -- the demo team ---------------------------------------------------------------------------------------------------


def test_every_demo_agent_has_lines_for_every_stage_and_as_many_votes_as_drafts() -> None:
    script = demo()
    assert set(script.agents) == {agent.id for agent in team("@examples/demo/team")}
    assert {tuple(len(getattr(lines, stage)) for stage in STAGES) for lines in script.agents.values()} == {(3, 3, 2)}


def test_every_text_of_the_demo_says_that_no_model_was_asked_and_repeats_the_question() -> None:
    lines = [line for each in demo().agents.values() for line in (*each.draft, *each.presentation)]
    texts = [line.text for line in lines if isinstance(line, Say)]
    assert len(texts) == 15
    assert all("demo" in text and "no model was asked" in text.lower() and "{question}" in text for text in texts)


def test_later_demo_turns_refer_to_the_question_before() -> None:
    assert all("{previous}" in text(lines, turn) for lines in demo().agents.values() for turn in (1, 2))


def test_a_demo_vote_finds_one_draft_in_every_turn_and_never_the_voters_own() -> None:
    agents = demo().agents
    for voter, lines in agents.items():
        for vote in lines.ballot:
            assert isinstance(vote, Vote)
            for phrase in (vote.phrase, *vote.also):
                for turn in range(3):
                    found = [agent for agent, others in agents.items() if phrase in text(others, turn)]
                    assert len(found) == 1
                    assert found != [voter]


def test_another_demo_agent_wins_each_turn() -> None:
    agents = demo().agents
    assert [winner(agents, turn) for turn in range(3)] == ["demo_ann", "demo_bob", "demo_cleo"]


def test_a_demo_turn_takes_four_to_eight_seconds() -> None:
    script = demo()
    for turn in range(3):
        stages = ([seconds(lines, stage, turn, script) for lines in script.agents.values()] for stage in STAGES)
        assert 4 <= sum(max(each) for each in stages) <= 8


def demo() -> Script:
    path = team("@examples/demo/team")[0].backend.script
    assert path is not None
    return load_script(path)


def team(name: str) -> tuple[Agent, ...]:
    return load(examples.resolve(name), environ={}, backend_types=TYPES).configuration.agents


def row(name: str) -> str:
    agents = ", ".join(f"{agent.id} ({agent.backend.model})" for agent in team(name))
    about = examples.resolve(name).read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    return f"| `{name}` | {agents} | {about} |"


def text(lines: AgentScript, turn: int) -> str:
    draft = lines.draft[turn]
    assert isinstance(draft, Say)
    return draft.text


def winner(agents: Mapping[str, AgentScript], turn: int) -> str:
    score = dict.fromkeys(agents, 0)
    for lines in agents.values():
        vote = lines.ballot[turn]
        assert isinstance(vote, Vote)
        for phrase in (vote.phrase, *vote.also):
            for agent, others in agents.items():
                score[agent] += phrase in text(others, turn)
    [best] = [agent for agent, votes in score.items() if votes == max(score.values())]
    return best


def seconds(lines: AgentScript, stage: str, turn: int, script: Script) -> float:
    said_lines = getattr(lines, stage)
    line = said_lines[turn % len(said_lines)]
    words = f"{line.think or getattr(line, 'because', '')} {getattr(line, 'text', '')}".split()
    return float(line.wait + len(words) / script.words_per_second)
