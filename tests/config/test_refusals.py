"""A configuration that cannot be used is refused with one line for everything that is wrong with it."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from massgen.config.load import load
from massgen.errors import ConfigError
from tests.config.loading import ONE, TYPES, loaded, refused
from tests.helpers.nobody import as_nobody

REFUSED: dict[str, tuple[Any, str]] = {
    "Y1 empty": ("", "team.yaml: is empty; it needs `agents:`"),
    "Y1 comments": ("# nothing\n# here\n", "team.yaml: is empty; it needs `agents:`"),
    "Y1 null": ("---\n~\n", "team.yaml: is empty; it needs `agents:`"),
    "Y1 agents without a value": ("agents:\n", "team.yaml:1:1: agents: has no value"),
    "Y2 list": ("- a\n- b\n", "team.yaml:1:1: holds a list; it needs a mapping that begins with `agents:`"),
    "Y2 scalar": ("hello\n", "team.yaml:1:1: holds a single value; it needs a mapping that begins with `agents:`"),
    "Y4 same id": (
        ONE + "  - id: ann\n    backend: {type: openai, model: m}\n",
        "team.yaml:4:9: agents[1].id: 'ann' is already taken by agents[0].id at 2:9; give every agent its own id",
    ),
    "Y5 tab": ("agents:\n\t- id: ann\n", "team.yaml:2:1: a tab cannot indent YAML; use spaces"),
    "Y5 tab later": (ONE + "\tx: 3\n", "team.yaml:4:1: a tab cannot indent YAML; use spaces"),
    "Y7 cycle": ("agents: &a {b: *a}\n", "team.yaml:1:9: agents.b: cyclic alias: this value contains itself"),
    "Y7 bomb": (
        "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]\n" for i in range(9)),
        "team.yaml:1:10: a5[2][4][1][3][0][0]: aliases make this larger than 50,000 values",
    ),
    "Y7 aliases": (
        "a: &a x\nb: [" + "*a, " * 101 + "]\n",
        "team.yaml:2:405: this is not YAML: more than 100 aliases; write the values out",
    ),
    "Y8 depth": ("[" * 100_000, "team.yaml:1:65: this is not YAML: nested too deep; 64 levels are allowed"),
    "Y10 bytes": (
        b"agents: \xff\n",
        "team.yaml: is not UTF-8 text: byte 0xff at offset 8; save it as UTF-8",
    ),
    "Y10 bytes behind a mark": (
        b"\xef\xbb\xbfagents: \xff\n",
        "team.yaml: is not UTF-8 text: byte 0xff at offset 11; save it as UTF-8",
    ),
    "Y10 UTF-16": (
        ONE.encode("utf-16"),
        "team.yaml: is not UTF-8 text: byte 0xff at offset 0; save it as UTF-8",
    ),
    "Y11 NUL": (
        "agents:\n  a\0b: 1\n",
        "team.yaml:2:4: the control character U+0000 is not allowed in YAML; remove it",
    ),
    "Y11 ESC": ("agents: \x1b[2J", "team.yaml:1:9: the control character U+001B is not allowed in YAML; remove it"),
    "Y11 escaped NUL": (
        ONE.replace("model: m", r'model: "m\0"'),
        "team.yaml:3:36: agents[0].backend.model: holds the character U+0000, which is not allowed in a text",
    ),
    "Y11 lone surrogate": (
        ONE.replace("model: m", r'model: "\ud83d"'),
        "team.yaml:3:36: agents[0].backend.model: holds the character U+D83D, which is not allowed in a text",
    ),
    "Y11 no character": (
        ONE.replace("model: m", r'model: "\UFFFFFFFF"'),
        "team.yaml:3:39: an escape here is not a character",
    ),
    "Y13 two documents": (
        f"{ONE}---\n{ONE}",
        "team.yaml:4:1: a second document begins here (`---`); one file holds one document",
    ),
    "Y14 unknown key": (ONE.replace("agents", "agnets"), "team.yaml:1:1: agnets: unknown key; did you mean agents?"),
    "Y14 unknown key without a value": ("agnets:\n", "team.yaml:1:1: agnets: unknown key; did you mean agents?"),
    "Y14 unknown later key": (
        ONE + "orchestrator: {context_path: [], planing: 1}\n",
        (
            "team.yaml:4:16: orchestrator.context_path: unknown key; did you mean context_paths?\n"
            "team.yaml:4:34: orchestrator.planing: unknown key"
        ),
    ),
    "Y14 unknown key with tricks": (
        ONE + '"\\e[2J": 1\n',
        "team.yaml:4:1: '\\x1b[2J': unknown key",
    ),
    "Y14 a dotted key is no path": (
        ONE + "orchestrator.context_paths: []\n",
        "team.yaml:4:1: 'orchestrator.context_paths': unknown key; did you mean orchestrator?",
    ),
    "Y16 agents": ("agents: 3\n", "team.yaml:1:9: agents: must be a list, not '3'"),
    "Y16 all in one run": (
        """\
agents:
  - id: ann
    backend: {type: openai, model: [x], temperature: hot, top_p: 1.1, max_tokens: 2.5}
    vote_weight: 0
  - backend: openai
    id: {a: b}
  - {}
orchestrator:
  voting_sensitivity: mild
  skip_voting: perhaps
  max_new_answers_per_agent: 9
  coordination: {max_ballots: x, consensus_threshold: .nan, seed: [1]}
timeout_settings: {max_retries: -1, orchestrator_timeout_seconds: .inf}
ui: []
""",
        """\
team.yaml:3:36: agents[0].backend.model: must be text, not a list
team.yaml:3:54: agents[0].backend.temperature: must be a number, not 'hot'
team.yaml:3:66: agents[0].backend.top_p: must be at most 1, not '1.1'
team.yaml:3:83: agents[0].backend.max_tokens: must be a whole number, not '2.5'
team.yaml:4:18: agents[0].vote_weight: must be more than 0, not '0'
team.yaml:5:14: agents[1].backend: must be a mapping (`key: value` lines), not 'openai'
team.yaml:6:9: agents[1].id: must be text, not a mapping
team.yaml:7:5: agents[2].backend: is missing
team.yaml:7:5: agents[2].id: is missing
team.yaml:9:23: orchestrator.voting_sensitivity: must be lenient, balanced or strict, not 'mild'
team.yaml:10:16: orchestrator.skip_voting: must be true or false, not 'perhaps'
team.yaml:11:30: orchestrator.max_new_answers_per_agent: must be at most 5, not '9'
team.yaml:12:31: orchestrator.coordination.max_ballots: must be a whole number, not 'x'
team.yaml:12:55: orchestrator.coordination.consensus_threshold: must be a number, not '.nan'
team.yaml:12:67: orchestrator.coordination.seed: must be text, not a list
team.yaml:13:33: timeout_settings.max_retries: must be at least 0, not '-1'
team.yaml:13:67: timeout_settings.orchestrator_timeout_seconds: must be a number, not '.inf'
team.yaml:14:5: ui: must be a mapping (`key: value` lines), not a list""",
    ),
    "Y22 no agents": ("agents: []\n", "team.yaml:1:9: agents: must not be empty"),
    "Y22 two hundred": (
        "agents:\n" + "".join(f"- {{id: a{i}, backend: {{type: openai, model: m}}}}\n" for i in range(200)),
        "team.yaml:2:1: agents: may hold 64 entries; there are 200",
    ),
    "misspelt choice": (
        ONE + "orchestrator: {voting_sensitivity: lenent}\n",
        (
            "team.yaml:4:36: orchestrator.voting_sensitivity: must be lenient, balanced or strict, not 'lenent'; "
            "did you mean lenient?"
        ),
    ),
    "quorum as a decimal": (
        ONE + "orchestrator: {coordination: {quorum: 0.5}}\n",
        (
            "team.yaml:4:39: orchestrator.coordination.quorum: "
            "must be a number of agents, or a fraction of them such as 2/3, not '0.5'"
        ),
    ),
    "quorum above one": (
        ONE + "orchestrator: {coordination: {quorum: 3/2}}\n",
        (
            "team.yaml:4:39: orchestrator.coordination.quorum: "
            "must be a number of agents, or a fraction of them such as 2/3, not '3/2'"
        ),
    ),
    "one twice": (ONE + ONE, "team.yaml:4:1: agents: is given twice (first at 1:1); keep one"),
    "both spellings": (
        ONE + "ui: {display_type: simple, type: simple}\n",
        "team.yaml:4:28: ui.type: says the same as ui.display_type at 4:6; keep one",
    ),
    "agent and agents": (
        ONE + "agent: {id: x}\n",
        "team.yaml:4:1: agent: says the same as agents at 1:1; keep one",
    ),
    "half a spelling": (
        ONE + "display: {type: simple, colour: red}\n",
        "team.yaml:4:25: display.colour: unknown key",
    ),
    "a bad value in another spelling": (
        ONE + "display: {type: holograms}\n",
        "team.yaml:4:17: display.type: must be rich_terminal, textual_terminal, simple or linear, not 'holograms'",
    ),
    "unknown type": (
        ONE.replace("openai", "gemni"),
        "team.yaml:3:21: agents[0].backend.type: 'gemni' is not a known type; did you mean gemini?",
    ),
    "type of another program": (
        ONE.replace("openai", "copilot"),
        (
            "team.yaml:3:21: agents[0].backend.type: 'copilot' is not supported by MassGen; "
            "known types: claude, claude_code, demo, gemini, grok, ollama, openai"
        ),
    ),
    "no model": (
        "agents:\n- {id: a, backend: {type: openai}}\n- {id: b, backend: {type: ollama}}\n",
        "team.yaml:2:20: agents[0].backend.model: is missing; type openai needs the name of a model",
    ),
    "demo without lines": (
        "agent: {id: a, backend: {type: demo}}\n",
        "team.yaml:1:25: agent.backend.script: is missing; a demo agent needs a file with its lines",
    ),
    "lines without demo": (
        ONE.replace("model: m", "model: m, script: x"),
        "team.yaml:3:39: agents[0].backend.script: goes with type demo only, not with openai",
    ),
    "Azure's keys elsewhere": (
        ONE.replace("model: m", "deployment_name: d, api_version: v"),
        (
            "team.yaml:3:29: agents[0].backend.deployment_name: goes with type azure_openai only, not with openai\n"
            "team.yaml:3:49: agents[0].backend.api_version: goes with type azure_openai only, not with openai"
        ),
    ),
    "a tool that the provider has not": (
        ONE.replace("model: m", "model: m, enable_web_search: yes, enable_code_execution: true"),
        (
            "team.yaml:3:58: agents[0].backend.enable_web_search: openai has no web search of its own; "
            "claude, claude_code and gemini have one\n"
            "team.yaml:3:86: agents[0].backend.enable_code_execution: openai has no code interpreter of its own; "
            "claude and gemini have one"
        ),
    ),
    "quorum of a larger team": (
        ONE + "orchestrator: {coordination: {quorum: 2}}\n",
        "team.yaml:4:39: orchestrator.coordination.quorum: is more than the team has; there is 1 agent",
    ),
    "unquoted variable in a flow": (
        ONE.replace("model: m", "model: ${MODEL}"),
        'team.yaml:3:37: inside { } or [ ] a variable needs quotes: "${NAME}"',
    ),
    "tag": (
        "agents: !!python/object:os.x []\n",
        "team.yaml:1:9: agents: the YAML tag 'tag:yaml.org,2002:python/object:os.x' is not known here; leave it out",
    ),
    "a mapping as key": (ONE + "? {a: b}\n: 1\n", "team.yaml:4:3: a key must be a single word"),
    "merge of a word": (ONE + "<<: x\n", "team.yaml:4:5: `<<` takes a mapping, or a list of mappings"),
    "no YAML": (
        "agents: a: b\n",
        "team.yaml:1:10: this is not YAML: mapping values are not allowed here",
    ),
    "endless complaints": (
        "agent:\n  id: a\n  backend:\n    type: ollama\n" + "".join(f"    x{i}: 1\n" for i in range(60)),
        "\n".join(f"team.yaml:{i + 5}:5: agent.backend.x{i}: unknown key" for i in range(50)) + "\n… and 10 more",
    ),
    "too large": (
        "#" * (256 * 1024 + 1),
        "team.yaml: is larger than 256 KiB, so it is hardly a configuration",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_with_its_place(tmp_path: Path, case: str) -> None:
    text, sentence = REFUSED[case]
    assert refused(tmp_path, text) == sentence


@pytest.mark.parametrize("word", ["a/b", "..", ".", "a b", "x" * 300, "é", "e\u0301", '"\\e[1m"', '""', "-\u200b"])
def test_an_id_is_made_of_few_characters(tmp_path: Path, word: str) -> None:  # Y23
    said = refused(tmp_path, ONE.replace("ann", word))
    assert said.startswith("team.yaml:2:9: agents[0].id: must be 1 to 64 letters a-z, digits or _ . -, not '")
    assert said.isprintable()
    assert len(said) < 160


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.mkdir(), "is a directory, not a file; name a YAML file"),
        (os.mkfifo, "is a named pipe, not a file; name a YAML file"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file; name a YAML file"),
        (lambda path: path.symlink_to(path), "is a symbolic link that leads back to itself; point it at a file"),
        (lambda path: None, "there is no such file; look at the spelling and at the directory you are in"),
    ],
    ids=["directory", "pipe", "device", "loop", "missing"],
)
def test_a_name_that_is_no_file_is_refused_at_once(tmp_path: Path, make: Any, sentence: str) -> None:  # Y28
    path = tmp_path / "team.yaml"
    make(path)
    with pytest.raises(ConfigError) as error:
        load(path, environ={}, backend_types=TYPES)
    assert str(error.value) == f"{path}: {sentence}"


def test_an_impossible_name_is_refused(tmp_path: Path) -> None:  # Y28
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "a\0b", environ={}, backend_types=TYPES)
    assert str(error.value).endswith(": is not a possible file name")


def test_a_file_that_may_not_be_read_is_refused() -> None:  # Y28
    with as_nobody() as directory:
        path = directory / "team.yaml"
        path.touch(mode=0)
        with pytest.raises(ConfigError) as error:
            load(path, environ={}, backend_types=TYPES)
    assert str(error.value) == f"{path}: may not be read by you; look at its permissions"


WORDS = (
    "agents",
    "agent",
    "ui",
    "display",
    "orchestrator",
    "id",
    "backend",
    "type",
    "openai",
    "model",
    "extra",
    "null",
)
MARKS = (
    ": ",
    "- ",
    ", ",
    "\n",
    "\n  ",
    "\n    ",
    "&a ",
    "*a",
    "<<: ",
    "${A}",
    "!!int ",
    "---\n",
    "%YAML",
    "1e999",
    "9" * 5000,
)
PIECES = st.sampled_from(WORDS + MARKS) | st.sampled_from("{}[]?|>'\"\\#!\t é~")


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_text_whatever_is_answered_with_anything_but_a_sentence(tmp_path_factory: Any, text: str) -> None:
    directory = tmp_path_factory.getbasetemp()
    assert outcome(directory, text).startswith((f"{directory}/team.yaml:", "loaded"))


def outcome(directory: Path, text: str) -> str:
    try:
        loaded(directory, text, A="x")
    except ConfigError as error:
        return str(error)
    return "loaded"
