"""Of everything that could have made the readings do this, what is it? Each explanation in BEGIN_PER_DAY is weighed.

Each has a rate at which such things begin (prior, per day) and a spread of sizes; its evidence is the likelihood ratio
of the candidates in score memory, averaged over onset and size (`weigh`). The probabilities are posterior: they sum to
one over all explanations and "nothing happened". All priors are estimates [c].

Once a leak is followed and its doubting twin is gone, no candidates are left to weigh: `reweigh` then takes the one
number that is known, the loss with its doubt, and how long it has lasted.
"""

from dataclasses import dataclass, replace

import numpy as np

from hullwatch.detection import score
from hullwatch.detection.onset import borders, cells, fills, loss_began, mixture
from hullwatch.estimators import change
from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.records import Detection, Floats, GroupState, Interval, SetAside
from hullwatch.units import DAY_S, HOUR_S, MMHG_PA, kg_day

BEGIN_PER_DAY = {
    "leak": 1.0 / 365.25,
    "heat": 0.03,
    "unmetered flow": 0.3,
    "supply": 0.3,
    "step": 0.5,
    "small step": 0.5,
    "transfer": 0.05,
    "sensor drift": 0.02,
    "sensor step": 0.05,
}
"""How often each explanation begins on a station [c]."""

FOLLOWED_PER_DAY = {"leak": 12.0, "supply": 12.0}
"""The same while a flow is followed: it changes as often as somebody works on its cause [c]."""

UPSET_SIGMAS = 3.0
"""Spread of an upset of heat (crew asleep, a rack switched) in standard deviations of its usual drive; and of all the
heat it brings, in those of its usual wandering: a trend of heat may be steep or long, not both [c]."""
UPSET_SHORTEST_S = 3600.0
"""Shortest time in which all of it comes about: walls and racks are slow [c]."""
STEP_RELATIVE, SMALL_STEP_RELATIVE = 0.01, 0.0003
"""Spread of a step of the gas amount: an airlock or a docked ship is about a hundredth of a station, a vestibule or an
experiment's chamber a third of a thousandth [c]."""
STEP_OVER = 3.0
"""Log-likelihood ratio by which a step must beat a flow: by the readings since, not by what is usual."""
TRANSFER_S, RETURN_S = 240.0, 1800.0
"""How long a transfer takes: a docked ship, a vestibule, an airlock fills; all of it is about STEP_RELATIVE. And how
long gas takes to go again that came of late: an airlock is filled in stages [c]."""
RETURN_SHARE, BEYOND_SHARE = 0.3, 0.3
"""How much more than came may go again; and how far beyond that it goes on the mean, as a share of this more [c]."""
UNSEEN, RETURN_LIKELIER = 0.12, 6.0
"""How much rarer gas comes or goes unseen where a feed shows valves, vents and pumps (twice a year something is berthed
that neither it nor the log tells), and how much likelier a transfer is while gas that came of late has not gone again
[c]."""
SHOWN_RELATIVE = 0.0015
"""What such a transfer takes: a vestibule rather than an airlock [c]."""
UNMETERED_SIGMAS = 1.25
"""Spread of an unmetered flow that begins, in standard deviations of those that are there [c]."""
DRIFT_PA_DAY, SENSOR_STEP_PA = 2.0 * MMHG_PA, 2.0 * MMHG_PA
"""Spread of a sensor's drift and of its step [c]."""
LEAK_KG_DAY = np.geomspace(0.5, 2.0e5, 96)
"""Leaks considered, flat in the logarithm [c]; the largest empties a station in minutes."""

SURE = 0.95
"""Posterior that an explanation needs before it is said."""
UNLUCKY, REPORTABLE_WITHIN = 1.645, 1.02
"""Sigmas by which the readings of a leak fall short in one case of twenty; how exactly the smallest leak is sought."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the group is, as far as weighing needs it."""

    mass_kg: float
    temperature_k: float
    pressure_pa: float
    heat_k: float  # usual wandering of mean gas temperature that no thermometer shows, 1 sigma
    unmetered_kg_s: float
    sensors: tuple[str, ...]  # the analysers last
    following: float  # flow already followed, relative per second, positive out; 0 when none
    quantum: tuple[float, ...] = ()  # step of each sensor's codes, relative to pressure
    outlets: str = ""  # what the feed says of vents and pumps
    shown: bool = False  # whether it says anything of them
    expected_kg: float = 0.0  # gas that came of late and may go again
    analysers: int = 0  # how many of the sensors read nitrogen


@dataclass(frozen=True, slots=True)
class Weighed:
    """Posterior probability of each explanation; of a loss its largest log-likelihood ratio."""

    probability: dict[str, float]
    log_ratio: float
    log_evidence: dict[str, float]  # of each with its prior, against nothing


def weigh(memory: score.ScoreMemory, setting: Setting, now_s: float) -> Weighed:
    """Weigh all explanations against each other and against nothing."""
    held = memory.held
    a, b, began = memory.a[:, :held], memory.b[:, :held], memory.began[:held]
    cell = np.log(np.maximum(cells(began), 1.0) / DAY_S)
    loss = score.LOSS
    rates = LEAK_KG_DAY / DAY_S / setting.mass_kg
    grid = change.log_evidence_grid(a[loss], b[loss], rates)
    leak = change.log_sum(grid) - np.log(rates.size)
    age = np.maximum(now_s - borders(began)[1:], 0.0)  # at least: it may have begun last in the span
    over = grid - age[:, None] / (RETURN_S if setting.expected_kg else TRANSFER_S) - _too_much(setting, age, rates)
    exchange = memory.exchange
    fill = np.logaddexp.reduce(
        [change.log_sum(change.log_evidence_grid(a[row], b[row], -rates)) for row in fills(memory)]
    ) - np.log(rates.size * len(fills(memory)))
    per_onset = {
        "leak": leak,
        "heat": change.log_evidence_normal(a[score.UPSET], b[score.UPSET], UPSET_SIGMAS * _drive(setting)),
        "unmetered flow": change.log_evidence_normal(a[exchange], b[exchange], _unmetered(setting)),
        "supply": fill + np.log(UNSEEN if setting.shown and setting.following == 0.0 else 1.0),
        "transfer": change.log_sum(over) - np.log(rates.size) + np.log(_transfers(setting)),
        "step": change.log_evidence_normal(a[score.STEP], b[score.STEP], STEP_RELATIVE),
        "small step": change.log_evidence_normal(a[score.STEP], b[score.STEP], SMALL_STEP_RELATIVE),
    }
    for s, name in enumerate(setting.sensors):
        drift, jump = score.SENSOR_DRIFT + 2 * s, score.SENSOR_STEP + 2 * s
        per_onset[f"sensor drift {name}"] = change.log_evidence_normal(
            a[drift], b[drift], DRIFT_PA_DAY / DAY_S / setting.pressure_pa
        )
        per_onset[f"sensor step {name}"] = change.log_evidence_normal(
            a[jump], b[jump], SENSOR_STEP_PA / setting.pressure_pa
        )
    names = tuple(per_onset)
    begins = BEGIN_PER_DAY | (FOLLOWED_PER_DAY if setting.following != 0.0 else {})
    total = np.array([np.logaddexp.reduce(per_onset[n] + cell) + np.log(begins[_family(n)]) for n in names])
    everything = float(np.logaddexp.reduce(np.append(total, 0.0)))
    probability = {n: float(np.exp(t - everything)) for n, t in zip(names, total, strict=True)}
    top = change.best(memory.a[loss], memory.b[loss], held, 1)[0]
    return Weighed(probability, top, dict(zip(names, total.tolist(), strict=True)))


def decide(
    memory: score.ScoreMemory, setting: Setting, group: int, now_s: float, leak_sure: float, other_h: float
) -> Detection | None:
    """The change that may be said now, or None: too early to tell one explanation from another."""
    weighed = weigh(memory, setting, now_s)
    name = max(weighed.probability, key=lambda n: weighed.probability[n])
    probability = weighed.probability[name]
    held = memory.held
    if probability < (leak_sure if name == "leak" and setting.following == 0.0 else SURE):
        return None
    if name == "leak":
        kind, sign, row = ("leak_onset" if setting.following == 0.0 else "rate_rise"), 1, score.LOSS
    elif name == "supply":
        kind, sign = ("supply_onset" if setting.following == 0.0 else "rate_fall"), -1
        row = _fill_row(memory) if kind == "supply_onset" else score.LOSS
    elif name in ("step", "small step"):
        kind, sign, row = "step", 0, score.STEP
    elif name.startswith("sensor"):
        s = setting.sensors.index(name.split()[-1])
        drift = name.startswith("sensor drift")
        kind, sign, row = ("sensor_drift" if drift else "sensor_step"), 0, score.SENSOR_DRIFT + 2 * s + (not drift)
    else:
        return None  # heat or an unmetered flow: no event, the filter follows it
    top, place = change.best(memory.a[row], memory.b[row], held, sign)
    if place < 0 or (name != "leak" and top < other_h):
        return None
    if kind == "step" and top < change.best(memory.a[score.LOSS], memory.b[score.LOSS], held, 0)[0] + STEP_OVER:
        return None  # a fall that has not been seen to end may go on
    if kind == "step" and abs(_rate(memory, score.STEP, place)) < SMALL_STEP_RELATIVE:
        return None  # too small to be worth a line; many of them, each explained away, would hide a leak
    if name.startswith("sensor") and setting.quantum:
        lasted = max(now_s - float(memory.began[place]), 0.0) if kind == "sensor_drift" else 1.0
        if abs(_rate(memory, row, place)) * lasted < setting.quantum[s]:
            return None  # no more than its rounding
    began = memory.began[:held]
    if kind == "leak_onset" and has_ended(memory, now_s):
        return None
    if kind in ("leak_onset", "rate_rise"):
        onset = loss_began(memory, LEAK_KG_DAY / DAY_S / setting.mass_kg)
    else:
        half = cells(began)[place]
        onset = Interval(float(began[place]), float(began[place] - half), float(min(began[place] + half, now_s)))
    size = _size(memory, row, kind, setting, now_s)
    return Detection(
        kind=kind,
        group=group,
        time_s=now_s,
        onset_s=onset,
        log_ratio=top,
        probability=probability,
        size=size,
        channel=name.split()[-1] if name.startswith("sensor") else None,
        set_aside=set_aside(weighed, setting, name, size.median / setting.mass_kg),
    )


def reportable_kg_s(memory: score.ScoreMemory, setting: Setting, now_s: float, leak_sure: float) -> float | None:
    """Smallest leak since the oldest candidate onset that 19 times in 20 would be said by now; None if none would.

    The evidence such a leak would have gathered is put in the place of what was gathered, and weighed the same way.
    """
    held, sums = memory.held, np.zeros_like(memory.a)
    if not held or memory.b[score.LOSS, :held].max() <= 0.0:
        return None
    oldest = int(np.argmin(memory.began[:held]))
    information = memory.b[score.LOSS, oldest]

    def said(rate_kg_s: float) -> bool:
        expected = rate_kg_s / setting.mass_kg * information
        # people and machines move the gauges alike and the analysers not at all: all that they could do of it
        sums[memory.exchange, oldest] = rate_kg_s / setting.mass_kg * memory.b[memory.exchange, oldest]
        sums[score.LOSS, oldest] = expected - UNLUCKY * float(np.sqrt(information))
        return weigh(replace(memory, a=sums), setting, now_s).probability["leak"] >= leak_sure

    low, high = (float(rate) / DAY_S for rate in LEAK_KG_DAY[[0, -1]])
    if not said(high):
        return None
    while high > REPORTABLE_WITHIN * low:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if said(middle) else (middle, high)
    return high


def has_ended(memory: score.ScoreMemory, now_s: float) -> bool:
    """Whether the later half of a loss speaks against it: what took gas for a while and stopped is no leak.

    The filter follows a fall with a lag, so a loss that goes on surprises it downwards still, one that ended upwards.
    """
    place = change.best(memory.a[score.LOSS], memory.b[score.LOSS], memory.held, 1)[1]
    half = 0.5 * (memory.began[max(place, 0)] + now_s)
    late = int(np.argmin(np.abs(memory.began[: memory.held] - half)))
    return bool(late > place and memory.b[score.LOSS, late] > 0.0 and memory.a[score.LOSS, late] < 0.0)


def reconsider(
    memory: score.ScoreMemory, setting: Setting, now_s: float
) -> tuple[Interval, float, tuple[SetAside, ...]]:
    """Onset, probability and set-aside list of a leak already found, from evidence gathered without believing it."""
    weighed = weigh(memory, setting, now_s)
    place = change.best(memory.a[score.LOSS], memory.b[score.LOSS], memory.held, 1)[1]
    onset = loss_began(memory, LEAK_KG_DAY / DAY_S / setting.mass_kg)
    aside = set_aside(weighed, setting, "leak", _rate(memory, score.LOSS, max(place, 0)))
    return onset, weighed.probability["leak"], aside


def correction(
    memory: score.ScoreMemory, detection: Detection, sensors: tuple[str, ...]
) -> tuple[Floats, Floats, float]:
    """How to correct the filter for an accepted change: shift (n,), its covariance (n, n), and the mean amplitude.

    Every onset the change may have had takes part by its posterior weight, so that doubt about when becomes doubt about
    how much (moments of the mixture).
    """
    row = _row(memory, detection, sensors)
    found = mixture(memory, row, _SIGN.get(detection.kind, 0), detection.time_s)
    shifts = found.amount[:, None] * found.along
    mean = found.weight @ shifts
    spread = shifts - mean
    covariance = np.einsum("k,ki,kj->ij", found.weight * found.variance, found.along, found.along) + np.einsum(
        "k,ki,kj->ij", found.weight, spread, spread
    )
    if row in fills(memory):
        if row != score.LOSS:  # gas that comes is followed as one flow, whatever gas it is
            fold = np.eye(mean.size)
            fold[[score.FLOW_STATE, score.UNMETERED_STATE], score.UNMETERED_STATE] = 1.0, 0.0
            mean, covariance = fold @ mean, fold @ covariance @ fold.T
        # what has gone by now is seen; how fast it goes hangs on when within the span it began
        covariance[score.FLOW_STATE, score.FLOW_STATE] += found.within
    return mean, covariance, float(found.weight @ found.amount)


def _fill_row(memory: score.ScoreMemory) -> int:
    """What gas that comes most likely is."""
    return max(fills(memory), key=lambda row: change.best(memory.a[row], memory.b[row], memory.held, -1)[0])


_SIGN = {"leak_onset": 1, "rate_rise": 1, "supply_onset": -1, "rate_fall": -1}


def set_aside(weighed: Weighed, setting: Setting, chosen: str, rate_per_s: float) -> tuple[SetAside, ...]:
    """Every other explanation with its probability and why it was set aside."""
    merged: dict[str, float] = {}
    for name, probability in weighed.probability.items():
        key = _CAUSE.get(_family(name), name)
        own = _CAUSE.get(_family(chosen)) if not chosen.startswith("sensor") else None
        if name != chosen and key != own:
            merged[key] = merged.get(key, 0.0) + probability
    apparent = kg_day(abs(rate_per_s) * setting.mass_kg)
    heat_k_h = abs(rate_per_s) * setting.temperature_k * HOUR_S
    n = len(setting.sensors) - setting.analysers
    why = {
        "leak": "a leak goes on falling; this did not" if chosen != "leak" else "",
        "cooling": f"would need the mean gas temperature to change by {heat_k_h:.2g} K/h unseen by any thermometer",
        "crew and removal": f"unmetered flows spread {kg_day(setting.unmetered_kg_s):.2g} kg/day; "
        f"this is {apparent:.3g} kg/day",
        "supply": "gas supplied raises pressure; the end of a supply was not followed here",
        "airlock, vent or docking": "these take gas at once or for a known while; the fall goes on as a leak does"
        + (f" ({setting.outlets})" if setting.outlets else ""),
        "sensor drift": f"{n} pressure sensor{'s' if n != 1 else ''} compared; a drift would show in one alone",
        "sensor step": f"{n} pressure sensor{'s' if n != 1 else ''} compared; a step would show once and in one alone",
    }
    return tuple(
        SetAside(cause, probability, why.get(cause, ""))
        for cause, probability in sorted(merged.items(), key=lambda kv: -kv[1])
    )


def reweigh(
    aside: tuple[SetAside, ...], state: GroupState, setting: Setting, onset_s: float
) -> tuple[float, tuple[SetAside, ...]]:
    """Probabilities now that the loss is followed: one number, its loss with its doubt, weighed again.

    Causes that make a lasting loss (heat, unmetered flow) are weighed anew; the others keep the share they had.
    """
    information = 1.0 / max(state.loss_sd_per_s, 1e-15) ** 2
    a, b = np.array([state.loss_per_s * information]), np.array([information])
    heat = _heat_per_s(setting, np.array([state.time_s - onset_s]))
    spread: dict[str, tuple[str, float | Floats]] = {
        "cooling": ("heat", heat),
        "crew and removal": ("unmetered flow", _unmetered(setting)),
    }
    sd_per_s = max(state.loss_sd_per_s, 1e-15)
    weight = {"leak": _log_uniform_evidence(state.loss_per_s, sd_per_s, setting) + float(np.log(BEGIN_PER_DAY["leak"]))}
    for cause, (name, sd) in spread.items():
        weight[cause] = float(change.log_evidence_normal(a, b, sd)[0] + np.log(BEGIN_PER_DAY[name]))
    lasting = float(np.logaddexp.reduce(np.array(list(weight.values()))))
    # What makes no lasting loss keeps its share; the rest is divided anew.
    free = 1.0 - sum(one.probability for one in aside if one.cause not in spread)
    share = {cause: free * float(np.exp(w - lasting)) for cause, w in weight.items()}
    now = [SetAside(one.cause, share.get(one.cause, one.probability), one.why) for one in aside]
    return share["leak"], tuple(sorted(now, key=lambda one: -one.probability))


_CAUSE = {
    "heat": "cooling",
    "unmetered flow": "crew and removal",
    "supply": "supply",
    "step": "airlock, vent or docking",
    "small step": "airlock, vent or docking",
    "transfer": "airlock, vent or docking",
    "sensor drift": "sensor drift",
    "sensor step": "sensor step",
}


def _log_uniform_evidence(loss_per_s: float, sd_per_s: float, setting: Setting) -> float:
    """Log-likelihood ratio of a loss known as N(loss, sd^2), averaged over leaks flat in the logarithm.

    The grid follows the measurement, not fixed rates: a sharp one must not fall between two of them.
    """
    low, high = (float(LEAK_KG_DAY[k]) / DAY_S / setting.mass_kg for k in (0, -1))
    start, stop = max(low, loss_per_s - 8.0 * sd_per_s), min(high, max(loss_per_s, low) + 8.0 * sd_per_s)
    if stop <= start:
        return -np.inf
    rate = np.linspace(start, stop, 801)
    log_ratio = 0.5 * (loss_per_s / sd_per_s) ** 2 - 0.5 * ((rate - loss_per_s) / sd_per_s) ** 2
    step = float(rate[1] - rate[0])
    return float(np.logaddexp.reduce(log_ratio - np.log(rate)) + np.log(step) - np.log(np.log(high / low)))


def _heat_per_s(setting: Setting, age_s: Floats) -> Floats:
    """Spread of the apparent loss that unseen heat can make if it began this long ago."""
    total = UPSET_SIGMAS * setting.heat_k / setting.temperature_k
    return np.asarray(total / np.maximum(age_s, UPSET_SHORTEST_S))


def _drive(setting: Setting) -> float:
    """Usual wandering of what heats the gas unseen, 1 sigma of the logarithm: see balance.layout."""
    return float(np.sqrt(2.0)) * setting.heat_k / setting.temperature_k


def _unmetered(setting: Setting) -> float:
    """Spread of the apparent loss by an unmetered flow that begins, relative per second."""
    return UNMETERED_SIGMAS * setting.unmetered_kg_s / setting.mass_kg


def _transfers(setting: Setting) -> float:
    """How usual a transfer is here and now, against BEGIN_PER_DAY."""
    return (UNSEEN if setting.shown else 1.0) * (RETURN_LIKELIER if setting.expected_kg else 1.0)


def _too_much(setting: Setting, age_s: Floats, rates_per_s: Floats) -> Floats:
    """How much less likely a transfer is for what it has taken by now, axes (onset, rate), as a logarithm."""
    taken = np.outer(age_s, rates_per_s)
    if not setting.expected_kg:
        return taken / (SHOWN_RELATIVE if setting.shown else STEP_RELATIVE)
    over = taken * setting.mass_kg / setting.expected_kg - (1.0 + RETURN_SHARE)
    return np.asarray(np.maximum(over, 0.0) / (BEYOND_SHARE * RETURN_SHARE))


def _family(name: str) -> str:
    return " ".join(name.split()[:2]) if name.startswith("sensor") else name


def _row(memory: score.ScoreMemory, detection: Detection, sensors: tuple[str, ...]) -> int:
    if detection.kind == "step":
        return score.STEP
    if detection.channel is not None:
        return score.SENSOR_DRIFT + 2 * sensors.index(detection.channel) + (detection.kind == "sensor_step")
    return _fill_row(memory) if detection.kind == "supply_onset" else score.LOSS


def _rate(memory: score.ScoreMemory, row: int, place: int) -> float:
    return float(memory.a[row, place] / memory.b[row, place])


def _size(memory: score.ScoreMemory, row: int, kind: str, setting: Setting, now_s: float) -> Interval:
    """Amplitude with 90 % interval: kg/s for flows, kg for steps, Pa or Pa/s for sensors."""
    found = mixture(memory, row, _SIGN.get(kind, 0), now_s)
    middle = float(found.weight @ found.amount)
    spread = found.weight @ (found.variance + (found.amount - middle) ** 2)
    sd = float(np.sqrt(spread + found.within))
    scale = setting.pressure_pa if kind.startswith("sensor") else setting.mass_kg
    return Interval(middle, middle - SIGMAS_90 * sd, middle + SIGMAS_90 * sd).scaled(scale)
