"""The chat behind the prompt, put together in a thread: it imports the orchestrator, the session and the SDKs.

`assembly` and this file together are the ones who know everybody; they are two because the prompt waits for one.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from secrets import token_hex

from massgen.agents import AgentId
from massgen.backends.connection import Connection
from massgen.backends.demo import DemoBackend
from massgen.backends.opening import open_backend, warm
from massgen.backends.prices import load, nothing, price, window
from massgen.backends.protocol import Backend
from massgen.cli.fingerprint import fingerprint
from massgen.cli.members import Source, describe, variables_of
from massgen.cli.rules import rules_of
from massgen.cli.voices import other_model
from massgen.config.paths import Paths
from massgen.config.schema import Configuration
from massgen.messages import Problem
from massgen.orchestrator.bus import Subscriber
from massgen.orchestrator.team import Member, Team, Voice, unlisted
from massgen.repl.chat import Chat
from massgen.session.forking import fork
from massgen.session.store import Store
from massgen.workspace.layout import Layout

logger = logging.getLogger(__name__)


def make(
    configuration: Configuration,
    members: Mapping[AgentId, Source],
    away: Mapping[AgentId, str],
    *,
    name: str,
    root: Path,
    turn_s: float | None,
    environ: Mapping[str, str],
    key_sources: Mapping[str, str],
    layout: Layout | None = None,
    resume: Path | None = None,
    forks: bool = False,
    watchers: Sequence[Subscriber] = (),
) -> Chat:
    """A chat of this team. `name` is what the user called it; `turn_s` the command line's limit of a turn.

    `watchers` see everything that happens in it; `key_sources` are those of `muster`. With `forks` it goes on with a
    copy of the session `resume`. Raises `SessionError` when that cannot be opened; what is damaged of its other files
    is made anew, with a warning.
    """
    warm({each.provider.wire for each in members.values() if isinstance(each, Connection)})
    roles = {agent.id: agent.system_message or "" for agent in configuration.agents}
    windows = {agent.id: agent.backend.context_window for agent in configuration.agents}

    def member(agent: AgentId, source: Source) -> Member:
        return Member(
            backend=_backend(agent, source, layout, withheld=variables_of(members)),
            role=roles[agent],
            price=partial(price, source) if isinstance(source, Connection) else nothing,
            prepare=partial(load, source) if isinstance(source, Connection) else lambda: None,
            window=windows[agent] if source is members.get(agent) else None,
            listed_window=partial(window, source) if isinstance(source, Connection) else unlisted,
            native=_is_native(source),
        )

    def find_voice(agent: AgentId, model: str) -> Voice:
        described, source = other_model(configuration, agent, model, environ, key_sources)
        return Voice(agent=described, member=member(agent, source))

    opened = {agent: member(agent, each) for agent, each in members.items()}
    unavailable = {agent: Problem(kind="auth", text=why) for agent, why in away.items()}
    paths = Paths(root, configuration.orchestrator.session_storage or "sessions")
    directory = resume.parent if resume else paths.sessions
    pointer = paths.session_places if directory != Paths(root).sessions else None
    store = Store(directory, lambda: datetime.now().astimezone(), pointer)
    chat = Chat(
        team=Team(agents=tuple(roles), members=opened, unavailable=unavailable),
        agents=describe(configuration),
        rules=rules_of(configuration, turn_s=turn_s),
        config=name,
        store=store,
        logging_enabled=configuration.ui.logging_enabled,
        seed=configuration.orchestrator.coordination.seed,
        layout=layout,
        find_voice=find_voice,
        watchers=watchers,
        fingerprint=fingerprint(configuration, root),
        compact_at=configuration.orchestrator.compact_at,
        resumed=store.open(_copied(store, resume) if forks else resume.name) if resume else None,
    )
    chat.restore()
    return chat


def _copied(store: Store, session: Path) -> str:
    """A copy of the session, to go on with in its place."""
    forked = fork(store, session)
    for sentence in forked.left_out:
        logger.warning("%s", sentence)
    return forked.directory.name


def _backend(agent: AgentId, source: Source, layout: Layout | None, *, withheld: frozenset[str]) -> Backend:
    if not isinstance(source, Connection):
        return DemoBackend(agent, source)
    others = tuple(sorted(withheld - {source.key_source}))
    source = replace(source, options=replace(source.options, cache_key=token_hex(16), withheld=others))
    return open_backend(_placed(agent, source, layout) if layout and _is_native(source) else source)


def _is_native(source: Source) -> bool:
    """Whether the backend brings file tools of its own."""
    return isinstance(source, Connection) and source.provider.wire == "claude_code"


def _placed(agent: AgentId, connection: Connection, layout: Layout) -> Connection:
    """The connection with the places its program may touch; copies of others' files lie in one of them."""
    shared = {
        permission: [each.path for each in layout.context if each.permission == permission]
        for permission in ("read", "write")
    }
    home, roots = layout.homes.get(agent), layout.context_roots(presenting=True)
    options = replace(
        connection.options,
        cwd=str(home) if home else "",
        readable=(*shared["read"], str(layout.temporary / layout.name(agent))),
        writable=tuple(shared["write"]),
        protected=tuple(str(each.path.joinpath(*parts)) for each in roots for parts in each.protected),
        hidden=(str(layout.ours), *map(str, layout.private)),
    )
    return replace(connection, options=options)
