"""What stays after a turn: an honest line, and an answer that can be copied."""

import io
from decimal import Decimal

import pytest
from rich.cells import cell_len
from rich.console import Console

from massgen.ballots import Score, Tally
from massgen.display.answer import print_answer, summary_line
from massgen.display.screen import Screen
from massgen.display.theme import ASCII
from massgen.events import BallotClosed, PresentationEnded, TurnEnded, UsageCounted, WinnerSelected
from tests.display.golden import check
from tests.display.scene import Scene
from tests.helpers.payloads import PAYLOADS, acting

TEAM = ("openai_agent_1", "gemini_agent_2", "grok_agent_3")


def voted() -> Scene:
    scene = Scene(*TEAM).asks(*TEAM).drafts(*TEAM).opens().asks(*TEAM, stage="ballot")
    for agent in TEAM:
        scene.votes(agent, "openai_agent_1" if agent != TEAM[0] else TEAM[1])
    return scene.later(6.1)


def test_a_ballot_names_the_winner_and_its_votes() -> None:
    scene = voted().wins("openai_agent_1", votes=2).ends("openai_agent_1", because="winner_reuse")
    assert summary_line(scene.screen) == "◆ 3 agents · 1 round · winner openai_agent_1 (2 of 3 votes) · 6.1 s"
    assert summary_line(scene.screen, symbols=ASCII) == (
        "* 3 agents - 1 round - winner openai_agent_1 (2 of 3 votes) - 6.1 s"
    )


def test_what_the_turn_cost_stands_before_its_time() -> None:
    scene = voted().tell(UsageCounted(agent=TEAM[0], call=1, usage=None, price=Decimal("0.0123")))
    scene.wins("openai_agent_1", votes=2).ends("openai_agent_1", because="winner_reuse")
    assert summary_line(scene.screen) == "◆ 3 agents · 1 round · winner openai_agent_1 (2 of 3 votes) · $0.0123 · 6.1 s"


def test_a_presentation_that_says_something_else_is_called_a_presented_version() -> None:
    scene = voted().wins("openai_agent_1", votes=2).presents("openai_agent_1").ends("openai_agent_1", "Better words.")
    assert summary_line(scene.screen) == (
        "◆ 3 agents · 1 round · winner openai_agent_1 (2 of 3 votes) · presented version · 6.1 s"
    )


def test_a_presentation_that_failed_says_that_the_old_text_stands() -> None:
    scene = voted().wins("openai_agent_1", votes=2).presents("openai_agent_1")
    scene.ends("openai_agent_1", because="the presentation failed")
    assert summary_line(scene.screen) == (
        "◆ 3 agents · 1 round · winner openai_agent_1 (2 of 3 votes) · "
        "the text as voted on: the presentation failed · 6.1 s"
    )


def test_who_did_not_answer_is_named_with_the_reason() -> None:
    scene = Scene(*TEAM).asks(*TEAM).drafts(*TEAM[:2]).fails("grok_agent_3").opens().votes(TEAM[0], TEAM[1])
    scene.later(75).wins(TEAM[1], votes=1).ends(TEAM[1])
    assert summary_line(scene.screen) == (
        "◆ 2 of 3 agents answered; grok_agent_3: rate limited · 1 round · winner gemini_agent_2 (1 of 1 vote) · "
        "1 min 15 s"
    )


def test_who_was_too_late_to_answer_is_named_even_if_it_voted() -> None:
    scene = Scene("ann", "bob", "cyd").asks("ann", "bob", "cyd").drafts("ann", "bob").stops("cyd", "too_late").opens()
    scene.votes("cyd", "ann").wins("ann", votes=1).ends("ann")
    assert summary_line(scene.screen) == (
        "◆ 2 of 3 agents answered; cyd: too late · 1 round · winner ann (1 of 1 vote) · 0.0 s"
    )


def test_a_winner_by_approval_is_not_said_to_have_more_votes_than_it_has() -> None:
    scene = voted()
    score = Score(candidate="c-openai_agent_1", score=3.0, firsts=2.0, supporters=1)
    scene.tell(BallotClosed(number=1, tally=Tally(rule="approval", scores=(score,)), because="all_done"))
    scene.tell(WinnerSelected(agent=TEAM[0], label="agent1.1", because="ballot")).ends(TEAM[0])
    assert summary_line(scene.screen) == "◆ 3 agents · 1 round · winner openai_agent_1 (approved by 3 of 3) · 6.1 s"


def test_consensus_needs_no_ballot() -> None:
    scene = Scene(*TEAM).asks(*TEAM).drafts(*TEAM).wins(TEAM[1], "consensus").ends(TEAM[1])
    assert summary_line(scene.screen) == (
        "◆ 3 agents · Consensus, no ballot needed · presented by gemini_agent_2 · 0.0 s"
    )


def test_a_single_agent_is_just_named() -> None:
    scene = (
        Scene("ann").asks("ann").drafts("ann").wins("ann", "single_agent").later(2).ends("ann", "The answer of ann.")
    )
    assert summary_line(scene.screen) == "◆ 1 agent · ann · 2.0 s"


def test_a_turn_cut_short_says_so() -> None:
    scene = voted().tell(WinnerSelected(agent=TEAM[0], label="agent1.1", because="partial"))
    scene.ends(TEAM[0], outcome="partial", because="cancelled")
    assert summary_line(scene.screen) == ("◆ 3 agents · 1 round · best so far openai_agent_1 · stopped by you · 6.1 s")


def test_a_turn_without_an_answer_gives_every_reason() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").fails("ann", "auth").fails("bob", "network")
    scene.tell(TurnEnded(turn=1, outcome="failed", because="no agent answered"))
    assert summary_line(scene.screen) == "✗ no agent answered · ann: key refused; bob: network failed · 0.0 s"


def test_a_cancelled_turn_says_how_far_it_came() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").drafts("ann")
    scene.tell(TurnEnded(turn=1, outcome="cancelled"), after=1.0)
    assert summary_line(scene.screen) == "◆ cancelled; 1 of 2 agents had answered · 1.0 s"


MARKDOWN = """\
# A heading

Some *prose* with `Vec<String>` in Vec<String>, and a [link](https://example.org/x).
A line end that stays one.

```python
def a_function_with_a_long_line(first, second, third): return first + second + third  # no wrap, please
\tindented
```

- one
  - nested, with a long line of text that has to be wrapped somewhere in the middle
- two

  ```
  code in a list that is also much longer than the sixty columns of this terminal
  ```

3. third
4. fourth

> quoted

| a | b |
|---|---|
| 1 | 2 |

Done.
"""


URL = "https://example.org/a/very/long/path/that/never/ends/and/goes/on/and/on/and/on/index.html?query=1&more=2"
BROAD = f"""\
# A heading with 日本語

See {URL} for more, or this [link]({URL}).

日本語の文章は空白がないので、行の途中で折り返す必要があります。これはとても長い文章で、六十桁の端末では数行になります。

| name | what it does | where |
|:-----|:------------:|------:|
| `read_file` | reads a file that stands below a directory that may be read | https://example.org/{"long/" * 8} |
| 日本語 | a \\| b | x |

| a | b |
|---|:-:|
| 1 | 二 |
| one hundred | 2 |

1. one
   1. nested with a long line of text that has to be wrapped somewhere in the middle of it
      - deeper {URL}

        ```sh
        a command that is much longer than sixty columns --with --many --options and --more --of --them
        ```

> quoted text that is long enough to be wrapped at sixty columns, and quoted again
> > deeper

---

- [x] done ~~struck~~ **bold** *it*
"""


def on_a_terminal(markdown: str, width: int = 60) -> str:
    file = io.StringIO()
    print_answer(Console(file=file, force_terminal=True, no_color=True, width=width, color_system=None), markdown)
    return file.getvalue()


def test_markdown_is_rendered_ready_to_be_copied() -> None:
    output = on_a_terminal(MARKDOWN)
    assert [line for line in output.splitlines() if line != line.rstrip()] == []
    assert (
        "def a_function_with_a_long_line(first, second, third): return first + second + third  # no wrap, please\n"
        in output
    )
    check("answer", output)


def test_what_is_wider_than_the_text_stays_whole_on_every_terminal() -> None:
    outputs = {width: on_a_terminal(BROAD, width) for width in (60, 80, 200)}
    for output in outputs.values():
        assert [line for line in output.splitlines() if line != line.rstrip()] == []
        assert output.count(URL) == 3
        assert output.count("a command that is much longer than sixty columns --with --many --options and") == 1
        assert "https://example.org/long/long/long/long/long/long/long/long/" in output
        assert "reads a file that stands below a directory that may be read" in output
    check("answer-broad", "\n".join(f"== {width} columns\n{output}" for width, output in outputs.items()))


def test_without_utf8_a_table_is_ruled_with_ascii() -> None:
    file = io.TextIOWrapper(raw := io.BytesIO(), encoding="ascii")
    print_answer(
        Console(file=file, force_terminal=True, color_system=None, width=60), "| a | b |\n|---|---|\n| 1 | 2 |"
    )
    file.flush()
    assert raw.getvalue().decode("ascii") == "a  b\n----\n1  2\n"


def test_prose_is_not_stretched_over_a_wide_terminal() -> None:
    assert max(cell_len(line) for line in on_a_terminal("word " * 100, width=250).splitlines()) <= 100


def test_into_a_pipe_goes_the_raw_markdown() -> None:
    file = io.StringIO()
    print_answer(Console(file=file, width=20), MARKDOWN)
    assert file.getvalue() == MARKDOWN


def test_an_encoding_that_lacks_characters_gets_question_marks() -> None:
    for is_terminal in (True, False):
        raw = io.BytesIO()
        file = io.TextIOWrapper(raw, encoding="ascii")
        print_answer(Console(file=file, force_terminal=is_terminal, color_system=None, width=60), "- é → 日本")
        file.flush()
        assert raw.getvalue().decode("ascii").strip() == "- ? ? ??"


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_answer_can_act_on_the_terminal(payload: str) -> None:
    blocks = (payload, f"# {payload}", f"- {payload}", f"```{payload}\n{payload}\n```", f"|{payload}|\n|-|")
    shapes = "\n\n".join((*blocks, f"[{payload}](x{payload})"))
    assert acting(on_a_terminal(shapes)) == []
    file = io.StringIO()
    print_answer(Console(file=file), shapes)
    assert acting(file.getvalue()) == []


def test_markdown_that_is_an_attack_is_printed_as_it_is() -> None:
    deep = "".join("  " * depth + "- x\n" for depth in range(2_000))
    assert on_a_terminal(deep) == deep
    line = "*a " * 20_000
    assert on_a_terminal(line) == line.rstrip() + "\n"


def test_before_any_turn_there_is_still_a_line() -> None:
    assert summary_line(Screen()) == "◆ cancelled; 0 of 0 agents had answered"


def test_an_answer_that_ran_into_its_limit_says_so() -> None:
    scene = Scene("ann").asks("ann").drafts("ann").wins("ann", "single_agent")
    shown = PresentationEnded(
        agent="ann", label="agent1.1", text="The answer of ann.", source="presented", truncated=True
    )
    scene.tell(shown, TurnEnded(turn=1, outcome="answered"))
    assert summary_line(scene.screen) == "◆ 1 agent · ann · cut off by the model's length limit · 0.0 s"
