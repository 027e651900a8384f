"""A demo script becomes lines, or is refused with one line for everything that is wrong with it."""

from pathlib import Path

import pytest

from massgen.config.script import AgentScript, Fail, Hang, Revise, Say, Script, Vote, load_script
from massgen.errors import ConfigError
from massgen.messages import Problem


def script(directory: Path, text: str) -> Script:
    path = directory / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return load_script(path)


def test_every_kind_of_line_is_understood(tmp_path: Path) -> None:
    text = """\
words_per_second: 0
repeat: yes
agents:
  ann:
    draft:
      - wait: 0.8
        think: Hm.
        say: |
          It is {question}.
      - say: ""
    ballot:
      - vote: 1.10
        also: [no, "in {short}"]
        because: It is short.
      - revise: Better.
        wait: 2
      - fail: {kind: rate_limit, text: Slow down., status: 429, retry_after: 2}
        wait: 1
      - hang: true
  bob: {}
"""
    assert script(tmp_path, text) == Script(
        words_per_second=0,
        repeat=True,
        agents={
            "ann": AgentScript(
                draft=(Say(text="It is {question}.\n", think="Hm.", wait=0.8), Say(text="")),
                ballot=(
                    Vote(phrase="1.10", also=("no", "in {short}"), because="It is short."),
                    Revise(text="Better.", wait=2),
                    Fail(problem=Problem(kind="rate_limit", text="Slow down.", status=429, retry_after=2), wait=1),
                    Hang(),
                ),
            ),
            "bob": AgentScript(),
        },
    )


def test_a_script_speaks_at_sixty_words_a_second_and_once_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert script(tmp_path, "agents: {ann: {draft: [say: Hello.]}}\n") == Script(
        words_per_second=60, repeat=False, agents={"ann": AgentScript(draft=(Say(text="Hello."),))}
    )


def test_everything_wrong_with_a_script_is_said_at_once(tmp_path: Path) -> None:
    text = """\
words_per_second: fast
agents:
  ann:
    drafts: []
    draft:
      - say: a
        wait: -1
    ballot:
      - say: a
        vote: b
      - think: Hm.
      - fail: {kind: rat_limit, text: no}
      - hang: maybe
      - say: a
        because: b
      - nothing
      - vote: ""
"""
    with pytest.raises(ConfigError) as error:
        script(tmp_path, text)
    assert str(error.value).replace(f"{tmp_path}/", "") == (
        """\
script.yaml:1:19: words_per_second: must be a number, not 'fast'
script.yaml:4:5: agents.ann.drafts: unknown key; did you mean draft?
script.yaml:7:15: agents.ann.draft[0].wait: must be at least 0, not '-1'
script.yaml:9:9: agents.ann.ballot[0]: """
        """a line does exactly one of say, vote, revise, fail and hang; this one has say and vote
script.yaml:11:9: agents.ann.ballot[1]: """
        """a line does exactly one of say, vote, revise, fail and hang; this one has none of them
script.yaml:12:22: agents.ann.ballot[2].fail.kind: """
        """must be auth, rate_limit, overloaded, context_length, quota, unknown_model, bad_request, network, """
        """timeout, refused, truncated, malformed or empty, not 'rat_limit'; did you mean rate_limit?
script.yaml:13:15: agents.ann.ballot[3].hang: must be true, not 'maybe'
script.yaml:14:9: agents.ann.ballot[4]: because cannot go together with say
script.yaml:16:9: agents.ann.ballot[5]: must be a mapping (`key: value` lines), not 'nothing'
script.yaml:17:15: agents.ann.ballot[6].vote: must not be empty"""
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "script.yaml: is empty; it needs `agents:`"),
        ("repeat: true\n", "script.yaml:1:1: agents: is missing"),
        ("agents: {}\n", "script.yaml:1:9: agents: must not be empty"),
        ("agents: {ann: {}, ann: {}}\n", "script.yaml:1:19: agents.ann: is given twice (first at 1:10); keep one"),
    ],
)
def test_a_script_without_agents_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        script(tmp_path, text)
    assert str(error.value).replace(f"{tmp_path}/", "") == sentence
