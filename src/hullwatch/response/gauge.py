"""What a pressure gauge hides, learned from its own readings: its noise, and the step of its codes."""

import numpy as np

from hullwatch.records import Floats
from hullwatch.units import MMHG_PA

READ_NOISE_PA = 33.0
"""A quarter of 1 mmHg: what a person reads off a manovacuummeter [c]."""
READ_STEP_PA = MMHG_PA
"""What such a manovacuummeter is divided into [c]."""
LEAST_PA, LEAST_OF_STEP = 0.5, 0.1
"""No gauge is taken to be quieter than this, nor than this share of its step [c]."""
ENOUGH = 10
"""Readings from which on a gauge's noise is learned from them."""
OF_SECOND_DIFFERENCES = 1.65
"""Median of the second differences of white noise, in its standard deviations: 0.6745 times the root of 6."""


def noise_of(pressure_pa: Floats, step_pa: float, by_hand: bool) -> float:
    """White noise of a reading, Pa, 1 sigma.

    Neighbours differ by noise and by what truly changes between them: half of it is an upper bound of the noise.
    """
    learned = not by_hand and pressure_pa.size >= ENOUGH
    noise = float(np.median(np.abs(np.diff(pressure_pa, 2)))) / OF_SECOND_DIFFERENCES if learned else READ_NOISE_PA
    return max(noise, LEAST_OF_STEP * step_pa, LEAST_PA)


def step_of(values: Floats) -> float:
    """The step of a gauge's codes: the smallest change, if changes are whole numbers of it; 0 for one without steps."""
    jumps = np.abs(np.diff(values[np.isfinite(values)]))
    jumps = jumps[jumps > 1e-9]
    if jumps.size < 3:
        return 0.0
    least = float(jumps.min())
    off = np.abs(jumps / least - np.round(jumps / least))
    return least if np.all(off < 0.05) else 0.0
