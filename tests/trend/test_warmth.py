"""A noisy thermometer, calmed, lets the gain be learned; cooling is not taken for a leak."""

import numpy as np
from slow_worlds import NOISE, START, steps, world

from hullwatch.models.slow_air import GAIN, RATE_CHANGE, slow_system
from hullwatch.trend.changes import learned, sample
from hullwatch.trend.warmth import calmed
from hullwatch.units import DAY_S


def test_the_gain_is_learned_through_the_thermometers_noise() -> None:
    rng = np.random.default_rng(1)
    true = 0.5 * np.sin(np.arange(600) / 15.0)
    record = world(rng, steps((600, 0.3)), warm=true.copy(), gain=1.5)
    record.warm_k[:] += rng.normal(size=600) * 0.2
    smooth, known = calmed(record)
    assert np.std(smooth.warm_k - true) < 0.55 * np.std(record.warm_k - true)
    assert np.std(smooth.warm_k - true) < np.std(known.warm_k - true) < np.std(record.warm_k - true)
    gained = []
    for tried in (record, smooth):
        noise, found = learned(tried, NOISE.__class__(**{**_fields(), "gain_mean": 1.0, "gain_sd": 1.0}))
        drawn = sample(slow_system(tried, noise), noise, 1.0, found, 20, np.random.default_rng(0))
        gained.append(float(np.median([s.states[-1, GAIN] for s in drawn])))
    # most of the pull to zero is gone; not all of it, since a calmed thermometer still has noise
    assert abs(gained[1] - 1.5) < 0.5 * abs(gained[0] - 1.5)


def test_what_is_known_at_a_reading_does_not_look_ahead() -> None:
    rng = np.random.default_rng(2)
    record = world(rng, steps((300, 0.3)), warm=np.cumsum(rng.normal(size=300)) * 0.05)
    jumped = world(np.random.default_rng(2), steps((300, 0.3)), warm=record.warm_k.copy())
    jumped.warm_k[200] += 2.0
    learn_s = START + 150.0 * DAY_S
    one, other = calmed(record, learn_s)[1].warm_k, calmed(jumped, learn_s)[1].warm_k
    np.testing.assert_array_equal(one[:200], other[:200])
    assert one[200] != other[200]


def test_cooling_that_the_thermometer_sees_is_no_rise() -> None:
    rng = np.random.default_rng(3)
    warm = 0.4 * np.sin(np.arange(500) / 12.0)
    warm[300:304] -= np.array([1.0, 2.0, 3.0, 3.0])
    warm[304:] -= 3.0 * np.clip(1.0 - np.arange(196) / 10.0, 0.0, 1.0)
    record = world(rng, steps((500, 0.3)), warm=warm, gain=1.2)
    record.warm_k[:] += rng.normal(size=500) * 0.1
    fields = _fields() | {"gain_mean": 1.0, "gain_sd": 1.0}
    _, found = learned(calmed(record)[0], NOISE.__class__(**fields))
    assert not [c for c in found if c.kind == RATE_CHANGE]


def _fields() -> dict[str, float]:
    return {name: getattr(NOISE, name) for name in NOISE.__slots__}
