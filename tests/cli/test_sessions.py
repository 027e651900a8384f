"""Sessions on the command line: going on with one, which one is meant, with whose team, and what damage does."""

import asyncio
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from massgen.cli.choice import choose
from massgen.cli.options import parse
from massgen.cli.sessions import Kept, named, with_team_of
from massgen.config.paths import Paths
from massgen.errors import SessionError
from massgen.events import Record, SessionStarted
from massgen.session.store import Store
from tests.helpers import models, teams
from tests.helpers.models import FINAL_ANSWER, GEMINI, GROK, OPENAI, THREE_AGENTS
from tests.helpers.program import Program, Ran
from tests.helpers.wires import Reply, WireServer

FIRST, SECOND, THIRD = "What is machine learning?", "Give me an example.", "And in Python?"
REMEMBERS = """\
words_per_second: 0
repeat: true
agents:
  ann: {presentation: [say: "Number {turn}, after “{previous}”."]}
"""
SOMEBODY_ELSE = """\
words_per_second: 0
repeat: true
agents:
  ann: {presentation: [say: "Somebody else answers “{question}”."]}
"""


def remembering(massgen: Program) -> str:
    """A team whose answer tells how many questions it knows of."""
    return teams.write(massgen.project, script=REMEMBERS)


def refusal(stderr: str) -> Ran:
    """Nothing on stdout, these lines on stderr, and the status of sessions."""
    return Ran(stdout="", stderr=stderr, status=4)


def turns(session: Path) -> list[str]:
    """The turns of a session on disk."""
    return sorted(each.name for each in session.glob("turn_*"))


def answers(ran: Ran, text: str) -> None:
    """That a run ended well, and with this answer."""
    assert (ran.stdout, ran.status) == (f"{text}\n", 0), ran.stderr


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
    massgen("--config", remembering(massgen), FIRST)
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
    with massgen.chat("--config", remembering(massgen)) as chat:
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
    team = remembering(massgen)
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
        "massgen: There is no session 'session_20250108_14\\x1b[31m' here.\n"
        f"  The last one is {two[1].name}; massgen --list-sessions names all.\n"
    )
    assert [turns(each) for each in two] == [["turn_1"], ["turn_1"]]


@pytest.mark.parametrize("flags", [["--continue"], ["--resume", "session_20250108_143022"]])
def test_without_any_session_there_is_nothing_to_go_on_with(massgen: Program, flags: list[str]) -> None:
    assert massgen(*flags, "Why?") == refusal(
        "massgen: No session was saved in this directory yet.\n  Start one: massgen --demo\n"
    )
    assert list(massgen.project.iterdir()) == []


def test_a_team_that_keeps_its_sessions_elsewhere_finds_them_there(massgen: Program) -> None:
    team = teams.write(massgen.project, f"{teams.ONE}orchestrator: {{session_storage: kept}}\n", REMEMBERS)
    massgen("--config", team, FIRST)
    [session] = massgen.project.glob(".massgen/kept/session_*")

    answers(massgen("--continue", "--config", team, SECOND), f"Number 2, after “{FIRST}”.")
    listed = massgen("--list-sessions", "--config", team)
    assert listed == Ran(stdout=f"{session.name}    2 turns  {FIRST}\n", stderr="", status=0)
    assert massgen.sessions() == []


def keeping(massgen: Program, place: str) -> str:
    """A team that keeps its sessions in this place; what to say after `--config`."""
    remembering(massgen)
    name = f"keeps-{place.strip('/').replace('/', '-')}.yaml"
    (massgen.project / name).write_text(f"{teams.ONE}orchestrator: {{session_storage: {place}}}\n", "utf-8")
    return name


@pytest.mark.parametrize("place", ["kept", ".massgen/kept/here", "elsewhere"])
@pytest.mark.slow
@pytest.mark.parametrize("flags", [["--continue"], ["--resume", "last"], ["--session-id", "last"]])
def test_a_session_that_is_kept_elsewhere_is_found_without_naming_its_team(
    massgen: Program, place: str, flags: list[str], tmp_path: Path
) -> None:
    place = str(tmp_path / place) if place == "elsewhere" else place
    massgen("--config", keeping(massgen, place), FIRST)
    [session] = Paths(massgen.project, place).sessions.iterdir()

    answers(massgen(*flags, SECOND), f"Number 2, after “{FIRST}”.")
    answers(massgen("--resume", session.name, THIRD), f"Number 3, after “{SECOND}”.")
    assert massgen("--list-sessions") == Ran(stdout=f"{session.name}    3 turns  {FIRST}\n", stderr="", status=0)
    assert massgen.sessions() == []


@pytest.fixture
def scattered(massgen: Program) -> list[str]:
    """Three sessions in three places, each asked its own place; their ids."""
    for number, place in enumerate(("sessions", "kept", "far"), 1):
        massgen("--config", keeping(massgen, place), place)
        [session] = (massgen.project / ".massgen" / place).iterdir()
        session.rename(session.with_name(f"session_2025010{number}_143022"))
    return [f"session_2025010{number}_143022" for number in (1, 2, 3)]


def test_without_a_team_all_places_are_one(massgen: Program, scattered: list[str]) -> None:
    here, kept, far = scattered
    assert massgen("--list-sessions") == Ran(
        stdout=f"{far}    1 turn   far\n{kept}    1 turn   kept\n{here}    1 turn   sessions\n", stderr="", status=0
    )
    answers(massgen("--continue", SECOND), "Number 2, after “far”.")
    answers(massgen("--resume", kept, SECOND), "Number 2, after “kept”.")


@pytest.mark.slow
def test_a_team_that_is_named_looks_first_where_it_keeps_its_own(massgen: Program, scattered: list[str]) -> None:
    here, kept, far = scattered
    team = ("--config", "keeps-kept.yaml")
    assert massgen("--list-sessions", *team).stdout == f"{kept}    1 turn   kept\n"
    answers(massgen("--continue", *team, SECOND), "Number 2, after “kept”.")
    answers(massgen("--resume", far, *team, SECOND), "Number 2, after “far”.")
    answers(massgen("--resume", here, "--config", "keeps-far.yaml", SECOND), "Number 2, after “sessions”.")
    assert massgen("--resume", "session_20250108_143022", *team, SECOND).told == (
        "massgen: There is no session 'session_20250108_143022' here.\n"
        f"  The last one is {far}; massgen --list-sessions names all.\n"
    )


@pytest.mark.slow
def test_two_sessions_of_one_name_are_told_apart_by_their_team(massgen: Program) -> None:
    massgen("--config", keeping(massgen, "kept"), FIRST)
    [kept] = (massgen.project / ".massgen" / "kept").iterdir()
    usual = massgen.project / ".massgen" / "sessions"
    shutil.copytree(kept, usual / kept.name)

    told = refusal(
        f"massgen: There are two sessions {kept.name!r}: in {usual}, and in {kept.parent}.\n"
        "  Say which by naming its team with --config.\n"
    )
    assert massgen("--continue", SECOND) == told
    assert massgen("--resume", kept.name, SECOND) == told
    answers(massgen("--continue", "--config", "keeps-kept.yaml", SECOND), f"Number 2, after “{FIRST}”.")


@pytest.mark.slow
def test_one_place_under_two_names_is_one_place(massgen: Program, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(massgen.project / ".massgen" / "kept")
    for place in ("kept", str(massgen.project / ".massgen" / "kept"), str(tmp_path / "link")):
        massgen("--config", keeping(massgen, place), "--continue", FIRST)
        massgen("--config", keeping(massgen, place), FIRST)
    assert len(massgen("--list-sessions").stdout.splitlines()) == 3


@pytest.mark.slow
def test_a_place_that_has_vanished_is_passed_over_and_may_come_back(massgen: Program, scattered: list[str]) -> None:
    here, kept, _ = scattered
    place = massgen.project / ".massgen" / "far"
    place.rename(massgen.home / "unplugged")
    answers(massgen("--continue", SECOND), "Number 2, after “kept”.")
    place.write_text("in the way")
    assert massgen("--list-sessions") == Ran(
        stdout=f"{kept}    2 turns  kept\n{here}    1 turn   sessions\n",
        stderr=f"note: cannot list {place}: Not a directory\n",
        status=0,
    )
    place.unlink()
    (massgen.home / "unplugged").rename(place)
    answers(massgen("--continue", SECOND), "Number 2, after “far”.")


def test_a_damaged_list_of_places_hides_nothing_that_stands_in_the_usual_one(
    massgen: Program, scattered: list[str]
) -> None:
    here, kept, _ = scattered
    pointer = massgen.project / ".massgen" / "session_places.json"
    pointer.write_bytes(b"[")

    ran = massgen("--list-sessions")
    assert ran == Ran(
        stdout=f"{here}    1 turn   sessions\n",
        stderr=f"note: {pointer} is damaged; sessions that are kept elsewhere may be missing here. "
        "Name their team once with --config, and they are found again.\n",
        status=0,
    )
    answers(massgen("--continue", "--config", "keeps-kept.yaml", SECOND), "Number 2, after “kept”.")
    assert massgen("--list-sessions").stdout == f"{kept}    2 turns  kept\n{here}    1 turn   sessions\n"


def test_a_list_of_places_that_cannot_be_written_stops_nobody(massgen: Program) -> None:
    pointer = massgen.project / ".massgen" / "session_places.json"
    pointer.mkdir(parents=True)

    ran = massgen("--config", keeping(massgen, "kept"), FIRST)
    answers(ran, "Number 1, after “”.")
    assert (
        f"warning: cannot write {pointer}: Is a directory. This session is found again with --config, and not without "
        "it\n"
    ) in ran.stderr


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
    massgen("--config", remembering(massgen), FIRST)
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
        f"massgen: {session.name} was held with the team in {gone.format(root=massgen.project)}, which is not there.\n"
        "  Put it back, or name a team with --config or --model.\n"
    )
    answers(massgen("--continue", "--config", remembering(massgen), SECOND), "Number 1, after “”.")


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
        f"massgen: {session / 'events.jsonl'} does not say with which team the session was held: {name!r}.\n"
        "  Name the team with --config or --model.\n"
    )
    answers(massgen("--continue", "--config", remembering(massgen), SECOND), "Number 1, after “”.")


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
    damaged = b"\x00\xff not a log\n"
    (two[0] / "events.jsonl").write_bytes(damaged)

    first, second = (each.name for each in two)
    assert massgen("--list-sessions") == Ran(
        stdout=f"{second}    1 turn   {SECOND}\n{first}    1 turn   \n", stderr="", status=0
    )
    assert (two[0] / "events.jsonl").read_bytes() == damaged


# -- damage ----------------------------------------------------------------------------------------------------------


def test_deleted_views_are_made_anew_from_the_log(massgen: Program) -> None:
    massgen("--config", remembering(massgen), FIRST)
    [session] = massgen.sessions()
    view = session / "turn_1" / "coordination_log.json"
    whole = view.read_text(encoding="utf-8")
    shutil.rmtree(session / "turn_1")
    (session / "SESSION_SUMMARY.txt").unlink()

    answers(massgen("--continue", SECOND), f"Number 2, after “{FIRST}”.")
    assert view.read_text(encoding="utf-8") == whole
    assert turns(session) == ["turn_1", "turn_2"]
    summary = (session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8")
    assert [question in summary for question in (FIRST, SECOND)] == [True, True]


@pytest.mark.parametrize("damage", [b"{", b"\xff\x00", b""], ids=["cut", "not text", "empty"])
def test_a_damaged_coordination_log_is_told_and_made_anew_before_anybody_is_asked(
    massgen: Program, damage: bytes
) -> None:
    massgen("--config", remembering(massgen), FIRST)
    [session] = massgen.sessions()
    view = session / "turn_1" / "coordination_log.json"
    whole = view.read_bytes()
    view.write_bytes(damage)

    ran = massgen("--continue", SECOND)
    answers(ran, f"Number 2, after “{FIRST}”.")
    assert ran.stderr.startswith(f"{damaged(view)}\n[  0.0s] turn 2: 1 agent asked\n")
    assert (view.read_bytes(), view.with_name(f"{view.name}.damaged-1").read_bytes()) == (whole, damage)
    assert massgen("--continue", THIRD).told.count("was damaged") == 0


@pytest.mark.parametrize("flags", [["--continue"], ["--resume", "last"], ["--session-id", "last"]])
def test_a_chat_tells_damage_before_its_first_prompt(massgen: Program, flags: list[str]) -> None:
    massgen("--config", remembering(massgen), FIRST)
    [session] = massgen.sessions()
    view = session / "turn_1" / "coordination_log.json"
    whole = view.read_bytes()
    view.write_bytes(b"{")

    with massgen.chat(*flags, columns=1000) as chat:
        chat.wait_for_prompt()
        assert chat.text.endswith(f"is remembered.\n\n{damaged(view)}\nYou:")
        assert view.read_bytes() == whole


def damaged(view: Path) -> str:
    """What is said of a damaged coordination log."""
    return (
        f"warning: {view} was damaged: it is written anew from the session's log, and what stood there is kept beside "
        f"it as {view.name}.damaged-1"
    )


def test_what_is_in_the_way_of_a_turn_is_told_before_anybody_is_asked(massgen: Program) -> None:
    massgen("--config", remembering(massgen), FIRST)
    [session] = massgen.sessions()
    shutil.rmtree(session / "turn_1")
    (session / "turn_1").write_text("mine")

    ran = massgen("--continue", SECOND)
    answers(ran, f"Number 2, after “{FIRST}”.")
    assert ran.stderr.startswith(
        f"warning: not every file in {session} is up to date: cannot write {session / 'turn_1'}: it is not a directory."
        " Move that file out of the way; a directory belongs there.\n[  0.0s] turn 2: 1 agent asked\n"
    )
    assert (session / "turn_1").read_text() == "mine"


def test_a_log_damaged_in_the_middle_is_left_as_it_is(massgen: Program) -> None:
    massgen("--config", remembering(massgen), FIRST)
    [session] = massgen.sessions()
    log = session / "events.jsonl"
    whole = log.read_bytes()
    lines = whole.splitlines(keepends=True)
    size = len(lines[0])
    log.write_bytes(whole[:size] + b"f" * 3 + whole[size + 3 :].replace(FIRST.encode(), b"x" * len(FIRST)))
    damaged = log.read_bytes()

    assert massgen("--config", "team.yaml", "--continue", SECOND) == refusal(
        f"massgen: {log} is damaged after record 1 (byte {size}), with valid records behind it\n"
        "  Nothing was changed. Put a copy of the file back, or start a new session.\n"
    )
    assert massgen("--continue", SECOND).status == 4
    assert log.read_bytes() == damaged
    assert turns(session) == ["turn_1"]


def test_a_log_that_ends_in_the_middle_of_a_line_is_gone_on_with(massgen: Program) -> None:
    massgen("--config", remembering(massgen), FIRST)
    [session] = massgen.sessions()
    log = session / "events.jsonl"
    torn = log.read_bytes() + b'0badcafe {"v":1,"se'
    log.write_bytes(torn)

    ran = massgen("--continue", SECOND)
    answers(ran, f"Number 2, after “{FIRST}”.")
    assert ran.stderr.startswith(
        f"warning: {log}: a half-written end was set aside as events.jsonl.torn-1\n[  0.0s] turn 2: 1 agent asked\n"
    )
    assert (session / "events.jsonl.torn-1").read_bytes() == b'0badcafe {"v":1,"se'


def test_a_session_in_use_is_refused_with_the_process_that_has_it(massgen: Program) -> None:
    teams.write(massgen.project, script=teams.HANGS)
    with massgen.started(*massgen.command("--config", "team.yaml", FIRST)) as process:
        assert process.stderr
        assert process.stderr.readline() == "[  0.0s] turn 1: 1 agent asked\n"
        [session] = massgen.sessions()

        assert massgen("--continue", SECOND) == refusal(
            f"massgen: {session} is in use by another massgen (process {process.pid})\n"
            "  Quit that one first, or start a new session.\n"
        )
        process.kill()
