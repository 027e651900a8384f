"""The conversation so far, as every agent sees it: earlier questions and their final answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from massgen.messages import AssistantMessage, ChatRequest, Message, UserMessage
from massgen.prompts.quoting import shortened

DIVIDER = "\n\n---\n"
"""What stands between the user's question and the material that MassGen adds to it."""

SUMMARISED: Final = "What have we said so far?"
"""What stands as the question before a summary of earlier turns."""

_SHORT: Final = 400
_SHORT_LAST: Final = 8_000
"""Characters of a question, or of an answer, that a shortened conversation keeps: of any turn, and of the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One earlier turn: what was asked, and the final answer that the user saw."""

    question: str
    answer: str


def history(exchanges: Iterable[Exchange]) -> tuple[Message, ...]:
    """The earlier turns as messages, oldest first."""
    return tuple(
        message for each in exchanges for message in (UserMessage(each.question), AssistantMessage(each.answer))
    )


def compacted(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """The earlier turns shortened, for a model with little room: the last one much less than those before it.

    What is left out is said in its place, so no model takes a part for the whole.
    """
    *earlier, last = tuple(exchanges) or (None,)
    if last is None:
        return ()
    return (*(_shortened(each, _SHORT) for each in earlier), _shortened(last, _SHORT_LAST))


def _shortened(exchange: Exchange, most: int) -> Exchange:
    return Exchange(question=shortened(exchange.question, most), answer=shortened(exchange.answer, most))


def questions(request: ChatRequest) -> tuple[str, ...]:
    """What the user has asked so far, the current question last: read back out of a request by scripted models."""
    asked = [message.text for message in request.messages if isinstance(message, UserMessage)]
    return (*asked[:-1], asked[-1].split(DIVIDER, 1)[0])


def system(role: str, task: str) -> str:
    """A system text: the agent's own role from the configuration, then the task of the stage."""
    return f"{role.strip()}\n\n{task}" if role.strip() else task
