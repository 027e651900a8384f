"""What random agents say: answers that are new, echoed, nearly the same or keyed, and every foolish kind of reply."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from massgen.coordination.signals import Reply
from massgen.coordination.state import Call, State
from massgen.messages import Json, ToolCall
from tests.helpers.tape import Tape

CANARY: Final = "kanari"
"""Stands in every answer that is not empty, and nowhere else."""

_KEYS: Final = ("4", "4.0", "**5**", "“Paris”.", "paris", "\\boxed{+4}")
_WRONG: Final[Sequence[Json]] = ("answer99", "agent1.1", "", "best", None, 7, ["answer1"], {"answer1": True}, "x" * 200)


def answer(tape: Tape, state: State, mark: str) -> str:
    """A text to be an answer; `mark` makes it unlike all others."""
    others = state.answers
    match tape.pick(10):
        case 4:
            return f"{CANARY}: everybody  says this"
        case 5:
            return f"{CANARY} reasons {mark}\nFinal answer: {tape.of(_KEYS)}"
        case 6 if others:
            return tape.of(others[-256:]).text.replace(" ", "  ") + "\n"
        case 7 if others:
            return f"{tape.of(others[-256:]).text} {mark}"
        case 8:
            return f"{CANARY} reasons in the very same words as the others do, but for {mark}"
        case _:
            return f"{CANARY} {mark}"


def draft(tape: Tape, state: State, mark: str) -> Reply:
    """A reply in the draft stage or in the presentation."""
    match tape.pick(16):
        case 12:
            return Reply(text="  \n" if tape.pick(2) else "")
        case 13:
            return Reply(text="Here it is.", calls=(_proposal(tape, answer(tape, state, mark)),))
        case 14:
            return Reply(text=answer(tape, state, mark), truncated=True, snapshot=f"files {mark}")
        case 15:
            return Reply(text=answer(tape, state, mark), calls=(_tool("vote", agent_id="answer1"),))
        case _:
            return Reply(text=answer(tape, state, mark))


def judgement(tape: Tape, state: State, call: Call, mark: str, *, agreed: bool) -> Reply:
    """A reply in a ballot: a vote more often than not; among the `agreed` it mostly goes to the same candidate."""
    labels = [each.label for each in sorted(call.shown, key=attrgetter("candidate"))][:256]
    if agreed and tape.pick(3):
        return Reply(text="As we all say.", calls=(_tool("vote", agent_id=labels[0]),))
    match tape.pick(24):
        case 10 | 11 | 12:
            return proposal(tape, state, mark)
        case 13:
            return Reply(text="", calls=(_tool("vote", agent_id=tape.of(_WRONG), also_acceptable=tape.of(_WRONG)),))
        case 14:
            last = _tool("vote", agent_id="answer0") if tape.pick(2) else vote(tape, labels)
            return Reply(text="", calls=(vote(tape, labels), vote(tape, labels), last))
        case 15:
            return Reply(text="", calls=(_proposal(tape, answer(tape, state, mark)), vote(tape, labels)))
        case 16:
            return Reply(text="")
        case 17:
            return Reply(text=f"I cannot say. {CANARY}? Perhaps {tape.of(labels)} or {tape.of(labels)}.")
        case 18:
            return Reply(text=f"Well then:\n**{tape.of(labels)}**\n")
        case 19:
            return Reply(text=tape.of(labels).upper(), truncated=True)
        case 20:
            return Reply(text="", calls=(_tool("new_answer", content=tape.of(_WRONG)),))
        case 21:
            return Reply(text="", calls=(ToolCall(id="c", name="vote", arguments={}, invalid="{agent_id: answer1"),))
        case 22:
            return Reply(text="", calls=(_tool("cast_vote", agent_id=tape.of(labels)),))
        case _:
            return Reply(text="Because.", calls=(vote(tape, labels),))


def proposal(tape: Tape, state: State, mark: str) -> Reply:
    """A new answer in a ballot."""
    return Reply(text="Better:", calls=(_proposal(tape, answer(tape, state, mark)),), snapshot=f"files {mark}")


def vote(tape: Tape, labels: Sequence[str]) -> ToolCall:
    """A vote that is in order, or nearly."""
    first, also = tape.of(labels), [*tape.some(labels, 4)]
    spelling = f" {first.upper()} " if tape.once_in(8) else first
    return _tool(
        "vote", agent_id=spelling, also_acceptable=[*also], reason=tape.of(("Clear.", "", "Right, and short."))
    )


def _proposal(tape: Tape, text: str) -> ToolCall:
    return _tool("new_answer", content=tape.of(_WRONG) if tape.once_in(8) else text)


def _tool(name: str, **arguments: Json) -> ToolCall:
    return ToolCall(id="c", name=name, arguments=arguments)
