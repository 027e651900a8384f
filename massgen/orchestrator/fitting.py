"""How long a conversation is, and which part of it a summary has to stand for so that it fits: pure, no model is asked.

Lengths are tokens, and an estimate: a third of the UTF-8 bytes, which is more than most models count for Latin script
(about four bytes a token), and about what they count for others. Where the last turn has been counted by an agent's own
provider, that count stands for everything up to then. It is left out where it is more than the text can have been: a
program such as Claude Code sums up the requests of all its own tool calls.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from massgen.agents import AgentId
from massgen.events import ConversationChange, Event, PresentationEnded, TurnStarted, UsageCounted
from massgen.prompts.conversation import Exchange
from massgen.prompts.quoting import LONGEST_QUOTE

BYTES_PER_TOKEN = 3
KEPT = 2
"""So many of the last turns stay word for word, if there is room for them."""
LEAST = 200
"""A summary of fewer tokens than these would be no shorter."""
KEPT_TOKENS = 8_000
"""The room for the last turns when the user asks for a summary, and no limit is near."""

_BESIDE = 4_000
"""Tokens that a request may hold besides the conversation: the task, the agent's role, the tools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A conversation: its exchanges, and beside each the turn that it is of (a summary's is the last it is about)."""

    turns: tuple[int, ...]
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What is to be summarised: `oldest`, up to the turn `through`; `kept` stays.

    `words` is how long the summary may be.
    """

    through: int
    oldest: tuple[Exchange, ...]
    kept: tuple[Exchange, ...]
    words: int

    @property
    def before(self) -> int:
        """Tokens of the whole conversation."""
        return length((*self.oldest, *self.kept))


def tokens(*texts: str) -> int:
    """About how many tokens these texts are."""
    return ceil(sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / BYTES_PER_TOKEN)


def length(exchanges: Iterable[Exchange]) -> int:
    """About how many tokens a conversation is."""
    return tokens(*(text for each in exchanges for text in (each.asked, each.answer)))


def counted(events: Sequence[Event]) -> Mapping[AgentId, int]:
    """How many tokens each agent's provider counted for the first request of the last turn, as far as it did.

    Nothing if the conversation has been changed since: then the count is of another one.
    """
    found: dict[AgentId, int] = {}
    for event in _since_the_last_question(events):
        if isinstance(event, ConversationChange):
            return {}
        if isinstance(event, UsageCounted) and event.call == 1 and event.usage is not None:
            found.setdefault(event.agent, event.usage.input_tokens)
    return {agent: count for agent, count in found.items() if count}


def _since_the_last_question(events: Sequence[Event]) -> Sequence[Event]:
    start = next((at for at in range(len(events) - 1, -1, -1) if isinstance(events[at], TurnStarted)), len(events))
    return events[start:]


def needs(told: Told, question: str, events: Sequence[Event]) -> "Needs":
    """What the first request of the next turn will take of each agent's window."""
    counts = counted(events)
    estimated = length(told.exchanges) + tokens(question)
    answers = [event for event in _since_the_last_question(events) if isinstance(event, PresentationEnded)]
    new = tokens(question, *(each.text for each in answers[-1:]))
    believed = {agent: count + new for agent, count in counts.items() if count <= 2 * estimated + _BESIDE}
    return Needs(estimated=estimated, counted=believed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Tokens that a turn begins with: by the provider's count where there is one, else as estimated."""

    estimated: int
    counted: Mapping[AgentId, int]

    @property
    def most(self) -> int:
        """The most that any agent needs."""
        return max(self.estimated, *self.counted.values()) if self.counted else self.estimated

    def of(self, agent: AgentId) -> int:
        """The same for one agent."""
        return self.counted.get(agent, self.estimated)


def limit(needs: Needs, windows: Mapping[AgentId, int], share: float) -> int | None:
    """The smallest limit of those agents' whose share of their window is exceeded; None when everything fits."""
    return min((int(size * share) for agent, size in windows.items() if needs.of(agent) > size * share), default=None)


def cut(told: Told, *, room: int = KEPT_TOKENS) -> Cut | None:
    """Split a conversation so that its last turns stay, as far as they fit into so many tokens of `room`.

    None when there is nothing that a summary could make shorter: nothing besides the last turns, only a summary, or too
    little text.
    """
    exchanges, kept = told.exchanges, 0
    while kept < min(KEPT, len(exchanges)) and length(exchanges[len(exchanges) - kept - 1 :]) <= room:
        kept += 1
    oldest = exchanges[: len(exchanges) - kept]
    if all(each.through for each in oldest) or length(oldest) < LEAST:
        return None
    words = max(100, min(length(oldest) // 6, room // 2, 1_500))
    return Cut(through=told.turns[len(oldest) - 1], oldest=oldest, kept=exchanges[len(oldest) :], words=words)


def pieces(parts: Iterable[tuple[str, str]], room: int) -> list[list[tuple[str, str]]]:
    """The texts in portions of about `room` tokens at most; only a text that fits into none goes on in the next one."""
    portions: list[list[tuple[str, str]]] = [[]]
    left = room
    for label, text in parts:
        rest, is_too_long = text, tokens(text) > room
        while rest or not text:
            size = tokens(rest)
            if size > left and portions[-1] and not (is_too_long and left > room // 4):
                portions.append([])
                left = room
            end = min(len(rest) if size <= left else max(len(rest) * left // size, 1), LONGEST_QUOTE)
            portions[-1].append((label, rest[:end]))
            left -= tokens(rest[:end])
            rest = rest[end:]
            if not text:
                break
    return portions
