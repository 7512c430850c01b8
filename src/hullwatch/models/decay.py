"""What a hole does to the pressure of a group, as a factor: for putting a known leak into recorded telemetry."""

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.physics.blowdown import blowdown_time, isothermal_pressure_ratio
from hullwatch.physics.gas import AIR_GAMMA
from hullwatch.records import Floats


def leak_decay(time_s: Floats, opened_s: float, rate_kg_s: float, mass_kg: float, wall_time_s: float = 143.0) -> Floats:
    """Pressure of a group with a hole over its pressure without, all gases falling alike.

    Parameters: time_s (n,) s; opened_s s; rate_kg_s kg/s through the hole when it opens, zero or more; mass_kg kg of
    gas in the group then; wall_time_s s, in which the walls make good the cooling of expanding gas.
    Returns: (n,) dimensionless: 1 before opened_s, after it exp(-k t - (gamma - 1) k tau (1 - exp(-t / tau))) with
    k = rate_kg_s / mass_kg: gas lost, and the cooling of what is left, which the walls hold constant after minutes.
    Raises: OutOfRange for a negative rate or a mass not above zero.
    Holds for: choked flow into vacuum with k tau well below one (the cooling is taken to first order).
    Source: `orifice_flow` is proportional to pressure when choked; METHODS 1.3 for tau [c]; tests/models/test_decay.py
    against the cabin.
    """
    if rate_kg_s == 0.0:
        return isothermal_pressure_ratio(time_s * 0.0, 1.0)
    if not rate_kg_s > 0.0:
        raise OutOfRange("rate_kg_s", rate_kg_s, "a rate of zero or more")
    elapsed = np.maximum(time_s - opened_s, 0.0)
    tau = blowdown_time(mass_kg, rate_kg_s)
    cooling = (AIR_GAMMA - 1.0) * wall_time_s / tau * -np.expm1(-elapsed / wall_time_s)
    return np.asarray(isothermal_pressure_ratio(elapsed, tau) * np.exp(-cooling))
