"""The file that `/config` opens: the user's own, or a copy of what MassGen was started with."""

from dataclasses import dataclass
from pathlib import Path

from massgen.errors import ConfigError
from massgen.session.disk import make_home


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """What the team came from.

    `name` is how the user called it. `path` is its file, if it has one; `yaml` its text, if it was made from flags.
    `owned` is false for a file of MassGen's own, which is copied to `copy_to` before it is edited; the demo is not.
    """

    name: str
    path: Path | None
    yaml: str
    owned: bool
    copy_to: Path
    demo: bool = False

    def editable(self) -> tuple[Path, str]:
        """The file to edit, and what was done to get it; raises `ConfigError` if it cannot be made."""
        if self.demo:
            hint = "Start with --model or --config, and /config opens that."
            raise ConfigError(
                "The demo team plays a script of MassGen's own; there is nothing to configure.", hint=hint
            )
        if self.path is not None and self.owned:
            return self.path, ""
        if self.copy_to.exists():
            return self.copy_to, f"{self.copy_to} exists already and is opened; it was not overwritten."
        try:
            text = self.path.read_text(encoding="utf-8") if self.path is not None else self.yaml
            make_home(self.copy_to.parent)
            self.copy_to.write_text(text, encoding="utf-8")
        except OSError as error:
            hint = "Copy the configuration to a place that can be written."
            raise ConfigError(f"{self.copy_to} cannot be written: {error.strerror}.", hint=hint) from error
        return (
            self.copy_to,
            f"{self.name} was copied to {self.copy_to}; `massgen` without --config uses it from now on.",
        )
