"""`/compact`: the oldest turns of the conversation become a summary, when the user wants it."""

from typing import TYPE_CHECKING

from massgen.agents import AgentId

if TYPE_CHECKING:
    from massgen.events import Record
    from massgen.messages import Part
    from massgen.repl.chat import Chat
    from massgen.repl.commands import Room, Then


async def compact(room: "Room", chat: "Chat", _: str) -> "Then":
    """Summarise all but the last turns, and say what that saved; Ctrl+C leaves the conversation as it is."""
    from massgen.orchestrator.fitting import cut  # what only a conversation needs, the prompt need not

    if not chat.conversation:
        room.say("There is nothing to summarise: the conversation begins with the first question.")
        return "stay"
    oldest = cut(chat.told)
    if oldest is None:
        room.say("There is nothing to summarise: the last turns stay word for word, and little is before them.")
        return "stay"
    done = await chat.compact(oldest, _Saying(room), room.presses)
    if done.bill.due:
        room.say(f"Summarising: {done.bill.due}.")
    return "stay"


class _Saying:
    """Says what happens on the way to a summary."""

    def __init__(self, room: "Room") -> None:
        self._room = room

    def record(self, record: "Record") -> None:
        """Say what a summary came to, and what is done for it."""
        from massgen.events import CompactionEvent, ConversationCompacted
        from massgen.session import changes

        event = record.event
        if isinstance(event, CompactionEvent):
            if self._room.presses.pressed:
                self._room.say("")  # the terminal has written ^C where this line would begin
            self._room.say(changes.of_compaction(event))
        elif isinstance(event, ConversationCompacted):
            self._room.say(changes.sentence(event))

    def stream(self, agent: AgentId, call: int, part: "Part") -> None:
        """A summary is read in the history, not while it is written."""
