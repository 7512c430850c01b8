"""Reads a record of one closed compartment: time, pressure, and its temperature if that was read.

time_utc (or time, timestamp, ... as everywhere), or elapsed_s, elapsed_min, elapsed_h
pressure_mmhg (or _pa, _kpa, _hpa, _psi)        temperature_degc (or _k)
"""

import numpy as np

from hullwatch.errors import TelemetryError
from hullwatch.records import Floats
from hullwatch.telemetry.columns import TIME_NAMES, listed
from hullwatch.telemetry.history_file import QUANTITY, check_order, quantity_of, read_table, values_of
from hullwatch.telemetry.time_column import seconds

ELAPSED = {"elapsed_s": 1.0, "elapsed_min": 60.0, "elapsed_h": 3600.0}


def read_hold(path: str) -> tuple[Floats, Floats, Floats | None]:
    """Times (n,) s, pressures (n,) Pa, temperatures (n,) K with NaN where empty, or None without such a column.

    Rows without a pressure are left out. Raises TelemetryError (file, place, remedy) for whatever cannot be read.
    """
    frame = read_table(path).frame
    known = {column: column.strip().lower() for column in frame.columns}
    found = {quantity_of(path, c, n): values_of(path, frame[c], n) for c, n in known.items() if QUANTITY.match(n)}
    if "pressure" not in found:
        raise TelemetryError(path, "header", f"no pressure; found {listed(known)}", "Name one column pressure_mmhg")
    elapsed = next((c for c, n in known.items() if n in ELAPSED), None)
    stamped = next((c for c, n in known.items() if n in TIME_NAMES), None)
    if elapsed is not None:
        time_s = _elapsed(path, np.array(frame[elapsed].to_list(), dtype=object), elapsed) * ELAPSED[known[elapsed]]
    elif stamped is not None:
        time_s, _ = seconds(path, frame[stamped])
    else:
        remedy = "Name one time_utc, or elapsed_s, elapsed_min, elapsed_h"
        raise TelemetryError(path, "header", f"no time column; found {listed(known)}", remedy)
    check_order(path, time_s)
    kept = np.isfinite(found["pressure"])
    if kept.sum() < 2:
        raise TelemetryError(
            path, "rows", f"{int(kept.sum())} readings of pressure", "A rate needs two readings or more"
        )
    warm = found.get("temperature")
    return time_s[kept], found["pressure"][kept], None if warm is None else warm[kept]


def _elapsed(path: str, column: "np.ndarray[tuple[int], np.dtype[np.object_]]", name: str) -> Floats:
    """Numbers of a column of elapsed times."""
    found = np.empty(column.size)
    for row, text in enumerate(column):
        try:
            found[row] = float(text)
        except (TypeError, ValueError) as error:
            problem = f"{text!r} is not a number"
            raise TelemetryError(
                path, f"row {row + 1}, column {name!r}", problem, "Give elapsed time as numbers"
            ) from error
    return found
