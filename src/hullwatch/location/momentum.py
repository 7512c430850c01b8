"""The change of torque when a leak began, from the recorded control torque: whole orbits before against whole after.

    control torque  ~~~~~~~~~~~~|~~~~~~~~~~~~~      swings several N m within an orbit: gravity gradient, drag, arrays
    mean of an orbit ---.--.----|----.---.----      and repeats to about 0.1 N m from one orbit to the next
                     before   onset   after

Over whole orbits those swings cancel, and what the gyros took up per orbit, divided by its length, is the mean torque.
How well they cancel is measured on the orbits before, not assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.records import Floats

PRIOR_N_M, PRIOR_ORBITS = 0.1, 4.0
"""How well the mean torque of an orbit repeats before any was heard, and how many orbits that belief is worth [c]."""
STEP_S = 10.0
WHOLE = 0.7
"""Share of an orbit that must have been heard for it to count."""


@dataclass(frozen=True, slots=True)
class Change:
    """Change of the torque on the station (3,) N m, its covariance, and how many orbits it rests on."""

    change_n_m: Floats
    covariance: Floats
    before: int
    after: int


def on_one_clock(times: Sequence[Floats], values: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Three channels published on change, as means on one clock: time (n,), torque (n, 3); NaN where none was heard."""
    start, end = max(t[0] for t in times), min(t[-1] for t in times)
    n = int((end - start) // STEP_S)
    if n < 1:
        raise OutOfRange("torque", float(n), "channels that were heard at the same time")
    columns = []
    for t, v in zip(times, values, strict=True):
        good = np.isfinite(v) & (t >= start) & (t < start + n * STEP_S)
        slot = ((t[good] - start) // STEP_S).astype(np.int64)
        count = np.bincount(slot, minlength=n)
        total = np.bincount(slot, v[good], minlength=n)
        columns.append(np.divide(total, count, out=np.full(n, np.nan), where=count > 0))
    return start + STEP_S * (np.arange(n) + 0.5), np.column_stack(columns)


def change_at(
    time_s: Floats, torque: Floats, onset_s: float, orbit_s: float, orbits: int, most_before: int = 4
) -> Change:
    """Change of the torque on the station: `orbits` whole orbits after the onset against up to `most_before` before.

    The control torque works against the leak, so the sign is turned. The doubt is the scatter of the same difference
    at other moments before the onset, where nothing happened.
    """
    after = orbit_means(time_s, torque, onset_s, orbit_s, orbits)
    before = orbit_means(time_s, torque, onset_s - orbit_s * 12, orbit_s, 12)
    if not len(after) or not len(before):
        raise OutOfRange(
            "onset", onset_s, "a time with at least one whole orbit of torque heard before it and after it"
        )
    used = before[-most_before:]
    covariance = _scatter(before) * (1.0 / len(after) + 1.0 / len(used))
    return Change(used.mean(axis=0) - after.mean(axis=0), covariance, len(used), len(after))


def orbit_means(time_s: Floats, torque: Floats, start_s: float, orbit_s: float, orbits: int) -> Floats:
    """(k, 3) mean torque of each whole orbit from a start on that was heard well enough; gaps are bridged."""
    means = []
    for k in range(orbits):
        low = start_s + k * orbit_s
        inside = (time_s >= low) & (time_s < low + orbit_s)
        heard = inside & np.isfinite(torque).all(axis=1)
        if heard.sum() * STEP_S < WHOLE * orbit_s:
            continue
        grid = time_s[inside]
        bridged = [np.interp(grid, time_s[heard], torque[heard, j]) for j in range(3)]
        means.append([float(np.mean(b)) for b in bridged])
    return np.array(means).reshape(len(means), 3)


def _scatter(means: Floats) -> Floats:
    """Covariance of one orbit's mean: scatter and the steps between neighbours, the larger, beside the prior."""
    known, believed = len(means) - 1.0, PRIOR_ORBITS * PRIOR_N_M**2
    seen = np.zeros(3)
    if known >= 1.0:
        # slow changes are in the scatter, quick ones in the steps from one orbit to the next
        seen = np.maximum(means.var(axis=0, ddof=1), (np.diff(means, axis=0) ** 2).mean(axis=0) / 2.0)
    return np.diag((believed + known * seen) / (PRIOR_ORBITS + known - 2.0))
