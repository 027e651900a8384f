"""The conversation so far, as every agent sees it: earlier questions and their final answers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from massgen.messages import AssistantMessage, ChatRequest, Message, UserMessage
from massgen.prompts.attaching import DIVIDER
from massgen.prompts.quoting import shortened

LEFT_OUT: Final = f"{DIVIDER}[MassGen left out the files that were attached to this question.]"
"""What stands for the files of an earlier turn in a shortened conversation."""

_SHORT: Final = 400
_SHORT_LAST: Final = 8_000
"""Characters of a question, or of an answer, that a shortened conversation keeps: of any turn, and of the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One earlier turn: what was asked, and the final answer that the user saw.

    Where `through` is not 0 it is a summary that stands for all turns up to that one.
    `files` is what follows the question for the models: the files that were attached to it, quoted.
    """

    question: str
    answer: str
    through: int = 0
    files: str = ""

    @property
    def asked(self) -> str:
        """The question as the models were told it."""
        return self.question + self.files


def summarised(through: int, summary: str) -> Exchange:
    """What stands for the turns up to `through`: a question that says what follows, and the summary as its answer."""
    question = (
        f"[MassGen: the conversation up to turn {through} is not repeated word for word. The summary that follows "
        "stands in its place; what comes after it is complete.]\n\nWhat have we said so far?"
    )
    return Exchange(question=question, answer=summary, through=through)


def history(exchanges: Iterable[Exchange]) -> tuple[Message, ...]:
    """The earlier turns as messages, oldest first."""
    return tuple(message for each in exchanges for message in (UserMessage(each.asked), AssistantMessage(each.answer)))


def compacted(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """The earlier turns shortened, for a model with little room: the last one much less than those before it.

    A summary, which is short already, keeps as much as the last turn. What is left out is said in its place, so no
    model takes a part for the whole.
    """
    *earlier, last = tuple(exchanges) or (None,)
    if last is None:
        return ()
    shorter = (_shortened(each, _SHORT_LAST if each.through else _SHORT) for each in earlier)
    return (*shorter, _shortened(last, _SHORT_LAST))


def _shortened(exchange: Exchange, most: int) -> Exchange:
    question, answer = shortened(exchange.question, most), shortened(exchange.answer, most)
    return replace(exchange, question=question, answer=answer, files=LEFT_OUT if exchange.files else "")


def questions(request: ChatRequest) -> tuple[str, ...]:
    """What the user has asked so far, the current question last: read back out of a request by scripted models."""
    asked = [message.text for message in request.messages if isinstance(message, UserMessage)]
    return tuple(each.split(DIVIDER, 1)[0] for each in asked)


def system(role: str, task: str) -> str:
    """A system text: the agent's own role from the configuration, then the task of the stage."""
    return f"{role.strip()}\n\n{task}" if role.strip() else task
