"""I6 and I7 of the protocol (section 6.10): what no request may hold, over every request of random turns."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import given

from massgen.coordination.plan import plan
from massgen.coordination.state import Call, State
from massgen.events import CallStarted
from massgen.messages import ChatRequest, UserMessage
from massgen.orchestrator.request import request_for
from massgen.prompts.conversation import Exchange
from tests.helpers.examples import tried
from tests.helpers.random_start import QUESTION
from tests.helpers.random_texts import CANARY
from tests.helpers.random_turn import Played, played
from tests.helpers.tape import TAPES, WORDS, spooled

ROLE: Final = "Du bist sorgfältig."
EARLIER: Final = (Exchange(question="Und die Sonne?", answer="Gelb."),)
QUOTE: Final = re.compile(r"<(answer\d+) (\w+)>\n(.*?)\n</\1 \2>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that was opened, in the turn as it stood then."""

    state: State
    agent: str
    call: Call

    @property
    def request(self) -> ChatRequest:
        return request_for(self.state, self.agent, self.call, role=ROLE, conversation=EARLIER)


def asked(turn: Played) -> Iterator[Asked]:
    for step in turn.steps:
        started = {event.agent: event.call for event in step.events if isinstance(event, CallStarted)}
        for agent, call in plan(step.after).calls.items():
            if started.get(agent) == call.number:
                yield Asked(step.after, agent, call)


def last(request: ChatRequest) -> str:
    message = request.messages[-1]
    assert isinstance(message, UserMessage)
    return message.text


def own_words(request: ChatRequest, because: str) -> str:
    """All that MassGen itself says, which is neither the user's, nor quoted, nor about this voter's last reply."""
    said = QUOTE.sub("", last(request).removeprefix(QUESTION))
    said = said.replace(because, "") if because else said
    return "\n".join((request.system.removeprefix(ROLE), *map(str, request.messages[2:-1]), said, str(request.tools)))


def i06_no_request_before_the_own_draft_holds_an_answer_of_this_turn(tape: bytes, _: bytes) -> None:
    for each in asked(played(tape, most=12)):
        if each.state.stage == "draft":
            request = each.request
            assert CANARY not in str(request)
            assert (last(request), request.tools) == (QUESTION, ())


def i07_no_request_before_the_presentation_names_authors_models_or_counts(tape: bytes, _: bytes) -> None:
    said: dict[tuple[int, int, bool], set[str]] = {}
    for each in asked(played(tape, most=12)):
        if each.state.stage == "presentation":
            continue
        request = each.request
        words = own_words(request, each.call.because).casefold()
        assert CANARY not in words
        assert not re.findall(r"zq\d+x|agent ?\d|your answer", words)
        assert not re.findall(r"\d", re.sub(r"answer\d+", "", words)), "a number may be a count"
        kind = len(each.call.shown), len(request.tools), bool(each.call.because)
        said.setdefault(kind, set()).add(words)
    assert all(len(words) == 1 for words in said.values()), "two voters were told different things"


def what_is_quoted_is_what_was_shown(tape: bytes, _: bytes) -> None:
    fences = set()
    for each in asked(played(tape, most=12)):
        if each.call.stage == "ballot":
            ballot = each.state.ballot
            assert ballot
            texts = {candidate.candidate: each.state.answer(candidate.label).text for candidate in ballot.candidates}
            quotes = QUOTE.findall(last(each.request))
            assert [(label, text) for label, _, text in quotes] == [
                (shown.label, texts[shown.candidate]) for shown in each.call.shown
            ]
            [fence] = {fence for _, fence, _ in quotes}
            assert not any(fence in text for text in texts.values())
            assert fence not in fences
            fences.add(fence)


PROPERTIES: Final = (
    i06_no_request_before_the_own_draft_holds_an_answer_of_this_turn,
    i07_no_request_before_the_presentation_names_authors_models_or_counts,
    what_is_quoted_is_what_was_shown,
)


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda each: each.__name__)
def test_it_holds_for_the_requests_of_five_hundred_turns(holds: Callable[[bytes, bytes], None]) -> None:
    tried(500)(given(TAPES, WORDS)(holds))()


@pytest.mark.slow
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda each: each.__name__)
def test_it_holds_for_the_requests_of_five_thousand_turns(holds: Callable[[bytes, bytes], None]) -> None:
    tried(5000)(given(TAPES, WORDS)(holds))()


def test_the_random_turns_ask_in_every_way() -> None:
    every = [each for tape in spooled(200) for each in asked(played(tape, most=12))]
    assert {(each.state.stage, each.call.stage) for each in every} == {
        ("draft", "draft"),
        ("draft", "presentation"),
        ("ballot", "ballot"),
        ("presentation", "presentation"),
    }
    drafts = [each for each in every if each.state.stage == "draft"]
    assert any(each.state.answers for each in drafts), "some are asked to draft again when others have drafted"
    assert {len(each.request.tools) for each in every if each.call.stage == "ballot"} == {1, 2}
    assert any(each.call.because for each in every)
    assert any(CANARY in str(each.request) for each in every)
