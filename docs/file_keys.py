"""The reference of the files people write (vehicle, scenario, roster): every key with type, unit, default, meaning."""

import ast
import inspect
import tomllib
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from markdown_text import code, table
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from hullwatch.simulation import events, scenario
from hullwatch.units import TO_SI
from hullwatch.vehicle import description, roster_file

MEANINGS = Path(__file__).parent / "keys.toml"

WORDS: Mapping[Any, str] = {
    events.Length: 'length, "2 mm"',
    events.Area: 'area, "1.2 mm^2"',
    events.Rate: 'mass rate, "25 kg/day"',
    events.Mass: 'mass, "3 kg"',
    events.Span: 'time, "30 min"',
    events.Shift: 'time with sign, "-30 s"',
    events.Volume: 'volume, "97.7 m^3"',
    events.Pressure: 'pressure, "35 kPa"',
    events.Kelvin: 'temperature difference, "1.5 K"',
    events.Moment: 'moment, "2018-08-29T19:00Z" or "+2 h"',
    events.Share: "number from 0 to 1",
    roster_file.Moment: 'moment, "2023-02-26T00:58Z" or "2023-02-26"',
    events.Name: "name",
    description.Id: "id",
    description.Text: "text",
    description.AnyFigure: "figure",
    description.PositiveFigure: "figure above 0",
    description.NonNegativeFigure: "figure, 0 or more",
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
}
"""How the files' types are called in the reference."""

UNITS = (("_kg_s", "kg/s"), ("_m3_s", "m3/s"), ("_m3", "m3"), ("_pa", "Pa"), ("_k", "K"), ("_s", "s"), ("_m", "m"))
NO_UNIT = frozenset({"volume_sd_share", "normally_open"})


def unit_of(key: str, model: type[BaseModel]) -> str:
    """The unit a key ends in; a scenario's quantities bring their own."""
    if key in NO_UNIT or model.__module__ not in (description.__name__, roster_file.__name__):
        return ""
    if model is description.ChannelEntry and key in (
        "range",
        "quantum",
        "noise",
        "bias",
        "spike",
        "drift_per_sqrt_day",
    ):
        return "the channel's `unit`" + (" per square-root day" if key == "drift_per_sqrt_day" else "")
    return next((unit for ending, unit in UNITS if key.endswith(ending)), "")


def type_of(hint: Any) -> str:
    """A type in words."""
    for known, word in WORDS.items():
        if hint == known:
            return word
    origin, inner = get_origin(hint), [a for a in get_args(hint) if a is not NoneType]
    if origin in (Union, UnionType):
        return " or ".join(type_of(a) for a in inner)
    if origin is Literal:
        return ", ".join(code(a) for a in inner)
    if hint == list[events.Event]:
        return "list of the events below"
    if origin is list:
        return f"list of {plural(type_of(inner[0]))}"
    if origin is dict:
        return f"table of {plural(type_of(inner[1]))} by {type_of(inner[0])}"
    if origin is Annotated:
        return type_of(inner[0])
    if inspect.isclass(hint) and issubclass(hint, BaseModel):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    return str(getattr(hint, "__name__", hint)).removeprefix("typing.")


def plural(word: str) -> str:
    """Of the words above."""
    noun, comma, example = word.partition(", ")
    return word if "[" in word or noun.endswith("s") else f"{noun}s{comma}{example}"


def default_of(field: FieldInfo) -> str:
    """Required, or what is taken when the key is absent."""
    if field.default_factory is not None:
        return ""
    if field.default is PydanticUndefined:
        return "required"
    if field.default in (None, ""):
        return ""
    return code(str(field.default).lower() if isinstance(field.default, bool) else field.default)


def keys_of(model: type[BaseModel], meanings: dict[str, str], used: set[str]) -> str:
    """One table of a file: key, type, unit, default, meaning."""
    hints = get_type_hints(model, include_extras=True)
    rows = []
    for name, field in model.model_fields.items():
        if model is description.Ship and name not in description.Ship.__annotations__:
            continue  # said once, under Part
        owner = next(c for c in reversed(model.__mro__) if name in getattr(c, "__annotations__", {})).__name__
        found = next((k for k in (f"{model.__name__}.{name}", f"{owner}.{name}", name) if k in meanings), None)
        if found is None:
            raise SystemExit(f"docs/keys.toml has no meaning for {model.__name__}.{name}")
        used.add(found)
        written = field.alias or name
        rows.append((code(written), type_of(hints[name]), unit_of(name, model), default_of(field), meanings[found]))
    return table(("key", "type", "unit", "default", "meaning"), rows)


def file_page(section: str, models: Iterable[type[BaseModel]], head: str) -> str:
    """The reference of one kind of file."""
    with MEANINGS.open("rb") as file:
        meanings = {k: str(v) for k, v in tomllib.load(file)[section].items()}
    used: set[str] = set()
    parts = [head]
    for model in models:
        first = inspect.cleandoc(model.__doc__ or "").splitlines()[0]
        parts.append(f"## {model.__name__}\n\n{first}\n\n{keys_of(model, meanings, used)}")
    if set(meanings) - used:
        raise SystemExit(f"docs/keys.toml, section {section}, names no key: {', '.join(sorted(set(meanings) - used))}")
    return "\n".join(parts)


def vehicle_page() -> str:
    """Keys of vehicle files."""
    d = description
    models = (
        d.Ship, d.Part, d.ChannelTable, d.AnyFigure, d.CompartmentDefaults, d.CompartmentEntry, d.HatchType,
        d.HatchEntry, d.VentilationEntry, d.CraftEntry, d.CrewEntry, d.LimitEntry, d.ChannelEntry, d.Range,
        d.HatchChannels,
        d.AtmosphereEntry, d.ThermalEntry, d.SupplyEntry, d.WallEntry, d.SpotEntry, d.AttitudeEntry,
    )  # fmt: skip
    head = (
        "A vehicle is a TOML file: a [Ship](#ship), which may also have every key of a [Part](#part). Unknown keys are "
        "refused. A **figure** is a number with its provenance, "
        '`{value = 40.0, label = "c"}`, see [AnyFigure](#anyfigure). Shared tables live in parts and channel tables of '
        "their own. "
        "[How to add a vehicle](../how-to/add-a-vehicle.md).\n\n"
        "Units a channel may be published in: " + ", ".join(code(u) for u in TO_SI) + ".\n\n"
        "What it may measure, and the unit that is kept in: "
        + ", ".join(f"{code(q)} ({u})" for q, u in d.SI_OF.items())
        + ".\n"
    )
    return file_page("vehicle", models, head)


def scenario_page() -> str:
    """Keys of scenario files."""
    head = (
        "A scenario is a TOML file: a [Scenario](#scenario). Unknown keys are refused. Quantities are text with a "
        "unit. [How to write one](../how-to/write-a-scenario.md).\n\n"
        "Each `[[events]]` table has a `kind`: "
        + ", ".join(f"[`{kind_of(k)}`](#{k.__name__.lower()})" for k in happenings())
        + ".\n"
    )
    return file_page("scenario", (scenario.Scenario, scenario.Oxygen, *happenings()), head)


def roster_page() -> str:
    """Keys of roster files."""
    r = roster_file
    models = (
        r.RosterFile, r.PortEntry, r.RosterCraftEntry, r.StayEntry, r.ImprovisedEntry, r.PersonEntry, r.FaultEntry,
        r.HeatEntry, r.LeakEntry, r.WalkEntry, r.HazardEntry, r.HazardTable,
    )  # fmt: skip
    head = (
        "A roster is a TOML file: a [RosterFile](#rosterfile). It stands on a vehicle, whose compartments and hatches "
        "it takes; the docked craft are its own. Unknown keys are refused. Moments are UTC. "
        "[How to find everyone a seat](../how-to/find-everyone-a-seat.md).\n"
    )
    return file_page("roster", models, head)


def happenings() -> list[type[BaseModel]]:
    """Every kind of event, in the order of the code."""
    tree = ast.parse(inspect.getsource(events))
    order = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    return sorted(events.Happening.__subclasses__(), key=lambda kind: order.index(kind.__name__))


def kind_of(model: type[BaseModel]) -> str:
    """What a file writes for this kind of event."""
    return str(get_args(typing.get_type_hints(model)["kind"])[0])
