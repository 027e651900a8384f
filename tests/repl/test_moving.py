"""A chat that goes on with another session, or with a copy of its own: what it has then, and what a refusal leaves."""

import asyncio
from pathlib import Path

import pytest

from massgen.errors import MassGenError, SessionError
from massgen.events import ConversationCompacted, SessionForked
from massgen.repl.changing import give, promote, undo
from massgen.repl.chat import Chat
from massgen.repl.moving import fork, going_on, remembered
from tests.helpers.desk import TEAM, Desk, Had, ask, had
from tests.workspace.trees import files


def directory(chat: Chat) -> Path:
    """The directory of the session that is open."""
    assert chat.session is not None, "something was asked"
    return chat.session.directory


def test_a_chat_goes_on_with_another_session_and_back_with_its_models_and_files(tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            await give(chat, "ann=gemini-3.8-flash")
            first, before = directory(chat), had(chat)
        async with desk.chat() as chat:
            await ask(chat, "Two?")
            second, after = directory(chat), had(chat)

            await chat.move(first)
            assert (chat.notes, chat.difference) == (("ann is gemini-3.8-flash (Gemini) in this session.",), ())
            assert going_on(chat) == f"Going on with {first.name}; 1 earlier question is remembered."
            assert had(chat) == before
            await ask(chat, "Three?")
            assert [each.question for each in chat.conversation] == ["One?", "Three?"]
            assert await desk.as_resumed(chat) == had(chat)

            await chat.move(second)
            assert (chat.notes, chat.difference) == ((), ())
            assert had(chat) == after
            await ask(chat, "Four?")
            assert [each.question for each in chat.conversation] == ["Two?", "Four?"]
        assert sorted(each.name for each in second.glob("turn_*")) == ["turn_1", "turn_2"]
        models = {each.model for each in desk.server.requests[-4:]}
        assert models == {"claude-sonnet-5-5", "gpt-6.1-terra"}

    with Desk(tmp_path / "project") as desk:
        asyncio.run(play(desk))


def test_a_summary_is_remembered_and_is_no_question(tmp_path: Path) -> None:
    summary = ConversationCompacted(through_turn=1, summary="All is well.", agent="ann", because="asked")

    async def play(desk: Desk) -> list[str]:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            await ask(chat, "Two?")
            await chat.change(summary)
            return [remembered(chat), going_on(chat).partition("; ")[2]]

    with Desk(tmp_path / "project") as desk:
        said = asyncio.run(play(desk))
    assert said == [
        "a summary and 1 earlier question are remembered",
        "a summary and 1 earlier question are remembered.",
    ]


def test_a_session_that_cannot_be_opened_leaves_the_open_one_as_it_was(tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            damaged = directory(chat)
        log = damaged / "events.jsonl"
        lines = log.read_bytes().splitlines(keepends=True)
        log.write_bytes(b"".join((*lines[:2], b"spoilt\n", *lines[3:])))
        async with desk.chat() as chat:
            await ask(chat, "Two?")
            before, records = had(chat), tuple(chat.records)
            for elsewhere in (
                damaged,
                damaged.with_name("session_20250108_143022"),
                tmp_path / "session_20250108_143022",
            ):
                with pytest.raises(SessionError):
                    await chat.move(elsewhere)
                assert (had(chat), tuple(chat.records)) == (before, records)
            await ask(chat, "Three?")
            assert [each.question for each in chat.conversation] == ["Two?", "Three?"]

    with Desk(tmp_path / "project") as desk:
        asyncio.run(play(desk))


def test_the_session_that_was_left_can_be_opened_by_another_and_the_one_gone_on_with_cannot(tmp_path: Path) -> None:
    alone = TEAM.replace(", cwd: workspace_a", "").replace(", cwd: workspace_b", "")  # files are for one MassGen only

    async def play(desk: Desk) -> None:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            first = directory(chat)
        async with desk.chat() as chat:
            await ask(chat, "One?")
            second = directory(chat)
            await chat.move(first)
            async with desk.chat(second):
                pass
            with pytest.raises(SessionError) as refused:
                async with desk.chat(first):
                    pass
            assert "is in use by another massgen" in str(refused.value)

    with Desk(tmp_path / "project", alone) as desk:
        asyncio.run(play(desk))


def test_a_fork_has_what_was_had_and_goes_its_own_way(tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            await ask(chat, "Two?")
            await promote(chat, "ann")
            await give(chat, "bob=gpt-5.5")
            before, old = had(chat), directory(chat)
            left = files(old)

            forked = await fork(chat, "")

            assert had(chat) == before == await desk.as_resumed(chat)
            assert (forked.turn, forked.left_out, directory(chat)) == (2, (), forked.directory)
            await undo(chat)
            await ask(chat, "Three?")
            assert [each.question for each in chat.conversation] == ["One?", "Three?"]
            assert files(directory(chat) / "turn_3" / "workspace") == {
                "final.txt": "presented",
                "who.txt": "bob: Three?",
            }
            assert await desk.as_resumed(chat) == had(chat)
            assert files(old) == {name: text for name, text in left.items() if name != "writer.pid"}

            await fork(chat, "1")
            assert [each.question for each in chat.conversation] == ["One?"]
            origins = [each.event for each in chat.records if isinstance(each.event, SessionForked)]
            assert origins == [SessionForked(session=forked.directory.name, turn=1)]
            assert [each.model for each in chat.agents] == ["claude-sonnet-5-5", "gpt-6.1-terra"]

    with Desk(tmp_path / "project") as desk:
        asyncio.run(play(desk))


def test_a_session_can_be_gone_on_with_as_a_copy(tmp_path: Path) -> None:
    async def play(desk: Desk) -> tuple[Had, Had]:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            session, before = directory(chat), had(chat)
            left = files(session)
        async with desk.chat(session, forks=True) as chat:
            assert directory(chat) != session
            assert (directory(chat) / "SESSION_SUMMARY.txt").exists()
            assert files(session) == {name: text for name, text in left.items() if name != "writer.pid"}
            return before, had(chat)

    with Desk(tmp_path / "project") as desk:
        before, after = asyncio.run(play(desk))
    assert before == after


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("7", "There is no turn 7: this session has only turn 1."),
        ("-1", "'-1' is no number of a turn."),
        ("²", "'²' is no number of a turn."),
    ],
)
def test_a_fork_of_a_turn_that_is_none_leaves_everything_as_it_was(tmp_path: Path, number: str, sentence: str) -> None:
    async def play(desk: Desk) -> str:
        async with desk.chat() as chat:
            await ask(chat, "One?")
            session = directory(chat)
            with pytest.raises(MassGenError) as refused:
                await fork(chat, number)
            assert directory(chat) == session
            assert [each.name for each in session.parent.iterdir()] == [session.name]
            return str(refused.value)

    with Desk(tmp_path / "project") as desk:
        assert asyncio.run(play(desk)) == sentence


def test_before_the_first_question_there_is_nothing_to_copy(tmp_path: Path) -> None:
    async def play(desk: Desk) -> str:
        async with desk.chat() as chat:
            with pytest.raises(MassGenError) as refused:
                await fork(chat, "")
            return str(refused.value)

    with Desk(tmp_path / "project") as desk:
        assert asyncio.run(play(desk)) == "There is nothing to copy yet: a session begins with the first question."
    assert not (tmp_path / "project" / ".massgen" / "sessions").exists()
