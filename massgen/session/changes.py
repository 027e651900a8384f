"""What a change of the conversation is called, in every view: one sentence for each."""

from typing import assert_never

from massgen.events import (
    AnswerPromoted,
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
            why = ", because the conversation came near what a model can take" if change.because == "limit" else ""
            return f"{_say(change.agent)} summarised the turns up to {change.through_turn}{why}."
        case SessionForked():
            return f"This session was forked from {_say(change.session)}: what is above is a copy."
        case SessionRepaired():
            return f"The log of this session was damaged and has been repaired. {_say(change.lost)}"
        case _:
            assert_never(change)


def _say(text: str) -> str:
    return one_line(text, _LONGEST)
