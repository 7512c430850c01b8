"""What else it may have been: every explanation set aside, with its probability and the reason.

Once a leak is followed and its doubting twin is gone, no candidates are left to weigh: `reweigh` then takes the one
number that is known, the loss with its doubt, and how long it has lasted.
"""

import numpy as np

from hullwatch.detection import priors
from hullwatch.estimators import change
from hullwatch.records import Floats, GroupState, SetAside
from hullwatch.units import DAY_S, HOUR_S, kg_day, mmhg


def set_aside(found: dict[str, float], setting: priors.Setting, chosen: str, amount: float) -> tuple[SetAside, ...]:
    """Every other explanation with its probability and why it was set aside; `found`: of every one.

    amount: of a flow or a drift its relative rate, per second; of a step of gas or sensor its share, of gas that came
    above zero.
    """
    merged: dict[str, float] = {}
    for name, probability in found.items():
        if not _is_same(name, chosen):
            key = CAUSE.get(family(name), name)
            merged[key] = merged.get(key, 0.0) + probability
    why = _of_a_sensor(setting, chosen) if chosen.startswith("sensor") else _of_gas(setting, chosen, amount)
    return tuple(
        SetAside(cause, probability, why.get(cause, ""))
        for cause, probability in sorted(merged.items(), key=lambda kv: -kv[1])
    )


def believed(found: dict[str, float], chosen: str) -> float:
    """Probability of what is said: of all explanations that come to the same."""
    return sum(probability for name, probability in found.items() if _is_same(name, chosen))


def _is_same(name: str, chosen: str) -> bool:
    """Whether two explanations are one in words: gas that went in a step of any size; but each sensor by itself."""
    if name.startswith("sensor") or chosen.startswith("sensor"):
        return name == chosen
    return CAUSE.get(name, name) == CAUSE.get(chosen, chosen)


def _of_gas(setting: priors.Setting, chosen: str, amount: float) -> dict[str, str]:
    """Why each cause was set aside where gas is said to have come or gone."""
    step = CAUSE.get(chosen) == CAUSE["step"]
    heat_k, gas_kg = abs(amount) * setting.temperature_k, abs(amount) * setting.mass_kg
    moved = f"{heat_k:.2g} K as fast" if step else f"{heat_k * HOUR_S:.2g} K/h"
    apparent = f"{gas_kg:.3g} kg in one step" if step else f"{kg_day(gas_kg):.3g} kg/day"
    came = amount > 0.0 if step else amount < 0.0
    over = "this was over" if came else "pressure fell"
    supply = over if step else "the end of a supply was not followed here"
    return {
        "leak": "a leak takes gas; this brought some" if came else "a leak goes on falling; this did not",
        "cooling": f"would need the mean gas temperature to change by {moved} unseen by any thermometer",
        "crew and removal": f"unmetered flows spread {kg_day(setting.unmetered_kg_s):.2g} kg/day; this is {apparent}",
        "supply": f"gas supplied raises pressure and goes on coming; {supply}",
        "airlock, vent or docking": "these give or take gas at once or for a known while; "
        f"the {'rise goes on as a supply' if came else 'fall goes on as a leak'} does"
        + (f" ({setting.outlets})" if setting.outlets else ""),
        "sensor drift": _compared(setting, "drift"),
        "sensor step": _compared(setting, "step"),
    }


def _of_a_sensor(setting: priors.Setting, chosen: str) -> dict[str, str]:
    """Why each cause was set aside where a sensor is said to be at fault."""
    _, fault, name = chosen.split(" ", 2)
    others = [gauge for gauge in _gauges(setting) if gauge != name]
    alone = (
        f"shows in every pressure sensor; {name} alone did this"
        if others
        else f"{name} is the only pressure sensor here: {_weighed(fault)}"
    )
    gas = dict.fromkeys(("leak", "cooling", "crew and removal", "supply", "airlock, vent or docking"), alone)
    return {**gas, "sensor drift": _compared(setting, "drift"), "sensor step": _compared(setting, "step")}


def _compared(setting: priors.Setting, fault: str) -> str:
    """What speaks against a fault of a sensor: the others, or where there is none, how rare and small they are."""
    gauges = _gauges(setting)
    if len(gauges) > 1:
        once = "once and " if fault == "step" else ""
        return f"{len(gauges)} pressure sensors compared; a {fault} would show {once}in one alone"
    return f"nothing to compare {gauges[0] if gauges else 'it'} with: {_weighed(fault)}"


def _weighed(fault: str) -> str:
    often = f"{priors.BEGIN_PER_DAY[f'sensor {fault}']:g} a day"
    if fault == "step":
        return f"weighed by how often a sensor steps, {often}, and how far, {mmhg(priors.SENSOR_STEP_PA):.2g} mmHg"
    how_fast = f"{mmhg(priors.DRIFT_PA_DAY):.2g} mmHg/day"
    return f"weighed by how often a sensor begins to drift, {often}, and how fast, {how_fast}"


def _gauges(setting: priors.Setting) -> tuple[str, ...]:
    return setting.sensors[: len(setting.sensors) - setting.analysers]


def reweigh(
    aside: tuple[SetAside, ...], state: GroupState, setting: priors.Setting, onset_s: float
) -> tuple[float, tuple[SetAside, ...]]:
    """Probabilities now that the loss is followed: one number, its loss with its doubt, weighed again.

    Causes that make a lasting loss (heat, unmetered flow) are weighed anew; the others keep the share they had.
    """
    information = 1.0 / max(state.loss_sd_per_s, 1e-15) ** 2
    a, b = np.array([state.loss_per_s * information]), np.array([information])
    heat = _heat_per_s(setting, np.array([state.time_s - onset_s]))
    spread: dict[str, tuple[str, float | Floats]] = {
        "cooling": ("heat", heat),
        "crew and removal": ("unmetered flow", priors.unmetered(setting)),
    }
    sd_per_s = max(state.loss_sd_per_s, 1e-15)
    weight = {
        "leak": _log_uniform_evidence(state.loss_per_s, sd_per_s, setting) + float(np.log(priors.BEGIN_PER_DAY["leak"]))
    }
    for cause, (name, sd) in spread.items():
        weight[cause] = float(change.log_evidence_normal(a, b, sd)[0] + np.log(priors.BEGIN_PER_DAY[name]))
    lasting = float(np.logaddexp.reduce(np.array(list(weight.values()))))
    # What makes no lasting loss keeps its share; the rest is divided anew.
    free = 1.0 - sum(one.probability for one in aside if one.cause not in spread)
    share = {cause: free * float(np.exp(w - lasting)) for cause, w in weight.items()}
    now = [SetAside(one.cause, share.get(one.cause, one.probability), one.why) for one in aside]
    return share["leak"], tuple(sorted(now, key=lambda one: -one.probability))


CAUSE = {
    "heat": "cooling",
    "unmetered flow": "crew and removal",
    "supply": "supply",
    "step": "airlock, vent or docking",
    "small step": "airlock, vent or docking",
    "transfer": "airlock, vent or docking",
    "sensor drift": "sensor drift",
    "sensor step": "sensor step",
}


def _log_uniform_evidence(loss_per_s: float, sd_per_s: float, setting: priors.Setting) -> float:
    """Log-likelihood ratio of a loss known as N(loss, sd^2), averaged over leaks flat in the logarithm.

    The grid follows the measurement, not fixed rates: a sharp one must not fall between two of them.
    """
    low, high = (float(priors.LEAK_KG_DAY[k]) / DAY_S / setting.mass_kg for k in (0, -1))
    start, stop = max(low, loss_per_s - 8.0 * sd_per_s), min(high, max(loss_per_s, low) + 8.0 * sd_per_s)
    if stop <= start:
        return -np.inf
    rate = np.linspace(start, stop, 801)
    log_ratio = 0.5 * (loss_per_s / sd_per_s) ** 2 - 0.5 * ((rate - loss_per_s) / sd_per_s) ** 2
    step = float(rate[1] - rate[0])
    return float(np.logaddexp.reduce(log_ratio - np.log(rate)) + np.log(step) - np.log(np.log(high / low)))


def _heat_per_s(setting: priors.Setting, age_s: Floats) -> Floats:
    """Spread of the apparent loss that unseen heat can make if it began this long ago."""
    total = priors.UPSET_SIGMAS * setting.heat_k / setting.temperature_k
    return np.asarray(total / np.maximum(age_s, priors.UPSET_SHORTEST_S))


def family(name: str) -> str:
    """An explanation without the name of its sensor."""
    return " ".join(name.split()[:2]) if name.startswith("sensor") else name
