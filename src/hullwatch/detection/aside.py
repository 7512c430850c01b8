"""What else it may have been: every explanation set aside, with its probability and the reason.

Once a leak is followed and its doubting twin is gone, no candidates are left to weigh: `reweigh` then takes the one
number that is known, the loss with its doubt, and how long it has lasted.
"""

import numpy as np

from hullwatch.detection import priors
from hullwatch.estimators import change
from hullwatch.records import Floats, GroupState, SetAside
from hullwatch.units import DAY_S, HOUR_S, kg_day


def set_aside(found: dict[str, float], setting: priors.Setting, chosen: str, rate_per_s: float) -> tuple[SetAside, ...]:
    """Every other explanation with its probability and why it was set aside; `found`: of every one."""
    merged: dict[str, float] = {}
    for name, probability in found.items():
        key = CAUSE.get(family(name), name)
        own = CAUSE.get(family(chosen)) if not chosen.startswith("sensor") else None
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
