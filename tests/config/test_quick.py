"""A team of one comes from flags alone."""

import pytest

from massgen.config.quick import from_flags
from massgen.config.schema import Agent, Backend, Configuration
from massgen.errors import UsageError


def test_a_model_and_its_type_make_a_team_of_one() -> None:
    assert from_flags(type="openai", model="gpt-6.1-terra") == Configuration(
        agents=(Agent(id="openai_agent", backend=Backend(type="openai", model="gpt-6.1-terra")),)
    )


def test_the_agent_can_be_named_and_sent_elsewhere() -> None:
    quick = from_flags(type="vllm", model=None, base_url="http://localhost:8000/v1", agent_id="bob")
    backend = Backend(type="vllm", base_url="http://localhost:8000/v1")
    assert quick == Configuration(agents=(Agent(id="bob", backend=backend),))


@pytest.mark.parametrize(
    ("base_url", "model", "sentence"),
    [
        ("localhost:8000", "m", "--base-url needs an address that begins with http:// or https://"),
        (
            "https://u:secret@h/v1",
            "m",
            "--base-url may not hold a user name or a password; put the key under `api_key:`",
        ),
        ("", "", "--model may not be empty\n--base-url may not be empty"),
    ],
)
def test_flags_that_cannot_be_used_are_named(base_url: str, model: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        from_flags(type="openai", model=model, base_url=base_url)
    assert str(refused.value) == sentence


def test_an_agent_cannot_be_called_anything() -> None:
    with pytest.raises(UsageError) as refused:
        from_flags(type="openai", model="m", agent_id="a b")
    assert str(refused.value) == "the name of the agent must be 1 to 64 letters a-z, digits or _ . -"
