"""What the README shows of the demo, compared with the demo."""

import re

import pytest

from tests.docs.pages import blocks, text_of
from tests.helpers.program import Program


@pytest.mark.slow
def test_the_transcript_of_the_readme_is_what_the_demo_prints(massgen: Program) -> None:
    shown = next(block for block in blocks(text_of("README.md"), "text") if block.startswith("["))

    ran = massgen("--demo", "What is machine learning?")

    assert _without_times(ran.stderr + ran.stdout) == _without_times(shown)


def _without_times(text: str) -> str:
    return re.sub(r"\d+\.\d ?s", "0.0 s", text.replace("\r\n", "\n"))
