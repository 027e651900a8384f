"""The command line: what can be asked of `massgen`, and nothing heavier than argparse to read it."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias, get_args

from massgen import __version__
from massgen.display.choose import Kind
from massgen.printable import clean
from massgen.repl.offer import OnInterrupted

if TYPE_CHECKING:
    from massgen.cli.session_commands.asking import Asked

Format: TypeAlias = Literal["text", "json", "stream-json"]
"""What is written to stdout: an answer to be read, or JSON for a program."""

LAST = "last"
"""The word that stands for the latest session."""

SESSIONS = "sessions"
"""The first word of a command line that asks for something else than an answer."""

_EPILOG = """\
examples:
  massgen --demo                                    a scripted team: no key, no network
  massgen --model gpt-6.1-terra                     chat with one model
  massgen --model gpt-6.1-terra "What is entropy?"  one question, one answer
  massgen --config @examples/basic/multi/three_agents_default.yaml
                                                    a team of three providers
  massgen --continue                                go on where you left off
  git diff | massgen --model gpt-6.1-terra "Review this"
  massgen sessions --help                           list, show, export, repair and delete sessions

Keys are read from the environment: OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY, XAI_API_KEY, …
ACCESSIBLE=1 in the environment asks for --display linear.
Exit status: 0 answered, 2 usage or configuration, 3 no agent answered, 4 session, 130 interrupted.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for; None where nothing was said."""

    question: str | None = None
    config: str | None = None
    model: str | None = None
    backend: str | None = None
    base_url: str | None = None
    demo: bool = False
    display: Kind | None = None
    output_format: Format = "text"
    on_interrupted: OnInterrupted | None = None
    orchestrator_timeout: float | None = None
    resume: str | None = None
    fork: bool = False
    list_sessions: bool = False
    debug: bool = False
    sessions: "Asked | None" = None
    team_of: str = ""
    """The session whose log alone says where requests go; a log may come from anywhere."""


class MisreadError(SystemExit):
    """The command line cannot be read; stderr has been told why, and `sentence` says it too."""

    def __init__(self, sentence: str) -> None:
        super().__init__(2)
        self.sentence = sentence


def parse(arguments: Sequence[str]) -> Options:
    """The options; `--help`, `--version` and mistakes end the program here, as argparse does (status 0 and 2)."""
    if arguments and arguments[0] == SESSIONS:
        from massgen.cli.session_commands.asking import read

        asked = read(arguments[1:])
        return Options(config=asked.config, sessions=asked)
    return Options(**vars(_parser().parse_args(arguments)))


def format_of(arguments: Sequence[str]) -> Format:
    """What stdout is to hold, as far as a command line says that cannot be read as a whole."""
    if arguments and arguments[0] == SESSIONS:
        return "text"
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--output-format", choices=get_args(Format), default="text")
    try:
        found: Format = parser.parse_known_args(arguments)[0].output_format
    except argparse.ArgumentError:
        return "text"
    return found


class Parser(argparse.ArgumentParser):
    """Reads a command line; what it cannot read is a `MisreadError`."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong; what it quotes of the command line may have come from anywhere."""
        try:
            super().error(clean(message))
        except SystemExit:
            raise MisreadError(message) from None


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="massgen",
        description="A team of models from different providers answers every question together.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("question", nargs="?", help="answer this and end; without it, chat")
    team = parser.add_mutually_exclusive_group()
    team.add_argument("--config", metavar="FILE", help="a team from a YAML file, or from @examples/…")
    team.add_argument("--model", metavar="NAME", help="one agent; the provider is told by the name, or provider:name")
    team.add_argument("--demo", action="store_true", help="the embedded demo team: scripted, no key, no network")
    parser.add_argument("--backend", metavar="TYPE", help="with --model: the provider, when the name does not tell")
    parser.add_argument("--base-url", metavar="URL", help="with --model: the address of a compatible server")
    resumed = parser.add_mutually_exclusive_group()
    resumed.add_argument(
        "--continue",
        dest="resume",
        action="store_const",
        const=LAST,
        help="go on with the last session of this directory",
    )
    resumed.add_argument(
        "--resume", "--session-id", metavar="ID", help=f"go on with this session; {LAST!r} is the last one"
    )
    parser.add_argument(
        "--fork",
        action="store_true",
        help="with --continue or --resume: go on with a copy, and leave the session as it is",
    )
    resumed.add_argument("--list-sessions", action="store_true", help="list the sessions of this directory and end")
    parser.add_argument(
        "--on-interrupted",
        choices=get_args(OnInterrupted),
        help="what becomes of a turn in whose middle MassGen died; without it a chat asks, and a run without a "
        "terminal goes on with the turn, or with a new question drops it",
    )
    parser.add_argument("--debug", action="store_true", help="write agent_outputs/log_…/massgen_debug.log")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "--display",
        choices=get_args(Kind),
        help="rich: live panels; plain: one line for each event, on stderr; linear: sentences, for a screen reader",
    )
    shown.add_argument(
        "--no-display", dest="display", action="store_const", const="plain", help="the same as --display plain"
    )
    parser.add_argument(
        "--output-format",
        choices=get_args(Format),
        default="text",
        help="with a question, what stdout holds: the answer, a JSON object, or one JSON line for each event",
    )
    parser.add_argument(
        "--orchestrator-timeout", type=_seconds, metavar="SECONDS", help="end a turn after so long (default 1800)"
    )
    parser.add_argument("-V", "--version", action="version", version=f"massgen {__version__}")
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and 86400 seconds")
    return seconds
