"""Sizes the leak of a vessel from the record of its discharge: a hole or a crack, how large, and how sure.

The forward model of `models/vessel.py` is asked backwards. What is not known is carried along: heat from the wall, the
state at the start, the pressure outside, the edge of the hole, the thermometer's own lag, and the noise of the record.

    record --> most probable state of hole, slit, free exponent --> curvature --> intervals, and which law
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.estimators.quadrature import normal_nodes, product_interval
from hullwatch.models.vessel import HOLE_LAW, SLIT_LAW, DischargeRecord, Opening, Vessel, discharge, leak_rate
from hullwatch.physics.equations_of_state import GAS_MOLAR_MASS
from hullwatch.physics.orifice import equivalent_diameter
from hullwatch.physics.real_gas import gas_density
from hullwatch.records import Floats, Interval

CD_LOW, CD_HIGH = 0.58, 1.0
"""Prior of the discharge coefficient of an unseen hole: flat, so that 0.60 (sharp) to 0.98 (rounded) hold 90 %."""

PRIOR = {
    # name: mean, standard deviation; logarithms unless said
    "heat": (0.0, 0.25),  # factor on the convection law
    "start": (0.0, 0.02),  # factor on the stated starting pressure
    "start_k": (0.0, 2.0),  # K
    "outside": (0.0, 0.01),  # factor on the pressure outside
    "edge": (0.86, 0.10),  # slow over choked discharge coefficient, kept in 0.7 to 1
    "bead": (math.log(0.7e-3), 0.5),  # m
    "exponent": (1.5, 0.5),  # flow against pressure, only where it is asked for
}
NUISANCES = ("heat", "start", "start_k", "outside", "edge", "bead")
VOLUME_SHARE = 0.01  # doubt of the vessel's volume goes into the area as it is
NOISE_SHARE, NOISE_K, STRATIFIED_K = 0.002, 1.0, 5.0  # no record is believed better than this
FLOOR_SHARE = 0.01  # noise is a share of the pressure plus this share of the highest
LAW_NAMES = {HOLE_LAW: "orifice", SLIT_LAW: "crack"}
MOST_POINTS = 150
STILL_SHARE = 0.003
EXPONENT_SD = 0.05  # what the model itself may bend: drilled holes come out at 0.91 to 1.01
Count = tuple[float, float]
Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Fit:
    """The most probable state under one law: parameters, their covariance, and what was left."""

    law: int
    names: tuple[str, ...]
    theta: Floats  # (k,) logarithm of size first
    covariance: Floats  # (k, k)
    log_evidence: float
    residual_rms: float  # of pressure, relative
    gas_rms_k: float | None
    residual: Floats
    gas_residual: Floats


@dataclass(frozen=True, slots=True)
class VesselSize:
    """What a record says about its leak. Intervals hold 90 %."""

    effective_area_m2: Interval
    equivalent_diameter_m: Interval
    discharge_coefficient: Interval
    rate_kg_s: Interval
    law: str
    law_probability: dict[str, float]
    bayes_factor: float
    exponent: Interval
    heat_factor: Interval
    residual_rms: float
    gas_residual_rms_k: float | None
    points: int
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """JSON form: intervals as {median, low, high}."""
        return {
            "effective_area_m2": self.effective_area_m2.as_dict(),
            "equivalent_diameter_m": self.equivalent_diameter_m.as_dict(),
            "discharge_coefficient": self.discharge_coefficient.as_dict(),
            "rate_kg_s": self.rate_kg_s.as_dict(),
            "law": self.law,
            "law_probability": self.law_probability,
            "bayes_factor": self.bayes_factor,
            "exponent": self.exponent.as_dict(),
            "heat_factor": self.heat_factor.as_dict(),
            "pressure_residual_rms": self.residual_rms,
            "gas_residual_rms_k": self.gas_residual_rms_k,
            "points": self.points,
            "notes": list(self.notes),
        }

    def as_text(self) -> str:
        """A few lines for a person."""
        area, diameter = self.effective_area_m2.scaled(1e6), self.equivalent_diameter_m.scaled(1e3)
        gas = "" if self.gas_residual_rms_k is None else f", gas temperature {self.gas_residual_rms_k:.1f} K"
        lines = [
            f"law                  {self.law}, probability {self.law_probability[self.law]:.3g} "
            f"(Bayes factor {self.bayes_factor:.2g}); flow goes as pressure to the {_words(self.exponent, '.2f')}",
            f"effective area       {_words(area, '.4g')} mm2",
            f"equivalent diameter  {_words(diameter, '.3g')} mm, "
            f"discharge coefficient {CD_LOW:g} to {CD_HIGH:g} assumed",
            f"flow at the start    {_words(self.rate_kg_s.scaled(1e3), '.3g')} g/s",
            f"left unexplained     {100 * self.residual_rms:.1f} % of pressure{gas}; {self.points} pressures",
        ]
        return "\n".join([*lines, *(f"note                 {note}" for note in self.notes)])


FIELDS = {
    "effective_area_m2": "discharge coefficient times area, into vacuum; under the crack law the area of a hole with "
    "the crack's flow at the start",
    "equivalent_diameter_m": "diameter of the round hole with that effective area, under the prior of the coefficient",
    "discharge_coefficient": "that prior: flat from 0.58 to 1",
    "rate_kg_s": "mass flow at the start",
    "law": "orifice or crack, whichever the record prefers",
    "law_probability": "probability of each law, both equally probable before",
    "bayes_factor": "of the preferred law over the other",
    "exponent": "of flow against pressure: 1 for a hole, 2 for a narrow crack",
    "heat_factor": "on the convection law inside; far from 1 speaks of a wrong vessel or start",
    "pressure_residual_rms": "root mean square of model less record, as a share of pressure plus 1 % of the highest",
    "gas_residual_rms_k": "the same of the gas thermometer, K; null without one",
    "points": "pressures used, after averaging",
    "notes": "what was assumed, and where the model is at the edge of what it holds for",
}
"""The fields of `VesselSize.as_dict`, for the reference. Intervals are {median, low, high} at 90 %."""


def size_vessel(record: DischargeRecord, progress: Callable[[str], None] = lambda step: None) -> VesselSize:
    """Size the leak of a vessel from its record.

    Parameters: record; progress, called with the name of each step. Returns: VesselSize.
    Raises: OutOfRange when the pressure does not fall.
    Holds for: `discharge`; posterior Gaussian about its peak, prior of the coefficient flat from 0.58 to 1.
    Source: Laplace's method; tests/sizing/test_vessel.py against sampling and against 30 simulated vessels.
    """
    kept, notes = _kept(record)
    progress("hole")
    hole = fit(kept, HOLE_LAW)
    progress("crack")
    slit = fit(kept, SLIT_LAW)
    progress("noise")
    # one count of independent points for both, from whichever law leaves less
    better = min((hole, slit), key=lambda f: f.residual_rms)
    n = independent(better.residual), independent(better.gas_residual)
    hole, slit = fit(kept, HOLE_LAW, n, hole.theta), fit(kept, SLIT_LAW, n, slit.theta)
    progress("exponent")
    free = fit(kept, HOLE_LAW, n, np.append(hole.theta, 1.2), (*NUISANCES, "exponent"))
    best, other = (hole, slit) if hole.log_evidence >= slit.log_evidence else (slit, hole)
    odds = min(best.log_evidence - other.log_evidence, 690.0)
    chance = 1.0 / (1.0 + math.exp(-odds))
    if odds < math.log(3.0):
        notes.append(f"the record does not tell a hole from a crack (Bayes factor {math.exp(odds):.2g})")
    return _said(kept, best, other, free, chance, odds, tuple(notes))


def fit(
    record: DischargeRecord,
    law: int,
    count: Count | None = None,
    start: Floats | None = None,
    unknown: tuple[str, ...] = NUISANCES,
) -> Fit:
    """Most probable parameters under one law, by Gauss and Newton with the noise re-estimated at each step.

    Parameters: record; law; count, independent pressures and temperatures (all, if absent); start, parameters to begin
    with; unknown, which of PRIOR are free beside the size: the others stay at their means, the exponent at 1.
    Returns: Fit. Raises: OutOfRange as `discharge`.
    Holds for: smooth posteriors with one peak.
    Source: Gauss, Newton, Levenberg, Marquardt; tests/sizing/test_vessel.py.
    """
    names = unknown
    mean = np.array([PRIOR[name][0] for name in names])
    sd = np.array([PRIOR[name][1] for name in names])
    theta = np.concatenate([[_first_guess(record, law)], mean]) if start is None else start.copy()
    damping = 1e-3
    pressure, gas = _residuals(record, law, names, theta)
    worth = count or (float(pressure.size), float(gas.size))
    for _ in range(60):
        slopes = [_slope(record, law, names, theta, k, pressure, gas) for k in range(len(theta))]
        jacobian_p = np.column_stack([s[0] for s in slopes])
        noise_p, noise_t = _noise(record, pressure, gas)
        share = worth[0] / pressure.size / noise_p**2
        hessian = jacobian_p.T @ jacobian_p * share
        pull = jacobian_p.T @ pressure * share
        if gas.size:
            jacobian_t = np.column_stack([s[1] for s in slopes])
            share = worth[1] / gas.size / noise_t**2
            hessian += jacobian_t.T @ jacobian_t * share
            pull += jacobian_t.T @ gas * share
        hessian[range(1, len(theta)), range(1, len(theta))] += sd**-2
        pull[1:] += (theta[1:] - mean) / sd**2
        here = _misfit(record, pressure, gas, worth) + 0.5 * float((((theta[1:] - mean) / sd) ** 2).sum())
        for _ in range(8):
            step = np.linalg.solve(hessian + damping * np.diag(np.diag(hessian)), pull)
            tried = theta - np.clip(step, -0.5, 0.5) if abs(step[0]) > 0.5 else theta - step
            new_p, new_t = _residuals(record, law, names, tried)
            there = _misfit(record, new_p, new_t, worth) + 0.5 * float((((tried[1:] - mean) / sd) ** 2).sum())
            if there <= here:
                break
            damping *= 10.0
        else:
            break
        theta, pressure, gas, damping = tried, new_p, new_t, max(0.1 * damping, 1e-9)
        if here - there < 1e-7 * max(abs(here), 1.0):
            break
    covariance: Floats = np.linalg.inv(hessian).astype(np.float64)
    misfit = _misfit(record, pressure, gas, worth) + 0.5 * float((((theta[1:] - mean) / sd) ** 2).sum())
    evidence = -misfit + 0.5 * float(np.linalg.slogdet(covariance)[1]) - float(np.log(sd).sum())
    rms = float(np.sqrt(np.mean(pressure**2)))
    gas_rms = float(np.sqrt(np.mean(gas**2))) if gas.size else None
    return Fit(law, ("size", *names), theta, covariance, evidence, rms, gas_rms, pressure, gas)


def independent(residual: Floats) -> float:
    """How many independent points a residual is worth, from the correlation of neighbours.

    Parameters: residual (n,) in order of time. Returns: between 3 (or n) and n. Raises: nothing.
    Holds for: first-order correlation.
    Source: n (1 - r) / (1 + r), Bayley, Hammersley 1946; tests/sizing/test_vessel.py.
    """
    n = residual.size
    total = float(residual @ residual)
    if n < 4 or total == 0.0:
        return float(n)
    r = min(max(float(residual[1:] @ residual[:-1]) / total, 0.0), 0.95)
    return max(n * (1.0 - r) / (1.0 + r), 3.0)


def opening_of(record: DischargeRecord, law: int, names: tuple[str, ...], theta: Floats) -> tuple[Vessel, Opening]:
    """The vessel and its leak that a set of parameters stands for."""
    value = _values(names, theta)
    vessel = replace(
        record.vessel,
        pressure_pa=record.vessel.pressure_pa * math.exp(value["start"]),
        temperature_k=record.vessel.temperature_k + value["start_k"],
        outside_pa=record.vessel.outside_pa * math.exp(value["outside"]),
    )
    edge = min(max(value["edge"], 0.7), 1.0)
    return vessel, Opening(math.exp(min(theta[0], 0.0)), law, edge, value["exponent"])


def _values(names: tuple[str, ...], theta: Floats) -> dict[str, float]:
    """Every parameter beside the size: the free ones from theta, the others at their means."""
    held = {name: mean for name, (mean, _) in PRIOR.items()} | {"exponent": 1.0}
    return held | dict(zip(names, theta[1:].tolist(), strict=True))


# --- residuals --------------------------------------------------------------------------------------------------------


def _residuals(record: DischargeRecord, law: int, names: tuple[str, ...], theta: Floats) -> tuple[Floats, Floats]:
    """Model less record: pressure (n,) as a share of itself plus a floor; gas temperature (m,) in K."""
    vessel, opening = opening_of(record, law, names, theta)
    value = _values(names, theta)
    times = np.union1d(record.pressure_s, record.gas_s)
    bead = math.exp(min(max(value["bead"], math.log(2e-4)), math.log(1e-2)))
    played = discharge(vessel, opening, times, math.exp(min(value["heat"], 3.0)), bead)
    at = np.searchsorted(times, record.pressure_s)
    scale = record.pressure_pa + FLOOR_SHARE * record.pressure_pa.max()
    pressure = (played.pressure_pa[at] - record.pressure_pa) / scale
    return pressure, played.bead_k[np.searchsorted(times, record.gas_s)] - record.gas_k


def _slope(
    record: DischargeRecord, law: int, names: tuple[str, ...], theta: Floats, k: int, pressure: Floats, gas: Floats
) -> tuple[Floats, Floats]:
    width = 0.05 if k and names[k - 1] == "start_k" else 1e-3
    # away from the bound of the edge, so that its slope is not zero by clipping
    if k and names[k - 1] == "edge" and theta[k] + width > 1.0:
        width = -width
    moved = theta.copy()
    moved[k] += width
    p, t = _residuals(record, law, names, moved)
    return (p - pressure) / width, (t - gas) / width


def _noise(record: DischargeRecord, pressure: Floats, gas: Floats) -> tuple[float, float]:
    """The noise of pressure (share) and of the thermometer (K)."""
    least = STRATIFIED_K if record.stratified else NOISE_K
    noise_t = math.sqrt(float(np.mean(gas**2)) + least**2) if gas.size else 1.0
    return math.sqrt(float(np.mean(pressure**2)) + NOISE_SHARE**2), noise_t


def _misfit(record: DischargeRecord, pressure: Floats, gas: Floats, count: Count) -> float:
    """Minus the logarithm of the likelihood with the noise integrated out."""
    noise_p, noise_t = _noise(record, pressure, gas)
    return count[0] * math.log(noise_p) + count[1] * math.log(noise_t)


def _first_guess(record: DischargeRecord, law: int) -> float:
    """Logarithm of the size that makes the mean fall of the first part of the record, gas half way to isothermal."""
    v, t, p = record.vessel, record.pressure_s, record.pressure_pa
    low = max(0.3 * p[0], 1.2 * v.outside_pa, p.min())
    last = max(int(np.argmax(p <= low)), 1)
    density = gas_density(v.gas, v.pressure_pa, v.temperature_k)
    one = leak_rate(v.gas, density, v.temperature_k, v.outside_pa, law, np.array([1.0, 1.0, 1.0, p[0]]), 1.0)
    fall = math.log(p[0] / p[last]) / max(t[last] - t[0], 1e-9) / 1.2
    return math.log(max(fall * density * v.volume_m3 * _molar_mass(v) / one, 1e-30))


def _molar_mass(vessel: Vessel) -> float:
    return float(GAS_MOLAR_MASS[vessel.gas])


def _kept(record: DischargeRecord) -> tuple[DischargeRecord, list[str]]:
    """The record from the moment pressure begins to fall, in at most MOST_POINTS means; and what to know about it."""
    notes = list(record.notes)
    t, p = record.pressure_s, record.pressure_pa
    if p[-1] >= p[0] * (1.0 - 1e-4) or p[0] <= record.vessel.outside_pa:
        raise OutOfRange("pressure_pa", float(p[-1]), f"a pressure that falls from {p[0]:.6g} Pa towards the outside")
    vessel, gas_s, gas_k = record.vessel, record.gas_s, record.gas_k
    still = int(np.flatnonzero(p >= p.max() * (1.0 - STILL_SHARE))[-1])
    # a leak so slow that all of the record is steady is kept whole
    if still >= 5 and p[-1] < 0.8 * p[0]:
        notes.append(f"pressure is steady until {t[still]:.6g} s; the discharge is taken to begin there")
        begin = float(t[still])
        vessel = vessel.starting(float(np.median(p[: still + 1])), vessel.temperature_k)
        t, p = t[still:] - begin, p[still:]
        gas_k, gas_s = gas_k[gas_s >= begin], gas_s[gas_s >= begin] - begin
    if t.size > MOST_POINTS:
        notes.append(f"{t.size} readings are averaged to {MOST_POINTS}")
        pieces = np.array_split(np.arange(t.size), MOST_POINTS)
        t, p = np.array([t[i].mean() for i in pieces]), np.array([p[i].mean() for i in pieces])
    if p[-1] > 0.7 * p[0]:
        notes.append(
            f"pressure falls by {100 * (1 - p[-1] / p[0]):.1f} % only; a hole and a crack look alike until it halves"
        )
    return replace(record, vessel=vessel, pressure_s=t, pressure_pa=p, gas_s=gas_s, gas_k=gas_k), notes


# --- what is said -----------------------------------------------------------------------------------------------------


def coefficient_nodes(n: int = 33) -> Floats:
    """Prior of the discharge coefficient, equally probable nodes (n,)."""
    return np.asarray(CD_LOW + (CD_HIGH - CD_LOW) * (np.arange(n) + 0.5) / n)


def _said(
    record: DischargeRecord, best: Fit, other: Fit, free: Fit, chance: float, odds: float, notes: tuple[str, ...]
) -> VesselSize:
    vessel, opening = opening_of(record, best.law, best.names[1:], best.theta)
    density = gas_density(vessel.gas, vessel.pressure_pa, vessel.temperature_k)
    outside = vessel.outside_pa
    leak = np.array([opening.size, opening.slow_share, 1.0, vessel.pressure_pa])
    rate = leak_rate(vessel.gas, density, vessel.temperature_k, outside, best.law, leak, 1.0)
    flux = leak_rate(vessel.gas, density, vessel.temperature_k, 0.0, HOLE_LAW, np.array([1.0, 1.0, 1.0, 1.0]), 1.0)
    # a hole's area is its own; a crack's is that of the hole into vacuum with the same flow at the start
    area = opening.size if best.law == HOLE_LAW else rate / flux
    spread = math.sqrt(float(best.covariance[0, 0]) + VOLUME_SHARE**2)
    nodes = area * np.exp(spread * normal_nodes(65))
    coefficient = coefficient_nodes()
    reach = np.array([equivalent_diameter(1.0, float(c)) for c in coefficient])
    return VesselSize(
        effective_area_m2=_gaussian(math.log(area), spread, math.exp),
        equivalent_diameter_m=product_interval((np.sqrt(nodes), reach)),
        discharge_coefficient=Interval(
            0.5 * (CD_LOW + CD_HIGH), *(CD_LOW + (CD_HIGH - CD_LOW) * q for q in (0.05, 0.95))
        ),
        rate_kg_s=_gaussian(math.log(rate), math.hypot(spread, 0.02), math.exp),
        law=LAW_NAMES[best.law],
        law_probability={LAW_NAMES[best.law]: chance, LAW_NAMES[other.law]: 1.0 - chance},
        bayes_factor=math.exp(odds),
        exponent=_gaussian(
            float(free.theta[-1]), math.hypot(math.sqrt(float(free.covariance[-1, -1])), EXPONENT_SD), float
        ),
        heat_factor=_gaussian(float(best.theta[1]), math.sqrt(float(best.covariance[1, 1])), math.exp),
        residual_rms=best.residual_rms,
        gas_residual_rms_k=best.gas_rms_k,
        points=record.pressure_s.size,
        notes=(*notes, *validity(record, best)),
    )


def validity(record: DischargeRecord, best: Fit) -> list[str]:
    """Where the model is at the edge of what it holds for."""
    v, notes = record.vessel, []
    if v.pressure_pa > 20e6:
        notes.append(f"{v.pressure_pa / 1e5:.0f} bar is above the 200 bar the gas laws were checked to")
    elif v.pressure_pa > 5e6:
        notes.append("above 50 bar convection is taken from dilute-gas properties; 10 % low at 150 bar")
    if best.residual_rms > 0.05:
        notes.append(
            f"the best law misses the pressures by {100 * best.residual_rms:.0f} %: "
            "the record or the vessel is not as stated"
        )
    if abs(best.theta[1]) > 2.0 * PRIOR["heat"][1]:
        notes.append(
            f"the record asks for {math.exp(best.theta[1]):.2f} times the convection law: look at wall area and start"
        )
    if abs(best.theta[2]) > 2.0 * PRIOR["start"][1]:
        notes.append(f"the record asks for {math.exp(best.theta[2]):.3f} times the stated starting pressure")
    return notes


def _words(interval: Interval, form: str) -> str:
    return f"{interval.median:{form}} ({interval.low:{form}} to {interval.high:{form}})"


def _gaussian(mean: float, sd: float, back: Callable[[float], float]) -> Interval:
    return Interval(back(mean), back(mean - Z90 * sd), back(mean + Z90 * sd))
