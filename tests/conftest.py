"""What holds for all tests: nobody but loopback is reached, and `massgen` is a program that a test can run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.guard import loopback
from tests.helpers.program import Program

REFUSED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """From here on no test reaches anybody but loopback."""
    config.stash[REFUSED] = []
    loopback.install(config.stash[REFUSED].append)


@pytest.fixture
def refused(pytestconfig: pytest.Config) -> list[str]:
    """The connections that this test has tried to open, to nobody's good."""
    pytestconfig.stash[REFUSED].clear()
    return pytestconfig.stash[REFUSED]


@pytest.fixture(autouse=True)
def _nobody_was_reached(refused: list[str]) -> Iterator[None]:
    """A library may swallow a refusal; the test fails all the same."""
    yield
    assert refused == []


@pytest.fixture
def massgen(tmp_path: Path) -> Program:
    """`massgen`, in an empty project."""
    return Program(tmp_path)
