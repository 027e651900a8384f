"""Which files go with a question, which are asked for first, and why others cannot."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from massgen.events import Attached
from massgen.repl.prompt.attaching import Finding, Found, Refused, look_up, told
from massgen.repl.prompt.consent import agreed
from massgen.repl.prompt.habits import Habits
from massgen.session.redaction import Redactor

KEY = "sk-proj-abcdefghijklmnop"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one text in it."""
    place = tmp_path / "project"
    (place / "src").mkdir(parents=True)
    (place / "src" / "a.py").write_text("print('ä')\n", encoding="utf-8")
    return place


def looked_up(typed: str, project: Path) -> list[Finding]:
    return list(look_up(typed, project=project, redactor=Redactor(())))


def refused(typed: str, project: Path) -> str:
    [finding] = looked_up(typed, project)
    assert isinstance(finding, Refused)
    return finding.sentence


def why_asked(typed: str, project: Path) -> str:
    [finding] = looked_up(typed, project)
    assert isinstance(finding, Found)
    return finding.why


def test_a_mentioned_file_goes_along_whole_and_once(project: Path) -> None:
    [found] = looked_up("What does @src/a.py do? And @src/../src/a.py, ann@example.org, @someone?", project)
    assert found == Found(attached=Attached(path="src/a.py", text="print('ä')\n"), size=12)
    assert told(found) == "src/a.py (12 bytes)"


def test_a_big_file_is_cut_between_letters_and_says_so(project: Path) -> None:
    (project / "big.txt").write_text("x" + "ä" * 100_000, encoding="utf-8")
    [found] = looked_up("@big.txt", project)
    assert found == Found(attached=Attached(path="big.txt", text="x" + "ä" * 32_767, cut=True), size=200_001)
    assert told(found) == "big.txt (the first 64.0 KiB of 195.3 KiB)"


def test_all_files_together_have_a_limit(project: Path) -> None:
    for number in range(6):
        (project / f"{number}.txt").write_text("x" * 70_000)
    *found, last, after = looked_up("@0.txt @1.txt @2.txt @3.txt @4.txt @5.txt", project)
    assert [isinstance(each, Found) and len(each.attached.text) for each in found] == [65_536] * 4
    assert last == Refused(sentence="'4.txt' is left out: the files before it take all of the 256.0 KiB there are.")
    assert isinstance(after, Refused)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("@src", "'src' cannot be attached: it is a directory."),
        ("@missing.md", "There is no file 'missing.md'."),
        ("@src/mian.py", "There is no file 'src/mian.py'."),
        ('@"a\\nb"', "There is no file 'a␊b'."),
        ("@binary.png", "'binary.png' cannot be attached: it is no UTF-8 text."),
        ("@latin.txt", "'latin.txt' cannot be attached: it is no UTF-8 text."),
        ("@pipe", "'pipe' cannot be attached: it is neither a file nor a directory."),
        ("@circle", "'circle' cannot be attached: the link leads back to itself."),
        ("@nowhere", "'nowhere' cannot be attached: the link leads nowhere."),
        ("@/dev/zero", "'/dev/zero' cannot be attached: it is neither a file nor a directory."),
    ],
)
def test_what_is_no_text_is_refused_with_a_sentence(project: Path, typed: str, sentence: str) -> None:
    (project / "binary.png").write_bytes(b"\x89PNG\x00\x01")
    (project / "latin.txt").write_bytes("für".encode("latin-1"))
    os.mkfifo(project / "pipe")
    (project / "circle").symlink_to("circle")
    (project / "nowhere").symlink_to("gone")
    assert refused(typed, project) == sentence


def test_who_leaves_the_project_is_asked_also_through_a_link(project: Path) -> None:
    outside = project.parent / "outside.txt"
    outside.write_text("Out.")
    (project / "link.txt").symlink_to("../outside.txt")
    (project / "near.txt").symlink_to("src/a.py")
    assert why_asked("@../outside.txt", project) == f"is outside of this project ({outside})"
    assert why_asked(f"@{outside}", project) == f"is outside of this project ({outside})"
    assert why_asked("@link.txt", project) == f"is outside of this project ({outside})"
    assert why_asked("@near.txt", project) == ""


@pytest.mark.parametrize("name", [".env", ".env.local", "id_rsa", "server.PEM", ".netrc", "credentials"])
def test_a_name_that_keys_have_is_asked_for_also_behind_a_link(project: Path, name: str) -> None:
    (project / name).write_text("HARMLESS=1\n")
    (project / "notes.txt").symlink_to(name)
    assert why_asked(f"@{name}", project) == "has a name that files with keys have"
    assert why_asked("@notes.txt", project) == "has a name that files with keys have"


def test_a_file_with_a_key_in_it_is_asked_for(project: Path) -> None:
    (project / "notes.txt").write_text(f"my key: {KEY}\n")
    assert why_asked("@notes.txt", project) == "holds what looks like a key"


# -- what the user says to that --------------------------------------------------------------------------------------


class Answers:
    """A user who answers so."""

    def __init__(self, *answers: bool) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    async def confirm(self, question: str) -> bool:
        self.asked.append(question)
        return self._answers.pop(0)


def consent(typed: str, project: Path, user: Answers, said: list[str]) -> Sequence[Attached] | None:
    return asyncio.run(agreed(typed, Habits(project=project), user, said.append))


def test_nothing_is_asked_where_nothing_is_doubtful(project: Path) -> None:
    user, said = Answers(), list[str]()
    assert consent("@src/a.py", project, user, said) == (Attached(path="src/a.py", text="print('ä')\n"),)
    assert (user.asked, said) == ([], ["Attached: src/a.py (12 bytes)"])
    assert consent("@someone", project, user, []) == ()


def test_a_file_of_keys_goes_only_with_a_yes(project: Path) -> None:
    (project / ".env").write_text("A=1\n")
    user, said = Answers(True, False), list[str]()
    assert consent("@.env", project, user, said) == (Attached(path=".env", text="A=1\n"),)
    assert consent("@.env", project, user, said) is None
    assert user.asked == [".env has a name that files with keys have. Send it to every agent?"] * 2
    assert said == ["Attached: .env (4 bytes)"]


def test_a_question_whose_file_is_missing_goes_only_with_a_yes(project: Path) -> None:
    user, said = Answers(False, True), list[str]()
    assert consent("@mian.py", project, user, said) is None
    assert consent("@mian.py @src/a.py", project, user, said) == (Attached(path="src/a.py", text="print('ä')\n"),)
    assert user.asked == ["Send the question all the same?"] * 2
    assert said == ["There is no file 'mian.py'."] * 2 + ["Attached: src/a.py (12 bytes)"]
