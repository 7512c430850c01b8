"""The balance of one pressure group: readings in, innovations out, with the mass and heat they leave as belief."""

from dataclasses import dataclass, replace

import numpy as np

from hullwatch.balance.glass import G_HEARD, GLASS_COLUMNS, follow_glass
from hullwatch.balance.heard import (
    EDGE,
    FIRST,
    FORGET,
    HEARTBEAT_S,
    NOTHING,
    W_APART,
    W_BESIDE,
    W_CODE,
    W_SD,
    W_Z,
    W_Z_TIME,
    WINDOW_COLUMNS,
    WINDOW_S,
    edge_says,
    mean_says,
)
from hullwatch.balance.layout import DRIVE, EXPANSION, FLOW, GAINS, HEAT, MASS, UNMETERED, Layout
from hullwatch.balance.ledger import supply_mol_s
from hullwatch.balance.manner import OTHER_AIR, outvoted, tempered, typical
from hullwatch.balance.species import EXCHANGED, MIXING_S, SPECIES, cabin_air
from hullwatch.compiled import kernel
from hullwatch.estimators.kalman import pin, predict, update
from hullwatch.physics import gas
from hullwatch.records import Bools, Floats, Frames, GroupState, Ints, Quality, Residuals
from hullwatch.vehicle.facts import Vehicle

MIXES = len(MIXING_S)
WITNESS = 0.5  # what shows less than this of the gas is no witness of what it does
COLDEST, EMPTY = 0.1, -20.0
"""Of nominal temperature, and logarithm of nominal pressure: what no reading, however impossible, brings gas below."""
SMALL_FALL = 0.1  # of the logarithm of pressure, in which a sensor's errors count as constant there too [c]

# Slots of the clockwork memory.
K_TIME, K_STATE_TIME, K_BEAT, K_WINDOW, K_SUPPLY, K_SETTLED, K_STARTED, K_ASKED = range(8)
CLOCK_SLOTS = 8


@dataclass(frozen=True, slots=True)
class AirMemory:
    """What the balance of one group remembers between blocks."""

    layout: Layout
    x: Floats  # (n,) mean of the states
    p: Floats  # (n, n) covariance
    walk: Floats  # (n,) as in the layout, with the followed flow's wandering once one is followed
    clock: Floats  # (CLOCK_SLOTS,)
    seen_k: Floats  # (thermometer, 1 + lag): first reading, then the lagged temperatures
    glass: Floats  # (thermometer, GLASS_COLUMNS): see glass
    window: Floats  # (sensor, WINDOW_COLUMNS): see heard
    reference_pa: float

    @property
    def heat_sd(self) -> float:
        """Usual wandering of the heat that no thermometer heard now shows, 1 sigma of the logarithm."""
        deaf = self.layout.thermometer and not self.glass[:, G_HEARD].any()
        return self.layout.blind_sd if deaf else self.layout.heat_sd


def begin(vehicle: Vehicle, layout: Layout, settled_s: float = -np.inf) -> AirMemory:
    """Belief before the first reading. Pressures before `settled_s` are not used: a hatch was just moved."""
    p = np.diag(layout.start)
    p[HEAT, DRIVE] = p[DRIVE, HEAT] = layout.start[HEAT]  # a cascade at rest
    clock = np.full(CLOCK_SLOTS, np.nan)
    clock[K_STARTED] = clock[K_SUPPLY] = clock[K_ASKED] = 0.0
    clock[K_SETTLED] = settled_s
    return AirMemory(
        layout=layout,
        x=layout.mean.copy(),
        p=p,
        walk=layout.walk.copy(),
        clock=clock,
        seen_k=np.full((len(layout.thermometer), 1 + layout.lags_s.size), np.nan),
        glass=np.zeros((len(layout.thermometer), GLASS_COLUMNS)),
        window=np.zeros((len(layout.sensors), WINDOW_COLUMNS)),
        reference_pa=vehicle.atmosphere.pressure_pa.value,
    )


def balance(memory: AirMemory, vehicle: Vehicle, frames: Frames) -> tuple[AirMemory, Residuals]:
    """Take in frames; returns the innovations of every reading used, with the gains that used them."""
    lay = memory.layout
    sensor, glass = np.array(lay.sensors, dtype=np.int64), np.array(lay.thermometer, dtype=np.int64)
    usable = (frames.flags & int(Quality.UNUSABLE)) == 0
    amount_mol = float(gas.amount(memory.reference_pa, lay.volume_m3, vehicle.atmosphere.temperature_k.value))
    new = replace(
        memory,
        x=memory.x.copy(),
        p=memory.p.copy(),
        clock=memory.clock.copy(),
        seen_k=memory.seen_k.copy(),
        glass=memory.glass.copy(),
        window=memory.window.copy(),
    )
    n, room = lay.states, frames.time_s.size * max(1, 2 * len(lay.sensors))
    frame, pinned = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    dt, nu, s = np.empty(room), np.empty(room), np.empty(room)
    h, gain = np.empty((room, n)), np.empty((room, n))
    used = _run(
        frames.time_s, _shifted(frames.value_si, lay), _shifted(frames.previous_si, lay), frames.fresh[:, sensor],
        usable[:, sensor], (frames.flags[:, sensor] & int(Quality.GAP)) != 0,
        frames.value_si[:, glass], usable[:, glass], supply_mol_s(vehicle, lay.compartments, frames) / amount_mol,
        lay.reference_pa, len(lay.pressure), lay.exchanged, lay.tells, lay.unmixed, lay.lag_s,
        vehicle.atmosphere.temperature_k.value,
        new.x, new.p, new.clock, new.seen_k, new.glass, new.window,
        lay.lags_s, lay.spike_k, 2.0 * lay.blind_sd**2, lay.edges, lay.holds, lay.quantum, lay.noise, lay.edge,
        lay.relax_s, lay.variance, new.walk,
        lay.into, lay.source, lay.weight,
        frame, dt, pinned, nu, s, h, gain,
    )  # fmt: skip
    return new, Residuals(
        frames.time_s, frame[:used], dt[:used], pinned[:used], nu[:used], s[:used], h[:used], gain[:used]
    )


def _shifted(readings: Floats, lay: Layout) -> Floats:
    """Readings of the layout's sensors, (frame, sensor), with their offsets."""
    mine = readings[:, np.array(lay.sensors, dtype=np.int64)]
    return np.asarray(mine + lay.offset_pa) if lay.offset_pa.any() else mine


def inherit(child: AirMemory, parents: tuple[AirMemory, ...]) -> AirMemory:
    """A new group keeps what its sensors and thermometers have taught: biases, gains, lagged temperatures."""
    x, p, seen, glass = child.x.copy(), child.p.copy(), child.seen_k.copy(), child.glass.copy()
    lags = child.layout.lags_s.size
    for parent in parents:
        for s, channel in enumerate(child.layout.sensors):
            if channel in parent.layout.sensors and not np.isnan(parent.clock[K_STATE_TIME]):
                i, j = child.layout.bias(s), parent.layout.bias(parent.layout.sensors.index(channel))
                x[i] = parent.x[j]
                p[i, i] = parent.p[j, j]
                if channel in child.layout.analysers:  # what was exchanged so far counts as the analyser's error
                    shown = np.zeros(parent.layout.states)
                    place = parent.layout.unmixed[parent.layout.sensors.index(channel)]
                    shown[[parent.layout.exchanged, *range(place, place + MIXES)]] = child.layout.tells[
                        s, 1 + EXCHANGED
                    ]
                    x[i] += shown @ parent.x
                    p[i, i] += shown @ parent.p @ shown + 2.0 * shown @ parent.p[:, j]
        for g, channel in enumerate(child.layout.thermometer):
            if channel in parent.layout.thermometer:
                o = parent.layout.thermometer.index(channel)
                seen[g], glass[g] = parent.seen_k[o], parent.glass[o]
                if len(parent.layout.thermometer) == len(child.layout.thermometer):
                    for k in range(lags):
                        i, j = GAINS + g * lags + k, GAINS + o * lags + k
                        x[i], p[i, i] = parent.x[j], parent.p[j, j]
    return replace(child, x=x, p=p, seen_k=seen, glass=glass)


def shows(memory: AirMemory, t0_k: float) -> Floats:
    """What the gas shows any sensor, as weights of the states (n,); no sensor's own errors are in it."""
    h = np.zeros(memory.layout.states)
    h[[MASS, HEAT, EXPANSION]] = 1.0
    seen = np.nan_to_num((memory.seen_k[:, 1:] - memory.seen_k[:, :1]).ravel()) / t0_k  # NaN: never heard
    h[GAINS : GAINS + seen.size] = seen
    return h


def state_of(memory: AirMemory, vehicle: Vehicle, group: int, ppo2_pa: float | None) -> GroupState | None:
    """What is believed now, or None before the first usable reading."""
    if memory.clock[K_STARTED] != 1.0:
        return None
    x, p, lay = memory.x, memory.p, memory.layout
    h, gains = shows(memory, vehicle.atmosphere.temperature_k.value), slice(GAINS, lay.bias(0))
    warm = float(x[HEAT] + x[EXPANSION] + x[gains] @ h[gains])
    temperature = vehicle.atmosphere.temperature_k.value * max(1.0 + warm, COLDEST)
    pressure = memory.reference_pa * float(np.exp(max(x[MASS] + warm, EMPTY)))
    mass = float(gas.amount(pressure, lay.volume_m3, temperature)) * float(gas.mixture_molar_mass(cabin_air(vehicle)))
    return GroupState(
        group=group,
        compartments=lay.compartments,
        time_s=float(memory.clock[K_TIME]),
        volume_m3=lay.volume_m3,
        volume_sd_m3=lay.volume_sd_m3,
        pressure_pa=pressure,
        temperature_k=temperature,
        mass_kg=mass,
        mass_sd_kg=mass * float(np.sqrt(max(p[HEAT, HEAT], 0.0))),
        loss_per_s=-float(x[FLOW]),
        loss_sd_per_s=float(np.sqrt(max(p[FLOW, FLOW], 0.0))),
        followed=bool(memory.walk[FLOW] > 0.0),
        ppo2_pa=ppo2_pa,
        sensors=len(lay.pressure),
        cooled=float(x[EXPANSION]),
        pressure_sd_pa=pressure * float(np.sqrt(max(float(h @ p @ h), 0.0))),
    )


@kernel
def error_share(level: float) -> float:
    """How much a sensor's own error weighs in the logarithm of pressure at this level of it, 1 at the reference.

    Errors are constant in pascals, so they grow in the logarithm as pressure falls. Not for small falls: the slight
    change would make every surprise pass for news of the bias.
    """
    return float(np.exp(-max(min(level + SMALL_FALL, 0.0), EMPTY)))


@kernel
def _run(
    time: Floats, value: Floats, previous: Floats, fresh: Bools, usable: Bools, gap: Bools,
    shown: Floats, glass_usable: Bools, supply: Floats,
    references: Floats, gauges: int, exchanged: int, tells: Floats, unmixed: Ints, delays: Floats, t0: float,
    x: Floats, p: Floats, clock: Floats, seen: Floats, glass: Floats, window: Floats,
    lags: Floats, spike: Floats, blind: float, edges: Bools, holds: Bools, quantum: Floats, noise: Floats, edge: Floats,
    relax: Floats, variance: Floats, walk: Floats, into: Ints, source: Ints, weight: Floats,
    r_frame: Ints, r_dt: Floats, r_pin: Ints, r_nu: Floats, r_s: Floats, r_h: Floats, r_gain: Floats,
) -> int:  # fmt: skip
    """One pass over the frames; writes a row for each reading used (r_pin = -1) and each rounding error made known.

    The first `gauges` sensors read pressure, the others single gases: tells and unmixed, see Layout. window
    (sensor, WINDOW_COLUMNS): what is remembered of each sensor, see heard.
    """
    n, sensors, glasses, n_lags = x.shape[0], value.shape[1], shown.shape[1], lags.shape[0]
    h, gain, unseen = np.empty(n), np.empty(n), variance.copy()
    rows = 0
    for i in range(time.shape[0]):
        t = time[i]
        dt = 0.0 if np.isnan(clock[K_TIME]) else t - clock[K_TIME]
        clock[K_TIME] = t
        clock[K_SUPPLY] += supply[i] * dt
        unseen[DRIVE] = variance[DRIVE] if glasses == 0 or glass_usable[i].any() else blind
        for g in range(glasses):
            glass[g, G_HEARD] = 1.0 if glass_usable[i, g] else 0.0
            if glass_usable[i, g]:
                follow_glass(seen, glass, g, t, shown[i, g], lags, spike[g])
        beat = np.floor(t / HEARTBEAT_S)
        beats = np.isnan(clock[K_BEAT]) or beat > clock[K_BEAT]
        clock[K_BEAT] = beat
        pane = np.floor(t / WINDOW_S)
        panes = not np.isnan(clock[K_WINDOW]) and pane > clock[K_WINDOW]
        clock[K_WINDOW] = pane
        first, asked = True, clock[K_ASKED] == 1.0
        clock[K_ASKED] = 0.0
        middle = typical(value[i, :gauges], usable[i, :gauges])
        for s in range(sensors):
            reference = references[s]
            bias = n - 2 * (sensors - s)
            step = bias + 1
            # a logarithm cannot follow a lock to vacuum, where a gauge shows zero or less
            empty = value[i, s] <= 0.0 or value[i, s] + previous[i, s] <= 0.0
            apart = s < gauges and usable[i, s] and abs(value[i, s] - middle) > OTHER_AIR * middle
            window[s, W_APART] = 0.0 if not apart else window[s, W_APART] if window[s, W_APART] > 0.0 else t
            window[s, W_BESIDE] = value[i, s] - middle if apart else 0.0
            if not usable[i, s] or empty or apart or t < clock[K_SETTLED]:
                window[s, :FORGET] = 0.0
                continue
            # --- what this sensor says in this frame ---------------------------------------------------------------
            lag, known, flicker, code = 0.0, 0.0, 0.0, window[s, W_CODE]
            if edges[s]:
                says, z, r, known, flicker = edge_says(
                    window, s, t, value[i, s], previous[i, s], fresh[i, s], gap[i, s], beats, asked,
                    quantum[s], noise[s], edge[s], reference,
                )  # fmt: skip
                x[step] += flicker
            else:
                says, z, r, lag = mean_says(
                    window, s, t, dt, value[i, s], fresh[i, s], holds[s], gap[i, s], panes,
                    quantum[s], noise[s], reference,
                )  # fmt: skip
            # what an analyser has said before, to the last digit of its noise, is no new reading: it is stuck
            repeats = s >= gauges and noise[s] > quantum[s] and window[s, W_CODE] == code
            if says == NOTHING or repeats:
                continue
            # --- take it in ----------------------------------------------------------------------------------------
            row_dt = 0.0
            if clock[K_STARTED] == 0.0:
                clock[K_STARTED] = 1.0
                clock[K_SUPPLY] = 0.0
            elif first:
                row_dt = t - clock[K_STATE_TIME]
                predict(x, p, relax, unseen, walk, into, source, weight, row_dt)
                x[MASS] += clock[K_SUPPLY]
                if exchanged >= 0:
                    x[exchanged] += clock[K_SUPPLY]  # oxygen made and breathed
                clock[K_SUPPLY] = 0.0
            clock[K_STATE_TIME] = t
            first = False
            if says == FIRST:
                pin(x, p, step, 0.0, variance[step])
                r_frame[rows], r_dt[rows], r_pin[rows], r_nu[rows], r_s[rows] = i, row_dt, step, 0.0, 1.0
                row_dt = 0.0
                rows += 1
            for j in range(n):
                h[j] = 0.0
            shows_gas = tells[s, 0]
            if s >= gauges:
                lag += 0.5 * delays[s]  # drawn some time since the reading before
                r += (shows_gas * x[FLOW] * delays[s]) ** 2 / 12.0
                for q in range(SPECIES):
                    if exchanged + q < unmixed[s]:
                        h[exchanged + q] = tells[s, 1 + q]
                for q in range(MIXES):
                    h[unmixed[s] + q] = tells[s, 1 + EXCHANGED]
            # a mean speaks of the middle of its window
            h[UNMETERED], h[FLOW] = -lag * (shows_gas + tells[s, 1 + EXCHANGED]), -lag * shows_gas
            h[MASS] = h[HEAT] = h[EXPANSION] = shows_gas
            for g in range(glasses):
                for k in range(n_lags):
                    if not np.isnan(seen[g, 0]):
                        h[GAINS + g * n_lags + k] = shows_gas * (seen[g, 1 + k] - seen[g, 0]) / t0
            level = 0.0
            for j in range(bias):
                level += h[j] * x[j]
            h[bias] = error_share(level)
            if says != EDGE:
                h[step] = h[bias]
            if s >= gauges:
                window[s, W_Z] = 0.0  # an analyser alone never bears itself out: people breathe, valves feed it
            r = tempered(x, p, h, z, r * h[bias] * h[bias], window, s, t, dt)
            if outvoted(window, s, t, dt):
                clock[K_ASKED] = 1.0
            if shows_gas < WITNESS:
                window[s, W_SD], window[s, W_Z_TIME] = np.inf, -np.inf
            nu, var = update(x, p, h, z, r, gain)
            r_frame[rows], r_dt[rows], r_pin[rows], r_nu[rows], r_s[rows] = i, row_dt, -1, nu, var
            for j in range(n):
                r_h[rows, j] = h[j]
                r_gain[rows, j] = gain[j]
            rows += 1
            if says == EDGE:
                pin(x, p, step, known, edge[s])
                r_frame[rows], r_dt[rows], r_pin[rows], r_nu[rows], r_s[rows] = i, 0.0, step, 0.0, 1.0
                rows += 1
    return rows
