"""A process that has imported everything once and forks a child for each task: `python -m tests.crash.nursery`.

Tasks come as lines of JSON on stdin, with `after_s` for a child that is killed so long after its beginning; how each
child ended goes to stdout. `Nursery` is the other end.
"""

import json
import os
import select
import signal
import subprocess
import sys
import traceback
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Final

from tests.crash.child import Task, run

ROOT: Final = Path(__file__).parents[2]
KILLED: Final = -signal.SIGKILL
_TOO_LONG_S: Final = 30.0


class Nursery:
    """Runs tasks in children that nothing but the kernel cleans up after."""

    def __enter__(self) -> "Nursery":
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TZ": "UTC"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=ROOT,
            env=environ,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def __call__(self, task: Task, *, after_s: float | None = None) -> int:
        """Run a task; returns its exit status, negative for the signal that ended it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"task": asdict(task), "after_s": after_s}) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        ending, held = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ending)
            status = 1
            try:
                run(Task(**asked["task"]))
                status = 0
            except BaseException:  # noqa: BLE001 - the end of a process: what it was is its status
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(held)
        limit = asked["after_s"] if asked["after_s"] is not None else _TOO_LONG_S
        if not select.select([ending], [], [], limit)[0]:  # it has not let go of its end: it runs
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        os.close(ending)
        _, how = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(how)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
