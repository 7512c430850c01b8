"""What a vehicle file says of the things that hide a slow loss, in the terms of `models.slow_air`."""

import math

import numpy as np

from hullwatch.models.cabin import nominal_shares
from hullwatch.models.slow_air import SlowNoise, SlowRecord
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_MASS, N2
from hullwatch.units import DAY_S
from hullwatch.vehicle.facts import Vehicle

LOSS_SD = 2.0
"""Prior of the rate, kg/day of air, 1 sigma about the ship's nominal loss [c]."""
LEAST_WALK_KG = 0.01
"""Wandering of mass that no sensor has less of, kg per square-root day [c]."""


def nitrogen_share(vehicle: Vehicle) -> float:
    """Kilograms of nitrogen in a kilogram of the cabin's air."""
    mass = nominal_shares(vehicle) * MOLAR_MASS
    return float(mass[N2] / mass.sum())


def kg_per_pa(vehicle: Vehicle, tracer: str) -> float:
    """Mass of the tracer for each Pa of its pressure at the reference temperature."""
    molar = float(MOLAR_MASS[N2] if tracer == "N2" else nominal_shares(vehicle) @ MOLAR_MASS)
    return molar * vehicle.volume_m3 / (GAS_CONSTANT * vehicle.atmosphere.temperature_k.value)


def mass_of(vehicle: Vehicle) -> dict[str, float]:
    """What turns pressures into masses: kg for each Pa of N2 and of air, and the share of nitrogen in air."""
    return {"N2": kg_per_pa(vehicle, "N2"), "air": kg_per_pa(vehicle, "air"), "share": nitrogen_share(vehicle)}


def noise_of(vehicle: Vehicle, record: SlowRecord, residual_k: float | None = None) -> SlowNoise:
    """Noise levels before anything was learned; `residual_k` overrules the vehicle's unseen warmth."""
    scale = kg_per_pa(vehicle, record.tracer)
    seen = record.mass_kg[np.isfinite(record.mass_kg)]
    mass = float(np.median(seen)) if seen.size else scale * vehicle.atmosphere.pressure_pa.value * record.share
    thermal, per_k = vehicle.thermal, mass / record.reference_k
    unseen = residual_k or (thermal.residual_k if record.thermometer else thermal.blind_residual_k)
    days, wide = thermal.residual_s / DAY_S, max(record.bin_s, 1.0) / thermal.residual_s
    # the mean over a bin wanders less than one moment: the average of an Ornstein-Uhlenbeck process
    calmer = math.sqrt(2.0 / wide * (1.0 - (1.0 - math.exp(-wide)) / wide)) if wide > 1e-3 else 1.0
    channels = vehicle.channel_of("ppn2" if record.tracer == "N2" else "pressure")
    drift = min((c.drift_si_day for c in channels), default=0.0) * scale
    quantum = min((math.hypot(c.quantum_si / math.sqrt(12.0), c.noise_si) for c in channels), default=0.0) * scale
    supply = vehicle.supply
    unmetered = 0.0
    if record.tracer != "N2":  # nobody breathes nitrogen
        unmetered = supply.unmetered_kg_s * DAY_S * math.sqrt(2.0 * supply.unmetered_s / DAY_S)
    return SlowNoise(
        heat_kg=max(unseen * per_k * calmer, 1e-4), heat_day=days,
        walk_kg=math.hypot(max(drift, LEAST_WALK_KG), unmetered), reading_kg=max(quantum, 0.005),
        loss_mean=vehicle.leakage_kg_s.value * DAY_S * record.share, loss_sd=LOSS_SD * record.share,
        gain_mean=sum(thermal.gain) * per_k if record.thermometer else 0.0,
        gain_sd=math.hypot(*thermal.gain_sd) * per_k if record.thermometer else 0.0,
    )  # fmt: skip
