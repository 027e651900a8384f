"""From an open call to the request its agent gets: pure, so that every prompt can be read in a test."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from massgen.agents import AgentId
from massgen.coordination.chance import fence
from massgen.coordination.state import Call, State
from massgen.coordination.tally import may_write
from massgen.events import AnswerSubmitted
from massgen.messages import ChatRequest
from massgen.prompts import attaching, drafting, planning, presenting, voting
from massgen.prompts.conversation import Exchange, compacted


def request_for(
    state: State, agent: AgentId, call: Call, *, role: str, conversation: Iterable[Exchange]
) -> ChatRequest:
    """The request that opens this call of this agent."""
    told = compacted(conversation) if call.compacted else conversation
    request = _asked(state, agent, call, role, told)
    if not state.rules.planning or call.stage == "presentation":
        return request
    system = f"{request.system}\n\n{planning.paragraph(state.rules.planning_instruction)}"
    return replace(request, system=system, planning=True)


def _asked(state: State, agent: AgentId, call: Call, role: str, conversation: Iterable[Exchange]) -> ChatRequest:
    match call.stage:
        case "draft":
            return drafting.request(role=role, conversation=conversation, question=_question(state))
        case "ballot":
            return _ballot(state, agent, call, role, conversation)
        case "presentation" if state.stage == "presentation":
            return _presentation(state, agent, call, role, conversation)
        case "presentation":
            return drafting.request_alone(role=role, conversation=conversation, question=_question(state))
        case _:
            assert_never(call.stage)


def _ballot(state: State, agent: AgentId, call: Call, role: str, conversation: Iterable[Exchange]) -> ChatRequest:
    assert state.ballot is not None, "a ballot call belongs to a ballot"
    texts = {each.candidate: state.answer(each.label).text for each in state.ballot.candidates}
    return voting.request(
        role=role,
        conversation=conversation,
        question=_question(state),
        answers=[(each.label, texts[each.candidate]) for each in call.shown],
        fence=_fence(state, agent, call),
        sensitivity=state.rules.voting_sensitivity,
        may_write=may_write(state, agent),
        correction=call.because,
    )


def _presentation(state: State, agent: AgentId, call: Call, role: str, conversation: Iterable[Exchange]) -> ChatRequest:
    own = state.answer(state.winner)
    chosen = state.ballot.candidate_of(own.label) if state.ballot else None
    reasons = [
        vote.reason
        for vote in state.ballot_votes.values()
        if vote.reason and vote.agent != agent and chosen and chosen.candidate in (vote.first, *vote.also)
    ]
    return presenting.request(
        role=role,
        conversation=conversation,
        question=_question(state),
        own=own.text,
        others=[answer.text for answer in rivals(state)],
        reasons=reasons,
        fence=_fence(state, agent, call),
    )


def rivals(state: State) -> list[AnswerSubmitted]:
    """The answers that stood against the winner's, in the order in which the presenter sees them."""
    own = state.answer(state.winner)
    if state.ballot:
        others = [state.answer(each.label) for each in state.ballot.candidates if own.label not in each.members]
    else:
        others = [answer for answer in state.answers if answer.label != own.label]
    return [answer for answer in others if answer.text != own.text]


def _question(state: State) -> str:
    """What the user asked, with the files that go with it: the same text in every call, so that it can be cached."""
    return state.question + attaching.files(state.attached, fence=fence(state.seed, state.turn))


def _fence(state: State, agent: AgentId, call: Call) -> str:
    return fence(state.seed, state.turn, agent, call.number)
