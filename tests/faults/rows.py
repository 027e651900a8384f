"""What has to come of a fault, and how a row of the table of faults is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from massgen.backends.providers import PROVIDERS, Wire
from massgen.events import Consequence
from massgen.messages import Part, ProblemKind, StopReason, Usage
from tests.faults.server import Answer
from tests.helpers.wires import Request
from tests.helpers.wires.asking import EXAMPLES, WIRES

COUNTED: Final = Usage(input_tokens=12, output_tokens=7)

FATES: Final[Mapping[ProblemKind, str]] = {
    "auth": "key refused",
    "rate_limit": "rate limited",
    "overloaded": "overloaded",
    "context_length": "context too long",
    "quota": "quota used up",
    "unknown_model": "unknown model",
    "bad_request": "bad request",
    "network": "network failed",
    "timeout": "no reply in time",
    "refused": "refused to answer",
    "truncated": "cut off",
    "malformed": "garbled reply",
    "empty": "empty reply",
}
"""What the user reads of an agent that fails like that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The reply counts: these parts, and `Finished`."""

    shown: tuple[Part, ...]
    stop: StopReason = "end"
    usage: Usage | None = COUNTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Fails:
    """These parts, and `Failed` with this sentence, in which {name}, {model}, {host} and {key} are filled in.

    Where it ends in "…", some library goes on in words of its own.
    """

    kind: ProblemKind
    says: str
    status: int | None = None
    retry_after: float | None = None
    shown: tuple[Part, ...] = ()
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class NeverEnds:
    """Nothing at all, until whoever asked leaves."""


Expected: TypeAlias = Ends | Fails | NeverEnds

Then: TypeAlias = Consequence | Literal["answers"]
"""What a turn makes of it: the agent has answered, or it is tried again, out of the stage, or out of the turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which a provider fails. `at` is the address, where it is not the server's."""

    name: str
    does: Callable[[Request], Answer]
    expects: Mapping[Wire, Expected]
    then: Then
    at: Literal["", "nobody", "nowhere"] = ""

    def expected(self, wire: Wire) -> Expected:
        """What is expected of the example of this wire, with its names filled in."""
        expected = self.expects[wire]
        if not isinstance(expected, Fails):
            return expected
        provider, model = EXAMPLES[wire]
        return replace(
            expected,
            says=expected.says.format(
                name=PROVIDERS[provider].name,
                model=model,
                host="nowhere.invalid" if self.at == "nowhere" else "127.0.0.1",
                key=" or ".join(PROVIDERS[provider].key_variables),
            ),
        )

    def then_on(self, wire: Wire) -> Then:
        """What a turn makes of it on this wire: an answer is one, even where it is a fault elsewhere."""
        expected = self.expects[wire]
        return "answers" if isinstance(expected, Ends) and expected.stop != "tool_calls" else self.then

    @property
    def stalls(self) -> bool:
        """Whether nothing comes any more, which takes patience to find out."""
        return self.name.startswith("stall")

    @property
    def endless(self) -> bool:
        """Whether something comes for ever, but nothing that counts."""
        return NeverEnds() in self.expects.values()

    @property
    def silent(self) -> bool:
        """Whether the core has to notice that nothing comes that counts."""
        return self.stalls or self.endless


def fault(
    name: str,
    does: Callable[[Request], Answer],
    expects: Expected,
    then: Then,
    *,
    at: Literal["", "nobody", "nowhere"] = "",
    **otherwise: Expected,
) -> Fault:
    """A row; `otherwise` are the wires on which something else is expected."""
    everywhere: dict[Wire, Expected] = {wire: otherwise.get(wire, expects) for wire in WIRES}
    return Fault(name=name, does=does, expects=everywhere, then=then, at=at)
