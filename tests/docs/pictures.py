"""The pictures of the manual: a real turn over the loopback wires, on an emulated terminal, drawn as SVG.

`make pictures` writes them anew. They show what was on the screen, and hold no address, no font and no path.
"""

import html
import io
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from massgen.config.examples import resolve
from massgen.messages import Stage
from tests.docs.pages import ROOT
from tests.helpers import models
from tests.helpers.conversation import Conversation
from tests.helpers.emulator import Emulator
from tests.helpers.models import GEMINI, GROK, OPENAI, THREE_AGENTS, Model
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

FOLDER = ROOT / "docs" / "pictures"
COLUMNS, LINES = 100, 30
QUESTION = "Why is the sky blue, and the sunset red?"

FONTS = "'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, 'Courier New', monospace"
_ASPECT = 0.602
"""How wide the letters of these fonts are for their height: not every viewer stretches a text as it is told."""
THEME = TerminalTheme(
    (24, 26, 31),
    (212, 215, 221),
    [(60, 64, 72), (240, 113, 120), (134, 196, 122), (230, 180, 80), (97, 160, 240), (198, 130, 220), (86, 190, 200),
     (212, 215, 221)],
    [(128, 134, 146), (255, 140, 145), (160, 220, 150), (250, 205, 110), (130, 185, 255), (220, 160, 240),
     (120, 215, 225), (255, 255, 255)],
)  # fmt: skip

TEAM: Mapping[str, Model] = {
    OPENAI: Model(
        draft=(
            "Sunlight is a mixture of colours, and air scatters the short waves far more than the long ones: the "
            "strength grows with the fourth power of the frequency. So blue light reaches you from everywhere in the "
            "sky. In the evening the light has a long way through the air, the blue is lost on it, and red remains."
        ),
        votes_for="about nine times",
    ),
    GEMINI: Model(
        draft=(
            "Rayleigh scattering. Molecules of air are much smaller than a wavelength, so they scatter violet light "
            "about nine times as strongly as red light. The sky is not violet because the sun sends less of it and the "
            "eye hardly sees it. At sunset only red light survives the path of several hundred kilometres through the "
            "air."
        ),
        votes_for="about nine times",
        presents="""\
**The sky is blue** because air scatters short waves more than long ones: blue light comes to you from every direction.

**The sunset is red** because its light has crossed so much air that the blue is gone.

- The scattering grows with the fourth power of the frequency: violet is scattered about nine times as strongly as red.
- The sky is not violet: the sun sends less of it, and the eye hardly sees it.

```python
ratio = (700 / 400) ** 4   # 9.4, red against violet
```""",
    ),
    GROK: Model(
        draft=(
            "Because the air is a bad filter: it lets red through and throws blue around. Look up and you see what "
            "was thrown around. Look at the evening sun and you see what got through."
        ),
        votes_for="about nine times",
    ),
}
REASONS = {
    OPENAI: "It gives the numbers, and says why the sky is not violet.",
    GROK: "Mine is funnier, this one is right about the violet.",
    GEMINI: "The others leave open why the sky is not violet.",
}


class Held(Sequence[str]):
    """Pieces of a text of which all behind the first few wait until they may pass."""

    def __init__(self, pieces: Sequence[str], shown: int, rest: threading.Event) -> None:
        self._pieces, self._shown, self._rest = pieces, shown, rest

    def __len__(self) -> int:
        return len(self._pieces)

    def __getitem__(self, place: "int | slice") -> str:  # type: ignore[override]  # nobody takes a slice
        assert isinstance(place, int)
        return self._pieces[place]

    def __iter__(self) -> Iterator[str]:
        for place, piece in enumerate(self._pieces):
            if place == self._shown:
                assert self._rest.wait(timeout=60)
            yield piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding(Reply):
    """A reply that stops after so many words until `rest` is set."""

    shown: int
    rest: threading.Event = field(compare=False)

    @property
    def texts(self) -> tuple[str, ...]:
        """The text in the pieces it streams in."""
        words = self.text.split(" ") if isinstance(self.text, str) else self.text
        pieces = [f"{word} " for word in words[:-1]] + [*words[-1:]]
        return Held(pieces, self.shown, self.rest)  # type: ignore[return-value]  # iterated, and never changed


class Director:
    """Says what each model says, and when it goes on."""

    def __init__(self) -> None:
        self._gates: dict[tuple[Stage, str], threading.Event] = {}

    def gate(self, stage: Stage, model: str) -> threading.Event:
        """What holds this model in this stage."""
        return self._gates.setdefault((stage, model), threading.Event())

    def open(self, stage: Stage, *those: str) -> None:
        """Let these models go on."""
        for model in those:
            self.gate(stage, model).set()

    def reply(self, request: Request) -> Reply:
        """What the model that is asked says."""
        stage, model = models.stage(request), request.model
        gate, said = self.gate(stage, model), TEAM[model]
        match stage:
            case "draft":
                return Holding(text=said.draft, shown={OPENAI: 31, GEMINI: 19, GROK: 99}[model], rest=gate)
            case "ballot":
                assert gate.wait(timeout=60)
                label = models.label(request, said.votes_for)
                vote = {"reason": REASONS[model], "agent_id": label, "also_acceptable": []}
                return Reply(calls=[("vote", vote)])
            case "presentation":
                return Holding(text=said.presents, shown=42, rest=gate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One moment of the turn. `alt` says in a sentence what is to be seen."""

    name: str
    title: str
    alt: str


PICTURES = {
    each.name: each
    for each in (
        Picture(
            name="drafts",
            title="First phase: everybody writes",
            alt="Three agents side by side: one has answered, two are still writing",
        ),
        Picture(
            name="ballot",
            title="Second phase: everybody votes",
            alt="The coordination table: who has voted for whom, above the reasons for the votes",
        ),
        Picture(
            name="presentation",
            title="Last phase: the winner writes to you",
            alt="The final presentation: the agent that won the vote writes the answer",
        ),
        Picture(
            name="history",
            title="r: the history of the turn",
            alt="The history of the turn: the way of each agent, the votes with their reasons, and the count",
        ),
        Picture(
            name="afterwards",
            title="After the turn",
            alt="After the turn: the question, one line about how it went, and the answer",
        ),
    )
}


SEED = "orchestrator: {coordination: {seed: a picture}}\n"
"""So that answers with equally many votes stand in the same order in every picture."""


def film() -> dict[str, Emulator]:
    """Play the turn; the screen at each of its moments."""
    director, seen = Director(), dict[str, Emulator]()
    with tempfile.TemporaryDirectory() as place, WireServer(director.reply) as server:
        massgen = Program(Path(place))
        team = massgen.project / "team.yaml"
        team.write_text(resolve(THREE_AGENTS).read_text("utf-8") + SEED, encoding="utf-8")
        env = server.environ("openai", "gemini", "grok")
        with massgen.chat("--config", str(team), env=env, columns=COLUMNS, lines=LINES) as chat:

            def take(name: str, *texts: str) -> None:
                chat.wait_for(*texts, where=lambda: " ".join(chat.shown.split()))
                seen[name] = _seen(chat)

            chat.say(QUESTION)
            chat.wait_until(lambda: chat.screen.entered == 1, "the view")
            chat.wait_for("got through.", where=lambda: chat.shown)
            take("drafts", "So blue light", "times", "got through.", "grok_agent_3: Complete ✓")
            director.open("draft", OPENAI)
            chat.wait_for("openai_agent_1: Complete ✓", where=lambda: chat.shown)
            director.open("draft", GEMINI)
            director.open("ballot", OPENAI)
            chat.wait_for("It gives the", where=lambda: chat.shown)
            director.open("ballot", GEMINI)
            take("ballot", "Converged", "Voted", "It gives the", "The others leave open", "judging 3 answers")
            director.open("ballot", GROK)
            take("presentation", "- The scattering grows with the", "Presenting...")
            chat.type("r")
            chat.wait_for("q closes", where=lambda: chat.shown)
            chat.type("g")
            take("history", "State transitions", "Re-tally: won under 3 of 3", "history · Turn 1")
            chat.type("r")
            director.open("presentation", GEMINI)
            chat.wait_for_prompt()
            take("afterwards", "9.4, red against violet")
            chat.type("/quit\r")
            assert chat.wait_for_end() == 0
    return seen


def svg(screen: Emulator, picture: Picture) -> str:
    """The screen as a picture."""
    console = Console(
        record=True, width=screen.columns, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    rows = [_row(screen, line) for line in range(screen.lines)]
    begin = next((place for place, row in enumerate(rows) if row.plain == f"You: {QUESTION}"), 0)
    rows = rows[begin:] if picture.name == "afterwards" else rows
    for row in rows:
        console.print(row, no_wrap=True, overflow="ignore", crop=False)
    drawn = console.export_svg(
        title=picture.title, theme=THEME, unique_id=f"massgen-{picture.name}", font_aspect_ratio=_ASPECT
    )
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    drawn = drawn.replace("Fira Code, monospace", FONTS).replace(
        "<!-- Generated with Rich https://www.textualize.io -->", ""
    )
    described = f'role="img" aria-label="{html.escape(picture.alt)}" xmlns="http://www.w3.org/2000/svg"'
    drawn = drawn.replace('xmlns="http://www.w3.org/2000/svg"', described, 1)
    return "\n".join(line.rstrip() for line in drawn.splitlines() if line.strip()) + "\n"


def text_in(drawn: str) -> str:
    """The words of a picture, without what is another in every run: times, and lines as long as there is room."""
    found = re.findall(r'<text [^>]*? x="([\d.]+)"[^>]*?clip-path="url\(#[\w-]+-line-(\d+)\)">(.*?)</text>', drawn)
    words = " ".join(
        html.unescape(text) for _, _, text in sorted(found, key=lambda each: (int(each[1]), float(each[0])))
    )
    words = " ".join(words.replace("\xa0", " ").split())
    times = r"session_\d{8}_\d{6}|( · )?silent \d+ s|(\d\d:)?\d+:\d\d|\d+\.\ds|\d+(\.\d)? s\b|─"
    return " ".join(re.sub(times, "", words).split())


def main() -> int:
    """Write all pictures."""
    FOLDER.mkdir(exist_ok=True)
    for name, screen in film().items():
        (FOLDER / f"{name}.svg").write_text(svg(screen, PICTURES[name]), encoding="utf-8")
    return 0


def _seen(chat: Conversation) -> Emulator:
    """What was on the screen, with the colours that the emulator of other tests does without."""
    screen = _Colours(COLUMNS, LINES)
    pyte.ByteStream(screen).feed(bytes(chat.written))
    return screen


class _Colours(Emulator):
    def select_graphic_rendition(self, *attrs: int, private: bool = False) -> None:
        """pyte knows no dim letters; here they are dark grey."""
        super().select_graphic_rendition(*(90 if each == 2 else each for each in attrs))


def _row(screen: Emulator, line: int) -> Text:
    row = Text()
    cells = [screen.buffer[line][column] for column in range(screen.columns)]
    for style, run in groupby(cells, key=_style):
        text = "".join(cell.data for cell in run)
        begun = len(text) - len(text.lstrip())
        row.append(text[:begun], _BLANK)  # by themselves: not every viewer keeps blanks at the ends of a text
        row.append(text[begun:].rstrip(), style)
        row.append(text[len(text.rstrip()) :] if text.strip() else "", _BLANK)
    row.rstrip()
    return row


_BLANK = Style(dim=False)


def _style(cell: pyte.screens.Char) -> Style:
    """How a cell looks; pyte calls yellow brown, and bright red brightred."""
    name = cell.fg.replace("brown", "yellow").replace("bright", "bright_")
    return Style(color=None if name == "default" else name, bold=cell.bold, reverse=cell.reverse, italic=cell.italics)


if __name__ == "__main__":
    sys.exit(main())
