"""Scripted teams on disk, for tests in which it does not matter what a model says, and nothing may take time."""

from pathlib import Path

ONE = """\
agents:
  - {id: ann, backend: {type: demo, model: scripted, script: script.yaml}}
"""
"""One agent that says what `script.yaml` beside it says."""

THREE = f"""\
{ONE}\
  - {{id: bob, backend: {{type: demo, model: scripted, script: script.yaml}}}}
  - {{id: cyd, backend: {{type: demo, model: scripted, script: script.yaml}}}}
"""
"""Three of them."""

ANSWERS = """\
words_per_second: 0
repeat: true
agents:
  ann:
    draft: [say: "One draft."]
    ballot: [{vote: "Another draft.", because: It is better.}]
    presentation: [say: "The answer to “{question}”."]
  bob:
    draft: [say: "Another draft."]
    ballot: [{vote: "One draft.", because: It is shorter.}]
    presentation: [say: "Bob's answer to “{question}”."]
  cyd:
    draft: [say: "A third draft."]
    ballot: [{vote: "Another draft.", because: It says more.}]
"""
"""Everybody answers at once; of three, bob wins the vote and presents."""

HANGS = """\
words_per_second: 0
repeat: true
agents:
  ann: {presentation: [hang: true]}
"""
"""The one agent never answers."""


def write(project: Path, team: str = ONE, script: str = ANSWERS) -> str:
    """Put a team and its script into a directory; returns what to say after `--config`."""
    (project / "team.yaml").write_text(team, encoding="utf-8")
    (project / "script.yaml").write_text(script, encoding="utf-8")
    return "team.yaml"


REMEMBERS = """\
words_per_second: 0
repeat: true
agents:
  ann: {presentation: [say: "Number {turn}, after “{previous}”."]}
"""


def remembering(project: Path) -> str:
    """A team of one that tells how many questions it knows of, and the last one before."""
    return write(project, script=REMEMBERS)
