"""Where everything up to the prompt is put together; what a turn needs besides is put together in `chat`."""

import asyncio
import gc
import logging
import os
import shutil
import sys
import textwrap
import time
from collections.abc import Mapping
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from massgen import __version__
from massgen.cli.choice import Choice, choose
from massgen.cli.members import Source, describe, last_days, muster
from massgen.cli.options import Options
from massgen.cli.question import question_of
from massgen.cli.report import note
from massgen.config import examples, quick
from massgen.config.paths import Paths
from massgen.display.banner import Banner, text
from massgen.errors import UsageError
from massgen.printable import clean
from massgen.repl.commands import Room
from massgen.repl.configuration import ConfigFile
from massgen.repl.door import Door
from massgen.repl.held import HeldWarnings
from massgen.repl.terminal import Terminal

if TYPE_CHECKING:
    from massgen.repl.chat import Chat
    from massgen.session.debug import DebugLog

NO_ANSWER = 3
INTERRUPTED = 130


def start(options: Options) -> int:
    """Answer one question, chat, or list the sessions; returns the exit status."""
    gc.disable()
    root, environ = Path.cwd(), os.environ
    if options.list_sessions:
        return _list(root)
    question = question_of(options.question, sys.stdin)
    resume = None
    if options.resume is not None:
        resume, options = _resumed(options, root)
    choice = choose(options, root=root, environ=environ)
    configuration = choice.configuration
    members, away = muster(configuration, environ)
    for sentence in (*choice.notices, *last_days(configuration, datetime.now().astimezone().date())):
        note(sentence)
    for agent, problem in away.items():
        note(f"{agent} stays away: {problem.text}. The team starts without it.")
    held = HeldWarnings()
    _log_to(held)
    debug = _debug_log(choice, members, root) if options.debug else None
    plain = options.no_display or configuration.ui.display_type == "plain"
    terminal = Terminal.of(
        stdout=sys.stdout,
        stderr=sys.stderr,
        environ=environ,
        clock=time.time,
        held=held,
        requested="plain" if plain else None,
    )

    def make_chat() -> "Chat":
        from massgen.cli.chat import make

        limit = options.orchestrator_timeout
        return make(
            configuration,
            members,
            away,
            name=choice.name,
            root=root,
            turn_s=limit,
            resume=resume,
            watchers=[debug] if debug else (),
        )

    door = Door(make_chat)
    if resume is not None:
        door = Door.opened(make_chat())  # before the first prompt: a session that cannot be opened is said now
    gc.freeze()  # importing makes objects by the hundred thousand and hardly any garbage
    gc.enable()
    if question is not None:
        return asyncio.run(_answer(door, terminal, question))
    if not sys.stdout.isatty():
        raise UsageError("A chat needs a terminal.", hint='Give the question as an argument: massgen … "question"')
    _welcome(choice, terminal, demo=options.demo)
    if door.chat is not None:
        _say(f"Going on with {resume}: {len(door.chat.conversation)} earlier questions are remembered.\n")
    room = Room(
        agents=describe(configuration),
        door=door,
        config=_config_file(choice, root),
        environ=environ,
        say=_say,
    )
    return asyncio.run(_converse(door, terminal, room))


def _list(root: Path) -> int:
    from massgen.cli.sessions import listing, store_in

    sys.stdout.write(clean(listing(store_in(root))))
    return 0


def _resumed(options: Options, root: Path) -> tuple[str, Options]:
    """The session that is meant, and the options with the team that it was held with."""
    from massgen.cli.sessions import named, store_in, with_team_of

    store = store_in(root)
    assert options.resume is not None, "asked only when a session is to be resumed"
    session = named(options.resume, store)
    return session, with_team_of(options, session, store)


def _debug_log(choice: Choice, members: Mapping[str, Source], root: Path) -> "DebugLog":
    from massgen.backends.connection import Connection
    from massgen.session.debug import DebugLog
    from massgen.session.redaction import Redactor, secrets_in

    now = datetime.now().astimezone()
    keys = {each.key for each in members.values() if isinstance(each, Connection)}
    assert now.tzinfo is not None, "astimezone gives one"
    path = Paths(root).debug_log(f"{now:%Y%m%d_%H%M%S}")
    log = DebugLog(path, redactor=Redactor(keys | secrets_in(os.environ)), zone=now.tzinfo)
    logger = logging.getLogger("massgen")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(log)
    logger.info("MassGen %s with %s", __version__, choice.name)
    note(f"debug log: {path}")
    return log


async def _answer(door: Door, terminal: Terminal, question: str) -> int:
    async with aclosing(door):
        answered = await terminal.ask(await door.open(), question)
    if answered.interrupted:
        return INTERRUPTED
    return NO_ANSWER if answered.text is None else 0


async def _converse(door: Door, terminal: Terminal, room: Room) -> int:
    from massgen.repl.loop import converse  # prompt_toolkit takes 100 ms that a one-shot run need not pay

    async with aclosing(door):
        return await converse(door, terminal, room)


def _welcome(choice: Choice, terminal: Terminal, *, demo: bool) -> None:
    columns = shutil.get_terminal_size().columns
    banner = Banner(agents=describe(choice.configuration), demo=demo)
    sys.stdout.write(text(banner, columns=columns, theme=terminal.out) + "\n")
    sys.stdout.flush()


def _config_file(choice: Choice, root: Path) -> ConfigFile:
    return ConfigFile(
        name=choice.name,
        path=choice.path,
        yaml=quick.to_yaml(choice.configuration) if choice.path is None else "",
        owned=not choice.name.startswith(examples.PREFIX),
        copy_to=Paths(root).project_config,
        demo=any(agent.backend.script for agent in choice.configuration.agents),
    )


def _say(line: str) -> None:
    """A line of a command, wrapped like its neighbours: what follows stands under the text and not under the name."""
    columns = max(shutil.get_terminal_size().columns, 20)
    hanging = len(line) - len(line.lstrip()) + 2
    rows = textwrap.wrap(clean(line), columns, subsequent_indent=" " * hanging, break_on_hyphens=False) or [""]
    sys.stdout.write("\n".join(rows) + "\n")
    sys.stdout.flush()


def _log_to(held: HeldWarnings) -> None:
    """Our own warnings are held for the user; those of libraries say nothing to a user and would break the screen."""
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("massgen").addHandler(held)
    logging.captureWarnings(capture=True)
