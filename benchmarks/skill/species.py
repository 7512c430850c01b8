"""What partial pressures add: `python benchmarks/skill/species.py [--days N] [--write]`.

First no worlds are drawn: the model is linear and Gaussian, so the evidence that each kind of sensor gives on the
average is computed exactly. A ship of ISS size; a leak, or a metabolic imbalance (oxygen not made, one more crew),
begins after ten quiet days. How long until the two are told apart, and what is a leak's probability when there is none?
Then the watch itself reads simulated days (analysed.py).

    total pressure   mass + heat + vapour + bias          mass    = leak + exchanged
    ppN2             share (mass - exchanged + heat) + bias     exchanged: what crew and machines give and
                                                                take, all of it oxygen
    ppO2             share (mass - exchanged + heat) + exchanged + bias

Sensors: as the vehicle file of 12 October 2018 has the Lab's analyser; `threefold` the same with a third of noise and
drift. Vapour and carbon dioxide wander as that day's nitrogen share did about its trend.
--write puts the table into docs/explanation/validation-species.md.
"""

import argparse
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import analysed
import numpy as np

from hullwatch.detection.priors import BEGIN_PER_DAY, LEAK_KG_DAY, UNMETERED_SIGMAS
from hullwatch.detection.verdict import SURE
from hullwatch.records import Floats
from hullwatch.units import DAY_S, HOUR_S, MMHG_PA
from hullwatch.vehicle.facts import Quantity, Vehicle
from hullwatch.vehicle.load import load_vehicle

PAGE = Path(__file__).parents[2] / "docs/explanation/validation-species.md"
STEP_S, QUIET_DAYS, LONGEST_DAYS = 420.0, 10.0, 20.0  # an analyser speaks every seven minutes
VAPOUR_MMHG, VAPOUR_S = 0.2, 3 * HOUR_S
"""Wandering of water and carbon dioxide about their trend: the residual of the nitrogen share, 12 October 2018 [c]."""
PRESSURE_NOISE_MMHG = 0.03  # what a 0.1 mmHg code tells in seven minutes [c]
LEAKS = (1.0, 2.0, 3.0, 5.0, 10.0, 25.0)
IMBALANCE_KG_DAY = 5.0  # six people whose oxygen is not made
MASS, FLOW, EXCHANGED, HEAT, DRIVE, VAPOUR, BIAS_P, BIAS_N2, BIAS_O2 = range(9)
SETS = {
    "pressure alone": ((), 1.0), "ppO2": (("ppo2",), 1.0), "ppN2": (("ppn2",), 1.0),
    "ppN2 and ppO2": (("ppn2", "ppo2"), 1.0), "both, threefold": (("ppn2", "ppo2"), 1.0 / 3.0),
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """Information about a leak and an imbalance since their onset, axes (time, 2, 2), per (kg/day)^2."""

    days: Floats
    information: Floats
    prior_kg_day: float


def told_by(vehicle: Vehicle, quantities: Sequence[str], sharper: float) -> Told:
    """Run the exact filter over quiet days, then carry the deviations of a unit leak and a unit imbalance along it."""
    air = vehicle.atmosphere
    total = air.pressure_pa.value / MMHG_PA
    mass_kg = air.pressure_pa.value * vehicle.volume_m3 * 28.96e-3 / 8.314462 / air.temperature_k.value
    per_kg = total / mass_kg  # mmHg in a kilogram
    flow_sd = vehicle.supply.unmetered_kg_s * per_kg
    heat = vehicle.thermal.residual_k / air.temperature_k.value * total
    tau, flow_s = vehicle.thermal.residual_s, vehicle.supply.unmetered_s
    rate = np.zeros((9, 9))
    rate[MASS, FLOW] = rate[EXCHANGED, FLOW] = 1.0
    rate[FLOW, FLOW], rate[VAPOUR, VAPOUR] = -1.0 / flow_s, -1.0 / VAPOUR_S
    rate[HEAT, HEAT] = rate[DRIVE, DRIVE] = -1.0 / tau
    rate[HEAT, DRIVE] = 1.0 / tau
    density = np.zeros((9, 9))
    density[FLOW, FLOW], density[VAPOUR, VAPOUR] = 2.0 * flow_sd**2 / flow_s, 2.0 * VAPOUR_MMHG**2 / VAPOUR_S
    density[DRIVE, DRIVE] = 4.0 * heat**2 / tau
    start = np.zeros(9)
    start[[FLOW, HEAT, DRIVE, VAPOUR]] = flow_sd**2, heat**2, 2.0 * heat**2, VAPOUR_MMHG**2
    rows, noise = [_row({MASS: 1.0, HEAT: 1.0, VAPOUR: 1.0, BIAS_P: 1.0})], [PRESSURE_NOISE_MMHG]
    biases: dict[Quantity, int] = {"pressure": BIAS_P, "ppn2": BIAS_N2, "ppo2": BIAS_O2}
    n2 = 1.0 - (air.ppo2_pa.value + air.ppco2_pa.value + air.pph2o_pa.value) / air.pressure_pa.value
    share = {"ppn2": n2, "ppo2": air.ppo2_pa.value / air.pressure_pa.value}
    for quantity, bias in biases.items():
        channel = vehicle.channel_of(quantity)[0]
        finer = 1.0 if quantity == "pressure" else sharper
        start[bias] = (channel.bias_si / MMHG_PA) ** 2
        density[bias, bias] = (finer * channel.drift_si_day / MMHG_PA) ** 2 / DAY_S
        if quantity in quantities:
            x = share[quantity]
            rows.append(_row({MASS: x, HEAT: x, EXCHANGED: -x + (quantity == "ppo2"), bias: 1.0}))
            noise.append(finer * channel.noise_si / MMHG_PA)
    return _carried(rate, density, np.diag(start), np.array(rows), np.array(noise), per_kg / DAY_S, (
        UNMETERED_SIGMAS * flow_sd / per_kg * DAY_S
    ))  # fmt: skip


def _row(weights: dict[int, float]) -> Floats:
    row = np.zeros(9)
    for state, weight in weights.items():
        row[state] = weight
    return row


def _carried(rate: Floats, density: Floats, p: Floats, rows: Floats, noise: Floats, unit: float, prior: float) -> Told:
    fine = 40  # substeps: exact enough beside the half hour of heat
    step = np.linalg.matrix_power(np.eye(9) + rate * (STEP_S / fine), fine)
    kicked = np.zeros((9, 9))
    for _ in range(fine):
        one = np.eye(9) + rate * (STEP_S / fine)
        kicked = one @ kicked @ one.T + density * (STEP_S / fine)
    quiet, after = (int(days * DAY_S / STEP_S) for days in (QUIET_DAYS, LONGEST_DAYS))
    deviation, information = np.zeros((9, 2)), np.zeros((after, 2, 2))
    kept = np.zeros((2, 2))
    for k in range(quiet + after):
        p = step @ p @ step.T + kicked
        deviation = step @ deviation
        if k == quiet:
            deviation[FLOW, 1] = -unit  # an imbalance is a flow that begins, and fades as such flows do
        if k >= quiet:
            deviation[MASS, 0] -= unit * STEP_S
        for row, sd in zip(rows, noise, strict=True):
            s = float(row @ p @ row) + sd**2
            gain = p @ row / s
            seen = row @ deviation
            kept = kept + np.outer(seen, seen) / s
            deviation = deviation - np.outer(gain, seen)
            p = p - np.outer(gain, p @ row)
        if k >= quiet:
            information[k - quiet] = kept
    return Told(np.asarray((np.arange(after) + 1.0) * STEP_S / DAY_S), information, prior)


def evidence(told: Told, truth: int, kg_day: float) -> tuple[Floats, Floats]:
    """Log evidence of a leak (flat in its logarithm) and of an imbalance, on the average, when `truth` began."""
    score = told.information[:, :, truth] * kg_day  # (time, 2): what each of the two sees of it
    b = np.maximum(told.information[:, [0, 1], [0, 1]], 1e-12)
    rates = LEAK_KG_DAY[:, None]
    grid = rates * score[:, 0] - 0.5 * rates**2 * b[:, 0]
    leak = np.logaddexp.reduce(grid, axis=0) - np.log(LEAK_KG_DAY.size)
    spread = told.prior_kg_day**2
    return leak, 0.5 * spread * score[:, 1] ** 2 / (1.0 + spread * b[:, 1]) - 0.5 * np.log1p(spread * b[:, 1])


def probability(told: Told, truth: int, kg_day: float) -> Floats:
    """Posterior of a leak against an imbalance and nothing, each beginning as often as the watch takes it to."""
    leak, imbalance = evidence(told, truth, kg_day)
    weights = np.stack([
        leak + np.log(BEGIN_PER_DAY["leak"] * told.days),
        imbalance + np.log(BEGIN_PER_DAY["unmetered flow"] * told.days),
        np.zeros_like(leak),
    ])  # fmt: skip
    return np.asarray(np.exp(weights[0] - np.logaddexp.reduce(weights, axis=0)))


def sure_after(told: Told, kg_day: float) -> str:
    """When a leak is sure and stays so."""
    late = np.flatnonzero(probability(told, 0, kg_day) < SURE)
    place = int(late[-1]) + 1 if late.size else 0
    if place >= told.days.size:
        return f"> {LONGEST_DAYS:.0f} d"
    days = float(told.days[place])
    return f"{24 * days:.1f} h" if days < 2.0 else f"{days:.1f} d"


def table(vehicle: Vehicle) -> list[str]:
    """Markdown."""
    found = {name: told_by(vehicle, *how) for name, how in SETS.items()}
    lines = [
        "| sensors | " + " | ".join(f"leak of {kg:g} kg/day sure after" for kg in LEAKS)
        + f" | imbalance of {IMBALANCE_KG_DAY:g} kg/day taken for a leak: after 1 d | 3 d | 10 d |",
        "| --- |" + " --- |" * (len(LEAKS) + 3),
    ]  # fmt: skip
    for name, told in found.items():
        wrong = probability(told, 1, IMBALANCE_KG_DAY)
        at = [int(np.searchsorted(told.days, days)) for days in (1.0, 3.0, 10.0)]
        cells = [*(sure_after(told, kg) for kg in LEAKS), *(f"{wrong[k]:.2g}" for k in at)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    options = argparse.ArgumentParser(description="What partial pressures add.")
    options.add_argument("--days", type=int, default=24, help="simulated days for each size of leak")
    options.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    chosen = options.parse_args()
    lines = table(load_vehicle("iss-2018-10-12"))
    rows = [analysed.piece(seed, rate) for seed in range(chosen.days) for rate in analysed.RATES_KG_DAY]
    text = "\n".join([
        "# What partial pressures add", "",
        f"Made by `python benchmarks/skill/species.py --write`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, "
        f"Python {platform.python_version()}. Exact average evidence of a linear model, no noise drawn; the model is "
        "in the head of that file. A leak must be told from an imbalance that began at the same time and from nothing; "
        "heat, vapour and drift wander beside it. Sure: 95 %. Drift and bias are those of the vehicle file (label c). "
        "An average without chance, and so no promise.", "", "## On the average, exactly", "", *lines, "",
        "## What the watch makes of it", "",
        "Simulated days drawn from the same vehicle file (benchmarks/skill/analysed.py): two gauges of 0.1 mmHg, a "
        "thermometer, the Lab's analyser; a leak begins after two to three quiet days, and the same days are read with "
        "each set of sensors until it is suspected, for four days at most. What flows unmetered is oxygen, as the "
        "watch supposes; all is well mixed. One false alarm per station-year.", "", *analysed.table(rows), "",
    ])  # fmt: skip
    print(text)
    if chosen.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
