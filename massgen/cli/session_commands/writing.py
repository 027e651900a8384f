"""Exporting a session from the command line: to stdout, or to a file."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

from massgen.cli.options import Options
from massgen.cli.session_commands.asking import Asked
from massgen.cli.sessions import with_team_of
from massgen.display.theme import sayable
from massgen.errors import MassGenError, UsageError
from massgen.printable import clean
from massgen.session import reading
from massgen.session.exporting import document, markdown
from massgen.session.exporting.redacted import redacted
from massgen.session.exporting.saving import save
from massgen.session.redaction import Redactor, secrets_in
from massgen.session.store import LOG_NAME
from massgen.session.turns import history


def export(asked: Asked, directory: Path, *, root: Path, stdout: TextIO, environ: Mapping[str, str]) -> None:
    """Write the session in `directory` as one document; `root` is where MassGen was started."""
    if asked.force and asked.output is None:
        raise UsageError("--force goes with --output.", hint="Without --output nothing is replaced.")
    redactor = Redactor(secrets_in(environ) | _keys(directory, root, environ))
    told = history(redacted(reading.read(directory / LOG_NAME).entries, redactor))
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None, "astimezone gives one"
    text = document.text(told, directory.name) if asked.format == "json" else markdown.text(told, directory.name, zone)
    if asked.output is None:
        stdout.write(sayable(clean(text) if stdout.isatty() else text, stdout.encoding))
        return
    path = root / Path(asked.output)
    save(path, text, overwrite=asked.force, instead="Name another file, or say --force.")
    stdout.write(sayable(clean(f"{directory.name} is written to {path}.\n"), stdout.encoding))


def _keys(session: Path, root: Path, environ: Mapping[str, str]) -> frozenset[str]:
    """The keys that stand in the configuration of the session's team; one that cannot be read has none to give away."""
    from massgen.cli.choice import choose
    from massgen.cli.members import keys_of, muster

    with suppress(MassGenError):
        choice = choose(with_team_of(Options(), session, root), root=root, environ=environ)
        members, _ = muster(choice.configuration, environ, choice.keys)
        return keys_of(members)
    return frozenset()
