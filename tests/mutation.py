"""How many small faults in the rules of the game the tests notice: `make mutants`, explained in `docs/mutation.md`.

Exit status 1 if fewer than 90 % are noticed, or if one that is not has no reason in `docs/mutation.md`.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

WORKSHOP = Path("mutants")
MANUAL = Path("docs/mutation.md")
WANTED = 0.90


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A fault that no test notices; `name` is how mutmut calls it, `change` what stands in its place."""

    name: str
    status: str
    source: str
    diff: tuple[str, ...]

    @property
    def change(self) -> str:
        """How the manual calls it: a name that does not change when other mutants come or go."""
        module = Path(self.source).stem
        function = self.name.rpartition(".")[2].partition("__mutmut")[0].removeprefix("x_").replace("xǁ", "")
        added = [line[1:].strip() for line in self.diff if line.startswith("+")]
        removed = ["without " + line[1:].strip() for line in self.diff if line.startswith("-")]
        return f"`{module}.{function.replace('ǁ', '.')}: {' '.join(added or removed)}`"


def survivors(workshop: Path) -> tuple[Counter[str], list[Survivor]]:
    """How many mutants came to which end, and all that were not killed: time-outs are among them."""
    ends: Counter[str] = Counter()
    left = []
    for meta in sorted(workshop.rglob("*.meta")):
        source = str(meta.relative_to(workshop)).removesuffix(".meta")
        for name, status in json.loads(meta.read_text("utf-8"))["exit_code_by_key"].items():
            end = status_by_exit_code[status]
            ends[end] += 1
            if end != "killed":
                left.append(Survivor(name=name, status=end, source=source, diff=tuple(_changed(name, source))))
    return ends, left


def _changed(name: str, source: str) -> Iterator[str]:
    lines = get_diff_for_mutant(name, path=source).splitlines()[2:]
    return (line for line in lines if line.startswith(("+", "-")))


def main() -> int:
    """Make every mutant and test it, then say what became of them."""
    shutil.rmtree(WORKSHOP, ignore_errors=True)
    mutmut = [sys.executable, "-m", "mutmut", "run", "--max-children", *(sys.argv[1:] or ["1"])]
    subprocess.run(mutmut, check=True)
    ends, left = survivors(WORKSHOP)
    for each in left:
        print(f"\n{each.name} ({each.status})", *each.diff, sep="\n")
    manual = MANUAL.read_text("utf-8")
    unexplained = [each.change for each in left if each.change not in manual]
    if unexplained:
        print(f"\nWithout a reason in {MANUAL}:", *unexplained, sep="\n")
    score = ends["killed"] / ends.total()
    print(f"\n{ends['killed']} of {ends.total()} mutants killed: {score:.2%}. Of the others {_told(ends)}.")
    return int(score < WANTED or bool(unexplained))


def _told(ends: Counter[str]) -> str:
    return ", ".join(f"{number} {end}" for end, number in ends.most_common() if end != "killed") or "none"


if __name__ == "__main__":
    sys.exit(main())
