"""Numbers as people write them with doubt ("25 +- 5 kg/day", "20..30 kg/day"), and readings ("730 mmHg at 22:30")."""

import re
from pathlib import Path
from typing import Any

from hullwatch.units import NUMBER

PLUS_MINUS = re.compile(rf"\s*({NUMBER})\s*(?:\+-|\+/-|±)\s*({NUMBER})\s*([^\d\s.].*)")
RANGE = re.compile(rf"\s*({NUMBER})\s*\.\.\s*({NUMBER})\s*([^\d\s.].*)")
SIGMAS = 1.645
"""Half width of a 90 % interval: what a range from low to high is taken for."""
TYPED_DOUBT = 0.2
"""A rate typed without doubt is taken to be known to a fifth, half width of its 90 % interval [c]."""


def quantity(option: str, text: str, *units: str) -> tuple[float, float, str]:
    """Value and standard deviation in the first of the SI units that fits, and which.

    Raises OutOfRange that names the option and what it takes. "1 mmHg in 30 min" is a rate.
    """
    from hullwatch.errors import OutOfRange
    from hullwatch.units import parse_quantity

    doubted, ranged = PLUS_MINUS.fullmatch(text), RANGE.fullmatch(text)
    said = doubted or ranged
    numbers, unit = ((said[1], said[2]), said[3]) if said else (("",), text)
    per = re.fullmatch(r"\s*(.+?)\s+in\s+(.+?)\s*", unit)
    for each in units:
        try:
            if per and each.endswith("/s"):
                over, base, of = parse_quantity(per[2], "s"), each.removesuffix("/s"), per[1]
            else:
                over, base, of = 1.0, each, unit
            found = [parse_quantity(f"{number} {of}", base) / over for number in numbers]
        except OutOfRange:
            continue
        if ranged and found[0] > found[1]:
            raise OutOfRange(option, found[0], f"{text!r}: a range goes from low to high")
        if ranged:
            return 0.5 * (found[0] + found[1]), 0.5 * (found[1] - found[0]) / SIGMAS, each
        return found[0], found[1] if doubted else 0.0, each
    raise OutOfRange(option, None, f"{text!r} is not a quantity in units of {' or '.join(units)}, as {EXAMPLE}")


EXAMPLE = '"25 kg/day", with its standard deviation "25 +- 5 kg/day", or a 90 % range "20..30 kg/day"'


def readings(texts: list[str]) -> tuple[Any, Any]:
    """Times (s) and pressures (Pa) of readings such as "730 mmHg at 2020-12-26T12:00Z" or "620 mmHg at 18 h".

    A span of time counts from the first reading where that has a date.
    """
    import numpy as np

    from hullwatch.errors import OutOfRange
    from hullwatch.units import parse_quantity, utc_seconds

    found: list[tuple[float, float]] = []
    begun_s = 0.0
    for text in texts:
        pressure, at, moment = text.partition(" at ")
        if not at:
            raise OutOfRange("reading", None, f'{text!r} has no time: write "730 mmHg at 2020-12-26T12:00Z"')
        try:
            time_s = begun_s + parse_quantity(moment, "s")
        except OutOfRange:
            time_s = utc_seconds(moment)
            begun_s = begun_s if found else time_s
        found.append((time_s, parse_quantity(pressure, "pascal")))
    times = np.array([f[0] for f in found])
    if times.size > 1 and not np.all(np.diff(times) > 0.0):
        late = texts[int(np.argmin(np.diff(times))) + 1]
        raise OutOfRange("reading", None, f"{late!r} is not later than the one before; give them in order of time")
    return times, np.array([f[1] for f in found])


def record(path: str) -> tuple[Any, Any, Any]:
    """Times (s), pressures (Pa) and temperatures (K; NaN where not read) of a file of one compartment's gauge."""
    import numpy as np

    from hullwatch.errors import TelemetryError
    from hullwatch.telemetry.hold_file import read_hold

    if not Path(path).exists():
        raise TelemetryError(path, "path", "no such file", "Check the path, or give readings with --reading")
    time_s, pressure_pa, temperature_k = read_hold(path)
    return time_s, pressure_pa, np.full(time_s.size, np.nan) if temperature_k is None else temperature_k
