"""Where everything up to the prompt is put together; what a turn needs besides is put together in `chat`."""

import asyncio
import gc
import logging
import os
import shutil
import sys
import textwrap
import time
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from massgen.cli.choice import Choice, choose
from massgen.cli.members import describe, last_days, muster
from massgen.cli.options import Options
from massgen.cli.question import question_of
from massgen.cli.report import note
from massgen.config import examples, quick
from massgen.config.paths import Paths
from massgen.display.banner import Banner, text
from massgen.errors import SessionError, UsageError
from massgen.printable import clean
from massgen.repl.commands import Room
from massgen.repl.configuration import ConfigFile
from massgen.repl.door import Door
from massgen.repl.held import HeldWarnings
from massgen.repl.terminal import Terminal

if TYPE_CHECKING:
    from massgen.repl.chat import Chat

NO_ANSWER = 3
INTERRUPTED = 130


def start(options: Options) -> int:
    """Answer one question, or chat; returns the exit status."""
    root, environ = _here(), os.environ
    question = question_of(options.question, sys.stdin)
    choice = choose(options, root=root, environ=environ)
    configuration = choice.configuration
    members, away = muster(configuration, environ)
    for sentence in (*choice.notices, *last_days(configuration, datetime.now().astimezone().date())):
        note(sentence)
    for agent, why in away.items():
        note(f"{agent} stays away: {why}. The team starts without it.")
    held = HeldWarnings()
    _log_to(held)
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

        turn_s = options.orchestrator_timeout
        return make(configuration, members, away, name=choice.name, root=root, turn_s=turn_s)

    door = Door(make_chat)
    gc.freeze()
    gc.enable()
    if question is not None:
        return asyncio.run(_answer(door, terminal, question))
    if not sys.stdout.isatty():
        raise UsageError("A chat needs a terminal.", hint='Give the question as an argument: massgen … "question"')
    _welcome(choice, terminal, demo=options.demo)
    room = Room(
        agents=describe(configuration),
        door=door,
        config=_config_file(choice, root),
        environ=environ,
        say=_say,
    )
    return asyncio.run(_converse(door, terminal, room))


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        hint = "Change to one that exists; sessions are kept below it."
        raise SessionError("The directory MassGen was started in does not exist any more.", hint=hint) from error


async def _answer(door: Door, terminal: Terminal, question: str) -> int:
    async with aclosing(door):
        answered = await terminal.ask(door, question)
    if answered is None or answered.interrupted:
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
    shipped = choice.name == "--demo" or choice.name.startswith(examples.PREFIX)
    return ConfigFile(
        name=choice.name,
        path=choice.path,
        yaml=quick.to_yaml(choice.configuration) if choice.path is None else "",
        owned=not shipped,
        copy_to=Paths(root).project_config,
        demo=shipped and any(agent.backend.script for agent in choice.configuration.agents),
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
