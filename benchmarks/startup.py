"""How long MassGen takes to start: `python benchmarks/startup.py [runs]`.

Prints medians of wall time in milliseconds, from spawning the process: `--version`, `--help`, and the first prompt of a
chat with the demo team and with three providers, seen in a pseudo-terminal of 80×24. Goals: 150, 150, 400, 400.
"""

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence

PROGRAM = (sys.executable, "-m", "massgen")
TEAM = "@examples/basic/multi/three_agents_default.yaml"
KEYS = {"OPENAI_API_KEY": "none", "GEMINI_API_KEY": "none", "XAI_API_KEY": "none"}


def main() -> None:
    """Measure and print the table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    with tempfile.TemporaryDirectory() as directory:
        rows = (
            ("--version", [_until_end(["--version"], directory) for _ in range(runs)]),
            ("--help", [_until_end(["--help"], directory) for _ in range(runs)]),
            ("first prompt, --demo", [until_prompt(["--demo"], directory) for _ in range(runs)]),
            ("first prompt, three providers", [until_prompt(["--config", TEAM], directory) for _ in range(runs)]),
        )
    for name, seconds in rows:
        print(f"{name:30} {statistics.median(seconds) * 1000:6.0f} ms   (of {runs}: {min(seconds) * 1000:.0f} at best)")


def _until_end(arguments: Sequence[str], directory: str) -> float:
    began = time.perf_counter()
    subprocess.run([*PROGRAM, *arguments], cwd=directory, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def until_prompt(arguments: Sequence[str], directory: str) -> float:
    """Seconds from starting MassGen in a directory until its prompt is on the terminal."""
    began = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(directory)
        os.execvpe(PROGRAM[0], [*PROGRAM, *arguments], {**os.environ, **KEYS, "TERM": "xterm-256color"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    seen = b""
    try:
        while b"You:" not in seen:
            if not select.select([terminal], [], [], 10)[0]:
                raise TimeoutError("no prompt after 10 s")
            more = os.read(terminal, 65536)
            seen += more
            if b"\x1b[6n" in more:
                os.write(terminal, b"\x1b[1;1R")
        return time.perf_counter() - began
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


if __name__ == "__main__":
    main()
