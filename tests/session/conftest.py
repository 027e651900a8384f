"""The directory in which the session of a test lives."""

from pathlib import Path

import pytest


@pytest.fixture
def session(tmp_path: Path) -> Path:
    directory = tmp_path / "session_20250108_143022"
    directory.mkdir()
    return directory
