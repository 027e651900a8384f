"""What is different about a team since its session was last started, in sentences for who goes on with it."""

from collections.abc import Iterable, Sequence

from massgen.agents import AgentDescription, AgentId
from massgen.events import ModelChanged, Record, SessionStarted
from massgen.printable import one_line

_LONGEST = 60
_MOST = 5


def difference(records: Iterable[Record], now: SessionStarted) -> tuple[str, ...]:
    """At most three sentences that tell the last start in `records` from `now`; none where nothing is different.

    Agents that were given another model in the session are left out: who speaks for them is told where it is found.
    """
    before: SessionStarted | None = None
    given: set[AgentId] = set()
    for record in records:
        match record.event:
            case SessionStarted() as before:
                pass
            case ModelChanged(agent=agent):
                given.add(agent.agent)
            case _:
                pass
    if before is None:
        return ()
    was, team = {each.agent: each for each in before.agents}, {each.agent: each for each in now.agents}
    new = [_described(each) for agent, each in team.items() if agent not in was]
    gone = [_say(agent) for agent in was if agent not in team]
    other = [
        f"{_described(each)}, before {_model(was[agent])}"
        for agent, each in team.items()
        if agent in was and agent not in given and each != was[agent]
    ]
    said = [
        *([f"New in the team: {_listed(new, '; ')}."] if new else []),
        *([f"No longer in the team: {_listed(gone, ', ')}."] if gone else []),
        *([f"Another model: {_listed(other, '; ')}."] if other else []),
    ]
    if not said and before.fingerprint and now.fingerprint and before.fingerprint != now.fingerprint:
        return ("The team has other settings than when this session was last started.",)
    return tuple(said)


def _described(agent: AgentDescription) -> str:
    return f"{_say(agent.agent)} is {_model(agent)}"


def _model(agent: AgentDescription) -> str:
    return f"{_say(agent.model)} ({_say(agent.provider)})"


def _listed(said: Sequence[str], between: str) -> str:
    more = [f"{len(said) - _MOST} more"] * (len(said) > _MOST)
    return between.join([*said[:_MOST], *more])


def _say(text: str) -> str:
    return one_line(text, _LONGEST)
