"""The options of a configuration that not every model knows: left out, put into its own words, and told."""

import pytest

from massgen.backends.connection import Connection, Options
from massgen.backends.providers import PROVIDERS, Wire
from massgen.cli.members import unused_options
from massgen.config.schema import Agent, Backend, Configuration, Reasoning, TextStyle
from massgen.messages import Json, Problem, TextDelta
from tests.helpers.wires import Reply, WireServer
from tests.helpers.wires.asking import EXAMPLES, KEY, QUESTION, ask, ask_all, connect, failed


def complaint(text: str) -> Reply:
    return Reply(status=400, body={"error": {"message": text, "type": "invalid_request_error"}})


@pytest.mark.parametrize(
    ("wire", "options", "said", "name"),
    [
        (
            "responses",
            Options(temperature=0.5),
            "Unsupported parameter: 'temperature' is not supported with this model.",
            "temperature",
        ),
        ("responses", Options(top_p=0.5), "Unsupported parameter: 'top_p' is not supported with this model.", "top_p"),
        (
            "responses",
            Options(reasoning_effort="minimal"),
            "Unsupported value: 'reasoning.effort' does not support 'minimal' with this model.",
            "reasoning_effort",
        ),
        (
            "responses",
            Options(verbosity="low"),
            "Unsupported value: 'text.verbosity' does not support 'low' with this model.",
            "verbosity",
        ),
        (
            "chat_completions",
            Options(reasoning_effort="xhigh"),
            "`reasoning_effort` must be one of low, medium, high",
            "reasoning_effort",
        ),
        ("chat_completions", Options(temperature=0), "temperature must be 1 for this model", "temperature"),
        ("chat_completions", Options(verbosity="low"), "Unknown parameter: verbosity", "verbosity"),
        (
            "messages",
            Options(reasoning_effort="max"),
            "This model does not support the effort parameter.",
            "reasoning_effort",
        ),
    ],
)
def test_an_option_that_a_model_does_not_know_is_left_out_of_the_next_try(
    wire: Wire, options: Options, said: str, name: str
) -> None:
    with WireServer([complaint(said), Reply(text="42."), Reply(text="42.")]) as server:
        first, second = ask_all(connect(server, wire, options), [QUESTION, QUESTION])
        ask(connect(server, wire))

    provider = PROVIDERS[EXAMPLES[wire][0]].name
    assert failed(first) == Problem(
        kind="malformed", text=f"{provider} does not know {name!r}; the next try leaves it out", status=400
    )
    assert second[0] == TextDelta("42.")
    with_it, without_it, never_asked = (request.body for request in server.requests)
    assert with_it != without_it == never_asked


def test_an_option_that_was_not_asked_for_is_not_left_out() -> None:
    with WireServer([complaint("temperature must be 1 for this model")]) as server:
        problem = failed(ask(connect(server, "responses")))

    assert problem.kind == "bad_request"


def test_a_kind_of_summary_that_is_refused_is_not_asked_for_again() -> None:
    refusal = complaint("Unsupported value: 'reasoning.summary' does not support 'concise' with this model.")
    with WireServer([refusal, Reply(text="42.")]) as server:
        ask_all(connect(server, "responses", Options(reasoning_summary="concise")), [QUESTION, QUESTION])

    assert [request.body.get("reasoning") for request in server.requests] == [{"summary": "concise"}, None]


def effort(type_: str, model: str, word: str) -> Json:
    """What a model is told of an effort."""
    with WireServer([Reply(text="42.")]) as server:
        base_url = server.base_url(type_)
        options = Options(reasoning_effort=word)
        ask(Connection(provider=PROVIDERS[type_], model=model, key=KEY, base_url=base_url, options=options))
    body = server.requests[0].body
    thinking = dict(body).get("generationConfig", {})
    assert isinstance(thinking, dict)
    return body.get("output_config") or thinking.get("thinkingConfig")


@pytest.mark.parametrize(
    ("word", "claude", "level", "budget"),
    [
        ("none", "low", "MINIMAL", 512),
        ("minimal", "low", "MINIMAL", 512),
        ("low", "low", "LOW", 1024),
        ("medium", "medium", "MEDIUM", 8192),
        ("high", "high", "HIGH", 24_576),
        ("xhigh", "xhigh", "HIGH", 24_576),
        ("max", "max", "HIGH", 24_576),
    ],
)
def test_an_effort_is_said_with_the_nearest_word_of_a_wire(word: str, claude: str, level: str, budget: int) -> None:
    assert effort("claude", "claude-sonnet-5-5", word) == {"effort": claude}
    assert effort("gemini", "gemini-3.8-flash", word) == {"include_thoughts": True, "thinking_level": level}
    assert effort("gemini", "gemini-2.5-flash", word) == {"include_thoughts": True, "thinking_budget": budget}


def test_openrouter_is_asked_for_a_kind_of_summary_where_one_is_chosen() -> None:
    with WireServer([Reply(text="42.")]) as server:
        base_url = server.base_url("openrouter")
        options = Options(reasoning_effort="low", reasoning_summary="detailed")
        ask(Connection(provider=PROVIDERS["openrouter"], model="m", key=KEY, base_url=base_url, options=options))

    assert server.requests[0].body["reasoning"] == {"effort": "low", "summary": "detailed"}


def test_a_team_is_told_which_of_its_options_a_provider_takes_none_of() -> None:
    everything = {
        "temperature": 0.5,
        "top_p": 0.5,
        "max_tokens": 100,
        "reasoning": Reasoning(effort="low", summary="auto"),
        "text": TextStyle(verbosity="low"),
    }
    types = ("openai", "grok", "claude", "claude_code", "gemini", "openrouter", "groq")
    team = Configuration(
        agents=tuple(Agent(id=type_, backend=Backend(type=type_, model="m", **everything)) for type_ in types)
    )

    none_of = "temperature, top_p, reasoning.summary, text.verbosity"
    assert unused_options(team) == (
        f"claude: Claude has no use for {none_of}; they are left out.",
        f"claude_code: Claude Code has no use for {none_of}; they are left out.",
        "gemini: Gemini has no use for reasoning.summary, text.verbosity; they are left out.",
        "groq: Groq has no use for reasoning.summary; it is left out.",
    )
    assert unused_options(Configuration(agents=(Agent(id="a", backend=Backend(type="claude", model="m")),))) == ()
