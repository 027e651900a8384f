"""Demo scripts: what the members of the embedded demo team say, line by line, and how fast.

    words_per_second: 60            # 0 = at once
    repeat: true                    # when an agent's lines for a stage are used up, begin with its first again
    agents:
      demo_ann:                     # an agent's id
        draft:                      # one line for each draft that is asked for
          - wait: 0.8               # seconds before the first word
            think: "…"              # reasoning, streamed first
            say: "…"                # the text; {question}, {turn} and {previous} (the question before) are filled in
        ballot:
          - vote: "phrase"          # votes for the candidate whose text contains this
            also: ["phrase"]        # …and finds these acceptable too
            because: "…"
          - revise: "…"             # a new answer instead of a vote
          - fail: {kind: rate_limit, text: "…", retry_after: 2}
        presentation:
          - say: "…"
          - hang: true              # never answers
        summary:                    # one line for each summary of the conversation that is asked for
          - say: "…"

A line does exactly one of say, vote, revise, fail and hang. Without `repeat` an unexpected call is an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from massgen.config.border import Section, validate
from massgen.config.complaints import refusal
from massgen.config.document import read_text
from massgen.config.tree import parse
from massgen.messages import Problem, ProblemKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Answer with a text. `wait` is in seconds, before the first word."""

    text: str
    think: str = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """Vote for the candidate whose text contains `phrase`; those that contain one of `also` are acceptable too."""

    phrase: str
    also: tuple[str, ...] = ()
    because: str = ""
    think: str = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Revise:
    """Call `new_answer` with a text."""

    text: str
    think: str = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """Let the request fail, as the world would, after `wait` seconds."""

    problem: Problem
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Hang:
    """Never answer."""


Line: TypeAlias = Say | Vote | Revise | Fail | Hang


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentScript:
    """An agent's lines for each stage, in the order in which they are said."""

    draft: tuple[Line, ...] = ()
    ballot: tuple[Line, ...] = ()
    presentation: tuple[Line, ...] = ()
    summary: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A whole demo. `words_per_second` 0 means at once; `repeat` starts a stage's lines again when they are used up."""

    words_per_second: float
    repeat: bool
    agents: Mapping[str, AgentScript]


def load_script(path: Path) -> Script:
    """The demo script at `path`; a `ConfigError` holds one line for everything that is wrong with it."""
    document = parse(read_text(path), file=str(path), needs="agents")
    script, complaints = validate(_Script, document.root)
    if script is None or document.complaints:
        raise refusal(document.file, [*document.complaints, *complaints])
    return Script(
        words_per_second=script.words_per_second,
        repeat=script.repeat,
        agents={agent: lines.value() for agent, lines in script.agents.items()},
    )


# -- the file as pydantic reads it -----------------------------------------------------------------------------------

_Seconds: TypeAlias = Annotated[float, Field(ge=0, le=86_400)]
_Phrase: TypeAlias = Annotated[str, Field(min_length=1)]


class _Fail(Section):
    kind: ProblemKind
    text: str
    status: int | None = None
    retry_after: _Seconds | None = None


class _Line(Section):
    say: str | None = None
    vote: _Phrase | None = None
    revise: str | None = None
    fail: _Fail | None = None
    hang: Literal["true"] | None = None
    also: tuple[_Phrase, ...] = ()
    because: str = ""
    think: str = ""
    wait: _Seconds = 0.0

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        given = [name for name in ("say", "vote", "revise", "fail", "hang") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) if given else "none of them"
            raise ValueError(f"a line does exactly one of say, vote, revise, fail and hang; this one has {found}")
        [action] = given
        unfit = self.model_fields_set - {action} - _COMPANIONS[action]
        if unfit:
            raise ValueError(f"{' and '.join(sorted(unfit))} cannot go together with {action}")
        return self

    def value(self) -> Line:
        if self.say is not None:
            return Say(text=self.say, think=self.think, wait=self.wait)
        if self.vote is not None:
            return Vote(phrase=self.vote, also=self.also, because=self.because, think=self.think, wait=self.wait)
        if self.revise is not None:
            return Revise(text=self.revise, think=self.think, wait=self.wait)
        if self.fail is not None:
            fail = self.fail
            return Fail(
                problem=Problem(kind=fail.kind, text=fail.text, status=fail.status, retry_after=fail.retry_after),
                wait=self.wait,
            )
        return Hang()


_COMPANIONS: Mapping[str, frozenset[str]] = {
    "say": frozenset({"think", "wait"}),
    "vote": frozenset({"also", "because", "think", "wait"}),
    "revise": frozenset({"think", "wait"}),
    "fail": frozenset({"wait"}),
    "hang": frozenset(),
}


class _AgentLines(Section):
    draft: tuple[_Line, ...] = ()
    ballot: tuple[_Line, ...] = ()
    presentation: tuple[_Line, ...] = ()
    summary: tuple[_Line, ...] = ()

    def value(self) -> AgentScript:
        return AgentScript(
            draft=tuple(line.value() for line in self.draft),
            ballot=tuple(line.value() for line in self.ballot),
            presentation=tuple(line.value() for line in self.presentation),
            summary=tuple(line.value() for line in self.summary),
        )


class _Script(Section):
    words_per_second: Annotated[float, Field(ge=0, le=100_000)] = 60.0
    repeat: bool = False
    agents: Annotated[dict[str, _AgentLines], Field(min_length=1)]
