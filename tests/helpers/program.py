"""MassGen as a user runs it: a program of its own, in an empty project and home, that reaches nobody but loopback."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from tests.helpers.conversation import Conversation

ROOT = Path(__file__).parents[2]
GUARD = ROOT / "tests" / "helpers" / "guard"
TOO_LONG_S = 60
"""No program of a test may take longer; it is stopped then, and its test fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a program ended and what it said."""

    stdout: str
    stderr: str
    status: int

    @property
    def told(self) -> str:
        """stderr without the lines of the plain display, which begin with the seconds of the turn."""
        return "".join(line for line in self.stderr.splitlines(keepends=True) if not line.startswith("["))


def refusal(status: int, stderr: str) -> Ran:
    """Nothing on stdout, these lines on stderr."""
    return Ran(stdout="", stderr=stderr, status=status)


class Program:
    """Starts programs whose project is `place/project`; call it like the command `massgen`.

    The environment is clean: no key, no CI, no locale but UTF-8; `env` adds to it. No program may have tried to reach
    somebody but loopback: `check` says so.
    """

    def __init__(self, place: Path, *, package: Path = ROOT) -> None:
        self.project = place / "project"
        self.home = place / "home"
        self._refused = place / "refused-connections"
        self._package = package
        for directory in (self.project, self.home):
            directory.mkdir(parents=True)

    def __call__(
        self,
        *arguments: str,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        python: Sequence[str] = (),
    ) -> Ran:
        """Run `massgen` to its end; without `stdin` it has nothing to read. `python` are Python's own options."""
        return self.run(*self.command(*arguments, python=python), stdin=stdin, env=env, cwd=cwd)

    def unheard(self, *arguments: str, on: Literal["stdout", "stderr"]) -> Ran:
        """Run `massgen` with nobody at the other end of one stream, which reads as empty."""
        reading, writing = os.pipe()
        os.close(reading)
        try:
            ran = subprocess.run(
                self.command(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=writing if on == "stdout" else subprocess.PIPE,
                stderr=writing if on == "stderr" else subprocess.PIPE,
                encoding="utf-8",
                cwd=self.project,
                env=self.environ(),
                timeout=TOO_LONG_S,
                check=False,
            )
        finally:
            os.close(writing)
            self.check()
        return Ran(stdout=ran.stdout or "", stderr=ran.stderr or "", status=ran.returncode)

    def run(
        self,
        *command: str | Path,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Ran:
        """Run any command to its end in the same surroundings."""
        with self.started(
            *command, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE, env=env, cwd=cwd
        ) as process:
            stdout, stderr = process.communicate(stdin, timeout=TOO_LONG_S)
        return Ran(stdout=stdout, stderr=stderr, status=process.returncode)

    @contextmanager
    def started(
        self,
        *command: str | Path,
        stdin: int | IO[str] = subprocess.DEVNULL,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Iterator[subprocess.Popen[str]]:
        """Run a command beside the test; what still runs at the end of the block is killed."""
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=cwd or self.project,
            env=self.environ(env),
        )
        try:
            with process:
                try:
                    yield process
                except BaseException:
                    process.kill()
                    raise
        finally:
            self.check()

    @contextmanager
    def chat(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        columns: int = 100,
        lines: int = 30,
        answers: bool = True,
    ) -> Iterator[Conversation]:
        """Run `massgen` on a terminal beside the test; what still runs at the end of the block is killed."""
        started = Conversation(
            self.command(*arguments),
            cwd=self.project,
            env=self.environ(env),
            columns=columns,
            lines=lines,
            answers=answers,
        )
        try:
            with started as chat:
                yield chat
        finally:
            self.check()

    def command(self, *arguments: str, python: Sequence[str] = ()) -> Sequence[str]:
        """The command line that starts MassGen."""
        return (sys.executable, *python, "-m", "massgen", *arguments)

    def environ(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What the program finds in its environment."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONPATH": os.pathsep.join(map(str, (GUARD, self._package))),
            "REFUSED_CONNECTIONS": str(self._refused),
            **(more or {}),
        }

    @property
    def refused(self) -> str:
        """The connections that the guard has refused, one in each line; they are forgotten then."""
        if not self._refused.exists():
            return ""
        said = self._refused.read_text(encoding="utf-8")
        self._refused.unlink()
        return said

    def check(self) -> None:
        """Complain about every connection that was refused."""
        refused = self.refused
        assert not refused, refused

    def sessions(self) -> list[Path]:
        """The sessions on disk, oldest first."""
        return sorted(self.project.glob(".massgen/sessions/session_*"))
