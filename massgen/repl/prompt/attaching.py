"""From the mentions in a question to the files that go with it: each is read, refused with a sentence, or asked for.

A file is judged by where it really is: links are followed first, and what is then opened is a regular file reached by
plain names, so that neither a named pipe nor a swapped link can lead astray. What is not below the project, or looks as
if it held keys, is asked for, because everything in it goes to every provider of the team and into the session.
"""

import codecs
import errno
import os
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, TypeAlias

from massgen.events import Attached
from massgen.printable import one_line
from massgen.repl.prompt.mentions import mentions
from massgen.session.redaction import Redactor
from massgen.workspace.beneath import Content, Directory

MOST_OF_ONE: Final = 64 * 1024
"""Bytes of one file that go with a question."""
MOST_OF_ALL: Final = 256 * 1024
"""Bytes of all files of one question."""

_KEY_LIKE: Final = (
    ".env", ".env.*", "*.env", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*.key", "*.p12", "*.pfx",
    "*.ppk", "*.kdbx", "*.keystore", "*.jks", ".netrc", "_netrc", ".pgpass", ".npmrc", ".pypirc", ".htpasswd",
    ".git-credentials", "credentials", "credentials.*", "secrets.*",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that can go with the question. `why` is not empty where the user is asked before it does."""

    attached: Attached
    size: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A mention whose file cannot go with the question, and a sentence that says why."""

    sentence: str


Finding: TypeAlias = Found | Refused


def look_up(typed: str, *, project: Path, redactor: Redactor) -> tuple[Finding, ...]:
    """What the mentions in `typed` lead to, each file once; a word that is no path leads to nothing."""
    findings: dict[Path, Finding] = {}
    left = MOST_OF_ALL
    for mention in mentions(typed):
        name = next((each for each in mention.names if _exists(project, each)), "")
        if not name:
            missing = mention.names[-1]
            if mention.looks_like_path(lambda above: _place(project, above).is_dir()):
                findings[Path(missing)] = Refused(sentence=f"There is no file {_quoted(missing)}.")
            continue
        real = Path(os.path.realpath(_place(project, name)))
        if real in findings:
            continue
        findings[real] = finding = _read(name, real, project=project, redactor=redactor, most=min(MOST_OF_ONE, left))
        if isinstance(finding, Found):
            left -= len(finding.attached.text.encode())
    return tuple(findings.values())


def told(found: Found) -> str:
    """A file and how much of it goes along: `a.py (2.1 KiB)`, `big.log (64.0 KiB of 2,048.0 KiB)`."""
    whole = _kib(found.size)
    part = _kib(len(found.attached.text.encode()))
    return f"{one_line(found.attached.path)} ({f'the first {part} of {whole}' if found.attached.cut else whole})"


def _read(name: str, real: Path, *, project: Path, redactor: Redactor, most: int) -> Finding:
    if most <= 0:
        whole = _kib(MOST_OF_ALL)
        return Refused(sentence=f"{_quoted(name)} is left out: the files before it take all of the {whole} there are.")
    home = Path(os.path.realpath(project))
    outside = not real.is_relative_to(home)
    try:
        try:
            content = _content(real.parent if outside else home, real, most)
        except OSError as error:
            if outside or error.errno != errno.EXDEV:
                raise
            outside = True  # another file system is mounted there
            content = _content(real.parent, real, most)
    except (OSError, ValueError) as error:
        return Refused(sentence=f"{_quoted(name)} cannot be attached: {_why(error)}.")
    text = _text(content)
    if text is None:
        return Refused(sentence=f"{_quoted(name)} cannot be attached: it is no UTF-8 text.")
    attached = Attached(path=name, text=text, cut=content.size > len(content.data))
    return Found(
        attached=attached, size=max(content.size, len(content.data)), why=_why_ask(real, text, outside, redactor)
    )


def _why_ask(real: Path, text: str, outside: bool, redactor: Redactor) -> str:
    reasons = [f"is outside of this project ({one_line(str(real))})"] if outside else []
    if any(fnmatch(real.name.lower(), pattern) for pattern in _KEY_LIKE) or ".ssh" in real.parts:
        reasons.append("has a name that files with keys have")
    elif redactor.clean(text) != text:
        reasons.append("holds what looks like a key")
    return " and ".join(reasons)


def _content(directory: Path, real: Path, most: int) -> Content:
    with Directory(directory) as opened:
        return opened.read(real.relative_to(directory).parts, most=most)


def _text(content: Content) -> str | None:
    """The file as text; None if it is none. A letter that the limit cuts in two is left off."""
    if b"\0" in content.data:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content.data, final=content.size <= len(content.data))
    except UnicodeDecodeError:
        return None


def _place(project: Path, name: str) -> Path:
    try:
        return project / Path(name).expanduser()
    except RuntimeError:  # there is no such user
        return project / name


def _exists(project: Path, name: str) -> bool:
    try:
        return os.path.lexists(_place(project, name))
    except ValueError:  # a NUL in it
        return False


def _why(error: OSError | ValueError) -> str:
    match error:
        case IsADirectoryError():
            return "it is a directory"
        case FileNotFoundError():
            return "the link leads nowhere"
        case PermissionError():
            return "you may not read it"
        case OSError(errno=errno.ELOOP):
            return "the link leads back to itself"
        case OSError():
            return (error.strerror or str(error)).removesuffix(".")
        case _:
            return "its name is impossible"


def _quoted(name: str) -> str:
    return f"'{one_line(name, 200)}'"


def _kib(size: int) -> str:
    return f"{size:,} bytes" if size < 1024 else f"{size / 1024:,.1f} KiB"
