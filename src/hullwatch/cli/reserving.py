"""The verb that says how long there is: to each limit, for the people of each craft, and if a hatch is shut now."""

import json
from typing import Annotated, Any

import typer

from hullwatch.cli.asking import JsonOption, VehicleOption, vehicle_in

READ_NOISE_PA, STEP_PA = 33.0, 133.3  # what a person reads off a manovacuummeter of 1 mmHg [c]

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


def reserve(
    source: Annotated[
        str, typer.Argument(help="CSV or Parquet of a gauge: time, pressure_mmhg. Or --rate, --reading.")
    ] = "",
    vehicle: VehicleOption = "",
    rate: Annotated[
        str, typer.Option(help='How fast: "0.8 +- 0.1 mmHg/h" (as a gauge shows), "25 kg/day", or a hole: "2 mm".')
    ] = "",
    reading: Annotated[
        list[str] | None, typer.Option(help='A gauge reading, twice or more: "751 mmHg at 0 min".')
    ] = None,
    opened: Annotated[
        str, typer.Option(help='How long ago it began, if under half an hour: "2 min". Takes the early cooling out.')
    ] = "",
    pressure: Annotated[
        str, typer.Option(help="Pressure now, with its doubt; default: the last reading, or nominal.")
    ] = "",
    ppo2: Annotated[str, typer.Option(help="Oxygen pressure now; default: nominal.")] = "",
    place: Annotated[str, typer.Option("--in", help="Compartment that leaks, if known.")] = "",
    shut: Annotated[list[str] | None, typer.Option(help="Hatch that is shut already. May be repeated.")] = None,
    close: Annotated[list[str] | None, typer.Option(help="What if this hatch is shut now. May be repeated.")] = None,
    tank: Annotated[str, typer.Option(help='Makeup gas: "50 kg of air at 4 kg/h" (air, N2 or O2).')] = "",
    people: Annotated[
        float, typer.Option(help="People whose oxygen nobody makes and whose CO2 nobody removes.", min=0.0)
    ] = 0.0,
    retreat: Annotated[str, typer.Option(help="What the crew needs to be behind the hatch of its craft.")] = "10 min",
    law: Annotated[str, typer.Option(help="unknown, hole or crack.")] = "unknown",
    as_json: JsonOption = False,
) -> None:
    """Say how long there is to each limit, with its interval, and what the crew's two formulas say beside it."""
    from hullwatch.cli.with_doubt import quantity
    from hullwatch.response import reserve as ahead
    from hullwatch.response import reserve_parts as parts
    from hullwatch.vehicle.load import load_vehicle

    ship = load_vehicle(vehicle or vehicle_in(source))
    hatches = _open(ship, shut or [])
    state, wall = _state(ship, hatches, source, rate, reading or [], opened, pressure, ppo2, place)
    supposed = _supposed(law, tank, people, wall)
    limits = [limit for limit in ship.limits if limit.side == "low" or people > 0.0]
    alone = ahead.Supposed(supposed.crack_share, None, people, wall)
    found = ahead.reserve_times(state, ship, limits, alone)
    fed = ahead.reserve_times(state, ship, limits, supposed) if supposed.tank else ()
    back = quantity("retreat", retreat, "s")[0]
    chance = {c.id: c.leak_weight for c in ship.compartments}
    if place:
        chance = {place: 1.0}
    closings = [(hatch, parts.if_shut(state, ship, hatch, hatches, chance, limits, supposed)) for hatch in close or []]
    said = _said(ship, state, limits, found, fed, parts.crew_times(ship, state, fed or found, back), closings, alone)
    typer.echo(json.dumps(said) if as_json else _words(said))


def _open(ship: Any, shut: list[str]) -> frozenset[str]:
    """The hatches that stand open."""
    from hullwatch.errors import OutOfRange
    from hullwatch.vehicle.graph import default_open

    known = {h.id for h in ship.hatches}
    for hatch in shut:
        if hatch not in known:
            raise OutOfRange("shut", None, f"{hatch!r} is no hatch of {ship.name}; it has {', '.join(sorted(known))}")
    return default_open(ship) - frozenset(shut)


def _state(
    ship: Any, hatches: frozenset[str], source: str, rate: str, texts: list[str], opened: str, pressure: str, ppo2: str,
    place: str,
) -> tuple[Any, float | None]:  # fmt: skip
    """The group that leaks, as the user describes it; and the walls' time constant if the readings taught one."""
    import numpy as np

    from hullwatch.cli.with_doubt import quantity, readings, record, step_of
    from hullwatch.errors import OutOfRange
    from hullwatch.physics.gas import AIR_MOLAR_MASS, amount
    from hullwatch.records import GroupState
    from hullwatch.response.reserve import wall_time_of
    from hullwatch.response.reserve_fit import Gauge, fit_fall
    from hullwatch.units import MMHG_PA
    from hullwatch.vehicle.graph import pressure_groups

    if sum(map(bool, (source, rate, texts))) != 1:
        raise OutOfRange("rate", None, "say how fast in one way: a file, --rate, or --reading twice or more")
    groups = pressure_groups(ship, hatches)
    if place and all(place not in group for group in groups):
        raise OutOfRange("in", None, f"{place!r} is no compartment of {ship.name}")
    size = {c.id: c.volume_m3.value for c in ship.compartments}
    group = next(g for g in groups if place in g) if place else max(groups, key=lambda g: sum(size[c] for c in g))
    room = [c for c in ship.compartments if c.id in group]
    volume, doubt = sum(c.volume_m3.value for c in room), float(np.sqrt(sum(c.volume_m3.sd**2 for c in room)))
    air, warm = ship.atmosphere, ship.atmosphere.temperature_k.value
    wall = wall_time_of(group, ship)
    ago = quantity("opened", opened, "s")[0] if opened else None
    fall, learned = None, None
    now, now_sd = air.pressure_pa.value, MMHG_PA
    if not rate:
        time_s, pressure_pa = record(source)[:2] if source else readings(texts)
        heat = ship.thermal
        unmetered = ship.supply.unmetered_kg_s / (1.2 * ship.volume_m3)
        step = step_of(pressure_pa) if source else STEP_PA
        noise = (
            max(float(np.median(np.abs(np.diff(pressure_pa, 2)))) / 1.65, 0.1 * step, 0.5)
            if source and pressure_pa.size > 9
            else READ_NOISE_PA
        )
        if time_s.size > 600:
            raise OutOfRange("readings", float(time_s.size), "600 readings at most: give the last of them, or means")
        gauge = Gauge(noise, step, heat.blind_residual_k, heat.residual_s, unmetered)
        onset = None if ago is None else float(time_s[-1]) - ago
        fall = fit_fall(time_s, pressure_pa, gauge, wall, warm, onset, 0.1 * ago if ago and time_s.size > 2 else 0.0)
        now, learned = fall.pressure_pa, fall.wall_time_s
    if pressure:
        now, sd, _ = quantity("pressure", pressure, "pascal")
        now_sd = sd or now_sd
    molar = float(amount(now, volume, warm)) * AIR_MOLAR_MASS
    loss, loss_sd, cooled = (
        _loss(ship, rate, now, volume, molar, ago, wall)
        if fall is None
        else (fall.loss_per_s, fall.loss_sd_per_s, fall.cooled)
    )
    oxygen = quantity("ppo2", ppo2, "pascal")[0] if ppo2 else air.ppo2_pa.value * now / air.pressure_pa.value
    if not now > 0.0 or not 0.0 < oxygen < now:
        raise OutOfRange("pressure", now, "a pressure above zero and above its oxygen's")
    return GroupState(
        0, group, 0.0, volume, doubt, now, warm * float(np.exp(cooled)), molar, 0.0, loss, loss_sd, True, oxygen, 1,
        cooled, float(np.hypot(now_sd, fall.pressure_sd_pa if fall else 0.0)),
    ), learned  # fmt: skip


def _loss(
    ship: Any, rate: str, pressure_pa: float, volume_m3: float, mass_kg: float, ago: float | None, wall_s: float
) -> tuple[float, float, float]:
    """Relative loss, its standard deviation and the cooling so far, from a rate as the user gives it."""
    import numpy as np

    from hullwatch.cli.with_doubt import SIGMAS, TYPED_DOUBT, quantity
    from hullwatch.physics.gas import AIR_GAMMA, AIR_MOLAR_MASS
    from hullwatch.physics.orifice import orifice_flow, round_hole_area

    value, sd, unit = quantity("rate", rate, "pascal/s", "kg/s", "m")
    sd = sd or TYPED_DOUBT * value / SIGMAS
    if not value > 0.0:
        from hullwatch.errors import OutOfRange

        raise OutOfRange("rate", value, "a rate above zero; a gas that does not go has no reserve time")
    warm = ship.atmosphere.temperature_k.value
    settled = 1.0 - float(np.exp(-AIR_GAMMA * ago / wall_s)) if ago is not None else 1.0
    if unit == "pascal/s":
        # a slope read while the gas still cools is that much steeper than its loss
        steeper = 1.0 + (AIR_GAMMA - 1.0) * (1.0 - settled)
        loss, share = value / pressure_pa / steeper, sd / value
    elif unit == "kg/s":
        loss, share = value / mass_kg, float(np.hypot(sd / value, _volume_share(ship)))
    else:
        cd = ship.discharge_coefficient
        flow = orifice_flow(pressure_pa, 0.0, warm, AIR_MOLAR_MASS, AIR_GAMMA, round_hole_area(value, cd.value))
        loss, share = (
            flow / mass_kg,
            float(np.sqrt((2.0 * sd / value) ** 2 + (cd.sd / cd.value) ** 2 + _volume_share(ship) ** 2)),
        )
    return loss, share * loss, -(AIR_GAMMA - 1.0) / AIR_GAMMA * loss * wall_s * settled


def _volume_share(ship: Any) -> float:
    import numpy as np

    return float(np.sqrt(sum(c.volume_m3.sd**2 for c in ship.compartments))) / float(ship.volume_m3)


def _supposed(law: str, tank: str, people: float, wall: float | None) -> Any:
    """What is taken to be so."""
    import re

    from hullwatch.cli.with_doubt import quantity
    from hullwatch.errors import OutOfRange
    from hullwatch.response.reserve import CRACK_SHARE, Supposed, Tank

    shares = {"unknown": CRACK_SHARE, "hole": 0.0, "crack": 1.0}
    if law not in shares:
        raise OutOfRange("law", None, f"{law!r} is not known; allowed are {', '.join(shares)}")
    held = None
    if tank:
        gases = {"air": (0.21, 0.79, 0.0, 0.0), "n2": (0.0, 1.0, 0.0, 0.0), "o2": (1.0, 0.0, 0.0, 0.0)}
        match = re.fullmatch(r"\s*(.+?)\s+of\s+(\w+)\s+at\s+(.+)", tank)
        if match is None or match[2].lower() not in gases:
            raise OutOfRange("tank", None, f'{tank!r}: write "50 kg of air at 4 kg/h", of air, N2 or O2')
        mass, flow = quantity("tank", match[1], "kg")[0], quantity("tank", match[3], "kg/s")[0]
        if not (mass > 0.0 and flow > 0.0):
            raise OutOfRange("tank", min(mass, flow), "a mass and a flow above zero")
        held = Tank(mass, flow, gases[match[2].lower()])
    return Supposed(shares[law], held, people, wall)


def _said(
    ship: Any, state: Any, limits: Any, found: Any, fed: Any, crew: Any, closings: Any, supposed: Any
) -> dict[str, Any]:
    """The answer as JSON values; times in seconds, intervals {median, low, high} at 90 %."""
    import numpy as np

    from hullwatch.response.reserve import crew_formulas

    rows = []
    with_tank = {f.limit: f for f in fed}
    for limit, forecast in zip(limits, found, strict=True):
        row = {"limit": limit.id, "quantity": limit.quantity, "value_pa": limit.value_pa.value, **_time(forecast)}
        row["linear_s"] = row["exponential_s"] = None
        if limit.quantity == "pressure":
            formulas = crew_formulas(state, ship, limit.value_pa.value, supposed)
            row["linear_s"], row["exponential_s"] = (f if np.isfinite(f) else None for f in formulas)
        row["with_tank"] = _time(with_tank[limit.id]) if with_tank else None
        rows.append(row)
    return {
        "vehicle": ship.name,
        "compartments": list(state.compartments),
        "volume_m3": state.volume_m3,
        "pressure_pa": state.pressure_pa,
        "loss_per_s": {"median": state.loss_per_s, "sd": state.loss_sd_per_s},
        "rate_kg_day": state.loss_per_s * state.mass_kg * 86_400.0,
        "limits": rows,
        "crew": [
            {
                "craft": c.craft,
                "people": list(c.people),
                "limit": c.limit,
                "time_s": c.time_s.as_dict() if c.time_s else None,
                "abandon_s": c.abandon_s,
            }
            for c in crew
        ],
        "if_shut": [{"hatch": hatch, "sides": [_side(s) for s in sides]} for hatch, sides in closings],
    }


def _time(forecast: Any) -> dict[str, Any]:
    time = forecast.reserve_time_s
    return {"reserve_time_s": time.as_dict() if time else None, "why": forecast.why}


def _side(side: Any) -> dict[str, Any]:
    return {
        "compartments": list(side.compartments),
        "volume_m3": side.volume_m3,
        "probability": side.probability,
        "hole_here": [{"limit": f.limit, **_time(f)} for f in side.if_here],
        "hole_elsewhere": [{"limit": f.limit, **_time(f)} for f in side.if_not],
        "hatch_can_be_opened_s": side.pulled_s.as_dict() if side.pulled_s else None,
        "half_mmhg_rule_s": side.rule_s.as_dict() if side.rule_s else None,
    }


def _words(said: dict[str, Any]) -> str:
    """The answer as a table and a few lines."""
    from hullwatch.cli.with_doubt import span, spans
    from hullwatch.records import Interval
    from hullwatch.units import mmhg

    def long(time: Any, why: str = "") -> str:
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
