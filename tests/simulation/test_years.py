"""A case that lasts for years: the truth as written, the masses accounted for, the same seed the same series."""

import numpy as np
import pytest

from hullwatch.errors import DescriptionError
from hullwatch.simulation.load_years import bundled_years, load_years
from hullwatch.simulation.years import Knot, loss_at, parse_years, play_years
from hullwatch.units import DAY_S, MMHG_PA, utc_seconds
from hullwatch.vehicle.load import load_vehicle

CASE, TEXT = load_years("zvezda-prk")


def test_loss_holds_and_grows_from_knot_to_knot() -> None:
    knots = [Knot(at="2024-01-01", kg_day=0.5, then="hold"), Knot(at="2024-01-11", kg_day=0.5, then="grow"),
             Knot(at="2024-01-21", kg_day=2.0, then="hold")]  # fmt: skip
    case = CASE.model_copy(update={"truth": knots, "start_utc": "2024-01-01"})
    np.testing.assert_allclose(loss_at(case, np.array([0.0, 9.9, 15.0, 20.0, 99.0])), [0.5, 0.5, 1.0, 2.0, 2.0])


def test_quiet_series_loses_what_the_truth_says() -> None:
    calm = CASE.hidden.model_copy(
        update={"heat_k": 1e-9, "season_k": 0.0, "drift_mmhg": 1e-9, "noise_mmhg": 1e-9, "quantum_mmhg": 1e-6}
    )
    still = CASE.operations.model_copy(update={"airlock_per_year": 0.0, "fill_below_mmhg": 500.0})
    case = CASE.model_copy(update={"hidden": calm, "operations": still, "cooling": [], "end_utc": "2019-05-01"})
    played = play_years(case, load_vehicle(case.vehicle), 0.011, 0.73)
    p = played.series["ppn2_mmhg"].to_numpy()
    days = (played.series["time"][-1] - played.series["time"][0]).total_seconds() / DAY_S
    assert (p[0] - p[-1]) * MMHG_PA * 0.011 == pytest.approx(0.27 * 0.73 * days, rel=1e-3)
    assert played.log.height == 0


def test_every_fill_is_logged_and_most_airlock_uses_are() -> None:
    played = play_years(CASE, load_vehicle(CASE.vehicle), 0.011, 0.73)
    kinds = played.log["kind"].to_list()
    assert 20 < kinds.count("airlock") < 45
    mass = [float(m) for m, k in zip(played.log["mass_kg"], kinds, strict=True) if k == "repress"]
    assert len(mass) > 40
    assert np.mean(mass) == pytest.approx(CASE.operations.fill_kg, rel=0.02)
    again = play_years(CASE, load_vehicle(CASE.vehicle), 0.011, 0.73)
    assert again.series.equals(played.series)
    other = play_years(CASE, load_vehicle(CASE.vehicle), 0.011, 0.73, seed=1)
    assert not other.series.equals(played.series)


def test_reported_rates_stand_beside_the_truth() -> None:
    """Where a rate was reported, the truth chosen between the dates is near it (a held leak leaves the normal loss)."""
    from hullwatch.telemetry.dated_rates import rates_of_toml

    start = utc_seconds(CASE.start_utc)
    for rate in rates_of_toml("case", TEXT):
        middle = np.array([(max(rate.start_s, start) + rate.end_s) / 2.0 - start]) / DAY_S
        true = float(loss_at(CASE, middle)[0])
        said = rate.rate_kg_s * DAY_S
        assert true == pytest.approx(max(said, 0.27), rel=0.35), rate.as_reported


def test_unknown_names_and_keys_are_refused() -> None:
    assert bundled_years() == ("zvezda-prk",)
    with pytest.raises(DescriptionError, match="zvezda-prk"):
        load_years("zvezda")
    with pytest.raises(DescriptionError, match="colour"):
        parse_years('colour = "red"\n' + TEXT, "f")
    with pytest.raises(DescriptionError, match="TOML"):
        parse_years("[[", "f")
