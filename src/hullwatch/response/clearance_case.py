"""A patch under test from its readings: what hides a small leak there, its limit as a relative loss, and the answer.

readings --> room_of (gauge, warmth) --> assess --> judged reading by reading
limit, volume --> scale_of -----------------^          gas found to go again later --> since
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.physics.gas import AIR_MOLAR_MASS, amount
from hullwatch.records import Floats, Residuals
from hullwatch.response import clearance, hold
from hullwatch.response.breathing import breathed_mol_s
from hullwatch.response.gauge import READ_STEP_PA, noise_of, step_of
from hullwatch.units import DAY_S, HOUR_S, mmhg

SEEN_K, BLIND_K, WARMTH_S = 0.05, 0.3, 5400.0
"""Warmth that no thermometer shows, with one and without, and how long it lasts [c]."""
HAND_SETTLED_S = 300.0
"""How long people wait before they first read a gauge [c]."""
SETTLE_K, WALLS_S = 1.0, 143.0
"""What shutting a hatch or letting gas in leaves, and how long it lasts; METHODS 1.3 [c]."""
TIGHT_SHARE = 0.1
"""What a sound wall may lose, as a share of the limit, unless said."""
USUAL_K = 295.0
"""Temperature of a compartment whose own was not read [c]."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Limits as relative losses (1/s) with the share of doubt in them; the gas in the room (kg; None without a volume)
    and the doubt of its volume."""

    limit_per_s: float
    tight_per_s: float
    share: float
    mass_kg: float | None
    volume_share: float


@dataclass(frozen=True, slots=True)
class Assessed:
    """The test over all readings: the filter's end and its surprises, and what was decided; the earliest moments of a
    verdict still to come (s, by what is true)."""

    held: hold.HoldMemory
    residuals: Residuals
    said: clearance.Clearance
    earliest_s: dict[str, float | None]
    loss_sd_per_s: float


def has_thermometer(readings: hold.Readings) -> bool:
    """Whether any temperature was read."""
    return bool(np.isfinite(readings.temperature_k).any())


def room_of(readings: hold.Readings, residual_k: float | None, settled_s: float | None, by_hand: bool) -> hold.Room:
    """What hides a small leak here: the gauge as its codes show it, and the warmth."""
    seen = has_thermometer(readings)
    shut = settled_s if settled_s is not None else HAND_SETTLED_S if by_hand else 0.0
    heat = residual_k if residual_k is not None else SEEN_K if seen else BLIND_K
    step = READ_STEP_PA if by_hand else step_of(readings.pressure_pa)
    return hold.Room(
        noise_of(readings.pressure_pa, step, by_hand), step, heat, WARMTH_S,
        SETTLE_K * math.exp(-max(shut, 0.0) / WALLS_S), WALLS_S,
        glass_step_k=step_of(readings.temperature_k) if seen else 0.0,
    )  # fmt: skip


def room_for(noise_pa: float, quantum_pa: float, thermometer: bool, settled_s: float, glass_step_k: float) -> hold.Room:
    """The same for a gauge whose noise and step the vehicle file knows."""
    heat = SEEN_K if thermometer else BLIND_K
    left = SETTLE_K * math.exp(-max(settled_s, 0.0) / WALLS_S)
    return hold.Room(noise_pa, quantum_pa, heat, WARMTH_S, left, WALLS_S, glass_step_k=glass_step_k)


def scale_of(
    limit: float, tight: float, unit: str, volume_m3: tuple[float, float] | None, readings: hold.Readings
) -> Scale:
    """Limits in kg/s, which need the volume (m3, with its standard deviation), or in Pa/s, which do not."""
    known = np.isfinite(readings.temperature_k)
    warm = float(readings.temperature_k[known][0]) if known.any() else USUAL_K
    start_pa = float(readings.pressure_pa[0])
    mass, share = None, 0.0
    if volume_m3 is not None:
        mass = float(amount(start_pa, volume_m3[0], warm)) * AIR_MOLAR_MASS
        share = volume_m3[1] / volume_m3[0]
    if unit == "kg/s":
        if mass is None:
            raise ValueError("a limit in kg/s needs the volume")
        return Scale(limit / mass, tight / mass, share, mass, share)
    return Scale(limit / start_pa, tight / start_pa, 0.0, mass, share)


def used_per_s(scale: Scale, people: float, co2: str) -> Floats:
    """What people breathe in the room, as equally probable relative losses (node,), 1/s; zeros for nobody."""
    if people == 0.0:
        return np.zeros(1)
    if scale.mass_kg is None:
        raise OutOfRange("people", people, "with people inside the room needs its --volume")
    return breathed_mol_s(people, co2) * AIR_MOLAR_MASS / scale.mass_kg


def assess(readings: hold.Readings, room: hold.Room, terms: clearance.Terms) -> Assessed:
    """The test over all readings."""
    seen = has_thermometer(readings)
    typical_k = float(np.nanmedian(readings.temperature_k)) if seen else USUAL_K
    held = hold.begin(room, float(np.median(readings.pressure_pa)), typical_k)
    held, beliefs, residuals = hold.hold(held, readings)
    memory, said = clearance.judge(clearance.ClearanceMemory(terms), beliefs)
    cadence = float(np.median(np.diff(readings.time_s)))
    when = clearance.earliest(memory, held, min(cadence, HOUR_S), seen)
    return Assessed(held, residuals, said, when, clearance.leak_of(terms, 0.0, memory.loss_sd_per_s)[1])


def since(
    found: Assessed, again_s: float, readings: hold.Readings, room: hold.Room, terms: clearance.Terms
) -> Assessed:
    """The answer when gas was found to go again: the rate from the readings since, the old one where they are few."""
    said, sd = found.said, found.loss_sd_per_s
    rest = readings.time_s >= again_s
    if rest.sum() >= 3:
        block = hold.Readings(readings.time_s[rest], readings.pressure_pa[rest], readings.temperature_k[rest])
        settled = hold.begin(replace(room, settle_k=0.0), float(np.median(readings.pressure_pa)))
        memory, said = clearance.judge(clearance.ClearanceMemory(terms), hold.hold(settled, block)[1])
        sd = clearance.leak_of(terms, 0.0, memory.loss_sd_per_s)[1]
    said = replace(
        said, verdict="does_not_hold", because="it held, and then gas went again", decided_s=found.said.decided_s
    )
    return replace(found, said=said, loss_sd_per_s=sd)


def as_dict(
    found: Assessed, readings: hold.Readings, terms: clearance.Terms, scale: Scale, again_s: float | None
) -> dict[str, Any]:
    """The answer as JSON values; times from the first reading."""
    said, start = found.said, float(readings.time_s[0])
    per_hour = mmhg(float(np.median(readings.pressure_pa))) * HOUR_S
    rate = None
    if scale.mass_kg is not None:
        kg_s = clearance.rate_interval(said.loss_per_s, found.loss_sd_per_s, scale.mass_kg, scale.volume_share)
        rate = kg_s.scaled(DAY_S).as_dict()
    first, last = float(readings.pressure_pa[0]), float(readings.pressure_pa[-1])
    return {
        "verdict": said.verdict,
        "because": said.because,
        "held_s": float(readings.time_s[-1]) - start,
        "decided_after_s": None if said.decided_s is None else said.decided_s - start,
        "readings": int(readings.time_s.size),
        "last_mmhg": mmhg(last),
        "fall_mmhg": mmhg(first - last),
        "rate_mmhg_h": said.loss_per_s.scaled(per_hour).as_dict(),
        "rate_kg_day": rate,
        "limit_mmhg_h": float(np.mean(terms.limit_per_s)) * mmhg(float(np.median(readings.pressure_pa))) * HOUR_S,
        "log_ratio_leak": said.log_ratio_leak,
        "log_ratio_limit": said.log_ratio_limit,
        "log_ratio_inflow": said.log_ratio_inflow,
        "earliest_after_s": {k: None if v is None else v - start for k, v in found.earliest_s.items()},
        "new_leak_after_s": None if again_s is None else again_s - start,
    }


def fall_in(time_s: Floats, pressure_pa: Floats, span_s: float) -> float:
    """By how much pressure fell from the first reading to so long after it, Pa; nothing is taken out."""
    return float(pressure_pa[0] - np.interp(time_s[0] + span_s, time_s, pressure_pa))
