"""`turn_N/agent_outputs/<agent>.txt`: what one agent wrote in one turn, first as it streams and then in its final form.

While the turn runs, `AgentOutputs` appends the text as it comes, so that nothing a model said is lost with the program.
When the turn is over, the file is written anew from the log: each answer under its label, votes with their reasons,
failures, the final presentation. What a call had said before it was cut off is in no event; it is kept from the stream
and marked "partial, not submitted".
"""

import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Final

from massgen.agents import AgentId
from massgen.errors import SessionError
from massgen.events import (
    Abstained,
    AnswerSubmitted,
    CallCancelled,
    CallFailed,
    CallStarted,
    Event,
    PresentationEnded,
    Record,
    ReplyRefused,
    TurnStarted,
    VoteCast,
)
from massgen.messages import Part, TextDelta
from massgen.printable import clean, squeezed
from massgen.session.appending import Appender
from massgen.session.disk import open_private
from massgen.session.turns import Turn, clock, words

_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PARTIAL: Final = "Partial, not submitted"
_BEGUN: Final = re.compile(r"^━━ [^\n·]+ · call (\d{1,9}) · [\d:]{8} ━━$", re.MULTILINE)
"""What `AgentOutputs` writes where a call begins."""
_NOTED: Final = re.compile(r"\n\[(?:refused|failed|cancelled): [^\n]*\]\s*\Z")
_STAGES: Final = {"draft": "Draft", "ballot": "Coordination Round", "presentation": "Final presentation"}


def file_of(session_dir: Path, turn: int, agent: AgentId) -> Path:
    """Where an agent's text of a turn is. The id was validated with the configuration; a log may come from anywhere."""
    if not _FILE_NAME.fullmatch(agent) or agent in (".", ".."):
        raise SessionError(f"agent id {agent!r} cannot be the name of a file", hint="Rename the agent.")
    return session_dir / f"turn_{turn}" / "agent_outputs" / f"{agent}.txt"


def text(turn: Turn, agent: AgentId, spoken: Mapping[int, str], zone: tzinfo = UTC) -> str:
    """The final form of an agent's file; `spoken` is what each of its calls streamed, as far as that is known."""
    described = next(each for each in turn.team if each.agent == agent)
    provider = f" ({described.provider})" if described.provider else ""
    model = f" · {described.model}{provider}" if described.model else ""
    return "\n".join((clean(f"{agent}{model} · turn {turn.number}"), "", *_sections(turn, agent, spoken, zone)))


def _sections(turn: Turn, agent: AgentId, spoken: Mapping[int, str], zone: tzinfo) -> Iterator[str]:
    if agent in turn.absent:
        yield _section("Did not take part", turn.absent[agent].text)
    unsaid = dict(spoken)
    presenting = 0
    for record in turn.records:
        event, at = record.event, clock(record.at, zone)
        if getattr(event, "agent", "") != agent:
            continue
        match event:
            case CallStarted(call=call, stage="presentation"):
                presenting = call
            case AnswerSubmitted(call=call):
                unsaid.pop(call, None)
                cut = " · cut at the model's length limit" if event.truncated else ""
                yield _section(f"Answer {event.label} · {at}{cut}", event.text)
            case VoteCast(call=call):
                yield from _voted(turn, event, at, unsaid.pop(call, ""))
            case Abstained(call=call):
                yield _section(f"No vote in Coordination Round {event.ballot} · {at}", event.reason)
                yield from _partial("Said while voting", unsaid.pop(call, ""))
            case ReplyRefused(call=call):
                yield _section(f"Reply refused · {at}", event.reason)
                yield from _partial(_PARTIAL, unsaid.pop(call, ""))
            case CallFailed(call=call):
                yield _section(f"Failed · {at}", event.problem.text)
                yield from _partial(_PARTIAL, unsaid.pop(call, ""))
            case CallCancelled(call=call):
                yield _section(f"Cancelled · {at}", words(event.because))
                yield from _partial(_PARTIAL, unsaid.pop(call, ""))
            case PresentationEnded():
                if event.source == "presented":
                    unsaid.pop(presenting, None)
                yield _presented(turn, event, at)
            case _:
                continue
    for rest in unsaid.values():
        yield from _partial(_PARTIAL, rest)


def _voted(turn: Turn, vote: VoteCast, at: str, said: str) -> Iterator[str]:
    candidate = turn.candidates.get(vote.first)
    label = candidate.label if candidate else vote.first
    counted = "" if turn.counts(vote) else " · its own, not counted"
    yield _section(f"Vote in Coordination Round {vote.ballot} for {label} · {at}{counted}", vote.reason)
    yield from _partial("Said while voting", said)


def _presented(turn: Turn, final: PresentationEnded, at: str) -> str:
    title = f"Final presentation · {at}"
    if final.source == "stored":
        title += f" · the text that was voted on: {squeezed(words(final.because))}"
    same = any(each.label == final.label and each.text == final.text for each in turn.all(AnswerSubmitted))
    return _section(title, f"{final.label}, as above" if same else final.text)


def _partial(title: str, said: str) -> Iterator[str]:
    if said.strip():
        yield _section(title, said)


def _section(title: str, body: str) -> str:
    return f"━━ {title} ━━\n\n{clean(body).strip(chr(10))}\n"


def _heard(directory: Path) -> Mapping[AgentId, Mapping[int, str]]:
    """What streamed into the files of a turn that has no final form yet."""
    found: dict[AgentId, dict[int, str]] = {}
    for path in directory.glob("*.txt"):
        try:
            with os.fdopen(open_private(path, os.O_RDONLY), encoding="utf-8", errors="replace") as file:
                streamed = file.read()
        except OSError:  # it was of the picture, and the rest of the turn is in the log
            continue
        _, *parts = _BEGUN.split(streamed)
        found[path.stem] = {
            int(call): _NOTED.sub("", said).strip() for call, said in zip(*[iter(parts)] * 2, strict=True)
        }
    return found


class AgentOutputs:
    """Appends what streams, in pieces of a few kilobytes. A disk that fails is reported once and stops nothing.

    `turn` is the last one that has begun already.
    """

    def __init__(self, session_dir: Path, zone: tzinfo = UTC, *, turn: int = 0) -> None:
        self._session_dir = session_dir
        self._zone = zone
        self._turn = turn
        self._began = False
        self._spoken: dict[AgentId, dict[int, list[str]]] = {}
        self._held: dict[AgentId, str] = {}
        self._appender = Appender()

    def settle(self) -> None:
        """Wait until all that was said is in the files."""
        self._appender.settle()

    def spoken(self) -> Mapping[AgentId, Mapping[int, str]]:
        """What each call of this turn has streamed, by agent and number of the call.

        Where another program began the turn, and died, the files tell what that one has heard of it.
        """
        if self._turn and not self._began:
            self.settle()
            return _heard(file_of(self._session_dir, self._turn, "any").parent)
        return {
            agent: {call: "".join(pieces) for call, pieces in calls.items()} for agent, calls in self._spoken.items()
        }

    def record(self, record: Record) -> None:
        """Begin a file with a turn, and a section with a call."""
        event, at = record.event, clock(record.at, self._zone)
        match event:
            case TurnStarted():
                self._turn, self._began, self._spoken, self._held = event.turn, True, {}, {}
            case CallStarted():
                self._spoken.setdefault(event.agent, {})[event.call] = []
                number = f" {event.ballot}" if event.ballot else ""
                broken_off = "" if self._began else "\n\n"  # another program may have died in the middle of a line
                self._say(
                    event.agent, f"{broken_off}━━ {_STAGES[event.stage]}{number} · call {event.call} · {at} ━━\n\n"
                )
            case _:
                self._close_section(event)

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Append the next piece of an answer; what a call says that was not begun, nobody waits for."""
        pieces = self._spoken.get(agent, {}).get(call)
        if pieces is not None and isinstance(part, TextDelta):
            pieces.append(part.text)
            self._say(agent, part.text)

    def _close_section(self, event: Event) -> None:
        match event:
            case AnswerSubmitted() | VoteCast() | Abstained() | PresentationEnded():
                note = ""
            case ReplyRefused():
                note = f"[refused: {event.reason}]\n\n"
            case CallFailed():
                note = f"[failed: {event.problem.text}]\n\n"
            case CallCancelled():
                note = f"[cancelled: {words(event.because)}]\n\n"
            case _:
                return
        self._say(event.agent, f"\n\n{note}")

    def _say(self, agent: AgentId, said: str) -> None:
        said = self._held.pop(agent, "") + said
        if said.endswith("\r"):  # perhaps one half of a line end
            self._held[agent] = "\r"
            said = said[:-1]
        if not said:
            return
        try:
            self._appender.append(file_of(self._session_dir, self._turn, agent), clean(said))
        except SessionError as error:
            self._appender.give_up(error)
