import dataclasses

import numpy as np
import pytest
from small_ensembles import ensemble

from hullwatch.errors import OutOfRange
from hullwatch.models import stepped
from hullwatch.simulation.ensemble import compile_steps, draw, run_ensemble

ARRAYS = ("passages", "never", "soonest_s", "latest_s", "pressures")


def same(a, b):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert (a.worlds, a.failed, a.steps, a.stepped) == (b.worlds, b.failed, b.steps, b.stepped)


def test_the_same_whatever_the_partition_and_the_threads():
    worlds = 200
    seen = []
    whole = run_ensemble(ensemble(), worlds, 5, progress=seen.append, part=64)
    assert sum(seen) == whole.worlds == worlds
    same(whole, run_ensemble(ensemble(), worlds, 5, part=7))
    same(whole, run_ensemble(ensemble(), worlds, 5, threads=2, part=33))
    other = run_ensemble(ensemble(), worlds, 6)
    assert not np.array_equal(other.passages, whole.passages)


def test_more_worlds_are_the_same_worlds_and_more():
    few, _ = draw(ensemble(), 5, 0, 10)
    later, stratum = draw(ensemble(), 5, 6, 4)
    for a, b in zip(few, later, strict=True):
        np.testing.assert_array_equal(a[6:], b)
    assert stratum.tolist() == [2, 3, 0, 1]


def test_volumes_onsets_and_hatches_are_spread_as_said():
    chance, _ = draw(ensemble(), 1, 0, 4000)
    share = chance.volume_m3 / ensemble().cabin.volume_m3
    assert np.abs(share.std(axis=0) - 0.05).max() < 0.004
    assert 0.0 <= chance.hole_at_s.min() < 20.0
    assert 1780.0 < chance.hole_at_s.max() <= 1800.0
    assert chance.event_at_s.mean() == pytest.approx(3600.0, abs=20.0)
    assert chance.event_at_s.std() == pytest.approx(300.0, abs=15.0)


def test_laws_and_gauges_are_spread_as_said():
    dice = dataclasses.replace(ensemble().dice, crack_share=0.3, gauge_sd_pa=200.0)
    chance, _ = draw(ensemble(dice=dice), 1, 0, 4000)
    assert (chance.hole_exponent == 2.0).mean() == pytest.approx(0.3, abs=0.03)
    assert chance.gauge_pa.shape == (4000, 2)
    assert np.abs(chance.gauge_pa.std(axis=0) - 200.0).max() < 10.0
    assert abs(np.corrcoef(chance.gauge_pa[:, 0], chance.volume_m3[:, -1])[0, 1]) < 0.05


def test_larger_holes_pass_sooner():
    small, large = (
        run_ensemble(ensemble(dice=dataclasses.replace(ensemble().dice, low_diameter_m=d, high_diameter_m=d)), 64, 3)
        for d in (np.full(4, 5e-3), np.full(4, 1e-2))
    )
    assert np.all(large.passage_quantile(0.5)[:, 0] < small.passage_quantile(0.5)[:, 0])


def test_fast_holes_go_in_short_steps_and_agree_where_both_hold():
    slow = dataclasses.replace(ensemble().dice, low_diameter_m=np.full(4, 2e-3), high_diameter_m=np.full(4, 2e-3))
    given = {"dice": slow, "hatches": dataclasses.replace(ensemble().hatches, moves=()), "times_s": np.zeros(0)}
    fixed, stepped = (run_ensemble(ensemble(thermal=kind, **given), 8, 3) for kind in ("fixed", "steps"))
    assert (fixed.stepped, stepped.stepped) == (0, 8)
    both = np.isfinite(fixed.latest_s) & np.isfinite(stepped.latest_s)
    assert both.any()
    # cooling brings a limit forward by less than a wall time
    gap = fixed.latest_s[both] - stepped.latest_s[both]
    assert np.all((gap > -5.0) & (gap < 143.0))


def test_what_another_process_compiles_is_what_is_run():
    given = ensemble(thermal="steps")
    compile_steps(given)
    compiled = list(stepped._step.signatures)
    run_ensemble(given, 4, 3)
    assert len(compiled) == 1
    assert list(stepped._step.signatures) == compiled


def with_dice(**changes):
    return ensemble(dice=dataclasses.replace(ensemble().dice, **changes))


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: run_ensemble(ensemble(), 0, 1), "worlds"),
        (lambda: run_ensemble(ensemble(), 1, 1, threads=0), "threads"),
        (lambda: ensemble(tolerance=0.0), "tolerance"),
        (lambda: with_dice(onset_s=(0.0, 1e9)), "onset_s"),
        (lambda: with_dice(low_diameter_m=-np.ones(4)), "low_diameter_m"),
        (lambda: with_dice(low_diameter_m=np.full(4, np.nan)), "low_diameter_m"),
        (lambda: with_dice(high_diameter_m=np.full(4, 1e-9)), "high_diameter_m"),
    ],
)
def test_what_has_no_meaning_is_refused(make, word):
    with pytest.raises(OutOfRange, match=word):
        make()
