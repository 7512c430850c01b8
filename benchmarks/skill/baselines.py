"""What others would do with the same readings: thresholds on slopes, and general detectors of change.

Every method turns a pressure series into one statistic that is large when gas is being lost. Its threshold is 1.1 times
the largest value it takes over all quiet records, so that it raises no alarm on any of them: tuned with hindsight, on
the very records it is then judged by, which the watch is not.

    slope W        fall of the least-squares line through the last W
    slope P/T W    the same of pressure over temperature
    CUSUM r        cumulated fall beyond r per day, never below zero
    Page-Hinkley   cumulated fall beyond its own mean and an allowance (river)
    FOCuS          likelihood ratio of a downward shift of the increments at any time, for any size (changepoint-online)

The series is the mean of the finest pressure sensors, relative to its first value, held between readings and sampled
every STEP_S (a slower record at its own pace). After a loss of signal every method starts anew.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from records import Loaded

from hullwatch.compiled import kernel
from hullwatch.records import Floats, Samples
from hullwatch.units import DAY_S, TO_SI

STEP_S = 10.0
SPARE = 1.1
WINDOWS_S = (600.0, 1800.0, 3600.0, 10800.0)
ALLOWANCES_DAY = (0.01, 0.05, 0.2)  # share of the gas a day: 11, 54 and 216 kg of 1080
PH_ALPHA, PH_START = 0.9999, 30


@dataclass(frozen=True)
class Series:
    """One record as a baseline sees it; `fresh` marks where it starts anew."""

    time_s: Floats
    pressure: Floats  # relative
    warm: Floats  # temperature relative to its first, 1 where there is none
    step_s: float


def series_of(loaded: Loaded, samples: Samples, until_s: float = math.inf) -> Series:
    """Sample the finest pressure sensors of a recording on a regular clock, as they stood."""
    vehicle = loaded.vehicle
    heard = [c for c in vehicle.channels if c.quantity == "pressure" and c.id in samples.items]
    finest = min(c.quantum_si for c in heard)
    own = [_held(samples, c.id) for c in heard if c.quantum_si <= finest]
    own = [o for o in own if o[0].size >= max(len(x[0]) for x in own) / 10]
    gaps = np.diff(np.unique(samples.time_s))
    step = max(STEP_S, float(np.median(gaps)) if gaps.size else STEP_S)
    start, stop = max(t[0] for t, _ in own), min(samples.time_s.max(), until_s)
    time_s = np.arange(math.ceil(start / step) * step, stop, step)
    spoke = np.unique(samples.time_s)
    age = time_s - spoke[np.maximum(np.searchsorted(spoke, time_s, side="right") - 1, 0)]
    alive = age <= max(vehicle.signal_timeout_s, 2.0 * step)
    time_s = time_s[alive]
    total = np.zeros(time_s.size)
    for t, v in own:
        now = v[np.searchsorted(t, time_s, side="right") - 1]
        total += now / now[0] / len(own)
    warm = np.ones(time_s.size)
    glasses = [c for c in vehicle.channels if c.quantity == "temperature" and c.id in samples.items]
    if glasses:
        t, v = _held(samples, glasses[0].id)
        kelvin = v[np.maximum(np.searchsorted(t, time_s, side="right") - 1, 0)] + TO_SI[glasses[0].unit][2]
        warm = kelvin / kelvin[0]
    return Series(time_s, total, warm, step)


def _held(samples: Samples, channel: str) -> tuple[Floats, Floats]:
    rows = samples.item == samples.items.index(channel)
    time_s, value = samples.time_s[rows], samples.value[rows]
    order = np.argsort(time_s, kind="stable")
    time_s, value = time_s[order], value[order]
    if value.size > 2 and abs(value[0] / value[1] - 1.0) > 0.005:  # a sensor waking up: spared the baselines
        time_s, value = time_s[1:], value[1:]
    return time_s, value


@kernel
def slope_falls(time_s: Floats, y: Floats, window_s: float, broken_s: float) -> Floats:
    """Fall per day of the least-squares line through the last `window_s`; 0 until the window is full."""
    out = np.zeros(y.size)
    first = 0
    started = 0
    n = 0.0
    st = sy = stt = sty = 0.0
    origin = time_s[0]
    for i in range(y.size):
        if i > 0 and time_s[i] - time_s[i - 1] > broken_s:
            started = first = i
            n = st = sy = stt = sty = 0.0
        t, v = time_s[i] - origin, y[i] - y[0]
        n, st, sy, stt, sty = n + 1.0, st + t, sy + v, stt + t * t, sty + t * v
        while time_s[i] - time_s[first] > window_s:
            t, v = time_s[first] - origin, y[first] - y[0]
            n, st, sy, stt, sty = n - 1.0, st - t, sy - v, stt - t * t, sty - t * v
            first += 1
        spread = stt - st * st / n
        full = time_s[i] - time_s[started] >= window_s * 0.99
        if full and n >= 3.0 and spread > 0.0:
            out[i] = -(sty - st * sy / n) / spread * 86_400.0
    return out


@kernel
def cusum(time_s: Floats, y: Floats, allowance_day: float, broken_s: float) -> Floats:
    """Cumulated fall beyond the allowance since the best moment to begin."""
    out = np.zeros(y.size)
    s = 0.0
    for i in range(1, y.size):
        dt = time_s[i] - time_s[i - 1]
        s = 0.0 if dt > broken_s else max(0.0, s + y[i - 1] - y[i] - allowance_day * dt / 86_400.0)
        out[i] = s
    return out


@kernel
def page_hinkley(x: Floats, delta: float, alpha: float, start: int) -> Floats:
    """Test statistic of Page and Hinkley for an increase of `x`, as river's."""
    out = np.zeros(x.size)
    mean = total = 0.0
    least = np.inf
    for i in range(x.size):
        mean += (x[i] - mean) / (i + 1.0)
        total = alpha * total + x[i] - mean - delta
        least = min(least, total)
        if i + 1 >= start:
            out[i] = total - least
    return out


@kernel
def focus_up(x: Floats) -> Floats:
    """FOCuS: largest log-likelihood ratio, over all times, of an upward shift from mean zero, variance one.

    The times that can be best are the corners of the lower convex hull of the cumulated sums.
    """
    n = x.size
    out = np.zeros(n)
    place, height = np.empty(n + 1), np.empty(n + 1)
    held = 1
    place[0] = height[0] = 0.0
    s = 0.0
    for i in range(n):
        s += x[i]
        here = i + 1.0
        best = 0.0
        for k in range(held - 1, -1, -1):
            rise = s - height[k]
            if rise > 0.0:
                best = max(best, 0.5 * rise * rise / (here - place[k]))
        out[i] = best
        while held > 1 and (height[held - 1] - height[held - 2]) * (here - place[held - 1]) >= (
            s - height[held - 1]
        ) * (place[held - 1] - place[held - 2]):
            held -= 1
        place[held], height[held] = here, s
        held += 1
    return out


def _pieces(series: Series, statistic: Callable[[Floats], Floats]) -> Floats:
    """A statistic of the falls between samples, anew after every break."""
    fall = -np.diff(series.pressure, prepend=series.pressure[0])
    broken = np.flatnonzero(np.diff(series.time_s) > _broken(series)) + 1
    parts = np.split(fall, broken)
    for part in parts[1:]:
        part[0] = 0.0
    return np.concatenate([statistic(part) for part in parts])


def _broken(series: Series) -> float:
    return max(900.0, 3.0 * series.step_s)


def noise_of(series: Series) -> float:
    """Robust scatter of the falls between samples; half a millionth at least, for series that stand still."""
    fall = np.diff(series.pressure)
    moved = fall[fall != 0.0]
    scatter = 1.4826 * float(np.median(np.abs(moved))) if moved.size else 0.0
    return max(scatter * math.sqrt(max(moved.size, 1) / max(fall.size, 1)), 5e-7)


Method = Callable[[Series, float], Floats]


def methods() -> dict[str, Method]:
    """Name -> statistic of a series; the second argument is the noise of the quiet record."""
    out: dict[str, Method] = {}
    for window in WINDOWS_S:
        words = f"{window / 60:.0f} min" if window < 3600 else f"{window / 3600:.0f} h"
        out[f"slope {words}"] = lambda s, _, w=window: slope_falls(s.time_s, s.pressure, w, _broken(s))
    for window in WINDOWS_S:
        words = f"{window / 60:.0f} min" if window < 3600 else f"{window / 3600:.0f} h"
        out[f"slope P/T {words}"] = lambda s, _, w=window: slope_falls(s.time_s, s.pressure / s.warm, w, _broken(s))
    for allowance in ALLOWANCES_DAY:
        out[f"CUSUM {allowance:g}/day"] = lambda s, _, a=allowance: cusum(s.time_s, s.pressure, a, _broken(s))
    for allowance in ALLOWANCES_DAY:
        out[f"Page-Hinkley {allowance:g}/day"] = lambda s, _, a=allowance: _pieces(
            s, lambda x: page_hinkley(x, a * s.step_s / DAY_S, PH_ALPHA, PH_START)
        )
    out["FOCuS"] = lambda s, noise: _pieces(s, lambda x: focus_up(x / noise))
    return out


def thresholds(quiet: dict[str, Series]) -> dict[str, float]:
    """1.1 times the largest value over the quiet records, for each method."""
    return {
        name: SPARE * max(float(method(series, noise_of(series)).max()) for series in quiet.values())
        for name, method in methods().items()
    }


def delays(
    series: Series, noise: float, start_s: float, until_s: float, limits: list[dict[str, float]]
) -> list[dict[str, float | None]]:
    """When each method first passes its limit after the leak has opened, s; one answer for each set of limits."""
    out: list[dict[str, float | None]] = [{} for _ in limits]
    inside = (series.time_s >= start_s) & (series.time_s <= until_s)
    for name, method in methods().items():
        statistic = np.where(inside, method(series, noise), 0.0)
        for found, limit in zip(out, limits, strict=True):
            over = np.flatnonzero(statistic > limit[name])
            found[name] = float(series.time_s[over[0]]) - start_s if over.size else None
    return out


def peers(series: Series) -> list[str]:
    """Our own versions against the packages', where they are installed: largest difference over one record."""
    said = []
    x = -np.diff(series.pressure[:3000])
    try:
        from river.drift import PageHinkley  # noqa: PLC0415  # a peer that may be missing
    except ImportError:
        said.append("river is not installed: Page-Hinkley is our own, unchecked")
    else:
        delta = ALLOWANCES_DAY[0] * series.step_s / DAY_S
        test = PageHinkley(min_instances=PH_START, delta=delta, threshold=math.inf, alpha=PH_ALPHA, mode="up")
        theirs = []
        for value in x:
            test.update(float(value))
            theirs.append(test._sum_increase - test._min_increase)
        off = np.abs(np.array(theirs) - page_hinkley(x, delta, PH_ALPHA, 1)).max()
        said.append(f"Page-Hinkley against river: largest difference {off:.1e} of {np.max(theirs):.1e}")
    try:
        from changepoint_online import Focus, Gaussian  # noqa: PLC0415
    except ImportError:
        said.append("changepoint-online is not installed: FOCuS is our own, unchecked")
    else:
        unit = x / noise_of(series)
        focus, theirs = Focus(Gaussian(loc=0), side="right"), []
        for value in unit:
            focus.update(float(value))
            theirs.append(float(focus.statistic()))
        ours = focus_up(unit)
        total = np.concatenate([[0.0], np.cumsum(unit)])
        places = range(1, unit.size + 1, 50)
        slow = [max(0.5 * max(total[n] - total[k], 0.0) ** 2 / (n - k) for k in range(n)) for n in places]
        off = np.abs(np.array(slow) - ours[::50]).max()
        same = np.isclose(np.array(theirs), ours, rtol=1e-9, atol=1e-9).mean()
        said.append(
            f"FOCuS: largest difference from trying every time {off:.1e}; equal to changepoint-online at {same:.0%} of "
            f"the samples, where largest {ours[np.argmax(theirs)]:.4g} against {np.max(theirs):.4g}"
        )
    return said
