"""The gas of a whole ship over months as one linear model: played forwards by the simulation, backwards by the trend.

    mass(t + dt) = mass(t) - loss(t) dt + additions          kg of the tracer gas
    loss          wanders slowly between changes              kg/day
    reading      = mass + heat + gain * thermometer + noise   kg at the reference temperature

`heat` is apparent mass from warmth that no thermometer shows (Ornstein-Uhlenbeck); `gain` is learned. Kilograms and
days here, not SI, so that all numbers of the state are of one size; records that cross a border are in SI.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from hullwatch.records import Bools, Floats, Ints
from hullwatch.units import DAY_S

MASS, LOSS, HEAT, GAIN = range(4)
"""Places in the state."""
RATE_CHANGE, MASS_STEP, BAD_READING = range(3)
"""What may happen without being logged."""

LOG_SPREAD_KG = {"repress": 20.0, "airlock": 5.0, "vent": 5.0, "docking": 5.0, "sensor": 5.0}
"""How far a logged change of unknown mass may reach, 1 sigma [c]."""
PATCH_SPREAD_KG_DAY = 1.0
"""How far a logged patch may change the rate, 1 sigma [c]."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Something done to the air: gas added (+) or lost (-), of known mass or not; or a patch."""

    time_s: float
    kind: str
    mass_kg: float | None = None
    sd_kg: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A loss of air that somebody reported, with what the report rests on."""

    start_s: float
    end_s: float
    rate_kg_s: float
    sd_kg_s: float
    as_reported: str = ""
    label: str = "c"
    source: str = ""

    @property
    def time_s(self) -> float:
        """Middle of the time it speaks of."""
        return 0.5 * (self.start_s + self.end_s)


@dataclass(frozen=True, slots=True)
class SlowRecord:
    """A long record of one ship.

    time_s (n,) middle of each bin; mass_kg (n,) tracer gas at the reference temperature; warm_k (n,) thermometer less
    its mean, 0 where unknown. `share`: kg of tracer in a kg of the air that leaks.
    """

    name: str
    time_s: Floats
    mass_kg: Floats
    warm_k: Floats
    tracer: str
    share: float
    bin_s: float
    volume_m3: float
    reference_k: float
    rates: tuple[DatedRate, ...] = ()
    log: tuple[LogEntry, ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def thermometer(self) -> bool:
        """Whether a thermometer was read."""
        return bool(np.any(self.warm_k != 0.0))

    def until(self, time_s: float) -> "SlowRecord":
        """What was known at a time."""
        n = int(np.searchsorted(self.time_s, time_s, side="right"))
        return replace(
            self, time_s=self.time_s[:n], mass_kg=self.mass_kg[:n], warm_k=self.warm_k[:n],
            rates=tuple(r for r in self.rates if r.end_s <= time_s),
            log=tuple(e for e in self.log if e.time_s <= time_s),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SlowNoise:
    """What hides a slow loss; kg of tracer and days."""

    heat_kg: float  # stationary standard deviation of unseen warmth
    heat_day: float  # its correlation time
    walk_kg: float  # wandering of the mass and of the sensor, per square-root day
    reading_kg: float  # one reading, independent of the next
    loss_walk: float = 0.002  # wandering of the rate between changes, kg/day per square-root day [c]
    loss_mean: float = 0.0  # prior of the rate, kg/day
    loss_sd: float = 2.0
    gain_mean: float = 0.0  # apparent kg for each K of the thermometer
    gain_sd: float = 0.0


@dataclass(frozen=True, slots=True)
class System:
    """The model written out for one record: a row for each reading, in order of time.

    f, q (k, 4, 4); moved, h (k, 4); z, r (k,); time_day (k,) since the first; row_of_mass (n,) where each mass is.
    """

    start: Floats
    spread: Floats
    f: Floats
    q: Floats
    moved: Floats
    h: Floats
    z: Floats
    r: Floats
    time_day: Floats
    is_rate: Ints
    row_of_mass: Ints
    zero_s: float


def transition(dt_day: Floats, noise: SlowNoise) -> tuple[Floats, Floats]:
    """Transition and process noise over steps dt_day (k,): two arrays (k, 4, 4).

    Holds for : dt_day >= 0; exact for the wandering rate integrated into mass.
    Source : Ornstein-Uhlenbeck and integrated Wiener processes in discrete time; tests/models/test_slow_air.py.
    """
    k = dt_day.size
    f, q = np.zeros((k, 4, 4)), np.zeros((k, 4, 4))
    f[:, MASS, MASS] = f[:, LOSS, LOSS] = f[:, GAIN, GAIN] = 1.0
    f[:, MASS, LOSS] = -dt_day
    decay = np.exp(-dt_day / noise.heat_day)
    f[:, HEAT, HEAT] = decay
    wander = noise.loss_walk**2
    q[:, MASS, MASS] = noise.walk_kg**2 * dt_day + wander * dt_day**3 / 3.0
    q[:, MASS, LOSS] = q[:, LOSS, MASS] = -wander * dt_day**2 / 2.0
    q[:, LOSS, LOSS] = wander * dt_day
    q[:, HEAT, HEAT] = noise.heat_kg**2 * (1.0 - decay**2)
    return f, q


def slow_system(record: SlowRecord, noise: SlowNoise) -> System:
    """The record as a linear model: masses and dated rates in one order, logged changes as unknown steps."""
    good = np.flatnonzero(np.isfinite(record.mass_kg) & ~mixed(record))
    masses, rates = record.time_s[good], np.array([r.time_s for r in record.rates])
    time_s = np.concatenate([masses, rates])
    order = np.argsort(time_s, kind="stable")
    is_rate = (order >= masses.size).astype(np.int64)
    time_s = time_s[order]
    day = (time_s - time_s[0]) / DAY_S
    f, q = transition(np.diff(day, prepend=day[0]), noise)
    k = day.size
    h, z, r = np.zeros((k, 4)), np.empty(k), np.empty(k)
    row = np.empty(order.size, dtype=np.int64)
    row[order] = np.arange(k)
    at, on = row[: masses.size], row[masses.size :]
    h[at, MASS] = h[at, HEAT] = 1.0
    h[at, GAIN] = record.warm_k[good]
    level = float(record.mass_kg[good[0]]) if good.size else 0.0
    z[at] = record.mass_kg[good]
    r[at] = noise.reading_kg**2
    h[on, LOSS] = 1.0
    z[on] = [d.rate_kg_s * DAY_S * record.share for d in record.rates]
    r[on] = [(d.sd_kg_s * DAY_S * record.share) ** 2 for d in record.rates]
    moved = np.zeros((k, 4))
    for entry in record.log:
        # the first mass after it, since only a mass can show it
        later = at[np.searchsorted(masses, entry.time_s) :]
        if later.size and later[0] > 0:
            late = (float(time_s[later[0]]) - entry.time_s) / DAY_S
            _enter(entry, record.share, int(later[0]), late, moved, q)
    start = np.array([level, noise.loss_mean, 0.0, noise.gain_mean])
    spread = np.diag([1e4, noise.loss_sd**2, noise.heat_kg**2, noise.gain_sd**2])
    return System(start, spread, f, q, moved, h, z, r, day, is_rate, at, float(time_s[0]))


def mixed(record: SlowRecord) -> Bools:
    """Bins in which gas was added or let go, (n,): their means are partly of before and partly of after."""
    at = np.array([e.time_s for e in record.log if e.kind != "patch"])
    half = 0.5 * record.bin_s
    out = np.zeros(record.time_s.size, dtype=np.bool_)
    for t in at:
        low, high = np.searchsorted(record.time_s, [t - half, t + half], side="right")
        out[low:high] = True
    return out


def _enter(entry: LogEntry, share: float, row: int, late: float, moved: Floats, q: Floats) -> None:
    """A logged change, `late` days before the reading that first shows it."""
    if entry.kind == "patch":  # the rate has been another since the patch, so the mass is another too
        shock = np.array([-late, 1.0]) * PATCH_SPREAD_KG_DAY * share
        q[row, :HEAT, :HEAT] += np.outer(shock, shock)
        return
    if entry.mass_kg is not None:
        moved[row, MASS] += entry.mass_kg
        sd = entry.sd_kg if entry.sd_kg is not None else 0.05 * abs(entry.mass_kg) + 0.05
    else:
        sd = LOG_SPREAD_KG.get(entry.kind, 5.0)
    q[row, MASS, MASS] += sd**2
