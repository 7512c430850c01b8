"""One simulated world: a ship of one volume, its air, its sensors and its feed, drawn from the project's own models.

Heat that no thermometer shows is Matern 3/2 (simulation/walls.py), unmetered flow wanders (Ornstein-Uhlenbeck), the
mean gas follows the thermometer through the vehicle file's gains and lags, all drawn from the file's priors for every
world; so are volume, bias and drift. Operations, losses of signal, faults and upsets of heat come on top and are told
to nobody.

    clock --> heat, flow, operations --> gas --> what each sensor would show --> codes --> what the feed says
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.models.day import crew_day_cycle
from hullwatch.physics import gas
from hullwatch.records import Bools, Floats, LoggedOperation, Samples
from hullwatch.units import DAY_S, HOUR_S, MMHG_PA, TO_SI
from hullwatch.vehicle.facts import Channel, Vehicle
from hullwatch.vehicle.load import load_vehicle

START_S = 1_514_764_800.0  # 2018-01-01
LABS, GLASS, LOCK_GAUGE = ("USLAB000058", "AIRLOCK000054"), "USLAB000059", "AIRLOCK000049"
VALVE, PUMP, CONTACT, STATUS = "AIRLOCK000052", "AIRLOCK000047", "RUSSEG000018", "TIME_000001.Status.Class"
LOCK = "AL_CL"
BEAT = "beat"  # an item the ship does not know: it says that the feed speaks
SWING_K = 1.2  # half the daily swing of the thermometer, ISSLIVE 2018-10-12
SIGNAL, NO_SIGNAL = 24.0, 23.0
EXPANSION_SHARE = gas.AIR_GAMMA - 1.0


@dataclass(frozen=True)
class Happening:
    """Something that was done or broke: what the table counts alarms by."""

    cause: str
    start_s: float
    end_s: float
    mass_kg: float = 0.0
    channel: str = ""
    size: float = 0.0  # of a fault, in the channel's unit (a drift: per day)
    seen: bool = False  # whether a valve, pump or contact on the feed says so
    logged: bool = False  # whether it is in the operations log


@dataclass(frozen=True)
class Rates:
    """How often what comes, per year [c]; the sizes are in `draw`."""

    fill: float = 60.0
    airlock: float = 12.0
    docking: float = 24.0
    upset: float = 12.0
    signal_loss: float = 2000.0
    fault: float = 12.0
    log_share: float = 0.0  # of dockings that are in the operations log; half have their contact on the feed

    @staticmethod
    def none() -> "Rates":
        """Gaussian air and nothing else."""
        return Rates(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Leak:
    """A hole or a crack: when it opens, what it passes at first, and how that goes with the gas left."""

    onset_s: float
    rate_kg_s: float
    exponent: float = 1.0


@dataclass(frozen=True)
class World:
    """What the feed says, and the truth behind it."""

    samples: Samples
    happenings: tuple[Happening, ...]
    mass_kg: float  # of all gas, at first
    years: float
    time_s: Floats = field(repr=False)
    mass_log: Floats = field(repr=False)  # (k,) logarithm of gas amount, relative to the first
    pressure_pa: Floats = field(repr=False)  # (k,)


def coarse_ship() -> Vehicle:
    """A cabin with two pressure sensors of 0.1 mmHg codes, a thermometer, a valve and a docking contact, and a crew
    lock with its pump and gauge behind a hatch that the feed does not show."""
    one, station = load_vehicle("iss-airlock"), load_vehicle("iss-2018-10-12")
    cabin, lock = one.compartments[0], station.compartment(LOCK)
    hatch = next(h for h in station.hatches if LOCK in h.between)
    wanted = (*LABS, GLASS, LOCK_GAUGE, VALVE, PUMP, CONTACT, STATUS)
    channels = tuple(
        c if c.compartment in (LOCK, None) else replace(c, compartment=cabin.id)
        for c in station.channels
        if c.id in wanted
    )
    return replace(
        one, name="cabin-and-lock", channels=channels, thermal=station.thermal, atmosphere=station.atmosphere,
        supply=station.supply, signal_timeout_s=station.signal_timeout_s, compartments=(cabin, lock),
        hatches=(replace(hatch, id=f"{cabin.id}-{LOCK}", between=(cabin.id, LOCK)),),
    )  # fmt: skip


def smooth_ship(noise_pa: float = 2.0) -> Vehicle:
    """The same with one sensor that has noise and no codes, and no thermometer: a world in which all is Gaussian."""
    one, alone = coarse_ship(), load_vehicle("iss-airlock")
    sensor = replace(
        next(c for c in one.channels if c.id == LABS[0]),
        quantum_si=0.0, noise_si=noise_pa, publish="periodic", period_s=20.0, stuck_after_s=0.0, spike_si=0.0,
    )  # fmt: skip
    place = alone.compartments[0].id
    told = tuple(replace(c, compartment=place) for c in one.channels if c.id in (VALVE, PUMP, CONTACT))
    return replace(
        one,
        name="smooth",
        channels=(sensor, *told),
        signal_timeout_s=3600.0,
        compartments=alone.compartments,
        hatches=(),
    )


def gas_mass(vehicle: Vehicle) -> float:
    """Gas in the volume the file states, kg."""
    air = vehicle.atmosphere
    p, t = air.pressure_pa.value, air.temperature_k.value
    share = gas.fractions(p, air.ppo2_pa.value, air.ppco2_pa.value, air.pph2o_pa.value)
    return float(gas.amount(p, vehicle.volume_m3, t)) * float(gas.mixture_molar_mass(share))


def lock_share(vehicle: Vehicle) -> float:
    """The crew lock's share of all gas."""
    return sum(c.volume_m3.value for c in vehicle.compartments if c.id == LOCK) / vehicle.volume_m3


def draw(rng: np.random.Generator, rates: Rates, vehicle: Vehicle, start_s: float, end_s: float) -> list[Happening]:
    """What is done and what breaks in this span."""
    years = (end_s - start_s) / (365.25 * DAY_S)
    found: list[Happening] = []

    def times(rate: float) -> Floats:
        return np.asarray(np.sort(rng.uniform(start_s + 0.5 * DAY_S, end_s, rng.poisson(rate * years))))

    def between(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    for at in times(rates.fill):
        mass, seen = between(1.0, 18.0), bool(rng.random() < 0.7)
        found.append(Happening("fill", at, at + mass / between(5.0, 20.0) * HOUR_S, mass, seen=seen))
    for at in times(rates.airlock):
        # nine tenths of the lock's gas are pumped into the cabin, the rest is vented; then it is filled from the cabin
        lock_kg = gas_mass(vehicle) * lock_share(vehicle)
        down = at + float(rng.uniform(25.0, 45.0)) * 60.0
        back = down + float(rng.uniform(5.0, 8.0)) * HOUR_S
        full = back + float(rng.uniform(3.0, 15.0)) * 60.0
        found.append(Happening("airlock down", at, down, 0.9 * lock_kg, seen=True))
        found.append(Happening("airlock back", back, full, -lock_kg, seen=True))
    for at in times(rates.docking):
        mass, told = -between(0.1, 10.0), float(rng.random())
        seen, logged = told < 0.5, 0.5 <= told < 0.5 + rates.log_share
        lasts = float(rng.uniform(1.0, 10.0)) * 60.0
        found.append(Happening("docking", at, at + lasts, mass, seen=seen, logged=logged))
    sd = np.sqrt(2.0) * vehicle.thermal.residual_k
    for at in times(rates.upset):
        # heavy tails: Student's t with three degrees of freedom, in units of three usual spreads of the drive
        kick = 3.0 * sd * float(rng.standard_t(3)) / np.sqrt(3.0)
        found.append(Happening("upset", at, at + 2.0 * HOUR_S, size=kick))
    for at in times(rates.signal_loss):
        found.append(Happening("signal loss", at, at + 60.0 * between(3.0, 40.0)))
    sensors = [c for c in vehicle.channels if c.quantity in ("pressure", "temperature")]
    for at in times(rates.fault if sensors else 0.0):
        channel = sensors[int(rng.integers(len(sensors)))]
        kind = str(rng.choice(["step", "drift", "stuck", "spikes", "dead"]))
        lasts = between(1.0, 48.0) * HOUR_S
        size = (-1.0) ** int(rng.integers(2)) * (1.0 if kind == "drift" else between(0.4, 5.0))
        found.append(Happening(kind, at, at + lasts, channel=channel.id, size=size))
    return sorted(found, key=lambda h: h.start_s)


def log_of(happenings: Sequence[Happening], vehicle: Vehicle) -> tuple[LoggedOperation, ...]:
    """The operations log: what was done, to the minute, where, and not how much gas it took."""
    place = vehicle.compartments[0].id
    rows = [h for h in happenings if h.logged]
    return tuple(
        LoggedOperation(
            60.0 * np.floor(h.start_s / 60.0), 60.0 * np.ceil(h.end_s / 60.0), h.cause, place, None, None, "", k + 2
        )
        for k, h in enumerate(rows)
    )


def play(
    rng: np.random.Generator,
    vehicle: Vehicle,
    time_s: Floats,
    happenings: list[Happening],
    leak: Leak | None = None,
    volume_doubt: bool = True,
) -> World:
    """One world on this clock (k,)."""
    group = vehicle.compartments[0]  # by far the largest
    factor = 1.0 + (group.volume_m3.sd / group.volume_m3.value * rng.standard_normal() if volume_doubt else 0.0)
    mass = gas_mass(vehicle) * max(factor, 0.5)
    heat, supply, air = vehicle.thermal, vehicle.supply, vehicle.atmosphere
    glasses = [c for c in vehicle.channels if c.quantity == "temperature"]
    moved, kick = np.zeros(time_s.size), np.zeros(time_s.size)
    for one in happenings:
        if one.mass_kg:
            _move(moved, time_s, one, mass)
        if one.cause == "upset":
            kick[min(int(np.searchsorted(time_s, one.start_s)), time_s.size - 1)] += one.size
    shown = (
        SWING_K * crew_day_cycle(time_s) + wander(rng, time_s, 0.15, 2 * HOUR_S) if glasses else np.zeros(time_s.size)
    )
    gains = np.array(heat.gain) + np.array(heat.gain_sd) * rng.standard_normal(len(heat.gain))
    residual = heat.residual_k if glasses else heat.blind_residual_k
    onset, rate = (leak.onset_s, leak.rate_kg_s / mass) if leak else (np.inf, 0.0)
    # the prior of the vehicle file is for the volume it states (balance.layout)
    flow_sd = supply.unmetered_kg_s / (1.2 * group.volume_m3.value)
    mass_log, gas_k = _follow(
        time_s, np.diff(moved, prepend=0.0), kick, shown, gains, np.array(heat.lags_s), residual, heat.residual_s,
        flow_sd, supply.unmetered_s, np.inf if leak else CONTROL_S, group.wall_time_s, air.temperature_k.value, onset,
        rate, leak.exponent if leak else 1.0, EXPANSION_SHARE, rng.standard_normal((time_s.size, 3)),
    )  # fmt: skip
    pressure = air.pressure_pa.value * np.exp(mass_log) * (1.0 + gas_k / air.temperature_k.value)
    heard = np.ones(time_s.size, dtype=np.bool_)
    for one in happenings:
        if one.cause == "signal loss":
            heard[slice(*np.searchsorted(time_s, [one.start_s, one.end_s]))] = False
    samples = _speak(rng, vehicle, time_s, pressure, air.temperature_k.value + shown, heard, happenings)
    years = float(time_s[-1] - time_s[0]) / (365.25 * DAY_S)
    return World(samples, tuple(happenings), mass, years, time_s, mass_log, pressure)


def told_log(vehicle: Vehicle, one: World) -> Floats:
    """What the operations that feed or log tell did to the logarithm of pressure, (k,): for an oracle that knows it."""
    moved, still = np.zeros(one.time_s.size), np.zeros(one.time_s.size)
    for happening in one.happenings:
        if happening.mass_kg and (happening.seen or happening.logged):
            _move(moved, one.time_s, happening, one.mass_kg)
    heat, air = vehicle.thermal, vehicle.atmosphere
    mass_log, gas_k = _follow(
        one.time_s, np.diff(moved, prepend=0.0), still, still, np.zeros(1), np.ones(1), 0.0, heat.residual_s, 0.0, 1.0,
        CONTROL_S, vehicle.compartments[0].wall_time_s, air.temperature_k.value, np.inf, 0.0, 1.0, EXPANSION_SHARE,
        np.zeros((one.time_s.size, 3)),
    )  # fmt: skip
    return np.asarray(mass_log + np.log1p(gas_k / air.temperature_k.value))


def _move(moved: Floats, time_s: Floats, one: Happening, mass: float) -> None:
    """Add the gas that an operation has moved by each moment, as a share of all."""
    first, last = np.searchsorted(time_s, [one.start_s, one.end_s])
    share = one.mass_kg / mass
    moved[first:last] += share * (time_s[first:last] - one.start_s) / (one.end_s - one.start_s)
    moved[last:] += share


def wander(rng: np.random.Generator, time_s: Floats, sd: float, relax_s: float) -> Floats:
    """Ornstein-Uhlenbeck on this clock."""
    found = np.empty(time_s.size)
    _relax(time_s, sd, relax_s, rng.standard_normal(time_s.size), found)
    return found


@kernel
def _relax(time: Floats, sd: float, relax: float, draws: Floats, out: Floats) -> None:
    x = sd * draws[0]
    out[0] = x
    for i in range(1, time.shape[0]):
        keep = np.exp(-(time[i] - time[i - 1]) / relax)
        x = keep * x + sd * np.sqrt(1.0 - keep * keep) * draws[i]
        out[i] = x


CONTROL_S = 30.0 * DAY_S
"""In quiet years the crew keeps the pressure where it is: in a month what has been lost or gained is made good [c]."""


@kernel
def _follow(
    time: Floats, moved: Floats, kick: Floats, shown: Floats, gains: Floats, lags: Floats, residual: float,
    residual_s: float, flow_sd: float, flow_s: float, control_s: float, wall_s: float, t0: float, onset: float,
    rate: float, exponent: float, expansion_share: float, draws: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Logarithm of the gas amount and change of the mean gas temperature, (k,) each; exact from one moment to the next
    but for the flow, which is held."""
    n = time.shape[0]
    mass_log, gas_k = np.empty(n), np.empty(n)
    drive = np.sqrt(2.0) * residual * draws[0, 0]
    heat = residual * (draws[0, 0] + draws[0, 1]) / np.sqrt(2.0)  # correlated by 0.707 at rest
    flow, mass, expansion = flow_sd * draws[0, 2], 0.0, 0.0
    lagged = np.full(lags.shape[0], shown[0])
    first = shown[0]
    for i in range(n):
        dt = 0.0 if i == 0 else time[i] - time[i - 1]
        if i > 0:
            d = dt / residual_s
            keep = np.exp(-d)
            # variance that two equal lags add in dt, for a drive of variance 2 r^2 and a heat of variance r^2
            v_drive = 2.0 * residual * residual * (1.0 - keep * keep)
            v_heat = 4.0 * residual * residual * max(0.25 - keep * keep * (0.5 * d * d + 0.5 * d + 0.25), 0.0)
            cov = 4.0 * residual * residual * max(0.25 - keep * keep * (0.5 * d + 0.25), 0.0)
            a = np.sqrt(v_drive)
            b = cov / a if a > 0.0 else 0.0
            heat = keep * (heat + d * drive) + b * draws[i, 0] + np.sqrt(max(v_heat - b * b, 0.0)) * draws[i, 1]
            drive = keep * drive + a * draws[i, 0]
            open_s = min(max(time[i] - onset, 0.0), dt)
            lost = rate * np.exp((exponent - 1.0) * mass) * open_s
            change = moved[i] / np.exp(mass) + (flow - mass / control_s) * dt - lost
            mass += change
            expansion = (expansion + expansion_share * change) * np.exp(-dt / wall_s)
            keep = np.exp(-dt / flow_s)
            flow = keep * flow + flow_sd * np.sqrt(1.0 - keep * keep) * draws[i, 2]
            for k in range(lags.shape[0]):
                lagged[k] += (shown[i] - lagged[k]) * (1.0 - np.exp(-dt / lags[k]))
        drive += kick[i]
        total = heat
        for k in range(lags.shape[0]):
            total += gains[k] * (lagged[k] - first)
        mass_log[i] = mass
        gas_k[i] = total + t0 * expansion
    return mass_log, gas_k


def _speak(
    rng: np.random.Generator, vehicle: Vehicle, time_s: Floats, pressure: Floats, shown_k: Floats, heard: Bools,
    happenings: list[Happening],
) -> Samples:  # fmt: skip
    """What the feed publishes."""
    items = (*(c.id for c in vehicle.channels), BEAT)
    times, codes, values = [time_s[heard]], [np.full(int(heard.sum()), len(items) - 1)], [np.zeros(int(heard.sum()))]
    for k, channel in enumerate(vehicle.channels):
        if channel.quantity in ("pressure", "temperature"):
            truth = pressure if channel.quantity == "pressure" else shown_k
            if channel.compartment == LOCK:
                truth = pressure * _lock_full(time_s, happenings)
            published, alive = sense(rng, channel, time_s, truth, happenings)
        else:
            published, alive = _state(channel, time_s, happenings), np.ones(time_s.size, dtype=np.bool_)
        if channel.quantity == "feed_status":
            published, alive = np.where(heard, SIGNAL, NO_SIGNAL), np.ones(time_s.size, dtype=np.bool_)
            speaks = alive
        else:
            speaks = heard & alive
        at = np.flatnonzero(speaks)
        said = published[at]
        if channel.publish == "on_change":
            new = np.ones(at.size, dtype=np.bool_)
            new[1:] = said[1:] != said[:-1]
            at, said = at[new], said[new]
        times.append(time_s[at])
        codes.append(np.full(at.size, k))
        values.append(said)
    time, code, value = np.concatenate(times), np.concatenate(codes), np.concatenate(values)
    order = np.argsort(time, kind="stable")
    return Samples(time[order], code[order].astype(np.int64), value[order], items)


def sense(
    rng: np.random.Generator, channel: Channel, time_s: Floats, truth: Floats, happenings: list[Happening]
) -> tuple[Floats, Bools]:
    """Codes of one sensor in its unit, and where it speaks at all."""
    _, factor, offset = TO_SI[channel.unit]
    value = truth + channel.bias_si * rng.standard_normal()
    step = np.sqrt(np.diff(time_s, prepend=time_s[0]) / DAY_S)
    value = value + np.cumsum(channel.drift_si_day * step * rng.standard_normal(time_s.size))
    value = (value + channel.noise_si * rng.standard_normal(time_s.size) - offset) / factor
    alive = np.ones(time_s.size, dtype=np.bool_)
    for one in happenings:
        if one.channel != channel.id:
            continue
        part = slice(*np.searchsorted(time_s, [one.start_s, one.end_s]))
        if part.stop <= part.start:
            continue
        if one.cause == "step":
            value[part] += one.size
        elif one.cause == "drift":
            value[part] += one.size * (time_s[part] - one.start_s) / DAY_S
        elif one.cause == "stuck":
            value[part] = value[part.start]
        elif one.cause == "dead":
            alive[part] = False
        elif one.cause == "spikes":
            value[part] += one.size * (rng.random(part.stop - part.start) < 0.01)
    if channel.quantum_si > 0.0:
        quantum = channel.quantum_si / factor
        value = np.round(value / quantum) * quantum
    return value, alive


VENTED_S = 300.0
"""In which the lock's last tenth goes overboard once the pump is off."""


def _lock_full(time_s: Floats, happenings: list[Happening]) -> Floats:
    """Pressure in the crew lock as a share of the cabin's."""
    full = np.ones(time_s.size)
    downs = [h for h in happenings if h.cause == "airlock down"]
    backs = [h for h in happenings if h.cause == "airlock back"]
    for down, back in zip(downs, backs, strict=True):
        first, last = np.searchsorted(time_s, [down.start_s, back.end_s])
        knots = [down.start_s, down.end_s, down.end_s + VENTED_S, back.start_s, back.end_s]
        full[first:last] = np.minimum(full[first:last], np.interp(time_s[first:last], knots, [1.0, 0.1, 0.0, 0.0, 1.0]))
    return full


def _state(channel: Channel, time_s: Floats, happenings: list[Happening]) -> Floats:
    """A valve, a pump or a docking contact."""
    cause, rest, busy = {
        VALVE: ("fill", 0.0, 1.0),
        PUMP: ("airlock down", 0.0, 1.0),
        CONTACT: ("docking", 1.0, 0.0),
    }.get(channel.id, ("", 0.0, 0.0))
    value = np.full(time_s.size, rest)
    for one in happenings:
        if one.cause == cause and one.seen:
            value[slice(*np.searchsorted(time_s, [one.start_s, max(one.end_s, one.start_s + 300.0)]))] = busy
    return value


def even_clock(start_s: float, days: float, step_s: float) -> Floats:
    """An even clock, (k,) s."""
    return np.asarray(start_s + step_s * np.arange(int(days * DAY_S / step_s)), dtype=np.float64)


def leak_clock(start_s: float, onset_s: float, end_s: float, step_s: float, fine_s: float = 1.0) -> Floats:
    """Coarse but for an hour around the onset, whose moment does not show in it: the fine part begins at random."""
    low, high = onset_s - 1200.0 - onset_s % 2400.0, onset_s + 2700.0
    parts = (
        np.arange(start_s, low, step_s), np.arange(np.ceil(low), high, fine_s), np.arange(np.ceil(high), end_s, step_s)
    )  # fmt: skip
    return np.unique(np.concatenate(parts))


__all__ = [
    "MMHG_PA",
    "Happening",
    "Leak",
    "Rates",
    "World",
    "coarse_ship",
    "draw",
    "even_clock",
    "leak_clock",
    "log_of",
    "play",
    "sense",
    "told_log",
    "wander",
]
