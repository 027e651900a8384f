"""Where everything is put together: the one file that knows everybody."""

import asyncio
import logging
import os
import shutil
import sys
import time
from contextlib import aclosing
from datetime import datetime
from functools import partial
from pathlib import Path

from massgen.backends.opening import warm
from massgen.backends.providers import PROVIDERS
from massgen.cli.choice import Choice, choose
from massgen.cli.members import describe, gather, last_days, rules_of
from massgen.cli.options import Options
from massgen.cli.question import question_of
from massgen.cli.report import note
from massgen.config import examples, quick
from massgen.config.paths import Paths
from massgen.display.banner import Banner, text
from massgen.errors import UsageError
from massgen.printable import clean
from massgen.repl.chat import Chat
from massgen.repl.commands import Room
from massgen.repl.configuration import ConfigFile
from massgen.repl.held import HeldWarnings
from massgen.repl.terminal import Terminal
from massgen.session.store import Store

NO_ANSWER = 3
INTERRUPTED = 130


def start(options: Options) -> int:
    """Answer one question, or chat; returns the exit status."""
    root, environ = Path.cwd(), os.environ
    question = question_of(options.question, sys.stdin)
    choice = choose(options, root=root, environ=environ)
    configuration = choice.configuration
    team = gather(configuration, environ)
    for sentence in (*choice.notices, *last_days(configuration)):
        note(sentence)
    for agent, problem in team.unavailable.items():
        note(f"{agent} stays away: {problem.text}. The team starts without it.")
    held = HeldWarnings()
    _log_to(held)
    chat = Chat(
        team=team,
        agents=describe(configuration),
        rules=rules_of(configuration, turn_s=options.orchestrator_timeout),
        config=choice.name,
        store=Store(_sessions(choice, root), lambda: datetime.now().astimezone()),
        logging_enabled=configuration.ui.logging_enabled,
        seed=configuration.orchestrator.coordination.seed,
        prepare=partial(warm, {PROVIDERS[agent.backend.type].wire for agent in configuration.agents}),
    )
    plain = options.no_display or configuration.ui.display_type == "plain"
    terminal = Terminal.of(
        stdout=sys.stdout,
        stderr=sys.stderr,
        environ=environ,
        clock=time.time,
        held=held,
        requested="plain" if plain else None,
    )
    if question is not None:
        return asyncio.run(_answer(chat, terminal, question))
    return asyncio.run(_converse(chat, terminal, choice, demo=options.demo, root=root))


async def _answer(chat: Chat, terminal: Terminal, question: str) -> int:
    async with aclosing(chat):
        answered = await terminal.ask(chat, question)
    if answered.interrupted:
        return INTERRUPTED
    return NO_ANSWER if answered.text is None else 0


async def _converse(chat: Chat, terminal: Terminal, choice: Choice, *, demo: bool, root: Path) -> int:
    if not sys.stdout.isatty():
        raise UsageError("A chat needs a terminal.", hint='Give the question as an argument: massgen … "question"')
    from massgen.repl.loop import converse  # prompt_toolkit takes 100 ms that a one-shot run need not pay

    columns = shutil.get_terminal_size().columns
    banner = Banner(agents=chat.agents, demo=demo)
    sys.stdout.write(text(banner, columns=columns, theme=terminal.out) + "\n")
    sys.stdout.flush()
    room = Room(chat=chat, config=_config_file(choice, root, demo=demo), environ=os.environ, say=_say)
    async with aclosing(chat):
        return await converse(chat, terminal, room)


def _config_file(choice: Choice, root: Path, *, demo: bool) -> ConfigFile:
    return ConfigFile(
        name=choice.name,
        path=choice.path,
        yaml=quick.to_yaml(choice.configuration) if choice.path is None else "",
        owned=not demo and not choice.name.startswith(examples.PREFIX),
        copy_to=Paths(root).project_config,
    )


def _sessions(choice: Choice, root: Path) -> Path:
    return Paths(root, choice.configuration.orchestrator.session_storage or "sessions").sessions


def _say(line: str) -> None:
    sys.stdout.write(clean(line) + "\n")
    sys.stdout.flush()


def _log_to(held: HeldWarnings) -> None:
    """Our own warnings are held for the user; those of libraries say nothing to a user and would break the screen."""
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("massgen").addHandler(held)
    logging.captureWarnings(capture=True)
