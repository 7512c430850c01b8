"""Is a pressure column in the unit the vehicle says? Pressures of a cabin betray their unit by their size."""

import math

import numpy as np

from hullwatch.errors import TelemetryError
from hullwatch.records import Floats, QualityNote
from hullwatch.units import MMHG_PA, PSI_PA, TO_SI
from hullwatch.vehicle.facts import Channel

PRESSURE_UNITS = {
    "psi": PSI_PA, "kPa": 1e3, "hPa": 1e2, "mmHg": MMHG_PA, "Pa": 1.0, "bar": 1e5, "atm": 101_325.0,
}  # fmt: skip


ALIKE = 0.05
"""Units whose sizes differ by less than this share (bar and atm) cannot be told apart by a reading."""
ODD = 0.7
"""A median further than this from nominal pressure (natural logarithm: a factor of 2) makes another unit thinkable."""


def check_unit(
    file: str, channel: Channel, time_s: Floats, value: Floats, nominal_pa: float
) -> tuple[QualityNote, ...]:
    """Raise TelemetryError if most readings are unbelievable in the channel's unit but believable in another.

    A channel that fits no unit is a broken sensor rather than a wrong column: it gets a note, not an error. So does
    one that is believable but would sit at nominal pressure in another unit (kPa in a mmHg column reads as 100 mmHg).
    """
    _, factor, offset = TO_SI[channel.unit]
    low, high = ((end - offset) / factor for end in channel.range_si)
    count = int(np.count_nonzero((value < low) | (value > high)))
    median = float(np.quantile(value, 0.5, method="lower"))  # a reading, not a mean of two that may overflow
    units = _likely_units(channel, median, nominal_pa)
    span = (float(time_s.min()), float(time_s.max()))
    would = f"it would be {_in(channel, median, units[0]):.1f} {channel.unit} if the column were " if units else ""
    would += " or ".join(units)
    if 2 * count <= len(value):
        if not units or not _is_odd(median * factor + offset, _in_si(median, units[0]), nominal_pa):
            return ()
        return (QualityNote("unit", channel.id, *span, len(value), f"median {median:.2f} {channel.unit}; {would}"),)
    shown = f"outside {low:g}..{high:g} {channel.unit}"
    if not units:
        why = f"{count} of {len(value)} readings are {shown} (median {median:.6g})"
        return (QualityNote("out_of_range", channel.id, *span, count, why),)
    remedy = f"Convert the column to {channel.unit}"
    if units[0] in TO_SI:
        remedy += f' or give a channel table with unit = "{units[0]}"'
    raise TelemetryError(file, channel.id, f"median {median:.2f} in {channel.unit} is {shown}; {would}", remedy)


def _in_si(median: float, unit: str) -> float:
    return median * PRESSURE_UNITS[unit]


def _in(channel: Channel, median: float, unit: str) -> float:
    """What a reading in `unit` is in the channel's own unit."""
    _, factor, offset = TO_SI[channel.unit]
    return (_in_si(median, unit) - offset) / factor


def _is_odd(pressure_pa: float, other_pa: float, nominal_pa: float) -> bool:
    """Far from nominal pressure as it is, and close to it in the other unit."""
    if pressure_pa <= 0.0:
        return False
    return abs(math.log(pressure_pa / nominal_pa)) > ODD and abs(math.log(other_pa / nominal_pa)) < 2.0 * ALIKE


def _likely_units(channel: Channel, median: float, nominal_pa: float) -> tuple[str, ...]:
    """The units that put the median in range: the one nearest to nominal pressure, and those it cannot be told from."""
    low, high = channel.range_si
    fits = {
        unit: abs(math.log(_in_si(median, unit) / nominal_pa))
        for unit in PRESSURE_UNITS
        if unit != channel.unit and median > 0.0 and low <= _in_si(median, unit) <= high
    }
    return tuple(unit for unit in fits if fits[unit] <= min(fits.values()) + ALIKE)
