"""From a configuration to a team that can be asked: backends, keys, roles, and who has to stay away."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from massgen.backends.connection import Connection, Options
from massgen.backends.demo import DemoBackend
from massgen.backends.models import retirement
from massgen.backends.opening import open_backend
from massgen.backends.protocol import Backend
from massgen.backends.providers import PROVIDERS, Provider, base_url_from, key_from
from massgen.config import schema
from massgen.config.schema import Configuration
from massgen.config.script import Script, load_script
from massgen.coordination.rules import Rules
from massgen.errors import ConfigError
from massgen.events import AgentDescription
from massgen.messages import Problem
from massgen.orchestrator.team import Member, Team

_UNSET = re.compile(r"\$\{(?P<name>\w+)\}")
"""An `api_key:` whose variable is not set keeps the variable's name."""


def gather(configuration: Configuration, environ: Mapping[str, str]) -> Team:
    """The team. Agents without a key or an address stay away; raises `ConfigError` when that is everybody."""
    scripts: dict[Path, Script] = {}
    members: dict[str, Member] = {}
    unavailable: dict[str, Problem] = {}
    for agent in configuration.agents:
        opened = _backend(agent, environ, scripts)
        if isinstance(opened, Problem):
            unavailable[agent.id] = opened
        else:
            members[agent.id] = Member(backend=opened, role=agent.system_message or "")
    if not members:
        reasons = "; ".join(f"{agent}: {problem.text}" for agent, problem in unavailable.items())
        raise ConfigError(f"No agent can start. {reasons}.", hint="Set the key in the environment, or: massgen --demo")
    return Team(agents=tuple(each.id for each in configuration.agents), members=members, unavailable=unavailable)


def describe(configuration: Configuration) -> tuple[AgentDescription, ...]:
    """The agents as the start screen and the log name them."""
    return tuple(
        AgentDescription(agent=agent.id, model=agent.backend.model or "", provider=PROVIDERS[agent.backend.type].label)
        for agent in configuration.agents
    )


def last_days(configuration: Configuration) -> tuple[str, ...]:
    """A sentence for each model that its vendor is about to switch off."""
    ends = {agent.backend.model: retirement(agent.backend.model or "") for agent in configuration.agents}
    return tuple(
        f"{model} stops answering on {end.on}" + (f"; its successor is {end.successor}." if end.successor else ".")
        for model, end in ends.items()
        if end
    )


def rules_of(configuration: Configuration, *, turn_s: float | None) -> Rules:
    """The rules of every turn; `turn_s` is the command line's word on how long one may take."""
    orchestrator, times = configuration.orchestrator, configuration.timeout_settings
    coordination = orchestrator.coordination
    rules = Rules(
        voting_sensitivity=orchestrator.voting_sensitivity,
        max_new_answers_per_agent=orchestrator.max_new_answers_per_agent,
        max_new_answers_global=orchestrator.max_new_answers_global,
        answer_novelty_requirement=orchestrator.answer_novelty_requirement,
        final_answer_strategy="winner_reuse"
        if orchestrator.skip_final_presentation
        else orchestrator.final_answer_strategy,
        skip_voting=orchestrator.skip_voting or orchestrator.skip_coordination_rounds,
        max_ballots=coordination.max_ballots,
        consensus_threshold=coordination.consensus_threshold,
        vote_rule=coordination.vote_rule,
        count_self_votes=coordination.count_self_votes,
        quorum=coordination.quorum,
        grace_factor=coordination.grace_factor,
        vote_weights={agent.id: agent.vote_weight for agent in configuration.agents if agent.vote_weight != 1},
        max_retries=times.max_retries,
        silence_s=times.agent_silence_timeout_seconds,
        call_s=times.agent_call_timeout_seconds,
        draft_s=times.initial_round_timeout_seconds,
        ballot_s=times.subsequent_round_timeout_seconds,
        turn_s=times.orchestrator_timeout_seconds,
    )
    return rules if turn_s is None else replace(rules, turn_s=turn_s)


def _backend(agent: schema.Agent, environ: Mapping[str, str], scripts: dict[Path, Script]) -> Backend | Problem:
    settings = agent.backend
    if settings.script is not None:
        if settings.script not in scripts:
            scripts[settings.script] = load_script(settings.script)
        return DemoBackend(agent.id, scripts[settings.script])
    provider = PROVIDERS[settings.type]
    key = settings.api_key.get_secret_value() if settings.api_key else key_from(provider, environ)
    if key and (unset := _UNSET.fullmatch(key)):
        return Problem(kind="auth", text=f"{unset['name']} is not set")
    if provider.key_variables and not key:
        return Problem(kind="auth", text=f"{' or '.join(provider.key_variables)} is not set")
    base_url = _address(settings, provider, environ)
    if not base_url:
        return Problem(kind="bad_request", text=f"backend.base_url is missing, and {provider.name} has no default")
    connection = Connection(
        provider=provider, model=settings.model or "", base_url=base_url, key=key or "", options=_options(settings)
    )
    return open_backend(connection)


def _address(settings: schema.Backend, provider: Provider, environ: Mapping[str, str]) -> str:
    if settings.base_url:
        return settings.base_url
    return f"http://localhost:{settings.port}/v1" if settings.port else base_url_from(provider, environ)


def _options(settings: schema.Backend) -> Options:
    return Options(
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        reasoning_effort=settings.reasoning.effort,
        reasoning_summary=settings.reasoning.summary,
        verbosity=settings.text.verbosity,
        extra=settings.extra,
    )
