"""Our adapters and our program against a mock that somebody else wrote, `@copilotkit/aimock` 1.43.0.

Our own loopback server and our adapters could share a mistake about a wire; this one was made by others, for other
clients. Where the two servers differ, the types of the vendors' SDKs say who is right:

* It ends a Gemini reply that calls tools with `finishReason: FUNCTION_CALL`. google-genai has no such reason, and
  Google documents `STOP` there. Our adapter takes no unknown reason for success.
* It ends a Responses reply that was cut with `response.completed`, and says so only in its status. OpenAI has
  `response.incomplete` for that; our adapter reads both.
* For a filtered reply it invents a stop reason on Anthropic's wire, `content_filter`; the SDK has `refusal`.
* Where a fixture counts no tokens, it counts none on three of the wires.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from massgen.messages import (
    Failed,
    Finished,
    Json,
    Part,
    ReasoningDelta,
    ServerToolUsed,
    TextDelta,
    ToolCall,
    Usage,
)
from tests.helpers.program import Program
from tests.helpers.second_opinion import SecondOpinion, second_opinion
from tests.helpers.wires.asking import ask, failed, finished, follow_up, shown

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:FUNCTION_CALL is not a valid FinishReason:UserWarning"),
]

PROVIDERS = ("openai", "grok", "deepseek", "openrouter", "claude", "gemini")

each_provider = pytest.mark.parametrize("provider", PROVIDERS)

COUNTED: Json = {
    "prompt_tokens": 12,
    "completion_tokens": 7,
    "input_tokens": 12,
    "output_tokens": 7,
    "promptTokenCount": 12,
    "candidatesTokenCount": 7,
}
CALLS: Json = [
    {"id": "call_a", "name": "vote", "arguments": {"label": "é"}},
    {"id": "call_b", "name": "vote", "arguments": {"label": "B"}},
]
LONG = "Six by seven is forty-two and not a bit more, say all who ever counted."


def fixture(model: str, response: dict[str, Json], **more: Json) -> Json:
    return {"match": {"model": model}, "response": response, **more}


FIXTURES: list[Json] = [
    fixture("says", {"content": "Six by seven is 42 – 四十二.", "usage": COUNTED}, chunkSize=13),
    fixture("thinks", {"content": "42.", "reasoning": "Six sevens."}),
    {"match": {"model": "calls", "toolCallId": "call_b", "hasToolResult": True}, "response": {"content": "Thanks."}},
    fixture("calls", {"content": "So:", "reasoning": "Hm.", "toolCalls": CALLS, "finishReason": "stop"}),
    fixture("calls-by-itself", {"toolCalls": CALLS}),
    fixture("searches", {"content": "It is 42.", "webSearches": ["six by seven"]}),
    fixture("costs", {"content": "42.", "usage": {"cost": 0.00125}}, openRouterProcessing=True),
    fixture("is-cut", {"content": "Forty", "finishReason": "length"}),
    fixture("limits", {"error": {"message": "Slow down.", "type": "rate_limit_error"}, "status": 429, "retryAfter": 7}),
    fixture("drops", {"content": "42."}, chaos={"dropRate": 1}),
    fixture("garbles", {"content": "42."}, chaos={"malformedRate": 1}),
    fixture("hangs-up", {"content": "42."}, chaos={"disconnectRate": 1}),
    fixture("breaks-off", {"content": LONG}, chunkSize=4, latency=5, truncateAfterChunks=9),
]


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondOpinion]:
    with second_opinion(tmp_path_factory.mktemp("aimock"), FIXTURES) as running:
        yield running


def texts(parts: list[Part], kind: type[TextDelta] | type[ReasoningDelta] = TextDelta) -> str:
    return "".join(part.text for part in parts if isinstance(part, kind))


@each_provider
def test_text_streams_and_is_counted(mock: SecondOpinion, provider: str) -> None:
    parts = ask(mock.connect(provider, "says"))

    assert shown(parts) == [TextDelta("Six by seven "), TextDelta("is 42 – 四十二.")]
    assert finished(parts) == ("end", Usage(input_tokens=12, output_tokens=7))


@each_provider
def test_reasoning_streams_apart_from_the_answer(mock: SecondOpinion, provider: str) -> None:
    parts = ask(mock.connect(provider, "thinks"))

    assert shown(parts) == [ReasoningDelta("Six sevens."), TextDelta("42.")]
    assert finished(parts)[0] == "end"


@each_provider
def test_calls_arrive_and_their_results_are_found_in_the_next_request(mock: SecondOpinion, provider: str) -> None:
    connection = mock.connect(provider, "calls")
    parts = ask(connection)
    again = ask(connection, follow_up(parts))

    assert shown(parts) == [
        ReasoningDelta("Hm."),
        TextDelta("So:"),
        ToolCall(id="call_a", name="vote", arguments={"label": "é"}),
        ToolCall(id="call_b", name="vote", arguments={"label": "B"}),
    ]
    assert finished(parts)[0] == "tool_calls"
    assert (shown(again), finished(again)[0]) == ([TextDelta("Thanks.")], "end")


@each_provider
def test_calls_end_as_the_wire_has_it_except_on_gemini(mock: SecondOpinion, provider: str) -> None:
    ending = ask(mock.connect(provider, "calls-by-itself"))[-1]

    if provider == "gemini":
        assert isinstance(ending, Failed)
        assert ending.problem.text.endswith("FUNCTION_CALL")
    else:
        assert isinstance(ending, Finished)
        assert ending.stop == "tool_calls"


@pytest.mark.parametrize("provider", ["openai", "grok"])
def test_a_search_of_the_providers_own_is_seen(mock: SecondOpinion, provider: str) -> None:
    assert shown(ask(mock.connect(provider, "searches"))) == [
        ServerToolUsed(name="web_search", status="running"),
        ServerToolUsed(name="web_search", status="completed", detail="six by seven"),
        TextDelta("It is 42."),
    ]


def test_a_cost_that_openrouter_reports_is_read_behind_its_comments(mock: SecondOpinion) -> None:
    _, usage = finished(ask(mock.connect("openrouter", "costs")))

    assert usage is not None
    assert str(usage.cost) == "0.00125"


@each_provider
def test_a_reply_cut_at_its_limit_says_so(mock: SecondOpinion, provider: str) -> None:
    assert finished(ask(mock.connect(provider, "is-cut")))[0] == "length"


@each_provider
@pytest.mark.parametrize(
    ("model", "kind", "status", "wait"),
    [("limits", "rate_limit", 429, 7), ("drops", "overloaded", 500, None), ("hangs-up", "network", None, None)],
)
def test_a_failure_is_told_for_what_it_is(
    mock: SecondOpinion, provider: str, model: str, kind: str, status: int | None, wait: float | None
) -> None:
    problem = failed(ask(mock.connect(provider, model)))

    assert (problem.kind, problem.status, problem.retry_after) == (kind, status, wait)


@each_provider
def test_what_is_no_stream_is_no_reply(mock: SecondOpinion, provider: str) -> None:
    assert failed(ask(mock.connect(provider, "garbles"))).kind in ("malformed", "truncated")


@each_provider
def test_a_connection_that_breaks_amid_the_text_is_a_failure_behind_what_was_said(
    mock: SecondOpinion, provider: str
) -> None:
    parts = ask(mock.connect(provider, "breaks-off"))

    assert LONG.startswith(texts(parts))
    assert texts(parts)
    assert failed(parts).kind == "network"


# -- the program -----------------------------------------------------------------------------------------------------

TEAM = """\
agents:
  - {id: ann, backend: {type: openai, model: ann-1}}
  - {id: bob, backend: {type: claude, model: bob-1}}
  - {id: cyd, backend: {type: gemini, model: cyd-1}}
  - {id: dan, backend: {type: deepseek, model: dan-1}}
"""

DRAFTS = {
    "ann-1": "Machines that learn from data.",
    "bob-1": "Programs that improve by example.",
    "cyd-1": "Statistics with better marketing.",
    "dan-1": "Curve fitting at scale.",
}
VOTES = {"ann-1": "bob-1", "bob-1": "ann-1", "cyd-1": "bob-1", "dan-1": "bob-1"}
FINAL_ANSWER = "Machine learning: programs that improve by example."


def ballot(voter: str, choice: str) -> Iterator[Json]:
    """The vote for the answer of another, under whatever label the voter sees it."""
    for label in (f"answer{place}" for place in range(1, 5)):
        match: Json = {"model": voter, "toolName": "vote", "userMessage": f"{DRAFTS[choice]}\n</{label} "}
        vote: Json = {
            "name": "vote",
            "arguments": {"reason": "It is the better one.", "agent_id": label, "also_acceptable": []},
        }
        yield {"match": match, "response": {"toolCalls": [vote], "finishReason": "stop", "usage": COUNTED}}


def play() -> Iterator[Json]:
    """Everything that the team says in one turn; the first fixture that matches is the answer."""
    for voter, choice in VOTES.items():
        yield from ballot(voter, choice)
    best: Json = {"model": "bob-1", "systemMessage": "was chosen as the best of several"}
    yield {"match": best, "response": {"content": FINAL_ANSWER, "usage": COUNTED}}
    for model, draft in DRAFTS.items():
        yield fixture(model, {"content": draft, "usage": COUNTED})


def test_four_agents_on_four_wires_answer_a_question_together(massgen: Program, tmp_path: Path) -> None:
    (massgen.project / "team.yaml").write_text(TEAM, encoding="utf-8")
    with second_opinion(tmp_path, list(play())) as mock:
        env = mock.environ("openai", "claude", "gemini", "deepseek")
        ran = massgen("--config", "team.yaml", "What is machine learning?", env=env)
        asked = mock.asked()

    assert (ran.stdout, ran.status) == (f"{FINAL_ANSWER}\n", 0)
    # Three votes decide it, whether or not the fourth has come.
    assert re.match(r"◆ 4 agents · 1 round · winner bob \(3 of [34] votes\) · presented version · ", ran.told)
    assert set(asked) == set(DRAFTS)
    assert len(asked) in (8, 9)
