"""The state of one pressure group: which number means what, and what is believed before any reading.

Everything is relative to the group's gas: a logarithm of pressure, so that a choked hole in steady heat is a straight
line whatever the pressure.

    y_sensor = mass + heat + expansion + sum(gain_k seen_k) + (bias_sensor + step_sensor) reference / p + noise
    y_gas    = an analyser's: gas (mass + heat + expansion + ...) + sum(part_k species_k), with its own bias and step

    0 mass        logarithm of gas amount, relative to that at the ship's nominal pressure and temperature
    1 unmetered   net gas flow that nothing meters (crew, CO2 removal, ...), 1/s, wanders back to zero
    2 flow        gain of gas that is being followed, 1/s: a leak is negative; pinned to zero until something is found
    3 heat        logarithm of mean gas temperature that no thermometer shows, follows its drive with a lag
    4 expansion   cooling of gas that expands as it leaves, made good by the walls in minutes (METHODS 0.4)
    5 drive       what heats and cools it, wanders back to zero; heat is thus smooth, as walls and racks make it
    6 ..          one gain for each thermometer and lag: the share of the gas law the mean gas takes from it
    then          exchanged, where an analyser is heard: the part of mass that people and machines have given and
                  taken, none of it nitrogen; and carbon and vapour where one of oxygen is (see species)
    then          unmixed, for each compartment with analysers: what has been exchanged there more than elsewhere; a
                  part that goes soon and one that goes late
    then          bias and step of each sensor: its constant error, and its rounding error of the moment
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hullwatch.balance import species
from hullwatch.balance.heard import EDGE_VARIANCE
from hullwatch.physics import gas
from hullwatch.records import Bools, Floats, Ints
from hullwatch.units import DAY_S
from hullwatch.vehicle.facts import Channel, Compartment, Vehicle

MASS, UNMETERED, FLOW, HEAT, EXPANSION, DRIVE, GAINS = range(7)

EXPANSION_SHARE = gas.AIR_GAMMA - 1.0
"""Cooling of the gas left behind by a loss of gas, before the walls warm it: d ln T = (gamma - 1) d ln n."""

EDGE_SHARE = 0.1
"""Noise above this share of a step makes codes flicker for minutes: the edges are then no separate news [c]."""

ROUNDING_S = 600.0
"""Time in which a sensor's error of the moment is forgotten: cabin pressure usually crosses 0.1 mmHg in it [c]."""

GAIN_WALK_DAY = 0.05
"""How far a thermal gain wanders in a day, 1 sigma: racks are moved, fans change [c]."""

FLOW_WALK_HOUR = 0.02
"""How far a followed flow wanders in an hour, relative, 1 sigma: temperature and crack both move it a little [c]."""


UNHEARD_K = 1.0
"""How far a thermometer swings that has fallen silent, 1 sigma (2.8 K from top to bottom on 12 October 2018) [c]: what
it would have shown of the gas is then unseen as well."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Who is in the group and how its filter's states move."""

    compartments: tuple[str, ...]
    volume_m3: float
    volume_sd_m3: float
    pressure: tuple[int, ...]  # channel numbers of its pressure sensors
    analysers: tuple[int, ...]  # and of its gas analysers; the sensors are these after those
    thermometer: tuple[int, ...]  # and of its thermometers
    spike_k: Floats  # (thermometer,) a faster jump is the thermometer's own; 0 = never
    blind_sd: float  # wandering of the heat while no thermometer is heard, 1 sigma of the logarithm
    lags_s: Floats  # (lag,)
    nitrogen: float  # its share of the ship's nominal air
    species: int  # states of species
    tells: Floats  # (sensor, 1 + SPECIES) what a sensor shows of the gas and of each species, see species
    unmixed: Ints  # (sensor,) first state of what the air beside it differs by, -1 for gauges
    reference_pa: Floats  # (sensor,) what it reads in the ship's nominal air, with offset
    offset_pa: Floats  # (sensor,) added to what it reads
    lag_s: Floats  # (sensor,) longest time by which a reading is older than its publication
    edges: Bools  # (sensor,) noise below the step: the moment of a change tells the value
    holds: Bools  # (sensor,) published on change: an unpublished value still stands
    quantum: Floats  # (sensor,) relative to pressure
    noise: Floats  # (sensor,) relative
    edge: Floats  # (sensor,) variance of the value that a change of code tells, relative
    relax_s: Floats  # (n,)
    variance: Floats  # (n,) stationary variance of states that relax
    walk: Floats  # (n,) variance per second of states that wander
    start: Floats  # (n,) variance before any reading
    mean: Floats  # (n,) mean before any reading
    into: Ints  # integrators, see estimators.kalman
    source: Ints
    weight: Floats

    @property
    def heat_sd(self) -> float:
        """Usual wandering of the heat that no thermometer shows, 1 sigma of the logarithm."""
        return float(np.sqrt(0.5 * self.variance[DRIVE]))

    @property
    def sensors(self) -> tuple[int, ...]:
        """Channel numbers of all that is read: pressure sensors, then analysers."""
        return self.pressure + self.analysers

    @property
    def exchanged(self) -> int:
        """State number of the gas exchanged, first of the species, -1 where no analyser is heard."""
        return GAINS + len(self.thermometer) * int(self.lags_s.size) if self.analysers else -1

    @property
    def unmixed_states(self) -> int:
        """How many states tell how the air beside analysers differs."""
        return len(species.MIXING_S) * int(np.unique(self.unmixed[self.unmixed >= 0]).size)

    @property
    def states(self) -> int:
        """Number of states."""
        return int(self.start.size)

    def bias(self, sensor: int) -> int:
        """State number of a sensor's bias; its step is the next one."""
        return GAINS + len(self.thermometer) * int(self.lags_s.size) + self.species + self.unmixed_states + 2 * sensor


def lay_out(vehicle: Vehicle, compartments: tuple[str, ...], spoken: frozenset[str]) -> Layout:
    """Layout of the group of these compartments, with priors from the vehicle file; silent channels are left out."""
    inside = set(compartments)
    heard = [(k, c) for k, c in enumerate(vehicle.channels) if c.compartment in inside and c.id in spoken]
    gauges = [(k, c) for k, c in heard if c.quantity == "pressure"]
    # without a pressure to compare with, an analyser tells nothing that its own drift could not
    analysers = species.read(heard) if gauges else []
    sensors = gauges + analysers
    glasses = [k for k, c in heard if c.quantity == "temperature"]
    members = [c for c in vehicle.compartments if c.id in inside]
    volume = sum(c.volume_m3.value for c in members)
    volume_sd = float(np.sqrt(sum(c.volume_m3.sd**2 for c in members)))
    pressure, temperature = vehicle.atmosphere.pressure_pa.value, vehicle.atmosphere.temperature_k.value
    heat, lags = vehicle.thermal, np.array(vehicle.thermal.lags_s, dtype=np.float64)
    residual = (heat.residual_k if glasses else heat.blind_residual_k) / temperature
    exchanged = GAINS + len(glasses) * lags.size
    unmixed = exchanged + species.states(analysers)
    places = list(dict.fromkeys(c.compartment for _, c in analysers))
    parts = len(species.MIXING_S)
    first = unmixed + parts * len(places)  # the first sensor's bias
    n = first + 2 * len(sensors)
    levels = [species.level(vehicle, c) for _, c in sensors]
    nominal, offset = (np.array([level[k] for level in levels]) for k in range(2))
    moves = _Moves(np.full(n, np.inf), *np.zeros((4, n)))
    moves.gas(vehicle, members, residual)
    moves.gains(vehicle, len(glasses))
    moves.species(exchanged, unmixed, first, pressure)
    moves.errors(first, [c for _, c in sensors], nominal)
    into, source, weight = [MASS, MASS, EXPANSION, HEAT], [UNMETERED, FLOW, FLOW, DRIVE], [1.0, 1.0, EXPANSION_SHARE]
    weight.append(1.0 / heat.residual_s)
    if analysers:
        into, source, weight = [*into, exchanged], [*source, UNMETERED], [*weight, 1.0]
    return Layout(
        compartments=compartments,
        volume_m3=volume,
        volume_sd_m3=volume_sd,
        pressure=tuple(k for k, _ in gauges),
        analysers=tuple(k for k, _ in analysers),
        thermometer=tuple(glasses),
        spike_k=np.array([vehicle.channels[k].spike_si for k in glasses], dtype=np.float64),
        blind_sd=float(np.hypot(heat.blind_residual_k, UNHEARD_K * sum(heat.gain))) / temperature,
        lags_s=lags,
        nitrogen=species.shares(vehicle)[0],
        species=unmixed - exchanged,
        tells=np.array([species.tells(vehicle, c) for _, c in sensors]).reshape(-1, 1 + species.SPECIES),
        unmixed=np.array(
            [-1] * len(gauges) + [unmixed + parts * places.index(c.compartment) for _, c in analysers], dtype=np.int64
        ),
        reference_pa=nominal,
        offset_pa=offset,
        lag_s=np.array([0.0] * len(gauges) + [c.period_s for _, c in analysers]),
        edges=np.array([_shows_edges(c) for _, c in sensors], dtype=np.bool_),
        holds=np.array([c.publish == "on_change" for _, c in sensors], dtype=np.bool_),
        quantum=np.array([c.quantum_si for _, c in sensors], dtype=np.float64) / nominal,
        noise=np.array([c.noise_si for _, c in sensors], dtype=np.float64) / nominal,
        edge=np.array([_edge_variance(c, float(p)) for (_, c), p in zip(sensors, nominal, strict=True)]),
        relax_s=moves.relax_s,
        variance=moves.variance,
        walk=moves.walk,
        start=moves.start,
        mean=moves.mean,
        into=np.array(into, dtype=np.int64),
        source=np.array(source, dtype=np.int64),
        weight=np.array(weight),
    )


@dataclass(frozen=True, slots=True)
class _Moves:
    """How states move and what is believed of them at first, (n,) each: see Layout."""

    relax_s: Floats
    variance: Floats
    walk: Floats
    start: Floats
    mean: Floats

    def gas(self, vehicle: Vehicle, members: Sequence[Compartment], residual: float) -> None:
        """Gas and what heats it; `residual`: wandering of the heat that no thermometer shows, of the logarithm."""
        volume = sum(c.volume_m3.value for c in members)
        mass_kg = 1.2 * volume  # only scales a prior
        # what crew and machines do unmetered is shared by volume
        unmetered = vehicle.supply.unmetered_kg_s * volume / vehicle.volume_m3 / mass_kg
        self.start[MASS] = 0.02**2
        self.relax_s[UNMETERED] = vehicle.supply.unmetered_s
        self.start[UNMETERED] = self.variance[UNMETERED] = unmetered**2
        self.relax_s[EXPANSION] = sum(c.wall_time_s * c.volume_m3.value for c in members) / volume
        # white noise through two equal lags: a drive of twice the variance leaves this one in the heat
        self.relax_s[HEAT] = self.relax_s[DRIVE] = vehicle.thermal.residual_s
        self.start[DRIVE] = self.variance[DRIVE] = 2.0 * residual**2
        self.start[HEAT] = residual**2

    def gains(self, vehicle: Vehicle, glasses: int) -> None:
        """Gains of thermometers, which share what the vehicle file says of one."""
        heat, lags = vehicle.thermal, len(vehicle.thermal.lags_s)
        for g in range(glasses):
            for k in range(lags):
                i = GAINS + g * lags + k
                self.mean[i] = heat.gain[k] / glasses
                self.start[i] = (heat.gain_sd[k] / np.sqrt(glasses)) ** 2
                self.walk[i] = (GAIN_WALK_DAY * heat.gain_sd[k]) ** 2 / DAY_S

    def species(self, exchanged: int, unmixed: int, end: int, pressure_pa: float) -> None:
        """Carbon dioxide and vapour, between exchanged and unmixed; and the air beside analysers, from there to end."""
        wander = slice(exchanged + 1, unmixed)
        self.relax_s[wander] = species.WANDERS_S
        self.variance[wander] = self.start[wander] = (species.WANDERS_PA / pressure_pa) ** 2
        self.relax_s[unmixed:end] = np.resize(species.MIXING_S, end - unmixed)

    def errors(self, first: int, sensors: Sequence[Channel], nominal_pa: Floats) -> None:
        """Bias and step of each sensor."""
        for s, channel in enumerate(sensors):
            i = first + 2 * s
            self.start[i] = (channel.bias_si / nominal_pa[s]) ** 2
            self.walk[i] = (channel.drift_si_day / nominal_pa[s]) ** 2 / DAY_S
            self.relax_s[i + 1] = ROUNDING_S
            self.variance[i + 1] = self.start[i + 1] = _rounding_variance(channel) / nominal_pa[s] ** 2


def _shows_edges(channel: Channel) -> bool:
    """True for a step well above the noise: the moment of a change of code then tells the value exactly."""
    return channel.publish == "on_change" and channel.noise_si <= EDGE_SHARE * channel.quantum_si


def _edge_variance(channel: Channel, pressure_pa: float) -> float:
    """Variance of the value that an edge tells: the noise, and where the code's border lies."""
    noise, quantum, border = (x / pressure_pa for x in (channel.noise_si, channel.quantum_si, channel.border_si))
    return noise * noise + (border * border if border > 0.0 else EDGE_VARIANCE * quantum * quantum)


def _rounding_variance(channel: Channel) -> float:
    """Variance of the slow part of a sensor's error of the moment, Pa2.

    Rounding is uniform over a step. Noise would dither it away if it were white; in the record it is not (the
    crewlock's codes wander by an eighth of a step from hour to hour), so no credit is taken for it. A quarter of the
    noise is slow too.
    """
    return channel.quantum_si**2 / 12.0 + 0.25 * channel.noise_si**2
