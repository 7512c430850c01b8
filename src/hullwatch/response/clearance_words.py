"""Whether a patch holds, in words: the answer, what a known check's own rule says, what else could look like this."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hullwatch.physics.gas import AIR_MOLAR_MASS, H2O, MOLAR_MASS
from hullwatch.response.breathing import WATER_KG_DAY, as_air_kg_day, breathed_mol_s
from hullwatch.response.clearance_case import USUAL_K, fall_in
from hullwatch.response.hold import Readings, Room
from hullwatch.units import HOUR_S, mmhg, span

CHECK_S = 1800.0
"""Of a Soyuz leak check [a:S08]."""

FIELDS = {
    "verdict": "holds, does_not_hold or cannot_be_said",
    "because": "why, in words",
    "held_s": "from the first reading to the last",
    "decided_after_s": "when the verdict fell, from the first reading; null if it has not",
    "readings": "how many",
    "last_mmhg": "the last reading",
    "fall_mmhg": "first reading less the last",
    "rate_mmhg_h": "loss of gas as a fall of pressure, interval; negative comes in",
    "rate_kg_day": "the same as mass, interval; null without a volume",
    "limit_mmhg_h": "the limit, as a fall of pressure here",
    "limit": "the limit, as it was given",
    "log_ratio_leak": "ln of odds of the evidence: a leak at the limit or beyond, against a tight wall",
    "log_ratio_limit": "the same for a leak just at the limit: what holding has to rule out",
    "log_ratio_inflow": "the same for a gain of gas as large",
    "earliest_after_s": "when a verdict would fall on the mean: holds (if tight), does_not_hold (if at the limit), "
    "as_it_seems",
    "new_leak_after_s": "when gas was found to go again after it held; null if not",
    "risk": "false_leak and false_hold",
    "people": "how many were said to breathe in there",
    "breathed_kg_day": "what they take out of the air, as air: median and outermost of nine nodes; not in the rates",
    "rule": "what a known check's own rule makes of the readings; null without one",
    "set_aside[]": "cause and why: what else could look like this",
}
"""What --json prints."""


def rule_words(readings: Readings) -> str:
    """What the check's own rule makes of the readings: the fall in its half hour, nothing taken out."""
    held = float(readings.time_s[-1] - readings.time_s[0])
    fall = mmhg(fall_in(readings.time_s, readings.pressure_pa, min(held, CHECK_S)))
    if fall > 1.0:
        return f"{fall:.2g} mmHg in {min(held, CHECK_S) / 60.0:.3g} min, more than 1 mmHg in 30 min: fails"
    if held < CHECK_S:
        return f"{fall:.2g} mmHg in {held / 60.0:.3g} min; 30 min are not over"
    return f"{fall:.2g} mmHg in 30 min, no more than 1 mmHg: passes"


def people_why(people: float, co2: str) -> str:
    """What people inside do to the air, as it is taken out of the answer."""
    found = breathed(people, co2)
    if found is None:
        return (
            "nobody breathes in there, as nothing else was said (--people): one person takes as much as 0.1 kg/day, "
            "or 0.8 where carbon dioxide is taken out"
        )
    fate = {"stays": "carbon dioxide stays in the air", "removed": "carbon dioxide is taken out of the air"}.get(
        co2, "whether carbon dioxide is taken out is not known (--co2)"
    )
    vapour = people * WATER_KG_DAY / (MOLAR_MASS[H2O] / AIR_MOLAR_MASS)
    much = f"{found['median']:.2g} ({found['low']:.2g} to {found['high']:.2g}) kg/day"
    return (
        f"{people:g} breathing take as much as {much} of air out of it, {fate}: taken out of the rates "
        f"given. Their water is not: until a condenser or damp walls hold it, it comes in like {vapour:.2g} kg/day"
    )


def breathed(people: float, co2: str) -> dict[str, float] | None:
    """What people take out of the air, kg/day of air: median and outermost nodes."""
    if people == 0.0:
        return None
    nodes = as_air_kg_day(breathed_mol_s(people, co2))
    return {"median": float(np.median(nodes)), "low": float(nodes[0]), "high": float(nodes[-1])}


def set_aside(
    said: Mapping[str, Any], room: Room, thermometer: bool, neighbour_pa: float | None, people: str = ""
) -> list[dict[str, str]]:
    """What else could look like this, and how far it was ruled out; people: what was said of those inside."""
    hours = max(said["held_s"] / HOUR_S, 1e-9)
    heat = room.heat_k / USUAL_K * mmhg(1e5) * math.sqrt(2.0)
    steps, noise = mmhg(room.quantum_pa), mmhg(room.noise_pa)
    why = {
        "warmth": f"{room.heat_k:g} K that no thermometer shows is {heat:.2g} mmHg between two moments, "
        f"{heat / hours:.2g} mmHg/h over this hold; part of the test",
        "gauge": f"steps of {steps:.2g} mmHg and noise of {noise:.2g} mmHg; part of the test; a drifting gauge is not: "
        "read a second one",
        "hatch seal": "not ruled out: the pressure on the other side is not given (--neighbour); a compartment fed "
        "through its hatch seems to hold",
    }
    if neighbour_pa is not None:
        beside = mmhg(neighbour_pa)
        higher = beside > said["last_mmhg"] + 1.0
        why["hatch seal"] = (
            f"the other side is at {beside:.0f} mmHg, higher than here: gas may come in there and hide a leak"
            if higher
            else f"ruled out: the other side is at {beside:.0f} mmHg, no higher than here"
        )
    if people:
        why["people"] = people
    if not thermometer:
        why["temperature"] = "no thermometer was read: a steady trend of warmth counts as gas"
    return [{"cause": cause, "why": text} for cause, text in why.items()]


def words_of(said: Mapping[str, Any]) -> str:
    """The answer in a few lines."""
    title = {"holds": "HOLDS", "does_not_hold": "DOES NOT HOLD", "cannot_be_said": "CANNOT BE SAID YET"}[
        said["verdict"]
    ]
    risk = said["risk"]["false_leak" if said["verdict"] == "does_not_hold" else "false_hold"]
    lines = [f"{title}: {said['because']}."]
    if said["decided_after_s"] is not None:
        verb = "found to hold" if said["new_leak_after_s"] is not None else "said"
        lines.append(f"  {verb} after {span(said['decided_after_s'])}, at a risk of {risk:g}; limit {said['limit']}.")
    if said["rule"] is not None:
        lines.append(f"  the rule as it is written: {said['rule']}.")
    rate = said["rate_mmhg_h"]
    line = (
        f"  pressure fell by {said['fall_mmhg']:.3g} mmHg in {span(said['held_s'])}; gas goes at {rate['median']:.3g} "
        f"({rate['low']:.3g} to {rate['high']:.3g}) mmHg/h"
    )
    if said["rate_kg_day"] is not None:
        kg = said["rate_kg_day"]
        line += f", {kg['median']:.3g} ({kg['low']:.3g} to {kg['high']:.3g}) kg/day"
    lines.append(f"{line}; the limit is {said['limit_mmhg_h']:.3g} mmHg/h here.")
    when = said["earliest_after_s"]
    if when:
        lines.append(
            f"  earliest, from the first reading: holds after {span(when['holds'])}, does not hold after "
            f"{span(when['does_not_hold'])}; as it seems now after {span(when['as_it_seems'])}."
        )
    if said["new_leak_after_s"] is not None:
        lines.append(
            f"  gas goes again: found {span(said['new_leak_after_s'])} after the first reading; the rate is that since."
        )
    lines += [f"  set aside  {aside['cause']}: {aside['why']}" for aside in said["set_aside"]]
    return "\n".join(lines)
