"""A rigid vessel that empties through a leak: real gas, walls in layers, and the thermometer in the gas.

ambient --h-- | wall layers | --natural convection-- gas --- leak ---> outside
                                                      |
                                                 thermometer bead
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.errors import OutOfRange
from hullwatch.physics.convection import bead_nusselt, rayleigh, vessel_nusselt
from hullwatch.physics.crack import slit_flow
from hullwatch.physics.equations_of_state import GAS_MOLAR_MASS, OWN_GAS_CONSTANT
from hullwatch.physics.orifice import critical_flow_function, discharge_coefficient, orifice_flow
from hullwatch.physics.real_gas import gas_density, gas_state, orifice_terms, real_critical_flow_function
from hullwatch.physics.transport import conductivity, viscosity
from hullwatch.records import Floats

STEEL = (45.0, 7850.0, 470.0)
"""Carbon steel: conduction W/(m K), density kg/m3, heat capacity J/(kg K). Source: Incropera, table A.1 [b]."""
ALUMINIUM = (167.0, 2700.0, 896.0)
"""Aluminium 6061: the same."""

LAYER_M = 0.004  # heat runs 11 mm deep into steel in 10 s: layers thinner than this say nothing new
BEAD_HEAT = 4.2e6  # J/(m3 K), nickel alloys of thermocouples
CALM = 2e-3  # below this share of pressure difference the leak is linear: its slope at equal pressure is infinite
HOLE_LAW, SLIT_LAW = 0, 1


@dataclass(frozen=True, slots=True)
class Vessel:
    """A vessel and what is in it. gas: place in GASES; wall: conduction, density, heat capacity."""

    gas: int
    volume_m3: float
    inner_diameter_m: float
    wall_area_m2: float
    wall_m: float
    pressure_pa: float
    temperature_k: float
    outside_pa: float
    ambient_k: float
    outer_h_w_m2k: float = 5.0
    wall: tuple[float, float, float] = STEEL

    def starting(self, pressure_pa: float, temperature_k: float) -> "Vessel":
        """The same vessel with other gas in it."""
        return replace(self, pressure_pa=pressure_pa, temperature_k=temperature_k)


@dataclass(frozen=True, slots=True)
class Discharge:
    """What a discharge does to a vessel, at the times asked for: arrays (n,), SI."""

    time_s: Floats
    pressure_pa: Floats
    gas_k: Floats
    bead_k: Floats
    wall_inner_k: Floats
    wall_outer_k: Floats
    rate_kg_s: Floats


@dataclass(frozen=True, slots=True)
class Opening:
    """The leak of a vessel.

    A hole (law HOLE_LAW): size is the effective area into vacuum, m2; slow_share its discharge coefficient at small
    pressure difference over that into vacuum (1 rounded, 0.96 thick, 0.71 thin). A slit (SLIT_LAW): size is w h^3 / L,
    m3. exponent: 1; another value multiplies the flow by (p / p at the start)^(exponent - 1), to ask a record for it.
    """

    size: float
    law: int = HOLE_LAW
    slow_share: float = 0.81 / 0.84
    exponent: float = 1.0


@dataclass(frozen=True, slots=True)
class DischargeRecord:
    """A measured discharge: the vessel as described, pressures (n,) and gas temperatures (m,) with their times.

    Times start at 0, when the vessel is in the state described. stratified: the temperatures are not of the mean gas.
    """

    name: str
    vessel: Vessel
    pressure_s: Floats
    pressure_pa: Floats
    gas_s: Floats
    gas_k: Floats
    stratified: bool = False
    notes: tuple[str, ...] = ()


def cylinder_wall_area(length_m: float, diameter_m: float) -> float:
    """Inner surface of a cylinder with flat ends.

    Parameters: length_m, diameter_m m. Returns: m2. Raises: nothing. Holds for: flat ends; dished ones have 5 % more.
    Source: geometry; tests/models/test_vessel.py.
    """
    return math.pi * diameter_m * (length_m + 0.5 * diameter_m)


def discharge(
    vessel: Vessel, opening: Opening, time_s: Floats, heat_factor: float = 1.0, bead_m: float = 0.7e-3
) -> Discharge:
    """Play a vessel forward from time 0 through its leak.

    Parameters: vessel; opening; time_s (n,) s, rising, 0 or more; heat_factor on the convection law inside, 1 for the
    law itself; bead_m, diameter of the thermometer's bead, 0.2 mm or more (0.7 mm: a wire thermocouple, chosen [c]).
    Returns: Discharge with arrays (n,). Raises: OutOfRange for values that no vessel has.
    Holds for: gas mixed by its own convection, so one temperature; gas phase throughout (nitrogen from 150 bar and
    288 K stays a gas); to 200 bar. Convection is from dilute-gas properties: 10 % low at 150 bar. Nothing flows in.
    Source: mass and energy balance; wall Fourier 1-D; the laws it calls; tests/models/test_vessel.py against closed
    forms, tests/against/test_vessel_discharge.py against measurements.
    """
    for name, value in (
        ("volume_m3", vessel.volume_m3), ("inner_diameter_m", vessel.inner_diameter_m), ("wall_m", vessel.wall_m),
        ("wall_area_m2", vessel.wall_area_m2), ("pressure_pa", vessel.pressure_pa), ("ambient_k", vessel.ambient_k),
        ("temperature_k", vessel.temperature_k), ("bead_m", bead_m),
    ):  # fmt: skip
        if not (math.isfinite(value) and value > 0.0):
            raise OutOfRange(name, value, "a finite value above zero")
    for name, value in (("size", opening.size), ("outside_pa", vessel.outside_pa), ("heat_factor", heat_factor)):
        if not (math.isfinite(value) and value >= 0.0):
            raise OutOfRange(name, value, "a finite value of zero or more")
    layers = int(min(max(round(vessel.wall_m / LAYER_M), 2), 8))
    table = np.zeros((len(time_s), 6))
    _play(
        vessel.gas,
        np.array([
            vessel.volume_m3, vessel.inner_diameter_m, vessel.wall_area_m2, vessel.wall_m / layers, vessel.outside_pa,
            vessel.ambient_k, vessel.outer_h_w_m2k, *vessel.wall, heat_factor, max(bead_m, 0.2e-3),
        ]),
        opening.law,
        np.array([opening.size, opening.slow_share, opening.exponent, vessel.pressure_pa]),
        vessel.temperature_k,
        layers,
        np.ascontiguousarray(time_s, dtype=np.float64),
        table,
    )  # fmt: skip
    return Discharge(np.asarray(time_s, dtype=np.float64), *(table[:, k].copy() for k in range(6)))


@kernel
def leak_rate(
    gas: int, density: float, temperature: float, p_down: float, law: int, leak: Floats, choke: float
) -> float:
    """Mass flow out of a vessel through its leak, kg/s; never inwards.

    choke: C* of the real gas over that of the isentropic exponent at rest (`orifice_terms`). leak: size, slow_share,
    exponent, starting pressure.
    """
    p, zt, n = orifice_terms(gas, density, temperature)
    if p <= p_down:
        return 0.0
    # close to equal pressure the square root is replaced by its chord
    calm = (p - p_down) / (CALM * p)
    low = p_down if calm > 1.0 else (1.0 - CALM) * p
    m = GAS_MOLAR_MASS[gas]
    if law == HOLE_LAW:
        area = leak[0] * discharge_coefficient(low / p, leak[1], 1.0)
        rate = choke * orifice_flow(p, low, zt, m, n, area)
    else:
        rate = viscous_slit(p, low, zt, m, viscosity(gas, temperature), leak[0])
    if leak[2] != 1.0:
        rate *= (p / leak[3]) ** (leak[2] - 1.0)
    return rate * min(calm, 1.0)


@kernel
def viscous_slit(p_up: float, p_down: float, t_up: float, molar_mass: float, mu: float, cube: float) -> float:
    """Viscous part of `slit_flow` by w h^3 / L alone.

    Parameters: p_up, p_down Pa; t_up K; molar_mass kg/mol; mu Pa s; cube = w h^3 / L, m3. Returns: kg/s.
    Raises: nothing. Holds for: openings above some ten mean free paths.
    Source: `slit_flow` of a slit so large that it has no slip; tests/models/test_vessel.py.
    """
    return slit_flow(p_up, p_down, t_up, molar_mass, mu, cube, 1.0, 1.0)


@kernel
def _rates(
    gas: int, plan: Floats, law: int, leak: Floats, layers: int, choke: float, y: Floats, dy: Floats
) -> tuple[float, float]:
    """Right-hand side: y is density mol/m3, gas K, bead K, wall layers K from the inside.

    Returns the leak, kg/s, and how fast the wall changes the gas, 1/s.
    """
    volume, diameter, area, layer = plan[0], plan[1], plan[2], plan[3]
    p_down, ambient, outer = plan[4], plan[5], plan[6]
    conduction, wall_heat = plan[7], plan[8] * plan[9]
    m = GAS_MOLAR_MASS[gas]
    density, t, inner = y[0], y[1], y[3]
    _, cv, p_t, _, _, _ = gas_state(gas, density, t)
    rate = leak_rate(gas, density, t, p_down, law, leak, choke)
    # film between gas and wall, at their mean temperature
    film = 0.5 * (t + inner)
    mu, k = viscosity(gas, film), conductivity(gas, film, cv)
    cp = cv + OWN_GAS_CONSTANT[gas]
    ra = rayleigh(inner - t, diameter, density * m * t / film, film, cp / m, mu, k)
    h = plan[10] * vessel_nusselt(ra) * k / diameter
    # half a layer of wall lies between its surface and the middle of the first layer
    conductance = area / (1.0 / max(h, 1e-9) + 0.5 * layer / conduction)
    heat = conductance * (inner - t)
    leaving = rate / m / volume
    dy[0] = -leaving
    # rho cv dT = Q/V - leaving T p_T / rho: what expands cools, from the first law for a real gas
    dy[1] = (heat / volume - leaving * t * p_t / density) / (density * cv)
    size = plan[11]
    ra_bead = rayleigh(t - y[2], size, density * m, t, cp / m, mu, k)
    dy[2] = 6.0 * bead_nusselt(ra_bead) * k / (size * size * BEAD_HEAT) * (t - y[2])
    for i in range(layers):
        before = heat / area if i == 0 else conduction * (y[2 + i] - y[3 + i]) / layer
        after = (
            conduction * (y[3 + i] - y[4 + i]) / layer
            if i < layers - 1
            else (y[3 + i] - ambient) / (1.0 / outer + 0.5 * layer / conduction)
            if outer > 0.0
            else 0.0
        )
        # `before` of the first layer leaves towards the gas
        dy[3 + i] = ((-before if i == 0 else before) - after) / (wall_heat * layer)
    return rate, conductance / (volume * density * cv)


@kernel
def _play(
    gas: int, plan: Floats, law: int, leak: Floats, start_k: float, layers: int, times: Floats, out: Floats
) -> None:
    """Runge-Kutta of fourth order, steps bounded by wall, bead and emptying; writes p, gas, bead, walls, rate."""
    size = 3 + layers
    y = np.empty(size)
    y[0] = gas_density(gas, leak[3], start_k)
    y[1:] = start_k
    y[3:] = start_k
    m = GAS_MOLAR_MASS[gas]
    k1, k2, k3, k4 = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    # RK4 is stable to 2.78 over the fastest rate: layers have 4 over their own, a bead 1
    wall_step = 0.5 * plan[3] ** 2 * plan[8] * plan[9] / plan[7]
    now, choke, choked_at = 0.0, 1.0, 0.0
    for row in range(len(times)):
        while now < times[row]:
            p, _, _, _, _, _ = gas_state(gas, y[0], y[1])
            if abs(p - choked_at) > 0.1 * choked_at:
                _, zt, n = orifice_terms(gas, y[0], y[1])
                choke = real_critical_flow_function(gas, p, y[1]) / (critical_flow_function(n) * math.sqrt(y[1] / zt))
                choked_at = p
            rate, warming = _rates(gas, plan, law, leak, layers, choke, y, k1)
            step = min(wall_step, 1.0, 0.7 / max(warming, 1e-9))
            if rate > 0.0:
                step = min(step, 0.05 * y[0] * plan[0] * m / rate)
                # near equal pressure: the chord's own time constant
                excess = max((p - plan[4]) / p, CALM)
                step = min(step, 0.7 * excess * y[0] * plan[0] * m / rate)
            bead = abs(k1[2] / (y[1] - y[2])) if y[1] != y[2] else 0.0
            if bead > 0.0:
                step = min(step, 1.5 / bead)
            left = times[row] - now
            step = left / math.ceil(left / step)
            _rates(gas, plan, law, leak, layers, choke, y + 0.5 * step * k1, k2)
            _rates(gas, plan, law, leak, layers, choke, y + 0.5 * step * k2, k3)
            _rates(gas, plan, law, leak, layers, choke, y + step * k3, k4)
            y += step / 6.0 * (k1 + 2.0 * (k2 + k3) + k4)
            now += step
            if left - step < 1e-9 * max(times[row], 1.0):
                now = times[row]
        rate, _ = _rates(gas, plan, law, leak, layers, choke, y, k1)
        out[row, 0] = gas_state(gas, y[0], y[1])[0]
        out[row, 1], out[row, 2] = y[1], y[2]
        out[row, 3], out[row, 4] = y[3], y[2 + layers]
        out[row, 5] = rate
