"""What is taken along from a chat: `/export` and `/copy`, as they are typed."""

import base64
import json
import re
from pathlib import Path

import pytest

from tests.helpers import teams
from tests.helpers.program import Program

pytestmark = pytest.mark.slow  # a program is started for each

FIRST = "What is machine learning?"


@pytest.fixture
def team(massgen: Program) -> tuple[str, ...]:
    """A team that answers at once, with plain lines."""
    return ("--config", teams.remembering(massgen.project), "--no-display")


def test_a_session_is_written_beside_the_project_and_never_over_another_file(
    massgen: Program, team: tuple[str, ...]
) -> None:
    with massgen.chat(*team, columns=300) as chat:
        chat.say("/export")
        assert chat.after("/export") == "There is nothing to export yet. The session begins with the first question."
        chat.say(FIRST)
        chat.wait_for("Number 1, after “”.")
        [session] = massgen.sessions()
        path = massgen.project / f"{session.name}.md"

        chat.say("/export md")
        assert chat.after("/export md") == f"Written to {path}."
        chat.say("/export MD")
        assert chat.after("/export MD") == f"{path} is there already, and was left as it is. Name another file."
        chat.say("/quit")
        assert chat.wait_for_end() == 0
    assert massgen("sessions", "export", "last").stdout == path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("json my talk.json", "my talk.json"),
        ("json", "{session}.json"),
        ("json kept", "kept/{session}.json"),
        ("json ~/talk.json", "../home/talk.json"),
    ],
)
def test_a_path_may_be_said(massgen: Program, team: tuple[str, ...], said: str, name: str) -> None:
    (massgen.project / "kept").mkdir()
    massgen(*team, FIRST)
    [session] = massgen.sessions()
    with massgen.chat("--continue", "--no-display", columns=300) as chat:
        chat.say(f"/export {said}")
        chat.after(f"/export {said}")
    told = json.loads((massgen.project / name.format(session=session.name)).read_text("ascii"))
    assert (told["type"], told["session"], told["turns"][0]["answer"]) == (
        "session",
        session.name,
        "Number 1, after “”.",
    )


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ("pdf", "'pdf' is no format. /export md, or /export json"),
        ("md no/talk.md", "{project}/no/talk.md cannot be written: No such file or directory. Name another place."),
        ("md link", "{project}/link is a symbolic link, and is not followed. Name a file."),
        ("md ~nobody-of-that-name/x", "'~nobody-of-that-name/x' cannot be the name of a file. Name another one."),
    ],
)
def test_what_cannot_be_written_is_said(massgen: Program, team: tuple[str, ...], said: str, refusal: str) -> None:
    (massgen.project / "link").symlink_to("elsewhere.md")
    massgen(*team, FIRST)
    with massgen.chat("--continue", "--no-display", columns=300) as chat:
        chat.say(f"/export {said}")
        assert chat.after(f"/export {said}") == refusal.format(project=massgen.project)
    assert sorted(each.name for each in massgen.project.iterdir()) == [".massgen", "link", "script.yaml", "team.yaml"]


def test_keys_of_the_team_are_not_exported(massgen: Program) -> None:
    team = teams.ONE + (
        "  - {id: bob, backend: {type: openai, model: gpt-6.1-terra, api_key: a-key-like-no-other}}\n"
        "orchestrator: {skip_voting: true}\n"
    )
    teams.write(massgen.project, team)
    only_ann = massgen.project / "ann.yaml"
    only_ann.write_text(teams.ONE)
    massgen("--config", "ann.yaml", "Is a-key-like-no-other safe?", env={"MY_TOKEN": "another-secret"})
    log = massgen.sessions()[0] / "events.jsonl"
    assert "a-key-like-no-other" in log.read_text()

    only_ann.write_text(team)
    for kind in ("md", "json"):
        ran = massgen("sessions", "export", "last", "--format", kind)
        assert ("a-key-like-no-other" in ran.stdout, "Is [redacted] safe?" in ran.stdout) == (False, True)
    with massgen.chat("--continue", "--no-display", columns=300) as chat:
        chat.say("/export md talk.md")
        chat.after("/export md talk.md")
    assert "a-key-like-no-other" not in (massgen.project / "talk.md").read_text("utf-8")


def test_the_last_answer_is_copied_as_it_was_written(massgen: Program, tmp_path: Path) -> None:
    script = teams.REMEMBERS.replace("Number {turn}", "# Number {turn}\\n\\n    code\\e]0;evil\\a")
    with massgen.chat("--config", teams.write(massgen.project, script=script), columns=120) as chat:
        chat.say("/copy")
        assert chat.after("/copy") == "There is no answer yet to be copied."
        chat.say(FIRST)
        chat.wait_for("after “”")
        chat.say("/copy")
        chat.wait_for("Sent to the terminal, which puts it on the clipboard if it knows how.")
        payload = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", bytes(chat.written))
    assert [base64.b64decode(each).decode() for each in payload] == ["# Number 1\n\n    code\x1b]0;evil\x07, after “”."]


@pytest.mark.parametrize("environ", [{"ACCESSIBLE": "1"}, {"TERM": "dumb"}])
def test_a_terminal_that_takes_no_escape_sequence_gets_none(massgen: Program, environ: dict[str, str]) -> None:
    massgen("--config", teams.remembering(massgen.project), FIRST)
    with massgen.chat("--continue", env=environ, columns=120) as chat:
        chat.say("/copy")
        chat.wait_for("There is no clipboard to be reached from here; /export writes a file.")
        assert b"\x1b]52" not in chat.written
