import numpy as np
import pytest

from hullwatch.models.day import crew_day_cycle

HOUR = 3600.0


def test_coldest_at_waking_and_warmest_at_supper():
    day = np.arange(0.0, 86_400.0, 60.0)
    level = crew_day_cycle(day)
    assert level.min() == pytest.approx(-1.0, abs=1e-6)
    assert level.max() == pytest.approx(1.0, abs=1e-6)
    assert day[np.argmin(level)] == 6 * HOUR
    assert day[np.argmax(level)] == pytest.approx(20 * HOUR, abs=60)


def test_continuous_and_daily():
    t = np.arange(0.0, 2 * 86_400.0, 10.0)
    level = crew_day_cycle(t)
    assert np.abs(np.diff(level)).max() < 0.01
    np.testing.assert_allclose(level[:8640], level[8640:], atol=1e-9)


def test_shape_of_the_one_real_day():
    # USLAB000059, 12 October 2018, half-hour means read by hand: 21.35 before 06:00, 23.55 until 20:00;
    # 23.02 at 06:45, 23.57 at 07:15, 22.69 at 20:45, 22.18 at 22:15, 21.74 at 01:15
    seen = {6.75: 23.02, 7.25: 23.57, 12.0: 23.57, 20.75: 22.69, 22.25: 22.18, 25.25: 21.74}
    for hour, degrees in seen.items():
        model = 22.45 + 1.1 * float(crew_day_cycle(hour * HOUR))
        assert model == pytest.approx(degrees, abs=0.35), hour
