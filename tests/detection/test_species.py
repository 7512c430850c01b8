"""Changes of gas that nitrogen tells apart: what is exchanged, what comes as oxygen or nitrogen, analysers that lie."""

from dataclasses import replace

import lookout
import numpy as np
import pytest
from one_room import (
    PRESSURE_PA,
    T0,
    TEMPERATURE_K,
    frames,
    gauge,
    glass,
    seconds,
    ship,
    smooth_wandering,
    wandering,
)

from hullwatch.balance.species import shares
from hullwatch.detection import score, verdict
from hullwatch.records import Detection, Floats, Residuals

HOUR = 3_600
SMOOTH = {"quantum_si": 0.0, "publish": "periodic"}
SHIP = ship(
    [
        gauge("P1", noise_si=5.0, period_s=1.0, **SMOOTH), gauge("P2", noise_si=5.0, period_s=1.0, **SMOOTH),
        glass("T1"),
        gauge("N2", quantity="ppn2", noise_si=15.0, period_s=60.0, bias_si=500.0, drift_si_day=30.0, **SMOOTH),
    ]
)  # fmt: skip
SHARE = shares(SHIP)[0]


def heard(pressure: Floats, nitrogen: Floats, error: float | Floats = 0.0, seed: int = 12) -> lookout.Lookout:
    return _run(pressure, nitrogen, error, seed)[0]


def world(pressure: Floats, nitrogen: Floats, error: float | Floats = 0.0, seed: int = 12) -> dict[str, Floats]:
    """What is shown of a quiet cabin with these changes of the logarithms of all gas and of nitrogen; error in Pa."""
    rng, n = np.random.default_rng(seed), pressure.size
    heat = smooth_wandering(rng, n, SHIP.thermal.residual_k / TEMPERATURE_K, SHIP.thermal.residual_s)
    flow = wandering(rng, n, SHIP.supply.unmetered_kg_s / (1.2 * SHIP.volume_m3), SHIP.supply.unmetered_s)
    total = PRESSURE_PA * np.exp(heat + np.cumsum(flow) + pressure)
    said = {p: total + 5.0 * rng.normal(size=n) for p in ("P1", "P2")}
    part = SHARE * PRESSURE_PA * np.exp(heat + nitrogen) + error + 15.0 * rng.normal(size=n)
    return {**said, "T1": np.full(n, TEMPERATURE_K), "N2": part}


def _run(pressure: Floats, nitrogen: Floats, error: float | Floats, seed: int) -> tuple[lookout.Lookout, Residuals]:
    shown = frames(SHIP, seconds(pressure.size), world(pressure, nitrogen, error, seed))
    here, _, residuals = lookout.hear(lookout.begin(SHIP), shown)
    return here, residuals


def found(pressure: Floats, nitrogen: Floats, error: float | Floats = 0.0) -> Detection | None:
    return lookout.watch(SHIP, frames(SHIP, seconds(pressure.size), world(pressure, nitrogen, error)))[1]


@pytest.mark.parametrize(("gas", "row", "share"), [("exchanged", 0, 0.0), ("nitrogen", 1, 1.0 / SHARE)])
def test_sums_are_those_of_a_balance_run_with_and_without_the_flow(gas: str, row: int, share: float) -> None:
    """As in test_score: the same world with a small flow and without; what differs in the innovations is its mark."""
    n, unit = 3 * HOUR, 1e-8
    here, plain = _run(np.zeros(n), np.zeros(n), 0.0, 12)
    held = here.score.held
    onset_s = float(min(here.score.began[:held], key=lambda t: abs(t - (T0 + 2_500.0))))
    place = here.score.began[:held].tolist().index(onset_s)
    since = np.maximum(seconds(n) - onset_s, 0.0)
    fade = SHIP.supply.unmetered_s  # what is exchanged comes back to nothing; nitrogen beside air does so in part
    faded = fade * -np.expm1(-since / fade)
    wall_s = SHIP.compartments[0].wall_time_s
    cooled = 0.4 * wall_s * -np.expm1(-since / wall_s)  # by the part of it that is air
    lost = faded if gas == "exchanged" else (since + cooled) / SHARE - faded * (1.0 / SHARE - 1.0)
    # the analyser speaks of half a period before
    drawn = np.maximum(since - 30.0, 0.0)
    of_nitrogen = share * (drawn + 0.4 * wall_s * -np.expm1(-since / wall_s))
    _, changed = _run(-unit * lost, -unit * of_nitrogen, 0.0, 12)
    signature = (changed.nu - plain.nu) / unit
    a, b = float(np.sum(signature * plain.nu / plain.s)), float(np.sum(signature**2 / plain.s))
    line = here.score.exchange + row
    assert here.score.b[line, place] == pytest.approx(b, rel=0.03)
    assert here.score.a[line, place] / here.score.b[line, place] == pytest.approx(a / b, abs=0.15 * b**-0.5)


def test_rows_are_counted_with_and_without_an_analyser() -> None:
    here = lookout.begin(SHIP)
    assert (here.score.sensors, here.score.exchange) == (3, score.SENSOR_DRIFT + 6)
    assert here.score.ramp.shape[0] == score.SENSOR_DRIFT + 8
    deaf = lookout.begin(replace(SHIP, channels=SHIP.channels[:3]))
    assert (deaf.score.sensors, deaf.score.exchange) == (2, score.LOSS)
    again = score.restart(here.score)
    np.testing.assert_array_equal(again.jump, here.score.jump)
    assert again.nitrogen == here.score.nitrogen == SHARE


def test_forgiving_a_sensor_keeps_what_is_known_of_gas() -> None:
    here = heard(np.zeros(HOUR), np.zeros(HOUR))
    kept = score.forgive(here.score)
    rows = slice(here.score.exchange, None)
    assert here.score.b[rows].any()
    np.testing.assert_array_equal(kept.b[rows], here.score.b[rows])
    assert not kept.b[score.SENSOR_DRIFT : here.score.exchange].any()


def test_what_people_take_is_no_leak_where_nitrogen_stays() -> None:
    n = 8 * HOUR
    fall = -3e-7 * np.maximum(np.arange(float(n)) - 3 * HOUR, 0.0)
    probability = {}
    for name, of_nitrogen in (("breathed", 0.0), ("leaked", 1.0)):
        here = heard(fall, of_nitrogen * fall)
        probability[name] = verdict.weigh(here.score, here.setting(), T0 + n).probability
    assert probability["leaked"]["leak"] > 10.0 * probability["breathed"]["leak"]
    assert probability["breathed"]["unmetered flow"] > probability["leaked"]["unmetered flow"]


@pytest.mark.parametrize(("gas", "of_nitrogen"), [("air", 1.0), ("oxygen", 0.0), ("nitrogen", 1.0 / SHARE)])
def test_gas_that_comes_is_a_supply_whatever_gas_it_is(gas: str, of_nitrogen: float) -> None:
    rise = 2e-6 * np.maximum(np.arange(3.0 * HOUR) - 1.5 * HOUR, 0.0)
    said = found(rise, of_nitrogen * rise)
    assert said is not None, gas
    assert said.kind == "supply_onset"
    assert abs(said.onset_s.median - (T0 + 1.5 * HOUR)) < 300.0


def test_oxygen_that_comes_is_followed_as_one_flow() -> None:
    rise = 6e-7 * np.maximum(np.arange(6.0 * HOUR) - 1.5 * HOUR, 0.0)  # slow enough for the analyser to speak first
    shown = frames(SHIP, seconds(rise.size), world(rise, 0.0 * rise))
    here, said = lookout.watch(SHIP, shown)
    assert said is not None
    moved, covariance, amount = verdict.correction(here.score, said, here.setting().sensors)
    assert moved[score.FLOW_STATE] > 0.0
    assert (moved[score.UNMETERED_STATE], covariance[score.UNMETERED_STATE].any()) == (0.0, False)
    assert amount < 0.0
    assert np.linalg.eigvalsh(covariance).min() > -1e-9 * np.linalg.eigvalsh(covariance).max()


@pytest.mark.parametrize("share", [0.01, -0.01, 0.003, -0.003])
def test_an_analyser_that_jumps_is_named_and_no_leak_is_said(share: float) -> None:
    n = 4 * HOUR
    error = share * SHARE * PRESSURE_PA * (np.arange(float(n)) > 1.5 * HOUR)
    said = found(np.zeros(n), np.zeros(n), error)
    assert said is not None
    assert (said.kind, said.channel) == ("sensor_step", "N2")


def test_an_analyser_that_drifts_is_no_leak() -> None:
    n = 8 * HOUR
    for per_day in (0.01, -0.01):
        error = per_day * SHARE * PRESSURE_PA / 86_400.0 * np.maximum(np.arange(float(n)) - HOUR, 0.0)
        said = found(np.zeros(n), np.zeros(n), error)
        assert said is None or said.channel == "N2"
