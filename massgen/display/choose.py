"""Which display suits the terminal we were started on, and the person in front of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["rich", "plain", "linear"]

_OFF = ("0", "false", "no", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A display. `because` is what asked for the linear one (a flag, a variable, a key of the configuration).

    `has_screen`: the terminal can move its cursor, and can be given back as it was.
    """

    kind: Kind
    because: str = ""
    has_screen: bool


def pick(
    *,
    stdout_isatty: bool,
    stderr_isatty: bool,
    environ: Mapping[str, str],
    requested: Kind | None = None,
    configured: Kind = "rich",
    has_termios: bool = True,
) -> Chosen:
    """Return the display that was asked for, as far as the terminal can show it.

    The command line (`requested`) comes before the environment, and that before the configuration. ACCESSIBLE, which a
    screen reader's user sets, asks for the linear display, and with 0, false, no or off against it. Lines are also what
    CI gets, and a stderr that leads elsewhere. A request for "rich" overrules all these, but never a pipe, a terminal
    that cannot move its cursor, or a system without termios, on which no terminal could be given back as it was.
    """
    has_screen = has_termios and stdout_isatty and environ.get("TERM", "") not in ("", "dumb")
    accessible = environ.get("ACCESSIBLE", "").strip().lower()
    because = ""
    if requested == "linear":
        because = "--display linear"
    elif requested is None and accessible not in ("", *_OFF):
        because = f"ACCESSIBLE={accessible}"
    elif requested is None and configured == "linear" and not accessible:
        because = "ui.display_type: linear"
    if because:
        return Chosen(kind="linear", because=because, has_screen=has_screen)
    asked_for_lines = requested is None and (configured == "plain" or not stderr_isatty or bool(environ.get("CI")))
    is_plain = requested == "plain" or asked_for_lines or not has_screen
    return Chosen(kind="plain" if is_plain else "rich", has_screen=has_screen)
