"""A configuration is loaded whole, with its variables filled in and a notice for what must wait."""

from pathlib import Path

import pytest

from massgen.config.load import Loaded
from massgen.config.schema import Agent, Backend, Configuration, Coordination, Orchestrator, Timeouts, Ui
from massgen.errors import ConfigError
from tests.config.loading import ANN, ONE, loaded, refused

# -- what works ------------------------------------------------------------------------------------------------------


def test_the_file_of_the_specification_loads(tmp_path: Path) -> None:
    text = """\
agents:
  - id: "agent1"
    backend:
      type: "gemini"
      model: "gemini-2.5-flash"
  - id: "agent2"
    backend:
      type: "openai"
      model: "gpt-5-nano"

ui:
  display_type: "rich_terminal"
  logging_enabled: true
"""
    configuration = Configuration(
        agents=(
            Agent(id="agent1", backend=Backend(type="gemini", model="gemini-2.5-flash")),
            Agent(id="agent2", backend=Backend(type="openai", model="gpt-5-nano")),
        ),
        ui=Ui(display_type="rich", logging_enabled=True),
    )
    assert loaded(tmp_path, text) == Loaded(
        configuration=configuration, source=tmp_path / "team.yaml", notices=(), quotes={}, keys={}
    )


def test_other_spellings_mean_the_same(tmp_path: Path) -> None:
    text = """\
agent:
  id: ann
  backend: {type: openai, model: m}
orchestrator:
  timeout: {orchestrator_timeout_seconds: 20}
display: {type: simple}
"""
    assert loaded(tmp_path, text).configuration == Configuration(
        agents=(ANN,), timeout_settings=Timeouts(orchestrator_timeout_seconds=20), ui=Ui(display_type="plain")
    )


def test_a_setting_without_a_value_keeps_its_default_but_null_is_a_threshold(tmp_path: Path) -> None:
    text = ONE + "orchestrator:\n  voting_sensitivity:\n  coordination: {consensus_threshold: null}\nui:\n"
    coordination = Coordination(consensus_threshold=None)
    assert loaded(tmp_path, text).configuration == Configuration(
        agents=(ANN,), orchestrator=Orchestrator(coordination=coordination)
    )


def test_anchors_and_merges_spare_repetition(tmp_path: Path) -> None:
    text = """\
agents:
  - id: ann
    backend: &shared {type: openai, model: m}
  - id: bob
    backend: {<<: *shared, model: n}
"""
    bob = Agent(id="bob", backend=Backend(type="openai", model="n"))
    assert loaded(tmp_path, text).configuration == Configuration(agents=(ANN, bob))


@pytest.mark.parametrize("quorum", ["2", "2/3"])
def test_a_quorum_is_a_number_or_a_fraction(tmp_path: Path, quorum: str) -> None:
    text = f"{ONE}{ONE[8:].replace('ann', 'bob')}orchestrator: {{coordination: {{quorum: {quorum}}}}}\n"
    expected = int(quorum) if quorum.isdecimal() else quorum
    assert loaded(tmp_path, text).configuration.orchestrator.coordination.quorum == expected


@pytest.mark.parametrize("word", ["yes", "no", "on", "1.10", "010", "12_30", "true", "1e3", "2024-13-45"])
def test_an_id_and_a_model_keep_their_source_text(tmp_path: Path, word: str) -> None:  # Y17, Y19
    text = f"agents: [{{id: {word}, backend: {{type: openai, model: {word}}}}}]\n"
    agent = Agent(id=word, backend=Backend(type="openai", model=word))
    assert loaded(tmp_path, text).configuration == Configuration(agents=(agent,))


def test_a_time_of_day_is_a_possible_model(tmp_path: Path) -> None:  # Y17
    text = ONE.replace("model: m", "model: 12:30:00")
    assert loaded(tmp_path, text).configuration.agents[0].backend.model == "12:30:00"


def test_extra_options_mean_what_yaml_and_json_agree_on(tmp_path: Path) -> None:
    text = ONE.replace(
        "model: m", "model: m, extra: {a: 1, b: yes, c: true, d: 1.5, e: null, f: [010, '7', 1e999, .inf]}"
    )
    assert loaded(tmp_path, text).configuration.agents[0].backend.extra == {
        "a": 1,
        "b": "yes",
        "c": True,
        "d": 1.5,
        "e": None,
        "f": ["010", "7", "1e999", ".inf"],
    }


def test_a_script_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    text = "agents: [{id: ann, backend: {type: demo, script: lines/script.yaml}}]\n"
    assert loaded(tmp_path, text).configuration.agents[0].backend.script == tmp_path / "lines" / "script.yaml"


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:  # Y10
    assert loaded(tmp_path, "\ufeff" + ONE).configuration == Configuration(agents=(ANN,))


def test_sixty_four_agents_are_a_team(tmp_path: Path) -> None:
    text = "agents:\n" + "".join(f"- {{id: a{i}, backend: {{type: openai, model: m}}}}\n" for i in range(64))
    assert len(loaded(tmp_path, text).configuration.agents) == 64


# -- variables and keys ----------------------------------------------------------------------------------------------


def test_variables_are_filled_in_and_defaults_stand_in(tmp_path: Path) -> None:
    text = """\
agent:
  id: ann
  backend: {type: openai, model: "${MODEL:-m}", api_key: "${KEY}", port: "${PORT}"}
  system_message: "You work for ${FIRM:-nobody}, and ${this.is} not $one."
"""
    agent = loaded(tmp_path, text, KEY="sk-canary", PORT="8000", MODEL="").configuration.agents[0]
    assert agent.backend.api_key is not None
    assert (agent.backend.model, agent.backend.port, agent.backend.api_key.get_secret_value()) == (
        "m",
        8000,
        "sk-canary",
    )
    assert agent.system_message == "You work for nobody, and ${this.is} not $one."


def test_a_missing_variable_is_named_with_its_field(tmp_path: Path) -> None:  # Y20
    text = ONE.replace("model: m", 'model: "${NO_MODEL}", port: "${EMPTY}"')
    assert refused(tmp_path, text, EMPTY="", OTHER="sk-canary") == (
        "team.yaml:3:36: agents[0].backend.model: the variable NO_MODEL is not set; "
        "set it, or write ${NO_MODEL:-a default}\n"
        "team.yaml:3:57: agents[0].backend.port: the variable EMPTY is empty; set it, or write ${EMPTY:-a default}"
    )


def test_a_key_whose_variable_is_not_set_keeps_its_name_so_that_the_others_can_start(tmp_path: Path) -> None:
    (agent,) = loaded(tmp_path, ONE.replace("model: m", 'model: m, api_key: "${NO_KEY}"')).configuration.agents
    assert agent.backend.api_key is not None
    assert agent.backend.api_key.get_secret_value() == "${NO_KEY}"


def test_a_variable_that_is_no_text_is_refused(tmp_path: Path) -> None:
    text = ONE.replace("model: m", 'model: "${BYTES}"')
    assert refused(tmp_path, text, BYTES="\udcff") == (
        "team.yaml:3:36: agents[0].backend.model: the variable BYTES does not hold UTF-8 text"
    )


def test_what_a_variable_or_a_key_holds_is_never_said(tmp_path: Path) -> None:  # K1
    text = """\
agents:
  - id: "${CANARY} x"
    backend:
      type: "${CANARY}"
      model: ["${CANARY}"]
      api_key: [sk-canary]
      port: "${CANARY}"
      temperature: "${CANARY}"
      base_url: https://user:sk-canary@host/v1
"""
    said = refused(tmp_path, text, CANARY="sk-canary")
    assert "canary" not in said
    assert said.splitlines()[0] == (
        "team.yaml:2:9: agents[0].id: must be 1 to 64 letters a-z, digits or _ . -, not '${CANARY} x'"
    )
    assert len(said.splitlines()) == 7


def test_a_key_is_not_in_the_picture_of_a_configuration(tmp_path: Path) -> None:  # K1
    text = ONE.replace("model: m", "model: m, api_key: sk-canary, extra: {header: sk-canary}")
    assert "canary" not in repr(loaded(tmp_path, text))


def test_a_line_that_is_not_yaml_is_not_quoted_in_a_traceback(tmp_path: Path) -> None:  # K1
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, "agents:\n  api_key: sk-canary: [\n")
    assert error.value.__suppress_context__


def test_a_tool_that_is_switched_off_needs_no_provider_that_has_it(tmp_path: Path) -> None:
    text = ONE.replace("model: m", "model: m, enable_web_search: no, enable_code_interpreter: false")

    assert loaded(tmp_path, text).configuration.agents == (ANN,)


# -- keys of other versions ------------------------------------------------------------------------------------------


def test_a_key_of_a_later_version_is_a_notice_and_the_run_goes_on(tmp_path: Path) -> None:
    text = """\
agents:
  - id: ann
    backend:
      type: openai
      model: m
      enable_audio_generation: false
      mcp_servers: [{name: x, command: "${UNSET}"}]
      enable_image_generation: true
orchestrator:
  fairness_lead_cap: 2
  disable_injection: true
  coordination: {write_mode: auto, use_skills: off, enable_subagents: true}
memory: {enabled: true}
"""
    not_yet = "this version does not do that yet; the run goes on without it"
    file = tmp_path / "team.yaml"
    assert loaded(tmp_path, text).notices == (
        f"{file}:7:7: agents[0].backend.mcp_servers: {not_yet}",
        f"{file}:8:7: agents[0].backend.enable_image_generation: {not_yet}",
        f"{file}:10:3: orchestrator.fairness_lead_cap: {not_yet}",
        f"{file}:11:3: orchestrator.disable_injection: nothing is ever injected here, so this is always so",
        f"{file}:12:18: orchestrator.coordination.write_mode: {not_yet}",
        f"{file}:12:53: orchestrator.coordination.enable_subagents: {not_yet}",
        f"{file}:13:1: memory: {not_yet}",
    )
