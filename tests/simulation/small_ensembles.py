"""A small ensemble for tests: the demonstration station, one hatch that closes at about an hour."""

import numpy as np

from hullwatch.models.cabin import cabin_of, nominal_state
from hullwatch.models.worlds import Air, Limits
from hullwatch.simulation.ensemble import Dice, Ensemble, HatchPlan
from hullwatch.vehicle.load import load_vehicle


def ensemble(**changes):
    ship = load_vehicle("demo")
    cabin = cabin_of(ship)
    count = len(cabin.compartments)
    state = nominal_state(cabin, ship, np.full(count, 295.0))
    none, density = np.zeros((count, 4)), state.moles / cabin.volume_m3[:, None]
    start = np.array([h.normally_open for h in ship.hatches])
    shut = start.copy()
    shut[0] = False
    given = {
        "cabin": cabin,
        "air": Air(np.full(count, 295.0), density, none, np.zeros(count), np.zeros(4), none, none),
        "limits": Limits(np.array([0, 1]), np.array([9e4, 1.9e4]), np.array([True, True])),
        "hatches": HatchPlan(start, ((3600.0, 300.0, shut),)),
        "dice": Dice(
            np.arange(count),
            np.full(count, 1e-3),
            np.full(count, 2e-2),
            (0.8, 0.1),
            (0.0, 1800.0),
            np.full(count, 0.05),
        ),
        "horizon_s": 86_400.0,
        "times_s": np.array([1800.0, 7200.0]),
    }
    return Ensemble(**{**given, **changes})
