"""By which law does the rate grow? Evidence for each over one stretch of a record, and where each would lead.

    constant      the same all along
    step          constant, and one new site at an unknown date
    linear        as much more every day
    exponential   Paris' law with exponent 2: crack growth in proportion to length
    runaway       Paris' law with exponent above 2: (1 - t/t_f)^-p, without end at t_f

A rate whose shape is known but for its size makes the readings linear in that size, so every law's evidence is exact:
one run of the filter for each shape whitens the loss it would have caused, and sums do the rest.
"""

from dataclasses import dataclass, replace

import numpy as np

from hullwatch.estimators.smoother import forward
from hullwatch.models.slow_air import BAD_READING, RATE_CHANGE, SlowNoise, SlowRecord, System, slow_system
from hullwatch.records import Floats
from hullwatch.trend.changes import Change, shocked
from hullwatch.units import DAY_S

LAWS = ("constant", "step", "linear", "exponential", "runaway")
DOUBLING_DAY = np.geomspace(20.0, 5000.0, 28)
"""Doubling times weighed, equally probable in their logarithm [c]."""
END_SHARE = np.array([1.05, 1.15, 1.3, 1.6, 2.2, 3.5])
"""End of a runaway, in lengths of the stretch [c]."""
POWERS = (2.0, 4.0, 8.0)
"""Flow goes as crack length to the 2 (hole) or 4 (crack), length as (1 - t/t_f)^(-2/(m-2)) with m of 3 or 4 [c]."""
STEPS = 60
"""Dates a new site is tried at."""
SIZE_SD = 1.5
"""Prior of a rate or of a rise over the stretch, kg/day of air, 1 sigma [c]."""
LEAST = 20
"""Readings below which no law can be told from another."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A law with its parameter fixed: rates over the stretch are basis(day) @ sizes, sizes from N(mean, cov)."""

    law: str
    parameter: float  # doubling time, date of the step, end of the runaway: days since the stretch began; 0 for none
    power: float
    log_evidence: float  # with its prior
    mean: Floats
    covariance: Floats


def basis(law: str, parameter: float, power: float, day: Floats) -> Floats:
    """Rates of unit size, (k, 1 or 2), at days since the stretch began."""
    one = np.ones_like(day)
    if law == "step":
        return np.column_stack([one, (day >= parameter).astype(float)])
    if law == "linear":
        return np.column_stack([one, day / parameter])
    if law == "exponential":
        return np.asarray(np.exp2(day / parameter)[:, None])
    if law == "runaway":
        return np.asarray(np.maximum(1.0 - day / parameter, 1e-3)[:, None] ** -power)
    return one[:, None]


def weigh_laws(
    record: SlowRecord, noise: SlowNoise, changes: tuple[Change, ...], base: System, from_s: float, to_s: float
) -> list[Shape]:
    """Every law and parameter over the readings from one time to another; empty when there are too few.

    `changes` and `base`: those of the whole record, of which steps of mass and bad readings are kept.
    Source : Gaussian linear model; compared with the dense likelihood in tests/trend/test_growth.py.
    """
    inside = (record.time_s >= from_s) & (record.time_s <= to_s) & np.isfinite(record.mass_kg)
    if inside.sum() < LEAST:
        return []
    unpatched = tuple(entry for entry in record.log if entry.kind != "patch")
    seen = {name: getattr(record, name)[inside] for name in ("time_s", "mass_kg", "warm_k")}
    part = replace(record, **seen, rates=(), log=unpatched)
    part_base = slow_system(part, replace(noise, loss_walk=0.0, loss_mean=0.0, loss_sd=0.0))
    q, r = shocked(part_base, _kept(changes, base, part_base))
    day = part_base.time_day
    span = float(day[-1])

    def white(z: Floats, start: Floats, moved: Floats) -> Floats:
        _, _, nu, s, _, _ = forward(start, part_base.spread, part_base.f, q, moved, part_base.h, z, r)
        return np.asarray(nu / np.sqrt(s))

    y = white(part_base.z, part_base.start, part_base.moved)
    nothing, still = np.zeros(4), np.zeros_like(part_base.moved)
    shapes = []
    for law, parameter, power, prior in _candidates(span):
        x = np.column_stack([white(-_integrated(day, c), nothing, still) for c in basis(law, parameter, power, day).T])
        sd = SIZE_SD * record.share * np.ones(x.shape[1])
        if law in ("exponential", "runaway"):  # the size is the rate at the start; its prior is of the rate at the end
            sd = sd / float(basis(law, parameter, power, np.array([span]))[0, 0])
        shapes.append(_weighed(law, parameter, power, prior, x, y, sd))
    return shapes


def _candidates(span: float) -> list[tuple[str, float, float, float]]:
    """Law, parameter, power and log prior; laws are equally probable."""
    out = [("constant", 0.0, 0.0, 0.0), ("linear", span, 0.0, 0.0)]
    out += [("step", float(d), 0.0, -np.log(STEPS)) for d in span * (np.arange(STEPS) + 0.5) / STEPS]
    out += [("exponential", float(d), 0.0, -np.log(DOUBLING_DAY.size)) for d in DOUBLING_DAY if d > span / 40.0]
    out += [("runaway", float(s * span), p, -np.log(END_SHARE.size * len(POWERS))) for s in END_SHARE for p in POWERS]
    return out


def _integrated(day: Floats, rate: Floats) -> Floats:
    """Lost until each reading, trapezoids."""
    return np.concatenate([np.zeros(1), np.cumsum(0.5 * (rate[1:] + rate[:-1]) * np.diff(day))])


def _weighed(
    law: str, parameter: float, power: float, prior: float, x: Floats, y: Floats, sd: Floats
) -> Shape:  # fmt: skip
    precision = np.diag(sd**-2.0) + x.T @ x
    covariance: Floats = np.asarray(np.linalg.inv(precision), dtype=np.float64)
    mean: Floats = covariance @ (x.T @ y)
    gain = 0.5 * float(mean @ precision @ mean)
    volume = -float(np.log(sd).sum()) - 0.5 * float(np.linalg.slogdet(precision)[1])
    return Shape(law, parameter, power, prior + gain + volume, mean, covariance)


def _kept(changes: tuple[Change, ...], base: System, part: System) -> tuple[Change, ...]:
    """Steps of mass and bad readings of the whole record, by the rows of the part."""
    when = base.time_day * DAY_S + base.zero_s
    rows = {round(t): k for k, t in enumerate(part.time_day * DAY_S + part.zero_s)}
    found = []
    for change in changes:
        row = rows.get(round(when[change.row]))
        if change.kind == RATE_CHANGE or base.is_rate[change.row] or row is None:
            continue
        if row > 0 or change.kind == BAD_READING:
            found.append(Change(change.kind, row, change.sd))
    return tuple(found)


def law_probability(shapes: list[Shape]) -> dict[str, float]:
    """Posterior probability of each law, equally probable beforehand."""
    total = {law: np.logaddexp.reduce([s.log_evidence for s in shapes if s.law == law] or [-np.inf]) for law in LAWS}
    top = max(total.values())
    weight = {law: float(np.exp(value - top)) for law, value in total.items()}
    whole = sum(weight.values())
    return {law: w / whole for law, w in weight.items()}


def bayes_factors(shapes: list[Shape]) -> dict[str, float]:
    """Of each law against a constant rate, as a decadic logarithm."""
    total = {law: np.logaddexp.reduce([s.log_evidence for s in shapes if s.law == law] or [-np.inf]) for law in LAWS}
    return {law: float((total[law] - total["constant"]) / np.log(10.0)) for law in LAWS}


def drawn(shapes: list[Shape], count: int, rng: np.random.Generator) -> list[tuple[Shape, Floats]]:
    """Laws with parameters and sizes from the posterior; sizes are drawn again while they make the rate negative."""
    log = np.array([s.log_evidence for s in shapes])
    weight = np.exp(log - log.max())
    chosen = rng.choice(len(shapes), size=count, p=weight / weight.sum())
    out = []
    for i in chosen:
        shape = shapes[int(i)]
        for _ in range(20):
            size = rng.multivariate_normal(shape.mean, shape.covariance)
            if size[0] >= 0.0 and size.sum() >= 0.0:
                break
        out.append((shape, np.maximum(size, [0.0] + [-np.inf] * (size.size - 1))))
    return out
