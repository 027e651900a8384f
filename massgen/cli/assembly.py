"""Where everything up to the prompt is put together; what a turn needs besides is put together in `chat`."""

import asyncio
import gc
import os
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from massgen.agents import AgentId
from massgen.cli import logs
from massgen.cli.choice import Choice, choose
from massgen.cli.habits import habits_of
from massgen.cli.here import here
from massgen.cli.interrupted import demand_something, dropped, unasked
from massgen.cli.members import (
    Source,
    describe,
    keys_of,
    last_days,
    missing_tools,
    muster,
    unused_options,
    without_keys,
)
from massgen.cli.options import Options
from massgen.cli.others import OtherSessions
from massgen.cli.question import question_of
from massgen.cli.report import note
from massgen.config import examples, quick
from massgen.config.paths import Paths
from massgen.display.banner import Banner, text
from massgen.display.notice import Notice
from massgen.display.theme import sayable
from massgen.errors import MassGenError, UsageError
from massgen.printable import clean
from massgen.repl.clipboard import Clipboard
from massgen.repl.commands import KEYS, TYPED, Room
from massgen.repl.configuration import ConfigFile
from massgen.repl.door import Door
from massgen.repl.held import HeldWarnings
from massgen.repl.interrupts import interrupts
from massgen.repl.offer import OnInterrupted
from massgen.repl.terminal import Terminal
from massgen.session.redaction import Redactor, secrets_in
from massgen.workspace.obstacles import demand_way_to

if TYPE_CHECKING:
    from massgen.display.json_lines import JsonLines
    from massgen.orchestrator.bus import Subscriber
    from massgen.repl.chat import Chat
    from massgen.repl.playing import Answered
    from massgen.repl.prompt.habits import Habits
    from massgen.session.debug import DebugLog

NO_ANSWER = 3
INTERRUPTED = 130

_UNCUT = 10_000
"""Columns of a start screen that is listened to: nothing in it is shortened."""

_NAMED = re.compile(r"\s*\S+(?: \S+)*\s{2,}")
"""The first column of a line with two."""


def start(options: Options, secrets: set[str]) -> int:
    """Answer one question, or chat; returns the exit status.

    Every key that is found is put into `secrets`, for whoever has to tell a crash.
    """
    root, for_program = here(), options.output_format != "text"
    if options.on_interrupted and options.resume is None:
        sentence = "--on-interrupted is about a turn of a session that is gone on with."
        raise UsageError(sentence, hint="Add --continue, or --resume and the id of the session.")
    question = question_of(options.question, sys.stdin, resumes=options.resume is not None)
    if question is None and for_program and options.resume is None:
        hint = "Give it as an argument or through a pipe; a conversation is gone on with by --continue, run after run."
        raise UsageError(f"--output-format {options.output_format} needs a question.", hint=hint)
    resume = None
    if options.fork and options.resume is None:
        raise UsageError("--fork goes with --continue or --resume.", hint="massgen --continue --fork")
    others = OtherSessions(root, options, os.environ)
    if options.resume is not None:
        resume, options = _resumed(options.resume, options, root)
    choice = choose(options, root=root, environ=os.environ)
    members, away = muster(choice.configuration, os.environ, choice.keys)
    secrets |= keys_of(members)
    redactor = Redactor(secrets | secrets_in(os.environ))
    held = logs.hold_warnings(redactor)
    debug = logs.debug(choice.name, root, redactor) if options.debug else None
    notes = _notes(choice, away, debug)
    if question is not None:
        _tell(notes)
    lines = _lines(options)
    watchers: list[Subscriber] = [debug] if debug else []
    if lines is not None and options.output_format == "stream-json":
        watchers.append(lines)
    door = _door(choice, members, away, options, root=root, resume=resume, watchers=watchers)
    asks = question is None and not for_program and sys.stdin.isatty() and sys.stdout.isatty()
    terminal = _terminal(choice, options, held, chat=asks)
    remembered = (*door.chat.notes, *door.chat.difference) if door.chat is not None else ()
    habits = habits_of(os.environ, root, redactor) if asks else None
    gc.freeze()
    gc.enable()
    if question is not None or (door.chat is not None and not asks):
        demand_something(door.chat, question)
        _tell(remembered)
        terminal.tell_warnings()
        with lines or nullcontext():
            return asyncio.run(_answer(door, terminal, question, lines, options.on_interrupted))
    if not sys.stdout.isatty():
        raise UsageError("A chat needs a terminal.", hint='Give the question as an argument: massgen … "question"')
    _welcome(choice, away, terminal, door, demo=options.demo)
    _tell((*notes, *remembered))  # below the start screen, which fills a terminal: what stands above it is never read
    terminal.tell_warnings()
    room = Room(
        agents=describe(choice.configuration),
        away=away,
        door=door,
        config=_config_file(choice, root),
        sessions=others,
        show_history=terminal.show_history,
        show_answer=terminal.show_answer,
        environ=(environ := without_keys(os.environ, members)),
        redactor=redactor,
        clipboard=_clipboard(terminal, environ),
        say=_say,
        keys=TYPED if terminal.display.kind == "linear" else KEYS,
        spoken=terminal.display.kind == "linear",
    )
    return asyncio.run(_converse(door, terminal, room, habits, options.on_interrupted))


def _notes(choice: Choice, away: Mapping[AgentId, str], debug: "DebugLog | None") -> Sequence[str]:
    """What the user should know before the first question."""
    return (
        *choice.notices,
        *last_days(choice.configuration, datetime.now().astimezone().date()),
        *missing_tools(choice.configuration),
        *unused_options(choice.configuration),
        *(f"{agent} stays away: {why}. The team starts without it." for agent, why in away.items()),
        *([f"debug log: {debug.path}"] if debug else []),
    )


def _tell(notes: Sequence[str]) -> None:
    for sentence in notes:
        note(sentence)


def _lines(options: Options) -> "JsonLines | None":
    """What a program reads on stdout, if one does."""
    if options.output_format == "text":
        return None
    from massgen.display.json_lines import JsonLines

    return JsonLines(sys.stdout)


async def _answer(
    door: Door,
    terminal: Terminal,
    question: str | None,
    lines: "JsonLines | None",
    on_interrupted: OnInterrupted | None,
) -> int:
    answered: Answered | None = None
    status = 0
    async with aclosing(door):
        with interrupts() as presses:
            try:
                if door.chat is not None:
                    answered = await unasked(door.chat, terminal, presses, question, on_interrupted)
                    status = _status(answered) if answered else 0
                if question is not None and status != INTERRUPTED:
                    answered = await terminal.ask(door, question, presses)
                    status = _status(answered)
            except (MassGenError, OSError):
                if presses.leaving == 0:  # the terminal may be gone with what ended the program
                    raise
    status = presses.leaving or status
    if lines is not None:
        from massgen.repl.result import result

        lines.write(result(door.chat, answered or dropped(question), status=status))
    return status


def _status(answered: "Answered | None") -> int:
    if answered is None or answered.interrupted:
        return INTERRUPTED
    return NO_ANSWER if answered.text is None else 0


async def _converse(
    door: Door, terminal: Terminal, room: Room, habits: "Habits | None", on_interrupted: OnInterrupted | None
) -> int:
    from massgen.repl.loop import converse  # prompt_toolkit takes 100 ms that a one-shot run need not pay

    async with aclosing(door):
        return await converse(door, terminal, room, habits, on_interrupted=on_interrupted)


def _resumed(session: str, options: Options, root: Path) -> tuple[Path, Options]:
    """The directory of the session that is meant, and the options with the team that it was held with."""
    from massgen.cli.sessions import kept_in, named, with_team_of

    found = named(session, kept_in(root, options, os.environ))
    return found, with_team_of(options, found, root)


def _door(
    choice: Choice,
    members: Mapping[AgentId, Source],
    away: Mapping[AgentId, str],
    options: Options,
    *,
    root: Path,
    resume: Path | None,
    watchers: "Sequence[Subscriber]",
) -> Door:
    if resume is None:
        demand_way_to(Paths(root, choice.configuration.orchestrator.session_storage or "sessions").sessions)
    layout = None
    if choice.configuration.uses_files:
        from massgen.cli.files import layout_of  # only a team with files pays for checking them before the prompt

        layout = layout_of(choice, root, resume=resume)

    def make_chat() -> "Chat":
        from massgen.cli.chat import make

        return make(
            choice.configuration,
            members,
            away,
            name=choice.name,
            root=root,
            turn_s=options.orchestrator_timeout,
            environ=os.environ,
            key_sources=choice.keys,
            layout=layout,
            resume=resume,
            forks=options.fork,
            watchers=watchers,
        )

    # A session that cannot be gone on with is told before the first prompt, for all that it costs.
    return Door(make_chat) if resume is None else Door.opened(make_chat())


def _terminal(choice: Choice, options: Options, held: HeldWarnings, *, chat: bool) -> Terminal:
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None, "astimezone gives one"
    return Terminal.of(
        stdout=sys.stdout,
        stderr=sys.stderr,
        environ=os.environ,
        clock=time.time,
        notice=Notice(how=choice.configuration.ui.notify, after_s=choice.configuration.ui.notify_after_seconds),
        held=held,
        stdin=sys.stdin if chat else None,  # keys typed during a one-shot run are the shell's
        zone=zone,
        requested=options.display,
        configured=choice.configuration.ui.display_type,
        for_program=options.output_format != "text",
        inline=choice.configuration.ui.screen == "inline",
    )


def _welcome(choice: Choice, away: Mapping[AgentId, str], terminal: Terminal, door: Door, *, demo: bool) -> None:
    columns = shutil.get_terminal_size().columns
    if terminal.display.kind == "linear":
        _say(f"Linear display, because of {terminal.display.because}; --display rich turns it off.")
        columns = _UNCUT
    agents, away = (door.chat.agents, door.chat.away) if door.chat else (describe(choice.configuration), away)
    banner = Banner(agents=agents, away=away, demo=demo)
    sys.stdout.write(text(banner, columns=columns, theme=terminal.out) + "\n")
    if door.chat is not None:
        from massgen.repl.moving import going_on

        sys.stdout.write(f"{going_on(door.chat)}\n\n")
    sys.stdout.flush()


def _clipboard(terminal: Terminal, environ: Mapping[str, str]) -> Clipboard:
    """The clipboard; a terminal that is listened to gets no escape byte."""
    is_seen = terminal.display.has_screen and terminal.display.kind != "linear"
    return Clipboard(terminal=terminal.stdout if is_seen else None, environ=environ)


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
    named = _NAMED.match(line)
    hanging = len(named[0]) if named and len(named[0]) <= columns // 2 else len(line) - len(line.lstrip()) + 2
    rows = textwrap.wrap(clean(line), columns, subsequent_indent=" " * hanging, break_on_hyphens=False) or [""]
    sys.stdout.write(sayable("\n".join(rows) + "\n", sys.stdout.encoding))
    sys.stdout.flush()
