"""Finds and reads scenario and study files; the only file of the room that opens files."""

import difflib
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from hullwatch.errors import DescriptionError
from hullwatch.simulation.references import check
from hullwatch.simulation.scenario import Scenario, parse_scenario
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.load import load_vehicle

if TYPE_CHECKING:
    from hullwatch.simulation.study import Study


def bundled_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that come with Hullwatch, sorted."""
    return tuple(sorted(e.name.removesuffix(".toml") for e in _shelf().iterdir() if e.name.endswith(".toml")))


def load_scenario(name_or_path: str) -> Scenario:
    """The scenario of a bundled name, or of the path of a .toml file, checked against its vehicle.

    Raises DescriptionError (file, key, value, allowed) for anything wrong with the name, the file or its contents.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml" or len(path.parts) > 1:
        file, text = str(path), _read(path)
        beside = path.parent
    elif name_or_path in bundled_scenarios():
        file, beside = f"{name_or_path}.toml", Path()
        text = (_shelf() / file).read_text("utf-8")
    else:
        allowed = _choices(name_or_path, bundled_scenarios(), " (or the path of a .toml file)")
        raise DescriptionError("scenario", "name", name_or_path, allowed)
    scenario = parse_scenario(text, file)
    check(scenario, ship_of(scenario, beside), file)
    return scenario


def bundled_studies() -> tuple[str, ...]:
    """Names of the studies that come with Hullwatch, sorted."""
    return tuple(sorted(e.name.removesuffix(".toml") for e in _shelf("studies").iterdir() if e.name.endswith(".toml")))


def load_study(name_or_path: str) -> "tuple[Study, Vehicle]":
    """The study of a bundled name, or of the path of a .toml file, with the vehicle it has been checked against.

    Raises DescriptionError (file, key, value, allowed) for anything wrong with the name, the file or its contents.
    """
    from hullwatch.simulation.study import check_study, parse_study  # noqa: PLC0415  # scenarios need no ensembles

    path = Path(name_or_path)
    beside = Path()
    if path.suffix == ".toml" or len(path.parts) > 1:
        file, text, beside = str(path), _read(path, "study", bundled_studies()), path.parent
    elif name_or_path in bundled_studies():
        file = f"{name_or_path}.toml"
        text = (_shelf("studies") / file).read_text("utf-8")
    else:
        allowed = _choices(name_or_path, bundled_studies(), " (or the path of a .toml file)")
        raise DescriptionError("study", "name", name_or_path, allowed)
    study = parse_study(text, file)
    ship = load_vehicle(str(beside / study.vehicle) if study.vehicle.endswith(".toml") else study.vehicle)
    check_study(study, ship, file)
    return study, ship


def ship_of(scenario: Scenario, beside: Path | None = None) -> Vehicle:
    """The vehicle a scenario names: bundled, or a file (a relative path is relative to the scenario's folder)."""
    if scenario.vehicle.endswith(".toml") and beside is not None:
        return load_vehicle(str(beside / scenario.vehicle))
    return load_vehicle(scenario.vehicle)


def _shelf(name: str = "scenarios") -> Traversable:
    return resources.files("hullwatch.simulation") / name


def _read(path: Path, kind: str = "scenario", bundled: Iterable[str] | None = None) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(bundled_scenarios() if bundled is None else bundled)
        allowed = f"the path of a readable UTF-8 .toml file, or a bundled {kind}: {names}"
        raise DescriptionError(str(path), "path", str(error), allowed) from error


def _choices(value: str, choices: Iterable[str], more: str = "") -> str:
    names = sorted(choices)
    close = difflib.get_close_matches(value, names, n=1)
    return f"one of {', '.join(names)}{more}" + (f"; did you mean {close[0]!r}?" if close else "")
