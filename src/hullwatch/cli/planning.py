"""The verb that plans which hatch to shut next."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hullwatch.cli.asking import JsonOption, VehicleOption, say_first_compile
from hullwatch.cli.leaving import RECORD, write

if TYPE_CHECKING:
    from hullwatch.records import Event, Interval
    from hullwatch.vehicle.facts import Vehicle


def plan(
    source: Annotated[Path | None, typer.Argument(help="Directory a watch left its record in; or give --rate.")] = None,
    rate: Annotated[str, typer.Option(help='Rate of the leak, "25 kg/day" or with a range "20..30 kg/day".')] = "",
    vehicle: VehicleOption = "",
    opened: Annotated[
        list[str] | None, typer.Option("--open", help="A hatch that is open now; again for more.")
    ] = None,
    closed: Annotated[
        list[str] | None, typer.Option("--closed", help="A hatch that is shut now; again for more.")
    ] = None,
    objective: Annotated[str, typer.Option(help="What to make least: time, gas or closures.")] = "time",
    hatch_limit: Annotated[
        str, typer.Option(help="When a shut hatch must be opened: training (half of a 1 mmHg drop) or force.")
    ] = "training",
    unfit: Annotated[list[str] | None, typer.Option(help="A craft nobody can go home in; again for more.")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Where somebody is, if not by their craft: NAME=COMPARTMENT.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Where to draw the plan; default: plan-VEHICLE.svg here.")] = None,
    at: Annotated[str, typer.Option(help="The record as it stood at this time of data, UTC; default: its end.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Plan which hatch to shut next to find and isolate a leak soonest, with nobody cut off from their seat."""
    from hullwatch.report.plan_drawing import plan_svg
    from hullwatch.response.isolation.advise import advise
    from hullwatch.response.isolation.state import homes, people_of
    from hullwatch.response.isolation.words import plan_words
    from hullwatch.vehicle.show import as_dict

    ship, now = _situation(source, rate, vehicle, set(opened or ()), set(closed or ()), at)
    now = _asked(now, objective, hatch_limit, unfit or [], where or [])
    say_first_compile("response/isolation", "search*.nbi", 30)
    advice, _ = advise(ship, now)
    plain = as_dict(ship)
    target = svg or Path(f"plan-{ship.name}.svg")
    people = {c.returns: people_of(ship, c) for c in homes(ship, now) if c.returns}
    said = advice.as_dict()
    low, middle, high = (said["rate_kg_s"][end] * 86_400.0 for end in ("low", "median", "high"))
    title = f"{ship.title}: leak of {middle:.3g} ({low:.3g} to {high:.3g}) kg/day, which hatch to shut next"
    write(target, plan_svg(said, plain["compartments"], plain["hatches"], now.open_hatches, people, title))
    typer.echo(json.dumps(said) if as_json else f"{plan_words(said, ship.title)}\n\ndrawing  {target}")


def _situation(
    source: Path | None, rate: str, vehicle: str, opened: set[str], closed: set[str], at: str
) -> tuple["Vehicle", Any]:
    """The ship, and the state of the search: from a record, or from a rate and the ship's usual state."""
    from hullwatch.errors import DescriptionError
    from hullwatch.response.isolation.state import Situation
    from hullwatch.vehicle.graph import default_open
    from hullwatch.vehicle.load import load_vehicle

    if (source is None) == (not rate):
        raise typer.BadParameter("give either the directory of a watch or --rate with --vehicle")
    if opened & closed:
        raise DescriptionError(
            "plan", "--open and --closed", sorted(opened & closed)[0], "one of the two: a hatch is open or shut"
        )
    if source is not None:
        return _recorded(source, vehicle, opened, closed, at)
    if at:
        raise typer.BadParameter("--at asks for a moment of a record: give the directory of a watch, not --rate")
    if not vehicle:
        raise typer.BadParameter("say which ship this is with --vehicle; `hullwatch vehicle list` shows them")
    ship = load_vehicle(vehicle)
    _hatches(ship, opened | closed)
    before = default_open(ship) | opened  # a hatch shut meanwhile is a test: its two sides may both hold the leak
    air = ship.atmosphere
    return ship, Situation(
        _rate(rate), _prior(ship, before | closed), before - closed, air.pressure_pa.value, air.temperature_k.value
    )


def _prior(ship: "Vehicle", open_hatches: frozenset[str]) -> dict[str, float]:
    """Weights of the compartments that share the air of most people's craft."""
    from hullwatch.vehicle.graph import pressure_groups

    volume = {c.id: c.volume_m3.value for c in ship.compartments}
    crews = [c.returns for member in ship.crew for c in ship.crafts if c.id == member.craft]
    group = max(
        pressure_groups(ship, open_hatches),
        key=lambda g: (sum(home in g for home in crews), sum(volume[c] for c in g)),
    )
    return {c.id: c.leak_weight for c in ship.compartments if c.id in group}


def _rate(text: str) -> "Interval":
    from hullwatch.cli.with_doubt import SIGMAS, TYPED_DOUBT, quantity
    from hullwatch.errors import OutOfRange
    from hullwatch.records import Interval

    rate, sd, _ = quantity("rate", text, "kg/s")
    half = SIGMAS * sd or TYPED_DOUBT * rate
    if not rate - half > 0.0 or (rate + half) * 86_400.0 > 1e6:
        raise OutOfRange("rate", rate, f"{text!r}: a rate above zero and below 1e6 kg/day, a range from low to high")
    return Interval(rate, rate - half, rate + half)


def _hatches(ship: "Vehicle", named: set[str]) -> None:
    from hullwatch.errors import DescriptionError
    from hullwatch.vehicle.tables import choices

    known = [h.id for h in ship.hatches]
    for hatch in sorted(named - set(known)):
        raise DescriptionError(ship.name, "hatch", hatch, choices(hatch, known))


def _recorded(source: Path, vehicle: str, opened: set[str], closed: set[str], at: str) -> tuple["Vehicle", Any]:
    """What the record of a watch knows of the leak at a moment, or at its end: also where people said they are."""
    from hullwatch.errors import RecordError
    from hullwatch.incident.standing import hatches_open
    from hullwatch.incident.store import open_record
    from hullwatch.records import Interval
    from hullwatch.response.isolation.state import Situation
    from hullwatch.units import utc_seconds
    from hullwatch.vehicle.graph import pressure_groups
    from hullwatch.vehicle.load import load_vehicle

    path, until_s = str(source / RECORD), utc_seconds(at) if at else float("inf")
    with open_record(path, read_only=True) as record:
        events = [event for event in record.events() if event.time_s <= until_s]
    last = {event.kind: event for event in events}
    if not {"estimate", "watch_started", "groups_changed"} <= set(last):
        problem = f"holds no estimate of a leak{f' before {at}' if at else ''}"
        raise RecordError(path, problem, "There is nothing to plan; or give --rate and --vehicle")
    _leaking(path, events, last["estimate"].incident)
    ship = load_vehicle(vehicle or str(last["watch_started"].data["vehicle"]))
    _hatches(ship, opened | closed)
    found, moved = last["estimate"].data, last["groups_changed"].data
    _hatches(ship, set(moved["hatches"]))
    now_open = frozenset(h for h, is_open in moved["hatches"].items() if is_open)
    if [set(g) for g in moved["groups"]] != [set(g) for g in pressure_groups(ship, now_open)]:
        raise RecordError(
            path, "says of its hatches what contradicts its pressure groups", f"Check that {ship.name} is its vehicle"
        )
    now_open = hatches_open(events)  # with what was reported since
    aboard = {member.name for member in ship.crew}
    told = [event.data for event in events if event.kind == "crew_report"]
    where = {n: str(data.get("compartment")) for data in told for n in data.get("people") or () if n in aboard}
    rate = Interval(**found["rate_kg_day"]).scaled(1.0 / 86_400.0)
    if rate.median <= 0.0:
        raise RecordError(path, "has a leak that has stopped", "There is nothing to plan; or give --rate and --vehicle")
    rate = Interval(rate.median, max(rate.low, 0.2 * rate.median), rate.high)
    return ship, Situation(
        rate, {x["compartment"]: x["probability"] for x in found["location"]}, (now_open | opened) - closed,
        found["pressure_pa"], ship.atmosphere.temperature_k.value, whereabouts=where,
    )  # fmt: skip


def _leaking(path: str, events: "list[Event]", incident: str | None) -> None:
    """RecordError where the leak of a record leaks no more: a plan would shut hatches for nothing."""
    from hullwatch.errors import RecordError
    from hullwatch.units import utc_text

    moves = [event for event in events if event.kind == "incident_state" and event.incident == incident]
    state = str(moves[-1].data.get("state")) if moves else ""
    if state in ("stopped", "cleared", "dismissed"):
        problem = f"has a leak, {incident}, that is {state} since {utc_text(moves[-1].time_s)[:16]}Z"
        remedy = (
            "There is nothing to shut; --at plans for a moment while it leaked, --rate and --vehicle for another leak"
        )
        raise RecordError(path, problem, remedy)


def _asked(now: Any, objective: str, hatch_limit: str, unfit: list[str], where: list[str]) -> Any:
    """The situation with what else was said on the command line."""
    from dataclasses import replace

    from hullwatch.errors import DescriptionError

    if hatch_limit not in ("training", "force"):
        raise DescriptionError("plan", "--hatch-limit", hatch_limit, "training or force")
    for pair in where:
        if "=" not in pair:
            raise DescriptionError("plan", "--where", pair, "NAME=COMPARTMENT, for instance Gerst=COL")
    places = {**now.whereabouts, **dict(pair.split("=", 1) for pair in where)}
    return replace(now, aim=objective, by_force=hatch_limit == "force", unfit=frozenset(unfit), whereabouts=places)
