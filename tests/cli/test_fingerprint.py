"""A configuration is told from another one by a digest, and a resume says what is different."""

from pathlib import Path

import pytest

from massgen.backends.providers import PROVIDERS
from massgen.cli.fingerprint import fingerprint
from massgen.config.load import load
from tests.cli.going_on import FIRST, SECOND, answers
from tests.helpers import teams
from tests.helpers.program import Program

pytestmark = pytest.mark.slow  # a program is started for each

TEAM = """\
agents:
  - {id: ann, backend: {type: openai, model: gpt-6.1-terra, api_key: "KEY"}}
orchestrator: {context_paths: [{path: src}]}
"""


def taken(root: Path, text: str) -> str:
    """The digest of a configuration that was started in `root`."""
    (root / "src").mkdir(parents=True, exist_ok=True)
    (root / "team.yaml").write_text(text, "utf-8")
    loaded = load(root / "team.yaml", environ={}, backend_types=PROVIDERS.keys(), started_in=root)
    return fingerprint(loaded.configuration, root)


@pytest.mark.parametrize(
    ("old", "new"),
    [("KEY", "another"), ("gpt-6.1-terra,", "gpt-6.1-terra,  "), ("[{path: src}]}", "[{path: src}], skip_voting: no}")],
)
def test_another_key_and_another_spelling_are_the_same_settings(tmp_path: Path, old: str, new: str) -> None:
    assert taken(tmp_path, TEAM) == taken(tmp_path, TEAM.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"), [("ann", "bob"), ("terra", "luna"), ("[{path: src}]}", "[]}"), ("src}]", "src}], skip_voting: yes")]
)
def test_what_the_configuration_says_is_in_it(tmp_path: Path, old: str, new: str) -> None:
    assert taken(tmp_path, TEAM) != taken(tmp_path, TEAM.replace(old, new))


def test_a_project_may_be_moved(tmp_path: Path) -> None:
    assert taken(tmp_path / "here", TEAM) == taken(tmp_path / "there", TEAM)


def test_a_resume_says_what_is_different_once(massgen: Program) -> None:
    team = massgen.project / teams.remembering(massgen.project)
    massgen("--config", "team.yaml", FIRST)
    answers(massgen("--continue", SECOND), f"Number 2, after “{FIRST}”.")
    assert massgen("--continue", SECOND).told.startswith("◆")

    team.write_text(team.read_text().replace("model: scripted", "model: other"))
    said = "note: Another model: ann is other (Demo), before scripted (Demo).\n"
    assert massgen("--continue", SECOND).told.startswith(said)
    assert massgen("--continue", SECOND).told.startswith("◆")

    team.write_text(team.read_text() + "timeout_settings: {max_retries: 1}\n")
    said = "note: The team has other settings than when this session was last started.\n"
    assert massgen("--continue", SECOND, "--display", "plain").told.startswith(said)
    assert massgen("--continue", SECOND, "--orchestrator-timeout", "60").told.startswith("◆")


def test_a_chat_that_goes_on_says_what_is_different(massgen: Program) -> None:
    team = massgen.project / teams.remembering(massgen.project)
    massgen("--config", "team.yaml", FIRST)
    [session] = massgen.sessions()
    team.write_text(team.read_text().replace("model: scripted", "model: other"))

    with massgen.chat("--continue", columns=120) as chat:
        chat.wait_for_prompt()
        assert f"Going on with {session.name}; 1 earlier question is remembered.\n" in chat.text
        assert "Another model: ann is other (Demo), before scripted (Demo).\n" in chat.text


def test_a_resume_in_the_chat_says_what_is_different_once(massgen: Program) -> None:
    team = massgen.project / teams.remembering(massgen.project)
    massgen("--config", "team.yaml", FIRST)
    [session] = massgen.sessions()
    team.write_text(team.read_text().replace("model: scripted", "model: other"))

    with massgen.chat("--config", "team.yaml", "--no-display", columns=100) as chat:
        chat.say("/resume")
        assert chat.after("/resume") == (
            f"Going on with {session.name}; 1 earlier question is remembered.\n"
            "Another model: ann is other (Demo), before scripted (Demo)."
        )
        chat.say(SECOND)
        chat.after(SECOND)
        chat.say("/fork")
        assert "Another model" not in chat.after("/fork")
