"""What the guide says can be done with sessions without going on with one."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.guide.page import promised, typed
from tests.helpers import teams
from tests.helpers.program import Program, Ran

pytestmark = pytest.mark.slow  # a program is started for each

PAGE_ID = "session_20250108_143022"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What each verb of the page's commands said, and the project that they left."""

    ran: Mapping[str, Ran]
    project: Path
    session: str
    flag: str


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The page's commands, one after the other; those that need a yes get it."""
    massgen = Program(tmp_path_factory.mktemp("sessions"))
    massgen("--config", teams.remembering(massgen.project), "Is sk-proj-abcdefghijklmnop a key?")
    massgen("--continue", "Question B")
    [session] = massgen.sessions()
    flag = massgen("--list-sessions").stdout
    ran = {}
    for _, verb, *more in typed("Sessions on the Command Line"):
        words = [each.replace(PAGE_ID, session.name) for each in more]
        if verb == "repair":
            log = session / "events.jsonl"
            log.write_bytes(log.read_bytes().replace(b"Question B", b"Question X", 1))
        ran[verb] = massgen("sessions", verb, *words, *(["--yes"] if verb in ("repair", "delete") else []))
    return Done(ran=ran, project=massgen.project, session=session.name, flag=flag)


def test_each_command_of_the_page_does_what_it_says(done: Done) -> None:
    promised(
        "`list` is the list of `--list-sessions`.",
        "`show` prints the history,",
        "`export` writes the session as Markdown or JSON, to stdout or to a file that only you can read.",
        "Keys are taken out.",
    )

    assert [(verb, each.status, each.stderr) for verb, each in done.ran.items()] == [
        (verb, 0, "") for verb in ("list", "show", "export", "repair", "delete")
    ]
    assert done.ran["list"].stdout == done.flag
    assert re.findall(r"^── Turn (\d)", done.ran["show"].stdout, re.MULTILINE) == ["2"]
    talk = done.project / "talk.md"
    assert "## 1. Is \\[redacted\\] a key?\n" in talk.read_text("utf-8")
    assert talk.stat().st_mode & 0o777 == 0o600


def test_a_repair_says_what_is_kept_and_lost(done: Done) -> None:
    promised(
        "`repair` says what is damaged, what can be kept and what is lost.",
        "After a yes it writes the log anew; the damaged one is kept beside it.",
    )

    said = done.ran["repair"].stdout
    assert f"{done.session} is damaged after record 9 (byte " in said
    assert "Can be kept: 1 turn with 9 records. Turn 2 could not be read." in said
    assert said.endswith("events.jsonl.damaged-1.\n")


def test_a_deleted_session_is_gone(done: Done) -> None:
    promised("`delete` removes sessions with all their files, after a yes.")

    assert list((done.project / ".massgen" / "sessions").iterdir()) == []


@pytest.fixture
def session(massgen: Program) -> Path:
    """A session of one turn."""
    massgen("--config", teams.remembering(massgen.project), "Question A")
    return massgen.sessions()[0]


def test_without_a_yes_nothing_happens(massgen: Program, session: Path) -> None:
    promised("Where nobody can be asked, `--yes` is the yes.")

    assert massgen("sessions", "delete", "last").status == 2
    assert massgen.sessions() == [session]


def test_the_history_is_that_of_the_chat(massgen: Program, session: Path) -> None:
    promised("as `/history` does without a screen.")

    with massgen.chat("--continue", "--no-display", columns=80) as chat:
        chat.say("/history")
        assert chat.after("/history") == massgen("sessions", "show", "last").stdout.rstrip("\n")


def test_the_list_says_what_should_be_known(massgen: Program, session: Path) -> None:
    promised(
        "Behind a session stands what should be known: that it is in use, interrupted or damaged, and when it was last "
        "used, if that was on a later day.",
        "With `--json` it is for programs.",
        "A session that is in use is neither repaired nor deleted.",
    )
    old = session.rename(session.with_name(PAGE_ID))

    [told] = json.loads(massgen("sessions", "list", "--json").stdout)["sessions"]
    used = told["last_used"][:10]
    assert massgen("sessions", "list").stdout == f"{PAGE_ID}    1 turn   Question A  (last used {used})\n"
    with massgen.chat("--continue", "--no-display") as chat:
        chat.wait_for_prompt()
        assert massgen("sessions", "list").stdout.endswith(f"  (in use, last used {used})\n")
        assert [massgen("sessions", verb, "last", "--yes").status for verb in ("repair", "delete")] == [4, 4]
        chat.say("/quit")
        assert chat.wait_for_end() == 0
    log = old / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    assert massgen("sessions", "list").stdout.endswith(f"  (interrupted, last used {used})\n")
    log.write_bytes(b"!" + log.read_bytes()[1:])
    assert massgen("sessions", "list").stdout.endswith(f"  (damaged, last used {used})\n")


def test_a_file_that_is_there_is_replaced_only_with_force(massgen: Program, session: Path) -> None:
    promised("A file that is there is replaced only with `--force`.")

    talk = massgen.project / "talk.md"
    talk.write_text("mine")
    arguments = ("sessions", "export", "last", "--output", "talk.md")
    assert massgen(*arguments) == Ran(
        stdout="",
        stderr=f"massgen: {talk} is there already, and was left as it is.\n  Name another file, or say --force.\n",
        status=2,
    )
    assert talk.read_text() == "mine"
    assert massgen(*arguments, "--force").status == 0
    assert talk.read_text("utf-8").startswith("# A conversation of ")


def test_what_other_programs_keep_is_left_alone(massgen: Program) -> None:
    promised("What other programs keep in `.massgen/sessions/` is left alone.")

    theirs = massgen.project / ".massgen" / "sessions" / PAGE_ID
    theirs.mkdir(parents=True)
    (theirs / "metadata.json").write_text("{}")

    assert massgen("sessions", "delete", PAGE_ID, "--yes") == Ran(
        stdout="", stderr=f"massgen: {theirs} is no session of MassGen.\n  It was left as it is.\n", status=4
    )
    assert (theirs / "metadata.json").read_text() == "{}"


def test_a_question_may_be_that_one_word(massgen: Program) -> None:
    promised("A question that is only the word *sessions* is asked with `massgen -- sessions`.")

    (massgen.project / ".massgen").mkdir()
    script = teams.REMEMBERS.replace("Number {turn}, after “{previous}”.", "You asked: {question}.")
    teams.write(massgen.project / ".massgen", script=script)
    (massgen.project / ".massgen" / "team.yaml").rename(massgen.project / ".massgen" / "config.yaml")
    assert massgen("--", "sessions").stdout == "You asked: sessions.\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("scripted", "other", "Another model: ann is other (Demo), before scripted (Demo)."),
        ("id: ann", "id: eve", "New in the team: eve is scripted (Demo).\nnote: No longer in the team: ann."),
        (
            "agents:",
            "ui: {notify: off}\nagents:",
            "The team has other settings than when this session was last started.",
        ),
    ],
)
def test_a_resume_says_what_is_different(massgen: Program, session: Path, old: str, new: str, said: str) -> None:
    promised(
        "When the team is not what it was, a resume says what is different: who is new, who is gone, who has another "
        "model, or that there are other settings.",
    )

    team, script = massgen.project / "team.yaml", massgen.project / "script.yaml"
    team.write_text(team.read_text("utf-8").replace(old, new))
    script.write_text(teams.REMEMBERS.replace("  ann:", "  eve:") if "eve" in new else teams.REMEMBERS)
    ran = massgen("--continue", "Question B")
    assert (ran.status, ran.stderr.startswith(f"note: {said}\n")) == (0, True)


# -- in the chat -----------------------------------------------------------------------------------------------------


def test_export_and_copy_take_the_conversation_along(massgen: Program, session: Path) -> None:
    promised(
        "| `/export [format] [path]` | Write the session to a file: md or json, and a path if you like |",
        "| `/copy` | Copy the last answer to the clipboard |",
        "`/export json talk.json` names the file; without a name it is called like the session and stands where "
        "MassGen was started, and it never takes the place of another one.",
        "`/copy` sends the answer to the terminal, which reaches your own clipboard also over SSH,",
    )

    with massgen.chat("--continue", columns=200) as chat:
        for said in ("/export json talk.json", "/export", "/export md", "/copy"):
            chat.say(said)
        chat.wait_for("Sent to the terminal")
        chat.wait_for(f"{session.name}.md is there already, and was left as it is.")
        assert b"\x1b]52;c;TnVtYmVyIDEsIGFmdGVyIOKAnOKAnS4=\x07" in chat.written
    assert json.loads((massgen.project / "talk.json").read_text("ascii"))["session"] == session.name
    assert (massgen.project / f"{session.name}.md").read_text("utf-8").startswith("# A conversation of ")


@pytest.mark.parametrize("name", ["wl-copy", "xclip", "xsel", "clip.exe"])
def test_copy_knows_the_programs_of_the_page(massgen: Program, session: Path, name: str, tmp_path: Path) -> None:
    promised("and to a program of your system (`pbcopy`, `wl-copy`, `xclip`, `xsel`, `clip.exe`).")

    place = tmp_path / "programs"
    place.mkdir()
    (place / name).write_text("#!/bin/sh\ncat > taken\n")
    (place / name).chmod(0o700)
    display = {"wl-copy": "WAYLAND_DISPLAY", "clip.exe": "WSL_DISTRO_NAME"}.get(name, "DISPLAY")
    path = f"{place}:{massgen.environ()['PATH']}"
    with massgen.chat("--continue", env={"PATH": path, display: "one"}, columns=200) as chat:
        chat.say("/copy")
        chat.wait_for(f"Copied with {name}.")
    assert (massgen.project / "taken").read_text("utf-8") == "Number 1, after “”."
