"""The command line is read into options, or refused by argparse with one line below the usage."""

import pytest

from massgen.cli.options import Options, parse


def test_every_flag_is_read() -> None:
    assert parse([]) == Options()
    assert parse(["--demo", "Why?"]) == Options(demo=True, question="Why?")
    assert parse(["--config", "team.yaml", "--no-display"]) == Options(config="team.yaml", display="plain")
    assert parse(["--demo", "--display", "linear"]) == Options(demo=True, display="linear")
    assert parse(["--demo", "--output-format", "stream-json", "Why?"]) == Options(
        demo=True, output_format="stream-json", question="Why?"
    )
    assert parse(
        ["--model", "m", "--backend", "openai", "--base-url", "http://localhost", "--orchestrator-timeout", "90"]
    ) == Options(model="m", backend="openai", base_url="http://localhost", orchestrator_timeout=90.0)


def test_a_question_may_look_like_a_flag_behind_two_dashes() -> None:
    assert parse(["--demo", "--", "--why?"]) == Options(demo=True, question="--why?")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--nope", "Why?"], "unrecognized arguments: --nope"),
        (["--demo", "Why?", "and?"], "unrecognized arguments: and?"),
        (["--demo", "--model", "gpt-6.1-terra", "Why?"], "argument --model: not allowed with argument --demo"),
        (["--config", "a.yaml", "--demo", "Why?"], "argument --demo: not allowed with argument --config"),
        (["--demo", "--no-display", "--display", "rich"], "argument --display: not allowed with argument --no-display"),
        (
            ["--demo", "--output-format", "yaml", "Why?"],
            "argument --output-format: invalid choice: 'yaml' (choose from 'text', 'json', 'stream-json')",
        ),
        (["--model"], "argument --model: expected one argument"),
        (
            ["--demo", "--orchestrator-timeout", "soon", "Why?"],
            "argument --orchestrator-timeout: 'soon' is not a number of seconds",
        ),
        (
            ["--demo", "--orchestrator-timeout", "-3", "Why?"],
            "argument --orchestrator-timeout: '-3' is not between 0 and 86400 seconds",
        ),
    ],
)
def test_what_cannot_be_read_is_named(capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    with pytest.raises(SystemExit) as end:
        parse(arguments)

    said = capsys.readouterr()
    assert (end.value.code, said.out) == (2, "")
    assert said.err.splitlines()[-1] == f"massgen: error: {sentence}"
