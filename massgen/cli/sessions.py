"""Which session the user means, the team it was held with, and the list of all of them."""

import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from massgen.cli.choice import choose
from massgen.cli.options import LAST, Options, parse
from massgen.config.paths import Paths
from massgen.errors import MassGenError, SessionError
from massgen.events import SessionStarted
from massgen.session.glance import glance
from massgen.session.reading import read
from massgen.session.store import LOG_NAME, Store

_MODEL = "--model "


def store_in(root: Path, options: Options, environ: Mapping[str, str]) -> Store:
    """The sessions of this directory, where the team that is named, or stands here, keeps them."""
    storage = None
    with suppress(MassGenError):  # what is wrong with the team is said when it is needed, and a list needs none
        storage = choose(options, root=root, environ=environ).configuration.orchestrator.session_storage
    return Store(Paths(root, storage or "sessions").sessions, lambda: datetime.now().astimezone())


def named(session: str, store: Store) -> str:
    """The id of the session that the user means by an id or by `last`; raises `SessionError` if there is none."""
    known = store.ids()
    if session == LAST and known:
        return known[-1]
    if session in known:
        return session
    sentence = "No session was saved in this directory yet." if not known else f"There is no session {session!r} here."
    hint = f"The last one is {known[-1]}; massgen --list-sessions names all." if known else "Start one: massgen --demo"
    raise SessionError(sentence, hint=hint)


def with_team_of(options: Options, session: str, store: Store) -> Options:
    """The options with the team that the session was last held with, unless they name a team themselves."""
    if options.config or options.model or options.demo:
        return options
    starts = [each.event for each in read(store.directory / session / LOG_NAME).records]
    name = next((each.config for each in reversed(starts) if isinstance(each, SessionStarted)), "")
    if name == "--demo":
        return replace(options, demo=True)
    if name.startswith(_MODEL):
        flags = parse(shlex.split(name))
        backend, base_url = options.backend or flags.backend, options.base_url or flags.base_url
        return replace(options, model=flags.model, backend=backend, base_url=base_url)
    return replace(options, config=name) if name else options


def listing(store: Store) -> str:
    """One line for each session, the newest first: its id, its number of turns, and how it began."""
    seen = [glance(store.directory / session) for session in reversed(store.ids())]
    if not seen:
        return "No session was saved in this directory yet.\n"
    return "".join(
        f"{each.session}  {each.turns:3} {'turn ' if each.turns == 1 else 'turns'}  {each.question}\n" for each in seen
    )
