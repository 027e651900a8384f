"""Which session the user means, the team it was held with, and the list of all of them."""

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from massgen.cli.options import LAST, Options
from massgen.cli.report import note
from massgen.config.paths import Paths, user_config
from massgen.errors import ConfigError, MassGenError, SessionError
from massgen.printable import one_line
from massgen.session import places
from massgen.session.glance import Glance, glance
from massgen.session.store import LOG_NAME, Store

_FLAGS = frozenset({"--model", "--backend", "--base-url"})
_SAID_CELLS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where the sessions of this directory are kept; `far` places are looked at only for what is not `near`.

    All are near, unless the user names a team: then its own place is, and the others are far.
    """

    near: tuple[Store, ...]
    far: tuple[Store, ...] = ()


def kept_in(root: Path, options: Options, environ: Mapping[str, str]) -> Kept:
    """Where the team that is named, or stands here, keeps sessions, the usual place, and those that were noted there.

    A noted place that is gone, or cannot be read, is passed over.
    """
    storage = _storage(options, root, environ)
    own, usual = Paths(root, storage or "sessions").sessions, Paths(root).sessions
    found = {os.path.realpath(each): each for each in (usual, *_noted(root), own)}  # one place may have two names
    others = (_store(each) for each in found.values() if each != own)
    readable = tuple(each for each in others if _is_readable(each))
    if options.config or options.model or options.demo:
        return Kept(near=(_store(own),), far=readable)
    return Kept(near=(_store(own), *readable))


def named(session: str, kept: Kept) -> Path:
    """The directory of the session that the user means by an id or by `last`; raises `SessionError` without one."""
    for stores in (kept.near, kept.far):
        ids = sorted(each for store in stores for each in store.ids())
        wanted = ids[-1] if ids and session == LAST else session
        found = [store.directory for store in stores if wanted in ids and wanted in store.ids()]
        if len(found) > 1:
            sentence = f"There are two sessions {wanted!r}: in {found[0]}, and in {found[1]}."
            raise SessionError(sentence, hint="Say which by naming its team with --config.")
        if found:
            return found[0] / wanted
        foreign = next((place for store in stores if (place := store.foreign(session))), None)
        if foreign is not None:
            raise SessionError(f"{foreign} is no session of MassGen.", hint="It was left as it is.")
    known = max((each for store in (*kept.near, *kept.far) for each in store.ids()), default="")
    sentence = f"There is no session {session!r} here." if known else "No session was saved in this directory yet."
    hint = f"The last one is {known}; massgen --list-sessions names all." if known else "Start one: massgen --demo"
    raise SessionError(sentence, hint=hint)


def with_team_of(options: Options, session: Path, root: Path) -> Options:
    """The options with the team that the session was last held with, unless they name a team themselves.

    The log may come from anywhere: `SessionError` when it names no team that could be asked.
    """
    if options.config or options.model or options.demo:
        return options
    from massgen.session.reading import last_start

    start = last_start(session / LOG_NAME)
    name = start.config if start else ""
    if name == "--demo":
        return replace(options, demo=True)
    if name.startswith("--"):
        flags = _flags_in(name, session)
        backend, base_url = options.backend or flags.get("--backend"), options.base_url or flags.get("--base-url")
        named_by = "" if options.base_url else session.name
        return replace(options, model=flags["--model"], backend=backend, base_url=base_url, team_of=named_by)
    return replace(options, config=_standing(name, session, root), team_of=session.name) if name else options


def listing(stores: Iterable[Store], current: str = "") -> str:
    """One line for each session, the newest first: its id, its turns, how it began, and what should be known.

    The `current` one is in use by whoever asks, who is not told so.
    """
    seen = glances(stores)
    if not seen:
        return "No session was saved in this directory yet.\n"
    return "".join(_line(each, is_current=each.session == current) for _, each in seen)


def glances(stores: Iterable[Store]) -> Sequence[tuple[Path, Glance]]:
    """Each session with its directory, the newest first."""
    directories = sorted(
        (store.directory / each for store in stores for each in store.ids()), key=lambda each: each.name
    )
    return [(each, glance(each)) for each in reversed(directories)]


def last_used(seen: Glance) -> datetime | None:
    """When the last thing happened in a session, as a local time; None where that is not known."""
    try:
        return None if seen.used is None else datetime.fromtimestamp(seen.used).astimezone()
    except (OverflowError, OSError, ValueError):  # a clock that was far off
        return None


def _line(seen: Glance, *, is_current: bool) -> str:
    """The id says when the session began; another day on which it was last used is said."""
    used = last_used(seen)
    again = f"last used {used:%Y-%m-%d}" if used and f"session_{used:%Y%m%d}" != seen.session[:16] else ""
    known = ", ".join(filter(None, ("" if is_current else seen.state, again)))
    said = "  ".join(filter(None, (seen.question, f"({known})" if known else "")))
    return f"{seen.session}  {seen.turns:3} {'turn ' if seen.turns == 1 else 'turns'}  {said}\n"


def _flags_in(name: str, session: Path) -> Mapping[str, str]:
    """The flags of a team from `--model`, as `choose` wrote them down."""
    try:
        words = shlex.split(name)
    except ValueError:
        words = []
    flags = dict(zip(words[::2], words[1::2], strict=False))
    if not flags.get("--model") or len(words) != 2 * len(flags) or not flags.keys() <= _FLAGS:
        said = one_line(repr(name), _SAID_CELLS)
        sentence = f"{session / LOG_NAME} does not say with which team the session was held: {said}."
        raise SessionError(sentence, hint="Name the team with --config or --model.")
    return flags


def _standing(config: str, session: Path, root: Path) -> str:
    """The name of a configuration, if it leads to one."""
    from massgen.cli.choice import file_of

    try:
        place = str(file_of(config, root))
        stands = os.path.exists(place)  # noqa: PTH110 - Path.exists raises for a name that no disk would take
    except ConfigError:
        place, stands = config, False
    if not stands:
        sentence = f"{session.name} was held with the team in {one_line(place, _SAID_CELLS)}, which is not there."
        raise SessionError(sentence, hint="Put it back, or name a team with --config or --model.")
    return config


def _storage(options: Options, root: Path, environ: Mapping[str, str]) -> str | None:
    """What the team that is named, or stands here, says of where its sessions are."""
    is_named = options.config or options.model or options.demo
    if not is_named and not any(_names_a_place(each) for each in (Paths(root).project_config, user_config(environ))):
        return None
    from massgen.cli.choice import choose  # a list of sessions should not wait for what reads configurations

    with suppress(MassGenError):  # what is wrong with the team is said when it is needed, and a list needs none
        return choose(options, root=root, environ=environ).configuration.orchestrator.session_storage
    return None


def _names_a_place(config: Path | None) -> bool:
    """Whether this file may say where sessions are kept: without the word it does not."""
    try:
        return config is not None and b"session_storage" in config.read_bytes()
    except OSError:
        return False


def _noted(root: Path) -> Iterable[Path]:
    try:
        return [Paths(root, each).sessions for each in reversed(places.known(Paths(root).session_places))]
    except SessionError as error:
        note(f"{error}. {error.hint}")
        return []


def _is_readable(store: Store) -> bool:
    try:
        store.ids()
    except SessionError as error:
        note(str(error))
        return False
    return True


def _store(directory: Path) -> Store:
    return Store(directory, lambda: datetime.now().astimezone())
