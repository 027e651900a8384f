"""What a change of the conversation is called, in every view: one sentence for each."""

from typing import assert_never

from massgen.events import (
    AnswerPromoted,
    CompactionEvent,
    CompactionReason,
    CompactionStarted,
    ConversationChange,
    ConversationCleared,
    ConversationCompacted,
    ModelChanged,
    SessionForked,
    SessionRepaired,
    TurnUndone,
)
from massgen.printable import one_line

_LONGEST = 200


def sentence(change: ConversationChange) -> str:
    """What the user changed, as it is told between the turns."""
    match change:
        case ConversationCleared():
            return "The conversation was reset here: later turns do not see what is above."
        case TurnUndone(again=True):
            return f"Turn {change.turn} was taken back, and its question is asked again."
        case TurnUndone():
            return f"Turn {change.turn} was taken back: later turns do not see it."
        case AnswerPromoted():
            return f"The conversation goes on from the answer of {_say(change.agent)} in turn {change.turn}."
        case ModelChanged(agent=now):
            return f"From here on {_say(now.agent)} is {_say(now.model)} ({_say(now.provider)})."
        case ConversationCompacted():
            told = f"{_say(change.agent)} summarised the turns up to {change.through_turn}{_why(change.because)}"
            became = (
                f": about {change.before:,} tokens of conversation became {change.after:,}" if change.before else ""
            )
            return f"{told}{became}."
        case SessionForked():
            return f"This session was forked from {_say(change.session)}: what is above is a copy."
        case SessionRepaired():
            return f"The log of this session was damaged and has been repaired. {_say(change.lost)}"
        case _:
            assert_never(change)


def of_compaction(event: CompactionEvent) -> str:
    """What happens on the way to a summary."""
    if isinstance(event, CompactionStarted):
        long = f"The conversation is about {event.tokens:,} tokens long."
        return f"{_say(event.agent)} summarises the turns up to {event.through_turn}{_why(event.because)}. {long}"
    then = f"{_say(event.next_agent)} is asked next." if event.next_agent else "The conversation stays whole."
    return f"There is no summary from {_say(event.agent)}: {_say(event.reason)}. {then}"


def _why(because: CompactionReason) -> str:
    return ", because the conversation came near what a model can take" if because == "limit" else ""


def _say(text: str) -> str:
    return one_line(text, _LONGEST)
