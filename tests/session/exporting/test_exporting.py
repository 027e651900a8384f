"""A session as a document: the Markdown that people read, the JSON of programs, and where it is put."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from massgen.errors import UsageError
from massgen.events import (
    AnswerSubmitted,
    Attached,
    ConversationCleared,
    Event,
    FilesDelivered,
    PresentationEnded,
    Record,
    SessionRepaired,
    TurnEnded,
    TurnStarted,
    TurnUndone,
    WinnerSelected,
)
from massgen.session.exporting import document, markdown
from massgen.session.exporting.redacted import redacted
from massgen.session.exporting.saving import save
from massgen.session.redaction import Redactor
from massgen.session.turns import history
from tests.session.scene import first_turn, records, second_turn, session_started, two_turns

ID = "session_20250108_143022"
NOBODY = Redactor(())
GOLDEN = Path(__file__).parent


def md(told: Iterable[Record], redactor: Redactor = NOBODY) -> str:
    return markdown.text(history(redacted(told, redactor)), ID)


def answered(question: str, answer: str, *, attached: tuple[Attached, ...] = ()) -> tuple[Record, ...]:
    """A turn of ann alone, with this answer."""
    return records(
        session_started(),
        TurnStarted(turn=1, question=question, agents=("ann",), seed="s", attached=attached),
        AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text=answer),
        WinnerSelected(agent="ann", label="agent1.1", because="single_agent"),
        PresentationEnded(agent="ann", label="agent1.1", text=answer, source="presented"),
        TurnEnded(turn=1, outcome="answered"),
    )


# -- Markdown --------------------------------------------------------------------------------------------------------


def test_a_session_reads_like_a_conversation() -> None:
    events: tuple[Event, ...] = (
        session_started(),
        *first_turn(),
        FilesDelivered(turn=1, agent="bob", path="turn_1/workspace"),
        ConversationCleared(after_turn=1),
        *second_turn(),
        TurnUndone(turn=2),
    )
    assert md(records(*events)) == (GOLDEN / "conversation.md").read_text("utf-8")


def test_without_a_turn_there_is_little_to_tell() -> None:
    assert md(()) == f"# A conversation\n\n`{ID}` · 0 turns\n"


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("Why?", "## 1. Why?"),
        ("What is `a_b` * 2 & <c>?", "## 1. What is \\`a_b\\` \\* 2 & \\<c\\>?"),
        ("One\ntwo", "## 1. One two\n\n> One\n> two"),
        ("x" * 81, f"## 1. {'x' * 79}…\n\n> {'x' * 81}"),
        ("# no title\n\n<details>", "## 1. \\# no title \\<details\\>\n\n> # no title\n>\n> <details>"),
    ],
)
def test_a_question_is_a_title_and_a_long_one_is_quoted_too(question: str, shown: str) -> None:
    assert f"\n\n{shown}\n\nBecause.\n\n<details>\n" in md(answered(question, "Because."))


def test_the_files_of_a_question_are_named() -> None:
    attached = (Attached(path="src/a_b.py", text="x"), Attached(path="big*.txt", text="y", cut=True))
    assert "\n\nWith src/a_b.py, big\\*.txt (its beginning)\n\nBecause." in md(
        answered("Why?", "Because.", attached=attached)
    )


def test_an_answer_stands_as_it_was_written() -> None:
    answer = "## Yes\r\n\r\n\tتعداد\u200cها  \n* `x`\n\n<b>bold</b> \U0001f468\u200d\U0001f469 &amp;"
    assert f"\n\n{answer.replace(chr(13), '')}\n\n<details>" in md(answered("Why?", answer))


@pytest.mark.parametrize(
    ("answer", "closed"),
    [
        ("```python\nx = 1", "```python\nx = 1\n```"),
        ("~~~~\n```\n~~~", "~~~~\n```\n~~~\n~~~~"),
        ("```\nx\n```", "```\nx\n```"),
        ("```\n```python\n", "```\n```python\n```"),
        ("``` `x` ```", "``` `x` ```"),
        ("    ```\nx", "    ```\nx"),
    ],
)
def test_a_fence_of_code_that_is_open_does_not_swallow_the_rest(answer: str, closed: str) -> None:
    assert f"\n\n{closed}\n\n<details>" in md(answered("Why?", answer))


def test_no_byte_acts_on_a_terminal() -> None:
    evil = "a\x1b]52;c;ZXZpbA==\x07b\x9b31mc\x00d\x7fe\rf\u2028g\ud800h"
    text = md(answered(f"{evil}\n{evil}", f"{evil}\n{evil}"))

    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\ud800-\udfff]", text) == []
    assert "a␛]52;c;ZXZpbA==␇b\\x9b31mc␀d␡e␍f\ng\ufffdh" in text


# -- what is taken out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["sk-proj-abcdefghijklmnop", "correct[horse]*battery", 'with"quote\nand line'])
def test_keys_are_in_neither_document(secret: str) -> None:
    told = answered(
        f"My key is {secret}. Is it safe?", f"{secret} is not.", attached=(Attached(path="k", text=secret),)
    )
    redactor = Redactor({secret})
    clean = history(redacted(told, redactor))

    for text in (markdown.text(clean, ID), document.text(clean, ID)):
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text
        assert "[redacted] is not." in text


def test_a_session_without_keys_stays_what_it_is() -> None:
    assert tuple(redacted(two_turns(), NOBODY)) == two_turns()


# -- JSON ------------------------------------------------------------------------------------------------------------


def test_a_program_gets_every_key() -> None:
    events = (session_started(), *first_turn(), *second_turn(), TurnUndone(turn=2), SessionRepaired(lost="Nothing."))
    told = document.document(history(records(*events)), ID)

    assert json.loads(document.text(history(records(*events)), ID)) == told
    first, second = told.pop("turns")
    assert told == {
        "type": "session",
        "v": 1,
        "session": ID,
        "began": "2025-01-08T14:30:23.000+00:00",
        "last_used": "2025-01-08T14:31:00.000+00:00",
        "config": "@examples/three.yaml",
        "agents": [
            {"agent": "ann", "model": "gpt-5", "provider": "OpenAI"},
            {"agent": "bob", "model": "gemini-2.5-flash", "provider": "Gemini"},
            {"agent": "carol", "model": "grok-4", "provider": "Grok"},
        ],
        "changes": [
            {
                "after_turn": 2,
                "type": "TurnUndone",
                "says": "Turn 2 was taken back: later turns do not see it.",
                "data": {"turn": 2, "again": False},
            },
            {
                "after_turn": 2,
                "type": "SessionRepaired",
                "says": "The log of this session was damaged and has been repaired. Nothing.",
                "data": {"lost": "Nothing."},
            },
        ],
        "usage": {
            "requests": 2,
            "requests_not_counted": 1,
            "requests_without_price": 1,
            "input_tokens": 1200,
            "output_tokens": 300,
            "cached_tokens": 0,
            "cache_write_tokens": 0,
            "reasoning_tokens": 0,
            "cost": "0.0125",
        },
    }
    assert list(first) == list(second)
    assert (first["answer"], first["source"], first["taken_back"]) == (
        "Machine learning is\n\n    learn(data)\n",
        "presented",
        False,
    )
    assert (second["outcome"], second["source"], second["taken_back"], second["winner"]) == (
        "partial",
        "stored",
        True,
        {"agent": "ann", "label": "agent1.1", "because": "only_answer"},
    )


def test_an_empty_session_is_a_document_too() -> None:
    told = document.document(history(()), ID)
    assert (told["began"], told["turns"], told["agents"], told["config"]) == (None, [], [], "")


# -- where it is put -------------------------------------------------------------------------------------------------


def test_a_document_is_its_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "talk.md"
    save(path, "Ünï\ud800")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == ("Ünï?".encode(), 0o600)


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "talk.md"
    path.write_text("mine")
    path.chmod(0o644)
    with pytest.raises(UsageError) as refused:
        save(path, "ours", instead="Do something else.")
    assert (str(refused.value), refused.value.hint) == (
        f"{path} is there already, and was left as it is.",
        "Do something else.",
    )
    assert path.read_text() == "mine"

    save(path, "ours", overwrite=True)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("ours", 0o600)


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_link_is_not_followed(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "mine").write_text("mine")
    link = tmp_path / "talk.md"
    link.symlink_to(tmp_path / "mine")
    with pytest.raises(UsageError) as refused:
        save(link, "ours", overwrite=overwrite)
    assert str(refused.value) == f"{link} is a symbolic link, and is not followed."
    assert (tmp_path / "mine").read_text() == "mine"


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("no/talk.md", "{path} cannot be written: No such file or directory."),
        ("file/talk.md", "{path} cannot be written: Not a directory."),
        ("directory", "{path} is there already, and was left as it is."),
        ("x" * 300, "{path} cannot be written: File name too long."),
    ],
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str, says: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "directory").mkdir()
    with pytest.raises(UsageError) as refused:
        save(tmp_path / place, "ours")
    assert str(refused.value) == says.format(path=tmp_path / place)


def test_a_directory_is_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        save(tmp_path, "ours", overwrite=True)
    assert str(refused.value) == f"{tmp_path} is not a regular file."


def test_nothing_is_left_of_a_document_that_does_not_fit(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no full disk here")
    with pytest.raises(UsageError):
        save(full, "ours", overwrite=True)
    assert full.exists()
