"""Models behind the loopback server that play a whole turn: they draft, vote for a phrase, and present."""

from collections.abc import Mapping
from dataclasses import dataclass

from massgen.messages import Json, Stage
from massgen.prompts.quoting import unquoted
from tests.helpers.wires import Reply, Request

OPENAI, GEMINI, GROK = "gpt-6.1-terra", "gemini-3.8-flash", "grok-4.7"
"""The models of `@examples/basic/multi/three_agents_default.yaml`."""

THREE_AGENTS = "@examples/basic/multi/three_agents_default.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What one model says in each stage; it votes for the answer that holds `votes_for`, and accepts `also`."""

    draft: str
    votes_for: str = ""
    also: str = ""
    presents: str = "I had not expected to win."


TEAM: Mapping[str, Model] = {
    OPENAI: Model(draft="Machines that learn from data.", votes_for="by example"),
    GEMINI: Model(
        draft="Programs that improve by example.",
        votes_for="from data",
        presents="Machine learning: programs that improve by example.",
    ),
    GROK: Model(draft="Statistics with better marketing.", votes_for="by example", also="from data"),
}
"""Three drafts, one ballot: Gemini's wins with two votes of three.

Grok's second choice keeps it open up to the third vote, in whatever order they come.
"""

FINAL_ANSWER = "Machine learning: programs that improve by example."


def stage(request: Request) -> Stage:
    """In which stage of a turn a request was made, as a model could tell."""
    if "vote" in request.tool_names:
        return "ballot"
    return "presentation" if "was chosen as the best of several" in request.system else "draft"


def reply(request: Request, team: Mapping[str, Model] = TEAM) -> Reply:
    """What the model that is asked says."""
    model = team[request.model]
    match stage(request):
        case "draft":
            return Reply(text=model.draft)
        case "ballot":
            return vote(request, model.votes_for, also=model.also)
        case "presentation":
            return Reply(text=model.presents)


def vote(request: Request, phrase: str, *, also: str = "", reason: str = "It is the better one.") -> Reply:
    """A vote for the answer that holds a phrase."""
    others: list[Json] = [label(request, also)] if also else []
    arguments: dict[str, Json] = {"reason": reason, "agent_id": label(request, phrase), "also_acceptable": others}
    return Reply(text="I have compared them.", calls=[("vote", arguments)])


def label(request: Request, phrase: str) -> str:
    """The private label of the answer that holds a phrase."""
    return next(label for label, text in unquoted(request.texts[-1][1]).items() if phrase in text)
