"""What analysers of single gases show of the air: who gave and took what.

Of the gas that people and machines exchange none is nitrogen; what of it is neither carbon dioxide nor vapour is
oxygen. With n, o, c the nominal shares of nitrogen, oxygen and carbon dioxide, amounts in shares of all gas:

    ln ppN2          = gas - exchanged
    ln ppO2          = gas + (1 / o - 1) exchanged - (carbon + vapour) / o
    ppCO2 / pressure = c gas - c exchanged + carbon       (its own logarithm would bend: it may double)

where gas is what a gauge shows: mass, heat, expansion. A leak takes all alike, breathing moves oxygen most of all.
"""

from collections.abc import Sequence

from hullwatch.physics import gas
from hullwatch.records import Floats
from hullwatch.units import HOUR_S, MMHG_PA
from hullwatch.vehicle.facts import Channel, Vehicle

EXCHANGED, CARBON, VAPOUR = range(3)
"""States of species, in this order from Layout.exchanged on."""
SPECIES = 3

WANDERS_PA, WANDERS_S = 0.3 * MMHG_PA, 3.0 * HOUR_S
"""Wandering of carbon dioxide and of vapour about their usual levels, 1 sigma, and how long it takes: beds that take
up carbon dioxide in turns, people asleep or at exercise, what condenses. On 12 October 2018 carbon dioxide swung by
0.1 mmHg and all else by 0.25 [c]."""

MIXING_S = (1.0 * HOUR_S, 4.0 * HOUR_S)
"""How long new gas takes to be everywhere alike in a station, at least and at most: oxygen let in on a day of 2015
reached Columbus over four hours after the valve had shut [c]."""


def read(heard: Sequence[tuple[int, Channel]]) -> list[tuple[int, Channel]]:
    """Analysers among the channels heard, those of nitrogen first. Carbon dioxide is read beside oxygen only."""
    oxygen = any(c.quantity == "ppo2" for _, c in heard)
    quantities = ("ppn2", "ppo2", "ppco2") if oxygen else ("ppn2",)
    return [(k, c) for quantity in quantities for k, c in heard if c.quantity == quantity]


def states(analysers: Sequence[tuple[int, Channel]]) -> int:
    """How many of the states of species these analysers need."""
    return SPECIES if any(c.quantity == "ppo2" for _, c in analysers) else bool(analysers)


def cabin_air(vehicle: Vehicle) -> Floats:
    """Mole fractions of the ship's nominal air, in the order of gas.SPECIES."""
    a = vehicle.atmosphere
    return gas.fractions(a.pressure_pa.value, a.ppo2_pa.value, a.ppco2_pa.value, a.pph2o_pa.value)


def shares(vehicle: Vehicle) -> tuple[float, float, float]:
    """Mole fractions of nitrogen, oxygen and carbon dioxide in the ship's nominal air."""
    part = cabin_air(vehicle)
    return float(part[gas.N2]), float(part[gas.O2]), float(part[gas.CO2])


def level(vehicle: Vehicle, sensor: Channel) -> tuple[float, float]:
    """What a sensor reads in nominal air, Pa, and how much is added to its readings before their logarithm is taken."""
    pressure = vehicle.atmosphere.pressure_pa.value
    nitrogen, oxygen, carbon = shares(vehicle)
    if sensor.quantity == "ppco2":
        return pressure, pressure * (1.0 - carbon)
    return pressure * {"ppn2": nitrogen, "ppo2": oxygen}.get(sensor.quantity, 1.0), 0.0


def tells(vehicle: Vehicle, sensor: Channel) -> tuple[float, float, float, float]:
    """What a sensor's logarithm shows of the gas, and of the gas exchanged, carbon dioxide and vapour."""
    _, oxygen, carbon = shares(vehicle)
    if sensor.quantity == "ppn2":
        return 1.0, -1.0, 0.0, 0.0
    if sensor.quantity == "ppo2":
        return 1.0, 1.0 / oxygen - 1.0, -1.0 / oxygen, -1.0 / oxygen
    if sensor.quantity == "ppco2":
        return carbon, -carbon, 1.0, 0.0
    return 1.0, 0.0, 0.0, 0.0
