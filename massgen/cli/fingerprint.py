"""A digest of everything that a configuration says, to tell later whether it says something else."""

import json
from hashlib import sha256
from pathlib import Path

from massgen.config.schema import Configuration

_LENGTH = 16


def fingerprint(configuration: Configuration, root: Path) -> str:
    """The digest, without keys. What only repeats a default is nothing said; places below `root` move with it."""

    def spell(value: object) -> str:
        return str(value.relative_to(root) if isinstance(value, Path) and value.is_relative_to(root) else value)

    keys = {"agents": {"__all__": {"backend": {"api_key"}}}}
    said = configuration.model_dump(exclude=keys, exclude_defaults=True)
    return sha256(json.dumps(said, default=spell, sort_keys=True).encode("ascii")).hexdigest()[:_LENGTH]
