"""One agent, one call: stream, run the tools it asks for, and end in exactly one signal."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from massgen.agents import AgentId
from massgen.coordination import signals
from massgen.coordination.replies import NEW_ANSWER, VOTE
from massgen.coordination.state import Call, State
from massgen.errors import SessionError
from massgen.events import CallEvent, ForeignToolUsed, ToolEnded, ToolStarted
from massgen.messages import (
    ChatRequest,
    Failed,
    Finished,
    ModelMessage,
    Part,
    Problem,
    ReasoningDelta,
    ServerToolUsed,
    TextDelta,
    ToolArgsDelta,
    ToolCall,
    ToolResults,
)
from massgen.orchestrator.request import request_for
from massgen.orchestrator.spending import counted
from massgen.orchestrator.spoken import spoken
from massgen.orchestrator.surroundings import Place, Surroundings
from massgen.orchestrator.team import Member
from massgen.prompts.conversation import Exchange
from massgen.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)

MOST_ROUNDS = 50
"""Requests of one call: the model asks for tools, sees their results and goes on, at most so often."""

MOST_IN_VAIN = 3
"""Rounds in a row that were good for nothing: the model does not listen, and the call is tried anew."""

Ending = signals.Replied | signals.Failed


@dataclass(slots=True)
class _Heard:
    """What one request has brought so far."""

    text: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    ending: Finished | Failed | None = None
    began: bool = False
    """Whether anything came before the ending."""


class CallRunner:
    """Carries out one call of one agent, planned when the turn was in `state`.

    `report` and `show` are told what happens on the way, and return at once.
    """

    def __init__(
        self,
        state: State,
        agent: AgentId,
        call: Call,
        member: Member,
        surroundings: Surroundings,
        *,
        report: Callable[[CallEvent], None],
        show: Callable[[Part], None],
    ) -> None:
        self._state = state
        self._agent = agent
        self._call = call
        self.number = call.number
        """Which call of its agent this is, in the turn."""
        self._member = member
        self._surroundings = surroundings
        self._report = report
        self._show = show
        self._note = ""
        self._at_work = 0
        if state.warned:
            self.hurry(state.rules.warning_s)

    @property
    def at_work(self) -> bool:
        """Whether a tool works for this call on this machine: ours, or one of a program that is the backend.

        Nobody speaks then, and that is no silence.
        """
        return self._at_work > 0

    def hurry(self, seconds: float) -> None:
        """Tell the agent with its next tool results, if it is still using tools then, that its stage ends soon."""
        self._note = f"\n\n[MassGen: at most {seconds:.0f} seconds are left. Finish now, with what you have.]"

    async def run(self, conversation: Sequence[Exchange]) -> Ending:
        """The call's one signal. Raises nothing but `CancelledError`."""
        try:
            place = await self._surroundings.open(self._state, self._agent, self._call)
            asked = request_for(self._state, self._agent, self._call, role=self._member.role, conversation=conversation)
            ending = await self._converse(_placed(asked, place), place.tools)
            return await self._with_files(ending)
        except SessionError as error:  # the disk, and so the same for every try
            return self._failed(Problem(kind="bad_request", text=f"{error}. {error.hint}"))
        except Exception as error:  # task border: a broken adapter or tool fails one call, not the turn
            logger.exception("call %d of %s broke", self.number, self._agent)
            text = f"MassGen itself failed in this call: {type(error).__name__}."
            return self._failed(Problem(kind="malformed", text=text))

    async def _with_files(self, ending: Ending) -> Ending:
        """An answer keeps the files that belong to it; a vote has none, and what is presented is delivered."""
        if isinstance(ending, signals.Failed):
            return ending
        wrote = any(call.name == NEW_ANSWER for call in ending.reply.calls)
        if (self._call.stage == "ballot" and not wrote) or self._state.winner:
            return ending
        snapshot = await self._surroundings.keep(self._state, self._agent, self._call)
        return replace(ending, reply=replace(ending.reply, snapshot=snapshot))

    async def _converse(self, request: ChatRequest, tools: Toolbox) -> Ending:
        in_vain = 0
        text = ""
        tried: set[str] = set()
        for _ in range(MOST_ROUNDS):
            heard = await self._ask(request)
            match heard.ending:
                case Finished() as finished:
                    pass
                case Failed() as failed:
                    return self._failed(failed.problem)
                case None:
                    return self._failed(Problem(kind="truncated", text="The reply broke off."))
                case _:
                    assert_never(heard.ending)
            said_now = "".join(heard.text)
            text = said_now if said_now.strip() else text  # what was said on the way, when the last word is none
            if _is_final(heard.calls):
                reply = signals.Reply(text=text, calls=tuple(heard.calls), truncated=finished.stop == "length")
                return signals.Replied(agent=self._agent, call=self.number, reply=reply)
            said = ModelMessage(text=said_now, calls=tuple(heard.calls), replay=finished.replay)
            results = await self._use_tools(heard.calls, tools)
            in_vain = in_vain + 1 if _is_in_vain(heard.calls, results, tools, tried) else 0
            if in_vain == MOST_IN_VAIN:
                text = f"The model asked for tools in vain {in_vain} times: {results.results[0].text}"
                return self._failed(Problem(kind="malformed", text=text))
            request = replace(request, messages=(*request.messages, said, results))
        text = f"The model asked for tools {MOST_ROUNDS} times without an answer."
        return self._failed(Problem(kind="bad_request", text=text))

    async def _ask(self, request: ChatRequest) -> _Heard:
        """One request; its usage is counted even when it is cancelled half-way."""
        if logger.isEnabledFor(logging.DEBUG):
            model = self._member.backend.model
            logger.debug("%s call %d asks %s\n%s", self._agent, self.number, model, spoken(request))
        heard = _Heard()
        try:
            async for part in self._member.backend.stream(request):
                match part:
                    case TextDelta():
                        heard.text.append(part.text)
                    case ToolCall():
                        heard.calls.append(part)
                    case Finished() | Failed():
                        heard.ending = part
                    case ServerToolUsed(status="running"):
                        self._at_work += part.local
                    case ServerToolUsed():
                        self._at_work -= part.local
                        self._report(self._used(part))
                    case ReasoningDelta() | ToolArgsDelta():
                        pass
                    case _:
                        assert_never(part)
                if not heard.began and heard.ending is None:
                    heard.began = True
                    self._member.prepare()
                self._show(part)
        finally:
            self._at_work = 0
            logger.debug("%s call %d ended with %r", self._agent, self.number, heard.ending)
            self._report(counted(self._agent, self.number, heard.ending, began=heard.began))
        return heard

    async def _use_tools(self, calls: list[ToolCall], tools: Toolbox) -> ToolResults:
        for call in calls:
            started = ToolStarted(
                agent=self._agent, call=self.number, id=call.id, name=call.name, arguments=call.arguments
            )
            self._report(started)
        self._at_work = 1
        try:
            results = await tools.run_all(calls)
        finally:
            self._at_work = 0
        if self._note and results:
            results = (*results[:-1], replace(results[-1], text=results[-1].text + self._note))
            self._note = ""
        for result in results:
            ended = ToolEnded(
                agent=self._agent,
                call=self.number,
                id=result.call_id,
                name=result.name,
                text=result.text,
                is_error=result.is_error,
                changed=result.changed,
            )
            self._report(ended)
        return ToolResults(results)

    def _used(self, part: ServerToolUsed) -> ForeignToolUsed:
        failed = part.status == "failed"
        return ForeignToolUsed(
            agent=self._agent,
            call=self.number,
            name=part.name,
            detail=part.detail,
            is_error=failed,
            changed="" if failed else part.changed,
        )

    def _failed(self, problem: Problem) -> signals.Failed:
        return signals.Failed(agent=self._agent, call=self.number, problem=problem)


def _placed(request: ChatRequest, place: Place) -> ChatRequest:
    """The request with what the agent is told about its files, and the tools for them."""
    system = f"{request.system}\n\n{place.paragraph}" if place.paragraph else request.system
    return replace(request, system=system, tools=(*request.tools, *place.tools.specs))


def _is_in_vain(calls: list[ToolCall], results: ToolResults, tools: Toolbox, tried: set[str]) -> bool:
    """Whether a round was good for nothing: all of it failed, and none of it could be new to the model.

    A file that is not there is news; a tool that is not there, broken arguments, and what has failed before are not.
    """
    wrong = [each for each, result in zip(calls, results.results, strict=True) if result.is_error]
    is_news = any(each.name in tools.tools and not each.invalid and _spelled(each) not in tried for each in wrong)
    tried |= {_spelled(each) for each in wrong}
    return len(wrong) == len(calls) and not is_news


def _spelled(call: ToolCall) -> str:
    return f"{call.name} {sorted(call.arguments.items())!r}"


def _is_final(calls: list[ToolCall]) -> bool:
    """Whether the reply ends the call: it asks for no tool, or it votes or answers with one."""
    return not calls or any(call.name in (VOTE, NEW_ANSWER) for call in calls)
