"""Sessions on the command line: going on with one, which one is meant, and with whose team."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from massgen.cli.choice import choose
from massgen.cli.options import parse
from massgen.cli.sessions import Kept, named, with_team_of
from massgen.errors import SessionError
from massgen.events import Record, SessionStarted
from massgen.session.store import Store
from tests.cli.going_on import FIRST, SECOND, THIRD, answers, turns
from tests.helpers import models, teams
from tests.helpers.models import FINAL_ANSWER, GEMINI, GROK, OPENAI, THREE_AGENTS
from tests.helpers.program import Program, Ran, refusal
from tests.helpers.wires import Reply, WireServer

pytestmark = pytest.mark.slow  # a program is started for each

SOMEBODY_ELSE = """\
words_per_second: 0
repeat: true
agents:
  ann: {presentation: [say: "Somebody else answers “{question}”."]}
"""


# -- what is remembered ----------------------------------------------------------------------------------------------


def test_continue_tells_every_agent_the_earlier_question_and_final_answer(massgen: Program) -> None:
    with WireServer(models.reply) as server:
        environ = server.environ("openai", "gemini", "grok")
        answers(massgen("--config", THREE_AGENTS, FIRST, env=environ), FINAL_ANSWER)
        earlier = len(server.requests)
        answers(massgen("--continue", SECOND, env=environ), FINAL_ANSWER)

    drafts = [each for each in server.requests[earlier:] if models.stage(each) == "draft"]
    told = [("user", FIRST), ("assistant", FINAL_ANSWER), ("user", SECOND)]
    assert {each.model: each.texts for each in drafts} == {OPENAI: told, GEMINI: told, GROK: told}
    [session] = massgen.sessions()
    assert turns(session) == ["turn_1", "turn_2"]
    summary = (session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8")
    assert [summary.count(question) for question in (FIRST, SECOND)] == [1, 1]


def test_a_chat_that_goes_on_says_so_and_remembers(massgen: Program) -> None:
    massgen("--config", teams.remembering(massgen.project), FIRST)
    [session] = massgen.sessions()

    with massgen.chat("--continue") as chat:
        chat.wait_for(f"Going on with {session.name}; 1 earlier question is remembered.")
        chat.say(SECOND)
        chat.wait_for(f"Number 2, after “{FIRST}”.")
        chat.say("/quit")
        assert chat.wait_for_end() == 0
    assert turns(session) == ["turn_1", "turn_2"]
    answers(massgen("--continue", THIRD), f"Number 3, after “{SECOND}”.")


def test_what_was_cleared_stays_forgotten_and_the_numbering_goes_on(massgen: Program) -> None:
    with massgen.chat("--config", teams.remembering(massgen.project)) as chat:
        chat.say(FIRST)
        chat.wait_for("Number 1, after “”.")
        chat.say("/clear")
        chat.say("/quit")
        assert chat.wait_for_end() == 0

    answers(massgen("--continue", SECOND), "Number 1, after “”.")
    [session] = massgen.sessions()
    assert turns(session) == ["turn_1", "turn_2"]


# -- which session ---------------------------------------------------------------------------------------------------


@pytest.fixture
def two(massgen: Program) -> list[Path]:
    """Two sessions, the first asked `FIRST` and the second `SECOND`; the directory of each."""
    team = teams.remembering(massgen.project)
    massgen("--config", team, FIRST)
    massgen("--config", team, SECOND)
    return massgen.sessions()


@pytest.mark.parametrize("flags", [["--continue"], ["--resume", "last"], ["--session-id", "last"]])
def test_the_last_session_is_gone_on_with(massgen: Program, two: list[Path], flags: list[str]) -> None:
    answers(massgen(*flags, THIRD), f"Number 2, after “{SECOND}”.")
    assert [turns(each) for each in two] == [["turn_1"], ["turn_1", "turn_2"]]


@pytest.mark.parametrize("flag", ["--resume", "--session-id"])
def test_a_session_can_be_named(massgen: Program, two: list[Path], flag: str) -> None:
    answers(massgen(flag, two[0].name, THIRD), f"Number 2, after “{FIRST}”.")
    assert [turns(each) for each in two] == [["turn_1", "turn_2"], ["turn_1"]]


@pytest.mark.parametrize("name", ["session_20250108_143022", "session_1", "", "..", "../sessions", "/etc", "Last"])
def test_a_session_that_does_not_exist_is_named_with_the_last_one(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path, lambda: datetime(2025, 1, 9, tzinfo=UTC))
    for _ in range(2):
        store.create().log.close()

    with pytest.raises(SessionError) as refused:
        named(name, Kept(near=(store,)))
    assert (str(refused.value), refused.value.hint) == (
        f"There is no session {name!r} here.",
        "The last one is session_20250109_000001; massgen --list-sessions names all.",
    )


def test_a_session_that_does_not_exist_costs_nobody_a_request(massgen: Program, two: list[Path]) -> None:
    assert massgen("--resume", "session_20250108_14\x1b[31m", THIRD) == refusal(
        4,
        "massgen: There is no session 'session_20250108_14\\x1b[31m' here.\n"
        f"  The last one is {two[1].name}; massgen --list-sessions names all.\n",
    )
    assert [turns(each) for each in two] == [["turn_1"], ["turn_1"]]


@pytest.mark.parametrize("flags", [["--continue"], ["--resume", "session_20250108_143022"]])
def test_without_any_session_there_is_nothing_to_go_on_with(massgen: Program, flags: list[str]) -> None:
    assert massgen(*flags, "Why?") == refusal(
        4, "massgen: No session was saved in this directory yet.\n  Start one: massgen --demo\n"
    )
    assert list(massgen.project.iterdir()) == []


# -- with whose team -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "flags",
    [
        ["--demo"],
        ["--config", "team.yaml"],
        ["--config", THREE_AGENTS],
        ["--model", "gpt-6.1-terra"],
        ["--model", "ollama:llama-5"],
        ["--model", "llama-5", "--backend", "vllm"],
        ["--model", "llama-5", "--backend", "vllm", "--base-url", "http://127.0.0.1:9/v1"],
        ["--model", "it's a model", "--backend", "vllm"],
    ],
)
def test_the_team_of_a_session_is_the_one_it_was_started_with(tmp_path: Path, flags: list[str]) -> None:
    teams.write(tmp_path)
    options = parse(flags)
    store = Store(tmp_path / "sessions", lambda: datetime(2025, 1, 9, tzinfo=UTC))
    session = held_with(choose(options, root=tmp_path, environ={}).name, store)

    named_by = "" if options.demo else session.name
    assert with_team_of(parse(["--continue"]), session, tmp_path) == replace(options, resume="last", team_of=named_by)


@pytest.mark.parametrize("flags", [["--demo"], ["--config", "other.yaml"], ["--model", "grok-4.7"]])
def test_a_team_that_is_named_wins(tmp_path: Path, flags: list[str]) -> None:
    store = Store(tmp_path, lambda: datetime(2025, 1, 9, tzinfo=UTC))
    session = held_with("team.yaml", store)

    named_one = parse(["--continue", *flags])
    assert with_team_of(named_one, session, tmp_path) == named_one


def foreign(massgen: Program, config: str) -> Path:
    """A session of the project that was held with this team, whoever wrote that."""
    return held_with(config, Store(massgen.project / ".massgen" / "sessions", lambda: datetime(2025, 1, 9, tzinfo=UTC)))


def held_with(config: str, store: Store) -> Path:
    """A session whose log says that it was held with this team; its directory."""
    session = store.create()
    started = SessionStarted(format=1, massgen="0", session=session.id, config=config, agents=())
    asyncio.run(session.log.append([Record(seq=1, at=0.0, event=started)]))
    session.log.close()
    return session.directory


def test_a_model_named_by_flag_is_asked_again(massgen: Program) -> None:
    with WireServer([Reply(text="From data."), Reply(text="Spam filters.")]) as server:
        environ = server.environ("openai")
        answers(massgen("--model", "gpt-6.1-terra", FIRST, env=environ), "From data.")
        answers(massgen("--continue", SECOND, env=environ), "Spam filters.")
    assert [(each.model, each.texts[-1][1]) for each in server.requests] == [(OPENAI, FIRST), (OPENAI, SECOND)]


def test_another_team_may_go_on_and_is_the_one_of_the_session_from_then_on(massgen: Program) -> None:
    massgen("--config", teams.remembering(massgen.project), FIRST)
    other = massgen.project / "other"
    other.mkdir()
    teams.write(other, script=SOMEBODY_ELSE)

    for flags in (["--continue", "--config", "other/team.yaml"], ["--continue"]):
        answers(massgen(*flags, SECOND), f"Somebody else answers “{SECOND}”.")


@pytest.mark.parametrize(
    ("config", "gone"),
    [
        ("team.yaml", "{root}/team.yaml"),
        ("/nowhere/team.yaml", "/nowhere/team.yaml"),
        ("@examples/no", "@examples/no"),
        ("/" + "a" * 9000, "/" + "a" * 298 + "…"),
    ],
)
def test_a_team_that_is_gone_is_named_with_a_remedy(massgen: Program, config: str, gone: str) -> None:
    session = foreign(massgen, config)
    assert massgen("--continue", SECOND) == refusal(
        4,
        f"massgen: {session.name} was held with the team in {gone.format(root=massgen.project)}, which is not there.\n"
        "  Put it back, or name a team with --config or --model.\n",
    )
    answers(massgen("--continue", "--config", teams.remembering(massgen.project), SECOND), "Number 1, after “”.")


@pytest.mark.parametrize(
    "name",
    [
        "--model",
        "--model 'it",
        "--model a --help",
        "--model a --demo yes",
        "--model a b",
        "--model a --base-url",
        "--model a --backend",
        "--model=a --model b",
        "--model a --config x.yaml",
        "--model a --model b",
        "--model ''",
    ],
)
def test_a_team_that_no_massgen_has_written_is_a_sentence(massgen: Program, name: str) -> None:
    session = foreign(massgen, name)
    assert massgen("--continue", SECOND) == refusal(
        4,
        f"massgen: {session / 'events.jsonl'} does not say with which team the session was held: {name!r}.\n"
        "  Name the team with --config or --model.\n",
    )
    answers(massgen("--continue", "--config", teams.remembering(massgen.project), SECOND), "Number 1, after “”.")


# -- the list --------------------------------------------------------------------------------------------------------


def test_an_empty_list_says_so_and_makes_nothing(massgen: Program) -> None:
    assert massgen("--list-sessions") == Ran(
        stdout="No session was saved in this directory yet.\n", stderr="", status=0
    )
    assert list(massgen.project.iterdir()) == []


def test_the_list_shows_the_newest_first_with_its_turns_and_how_it_began(massgen: Program, two: list[Path]) -> None:
    massgen("--resume", two[0].name, "A second question.")

    first, second = (each.name for each in two)
    assert massgen("--list-sessions") == Ran(
        stdout=f"{second}    1 turn   {SECOND}\n{first}    2 turns  {FIRST}\n", stderr="", status=0
    )


def test_the_list_leaves_alone_what_is_foreign_or_damaged(massgen: Program, two: list[Path]) -> None:
    sessions = two[0].parent
    (sessions / "notes").mkdir()
    (sessions / "session_20250108_143022").mkdir()
    (sessions / "session_20250108_143023").symlink_to(two[1])
    (sessions / "session_99999999_999999.txt").write_text("mine")
    (sessions / "session_20250108_143024").mkdir()
    (sessions / "session_20250108_143024" / "events.jsonl").write_text('{"of": "another program"}\n')
    damaged = b"\x00\xff not a log\n"
    (two[0] / "events.jsonl").write_bytes(damaged)

    first, second = (each.name for each in two)
    assert massgen("--list-sessions") == Ran(
        stdout=f"{second}    1 turn   {SECOND}\n{first}    1 turn   (damaged)\n", stderr="", status=0
    )
    assert (two[0] / "events.jsonl").read_bytes() == damaged
