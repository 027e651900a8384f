"""A configuration from flags alone, without a file."""

import re

import yaml
from pydantic import ValidationError

from massgen.config.schema import Agent, Backend, Configuration
from massgen.errors import UsageError


def from_flags(
    *,
    type: str,  # noqa: A002 - named like the key it stands for
    model: str | None,
    base_url: str | None = None,
    agent_id: str | None = None,
) -> Configuration:
    """A team of one: `openai_agent` for type openai, unless `agent_id` names it.

    Whether the type is known and needs a model is the caller's knowledge, who has just guessed the type from the
    model's name. Raises `UsageError` with one line for each flag that cannot be used.
    """
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{type}_agent")[:64] if agent_id is None else agent_id
    try:
        backend = Backend(type=type, model=model, base_url=base_url)
        return Configuration(agents=(Agent(id=name, backend=backend),))
    except ValidationError as error:
        raise UsageError("\n".join(_sentence(str(each["loc"][-1]), each["msg"]) for each in error.errors())) from error


def _sentence(field: str, message: str) -> str:
    flags = {"type": "--backend", "base_url": "--base-url", "id": "the name of the agent"}
    if message.startswith("String should have at least"):
        message = "may not be empty"
    return f"{flags.get(field, f'--{field}')} {message.removeprefix('Value error, ')}"


def to_yaml(configuration: Configuration) -> str:
    """The same configuration as a file: what `/config` writes when MassGen was started with flags."""
    agents = [
        {"id": agent.id, "backend": agent.backend.model_dump(include={"type", "model", "base_url"}, exclude_none=True)}
        for agent in configuration.agents
    ]
    return yaml.safe_dump({"agents": agents}, sort_keys=False, allow_unicode=True)
