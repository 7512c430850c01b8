"""A plan in words: why this step, what follows from a find, what to do after."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hullwatch.records import Interval, PlanSide
from hullwatch.response.isolation.state import Situation, homes, people_of
from hullwatch.response.isolation.together import Together
from hullwatch.response.isolation.tree import Outlook
from hullwatch.units import DAY_S, HOUR_S
from hullwatch.vehicle.facts import Vehicle

SECOND_LEAK = 0.02
"""Prior probability that the ship has a second leak of like size [c]."""


FIELDS: Mapping[str, str] = {
    "manner": "step_by_step; all_at_once: shut every compartment by itself; isolated: nothing is left to tell apart",
    "why": "sentence",
    "branches": "one for each pressure group that may hold the leak, likeliest first: a side, as below",
    "branches[].suspects": "compartments that may hold the leak",
    "branches[].probability": "of the leak being among them, 0 to 1",
    "branches[].compartments": "everything on this side of the hatch",
    "branches[].people": "who stands on this side, with their own craft",
    "branches[].stays_shut": "true when the hatch just shut is not opened again if the leak is here",
    "branches[].seals": "hatches to shut around the compartment found",
    "branches[].given_up": "true when several suspects stay behind a hatch that cannot be opened in time",
    "branches[].then": "the next step, or null where the search ends",
    "branches[].then.opened": "hatches to open first",
    "branches[].then.shut": "hatches to shut",
    "branches[].then.work_s": "time to walk there and shut them, s",
    "branches[].then.reading_s": "mean time until the gauges tell, with openings in between, s",
    "branches[].then.readings": "closings the reading is made of",
    "branches[].then.limit_s": "longest a closing may last, s; null where the hatch is not opened again",
    "branches[].then.sides": "the two answers: sides, as above, and so on",
    "rate_kg_s": "the leak planned for, kg/s: interval",
    "time_s": "mean time until the leak is isolated, s: interval",
    "worst_s": "the same in the unluckiest branch, s: interval",
    "gas_kg": "gas lost until then, kg: interval",
    "closures": "mean number of closures, step by step",
    "most_closures": "largest number",
    "stepwise_s": "mean time step by step, s: interval",
    "together_s": "mean time if everything is shut at once, s: interval",
    "switch_over_kg_s": "rate above which step by step is better on this ship, kg/s: interval, or null",
    "set_aside": "other first closures: [{what, more, why}], more in s, kg or closures as the objective is",
    "cut_off": "sentences: people who cannot reach a healthy seat as things stand, and what is least bad",
    "warnings": "sentences: what a find would mean for craft and crew, and where the air may not last",
    "afterwards": "sentence: what to watch once the leak is isolated",
}
"""Fields of the JSON form of an Advice."""


def span(seconds: float) -> str:
    """A time as people say it."""
    for size, unit in ((DAY_S, "days"), (HOUR_S, "h"), (60.0, "min")):
        if seconds >= 2.0 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"


def span_range(time: Interval) -> str:
    """A time with its interval."""
    return f"{span(time.median)} ({span(time.low)} to {span(time.high)})"


def percent(p: float) -> str:
    """A probability."""
    if p > 0.99:
        return "over 99.9 %" if p > 0.999 else f"{100.0 * p:.1f} %"
    return f"{100.0 * p:.0f} %" if p >= 0.01 else f"{100.0 * p:.2g} %"


def some(names: Sequence[str], most: int = 4) -> str:
    """A list, cut short."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def step_why(side: PlanSide, aim: str) -> str:
    """Why the next closure is the one it is."""
    step = side.then
    if step is None:
        if side.given_up:
            return f"The leak is behind a shut hatch with {some(side.suspects)}, and cannot be told apart there in time"
        seals = f": shut {', '.join(side.seals)}" if side.seals else ", behind shut hatches already"
        return f"Only {side.suspects[0]} is left{seals}"
    a, b = step.sides
    shares = [s.probability / max(a.probability + b.probability, 1e-300) for s in (a, b)]
    fate = reopen_words(step.limit_s, [a.stays_shut, b.stays_shut])
    several = f" in {step.readings} closings with the hatch open in between" if step.readings > 1 else ""
    gain = {"gas": "gas lost", "closures": "number of closures"}.get(aim, "time to isolation")
    return (
        f"Of all orders of closing hatches, the one that starts here has the least expected {gain}. It parts "
        f"{percent(shares[0])} of the probability from {percent(shares[1])}, takes {span(step.work_s)} to shut and "
        f"{span(step.reading_s)} to read{several}. {fate}"
    )


def reopen_words(limit_s: float | None, stays_shut: Sequence[bool]) -> str:
    """Whether and until when a hatch that is shut is opened again."""
    if all(stays_shut):
        return "The hatch stays shut"
    if limit_s is None:
        return "It is opened again if the search goes on"
    return f"It can stay shut for {span(limit_s)} before the pressure difference keeps it from being opened"


def groups_why(reading_s: float) -> str:
    """Why gauges are read before anything is shut."""
    return (
        "Hatches are shut between groups that may each hold the leak: only one of them goes on falling, and the gauges "
        f"tell which within {span(reading_s)}"
    )


def together_why(once: Together, plan: Outlook, aim: str) -> str:
    """Why everything is shut at once."""
    unit = (lambda x: f"{x:.2g} kg") if aim == "gas" else span
    return (
        f"The leak is slow: one long reading behind all hatches, {unit(once.mean)} on the average, beats "
        f"{unit(plan.mean)} of one closure after the other. Gauges of the shut compartments are read as they go, those "
        f"without a gauge by hand after {span(once.wait_s)}"
    )


def consequences(
    vehicle: Vehicle, now: Situation, group: Sequence[str], suspects: Sequence[str], worst: Interval, once: Together
) -> tuple[str, ...]:
    """What a find may mean for people, and where the search may outlast the air; sentences."""
    said = []
    for craft in homes(vehicle, now):
        names = some(people_of(vehicle, craft))
        if craft.returns is not None and craft.returns in suspects:
            p = now.probability[craft.returns] / sum(now.probability.values())
            said.append(
                f"If the leak is in {craft.returns} ({percent(p)}), {names} have no healthy seat, whatever the order "
                "of closing: the least bad is to find it soon"
            )
        if craft.port in suspects:
            said.append(
                f"If it is in {craft.port}, {names} board {craft.name} before the hatches around it are shut, and "
                "cannot come back through it"
            )
    limit = next((x for x in vehicle.limits if x.quantity == "pressure" and x.alarm_class == "emergency"), None)
    if limit is not None and now.pressure_pa > limit.value_pa.value:
        volume = sum(vehicle.compartment(c).volume_m3.value for c in group)
        mass = now.density_kg_m3 * volume
        reserve = mass / now.rate_kg_s.median * math.log(now.pressure_pa / limit.value_pa.value)
        if worst.median > reserve:
            said.append(
                f"The unluckiest branch takes {span(worst.median)}, but the limit {limit.id} is reached after "
                f"{span(reserve)} with all of this group leaking: give the search up before then and board the craft"
            )
    if once.past_limit:
        said.append(
            "If everything is shut at once, the hatch of a small compartment that leaks can afterwards be opened "
            f"through its equalising valve only ({len(once.past_limit)} compartments)"
        )
    return tuple(said)


def afterwards_words(rest_s: float) -> str:
    """What to do once the leak is isolated."""
    return (
        f"When the leak is isolated, watch the rest for {span(rest_s)}: if it still falls there is a second leak "
        f"(taken to be {percent(SECOND_LEAK)} likely [c]), and the plan is made again for what is left. Both sides "
        "of a hatch falling at once says the same"
    )


def plan_words(advice: Mapping[str, Any], title: str) -> str:
    """A plan, as its JSON form has it, for a person: next step, reasons, tree, what was set aside."""
    rate = {key: DAY_S * x for key, x in advice["rate_kg_s"].items()}
    lines = [
        f"{title}: leak of {rate['median']:.3g} ({rate['low']:.3g} to {rate['high']:.3g}) kg/day",
        "",
        *(f"FIRST: {said}." for said in advice["cut_off"]),
        f"NEXT: {next_words(advice)}.",
        f"Why: {advice['why']}.",
        "",
        f"Expected until isolated: {span_range(Interval(**advice['time_s']))}; unluckiest branch "
        f"{span_range(Interval(**advice['worst_s']))}; gas lost {_kg(advice['gas_kg'])}.",
        f"Step by step: {span_range(Interval(**advice['stepwise_s']))}, {advice['closures']:.1f} closures on the "
        f"average, at most {advice['most_closures']}.",
        _manners(advice),
    ]
    if advice["set_aside"]:
        lines += ["", "Set aside for now:"]
        lines += [f"  {other['what']}: {other['why']}" for other in advice["set_aside"]]
    lines += ["", "The plan; what falls has the leak, a hatch is opened again unless it is said to be left shut:"]
    for branch in advice["branches"]:
        if len(advice["branches"]) > 1:
            lines.append(f"if the group of {some(branch['compartments'], 3)} falls ({percent(branch['probability'])}):")
        lines += _tree(branch, "  " if len(advice["branches"]) > 1 else "")
    lines += ["", *(f"! {warning}." for warning in advice["warnings"]), f"{advice['afterwards']}."]
    return "\n".join(lines)


def _kg(gas: Mapping[str, float]) -> str:
    return f"{gas['median']:.2g} ({gas['low']:.2g} to {gas['high']:.2g}) kg"


def next_words(advice: Mapping[str, Any]) -> str:
    """What to do next, of an advice in its JSON form."""
    if len(advice["branches"]) > 1:
        falls = ", ".join(f"{some(b['compartments'], 2)} {percent(b['probability'])}" for b in advice["branches"])
        return f"read the gauges: which of the {len(advice['branches'])} groups falls? ({falls})"
    step = advice["branches"][0]["then"]
    if advice["manner"] == "all_at_once":
        return "shut everything at once and read it all side by side"
    if step is None:
        first = advice["branches"][0]
        if first["given_up"] or not first["seals"]:
            return f"nothing to shut. {advice['why']}"
        return f"shut {' and '.join(first['seals'])}: only {first['suspects'][0]} is left"
    stand = [
        f"{', '.join(side['people'])} on the side of {some(side['compartments'], 2)}"
        for side in step["sides"] if side["people"]
    ]  # fmt: skip
    opened = f"open {', '.join(step['opened'])}, then " if step["opened"] else ""
    return f"{opened}shut {' and '.join(step['shut'])}. {'; '.join(stand)}"


def _manners(advice: Mapping[str, Any]) -> str:
    at_once = f"All at once: {span_range(Interval(**advice['together_s']))}."
    switch = advice["switch_over_kg_s"]
    if switch is None:
        return f"{at_once} No rate was found where the better manner changes."
    low, middle, high = (switch[end] * DAY_S for end in ("low", "median", "high"))
    return f"{at_once} Step by step is better above {middle:.2g} ({low:.2g} to {high:.2g}) kg/day on this ship."


def _tree(side: Mapping[str, Any], indent: str) -> list[str]:
    """A branch of the plan; an answer that ends the search stands in the line of its question."""
    lines: list[str] = []
    while side["then"] is not None:
        step = side["then"]
        small, large = sorted(step["sides"], key=lambda s: len(s["compartments"]))
        opened = f"open {', '.join(step['opened'])}; " if step["opened"] else ""
        question = f"{opened}shut {' + '.join(step['shut'])} ({span(step['work_s'] + step['reading_s'])})"
        named = some(small["compartments"], 3)
        ends = [s for s in (small, large) if s["then"] is None]
        if len(ends) == 2:
            return [*lines, f"{indent}{question}: {named} falls {_end(small)}, holds {_end(large)}"]
        if len(ends) == 1:
            word, other = ("falls", "holds") if ends[0] is small else ("holds", "falls")
            lines.append(f"{indent}{question}: {named} {word} {_end(ends[0])}")
            side = large if ends[0] is small else small
            if side["stays_shut"]:
                lines[-1] += f"; {other}: leave it shut"
            continue
        lines.append(f"{indent}{question}:")
        for outcome, word in ((small, "falls"), (large, "holds")):
            fate = "leave it shut" if outcome["stays_shut"] else "open it again"
            lines += [f"{indent}  if {named} {word} ({percent(outcome['probability'])}), {fate}, then"]
            lines += _tree(outcome, indent + "    ")
        return lines
    return [*lines, f"{indent}{_end(side)}"]


def _end(side: Mapping[str, Any]) -> str:
    if side["given_up"]:
        return f"= one of {', '.join(side['suspects'])}, shut off together"
    seals = f", shut also {', '.join(side['seals'])}" if side["seals"] else ""
    return f"= {side['suspects'][0]} {percent(side['probability'])}{seals}"
