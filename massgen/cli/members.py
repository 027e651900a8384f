"""Who can take part: the key, the address and the options of every agent, before anything is opened.

This is on the way to the first prompt, so it imports no adapter and no SDK.
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from massgen.agents import AgentDescription, AgentId
from massgen.backends.connection import Connection, Options
from massgen.backends.models import reasons, retirement
from massgen.backends.providers import (
    KEY_VARIABLES,
    PROVIDERS,
    Provider,
    base_url_below,
    base_url_from,
    key_from,
    key_variable,
    mixes_tools,
    unused,
)
from massgen.config import schema
from massgen.config.schema import Configuration
from massgen.errors import ConfigError

if TYPE_CHECKING:
    from massgen.config.script import Script

Source: TypeAlias = "Connection | Script"
"""Where an agent's words come from."""


class Absence(NamedTuple):
    """Why an agent stays away, as a sentence without its full stop."""

    why: str


_UNSET = re.compile(r"\$\{(?P<name>\w+)\}")
"""An `api_key:` whose variable is not set keeps the variable's name."""


_LEAST_KEY = 8
"""Characters; no provider gives out shorter keys, and shorter values are too common to be taken for one."""


def muster(
    configuration: Configuration, environ: Mapping[str, str], key_sources: Mapping[str, str]
) -> tuple[Mapping[AgentId, Source], Mapping[AgentId, str]]:
    """Who can be asked and how, and who has to stay away and why; raises `ConfigError` when that is everybody.

    `key_sources` says where the configuration has each `agents[0].backend.api_key` from.
    """
    scripts: dict[Path, Script] = {}
    found = {
        agent.id: source_of(agent, environ, key_sources.get(f"agents[{number}].backend.api_key", ""), scripts)
        for number, agent in enumerate(configuration.agents)
    }
    away = {agent: each.why for agent, each in found.items() if isinstance(each, Absence)}
    if len(away) == len(found):
        reasons = "; ".join(f"{agent}: {why}" for agent, why in away.items())
        keys = all(why.endswith("is not set") for why in away.values())
        hint = "Set the key in the environment, or: massgen --demo" if keys else "To look around: massgen --demo"
        raise ConfigError(f"No agent can start. {reasons.removesuffix('.')}.", hint=hint)
    return {agent: each for agent, each in found.items() if not isinstance(each, Absence)}, away


def keys_of(members: Mapping[AgentId, Source]) -> frozenset[str]:
    """The keys of a team."""
    return frozenset(each.key for each in members.values() if isinstance(each, Connection) and each.key)


def variables_of(members: Mapping[AgentId, Source]) -> frozenset[str]:
    """The variables of the environment that the keys of a team were read from."""
    return frozenset(
        each.key_source for each in members.values() if isinstance(each, Connection) and each.key_source.isidentifier()
    )


def without_keys(environ: Mapping[str, str], members: Mapping[AgentId, Source]) -> Mapping[str, str]:
    """The environment for a program that is nobody's backend: without providers' keys, and the team's by any name.

    A key that is a mere word (`api_key: none`) is known by its own variable only.
    """
    names, keys = KEY_VARIABLES | variables_of(members), {key for key in keys_of(members) if len(key) >= _LEAST_KEY}
    return {name: value for name, value in environ.items() if name not in names and value.strip() not in keys}


def describe(configuration: Configuration) -> tuple[AgentDescription, ...]:
    """The agents as the start screen and the log name them."""
    return tuple(map(describe_agent, configuration.agents))


def describe_agent(agent: schema.Agent) -> AgentDescription:
    """One agent of them."""
    return AgentDescription(
        agent=agent.id,
        model=agent.backend.model or agent.backend.deployment_name or "its own model",
        provider=PROVIDERS[agent.backend.type].label,
    )


def last_days(configuration: Configuration, today: date) -> tuple[str, ...]:
    """A sentence for each model that its vendor switches off, or has switched off."""
    asked = {
        agent.backend.model: PROVIDERS[agent.backend.type] for agent in configuration.agents if agent.backend.model
    }
    ends = {model: retirement(model, provider) for model, provider in asked.items()}
    return tuple(
        f"{model} {'stops' if end.on > today else 'stopped'} answering on {end.on}"
        + (f"; its successor is {end.successor}." if end.successor else ".")
        for model, end in ends.items()
        if end
    )


def missing_tools(configuration: Configuration) -> tuple[str, ...]:
    """A sentence for each agent whose model cannot use a tool of its provider's own together with ours."""
    return tuple(
        f"{agent.id}: {agent.backend.model} takes either {provider.name}'s own tools or MassGen's: "
        f"while it votes or works with files it has {lacking}."
        for agent in configuration.agents
        if (lacking := _own_tools(agent.backend))
        and not mixes_tools(provider := PROVIDERS[agent.backend.type], agent.backend.model or "")
    )


def unused_options(configuration: Configuration) -> tuple[str, ...]:
    """A sentence for each agent that has options which mean nothing to its provider."""
    found = {agent.id: (_row(agent.backend), _unused(agent.backend)) for agent in configuration.agents}
    return tuple(
        f"{agent}: {provider.name} has no use for {', '.join(names)}; "
        + ("it is left out." if len(names) == 1 else "they are left out.")
        for agent, (provider, names) in found.items()
        if names
    )


def _unused(settings: schema.Backend) -> tuple[str, ...]:
    options = _options(settings)
    chosen = {
        "temperature": options.temperature,
        "top_p": options.top_p,
        "reasoning.summary": options.reasoning_summary,
        "text.verbosity": options.verbosity,
    }
    return tuple(name for name in unused(_row(settings)) if chosen[name] is not None)


def _own_tools(settings: schema.Backend) -> str:
    """What an agent lacks that may use tools of its provider's own and gets none; "" for one that may not."""
    options = _options(settings)
    wanted = {"web search": options.web_search, "code interpreter": options.code_interpreter}
    return " and ".join(f"no {tool}" for tool, asked in wanted.items() if asked)


def source_of(
    agent: schema.Agent, environ: Mapping[str, str], key_source: str, scripts: "dict[Path, Script] | None" = None
) -> "Source | Absence":
    """How one agent can be asked, or why it has to stay away; `scripts` are those that were read before."""
    settings, scripts = agent.backend, {} if scripts is None else scripts
    if settings.script is not None:
        from massgen.config.script import load_script  # a team of models does not pay for the demo

        if settings.script not in scripts:
            scripts[settings.script] = load_script(settings.script)
        return scripts[settings.script]
    provider = _row(settings)
    key = settings.api_key.get_secret_value() if settings.api_key else key_from(provider, environ)
    if key and (unset := _UNSET.search(key)):
        return Absence(f"{unset['name']} is not set")
    if provider.needs_key and not key:
        return Absence(f"{' or '.join(provider.key_variables)} is not set")
    base_url = _address(settings, provider, environ)
    if not base_url:
        return Absence(f"{provider.base_url_variable} is not set, and backend.base_url is missing")
    model = settings.deployment_name or settings.model or ""
    connection = Connection(
        provider=provider,
        model=model,
        base_url=base_url_below(provider, base_url, deployment=model, dated=settings.api_version is not None),
        key=key or "",
        key_source=key_source if settings.api_key else key_variable(provider, environ),
        options=_options(settings),
    )
    if provider.wire == "claude_code":
        from massgen.backends.claude_program import missing  # looks for a program, and costs what that costs

        if lacking := missing(connection):
            return Absence(lacking)
    return connection


def _row(settings: schema.Backend) -> Provider:
    """The row for the model of a backend."""
    row = PROVIDERS[settings.type]
    if row.reasoning and not settings.api_version and reasons(settings.model or settings.deployment_name or ""):
        return row.reasoning
    return row


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
        api_version=settings.api_version or "",
        web_search=settings.enable_web_search,
        code_interpreter=settings.enable_code_interpreter or settings.enable_code_execution,
        extra=settings.extra,
    )
