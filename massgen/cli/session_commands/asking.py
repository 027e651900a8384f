"""The command line behind `massgen sessions`: its verbs, and what each of them takes."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from massgen.cli.options import LAST, SESSIONS, Parser

Verb = Literal["list", "show", "export", "repair", "delete"]
ExportFormat = Literal["md", "json"]

_EPILOG = f"""\
examples:
  massgen sessions list
  massgen sessions show last --turn 2
  massgen sessions export last --format md --output talk.md
  massgen sessions repair session_20250108_143022
  massgen sessions delete session_20250108_143022

A question that is only the word {SESSIONS!r}: massgen -- {SESSIONS}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be done, with which sessions; the others are what single verbs take."""

    verb: Verb
    sessions: tuple[str, ...] = ()
    config: str | None = None
    json: bool = False
    turn: int | None = None
    format: ExportFormat = "md"
    output: str | None = None
    force: bool = False
    yes: bool = False


def read(arguments: Sequence[str]) -> Asked:
    """What the words behind `massgen sessions` ask for; `--help` and mistakes end the program, as argparse does."""
    found = vars(_parser().parse_args(arguments))
    return Asked(**found | {SESSIONS: tuple(found.get(SESSIONS, ()))})


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"massgen {SESSIONS}",
        description="What can be done with the sessions of this directory.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, title="verbs")

    def verb(name: Verb, says: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=says, description=f"{says[0].upper()}{says[1:]}.", allow_abbrev=False)
        added.add_argument("--config", metavar="FILE", help="look first where this team keeps its sessions")
        return added

    def one(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(SESSIONS, metavar="ID", nargs=1, help=f"the session; {LAST!r} is the last one")

    listed = verb("list", "list the sessions of this directory, the newest first")
    listed.add_argument("--json", action="store_true", help="as one JSON object, for a program")

    shown = verb("show", "print the history of a session")
    one(shown)
    shown.add_argument("--turn", type=_number, metavar="N", help="only this turn")

    exported = verb("export", "write a session as one document")
    one(exported)
    exported.add_argument(
        "--format", choices=get_args(ExportFormat), default="md", help="md: Markdown, to be read; json: for a program"
    )
    exported.add_argument("--output", metavar="PATH", help="a file that is not there yet; without it, stdout")
    exported.add_argument("--force", action="store_true", help="with --output: replace a file that is there")

    repaired = verb("repair", "write a damaged log anew from what can be read of it")
    one(repaired)
    repaired.add_argument("--yes", action="store_true", help="do not ask before anything is changed")

    deleted = verb("delete", "delete sessions with everything that is kept of them")
    deleted.add_argument(SESSIONS, metavar="ID", nargs="+", help=f"a session; {LAST!r} is the last one")
    deleted.add_argument("--yes", action="store_true", help="do not ask before anything is deleted")
    return parser


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a turn")
    return int(text)
