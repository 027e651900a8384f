"""Text given to the clipboard: by the terminal, by a program, and never by one that does not end."""

import asyncio
import base64
import io
import os
import re
from pathlib import Path

import pytest

from massgen.repl.clipboard import Clipboard

TEXT = "Über\n`code` \x1b]0;evil\x07 \ud800"
BY_TERMINAL = "Sent to the terminal, which puts it on the clipboard if it knows how."
NOWHERE = "There is no clipboard to be reached from here; /export writes a file."


def program(place: Path, name: str, does: str) -> dict[str, str]:
    """An environment with this program; `does` is what its script does."""
    script = place / name
    script.write_text(f"#!/bin/sh\n{does}\n")
    script.chmod(0o700)
    return {"PATH": f"{place}{os.pathsep}/usr/bin{os.pathsep}/bin", "TAKEN": str(place / "taken")}


def take(clipboard: Clipboard, text: str = TEXT) -> tuple[str, ...]:
    return asyncio.run(clipboard.take(text))


def test_a_terminal_gets_nothing_that_acts_but_the_sequence_itself() -> None:
    terminal = io.StringIO()

    assert take(Clipboard(terminal=terminal, environ={})) == (BY_TERMINAL,)
    found = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", terminal.getvalue())
    assert found
    assert base64.b64decode(found[1]) == TEXT.encode("utf-8", "replace")


def test_inside_tmux_it_is_said_what_tmux_needs() -> None:
    assert take(Clipboard(terminal=io.StringIO(), environ={"TMUX": "/tmp/tmux"})) == (
        "Sent to the terminal, which passes it on with `set -g set-clipboard on`.",
    )


def test_what_is_too_long_for_a_terminal_is_not_sent() -> None:
    terminal = io.StringIO()
    clipboard = Clipboard(terminal=terminal, environ={})

    assert take(clipboard, "x" * 56_245) == ("It is too long for the terminal's own clipboard; /export writes a file.",)
    assert terminal.getvalue() == ""
    assert take(clipboard, "x" * 56_244) == (BY_TERMINAL,)


def test_what_is_too_long_for_anything_goes_nowhere() -> None:
    terminal = io.StringIO()

    assert take(Clipboard(terminal=terminal, environ={}), "x" * 10_000_001) == (
        "Not copied: 10,000,001 bytes are more than a clipboard should hold; /export writes a file.",
    )
    assert terminal.getvalue() == ""


def test_without_a_terminal_or_a_program_that_is_said() -> None:
    assert take(Clipboard(terminal=None, environ={"PATH": "/nowhere", "DISPLAY": ":0"})) == (NOWHERE,)


@pytest.mark.parametrize(
    ("name", "more", "platform"),
    [
        ("pbcopy", {}, "darwin"),
        ("clip.exe", {}, "win32"),
        ("clip.exe", {"WSL_DISTRO_NAME": "Debian"}, "linux"),
        ("wl-copy", {"WAYLAND_DISPLAY": "wayland-0"}, "linux"),
        ("xclip", {"DISPLAY": ":0"}, "linux"),
        ("xsel", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "linux"),
    ],
)
def test_a_program_of_the_system_is_given_the_text(
    tmp_path: Path, name: str, more: dict[str, str], platform: str
) -> None:
    environ = program(tmp_path, name, 'cat > "$TAKEN"') | more

    assert take(Clipboard(terminal=None, environ=environ, platform=platform)) == (f"Copied with {name}.",)
    assert (tmp_path / "taken").read_bytes() == TEXT.encode("utf-8", "replace")


@pytest.mark.parametrize(
    "more", [{}, {"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, {"DISPLAY": ":0", "SSH_CONNECTION": "1"}]
)
def test_a_program_is_left_alone_where_its_clipboard_is_not_the_users(tmp_path: Path, more: dict[str, str]) -> None:
    environ = program(tmp_path, "xclip", 'cat > "$TAKEN"') | more

    assert take(Clipboard(terminal=None, environ=environ)) == (NOWHERE,)
    assert not (tmp_path / "taken").exists()


def test_both_are_used_where_both_are_there(tmp_path: Path) -> None:
    environ = program(tmp_path, "xclip", "cat > /dev/null") | {"DISPLAY": ":0"}

    assert take(Clipboard(terminal=io.StringIO(), environ=environ)) == ("Copied with xclip.", BY_TERMINAL)


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("exit 1", "xclip did not take it: it ended with status 1."),
        ("cat > /dev/null; exec sleep 1000", "xclip did not take it within 0.2 seconds and was ended."),
        ("cat > /dev/null; sleep 3 & exit 0", "Copied with xclip."),
    ],
)
def test_a_program_that_fails_or_stays_holds_up_nobody(tmp_path: Path, does: str, said: str) -> None:
    environ = program(tmp_path, "xclip", f'echo $$ > "$TAKEN"; {does}') | {"DISPLAY": ":0"}

    assert take(Clipboard(terminal=None, environ=environ, patience_s=0.2 if "exec" in does else 30.0)) == (said,)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "taken").read_text()), 0)


def test_a_program_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    environ = program(tmp_path, "xclip", "") | {"DISPLAY": ":0"}
    (tmp_path / "xclip").write_text("#!/nowhere/sh\n")

    assert take(Clipboard(terminal=None, environ=environ)) == (
        "xclip could not be started: No such file or directory.",
    )
