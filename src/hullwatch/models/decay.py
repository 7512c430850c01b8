"""What a hole does to the pressure of a group, as a factor: for putting a known leak into recorded telemetry."""

from hullwatch.errors import OutOfRange
from hullwatch.physics.blowdown import blowdown_time, isothermal_pressure_ratio
from hullwatch.records import Floats


def leak_decay(time_s: Floats, opened_s: float, rate_kg_s: float, mass_kg: float) -> Floats:
    """Pressure of a group with a hole over its pressure without, all gases falling alike.

    Parameters: time_s (n,) s; opened_s s; rate_kg_s kg/s through the hole when it opens, zero or more; mass_kg kg of
    gas in the group then. Returns: (n,) dimensionless: 1 before opened_s, exp(-k (t - opened_s)) after,
    k = rate_kg_s / mass_kg.
    Raises: OutOfRange for a negative rate or a mass not above zero.
    Holds for: choked flow into vacuum, slower than the gas-to-wall time (2.5 min), temperature unchanged by the leak.
    Source: `orifice_flow` is proportional to pressure when choked; tests/models/test_decay.py against the cabin.
    """
    if rate_kg_s == 0.0:
        return isothermal_pressure_ratio(time_s * 0.0, 1.0)
    if not rate_kg_s > 0.0:
        raise OutOfRange("rate_kg_s", rate_kg_s, "a rate of zero or more")
    return isothermal_pressure_ratio(time_s - opened_s, blowdown_time(mass_kg, rate_kg_s))
