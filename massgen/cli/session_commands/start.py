"""From what is asked of sessions to who does it: one function for each verb."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from massgen.cli.here import here
from massgen.cli.options import Options
from massgen.cli.session_commands import listing
from massgen.cli.session_commands.asking import Asked, Verb
from massgen.cli.sessions import kept_in, named
from massgen.errors import UsageError


def carry_out(options: Options) -> int:
    """Do what `massgen sessions …` or `--list-sessions` asks for; returns the exit status."""
    root, asked = here(), options.sessions or Asked(verb="list")
    if options.output_format != "text":
        sentence = f"--list-sessions writes a list for people, and no {options.output_format}."
        raise UsageError(sentence, hint="For a program: massgen sessions list --json")
    kept = kept_in(root, options, os.environ)
    if asked.verb == "list":
        listing.write(kept.near, sys.stdout, as_json=asked.json)
        return 0
    directories = tuple(dict.fromkeys(named(each, kept) for each in asked.sessions))
    _VERBS[asked.verb](asked, directories)
    return 0


def _show(asked: Asked, directories: tuple[Path, ...]) -> None:
    from massgen.cli.session_commands.showing import show

    show(directories[0], asked.turn, stdout=sys.stdout, environ=os.environ)


def _export(asked: Asked, directories: tuple[Path, ...]) -> None:
    from massgen.cli.session_commands.writing import export

    export(asked, directories[0], root=here(), stdout=sys.stdout, environ=os.environ)


def _repair(asked: Asked, directories: tuple[Path, ...]) -> None:
    from massgen.cli.session_commands.repairing import repair

    repair(directories[0], without_asking=asked.yes)


def _delete(asked: Asked, directories: tuple[Path, ...]) -> None:
    from massgen.cli.session_commands.deleting import delete

    delete(directories, without_asking=asked.yes)


_VERBS: Mapping[Verb, Callable[[Asked, tuple[Path, ...]], None]] = MappingProxyType(
    {"show": _show, "export": _export, "repair": _repair, "delete": _delete}
)
