"""How many random examples a property is tried with: the same five hundred each time, or as many as are asked for.

Set `MASSGEN_EXAMPLES` to a number to try so many, and other ones in each run.
"""

import os
from typing import Final

from hypothesis import HealthCheck, settings

_ASKED: Final = os.environ.get("MASSGEN_EXAMPLES")


def tried(count: int) -> settings:
    """Settings for so many examples, unless the environment asks for another number."""
    return settings(
        max_examples=int(_ASKED or count),
        derandomize=_ASKED is None,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
