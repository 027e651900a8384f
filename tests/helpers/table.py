"""A table with agents around it: plays signals into the pure core, so that a test reads like the scene it is about."""

from collections.abc import Sequence
from functools import reduce

from massgen.coordination.decide import decide
from massgen.coordination.evolve import evolve
from massgen.coordination.plan import plan
from massgen.coordination.rules import Rules
from massgen.coordination.signals import (
    AgentSkipped,
    CallDeadline,
    Cancelled,
    Failed,
    Replied,
    Reply,
    Resume,
    RetryDue,
    Signal,
    Start,
    Timer,
    TimerFired,
)
from massgen.coordination.state import Ballot, State
from massgen.events import (
    BallotClosed,
    BallotOpened,
    CallStarted,
    PresentationEnded,
    TurnEnded,
    TurnEvent,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Json, Problem, ProblemKind, ToolCall


class Table:
    """One turn of these agents. Every method sends one signal and returns the events that answered it."""

    def __init__(self, *agents: str, seed: str = "seed", **rules: object) -> None:
        self.agents = agents
        self.state = State()
        self.events: list[TurnEvent] = []
        self.now = 0.0
        self._rules = Rules(**rules)  # type: ignore[arg-type]  # names are checked by Rules itself
        self._seed = seed

    # -- what a test does --------------------------------------------------------------------------------------------

    def ask(
        self, question: str = "Why?", *, unavailable: Sequence[str] = (), compactable: bool = False
    ) -> Sequence[TurnEvent]:
        missing = Problem(kind="auth", text="OPENAI_API_KEY is not set")
        start = Start(
            turn=1,
            question=question,
            agents=self.agents,
            seed=self._seed,
            rules=self._rules,
            unavailable=dict.fromkeys(unavailable, missing),
            compactable=compactable,
        )
        return self.send(start)

    def drafts(self, *agents: str) -> None:
        """These agents, or all of them, draft texts that differ."""
        for agent in agents or self.agents:
            self.says(agent, f"text of {agent}")

    def says(self, agent: str, text: str, *, truncated: bool = False) -> Sequence[TurnEvent]:
        """The agent answers its open call with plain text: a draft, a presentation, or prose in a ballot."""
        return self.replies(agent, Reply(text=text, truncated=truncated))

    def votes(self, agent: str, label: str, *also: str, reason: str = "") -> Sequence[TurnEvent]:
        """The agent votes for the answer with this *public* label, as it sees it."""
        acceptable: list[Json] = [self.shown(agent, each) for each in also]
        arguments: dict[str, Json] = {
            "agent_id": self.shown(agent, label),
            "also_acceptable": acceptable,
            "reason": reason,
        }
        return self.calls_tools(agent, ("vote", arguments))

    def revises(self, agent: str, text: str) -> Sequence[TurnEvent]:
        return self.calls_tools(agent, ("new_answer", {"content": text}))

    def calls_tools(self, agent: str, *calls: tuple[str, dict[str, Json]]) -> Sequence[TurnEvent]:
        made = tuple(ToolCall(id=f"c{place}", name=name, arguments=args) for place, (name, args) in enumerate(calls))
        return self.replies(agent, Reply(text="", calls=made))

    def replies(self, agent: str, reply: Reply) -> Sequence[TurnEvent]:
        return self.send(Replied(agent=agent, call=self.call(agent), reply=reply))

    def fails(self, agent: str, kind: ProblemKind = "network", **details: object) -> Sequence[TurnEvent]:
        problem = Problem(kind=kind, text=kind.replace("_", " "), **details)  # type: ignore[arg-type]  # fields of Problem
        return self.send(Failed(agent=agent, call=self.call(agent), problem=problem))

    def falls_silent(self, agent: str) -> Sequence[TurnEvent]:
        return self.fires(CallDeadline(agent=agent, call=self.call(agent), silent=True))

    def retries(self, agent: str) -> Sequence[TurnEvent]:
        """The wait before the agent's next try is over."""
        return self.fires(RetryDue(agent=agent, call=self.state.seats[agent].calls))

    def skips(self, agent: str) -> Sequence[TurnEvent]:
        return self.send(AgentSkipped(agent=agent, call=self.call(agent)))

    def cancels(self) -> Sequence[TurnEvent]:
        return self.send(Cancelled())

    def crashes(self, *, unavailable: Sequence[str] = ()) -> Sequence[TurnEvent]:
        """The program dies and goes on with what its log says."""
        self.state = reduce(evolve, self.events, State())
        missing = Problem(kind="auth", text="OPENAI_API_KEY is not set")
        return self.send(Resume(unavailable=dict.fromkeys(unavailable, missing)))

    def fires(self, timer: Timer) -> Sequence[TurnEvent]:
        return self.send(TimerFired(timer=timer))

    def send(self, signal: Signal) -> Sequence[TurnEvent]:
        decision = decide(self.state, signal, now=self.now)
        assert decision.state == reduce(evolve, decision.events, self.state), "the events do not tell the whole state"
        self.state = decision.state
        self.events += decision.events
        return decision.events

    # -- what a test looks at ----------------------------------------------------------------------------------------

    def call(self, agent: str) -> int:
        return self.state.seats[agent].calls

    @property
    def working(self) -> tuple[str, ...]:
        """Who should be answering now."""
        return tuple(plan(self.state).calls)

    @property
    def calls(self) -> int:
        """How many calls the turn has made."""
        return sum(isinstance(event, CallStarted) for event in self.events)

    def calls_of(self, agent: str) -> int:
        """How many calls of this agent the turn has made."""
        return sum(isinstance(event, CallStarted) and event.agent == agent for event in self.events)

    @property
    def winner(self) -> tuple[str, str]:
        """Label and reason of the winner."""
        event = next(event for event in self.events if isinstance(event, WinnerSelected))
        return event.label, event.because

    @property
    def final(self) -> PresentationEnded:
        return next(event for event in self.events if isinstance(event, PresentationEnded))

    @property
    def outcome(self) -> tuple[str, str]:
        event = self.events[-1]
        assert isinstance(event, TurnEnded), f"the turn goes on: {event}"
        return event.outcome, event.because

    @property
    def ballot(self) -> Ballot:
        """The last ballot that was opened."""
        assert self.state.ballot, "no ballot was opened"
        return self.state.ballot

    def counted(self, ballot: int = 1) -> dict[str, tuple[str, ...]]:
        """Who voted for which public labels in this ballot, as cast."""
        return {
            event.agent: tuple(self._public(each) for each in (event.first, *event.also))
            for event in self.events
            if isinstance(event, VoteCast) and event.ballot == ballot
        }

    def scores(self, ballot: int = 1) -> dict[str, float]:
        """What each candidate had when this ballot was closed, by its public label, the best first."""
        closed = (event for event in self.events if isinstance(event, BallotClosed) and event.number == ballot)
        return {self._public(each.candidate): each.score for each in next(closed).tally.scores}

    def shown(self, agent: str, label: str) -> str:
        """The private label under which this agent sees the public one."""
        call, ballot = self.state.seats[agent].call, self.state.ballot
        assert call, f"{agent} is not voting"
        assert ballot, "no ballot is open"
        wanted = ballot.candidate_of(label)
        assert wanted, f"{label} is not on the ballot"
        return next(each.label for each in call.shown if each.candidate == wanted.candidate)

    def _public(self, candidate: str) -> str:
        ballots = (event for event in self.events if isinstance(event, BallotOpened))
        return next(each.label for ballot in ballots for each in ballot.candidates if each.candidate == candidate)
