"""Reads a vehicle file and what it builds on into `facts.Vehicle`; every fault in it becomes a DescriptionError.

    <vehicle>.toml --+
    parts/*.toml ----+--> tables.py --> description.py --> references.py --> facts.Vehicle
    channels/*.toml -+

This is the only file of the room that opens files.
"""

from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from hullwatch.errors import DescriptionError
from hullwatch.units import TO_SI
from hullwatch.vehicle.description import (
    AnyFigure,
    ChannelEntry,
    ChannelTable,
    CompartmentDefaults,
    CompartmentEntry,
    HatchEntry,
    HatchType,
    Part,
    Ship,
    WallEntry,
)
from hullwatch.vehicle.facts import (
    Atmosphere,
    Channel,
    Compartment,
    Craft,
    CrewMember,
    Figure,
    Hatch,
    Label,
    Limit,
    Supply,
    Thermal,
    Vehicle,
    VentilationLink,
)
from hullwatch.vehicle.places import Attitude, NamedSpot, Point, Wall
from hullwatch.vehicle.references import Draft, Placed, check
from hullwatch.vehicle.tables import Source, choices, read_table


def bundled_vehicles() -> tuple[str, ...]:
    """Names of the vehicles that come with Hullwatch, sorted."""
    return tuple(sorted(_stem(entry.name) for entry in _data().iterdir() if entry.name.endswith(".toml")))


def load_vehicle(name_or_path: str) -> Vehicle:
    """The vehicle of a bundled name, such as "demo", or of the path of a .toml file.

    Raises DescriptionError (file, key, value, allowed) for anything wrong with the name, a file or its contents.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml" or len(path.parts) > 1:
        return _vehicle(path.stem, _read_file(path), path.parent)
    if name_or_path not in bundled_vehicles():
        raise DescriptionError(
            "vehicle",
            "name",
            name_or_path,
            choices(name_or_path, bundled_vehicles(), " (or the path of a .toml file)"),
        )
    return _vehicle(
        name_or_path, Source(f"{name_or_path}.toml", (_data() / f"{name_or_path}.toml").read_text("utf-8")), None
    )


def _vehicle(vehicle: str, source: Source, folder: Path | None) -> Vehicle:
    """Join a ship with its parts and channel tables, check the whole, and state it as facts."""
    ship = read_table(source, Ship)
    part_sources = [_shared(source, "parts", i, name, folder) for i, name in enumerate(ship.parts)]
    table_sources = [_shared(source, "channel_tables", i, name, folder) for i, name in enumerate(ship.channel_tables)]
    parts = [(s.name, read_table(s, Part)) for s in part_sources]
    tables = [(s.name, read_table(s, ChannelTable)) for s in table_sources]
    draft = Draft.join(source.name, ship, [*parts, (source.name, ship)], tables)
    check(draft)
    return _facts(vehicle, ship, draft)


# --- files ------------------------------------------------------------------------------------------------------------


def _data() -> Traversable:
    return resources.files("hullwatch.vehicle") / "data"


def _stem(name: str) -> str:
    return name.removesuffix(".toml")


def _read_file(path: Path) -> Source:
    try:
        return Source(str(path), path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise DescriptionError(str(path), "encoding", str(error), "UTF-8 text") from error
    except OSError as error:
        names = ", ".join(bundled_vehicles())
        allowed = f"the path of a readable .toml file, or a bundled vehicle: {names}"
        raise DescriptionError(str(path), "path", f"{path} ({error.strerror or error})", allowed) from error


def _shared(source: Source, key: str, index: int, name: str, folder: Path | None) -> Source:
    """A shared file: beside the vehicle file if it is there, otherwise the bundled one of that name."""
    if folder is not None and (folder / f"{_stem(name)}.toml").is_file():
        return _read_file(folder / f"{_stem(name)}.toml")
    shelf = _data() / ("parts" if key == "parts" else "channels")
    bundled = tuple(sorted(_stem(entry.name) for entry in shelf.iterdir() if entry.name.endswith(".toml")))
    if name not in bundled:
        allowed = choices(name, bundled, " (or the name of a .toml file beside this one)")
        raise DescriptionError(source.name, f"{key}[{index}]", name, allowed)
    return Source(f"{shelf.name}/{name}.toml", (shelf / f"{name}.toml").read_text("utf-8"))


# --- from tables to facts ---------------------------------------------------------------------------------------------


def _facts(name: str, ship: Ship, draft: Draft) -> Vehicle:
    channels = tuple(channel for placed in draft.channels for channel in _channels(placed.item))
    reports = {channel.hatch: channel.id for channel in channels if channel.hatch is not None}
    return Vehicle(
        name=name,
        title=ship.title,
        provenance=ship.provenance,
        reconstructed=ship.reconstructed,
        atmosphere=_atmosphere(draft),
        compartments=tuple(_compartment(placed, draft.defaults) for placed in draft.compartments),
        hatches=_hatches(draft, reports),
        ventilation=tuple(
            VentilationLink(v.item.origin, v.item.target, v.item.flow_m3_s.figure(), v.item.short_circuit)
            for v in draft.ventilation
        ),
        crafts=tuple(
            Craft(c.item.id, c.item.name, c.item.port, c.item.seats, c.item.returns, c.item.label) for c in draft.crafts
        ),
        crew=tuple(CrewMember(c.item.name, c.item.craft, c.item.label) for c in draft.crew),
        limits=tuple(
            Limit(i.id, i.quantity, i.value_pa.figure(), i.side, i.alarm_class, i.context, i.meaning)
            for i in (placed.item for placed in draft.limits)
        ),
        channels=channels,
        thermal=_thermal(draft),
        supply=_supply(draft),
        leakage_kg_s=draft.required("leakage_kg_s").figure(),
        discharge_coefficient=draft.required("discharge_coefficient").figure(),
        signal_timeout_s=draft.required("signal_timeout_s").value,
        frame_s=draft.settings["frame_s"].value if "frame_s" in draft.settings else 1.0,
        walls=tuple(_wall(placed.item) for placed in draft.walls),
        spots=tuple(
            NamedSpot(s.id, s.compartment, _point(s.at_m), _point(s.normal), s.counts_as_m2.figure(), s.note)
            for s in (placed.item for placed in draft.spots)
        ),
        attitude=_attitude(draft),
    )


def _weaker(one: Label, other: Label) -> Label:
    return max(one, other)  # "a" < "b" < "c": a sum is no better known than its worst term


def _compartment(placed: Placed[CompartmentEntry], defaults: CompartmentDefaults) -> Compartment:
    entry = placed.item

    def either(own: AnyFigure | None, default: AnyFigure | None, otherwise: float) -> float:
        chosen = own or default
        return chosen.value if chosen is not None else otherwise

    return Compartment(
        id=entry.id,
        name=entry.name,
        segment=entry.segment,
        volume_m3=_volume(entry, defaults),
        craft=entry.craft,
        leak_weight=either(entry.leak_weight, defaults.leak_weight, 1.0),
        leakage_kg_s=either(entry.leakage_kg_s, None, 0.0),
        wall_time_s=either(entry.wall_time_s, defaults.wall_time_s, 143.0),
        wall_heat_j_k=either(entry.wall_heat_j_k, defaults.wall_heat_j_k, float("inf")),
        heat_cycle_k=either(entry.heat_cycle_k, defaults.heat_cycle_k, 0.0),
    )


def _volume(entry: CompartmentEntry, defaults: CompartmentDefaults) -> Figure:
    own, vestibule = entry.volume_m3, entry.vestibule_m3
    share = defaults.volume_sd_share.value if defaults.volume_sd_share is not None else 0.0
    if vestibule is None:
        return Figure(own.value, own.label, own.source, own.sd or share * own.value, own.note)
    value = own.value + vestibule.value
    said = f"{own.value:g} m3 [{own.label}] and vestibule {vestibule.value:g} m3 [{vestibule.label}]"
    note = f"{said}; {own.note}" if own.note else said
    return Figure(value, _weaker(own.label, vestibule.label), own.source, own.sd or share * value, note)


def _hatches(draft: Draft, reports: dict[str, str]) -> tuple[Hatch, ...]:
    return tuple(
        Hatch(
            id=h.id,
            between=(h.between[0], h.between[1]),
            type=h.type,
            opening_m=draft.hatch_types[h.type].opening_m.figure(),
            shape=draft.hatch_types[h.type].shape,
            number=h.number,
            opens_into=h.opens_into,
            normally_open=h.normally_open,
            ports=h.ports,
            channel=reports.get(h.id),
            through=h.through,
            **_effort(h, draft.hatch_types[h.type]),
        )
        for h in (placed.item for placed in draft.hatches)
    )


def _effort(hatch: HatchEntry, kind: HatchType) -> dict[str, Figure]:
    """What it takes to move a hatch, where the files say so; else the facts' own defaults hold."""
    stated = {"closing_s": kind.closing_s, "pull_n": kind.pull_n, "clearing_s": hatch.clearing_s}
    return {name: entry.figure() for name, entry in stated.items() if entry is not None}


def _channels(entry: ChannelEntry) -> tuple[Channel, ...]:
    """The channel of an entry, and its like where several such sensors may be recorded side by side."""
    first = _channel(entry)
    others = range(2, entry.side_by_side + 1)
    return (
        first,
        *(replace(first, id=f"{first.id}_{k}", name=f"{first.name}, sensor {k}", twin_of=first.id) for k in others),
    )


def _channel(entry: ChannelEntry) -> Channel:
    _, factor, offset = TO_SI[entry.unit]

    def size(figure: AnyFigure | None) -> float:  # a width or a step: no offset
        return figure.value * factor if figure is not None else 0.0

    return Channel(
        id=entry.id,
        name=entry.name,
        quantity=entry.quantity,
        unit=entry.unit,
        compartment=entry.compartment,
        range_si=(entry.range.low * factor + offset, entry.range.high * factor + offset),
        quantum_si=size(entry.quantum),
        quantum_as_written=entry.quantum_as_written,
        border_si=size(entry.border),
        noise_si=size(entry.noise),
        bias_si=size(entry.bias),
        drift_si_day=size(entry.drift_per_sqrt_day),
        publish=entry.publish,
        period_s=entry.period_s.value if entry.period_s is not None else 1.0,
        spike_si=size(entry.spike),
        stuck_after_s=entry.stuck_after_s.value if entry.stuck_after_s is not None else 0.0,
        wakes_wrong=entry.wakes_wrong,
        hatch=entry.hatch,
        states={int(code): word for code, word in entry.states.items()},
        columns=tuple(entry.columns),
        bounds=(entry.bounds[0].lower(), entry.bounds[1].lower()) if entry.bounds is not None else None,
        label=entry.label,
        source=entry.source,
    )


def _point(numbers: list[float]) -> Point:
    return (numbers[0], numbers[1], numbers[2])


def _wall(w: WallEntry) -> Wall:
    return Wall(
        id=w.id,
        compartment=w.compartment,
        body=w.body,
        start_m=_point(w.start_m),
        end_m=_point(w.end_m),
        radius_m=w.radius_m.figure(),
        exposed=w.exposed.figure(),
        seals=w.seals.figure(),
        label=w.label,
    )


def _attitude(draft: Draft) -> Attitude | None:
    a = draft.settings.get("attitude")
    if a is None:
        return None
    x, y, z = a.torque_channels
    return Attitude(
        mass_center_m=_point(a.mass_center_m),
        mass_center_sd_m=a.mass_center_sd_m,
        drag_torque_n_m=_point(a.drag_torque_n_m),
        orbit_s=a.orbit_s,
        torque_channels=(x, y, z),
        momentum_channel=a.momentum_channel,
        label=a.label,
    )


def _atmosphere(draft: Draft) -> Atmosphere:
    air = draft.required("atmosphere")
    return Atmosphere(
        air.pressure_pa.figure(),
        air.temperature_k.figure(),
        air.ppo2_pa.figure(),
        air.ppco2_pa.figure(),
        air.pph2o_pa.figure(),
    )


def _thermal(draft: Draft) -> Thermal:
    heat = draft.required("thermal")
    return Thermal(
        tuple(heat.lags_s),
        tuple(heat.gain),
        tuple(heat.gain_sd),
        heat.residual_k,
        heat.residual_s,
        heat.blind_residual_k,
        heat.label,
    )


def _supply(draft: Draft) -> Supply:
    gas = draft.required("supply")
    places = [c.item.id for c in draft.compartments]
    for place in gas.machines_in:
        if place not in places:
            raise DescriptionError(draft.file, "supply.machines_in", place, f"a compartment: {', '.join(places)}")
    return Supply(
        gas.crew_o2_kg_s.figure(),
        gas.crew_co2_kg_s.figure(),
        gas.crew_h2o_kg_s.figure(),
        gas.unmetered_kg_s.value,
        gas.unmetered_s.value,
        tuple(gas.machines_in),
    )
