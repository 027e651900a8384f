"""The teams that come with massgen, by the names that begin with `@examples/`."""

from difflib import get_close_matches
from pathlib import Path
from typing import Final

from massgen.errors import ConfigError

PREFIX: Final = "@examples/"


def resolve(name: str, *, directory: Path | None = None) -> Path:
    """The file of `@examples/basic/single/single_agent.yaml`; the ending may be left out.

    Only names of `names()` lead to a file, so no name can lead out of the directory. Raises `ConfigError`.
    """
    files = _files(directory or _directory())
    for candidate in (name, f"{name}.yaml"):
        if candidate in files:
            return files[candidate]
    short = [each.removeprefix(PREFIX) for each in files]
    nearest = get_close_matches(f"{name.removeprefix(PREFIX).removesuffix('.yaml')}.yaml", short, n=1, cutoff=0.6)
    guess = f"; did you mean {PREFIX}{nearest[0]}?" if nearest else ""
    hint = f"These examples exist: {', '.join(files)}." if files else "No examples are installed here."
    raise ConfigError(f"there is no example {name!r}{guess}", hint=hint)


def names(*, directory: Path | None = None) -> tuple[str, ...]:
    """All names that `resolve` knows, in alphabetical order."""
    return tuple(_files(directory or _directory()))


def _files(directory: Path) -> dict[str, Path]:
    found = sorted(directory.rglob("*.yaml"))
    # A demo's lines lie beside its team and are no team themselves.
    return {PREFIX + each.relative_to(directory).as_posix(): each for each in found if each.name != "script.yaml"}


def _directory() -> Path:
    """`massgen/examples` in an installed package, `examples` at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "examples"
    return installed if installed.is_dir() else package.parent / "examples"
