"""The clocks of the console: the host's UTC, to show, and a monotonic one, to measure ages that no stepped clock bends.

Nothing of the watch or the record is computed from them.
"""

import datetime as dt
import time
from collections.abc import Callable

Clock = Callable[[], float]


def utc_s() -> float:
    """Seconds since 1970-01-01 UTC by the host's clock, which may be stepped."""
    return dt.datetime.now(dt.UTC).timestamp()


def steady_s() -> float:
    """Seconds by a clock that only ever runs forward."""
    return time.monotonic()
