"""Which display suits the terminal we were started on."""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["rich", "plain"]


def pick(
    *, stdout_isatty: bool, stderr_isatty: bool, environ: Mapping[str, str], requested: Kind | None = None
) -> Kind:
    """Return "rich" only where a screen can be drawn and nobody asked for lines.

    The lines go to stderr, so sending that elsewhere asks for them; CI and ACCESSIBLE (a screen reader) do too. A
    request for "rich" overrules all three, but never a pipe or a terminal that cannot move its cursor.
    """
    can_draw = stdout_isatty and environ.get("TERM", "") not in ("", "dumb")
    if requested == "plain" or not can_draw:
        return "plain"
    asked_for_lines = not stderr_isatty or bool(environ.get("CI") or environ.get("ACCESSIBLE"))
    return "plain" if asked_for_lines and requested is None else "rich"
