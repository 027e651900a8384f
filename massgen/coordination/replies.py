"""What a reply to a ballot says: a vote, an answer of its own, or something that is neither.

Models misuse tools in every way there is, so this is a table of cases rather than a parser that trusts. Forcing a tool
is never relied upon: prose is answered with one more request, and after that a line that is a label and nothing else
is still read as a vote.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from massgen.ballots import Shown
from massgen.coordination.signals import Reply
from massgen.messages import Json, ToolCall

VOTE = "vote"
NEW_ANSWER = "new_answer"

_DECORATION = " \t>*_#`-\"'.:!()[]"
_LONGEST_LABEL = 60
"""Longer lines hold no label alone, and longer labels are not repeated to the model that made them up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A vote, in candidate ids."""

    first: str
    also: tuple[str, ...]
    reason: str
    from_prose: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """An answer that the agent holds to be better than what it saw."""

    text: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Neither; the sentence tells the model what was wrong."""

    reason: str


def read(reply: Reply, shown: tuple[Shown, ...], *, may_write: bool, last_chance: bool) -> Choice | Proposal | Unclear:
    """What this reply says about the candidates it was shown. A vote wins over an answer in the same reply."""
    votes = [call for call in reply.calls if call.name == VOTE]
    answers = [call for call in reply.calls if call.name == NEW_ANSWER]
    if answers and not votes:
        return _answer(answers[0], may_write=may_write)
    candidates = {each.label: each.candidate for each in shown}
    if votes:
        return _vote(votes, candidates)
    label = _label_alone(reply.text, candidates) if last_chance else None
    if label is not None:
        return Choice(first=candidates[label], also=(), reason="", from_prose=True)
    return Unclear("The reply called neither tool. Call `vote` with one of the labels you were shown.")


def draft_text(reply: Reply) -> str:
    """The text of a draft or presentation: what a model put into `new_answer` although not asked to, else its text."""
    contents = (_content(call) for call in reply.calls if call.name == NEW_ANSWER)
    return next((text for text in contents if text), reply.text.strip())


def _vote(votes: list[ToolCall], candidates: Mapping[str, str]) -> Choice | Unclear:
    given = [_as_label(call.arguments.get("agent_id")) for call in votes]
    first = given[0]
    if first not in candidates:
        said = f"there is no {first[:_LONGEST_LABEL]!r}" if first else "`agent_id` is missing or is not text"
        return Unclear(f"The vote cannot be counted: {said}. The labels are {', '.join(candidates)}.")
    others = [*given[1:], *_labels(votes[0].arguments.get("also_acceptable"))]
    also = dict.fromkeys([candidates[label] for label in others if label in candidates and label != first])
    return Choice(first=candidates[first], also=tuple(also), reason=_text(votes[0].arguments.get("reason")))


def _answer(call: ToolCall, *, may_write: bool) -> Proposal | Unclear:
    text = _content(call)
    if not may_write:
        return Unclear("No new answer is accepted now. Call `vote` with one of the labels you were shown.")
    if not text:
        return Unclear("`content` is missing or is not text. Call `new_answer` with the whole answer, or `vote`.")
    return Proposal(text)


def _content(call: ToolCall) -> str:
    return _text(call.arguments.get("content"))


def _text(value: Json) -> str:
    return value.strip() if isinstance(value, str) else ""


def _as_label(value: Json) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _labels(value: Json) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each.strip().lower() for each in values if isinstance(each, str)]


def _label_alone(text: str, candidates: Mapping[str, str]) -> str | None:
    """The one label that stands alone on a line of the text; None if there is none or more than one."""
    lines = {line.strip(_DECORATION).lower() for line in text.splitlines() if len(line) <= _LONGEST_LABEL}
    found = sorted(lines & candidates.keys())
    return found[0] if len(found) == 1 else None
