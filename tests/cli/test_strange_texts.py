"""What the program says of files, names, variables and addresses cannot act on the terminal, whoever wrote them."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from massgen.cli.main import INTERNAL, run
from massgen.events import AnswerSubmitted, Event, PresentationEnded, SessionStarted, TurnStarted, WinnerSelected
from massgen.session import reading
from massgen.session.records import understood
from massgen.session.store import LOG_NAME
from tests.helpers import teams
from tests.helpers.payloads import PAYLOADS, acting
from tests.helpers.program import Program, Ran

EVERYTHING = " ".join(each for each in PAYLOADS if "\x00" not in each and each.isprintable() is False)
"""All payloads that a file can hold, which takes no half of a character."""
STRANGE = EVERYTHING.encode("utf-8", "replace").decode()
"""The same in an argument or a variable."""
IN_A_NAME = STRANGE.replace("/", "|")[:80]
"""The same as the name of a file, which is short."""
IN_YAML = '"' + "".join(each if each.isalnum() else f"\\U{ord(each):08x}" for each in STRANGE) + '"'
"""The same as a YAML file spells it."""

TEAM = f"""\
agents:
  - {{id: ann, backend: {{type: demo, model: {IN_YAML}, script: script.yaml}}}}
"""

CONFIGURATIONS: Mapping[str, str] = {
    "an unknown key": f"agents: []\n{IN_YAML}: 1\n",
    "a key in an agent": f"agents:\n  - {{id: ann, {IN_YAML}: 1, backend: {{type: demo, model: m}}}}\n",
    "an id": f"agents:\n  - {{id: {IN_YAML}, backend: {{type: demo, model: m}}}}\n",
    "a type": f"agents:\n  - {{id: ann, backend: {{type: {IN_YAML}, model: m}}}}\n",
    "an address": f"agents:\n  - {{id: ann, backend: {{type: openai, model: m, base_url: {IN_YAML}}}}}\n",
    "a variable": f"agents:\n  - {{id: ann, backend: {{type: openai, model: '${{{STRANGE[3:9]!r}}}'}}}}\n",
    "a key's variable": f"agents:\n  - {{id: ann, backend: {{type: openai, model: m, api_key: {IN_YAML}}}}}\n",
    "a script": f"agents:\n  - {{id: ann, backend: {{type: demo, model: m, script: {IN_YAML}}}}}\n",
    "a directory": (
        f"agents:\n  - {{id: ann, backend: {{type: claude, model: m, cwd: a}}}}\n"
        f"orchestrator: {{context_paths: [{{path: {IN_YAML}, permission: write}}]}}\n"
    ),
    "a place for sessions": f"agents:\n  - {{id: ann, backend: {{type: demo, model: m}}}}\n"
    f"orchestrator: {{session_storage: {IN_YAML}}}\n",
    "a rule": f"agents:\n  - {{id: ann, backend: {{type: demo, model: m}}}}\norchestrator: {{voting: {IN_YAML}}}\n",
    "no YAML": f"agents: [\n{STRANGE}",
    "a tag": "agents: !!python/object:evil\x1b[2J 1\n",
    "an anchor": "agents: *evil\u202e\n",
}


def lines(ran: Ran) -> str:
    """All that was said, and that something was."""
    said = ran.stdout + ran.stderr
    assert said
    return said


@pytest.mark.slow
@pytest.mark.parametrize("what", CONFIGURATIONS)
def test_a_configuration_is_quoted_harmlessly(massgen: Program, what: str) -> None:
    (massgen.project / "team.yaml").write_text(CONFIGURATIONS[what], encoding="utf-8", errors="replace")

    ran = massgen("--config", "team.yaml", "Why?", env={"OPENAI_API_KEY": "key", "ANTHROPIC_API_KEY": "key"})
    assert acting(lines(ran)) == []
    assert ran.status in (2, 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        [f"--{STRANGE}"],
        ["--orchestrator-timeout", STRANGE],
        ["--config", STRANGE],
        ["--config", f"@examples/{STRANGE}"],
        ["--model", STRANGE],
        ["--model", f"gpt-{STRANGE}"],
        ["--model", "m", "--backend", STRANGE],
        ["--model", "m", "--backend", "chatcompletion", "--base-url", STRANGE],
        ["--resume", STRANGE],
        ["--demo", "question", STRANGE],
    ],
    ids=lambda arguments: " ".join(arguments)[:20].encode("ascii", "replace").decode(),
)
def test_the_command_line_is_quoted_harmlessly(massgen: Program, arguments: Sequence[str]) -> None:
    ran = massgen(*arguments, "Why?")
    assert acting(lines(ran)) == []
    assert ran.status != 0


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_KEY"])
def test_the_environment_is_quoted_harmlessly(massgen: Program, variable: str) -> None:
    ran = massgen("--model", "gpt-6.1-terra", "Why?", env={"OPENAI_API_KEY": "k", variable: STRANGE[:400]})
    assert acting(lines(ran)) == []


@pytest.mark.slow
def test_a_team_of_strange_names_asks_and_answers_harmlessly(massgen: Program) -> None:
    script = f"words_per_second: 0\nagents:\n  ann: {{presentation: [say: {IN_YAML}]}}\n"
    for flags in ([], ["--debug"]):
        ran = massgen("--config", teams.write(massgen.project, TEAM, script), *flags, STRANGE)
        assert (ran.status, acting(lines(ran))) == (0, [])

    failing = f"words_per_second: 0\nagents:\n  ann: {{presentation: [fail: {{kind: bad_request, text: {IN_YAML}}}]}}\n"
    ran = massgen("--config", teams.write(massgen.project, TEAM, failing), "Why?")
    assert (ran.status, acting(lines(ran))) == (3, [])


@pytest.mark.slow
def test_a_project_of_a_strange_name_is_named_harmlessly(tmp_path: Path) -> None:
    massgen = Program(tmp_path / IN_A_NAME)
    teams.write(massgen.project, script="words_per_second: 0\nagents:\n  ann: {presentation: [fail: {kind: auth}]}\n")
    for arguments in (
        ["--config", "team.yaml", "Why?"],
        ["--config", "none.yaml", "Why?"],
        ["--config", "team.yaml", "--debug", "Why?"],
        ["--resume", "session_20260101_000000", "Why?"],
    ):
        assert acting(lines(massgen(*arguments))) == []
    shutil.rmtree(massgen.project / ".massgen", ignore_errors=True)
    (massgen.project / ".massgen").write_text("in the way")
    assert acting(lines(massgen("--config", "team.yaml", "Why?"))) == []


@pytest.mark.slow
def test_sessions_from_anywhere_are_listed_and_resumed_harmlessly(massgen: Program) -> None:
    team = teams.write(massgen.project)
    for question in PAYLOADS:
        if "\x00" not in question and question.strip():
            log_with(massgen, question.encode("utf-8", "replace").decode(), team)
    assert acting(lines(massgen("--list-sessions"))) == []

    for name in (STRANGE, f"--model {STRANGE}", f"--model m --base-url 'http://{STRANGE}'", "--demo"):
        session = log_with(massgen, STRANGE, name)
        assert acting(lines(massgen("--resume", session, "And then?"))) == []


def log_with(massgen: Program, question: str, team: str) -> str:
    """Put a session on disk, as if it came from elsewhere."""
    if not massgen.sessions():
        massgen("--config", "team.yaml", "Why?")
    [first, *others] = massgen.sessions()
    directory = first.with_name(f"session_20990101_{len(others):06}")
    directory.mkdir()
    kept = (understood(entry) for entry in reading.read(first / LOG_NAME).entries)
    entries = [replace(each, event=_strange(each.event, question, team)) for each in kept if each]
    (directory / LOG_NAME).write_bytes(b"".join(map(reading.spell, entries)))
    return directory.name


def _strange(event: Event, text: str, team: str) -> Event:
    match event:
        case SessionStarted():
            agents = tuple(replace(each, model=text, provider=text) for each in event.agents)
            return replace(event, massgen=text, config=team, agents=agents)
        case TurnStarted():
            return replace(event, question=text, seed=text)
        case WinnerSelected():
            return replace(event, label=text)
        case PresentationEnded() | AnswerSubmitted():
            return replace(event, text=text, label=text)
        case _:
            return event


def test_a_mistake_on_the_command_line_is_quoted_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["--demo", "Why?", STRANGE])
    said = capsys.readouterr().err
    assert "unrecognized arguments: ␛[1A" in said
    assert acting(said) == []


def test_our_own_mistake_is_told_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    mistakes = iter([RuntimeError(EVERYTHING)])

    class Arguments(list[str]):
        def __iter__(self) -> Iterator[str]:
            for mistake in mistakes:
                raise mistake
            return super().__iter__()

    assert run(Arguments()) == INTERNAL
    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert acting(said) == []
