"""Another model for an agent, as the user names it during a chat: spelt as at the start, and with the same keys."""

from collections.abc import Mapping

from massgen.agents import AgentDescription, AgentId
from massgen.backends.models import infer
from massgen.backends.providers import OWN_TOOLS
from massgen.cli.members import Absence, Source, describe_agent, source_of
from massgen.config import schema
from massgen.config.schema import Configuration
from massgen.errors import ConfigError, UsageError
from massgen.printable import one_line


def other_model(
    configuration: Configuration,
    agent: AgentId,
    model: str,
    environ: Mapping[str, str],
    key_sources: Mapping[str, str],
) -> tuple[AgentDescription, Source]:
    """The agent with another model, and how that is asked; raises `UsageError` or `ConfigError` where it cannot be.

    Its options and its workspace stay. What leads to the server it had before (address, key, `extra`) stays only where
    the provider does, so no key goes anywhere that was not trusted at the start.
    """
    number, configured = next((at, each) for at, each in enumerate(configuration.agents) if each.id == agent)
    changed = configured.model_copy(update={"backend": _with_model(configured, model, environ)})
    stays = changed.backend.type == configured.backend.type
    found = source_of(changed, environ, key_sources.get(f"agents[{number}].backend.api_key", "") if stays else "")
    if isinstance(found, Absence):
        sentence = f"{agent} cannot be {one_line(model)}: {found.why.removesuffix('.')}."
        raise ConfigError(sentence, hint="Nothing was changed.")
    return describe_agent(changed), found


def _with_model(agent: schema.Agent, model: str, environ: Mapping[str, str]) -> schema.Backend:
    if agent.backend.script is not None:
        raise UsageError(f"{agent.id} plays a script, as all agents of a demo team do: it has no other model.")
    try:
        meant = infer(model, environ)
    except UsageError as error:
        hint = f"Name the provider too, as in /model {agent.id}=openai:{one_line(model)}"
        raise UsageError(str(error), hint=hint) from error
    if meant.provider.wire == "demo":
        raise UsageError("The demo model plays a script, which only the demo team has.", hint="massgen --demo")
    if meant.provider.type == agent.backend.type:
        return agent.backend.model_copy(update={"model": meant.model, "deployment_name": None})
    elsewhere = {"api_key": None, "base_url": None, "port": None, "deployment_name": None, "api_version": None}
    has_search, has_code = (meant.provider.type in OWN_TOOLS[tool] for tool in ("web_search", "code_interpreter"))
    tools = {
        "enable_web_search": agent.backend.enable_web_search and has_search,
        "enable_code_interpreter": agent.backend.enable_code_interpreter and has_code,
        "enable_code_execution": agent.backend.enable_code_execution and has_code,
    }
    named = {"type": meant.provider.type, "model": meant.model, "extra": {}}
    return agent.backend.model_copy(update={**elsewhere, **tools, **named})
