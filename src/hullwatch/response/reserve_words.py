"""How long there is, as JSON values and as a table with a few lines."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from hullwatch.records import Forecast, GroupState, Interval
from hullwatch.response.reserve import Supposed, crew_formulas
from hullwatch.response.reserve_parts import CrewTime, Side
from hullwatch.units import DAY_S, SPANS, mmhg, span
from hullwatch.vehicle.facts import Limit, Vehicle

FIELDS = {
    "vehicle": "its name",
    "compartments": "those with one air",
    "volume_m3": "of them",
    "pressure_pa": "now",
    "loss_per_s": "relative loss of gas: median and sd",
    "rate_kg_day": "the same as mass, median",
    "limits[]": "limit, quantity, value_pa, reserve_time_s (interval or null), why, linear_s and exponential_s by the "
    "crew's formulas, with_tank (the same with the tank, or null)",
    "crew[]": "craft, people, limit that forces them out, time_s (interval), abandon_s: when they have to turn back",
    "if_shut[]": "hatch, and sides[] of compartments, volume_m3, probability of the hole, hole_here[] and "
    "hole_elsewhere[] (limit, reserve_time_s, why), hatch_can_be_opened_s, half_mmhg_rule_s",
}
"""What --json prints."""


def as_dict(
    ship: Vehicle, state: GroupState, limits: Sequence[Limit], found: Sequence[Forecast], fed: Sequence[Forecast],
    crew: Sequence[CrewTime], closings: Sequence[tuple[str, Sequence[Side]]], supposed: Supposed,
) -> dict[str, Any]:  # fmt: skip
    """The answer as JSON values; times in seconds, intervals {median, low, high} at 90 %."""
    rows: list[dict[str, Any]] = []
    with_tank = {f.limit: f for f in fed}
    for limit, forecast in zip(limits, found, strict=True):
        row: dict[str, Any] = {
            "limit": limit.id,
            "quantity": limit.quantity,
            "value_pa": limit.value_pa.value,
            **_time(forecast),
        }
        row["linear_s"] = row["exponential_s"] = None
        if limit.quantity == "pressure":
            formulas = crew_formulas(state, ship, limit.value_pa.value, supposed)
            row["linear_s"], row["exponential_s"] = (f if isfinite(f) else None for f in formulas)
        row["with_tank"] = _time(with_tank[limit.id]) if with_tank else None
        rows.append(row)
    return {
        "vehicle": ship.name,
        "compartments": list(state.compartments),
        "volume_m3": state.volume_m3,
        "pressure_pa": state.pressure_pa,
        "loss_per_s": {"median": state.loss_per_s, "sd": state.loss_sd_per_s},
        "rate_kg_day": state.loss_per_s * state.mass_kg * DAY_S,
        "limits": rows,
        "crew": [crew_row(c) for c in crew],
        "if_shut": [{"hatch": hatch, "sides": [side_row(s) for s in sides]} for hatch, sides in closings],
    }


def _time(forecast: Forecast) -> dict[str, Any]:
    time = forecast.reserve_time_s
    return {"reserve_time_s": time.as_dict() if time else None, "why": forecast.why}


def crew_row(time: CrewTime) -> dict[str, Any]:
    """The people of one craft, as JSON values."""
    return {
        "craft": time.craft,
        "people": list(time.people),
        "limit": time.limit,
        "time_s": time.time_s.as_dict() if time.time_s else None,
        "abandon_s": time.abandon_s,
    }


def side_row(side: Side) -> dict[str, Any]:
    """One side of a hatch if it is shut, as JSON values."""
    return {
        "compartments": list(side.compartments),
        "volume_m3": side.volume_m3,
        "probability": side.probability,
        "hole_here": [{"limit": f.limit, **_time(f)} for f in side.if_here],
        "hole_elsewhere": [{"limit": f.limit, **_time(f)} for f in side.if_not],
        "hatch_can_be_opened_s": side.pulled_s.as_dict() if side.pulled_s else None,
        "half_mmhg_rule_s": side.rule_s.as_dict() if side.rule_s else None,
    }


def words_of(said: Mapping[str, Any]) -> str:
    """The answer as a table and a few lines."""

    def long(time: Mapping[str, float] | None, why: str = "") -> str:
        return spans(Interval(**time)) if time else f"- {why}"

    share = said["loss_per_s"]["sd"] / max(said["loss_per_s"]["median"], 1e-30)
    lines = [
        f"{said['vehicle']}: {len(said['compartments'])} compartments with one air, {said['volume_m3']:.0f} m3 at "
        f"{mmhg(said['pressure_pa']):.0f} mmHg, losing {said['rate_kg_day']:.3g} kg/day (known to {share:.1%}).",
        f"  {'limit':18}{'at':>10}  {'time left, 90 %':34}{'linear':>12}{'exponential':>14}",
    ]
    for row in said["limits"]:
        lines.append(
            f"  {row['limit']:18}{mmhg(row['value_pa']):5.0f} mmHg  {long(row['reserve_time_s'], row['why']):34}"
            f"{span(row['linear_s']) if row['linear_s'] is not None else '':>12}"
            f"{span(row['exponential_s']) if row['exponential_s'] is not None else '':>14}"
        )
        if row["with_tank"]:
            lines.append(f"  {'  with the tank':30}{long(row['with_tank']['reserve_time_s'], row['with_tank']['why'])}")
    for crew in said["crew"]:
        if crew["abandon_s"] is None:
            lines.append(f"  {', '.join(crew['people'])} ({crew['craft']}): no limit forces them to leave.")
        else:
            until = f"turn back within {span(crew['abandon_s'])}, for {crew['limit']}"
            lines.append(f"  {', '.join(crew['people'])} ({crew['craft']}): {until}.")
    for closing in said["if_shut"]:
        lines.append(f"  if {closing['hatch']} is shut now:")
        if len(closing["sides"]) == 1:
            lines.append("    it parts nothing: air goes another way round")
            continue
        for side in closing["sides"]:
            names, size = side["compartments"], f"{side['volume_m3']:.0f} m3, probability {side['probability']:.0%}"
            beside = f" and {len(names) - 1} more" if len(names) > 1 else ""
            lines.append(f"    hole in {names[0]}{beside}, {size}:")
            lines += [f"      {f['limit']:18}{long(f['reserve_time_s'], f['why'])}" for f in side["hole_here"]]
            if side["hatch_can_be_opened_s"]:
                lines.append(f"      the hatch can be pulled open until {long(side['hatch_can_be_opened_s'])}")
                lines.append(f"      rule of half the time of 1 mmHg: {long(side['half_mmhg_rule_s'])}")
            kept = [f for f in side["hole_elsewhere"] if f["reserve_time_s"]]
            lines += [f"      without the hole: {f['limit']} {long(f['reserve_time_s'])}" for f in kept]
    return "\n".join(lines)


def spans(interval: Interval) -> str:
    """An interval of time, median and 90 %, in the unit of its median."""
    size, unit = next((pair for pair in SPANS if interval.median >= 2.0 * pair[0]), (1.0, "s"))
    low, high = interval.low / size, interval.high / size
    form = ".0f" if interval.median / size >= 100 or size == 1.0 else ".3g"
    return f"{interval.median / size:{form}} ({low:{form}} to {high:{form}}) {unit}"
