"""A closed compartment on hold: what its gauge says of the rate at which its gas goes, reading by reading.

    ln P = gas + warmth + settling + gain * thermometer + rounding + noise        gas moves by flow

Warmth that no thermometer shows is Matern's 3/2, the gain on the thermometer is learned, settling dies away with the
walls' time constant after the hatch was shut or gas was let in, and the rounding of a gauge lasts for minutes. Flow is
one unknown constant under a prior so wide that it says nothing. The states stand in the order of the balance's, so that
what looks for changes there can look for a new leak here.
"""

from dataclasses import dataclass, replace

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.estimators.kalman import predict, update
from hullwatch.records import Floats, Ints, Residuals

GAS, SETTLING, FLOW, HEAT, ROUNDING, DRIVE, GAIN = range(7)
STATES = 7
FLOW_SD_PER_S = 1e-3
"""Prior of the relative flow: a thousandth of the gas a second, 1 sigma; far beyond any patch."""
ROUNDING_S = 600.0
"""A rounding error is forgotten in this time, as in balance.layout [c]."""
GLASS_S = 600.0
"""The gas follows a thermometer this late: steps of its codes must not pass for gas (as in the vehicle files) [c]."""


@dataclass(frozen=True, slots=True)
class Room:
    """What hides a small flow in a closed compartment: gauge (Pa), unseen warmth (K, s), settling (K, s), the gain on a
    thermometer and its step (K)."""

    noise_pa: float
    quantum_pa: float
    heat_k: float
    heat_s: float
    settle_k: float
    settle_s: float
    gain: float = 0.8
    gain_sd: float = 0.3
    glass_step_k: float = 0.0


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of one compartment, (n,) each: time s, rising; pressure Pa; temperature K, NaN where not read."""

    time_s: Floats
    pressure_pa: Floats
    temperature_k: Floats


@dataclass(frozen=True, slots=True)
class HoldMemory:
    """What is remembered between blocks. first (5,): time, pressure, temperature of the first readings, last
    time, and the thermometer as the gas feels it."""

    room: Room
    x: Floats
    p: Floats
    relax_s: Floats
    variance: Floats
    first: Floats

    @property
    def last_s(self) -> float:
        """Time of the last reading; NaN before any."""
        return float(self.first[3])


@dataclass(frozen=True, slots=True)
class Beliefs:
    """After each reading, (n,): relative loss (1/s) and its standard deviation."""

    time_s: Floats
    loss_per_s: Floats
    loss_sd_per_s: Floats


INTO, SOURCE = np.array([GAS, HEAT], dtype=np.int64), np.array([FLOW, DRIVE], dtype=np.int64)


def begin(room: Room, typical_pa: float = 1e5, typical_k: float = 295.0) -> HoldMemory:
    """Belief before the first reading; the typical values only turn errors into shares."""
    relax, variance, start = np.full(STATES, np.inf), np.zeros(STATES), np.zeros(STATES)
    heat = (room.heat_k / typical_k) ** 2
    relax[SETTLING], relax[HEAT], relax[DRIVE], relax[ROUNDING] = room.settle_s, room.heat_s, room.heat_s, ROUNDING_S
    # a thermometer's step passes for gas through the gain, and stands as long as the gauge's own
    steps = (room.quantum_pa / typical_pa) ** 2 + (room.gain * room.glass_step_k / typical_k) ** 2
    variance[DRIVE], variance[ROUNDING] = 2.0 * heat, steps / 12.0
    start[GAS], start[FLOW], start[HEAT], start[DRIVE] = 1.0, FLOW_SD_PER_S**2, heat, 2.0 * heat
    start[SETTLING], start[ROUNDING], start[GAIN] = (
        (room.settle_k / typical_k) ** 2,
        variance[ROUNDING],
        room.gain_sd**2,
    )
    p, x = np.diag(start), np.zeros(STATES)
    p[HEAT, DRIVE] = p[DRIVE, HEAT] = heat  # a cascade at rest
    x[GAIN] = room.gain
    return HoldMemory(room, x, p, relax, variance, np.full(5, np.nan))


def hold(memory: HoldMemory, block: Readings) -> tuple[HoldMemory, Beliefs, Residuals]:
    """Take in any number of readings; the beliefs after each, and what each said that was not expected."""
    n = block.time_s.size
    new = replace(memory, x=memory.x.copy(), p=memory.p.copy(), first=memory.first.copy())
    loss, sd, dt, nu, s = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    h, gain = np.zeros((n, STATES)), np.empty((n, STATES))
    _hold(
        block.time_s, block.pressure_pa, block.temperature_k, new.x, new.p, new.first, new.relax_s, new.variance,
        INTO, SOURCE, np.array([1.0, 1.0 / memory.room.heat_s]), memory.room.noise_pa, loss, sd, dt, nu, s, h, gain,
    )  # fmt: skip
    frame = np.arange(n, dtype=np.int64)
    residuals = Residuals(block.time_s, frame, dt, np.full(n, -1, dtype=np.int64), nu, s, h, gain)
    return new, Beliefs(block.time_s, loss, sd), residuals


@kernel
def _hold(
    time: Floats, pressure: Floats, temperature: Floats, x: Floats, p: Floats, first: Floats, relax: Floats,
    variance: Floats, into: Ints, source: Ints, weight: Floats, noise: float, loss: Floats, sd: Floats, r_dt:
    Floats, nu: Floats, s: Floats, h: Floats, gain: Floats,
) -> None:  # fmt: skip
    walk = np.zeros(x.size)
    for i in range(time.size):
        r_dt[i] = 0.0 if np.isnan(first[3]) else time[i] - first[3]
        if np.isnan(first[0]):
            first[0], first[1] = time[i], pressure[i]
        if np.isnan(first[2]):
            first[2] = first[4] = temperature[i]
        if not np.isnan(temperature[i]):
            first[4] += (temperature[i] - first[4]) * (1.0 - np.exp(-r_dt[i] / GLASS_S))
        first[3] = time[i]
        predict(x, p, relax, variance, walk, into, source, weight, r_dt[i])
        h[i, GAS] = h[i, SETTLING] = h[i, HEAT] = h[i, ROUNDING] = 1.0
        if not np.isnan(temperature[i]):
            h[i, GAIN] = (first[4] - first[2]) / first[2]
        # never quite zero: two readings alike to the last bit are no exact knowledge
        r = (noise / pressure[i]) ** 2 + 1e-14
        nu[i], s[i] = update(x, p, h[i], np.log(pressure[i] / first[1]), r, gain[i])
        loss[i], sd[i] = -x[FLOW], np.sqrt(max(p[FLOW, FLOW], 0.0))


def ahead(memory: HoldMemory, cadence_s: float, until_s: float, thermometer: bool) -> Beliefs:
    """How sharply the loss will be known if readings go on as they did, the estimate staying what it is.

    Readings up to a hundred apart stand for those between them: the doubt said is a little too large, never too small.
    """
    step = max(cadence_s, (until_s - memory.last_s) / 400.0)
    times: Floats = memory.last_s + step * np.arange(1, max(int((until_s - memory.last_s) / step), 1) + 1).astype(
        np.float64
    )
    room = replace(memory.room, noise_pa=memory.room.noise_pa / np.sqrt(step / cadence_s))
    warm = np.full(times.size, memory.first[2] if thermometer else np.nan)
    pressure = np.full(times.size, memory.first[1])
    _, beliefs, _ = hold(replace(memory, room=room), Readings(times, pressure, warm))
    return replace(beliefs, loss_per_s=np.full(times.size, -memory.x[FLOW]))
