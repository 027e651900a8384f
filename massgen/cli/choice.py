"""Which team the user means: from the flags, the project, or nothing at all."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from massgen.backends.homes import credential, is_home
from massgen.backends.models import infer
from massgen.backends.providers import OWN_TOOLS, PREFIXES, PROVIDERS, Provider, key_from
from massgen.cli.options import Options
from massgen.config import examples, quick
from massgen.config.load import load
from massgen.config.paths import Paths, user_config
from massgen.config.quotes import Quotes
from massgen.config.schema import Configuration
from massgen.config.trust import Custody
from massgen.errors import ConfigError, UsageError

DEMO = "@examples/demo/team.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A team and where it was found. `name` is what the user called it, `path` its file if it has one.

    `quotes` is how that file names places on disk, and `keys` where it has each `api_key:` from.
    """

    configuration: Configuration
    name: str
    path: Path | None = None
    notices: tuple[str, ...] = ()
    quotes: Quotes = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


def choose(options: Options, *, root: Path, environ: Mapping[str, str]) -> Choice:
    """The team for these flags. Without any: the project's configuration, then the user's, and never the demo."""
    if options.model is None and (options.backend or options.base_url):
        raise UsageError("--backend and --base-url go with --model.", hint="massgen --model NAME --backend TYPE")
    if options.model is not None:
        return _from_model(options, environ)
    if options.demo:
        return _from_file(examples.resolve(DEMO), "--demo", environ, root)
    if options.config is not None:
        path = file_of(options.config, root)
        trusted = not options.team_of or path == user_config(environ)
        return _from_file(path, options.config, environ, root, trusted=trusted)
    for standing, trusted in ((Paths(root).project_config, False), (user_config(environ), True)):
        if standing is not None and standing.exists():
            return _from_file(standing, str(standing), environ, root, trusted=trusted)
    raise UsageError("No team is configured here, and none was named.", hint=_ways_in(environ))


def file_of(config: str, root: Path) -> Path:
    """The file that `--config` means by this name; raises `ConfigError` for an example that does not exist."""
    return examples.resolve(config) if config.startswith(examples.PREFIX) else root / config


def _from_model(options: Options, environ: Mapping[str, str]) -> Choice:
    assert options.model is not None
    if options.backend is None:
        inference = infer(options.model, environ)
        provider, model = inference.provider, inference.model
    elif options.backend.lower() in PREFIXES:
        provider, model = PREFIXES[options.backend.lower()], options.model
    else:
        raise UsageError(f"There is no backend {options.backend!r}.", hint=f"Known: {', '.join(sorted(PROVIDERS))}.")
    if provider.wire == "demo":
        raise UsageError("The demo team is started by itself.", hint="massgen --demo")
    _mind_the_key(provider, options, environ)
    configuration = quick.from_flags(type=provider.type, model=model, base_url=options.base_url)
    flags = {"--model": options.model, "--backend": options.backend, "--base-url": options.base_url}
    name = shlex.join(word for flag, value in flags.items() if value is not None for word in (flag, value))
    return Choice(configuration=configuration, name=name)


def _mind_the_key(provider: Provider, options: Options, environ: Mapping[str, str]) -> None:
    """Raise `ConfigError` where a key would go to an address that only the log of a session names."""
    key = credential(provider, environ)
    if options.team_of and options.base_url and key and not is_home(provider, options.base_url, environ):
        sentence = f"{options.team_of} was held with --base-url {options.base_url!r}, and {key} would be sent there."
        hint = f"If you trust that address, name it: --base-url {shlex.quote(options.base_url)}"
        raise ConfigError(sentence, hint=hint)


def _custody(environ: Mapping[str, str]) -> Custody:
    """Where keys may go when a file is not trusted; a type that nobody knows is refused before this is asked."""
    return Custody(
        is_known=lambda type_, address: is_home(PROVIDERS[type_], address, environ),
        credential=lambda type_: credential(PROVIDERS[type_], environ),
        variable=lambda type_: PROVIDERS[type_].base_url_variable,
    )


def _from_file(path: Path, name: str, environ: Mapping[str, str], root: Path, *, trusted: bool = True) -> Choice:
    custody = None if trusted else _custody(environ)
    try:
        loaded = load(
            path,
            environ=environ,
            backend_types=PROVIDERS.keys(),
            own_tools=OWN_TOOLS,
            started_in=root,
            custody=custody,
        )
    except ConfigError as error:
        if error.hint or path.exists():
            raise
        raise ConfigError(str(error), hint="Examples are named like this: --config @examples/basic/…") from error
    return Choice(
        configuration=loaded.configuration,
        name=name,
        path=path,
        notices=loaded.notices,
        quotes=loaded.quotes,
        keys=loaded.keys,
    )


def _ways_in(environ: Mapping[str, str]) -> str:
    """What to type next, beginning with what would work with the keys that are set."""
    models = {
        "openai": "gpt-6.1-terra",
        "claude": "claude-sonnet-5-5",
        "gemini": "gemini-3.8-flash",
        "grok": "grok-4.7",
    }
    set_keys = [
        f"massgen --model {model}    (its key is set)"
        for type_, model in models.items()
        if key_from(PROVIDERS[type_], environ)
    ]
    others = [
        "massgen --model NAME    with the provider's key in the environment, for example OPENAI_API_KEY",
        "massgen --model ollama:NAME    a model on this machine, no key",
        "massgen --config FILE    a team, for example @examples/basic/multi/three_agents_default.yaml",
        "massgen --demo    a scripted team, to look around",
    ]
    return "Ways to get one:\n    " + "\n    ".join([*set_keys, *others])
