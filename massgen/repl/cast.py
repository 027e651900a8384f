"""Who speaks in a session: the team of the configuration, and other models that its user has given to agents."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from massgen.agents import AgentDescription, AgentId
from massgen.errors import MassGenError, UsageError
from massgen.events import ModelChanged, Record
from massgen.orchestrator.team import Team, Voice
from massgen.printable import one_line

FindVoice: TypeAlias = Callable[[AgentId, str], Voice]
"""Another model for an agent, spelt as behind `--model`; raises `MassGenError` when it cannot be asked."""


def no_other(agent: AgentId, model: str) -> Voice:
    """Where the team is what it is."""
    raise UsageError(f"{agent} cannot be {one_line(model)}: this team has no other models.")


class Cast:
    """The team with the models of one session. The configured backends stay open: another session may want them."""

    def __init__(self, team: Team, agents: Iterable[AgentDescription], find: FindVoice) -> None:
        self._configured = team
        self._described = tuple(agents)
        self._find = find
        self._voices: dict[AgentId, Voice] = {}

    @property
    def team(self) -> Team:
        """Who is asked."""
        team = self._configured
        for agent, voice in self._voices.items():
            team = team.joined_by(agent, voice.member)
        return team

    @property
    def agents(self) -> tuple[AgentDescription, ...]:
        """All agents in their order, as they are called now."""
        return tuple(voice.agent if (voice := self._voices.get(each.agent)) else each for each in self._described)

    @property
    def away(self) -> Mapping[AgentId, str]:
        """Who cannot be asked, and why."""
        return {agent: problem.text for agent, problem in self.team.unavailable.items()}

    def is_native(self, agent: AgentId) -> bool:
        """Whether the backend that speaks for the agent brings file tools of its own."""
        return self.team.members[agent].native

    def find(self, agent: AgentId, model: str) -> Voice:
        """Another model for an agent of this team; raises `MassGenError`, and nothing is changed yet."""
        if agent not in self._configured.agents:
            raise UsageError(
                f"There is no agent {one_line(agent, 64)!r}; there are {', '.join(self._configured.agents)}."
            )
        return self._find(agent, model)

    async def take(self, voice: Voice) -> None:
        """From now on this model speaks for its agent."""
        before = self._voices.get(voice.agent.agent)
        self._voices[voice.agent.agent] = voice
        if before is not None:
            await before.member.backend.close()

    def recall(self, records: Iterable[Record]) -> tuple[str, ...]:
        """Let the models speak that the user of this session has chosen; what was done, in sentences."""
        chosen = {each.event.agent.agent: each.event.model for each in records if isinstance(each.event, ModelChanged)}
        notes = []
        for agent, model in chosen.items():
            if agent not in self._configured.agents:
                continue
            try:
                voice = self._find(agent, model)
            except MassGenError as error:
                stays = next(each.model for each in self._described if each.agent == agent)
                notes.append(f"{agent} was {one_line(model)} in this session, and is {stays} again. {error}")
            else:
                if voice.agent not in self._described:
                    self._voices[agent] = voice
                    notes.append(f"{agent} is {one_line(voice.agent.model)} ({voice.agent.provider}) in this session.")
        return tuple(notes)

    async def forget(self) -> None:
        """Let the configured models speak again."""
        for voice in self._voices.values():
            await voice.member.backend.close()
        self._voices.clear()

    async def close(self) -> None:
        """Close every backend."""
        await self.forget()
        await self._configured.close()
