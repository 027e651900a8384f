"""A turn told step by step, as the events a session would hold: `Scene("ann", "bob").drafts("ann").screen`."""

from massgen.agents import AgentId
from massgen.ballots import Candidate, Score, Tally
from massgen.display.folding import fold, fold_part
from massgen.display.screen import Screen
from massgen.events import (
    Abstained,
    AgentUnavailable,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    CancelReason,
    DraftingEnded,
    Event,
    Outcome,
    PresentationEnded,
    PresentationStarted,
    Record,
    RetryScheduled,
    TurnEnded,
    TurnStarted,
    VoteCast,
    WinnerSelected,
    WinReason,
)
from massgen.messages import Part, Problem, ProblemKind, ReasoningDelta, Stage, TextDelta

START = 1_000.0


class Scene:
    """Tells events of one turn, a second apart from `START` unless told otherwise, and folds them.

    Every agent's answer is its own candidate, with the id `c-NAME`, unless `equal` says whose are the same.
    """

    def __init__(self, *agents: AgentId) -> None:
        self.agents = agents
        self.records: list[Record] = []
        self.screen = Screen()
        self.now = START
        self._calls = dict.fromkeys(agents, 0)
        self._versions = dict.fromkeys(agents, 0)
        self.tell(TurnStarted(turn=1, question="What is machine learning?", agents=agents, seed="seed"))

    def tell(self, *events: Event, after: float = 0.0) -> "Scene":
        self.now += after
        for event in events:
            record = Record(seq=len(self.records) + 1, at=self.now, event=event)
            self.records.append(record)
            self.screen = fold(self.screen, record)
        return self

    def later(self, seconds: float) -> "Scene":
        self.now += seconds
        return self

    def asks(self, *agents: AgentId, stage: Stage = "draft", ballot: int = 0) -> "Scene":
        for agent in agents:
            self._calls[agent] += 1
            self.tell(CallStarted(agent=agent, call=self._calls[agent], stage=stage, ballot=ballot))
        return self

    def streams(self, agent: AgentId, text: str) -> "Scene":
        return self.part(agent, TextDelta(text))

    def thinks(self, agent: AgentId, text: str) -> "Scene":
        return self.part(agent, ReasoningDelta(text))

    def part(self, agent: AgentId, part: Part) -> "Scene":
        self.screen = fold_part(self.screen, agent, self._calls[agent], part, at=self.now)
        return self

    def drafts(self, *agents: AgentId, text: str = "") -> "Scene":
        for agent in agents:
            self._versions[agent] += 1
            event = AnswerSubmitted(
                agent=agent,
                call=self._calls[agent],
                label=self._label(agent),
                version=self._versions[agent],
                text=text or f"The answer of {agent}.",
            )
            self.tell(event)
        return self

    def fails(self, agent: AgentId, kind: ProblemKind = "rate_limit", *, text: str = "Too many requests.") -> "Scene":
        problem = Problem(kind=kind, text=text, status=401 if kind == "auth" else None)
        return self.tell(CallFailed(agent=agent, call=self._calls[agent], problem=problem, consequence="out_of_turn"))

    def retries(self, agent: AgentId, kind: ProblemKind = "rate_limit", *, wait_s: float = 8.0) -> "Scene":
        problem = Problem(kind=kind, text="Too many requests.")
        call = self._calls[agent]
        return self.tell(
            CallFailed(agent=agent, call=call, problem=problem, consequence="retried"),
            RetryScheduled(agent=agent, call=call, attempt=2, problem=problem, wait_s=wait_s),
        )

    def stops(self, agent: AgentId, because: CancelReason) -> "Scene":
        return self.tell(CallCancelled(agent=agent, call=self._calls[agent], because=because))

    def missing(self, agent: AgentId, kind: ProblemKind = "auth") -> "Scene":
        return self.tell(AgentUnavailable(agent=agent, problem=Problem(kind=kind, text="Set OPENAI_API_KEY.")))

    def opens(self, number: int = 1, *, equal: tuple[AgentId, ...] = ()) -> "Scene":
        """Open a ballot on the newest answers; `equal` agents wrote the same one."""
        self.tell(DraftingEnded(because="all_done"))
        authors = [each for each in self.agents if self._versions[each] and each not in equal[1:]]
        candidates = tuple(
            Candidate(
                candidate=f"c-{each}",
                label=self._label(each),
                members=tuple(map(self._label, equal)) if each in equal else (self._label(each),),
                supporters=equal if each in equal else (each,),
            )
            for each in authors
        )
        return self.tell(BallotOpened(number=number, candidates=candidates))

    def votes(self, agent: AgentId, author: AgentId, *, reason: str = "It is clear and complete.") -> "Scene":
        vote = VoteCast(
            agent=agent, ballot=self.screen.ballot, call=self._calls[agent], first=f"c-{author}", reason=reason
        )
        return self.tell(vote)

    def abstains(self, agent: AgentId, *, reason: str = "There is no answer9.") -> "Scene":
        call = self._calls[agent]
        return self.tell(Abstained(agent=agent, ballot=self.screen.ballot, call=call, reason=reason))

    def wins(self, agent: AgentId, because: WinReason = "ballot", *, votes: float = 0.0) -> "Scene":
        if because == "ballot":
            score = Score(candidate=f"c-{agent}", score=votes, firsts=votes, supporters=1)
            tally = Tally(rule="approval", scores=(score,))
            self.tell(BallotClosed(number=self.screen.ballot, tally=tally, because="all_done"))
        return self.tell(WinnerSelected(agent=agent, label=self._label(agent), because=because))

    def presents(self, agent: AgentId) -> "Scene":
        return self.tell(PresentationStarted(agent=agent)).asks(agent, stage="presentation")

    def ends(self, agent: AgentId, text: str = "", *, outcome: Outcome = "answered", because: str = "") -> "Scene":
        """End the turn with what `agent` presented; without text, with what was voted on."""
        answers = [each for each in self.screen.answers if each.agent == agent]
        ended = PresentationEnded(
            agent=agent,
            label=self._label(agent),
            text=text or answers[-1].text,
            source="presented" if text else "stored",
            because=because,
        )
        return self.tell(ended, TurnEnded(turn=1, outcome=outcome, because=because))

    def _label(self, agent: AgentId) -> str:
        return f"agent{self.agents.index(agent) + 1}.{self._versions[agent]}"
