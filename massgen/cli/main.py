"""From arguments to an exit status: the outermost border of the program."""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

from massgen.cli import options
from massgen.cli.report import report
from massgen.errors import MassGenError, UsageError
from massgen.printable import clean

INTERRUPTED = 130
PIPE_CLOSED = 141
INTERNAL = 1


def run(arguments: Sequence[str]) -> int:
    """Run MassGen; every way to end is an exit status and at most a few lines on stderr."""
    _stand_in_for_closed_streams()
    secrets: set[str] = set()
    try:
        chosen = options.parse(arguments)
        _end_orderly_on_signals()
        if chosen.sessions is not None or chosen.list_sessions:
            from massgen.cli.session_commands.start import carry_out

            return _flushed(carry_out(chosen))
        gc.disable()  # importing makes objects by the hundred thousand and hardly any garbage; `start` enables it again
        from massgen.cli.assembly import start

        return _flushed(start(chosen, secrets))
    except options.MisreadError as misread:
        _tell_program(arguments, UsageError(misread.sentence))
        raise
    except MassGenError as error:
        report(error)
        _tell_program(arguments, error)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return PIPE_CLOSED  # whoever read our output has left
    except Exception:  # noqa: BLE001 - main: the last border
        from massgen.session.redaction import Redactor, secrets_in

        sys.stderr.write(clean(Redactor(secrets | secrets_in(os.environ)).clean(traceback.format_exc())))
        sys.stderr.write("massgen: this is a mistake of MassGen itself; the lines above say where.\n")
        _tell_program(arguments, MassGenError("This is a mistake of MassGen itself; stderr says where."))
        return INTERNAL
    finally:
        _let_go_of_streams()


def _tell_program(arguments: Sequence[str], error: MassGenError) -> None:
    """Say the same on stdout as JSON, if a program reads there; a stdout that cannot be written has been said."""
    if options.format_of(arguments) != "text":
        from massgen.display.json_lines import line
        from massgen.repl.result import refused

        with suppress(OSError):
            sys.stdout.write(line(refused(error)))
            sys.stdout.flush()


def _flushed(status: int) -> int:
    """The exit status once all output is written; a terminal that is gone does not change how the program ended."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if status == 0:
            raise MassGenError(f"The output cannot be written to stdout: {error.strerror}.") from error
    return status


def _stand_in_for_closed_streams() -> None:
    """A stream that was closed (`2>&-`) leads nowhere: Python has None for it, and the next file would get its number.

    /dev/null takes the lowest free number, which in this order is the stream's own.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open until the end


def _let_go_of_streams() -> None:
    """What Python still holds for a stream that cannot be written has nowhere to go, and must not fail at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _end_orderly_on_signals() -> None:
    """SIGTERM and SIGHUP leave through the `finally` clauses, which put the terminal and the session in order."""

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)
