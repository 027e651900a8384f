"""The rules one turn is played by, as plain values under the names of the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from math import ceil
from typing import Literal

from massgen.agents import AgentId
from massgen.messages import Json

Strictness = Literal["lenient", "balanced", "strict"]
VoteRule = Literal["approval", "plurality", "borda"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All settings of a turn; the defaults are those of the protocol (section 6.9). Times are in seconds.

    `quorum` is a number of drafts, or a fraction of the team written `"2/3"`. `must_present` is set when the final
    answer has side effects (a workspace, a writable path), so that the stored text may not stand in for it.

    The budgets are hard: `max_calls` counts calls of agents, each with its tool loop, and is kept here; `max_tokens`
    (input and output) and `max_cost` (US dollars) are counted where providers report them, by the orchestrator.
    `warning_s` before a stage ends, agents at work with tools are told so. While `planning`, nobody changes a file
    before the presentation.
    """

    voting_sensitivity: Strictness = "lenient"
    max_new_answers_per_agent: int = 2
    max_new_answers_global: int | None = None
    answer_novelty_requirement: Strictness = "lenient"
    final_answer_strategy: Literal["winner_present", "winner_reuse"] = "winner_present"
    skip_voting: bool = False
    must_present: bool = False
    max_ballots: int = 2
    consensus_threshold: float | None = 0.8
    vote_rule: VoteRule = "approval"
    count_self_votes: bool = False
    quorum: int | str | None = None
    grace_factor: float = 1.0
    vote_weights: Mapping[AgentId, float] = field(default_factory=dict)
    max_calls: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    planning: bool = False
    planning_instruction: str = ""
    max_retries: int = 2
    silence_s: float = 180.0
    call_s: float = 600.0
    draft_s: float = 600.0
    ballot_s: float = 300.0
    warning_s: float = 60.0
    turn_s: float = 1800.0

    @classmethod
    def of(cls, values: Mapping[str, Json]) -> "Rules":
        """The rules out of their event; settings of a later version that this one does not know are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})  # type: ignore[arg-type]  # written by `Rules` itself

    def weight(self, agent: AgentId) -> int | Fraction:
        """What this agent's vote weighs, exactly: sums of floats would depend on the order of the votes."""
        weight = self.vote_weights.get(agent, 1)
        return 1 if weight == 1 else Fraction(str(weight))

    def drafts_for_quorum(self, agents: int) -> int | None:
        """How many drafts out of `agents` make the quorum; None when all are awaited."""
        if self.quorum is None:
            return None
        wanted = ceil(Fraction(self.quorum) * agents) if isinstance(self.quorum, str) else self.quorum
        return max(1, min(agents, wanted))

    def is_consensus(self, supporters: int, agents: int) -> bool:
        """Whether so many equal drafts out of `agents` decide the turn without a ballot."""
        return self.consensus_threshold is not None and supporters > Fraction(str(self.consensus_threshold)) * agents
