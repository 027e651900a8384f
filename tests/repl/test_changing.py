"""What a user changes about a conversation: what the agents are told then, which files they begin with, who is asked.

Every change is looked at twice: in the chat, and in one that goes on with what was on the disk at that moment.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from massgen.agents import AgentDescription
from massgen.errors import MassGenError, SessionError
from massgen.prompts.conversation import Exchange
from massgen.repl.changing import give, promote, undo
from massgen.repl.chat import Chat
from tests.helpers.desk import Desk, Had, ask, had
from tests.workspace.trees import files

ANN = AgentDescription(agent="ann", model="claude-sonnet-5-5", provider="Claude")
BOB = AgentDescription(agent="bob", model="gpt-6.1-terra", provider="Response")


def exchange(question: str, answer: str = "bob presents") -> Exchange:
    return Exchange(question=question, answer=f"{answer} {question}")


def left(question: str) -> dict[str, str]:
    """The files of bob's final answer."""
    return {"final.txt": "presented", "who.txt": f"bob: {question}"}


ONE = Had(conversation=(exchange("One?"),), files=left("One?"), agents=(ANN, BOB))
TWO = Had(conversation=(exchange("One?"), exchange("Two?")), files=left("Two?"), agents=(ANN, BOB))
NOTHING = Had(conversation=(), files=None, agents=(ANN, BOB))


def changed(project: Path, *steps: Callable[[Chat], Awaitable[object]], questions: tuple[str, ...]) -> list[Had]:
    """Ask these questions, then take the steps: what the user has after each, which is what a resume brings back."""

    async def play(desk: Desk) -> list[Had]:
        seen = []
        async with desk.chat() as chat:
            for question in questions:
                await ask(chat, question)
            for step in steps:
                await step(chat)
                assert await desk.as_resumed(chat) == had(chat)
                seen.append(had(chat))
        return seen

    with Desk(project / "project") as desk:
        return asyncio.run(play(desk))


def then(question: str) -> Callable[[Chat], Awaitable[object]]:
    """The step of asking."""
    return lambda chat: ask(chat, question)


async def clear(chat: Chat) -> None:
    """The step of /clear."""
    await chat.clear()


async def retry(chat: Chat) -> None:
    """The step of /retry, up to its question."""
    await undo(chat, again=True)


def test_undo_takes_back_one_turn_after_the_other_with_its_files(tmp_path: Path) -> None:
    assert changed(tmp_path, undo, undo, questions=("One?", "Two?")) == [ONE, NOTHING]


def test_the_turn_after_an_undo_begins_with_the_files_of_before(tmp_path: Path) -> None:
    three = Had(conversation=(*ONE.conversation, exchange("Three?")), files=left("Three?"), agents=(ANN, BOB))

    assert changed(tmp_path, undo, then("Three?"), questions=("One?", "Two?")) == [ONE, three]
    assert files(tmp_path / "project" / ".massgen" / "workspaces" / "workspace_b") == left("Three?")


def test_retry_is_an_undo_whose_question_is_asked_again(tmp_path: Path) -> None:
    assert changed(tmp_path, retry, then("Two?"), questions=("One?", "Two?")) == [ONE, TWO]


def test_what_was_cleared_is_not_told_and_its_files_stay(tmp_path: Path) -> None:
    cleared = Had(conversation=(), files=left("One?"), agents=(ANN, BOB))

    assert changed(tmp_path, clear, questions=("One?",)) == [cleared]


def test_a_promoted_answer_stands_with_its_files_and_the_winner_can_be_promoted_back(tmp_path: Path) -> None:
    promoted = Had(
        conversation=(ONE.conversation[0], exchange("Two?", "ann drafts")),
        files={"final.txt": "presented", "who.txt": "ann: Two?"},
        agents=(ANN, BOB),
    )

    seen = changed(
        tmp_path,
        lambda chat: promote(chat, "ann"),
        lambda chat: promote(chat, "bob"),
        lambda chat: promote(chat, "AN"),
        undo,
        questions=("One?", "Two?"),
    )

    assert seen == [promoted, TWO, promoted, ONE]
    [session] = (tmp_path / "project" / ".massgen" / "sessions").glob("session_*")
    assert files(session / "turn_2" / "workspace-ann") == promoted.files
    assert files(session / "turn_2" / "workspace") == left("Two?")
    summary = (session / "SESSION_SUMMARY.txt").read_text("utf-8")
    assert "The conversation goes on from the answer of ann in turn 2." in summary
    assert "Turn 2 was taken back: later turns do not see it." in summary


def test_the_turn_after_a_promotion_begins_with_the_promoted_files(tmp_path: Path) -> None:
    async def play(desk: Desk) -> list[str]:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            await promote(chat, "ann")
            at = len(desk.server.requests)
            await ask(chat, "Two?")
            return [text for role, text in desk.server.requests[at].texts if role == "assistant"]

    with Desk(tmp_path / "project") as desk:
        told = asyncio.run(play(desk))

    assert told == ["ann drafts One?"]
    before = tmp_path / "project" / ".massgen" / "snapshots"
    [ann] = before.glob("session_*/turn_2/workspace_a/call_1")
    assert files(ann) == {"who.txt": "ann: Two?"}  # and not the final.txt of bob, which was not promoted


def test_a_crash_between_a_promotion_and_its_files_loses_neither(tmp_path: Path) -> None:
    async def play(desk: Desk) -> tuple[Had, Had]:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            await promote(chat, "ann")
            assert chat.session is not None
            log = chat.session.directory / "events.jsonl"
            whole = had(chat)
        lines = log.read_bytes().splitlines(keepends=True)
        assert b"FilesDelivered" in lines[-1]
        log.write_bytes(b"".join(lines[:-1]))
        shutil.rmtree(log.parent / "turn_1" / "workspace-ann")
        async with desk.chat(log.parent) as chat:
            await chat.keep_files()
            return whole, had(chat)

    with Desk(tmp_path / "project") as desk:
        whole, again = asyncio.run(play(desk))
    assert whole == again


def test_another_model_speaks_from_the_next_turn_on(tmp_path: Path) -> None:
    bob = AgentDescription(agent="bob", model="gpt-5.5", provider="Response")
    ann = AgentDescription(agent="ann", model="gemini-3.8-flash", provider="Gemini")
    seen = changed(
        tmp_path,
        lambda chat: give(chat, "bob=gpt-5.5"),
        lambda chat: give(chat, "ann=gemini:gemini-3.8-flash"),
        lambda chat: give(chat, "bob=gpt-6.1-terra"),
        questions=("One?",),
    )
    assert [each.agents for each in seen] == [(ANN, bob), (ann, bob), (ann, BOB)]


def test_a_model_that_is_chosen_before_the_first_question_begins_no_session_and_is_remembered(tmp_path: Path) -> None:
    async def play(desk: Desk) -> tuple[Had, Had]:
        async with desk.chat() as chat:
            await give(chat, "bob=gpt-5.5")
            assert chat.session is None
            assert not (desk.project / ".massgen" / "sessions").exists()
            await ask(chat, "One?")
            return had(chat), await desk.as_resumed(chat)

    with Desk(tmp_path / "project") as desk:
        now, resumed = asyncio.run(play(desk))
    assert now == resumed
    assert [each.model for each in now.agents] == ["claude-sonnet-5-5", "gpt-5.5"]


def test_it_is_asked_at_its_provider_and_keeps_the_workspace(tmp_path: Path) -> None:
    async def play(desk: Desk) -> set[str]:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            await give(chat, "ann=gemini-3.8-flash")
            at = len(desk.server.requests)
            await ask(chat, "Two?")
            assert chat.delivered is not None
            return {each.model for each in desk.server.requests[at:]}

    with Desk(tmp_path / "project") as desk:
        assert asyncio.run(play(desk)) == {"gemini-3.8-flash", "gpt-6.1-terra"}
    home = tmp_path / "project" / ".massgen" / "workspaces" / "workspace_a"
    assert files(home)["who.txt"] == "ann: Two?"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("bob", "Say which agent and which model."),
        ("bob=", "Say which agent and which model."),
        ("eve=gpt-5.5", "There is no agent 'eve' in this team; it has ann and bob."),
        ("bob=wonder-1", "Cannot tell from its name who serves the model 'wonder-1'."),
        ("bob=grok-4.7", "bob cannot be grok-4.7: XAI_API_KEY is not set."),
        ("bob=demo", "The demo model plays a script, which only the demo team has."),
    ],
)
def test_a_model_that_cannot_be_asked_changes_nothing(tmp_path: Path, words: str, sentence: str) -> None:
    async def play(desk: Desk) -> tuple[str, Had]:
        async with desk.chat() as chat:
            with pytest.raises(MassGenError) as error:
                await give(chat, words)
            assert chat.session is None, "nothing was begun"
            return str(error.value), had(chat)

    with Desk(tmp_path / "project") as desk:
        assert asyncio.run(play(desk)) == (sentence, NOTHING)


def test_a_chosen_model_whose_key_is_gone_is_told_and_the_configured_one_speaks(tmp_path: Path) -> None:
    async def play(desk: Desk) -> tuple[tuple[str, ...], tuple[AgentDescription, ...]]:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            await give(chat, "bob=gemini-3.8-flash")
            assert chat.session is not None
            session = chat.session.directory
        environ = {name: value for name, value in desk.environ.items() if name != "GEMINI_API_KEY"}
        async with desk.chat(session, environ=environ) as chat:
            return chat.notes, chat.agents

    with Desk(tmp_path / "project") as desk:
        notes, agents = asyncio.run(play(desk))
    [note] = notes
    assert note == (
        "bob was gemini-3.8-flash in this session, and is gpt-6.1-terra again. "
        "bob cannot be gemini-3.8-flash: GEMINI_API_KEY or GOOGLE_API_KEY is not set."
    )
    assert agents == (ANN, BOB)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Whose answer? Turn 1 was answered by ann and bob."),
        ("eve", "There is no agent 'eve' in turn 1; it has ann and bob."),
        ("bob", "The conversation goes on from the answer of bob already."),
    ],
)
def test_what_cannot_be_promoted_changes_nothing(tmp_path: Path, name: str, sentence: str) -> None:
    async def play(desk: Desk) -> tuple[str, Had]:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            records = tuple(chat.records)
            with pytest.raises(MassGenError) as error:
                await promote(chat, name)
            assert tuple(chat.records) == records
            return str(error.value), had(chat)

    with Desk(tmp_path / "project") as desk:
        assert asyncio.run(play(desk)) == (sentence, ONE)


def test_where_nothing_was_asked_there_is_nothing_to_change(tmp_path: Path) -> None:
    async def play(desk: Desk) -> list[str]:
        said = []
        async with desk.chat() as chat:
            for change in (undo, retry, lambda chat: promote(chat, "ann")):
                with pytest.raises(MassGenError) as error:
                    await change(chat)
                said.append(str(error.value))
            assert chat.session is None
        return said

    with Desk(tmp_path / "project") as desk:
        assert asyncio.run(play(desk)) == [
            "There is no turn that could be taken back.",
            "There is no turn that could be taken back.",
            "There is no turn yet whose answers could be chosen from.",
        ]


@pytest.mark.parametrize(
    "change",
    [undo, retry, clear, lambda chat: promote(chat, "ann"), lambda chat: give(chat, "bob=gpt-5.5")],
    ids=["undo", "retry", "clear", "promote", "model"],
)
def test_a_change_that_cannot_be_kept_is_refused_and_nothing_is_changed(
    tmp_path: Path, change: Callable[[Chat], Awaitable[object]]
) -> None:
    async def play(desk: Desk) -> tuple[str, Had]:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            assert chat.session is not None
            (chat.session.directory / "events.jsonl").unlink()
            with pytest.raises(SessionError) as error:
                await change(chat)
            return str(error.value).partition(": ")[0].rpartition("/")[2], had(chat)

    with Desk(tmp_path / "project") as desk:
        assert asyncio.run(play(desk)) == ("events.jsonl", ONE)


def test_files_that_a_full_disk_keeps_from_a_promoted_answer_follow_with_the_next_turn(tmp_path: Path) -> None:
    async def play(desk: Desk) -> Had:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            assert chat.session is not None
            in_the_way = chat.session.directory / "turn_1" / "workspace-ann"
            turn = in_the_way.parent.rename(in_the_way.parent.with_name("aside"))
            in_the_way.parent.write_text("no directory")
            with pytest.raises(SessionError):
                await promote(chat, "ann")
            assert [each.answer for each in chat.conversation] == ["ann drafts One?"]
            in_the_way.parent.unlink()
            turn.rename(in_the_way.parent)
            await chat.keep_files()
            return had(chat)

    with Desk(tmp_path / "project") as desk:
        kept = asyncio.run(play(desk))
    assert kept.files == {"who.txt": "ann: One?"}
