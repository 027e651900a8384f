"""The live view only where it can be drawn and nobody asked for lines."""

from collections.abc import Mapping

import pytest

from massgen.display.choose import Kind, pick

XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("stdout", "stderr", "environ", "requested", "kind"),
    [
        (True, True, XTERM, None, "rich"),
        (True, True, XTERM, "plain", "plain"),
        (False, True, XTERM, None, "plain"),
        (False, True, XTERM, "rich", "plain"),
        (True, False, XTERM, None, "plain"),
        (True, False, XTERM, "rich", "rich"),
        (True, True, {"TERM": "dumb"}, "rich", "plain"),
        (True, True, {}, None, "plain"),
        (True, True, {**XTERM, "CI": "true"}, None, "plain"),
        (True, True, {**XTERM, "CI": "true"}, "rich", "rich"),
        (True, True, {**XTERM, "ACCESSIBLE": "1"}, None, "plain"),
    ],
)
def test_the_display_suits_the_terminal(
    stdout: bool, stderr: bool, environ: Mapping[str, str], requested: Kind | None, kind: Kind
) -> None:
    assert pick(stdout_isatty=stdout, stderr_isatty=stderr, environ=environ, requested=requested) == kind
