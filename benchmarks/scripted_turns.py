"""Scripted teams of any size, how many calls their turns take, and how many the protocol allows.

In a script everybody's behaviour is fixed, so its number of calls is one number and no average. Answers are single
words, so that a vote can name one. A team of one has no stages: its one call is the presentation.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from massgen.config.script import AgentScript, Fail, Line, Revise, Say, Vote
from massgen.coordination.rules import Rules
from massgen.events import CallStarted, RetryScheduled, TurnEnded
from massgen.messages import Problem
from tests.helpers.scripted import ScriptedTeam
from tests.helpers.virtual_time import run

DRAFT_S = 10.0
APART_S = 3.0
VOTE_S = 5.0
REVISION_S = 8.0
PRESENTATION_S = 12.0

_DOWN = Problem(kind="overloaded", text="The provider is overloaded.", status=529)
_BALLOTS = Rules().max_ballots
_RETRIES = Rules().max_retries

Team = Mapping[str, AgentScript]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedTurn:
    """What a team does, and what its turn then takes; every function takes the number of agents.

    `calls` is exact for this script, `bound` what the protocol allows to all teams that `bound_text` speaks of.
    `seconds` are virtual, and do not count the waits before another try.
    """

    name: str
    team: Callable[[int], Team]
    calls: Callable[[int], int]
    bound: Callable[[int], int]
    bound_text: str
    seconds: Callable[[int], float]
    outcome: Callable[[int], str] = lambda _: "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What one turn took: calls that the core asked for, requests that backends got, and virtual seconds.

    `waited_s` is the part of `seconds` that the team only waited for another try.
    """

    calls: int
    requests: int
    seconds: float
    waited_s: float
    outcome: str


def play(script: ScriptedTurn, agents: int) -> Played:
    """Play the turn through the orchestrator on a virtual clock."""
    team = ScriptedTeam(**script.team(agents))

    async def until_the_end() -> float:
        await team.play(unused=None)
        return asyncio.get_running_loop().time()

    seconds = run(until_the_end())
    events = team.memory.events
    last = events[-1]
    assert isinstance(last, TurnEnded), f"the turn does not end with its end: {last}"
    return Played(
        calls=sum(isinstance(event, CallStarted) for event in events),
        requests=sum(len(backend.requests) for backend in team.backends.values()),
        seconds=round(seconds, 3),
        waited_s=round(sum(event.wait_s for event in events if isinstance(event, RetryScheduled)), 3),
        outcome=last.outcome,
    )


def promised(script: ScriptedTurn, agents: int, *, waited_s: float) -> Played:
    """What the protocol says that this turn takes."""
    calls = script.calls(agents)
    return Played(
        calls=calls,
        requests=calls,
        seconds=round(script.seconds(agents) + waited_s, 3),
        waited_s=waited_s,
        outcome=script.outcome(agents),
    )


def most_calls(agents: int) -> int:
    """What no turn of so many agents exceeds under the default rules, whatever models and networks do."""
    return (1 + _RETRIES) * (agents * (1 + _BALLOTS) + 1)


# -- what agents do ----------------------------------------------------------------------------------------------------


def _team(agents: int, draft: Callable[[int], Line], *ballot: Callable[[int], Line]) -> Team:
    """Agents 1 to `agents`, with a line for the draft and one for each call in a ballot; all of them could present."""
    return {
        _name(place): AgentScript(
            draft=(draft(place),),
            ballot=tuple(line(place) for line in ballot),
            presentation=(Say(text="final", wait=PRESENTATION_S),),
        )
        for place in range(1, agents + 1)
    }


def _name(place: int) -> str:
    return f"agent_{place:02}"


def _drafts(place: int) -> Line:
    return Say(text=f"draft_{place:02}", wait=DRAFT_S)


def _drafts_in_turn(place: int) -> Line:
    return Say(text=f"draft_{place:02}", wait=APART_S * place)


def _drafts_the_same(_: int) -> Line:
    return Say(text="draft_of_all", wait=DRAFT_S)


def _revises(place: int) -> Line:
    return Revise(text=f"revision_{place:02}", wait=REVISION_S)


def _revises_again(place: int) -> Line:
    return Revise(text=f"second_revision_{place:02}", wait=REVISION_S)


def _wants(answer: str, place: int) -> Line:
    return Vote(phrase=f"{answer}_{place:02}", wait=VOTE_S)


def _differ(agents: int, draft: Callable[[int], Line] = _drafts) -> Team:
    """Everybody votes for the next agent's draft, which splits the votes as far as they can be."""
    return _team(agents, draft, lambda place: _wants("draft", place % agents + 1))


def _one_revises(agents: int) -> Team:
    """The first agent revises, and never votes; in the second ballot its revision stands where its draft stood."""
    return _team(
        agents,
        _drafts,
        lambda place: _revises(place) if place == 1 else _wants("draft", place % agents + 1),
        lambda place: _wants("draft", place + 1) if place < agents else _wants("revision", 1),
    )


def _all_revise(agents: int) -> Team:
    return _team(agents, _drafts, _revises, lambda place: _wants("revision", place % agents + 1))


def _all_want_their_own(agents: int) -> Team:
    return _team(agents, _drafts, lambda place: _wants("draft", place))


def _all_rewrite_then_want_their_own(agents: int) -> Team:
    return _team(agents, _drafts, _revises, lambda place: _wants("revision", place))


def _all_only_rewrite(agents: int) -> Team:
    return _team(agents, _drafts, _revises, _revises_again, _revises_again)


def _one_is_down(agents: int) -> Team:
    """The first agent fails on every request; the others answer at once, so that only its waits take time."""
    fails = (Fail(problem=_DOWN),) * (1 + _RETRIES)
    down = {_name(1): AgentScript(draft=fails, ballot=fails, presentation=fails)}
    others = _team(
        agents,
        lambda place: Say(text=f"draft_{place:02}"),
        lambda place: Vote(phrase=f"draft_{place % agents + 1:02}" if place < agents else "draft_02"),
    )
    return {**others, **down}


# -- what that takes ---------------------------------------------------------------------------------------------------


def _alone_or(alone: int, team: Callable[[int], int]) -> Callable[[int], int]:
    return lambda agents: alone if agents == 1 else team(agents)


def _one_ballot_s(agents: int) -> float:
    return PRESENTATION_S + (DRAFT_S + VOTE_S) * (agents > 1)


def _two_ballots_s(agents: int) -> float:
    return PRESENTATION_S + (DRAFT_S + REVISION_S + VOTE_S) * (agents > 1)


_ONE_BALLOT = _alone_or(1, lambda agents: 2 * agents + 1)
_TWO_BALLOTS = _alone_or(1, lambda agents: 3 * agents + 1)

TURNS = (
    ScriptedTurn(
        name="all drafts differ, nobody revises",
        team=_differ,
        calls=_ONE_BALLOT,
        bound=_ONE_BALLOT,
        bound_text="2N + 1",
        seconds=_one_ballot_s,
    ),
    ScriptedTurn(
        name=f"all drafts differ, each comes {APART_S:g} s after the one before",
        team=lambda agents: _differ(agents, _drafts_in_turn),
        calls=_ONE_BALLOT,
        bound=_ONE_BALLOT,
        bound_text="2N + 1",
        seconds=lambda agents: PRESENTATION_S + (APART_S * agents + VOTE_S) * (agents > 1),
    ),
    ScriptedTurn(
        name="all drafts are equal",
        team=lambda agents: _team(agents, _drafts_the_same),
        calls=_alone_or(1, lambda agents: agents + 1),
        bound=_alone_or(1, lambda agents: agents + 1),
        bound_text="N + 1",
        seconds=lambda agents: PRESENTATION_S + DRAFT_S * (agents > 1),
    ),
    ScriptedTurn(
        name="one agent revises, and is not asked again",
        team=_one_revises,
        calls=_alone_or(1, lambda agents: 3 * agents - (agents == 2)),  # of two, nobody else can turn the outcome
        bound=_TWO_BALLOTS,
        bound_text="3N + 1",
        seconds=lambda agents: _two_ballots_s(agents) - VOTE_S * (agents == 2),
    ),
    ScriptedTurn(
        name="everybody revises once",
        team=_all_revise,
        calls=_TWO_BALLOTS,
        bound=_TWO_BALLOTS,
        bound_text="3N + 1",
        seconds=_two_ballots_s,
    ),
    ScriptedTurn(
        name="stubborn: everybody votes for its own",
        team=_all_want_their_own,
        calls=_ONE_BALLOT,
        bound=_ONE_BALLOT,
        bound_text="2N + 1",
        seconds=_one_ballot_s,
    ),
    ScriptedTurn(
        name="stubborn: everybody rewrites while it may, then votes for its own",
        team=_all_rewrite_then_want_their_own,
        calls=_TWO_BALLOTS,
        bound=_TWO_BALLOTS,
        bound_text="3N + 1",
        seconds=_two_ballots_s,
    ),
    ScriptedTurn(
        name="stubborn: everybody rewrites, also where it is told not to",
        team=_all_only_rewrite,
        calls=_alone_or(1, lambda agents: 4 * agents + 1),
        bound=most_calls,
        bound_text="(1 + R)(N(1 + B) + 1)",
        seconds=lambda agents: PRESENTATION_S + (DRAFT_S + 3 * REVISION_S) * (agents > 1),
    ),
    ScriptedTurn(
        name="one agent is down and fails every request",
        team=_one_is_down,
        calls=lambda agents: {1: 1 + _RETRIES, 2: 3 + _RETRIES}.get(agents, 2 * agents + 1 + 2 * _RETRIES),
        bound=lambda agents: 2 * agents + 1 + 2 * _RETRIES,
        bound_text="2N + 1 + 2R",
        seconds=lambda agents: PRESENTATION_S * (agents > 1),
        outcome=lambda agents: "answered" if agents > 1 else "failed",
    ),
)
