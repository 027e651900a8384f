"""What is taken out of kept text, and what stays."""

import base64
from urllib.parse import quote

import pytest

from massgen.session.redaction import Redactor, secrets_in

SECRET = "canary/4711+of=the team"
"""A value with every character that some encoding spells differently."""


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("sk-proj-abcdefghijkl", "[redacted]"),
        ("key=sk-ant-api03-AbC_d-123456789.", "key=[redacted]."),
        ("(xai-abcdefghijkl)", "([redacted])"),
        ("AIzaSyA1234567890", "[redacted]"),
        ("ghp_abcdefghijkl0123", "[redacted]"),
        ("AKIAIOSFODNN7EXAMPLE", "[redacted]"),
        ("xoxb-123456789012-abc", "[redacted]"),
        ("Bearer eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl!", "Bearer [redacted]!"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n", "[redacted]\n"),
        ("https://ann:hunter2@host/path", "https://[redacted]@host/path"),
        ("the task-force-of-the-century", "the task-force-of-the-century"),
        ("pip install sk-learn", "pip install sk-learn"),
        ("a disk-organization-scheme", "a disk-organization-scheme"),
        ("https://host:8080/a@b", "https://host:8080/a@b"),
        ("eyJ", "eyJ"),
    ],
)
def test_what_looks_like_a_key_goes_and_what_only_sounds_like_one_stays(text: str, cleaned: str) -> None:
    assert Redactor(()).clean(text) == cleaned


@pytest.mark.parametrize(
    "form",
    [SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode().rstrip("=")],
    ids=["plain", "url", "base64"],
)
def test_a_known_value_goes_in_every_spelling(form: str) -> None:
    assert Redactor([SECRET]).clean(f"<{form}><{form}>") == "<[redacted]><[redacted]>"


def test_the_longest_of_several_values_goes_first() -> None:
    assert Redactor(["canary-4711", "canary-4711-long"]).clean("canary-4711-long") == "[redacted]"


def test_a_value_too_short_to_be_a_key_stays() -> None:
    assert Redactor(["", "test"]).clean("a test") == "a test"


def test_variables_are_known_by_their_names() -> None:
    environ = {
        "OPENAI_API_KEY": "one",
        "hf_token": "two",
        "DB_PASSWORD": "three",
        "AWS_SECRET_ACCESS": "four",
        "GOOGLE_APPLICATION_CREDENTIALS": "five",
        "HOME": "six",
    }

    assert secrets_in(environ) == {"one", "two", "three", "four", "five"}
