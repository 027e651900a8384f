"""The live view only where it can be drawn and nobody asked for lines; sentences for who asks for them."""

from collections.abc import Mapping

import pytest

from massgen.display.choose import Chosen, Kind, pick

XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("stdout", "stderr", "environ", "requested", "configured", "kind"),
    [
        (True, True, XTERM, None, "rich", "rich"),
        (True, True, XTERM, "plain", "rich", "plain"),
        (True, True, XTERM, None, "plain", "plain"),
        (True, True, XTERM, "rich", "plain", "rich"),
        (False, True, XTERM, None, "rich", "plain"),
        (False, True, XTERM, "rich", "rich", "plain"),
        (True, False, XTERM, None, "rich", "plain"),
        (True, False, XTERM, "rich", "rich", "rich"),
        (True, True, {"TERM": "dumb"}, "rich", "rich", "plain"),
        (True, True, {}, None, "rich", "plain"),
        (True, True, {**XTERM, "CI": "true"}, None, "rich", "plain"),
        (True, True, {**XTERM, "CI": "true"}, "rich", "rich", "rich"),
        (True, True, {**XTERM, "ACCESSIBLE": "1"}, "rich", "rich", "rich"),
        (True, True, {**XTERM, "ACCESSIBLE": "1"}, "plain", "linear", "plain"),
        (True, True, {**XTERM, "ACCESSIBLE": "0"}, None, "linear", "rich"),
        (True, True, {**XTERM, "ACCESSIBLE": "off"}, None, "rich", "rich"),
        (True, True, {**XTERM, "ACCESSIBLE": " "}, None, "rich", "rich"),
    ],
)
def test_the_display_suits_the_terminal(
    stdout: bool, stderr: bool, environ: Mapping[str, str], requested: Kind | None, configured: Kind, kind: Kind
) -> None:
    chosen = pick(
        stdout_isatty=stdout, stderr_isatty=stderr, environ=environ, requested=requested, configured=configured
    )
    assert (chosen.kind, chosen.because) == (kind, "")


@pytest.mark.parametrize("isatty", [True, False])
@pytest.mark.parametrize(
    ("environ", "requested", "configured", "because"),
    [
        ({"ACCESSIBLE": "0"}, "linear", "rich", "--display linear"),
        ({"ACCESSIBLE": "1"}, None, "plain", "ACCESSIBLE=1"),
        ({"ACCESSIBLE": "Yes"}, None, "linear", "ACCESSIBLE=yes"),
        ({"CI": "1"}, None, "linear", "ui.display_type: linear"),
        ({"TERM": "dumb"}, None, "linear", "ui.display_type: linear"),
    ],
)
def test_who_asks_for_sentences_gets_them_everywhere_and_hears_who_asked(
    isatty: bool, environ: Mapping[str, str], requested: Kind | None, configured: Kind, because: str
) -> None:
    chosen = pick(
        stdout_isatty=isatty,
        stderr_isatty=isatty,
        environ={**XTERM, **environ},
        requested=requested,
        configured=configured,
    )
    assert (chosen.kind, chosen.because) == ("linear", because)


@pytest.mark.parametrize(("requested", "kind"), [(None, "plain"), ("rich", "plain"), ("linear", "linear")])
def test_a_terminal_that_could_not_be_given_back_as_it_was_has_no_screen(requested: Kind | None, kind: Kind) -> None:
    chosen = pick(stdout_isatty=True, stderr_isatty=True, environ=XTERM, requested=requested, has_termios=False)
    because = "--display linear" if kind == "linear" else ""
    assert chosen == Chosen(kind=kind, because=because, has_screen=False)
