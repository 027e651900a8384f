"""Whatever strangers write, wherever it is shown: nothing of it acts on the terminal."""

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from massgen.agents import AgentDescription
from massgen.display import banner, panels
from massgen.display.answer import changed_line, print_answer, summary_line
from massgen.display.boxes import phase_box
from massgen.display.history import History, history
from massgen.display.pager import Pager
from massgen.display.plain import PlainDisplay
from massgen.display.theme import PLAIN, Row, plain
from massgen.events import (
    Abstained,
    CallStarted,
    FilesDelivered,
    ForeignToolUsed,
    PresentationEnded,
    ReplyRefused,
    SessionStarted,
    ToolEnded,
    ToolStarted,
    TurnEnded,
    TurnStarted,
)
from massgen.messages import ReasoningDelta, TextDelta
from massgen.repl.held import HeldWarnings
from massgen.repl.terminal import Terminal
from massgen.session.redaction import Redactor
from tests.display.scene import START, Scene
from tests.helpers.payloads import PAYLOADS, acting

SIZES = ((120, 40), (100, 24), (60, 12), (30, 9), (41, 4), (20, 2), (12, 1))
"""From panels below a box to one line alone."""


# -- turns in which everything that can be said is hostile -----------------------------------------------------------


def drafting(text: str, letter_by_letter: bool = False) -> Scene:
    """Two agents write, think and use tools."""
    scene = Scene(f"ann{text}", "bob")
    scene.tell(SessionStarted(format=1, massgen=text, session=text, config=text, agents=(_described(text),)))
    scene.tell(TurnStarted(turn=1, question=text, agents=scene.agents, seed=text))
    ann = scene.agents[0]
    scene.tell(CallStarted(agent=ann, call=1, stage="draft", because=text)).asks("bob")
    for piece in text if letter_by_letter else [text]:
        scene.screen = _heard(scene, ann, piece)
    scene.tell(ToolStarted(agent=ann, call=1, id=text, name=text, arguments={text: [text, {text: text}]}))
    return scene


def used_tools(text: str) -> Scene:
    """All tools have failed, on files of such names."""
    scene = drafting(text)
    ann = scene.agents[0]
    ended = ToolEnded(agent=ann, call=1, id=text, name=text, text=text, is_error=True, changed=f"/home/{text}")
    return scene.tell(ended, ForeignToolUsed(agent=ann, call=1, name=text, detail=text, is_error=True, changed=text))


def failing(text: str) -> Scene:
    """One agent tries again, the other is refused."""
    scene = drafting(text)
    return scene.retries(scene.agents[0]).tell(ReplyRefused(agent="bob", call=1, reason=text)).fails("bob", text=text)


def voting(text: str) -> Scene:
    """Votes with reasons, on the first answers."""
    scene = drafting(text)
    ann = scene.agents[0]
    scene.drafts(*scene.agents, text=text).opens().asks(*scene.agents, stage="ballot")
    scene.votes("bob", ann, reason=text).tell(Abstained(agent=ann, ballot=1, call=2, reason=text))
    return scene


def presenting(text: str) -> Scene:
    """The winner writes to the user."""
    scene = voting(text)
    ann = scene.agents[0]
    scene.wins(ann, votes=1).presents(ann)
    return scene.part(ann, TextDelta(text))


def ended(text: str) -> Scene:
    """Nothing came of it, for such reasons."""
    scene = presenting(text)
    ann = scene.agents[0]
    scene.tell(FilesDelivered(turn=1, agent=ann, path=text))
    scene.tell(PresentationEnded(agent=ann, label="agent1.1", text=f"{text}!", source="presented", because=text))
    return scene.tell(TurnEnded(turn=1, outcome="partial", because=text))


def failed(text: str) -> Scene:
    """A turn without any answer."""
    scene = failing(text).missing("bob")
    return scene.tell(TurnEnded(turn=1, outcome="failed", because=text))


def _described(text: str) -> AgentDescription:
    return AgentDescription(agent=text, model=text, provider=text)


def _heard(scene: Scene, agent: str, text: str) -> "panels.Screen":
    scene._calls[agent] = 1
    return scene.part(agent, ReasoningDelta(text)).part(agent, TextDelta(text)).screen


MOMENTS: Mapping[str, Callable[[str], Scene]] = {
    "drafting": drafting,
    "letter by letter": lambda text: drafting(text, letter_by_letter=True),
    "tools": used_tools,
    "failing": failing,
    "voting": voting,
    "presenting": presenting,
    "ended": ended,
    "failed": failed,
}


# -- the widgets -----------------------------------------------------------------------------------------------------


def live(scene: Scene, text: str, *, focus: bool = False, typed: bool = False) -> list[Row]:
    """The live view at all sizes."""
    return [
        row
        for columns, lines in SIZES
        for row in panels.rows(
            scene.screen,
            width=columns,
            height=lines,
            now=scene.now + 30,
            theme=PLAIN,
            hint="Ctrl+C stops",
            focus=scene.agents[0] if focus else "",
            typed=text if typed else "",
        )
    ]


def paged(scene: Scene) -> list[Row]:
    """The history in its window, at its beginning and at its end."""
    shown = History(theme=PLAIN, records=scene.records)
    return [
        row
        for columns, lines in ((60, 12), (20, 2))
        for follows in (True, False)
        for row in Pager(shown, theme=PLAIN, follows=follows).rows(columns, lines)
    ]


def start_screen(text: str) -> list[Row]:
    shown = banner.Banner(agents=(_described(text), _described("b")), away={text: text, "b": text})
    return [row for columns in (120, 80, 60, 30) for row in banner.rows(shown, columns=columns, theme=PLAIN)]


ROWS: Mapping[str, Callable[[Scene, str], Iterable[Row]]] = {
    "live view": live,
    "one agent": lambda scene, text: live(scene, text, focus=True),
    "composer": lambda scene, text: live(scene, text, typed=True),
    "box": lambda scene, _: [
        row for width in (20, 44, 100) for row in phase_box(scene.screen, width=width, now=START, theme=PLAIN)
    ],
    "history": lambda scene, _: [
        row for columns in (20, 100) for row in history(scene.records, columns=columns, theme=PLAIN)
    ],
    "pager": lambda scene, _: paged(scene),
    "start screen": lambda _, text: start_screen(text),
}
"""What is drawn row by row, where a newline would act as well."""


def plain_lines(scene: Scene) -> str:
    stream = io.StringIO()
    display = PlainDisplay(stream, PLAIN)
    for record in scene.records:
        display.record(record)
    return stream.getvalue()


def told(text: str) -> str:
    """What a terminal is told besides answers: notes, warnings, refusals."""
    stream, held = io.StringIO(), HeldWarnings(Redactor(()))
    speaking = Terminal.of(stdout=stream, stderr=stream, environ={}, clock=lambda: START, held=held, requested="plain")
    speaking.tell(f"massgen: {text}\n  {text}")
    return stream.getvalue()


LINES: Mapping[str, Callable[[Scene, str], str]] = {
    "plain lines": lambda scene, _: plain_lines(scene),
    "summary line": lambda scene, _: summary_line(scene.screen),
    "changed files": lambda scene, _: changed_line(scene.screen, Path("/home")),
    "told": lambda _, text: told(text),
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("widget", ROWS)
def test_no_row_acts(widget: str, moment: str) -> None:
    for payload in PAYLOADS:
        text = f"before {payload} behind"
        rows = [plain(row) for row in ROWS[widget](MOMENTS[moment](text), text)]
        assert (payload, [row for row in rows if acting(row) or "\n" in row or "\t" in row]) == (payload, [])


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("widget", LINES)
def test_no_line_acts(widget: str, moment: str) -> None:
    for payload in PAYLOADS:
        text = f"before {payload} behind"
        assert (payload, acting(LINES[widget](MOMENTS[moment](text), text))) == (payload, [])


# -- the final answer ------------------------------------------------------------------------------------------------

SHAPES = (
    "{}",
    "# {}",
    "- {}\n  - {}",
    "1. {}",
    "> {}",
    "`{}` **{}** ~~{}~~",
    "```{}\n{}\n```",
    "    {}",
    "| {} | b |\n|---|---|\n| {} | {} |",
    "[{}](https://example.com/{})",
    "[{}](<https://example.com/{}> '{}')",
    "![{}](https://example.com/{}.png)",
    "<https://example.com/{}>",
    "<a{}@example.com>",
    "[a]\n\n[a]: https://example.com/{} '{}'",
    "<b title='{}'>{}</b>",
    "text\\\n{}  \n{}",
)
"""Everything in Markdown that text can stand in."""

SPELT: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "in entities": lambda text: "".join(f"&#x{ord(each):X};" for each in text),
    "in percents": lambda text: "".join(f"%{each:02x}" for each in text.encode("utf-8", "replace")),
}
"""Markdown decodes what it reads: a character that is no control yet may become one."""

NAMED = "&lrm; &rlm; &ZeroWidthSpace; &NoBreak; &shy; &Tab; &NewLine; &InvisibleTimes; &ApplyFunction; &zwnj;"


@pytest.mark.parametrize("spelling", SPELT)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_answer_acts_however_it_is_spelt(shape: str, spelling: str) -> None:
    for payload in PAYLOADS:
        text = shape.replace("{}", SPELT[spelling](payload))
        assert (payload, acting(rendered(text))) == (payload, [])


def test_no_answer_acts_behind_a_pipe() -> None:
    for payload in PAYLOADS:
        file = io.StringIO()
        print_answer(Console(file=file), "\n\n".join(SHAPES).replace("{}", payload))
        assert (payload, acting(file.getvalue())) == (payload, [])


def test_no_named_entity_acts() -> None:
    for shape in SHAPES:
        assert acting(rendered(shape.replace("{}", NAMED))) == []


@given(
    st.lists(
        st.sampled_from((*SHAPES, *PAYLOADS, NAMED, "&#x1b;", "&#155;", "%1b", "%C2%9B", "<https://a/", ">", "\n\n")),
        max_size=12,
    )
)
def test_no_mixture_acts(pieces: Sequence[str]) -> None:
    assert acting(rendered("".join(pieces).replace("{}", "%1B]52;c;eA==%07 &#x202e;"))) == []


def test_what_was_hidden_in_an_answer_is_seen() -> None:
    assert rendered("<https://a.example/%1b[2J>\n\n&#x202e;gnp.exe") == (
        "https://a.example/␛[2J (https://a.example/%1b%5B2J)\n\n\\u202egnp.exe\n"
    )


def rendered(markdown: str) -> str:
    """What a terminal gets; rich's own colours aside, which are switched off."""
    file = io.StringIO()
    print_answer(Console(file=file, force_terminal=True, width=60, color_system=None), markdown)
    return re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
