"""The verb that says how long there is: to each limit, for the people of each craft, and if a hatch is shut now."""

import json
from typing import Annotated, Any

import typer

from hullwatch.cli.asking import JsonOption, VehicleOption, vehicle_in

STEP_PA = 133.3
"""Step of a gauge that is read by hand, 1 mmHg [c]."""


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
    from hullwatch.response import reserve_words as words
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
    said = words.as_dict(
        ship, state, limits, found, fed, parts.crew_times(ship, state, fed or found, back), closings, alone
    )
    typer.echo(json.dumps(said) if as_json else words.words_of(said))


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

    from hullwatch.cli.with_doubt import quantity, readings, record
    from hullwatch.errors import OutOfRange
    from hullwatch.physics.gas import AIR_MOLAR_MASS, amount
    from hullwatch.records import GroupState
    from hullwatch.response.gauge import noise_of, step_of
    from hullwatch.response.reserve import wall_time_of
    from hullwatch.response.reserve_fit import Gauge, fit_fall
    from hullwatch.response.reserve_rate import loss_of
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
        noise = noise_of(pressure_pa, step, not source)
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
    if fall is None:
        loss, loss_sd, cooled = loss_of(ship, _stated(rate), now, molar, ago, wall)
    else:
        loss, loss_sd, cooled = fall.loss_per_s, fall.loss_sd_per_s, fall.cooled
    oxygen = quantity("ppo2", ppo2, "pascal")[0] if ppo2 else air.ppo2_pa.value * now / air.pressure_pa.value
    if not now > 0.0 or not 0.0 < oxygen < now:
        raise OutOfRange("pressure", now, "a pressure above zero and above its oxygen's")
    return GroupState(
        0, group, 0.0, volume, doubt, now, warm * float(np.exp(cooled)), molar, 0.0, loss, loss_sd, True, oxygen, 1,
        cooled, float(np.hypot(now_sd, fall.pressure_sd_pa if fall else 0.0)),
    ), learned  # fmt: skip


def _stated(rate: str) -> tuple[float, float, str]:
    """A rate as it was typed: value, standard deviation, unit."""
    from hullwatch.cli.with_doubt import SIGMAS, TYPED_DOUBT, quantity
    from hullwatch.errors import OutOfRange
    from hullwatch.response.reserve_rate import UNITS

    value, sd, unit = quantity("rate", rate, *UNITS)
    if not value > 0.0:
        raise OutOfRange("rate", value, "a rate above zero; a gas that does not go has no reserve time")
    return value, sd or TYPED_DOUBT * value / SIGMAS, unit


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
