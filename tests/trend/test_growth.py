"""Laws of growth: evidence against the dense likelihood, and the right law found."""

import numpy as np
import pytest
from slow_worlds import NOISE, START, steps, world

from hullwatch.models.slow_air import LOSS, SlowRecord, System, slow_system
from hullwatch.trend.growth import SIZE_SD, Shape, basis, bayes_factors, drawn, law_probability, weigh_laws
from hullwatch.units import DAY_S


def weighed(record: SlowRecord) -> list[Shape]:
    end = START + record.time_s.size * DAY_S
    return weigh_laws(record, NOISE, (), slow_system(record, NOISE), START, end)


def dense(base: System, unit: np.ndarray, sd: np.ndarray) -> float:
    """Log-likelihood of the masses with rates basis @ N(0, sd^2): every covariance written out."""
    day, n = base.time_day, base.z.size
    lost = np.array([[np.trapezoid(c[: k + 1], day[: k + 1]) for k in range(n)] for c in unit.T]).T
    gap = np.abs(day[:, None] - day[None, :])
    cov = 1e4 + NOISE.walk_kg**2 * np.minimum(day[:, None], day[None, :]) + NOISE.reading_kg**2 * np.eye(n)
    cov = cov + NOISE.heat_kg**2 * np.exp(-gap / NOISE.heat_day) + lost @ np.diag(sd**2) @ lost.T
    miss = base.z - base.start[0]
    return float(-0.5 * (miss @ np.linalg.solve(cov, miss) + np.linalg.slogdet(2.0 * np.pi * cov)[1]))


def test_evidence_is_the_dense_likelihoods() -> None:
    record = world(np.random.default_rng(1), steps((25, 0.5), (15, 0.9)))
    base = slow_system(record, NOISE)
    shapes = weighed(record)
    nothing = dense(base, np.zeros((40, 1)), np.ones(1))
    for law in ("constant", "linear", "exponential", "runaway", "step"):
        shape = next(s for s in shapes if s.law == law)
        unit = basis(law, shape.parameter, shape.power, base.time_day)
        sd = SIZE_SD * np.ones(unit.shape[1])
        if law in ("exponential", "runaway"):
            sd = sd / unit[-1, 0]
        number = sum(1 for s in shapes if s.law == law)
        prior = 0.0 if number == 1 else -np.log({"step": 60, "exponential": 28, "runaway": 18}[law])
        expected = dense(base, unit, sd) - nothing + prior
        assert shape.log_evidence == pytest.approx(expected, abs=1e-3), law


@pytest.mark.parametrize(
    ("law", "rate"),
    [
        ("constant", steps((300, 0.5))),
        ("step", steps((150, 0.3), (150, 1.2))),
        ("exponential", 0.2 * np.exp2(np.arange(300) / 90.0)),
    ],
)
def test_the_law_of_a_planted_history_is_the_most_probable(law: str, rate: np.ndarray) -> None:
    shapes = weighed(world(np.random.default_rng(5), rate))
    probability = law_probability(shapes)
    assert sum(probability.values()) == pytest.approx(1.0)
    assert max(probability, key=lambda key: probability[key]) == law
    assert bayes_factors(shapes)["constant"] == 0.0
    if law == "exponential":
        doubling = [s.parameter for s, _ in drawn(shapes, 200, np.random.default_rng(0)) if s.law == law]
        assert np.median(doubling) == pytest.approx(90.0, rel=0.25)


def test_too_few_readings_give_no_law_and_drawn_rates_are_not_negative() -> None:
    assert weighed(world(np.random.default_rng(2), steps((10, 0.5)))) == []
    shapes = weighed(world(np.random.default_rng(2), steps((60, 0.02))))
    for shape, size in drawn(shapes, 100, np.random.default_rng(1)):
        assert (basis(shape.law, shape.parameter, shape.power, np.array([0.0])) @ size >= 0.0).all()
    assert LOSS == 1
