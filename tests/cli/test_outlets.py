"""What a whole run looks like on a narrow terminal, without colour, and without UTF-8, in each way to show it."""

import re
from collections.abc import Mapping

import pytest

from tests.display.golden import check
from tests.helpers import teams
from tests.helpers.program import Program

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A locale that Python believes: it would take UTF-8 for granted otherwise."""

MARKDOWN = """\
words_per_second: 0
repeat: true
agents:
  ann: {draft: [say: "# One"], ballot: [{vote: "| a | b", because: "It is better – by far."}]}
  bob:
    draft: [say: "| a | b |\\n|---|---|\\n| 1 | 2 |"]
    ballot: [{vote: "# One", because: It is shorter.}]
    presentation: [say: "## Naïve\\n\\nAn *answer* for 日本 that is longer than a row of this terminal.\\n\\n- `code`"]
  cyd: {draft: [say: "Third."], ballot: [{vote: "| a | b", because: It says more.}]}
"""


@pytest.mark.parametrize(
    "env",
    [
        pytest.param({}, marks=pytest.mark.slow, id="colour"),
        pytest.param({"NO_COLOR": "1"}, marks=pytest.mark.slow, id="no-colour"),
        pytest.param(ASCII, id="ascii"),
    ],
)
@pytest.mark.parametrize("kind", ["rich", "plain", "linear"])
def test_a_run_on_a_narrow_terminal(massgen: Program, kind: str, env: Mapping[str, str]) -> None:
    config = teams.write(massgen.project, teams.THREE, MARKDOWN)
    with massgen.chat("--config", config, "--display", kind, "Why?", env=env, columns=40, lines=40) as run:
        assert run.wait_for_end() == 0
        seen = run.text
        said = bytes(run.written).removesuffix(b"\x1b]0;ended\x07")
    colours = set(re.findall(rb"\x1b\[([\d;]+)m", said)) - {b"0", b"1", b"2", b"3", b"4"}
    assert (kind == "linear" or "NO_COLOR" in env) <= (colours == set())
    assert kind != "linear" or b"\x1b" not in said
    assert env is not ASCII or seen.isascii()
    if kind == "linear":  # where a row ends depends on how long an answer took
        seen = re.sub(r"after (less than a|\d+) seconds?", "after a moment", seen.replace("\n  ", " "))
    seen = re.sub(r"\d+\.\d( ?)s", r"0.0\1s", seen)
    check(f"run-{kind}-{'ascii' if env is ASCII else 'utf-8'}", seen)
