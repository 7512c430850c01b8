"""What may happen aboard, how often and how large, before anything is seen of it. All of these are estimates [c]."""

from dataclasses import dataclass

import numpy as np

from hullwatch.records import Floats
from hullwatch.units import MMHG_PA

BEGIN_PER_DAY = {
    "leak": 1.0 / 365.25,
    "heat": 0.03,
    "unmetered flow": 0.3,
    "supply": 0.3,
    "step": 0.5,
    "small step": 0.5,
    "transfer": 0.05,
    "sensor drift": 0.02,
    "sensor step": 0.05,
}
"""How often each explanation begins on a station [c]."""

FOLLOWED_PER_DAY = {"leak": 12.0, "supply": 12.0}
"""The same while a flow is followed: it changes as often as somebody works on its cause [c]."""

UPSET_SIGMAS = 3.0
"""Spread of an upset of heat (crew asleep, a rack switched) in standard deviations of its usual drive; and of all the
heat it brings, in those of its usual wandering: a trend of heat may be steep or long, not both [c]."""
UPSET_SHORTEST_S = 3600.0
"""Shortest time in which all of it comes about: walls and racks are slow [c]."""
STEP_RELATIVE, SMALL_STEP_RELATIVE = 0.01, 0.0003
"""Spread of a step of the gas amount: an airlock or a docked ship is about a hundredth of a station, a vestibule or an
experiment's chamber a third of a thousandth [c]."""
TRANSFER_S, RETURN_S = 240.0, 1800.0
"""How long a transfer takes: a docked ship, a vestibule, an airlock fills; all of it is about STEP_RELATIVE. And how
long gas takes to go again that came of late: an airlock is filled in stages [c]."""
RETURN_SHARE, BEYOND_SHARE = 0.3, 0.3
"""How much more than came may go again; and how far beyond that it goes on the mean, as a share of this more [c]."""
UNSEEN, RETURN_LIKELIER = 0.12, 6.0
"""How much rarer gas comes or goes unseen where a feed shows valves, vents and pumps (twice a year something is berthed
that neither it nor the log tells), and how much likelier a transfer is while gas that came of late has not gone again
[c]."""
SHOWN_RELATIVE = 0.0015
"""What such a transfer takes: a vestibule rather than an airlock [c]."""
UNMETERED_SIGMAS = 1.25
"""Spread of an unmetered flow that begins, in standard deviations of those that are there [c]."""
DRIFT_PA_DAY, SENSOR_STEP_PA = 2.0 * MMHG_PA, 2.0 * MMHG_PA
"""Spread of a sensor's drift and of its step [c]."""
LEAK_KG_DAY = np.geomspace(0.5, 2.0e5, 96)
"""Leaks considered, flat in the logarithm [c]; the largest empties a station in minutes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the group is, as far as weighing needs it."""

    mass_kg: float
    temperature_k: float
    pressure_pa: float
    heat_k: float  # usual wandering of mean gas temperature that no thermometer shows, 1 sigma
    unmetered_kg_s: float
    sensors: tuple[str, ...]  # the analysers last
    following: float  # flow already followed, relative per second, positive out; 0 when none
    quantum: tuple[float, ...] = ()  # step of each sensor's codes, relative to pressure
    outlets: str = ""  # what the feed says of vents and pumps
    shown: bool = False  # whether it says anything of them
    expected_kg: float = 0.0  # gas that came of late and may go again
    analysers: int = 0  # how many of the sensors read single gases


def drive(setting: Setting) -> float:
    """Usual wandering of what heats the gas unseen, 1 sigma of the logarithm: see balance.layout."""
    return float(np.sqrt(2.0)) * setting.heat_k / setting.temperature_k


def unmetered(setting: Setting) -> float:
    """Spread of the apparent loss by an unmetered flow that begins, relative per second."""
    return UNMETERED_SIGMAS * setting.unmetered_kg_s / setting.mass_kg


def transfers(setting: Setting) -> float:
    """How usual a transfer is here and now, against BEGIN_PER_DAY."""
    return (UNSEEN if setting.shown else 1.0) * (RETURN_LIKELIER if setting.expected_kg else 1.0)


def transfer_relative(setting: Setting) -> float:
    """What a transfer usually takes here and now, as a share of the gas."""
    if setting.expected_kg:
        return setting.expected_kg / setting.mass_kg
    return SHOWN_RELATIVE if setting.shown else STEP_RELATIVE


def too_much(setting: Setting, taken: Floats) -> Floats:
    """How much less likely a transfer is for what it has taken, a share of the gas, as a logarithm; of its shape."""
    usual = taken / transfer_relative(setting)
    if not setting.expected_kg:
        return usual
    return np.asarray(np.maximum(usual - (1.0 + RETURN_SHARE), 0.0) / (BEYOND_SHARE * RETURN_SHARE))
