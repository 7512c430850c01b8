"""Reads a vessel (JSON) and the record of its discharge (CSV, long or wide) into one `DischargeRecord`.

    long   quantity,time_s,value      quantity: pressure_bar_abs, temperature_gas_mean_k, ...
    wide   time_s,pressure_bar,...    the same names as columns

A diameter or discharge coefficient in the vessel file is not read: the size is what the record is asked for.
"""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hullwatch.errors import DescriptionError, TelemetryError
from hullwatch.models.vessel import ALUMINIUM, STEEL, DischargeRecord, Vessel, cylinder_wall_area
from hullwatch.physics.equations_of_state import GASES
from hullwatch.physics.real_gas import gas_number
from hullwatch.records import Floats
from hullwatch.telemetry.csv_file import read_csv
from hullwatch.units import MMHG_PA, PSI_PA

ATMOSPHERE_PA = 101_325.0
UNIT_PA = {"pa": 1.0, "kpa": 1e3, "mpa": 1e6, "mbar": 1e2, "bar": 1e5, "psi": PSI_PA, "mmhg": MMHG_PA}
PRESSURE = re.compile(rf"pressure_({'|'.join(UNIT_PA)})(?:_(abs|absolute|gauge|g))?$")
GAS_K = re.compile(r"temperature_gas(?:_([a-z0-9]+))?_(k|degc|c)$")
MATERIALS = {"steel": STEEL, "aluminium": ALUMINIUM}
LEAST_ROWS = 4
MOST_BYTES = 1 << 20
OTHER_NAMES = {"nitrogen": "N2", "oxygen": "O2", "hydrogen": "H2", "helium": "He", "argon": "Ar", "methane": "CH4"}

Series = dict[str, tuple[list[float], list[float]]]


def read_discharge(vessel_file: str, record_file: str) -> DischargeRecord:
    """A vessel and its record.

    Raises DescriptionError (file, key, value, allowed) for the vessel, TelemetryError (file, place, remedy) for the
    record.
    """
    facts = _facts(vessel_file)
    series = _series(record_file)
    pressure_s, pressure_pa = _pressure(vessel_file, record_file, facts, series)
    gas_s, gas_k, stratified = _gas_temperature(record_file, series)
    vessel, notes, begin = _vessel(vessel_file, record_file, facts, pressure_s, pressure_pa)
    inside = gas_s >= begin
    return DischargeRecord(
        str(facts.get("name", Path(record_file).stem)), vessel, pressure_s - begin, pressure_pa,
        gas_s[inside] - begin, gas_k[inside], stratified, tuple(notes),
    )  # fmt: skip


# --- the vessel -------------------------------------------------------------------------------------------------------


def _facts(file: str) -> Mapping[str, Any]:
    try:
        with open(file, "rb") as stream:
            text = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise DescriptionError(file, "path", str(error.strerror or error), "a readable JSON file") from error
    if len(text) > MOST_BYTES:
        raise DescriptionError(file, "size", f"over {MOST_BYTES} bytes", "a JSON object of one vessel")
    try:
        facts = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DescriptionError(file, "text", str(error)[:160], "a JSON object, UTF-8") from error
    if not isinstance(facts, dict):
        raise DescriptionError(file, "text", type(facts).__name__, "a JSON object of one vessel")
    direction = facts.get("direction", "discharge")
    if direction != "discharge":
        raise DescriptionError(file, "direction", direction, "discharge; a filling is not sized")
    return facts


def _number(
    file: str, facts: Mapping[str, Any], key: str, default: float | None, low: float, high: float, unit: str
) -> float:
    """A number of the file within bounds, or the default when it is absent."""
    value = facts.get(key)
    allowed = f"a number from {low:g} to {high:g} {unit}"
    if value is None:
        if default is None:
            raise DescriptionError(file, key, None, allowed)
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DescriptionError(file, key, value, allowed)
    if not low <= value <= high:  # nan is in no range
        raise DescriptionError(file, key, value, allowed)
    return float(value)


def _vessel(
    file: str, record_file: str, facts: Mapping[str, Any], time_s: Floats, pressure_pa: Floats
) -> tuple[Vessel, list[str], float]:
    """The vessel, what was assumed about it, and the time at which it is in its starting state."""
    notes: list[str] = []
    gas = facts.get("gas")
    name = OTHER_NAMES.get(str(gas).lower(), "air" if str(gas).lower() == "air" else str(gas))
    if gas is None or name not in GASES:
        raise DescriptionError(file, "gas", gas, f"one of {', '.join(GASES)}")
    volume, diameter, area = _shape(file, facts, notes)
    wall = _number(file, facts, "vessel_wall_m", 0.0, 0.0, 1.0, "m")
    if wall == 0.0:
        wall = 0.03 * diameter
        notes.append(f"no vessel_wall_m: {wall * 1e3:.1f} mm assumed")
    material = facts.get("vessel_material", "steel")
    if not isinstance(material, str) or material not in MATERIALS:
        raise DescriptionError(file, "vessel_material", material, f"one of {', '.join(MATERIALS)}")
    ambient = _number(file, facts, "ambient_temperature_k", 293.15, 150.0, 400.0, "K")
    begin = 0.0
    start = _number(file, facts, "initial_pressure_pa", 0.0, 0.0, 1e8, "Pa")
    if start == 0.0:
        start, begin = float(pressure_pa[0]), float(time_s[0])
        notes.append("no initial_pressure_pa: the first reading is taken as the start")
    elif time_s[0] < 0.0:
        raise TelemetryError(
            record_file, "time_s", f"{time_s[0]:g} s is before the start", "Count time from the opening of the leak"
        )
    if pressure_pa[0] > 1.15 * start:
        raise TelemetryError(
            record_file, "first pressure", f"{pressure_pa[0]:.6g} Pa is above the stated start of {start:.6g} Pa",
            "Check the unit, gauge or absolute, and initial_pressure_pa",
        )  # fmt: skip
    if abs(pressure_pa[0] + ATMOSPHERE_PA - start) < 0.01 * start and pressure_pa[0] < 0.97 * start:
        notes.append("the first reading is one atmosphere below the stated start: is the record in gauge pressure?")
    outside = _number(file, facts, "back_or_source_pressure_pa", ATMOSPHERE_PA, 0.0, 1e8, "Pa")
    if "back_or_source_pressure_pa" not in facts:
        notes.append("no back_or_source_pressure_pa: one atmosphere assumed")
    if outside >= start:
        raise DescriptionError(file, "back_or_source_pressure_pa", outside, f"less than the start, {start:.6g} Pa")
    vessel = Vessel(
        gas_number(name), volume, diameter, area, wall, start,
        _number(file, facts, "initial_temperature_k", ambient, 150.0, 600.0, "K"), outside, ambient,
        _number(file, facts, "h_outer_w_m2k", 5.0, 0.0, 1e4, "W/(m2 K)"), MATERIALS[material],
    )  # fmt: skip
    return vessel, notes, begin


def _shape(file: str, facts: Mapping[str, Any], notes: list[str]) -> tuple[float, float, float]:
    """Volume, inner diameter and inner wall area; a vessel of unknown shape is three diameters long."""
    length = _number(file, facts, "vessel_length_m", 0.0, 1e-4, 1e3, "m")
    diameter = _number(file, facts, "vessel_inner_diameter_m", 0.0, 1e-4, 1e2, "m")
    stated = _number(file, facts, "volume_m3", 0.0, 1e-9, 1e6, "m3")
    if length > 0.0 and diameter > 0.0:
        return stated or 0.25 * math.pi * diameter**2 * length, diameter, cylinder_wall_area(length, diameter)
    if stated == 0.0:
        raise DescriptionError(file, "volume_m3", None, "a volume, or vessel_length_m and vessel_inner_diameter_m")
    diameter = diameter or (4.0 * stated / (3.0 * math.pi)) ** (1.0 / 3.0)
    notes.append("shape not stated: a cylinder of that volume is assumed")
    return stated, diameter, cylinder_wall_area(stated / (0.25 * math.pi * diameter**2), diameter)


# --- the record -------------------------------------------------------------------------------------------------------


def _series(file: str) -> Series:
    """Times and values of each quantity, as written."""
    try:
        frame = read_csv(file).frame
    except OSError as error:
        raise TelemetryError(file, "path", str(error.strerror or error), "Check the path") from error
    columns = {name.strip().lower(): name for name in frame.columns}
    if "time_s" not in columns:
        raise TelemetryError(
            file, "header", f"no column time_s, found {', '.join(frame.columns)}",
            "Give quantity,time_s,value or time_s,pressure_bar_abs",
        )  # fmt: skip
    series: Series = {}
    if {"quantity", "value"} <= set(columns):
        names = frame[columns["quantity"]].to_list()
        _collect(file, frame, columns["time_s"], columns["value"], names, series)
        return series
    for name, column in columns.items():
        if name != "time_s" and (PRESSURE.match(name) or GAS_K.match(name)):
            _collect(file, frame, columns["time_s"], column, [name] * frame.height, series)
    return series


def _collect(
    file: str, frame: pl.DataFrame, time_column: str, value_column: str, names: list[str | None], series: Series
) -> None:
    """Rows into series; an empty field is a reading that was not taken, anything else must be a number."""
    rows = zip(names, frame[time_column].to_list(), frame[value_column].to_list(), strict=True)
    for row, (name, time_text, value_text) in enumerate(rows, start=1):
        if name is None or value_text is None or not value_text.strip():
            continue
        quantity = name.strip().lower()
        if not (PRESSURE.match(quantity) or GAS_K.match(quantity)):
            continue
        time, value = _float(file, row, time_column, time_text), _float(file, row, value_column, value_text)
        times, values = series.setdefault(quantity, ([], []))
        if times and time <= times[-1]:
            raise TelemetryError(
                file, f"row {row}, column {time_column!r}",
                f"{quantity}: {time:g} s does not come after {times[-1]:g} s",
                "Sort the rows by time and keep one reading of a moment",
            )  # fmt: skip
        times.append(time)
        values.append(value)


def _float(file: str, row: int, column: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TelemetryError(
            file, f"row {row}, column {column!r}", f"{text!r} is not a finite number", "Mend or delete the row"
        )
    return value


def _pressure(vessel_file: str, file: str, facts: Mapping[str, Any], series: Series) -> tuple[Floats, Floats]:
    """The absolute pressure: the first quantity that is one."""
    found = next(((name, m) for name in series if (m := PRESSURE.match(name))), None)
    if found is None:
        raise TelemetryError(
            file, "quantities", f"no pressure in it, found {', '.join(series) or 'nothing known'}",
            f"Name one pressure_<unit>_abs or pressure_<unit>_gauge, unit one of {', '.join(UNIT_PA)}",
        )  # fmt: skip
    name, match = found
    times, values = (np.array(column) for column in series[name])
    if times.size < LEAST_ROWS:
        raise TelemetryError(
            file, name, f"{times.size} readings", f"A size needs {LEAST_ROWS} pressures or more while it falls"
        )
    stated = facts.get("pressure_reference", "absolute")
    if stated not in ("absolute", "gauge"):
        raise DescriptionError(vessel_file, "pressure_reference", stated, "absolute or gauge")
    reference = match[2] or stated
    pressure = values * UNIT_PA[match[1]]
    if reference in ("gauge", "g"):
        pressure += _number(vessel_file, facts, "ambient_pressure_pa", ATMOSPHERE_PA, 0.0, 2e5, "Pa")
    low = int(np.argmin(pressure))
    if pressure[low] <= 0.0:
        raise TelemetryError(
            file, f"{name} at {times[low]:g} s", f"{values[low]:g} is not a pressure above vacuum",
            "Mend the reading, or name the quantity pressure_<unit>_gauge if it is one",
        )  # fmt: skip
    return times, pressure


def _gas_temperature(file: str, series: Series) -> tuple[Floats, Floats, bool]:
    """Gas temperature in K: the mean if it was measured, else the mean of the places; whether it is one place only."""
    found = {name: m for name in series if (m := GAS_K.match(name))}
    if not found:
        return np.zeros(0), np.zeros(0), False
    kelvin = {}
    for name, match in found.items():
        times, values = (np.array(column) for column in series[name])
        shifted = values + (0.0 if match[2] == "k" else 273.15)
        bad = np.flatnonzero((shifted < 50.0) | (shifted > 1500.0))
        if bad.size:
            raise TelemetryError(
                file, f"{name} at {times[bad[0]]:g} s", f"{values[bad[0]]:g} is no temperature of a gas",
                "Check the unit: _k or _degc",
            )  # fmt: skip
        kelvin[name] = (times, shifted)
    mean = next((n for n, m in found.items() if m[1] in (None, "mean")), None)
    if mean is not None or len(kelvin) == 1:
        name = mean or next(iter(kelvin))
        return *kelvin[name], mean is None
    times = next(iter(kelvin.values()))[0]
    first, last = max(t[0] for t, _ in kelvin.values()), min(t[-1] for t, _ in kelvin.values())
    times = times[(times >= first) & (times <= last)]
    return times, np.mean([np.interp(times, *pair) for pair in kelvin.values()], axis=0), False
