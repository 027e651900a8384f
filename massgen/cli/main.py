"""From arguments to an exit status: the outermost border of the program."""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType

from massgen.cli import options
from massgen.cli.report import report
from massgen.errors import MassGenError

INTERRUPTED = 130
PIPE_CLOSED = 141
INTERNAL = 1


def run(arguments: Sequence[str]) -> int:
    """Run MassGen; every way to end is an exit status and at most a few lines on stderr."""
    try:
        chosen = options.parse(arguments)
    except SystemExit as end:  # argparse has said all there is to say
        return int(end.code or 0)
    _end_orderly_on_signals()
    try:
        from massgen.cli.assembly import start

        status = start(chosen)
        sys.stdout.flush()
    except MassGenError as error:
        report(error)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left; what Python still holds for stdout has nowhere to go at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception:  # noqa: BLE001 - main: the last border
        traceback.print_exc()
        sys.stderr.write("massgen: this is a mistake of MassGen itself; the lines above say where.\n")
        return INTERNAL
    return status


def _end_orderly_on_signals() -> None:
    """SIGTERM and SIGHUP leave through the `finally` clauses, which put the terminal and the session in order."""

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)
