"""The file that `/config` opens: the user's own, or a copy of what MassGen was started with."""

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from massgen.errors import ConfigError
from massgen.printable import one_line
from massgen.session.disk import make_home


@dataclass(frozen=True, slots=True, kw_only=True)
class Editable:
    """A file to edit. `note` says what was done to get it; `start` is the command that uses it, where it is new."""

    path: Path
    note: str = ""
    start: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """What the team came from.

    `name` is how the user called it. `path` is its file, if it has one; `yaml` its text, if it was made from flags.
    `owned` is false for a file of MassGen's own, which is copied to `copy_to` before it is edited, or beside it when
    another team stands there; the demo is not.
    """

    name: str
    path: Path | None
    yaml: str
    owned: bool
    copy_to: Path
    demo: bool = False

    def editable(self) -> Editable:
        """The file to edit; raises `ConfigError` if it cannot be made."""
        if self.demo:
            hint = "Start with --model or --config, and /config opens that."
            raise ConfigError(
                "The demo team plays a script of MassGen's own; there is nothing to configure.", hint=hint
            )
        if self.path is not None and self.owned:
            return Editable(path=self.path)
        try:
            text = self.path.read_text(encoding="utf-8") if self.path is not None else self.yaml
            return self._copied(f"# Made by /config from {one_line(self.name)}\n{text}")
        except OSError as error:
            hint = "Copy the configuration to a place that can be written."
            raise ConfigError(f"{self.copy_to} cannot be written: {error.strerror}.", hint=hint) from error

    def _copied(self, text: str) -> Editable:
        """The copy of this team that is there, whatever has become of it since, or a new one under a free name."""
        for place in _names(self.copy_to):
            start = self._start(place)
            if not os.path.lexists(place):
                make_home(place.parent)
                with place.open("x", encoding="utf-8") as file:
                    file.write(text)
                left = "" if place == self.copy_to else f"{self.copy_to} is another team and was left as it is. "
                note = f"{left}{self.name} was copied to {place}; `{start}` uses it from now on."
                return Editable(path=place, note=note, start=start)
            if _is_same(place, text):
                note = f"{place} was made from {self.name} before, and is opened."
                return Editable(path=place, note=note, start=start)
        raise AssertionError("there are names without end")

    def _start(self, place: Path) -> str:
        """What to type, in the directory MassGen was started in, for this copy."""
        if place == self.copy_to:
            return "massgen"
        return shlex.join(["massgen", "--config", str(place.relative_to(self.copy_to.parent.parent))])


def _names(first: Path) -> Iterator[Path]:
    yield first
    for number in count(2):
        yield first.with_stem(f"{first.stem}-{number}")


def _is_same(place: Path, text: str) -> bool:
    """Whether the file began as this text, or says the same."""
    try:
        there = place.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    ours = text.splitlines()
    return there[:1] == ours[:1] or _said(there) == _said(ours)


def _said(lines: list[str]) -> list[str]:
    return [line.rstrip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
