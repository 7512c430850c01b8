"""Reads what a trend is made from: a long series of gas, dated rates, a log of what was done to the air.

    series   time, and one of n2_kg, air_kg, ppn2_<unit>, pressure_<unit>; with it temperature_<unit>, ppo2_<unit>, ...
             or telemetry of the vehicle's own channels, long or wide
    rates    TOML [[rates]] or CSV: date, rate, unit, and if known end, sd, as_reported, label, source
    log      CSV: time, kind, mass_kg (empty when unknown; + added, - lost), and if known sd_kg, gas, note

An empty field is a reading that was not taken. Anything else must be a number, in order of time, once for each moment.
"""

import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from hullwatch.errors import TelemetryError
from hullwatch.models.slow_air import LOG_SPREAD_KG, DatedRate, LogEntry, SlowRecord
from hullwatch.records import Floats
from hullwatch.telemetry.columns import TIME_NAMES, Table, listed
from hullwatch.telemetry.csv_file import read_csv
from hullwatch.telemetry.dated_rates import rates_of_rows, rates_of_toml
from hullwatch.telemetry.files import open_source
from hullwatch.telemetry.operations_log import kilograms
from hullwatch.telemetry.parquet_file import read_parquet
from hullwatch.telemetry.time_column import seconds
from hullwatch.units import DAY_S, TO_SI
from hullwatch.vehicle.facts import Vehicle

PRESSURES = ("Pa", "kPa", "hPa", "mmHg", "psi")
TEMPERATURES = ("degC", "K")
QUANTITY = re.compile(r"(ppn2|pressure|ppo2|ppco2|pph2o|temperature)_([a-z]+)$", re.IGNORECASE)
MASSES = {"n2_kg": "N2", "n2_mass_kg": "N2", "air_kg": "air", "air_mass_kg": "air"}
KINDS = (*LOG_SPREAD_KG, "patch")
BIN_S = 3600.0
"""Finer readings are averaged: a slow loss changes over days."""
Quantities = dict[str, Floats]


def read_history(
    path: str, vehicle: Vehicle, log_path: str | None, rates_path: str | None, mass_of: dict[str, float],
) -> SlowRecord:  # fmt: skip
    """A long record from its files. `mass_of`: kg for each Pa and `share`, for the tracers N2 and air.

    Raises TelemetryError (file, place, remedy) for whatever cannot be read as it stands.
    """
    if rates_path is None and _holds_rates(path):
        empty = np.zeros(0)
        return SlowRecord(
            Path(path).stem, empty, empty, empty, "air", 1.0, DAY_S, vehicle.volume_m3,
            vehicle.atmosphere.temperature_k.value, _rates(path), (), {"file": path},
            ("rates as they were reported; no series of gas was given",),
        )  # fmt: skip
    rates = _rates(rates_path) if rates_path else ()
    time_s, quantities, provenance, notes = _series(path, vehicle)
    name = provenance.get("case", Path(path).stem)
    mass, tracer, more = _mass(path, quantities, vehicle, mass_of)
    share = mass_of["share"] if tracer == "N2" else 1.0
    time_s, mass, warm, bin_s = _binned(time_s, mass, quantities.get("temperature"))
    return SlowRecord(
        name, time_s, mass, warm, tracer, share, bin_s, vehicle.volume_m3, vehicle.atmosphere.temperature_k.value,
        rates, _log(log_path, share, tracer) if log_path else (), {**provenance, "file": path}, (*notes, *more),
    )  # fmt: skip


# --- the series -------------------------------------------------------------------------------------------------------


def read_table(path: str) -> Table:
    """The table of a CSV or Parquet file."""
    try:
        return read_parquet(path) if path.lower().endswith(".parquet") else read_csv(path)
    except OSError as error:
        raise TelemetryError(path, "path", str(error.strerror or error), "Check the path") from error


def _series(path: str, vehicle: Vehicle) -> tuple[Floats, Quantities, dict[str, str], tuple[str, ...]]:
    """Times and SI values of each quantity."""
    if Path(path).is_dir():
        return _channels(path, vehicle)
    table = read_table(path)
    known = {c: c.strip().lower() for c in table.frame.columns}
    wanted = {c: n for c, n in known.items() if n in MASSES or QUANTITY.match(n)}
    if not any(n in MASSES or n.startswith(("ppn2_", "pressure_")) for n in wanted.values()):
        return _channels(path, vehicle)
    time_name = next((c for c, n in known.items() if n in (*TIME_NAMES, "date", "day")), None)
    if time_name is None:
        raise TelemetryError(path, "header", f"no time column; found {listed(known)}", "Name one time or date")
    time_s, _ = seconds(path, table.frame[time_name])
    check_order(path, time_s)
    quantities = {quantity_of(path, c, n): values_of(path, table.frame[c], n) for c, n in wanted.items()}
    return time_s, quantities, dict(table.provenance), ()


def quantity_of(path: str, column: str, name: str) -> str:
    """What a column holds, from its name; TelemetryError for an unknown quantity or unit."""
    if name in MASSES:
        return MASSES[name]
    match = QUANTITY.match(name)
    if match is None or _unit(name) is None:
        quantity, _, unit = name.partition("_")
        allowed = TEMPERATURES if quantity == "temperature" else PRESSURES
        raise TelemetryError(
            path, f"column {column!r}", f"unit {unit!r} is not known",
            f"Give it as one of {', '.join(f'{quantity}_{u.lower()}' for u in allowed)}",
        )  # fmt: skip
    return match[1].lower()


def _unit(name: str) -> str | None:
    ending = name.partition("_")[2]
    units = TEMPERATURES if name.startswith("temperature") else PRESSURES
    return next((u for u in units if u.lower() == ending or (u == "degC" and ending == "c")), None)


def values_of(path: str, column: pl.Series, name: str) -> Floats:
    """Numbers in SI; NaN where a field is empty and nowhere else."""
    number = column.cast(pl.Float64, strict=False)
    empty = column.is_null()
    if isinstance(column.dtype, pl.String):
        text = column.str.strip_chars()
        number, empty = text.cast(pl.Float64, strict=False), empty | (text == "").fill_null(True)
    value = np.array(number.to_numpy(), dtype=np.float64)
    missing = empty.to_numpy()
    wrong = np.flatnonzero(~missing & ~np.isfinite(value))
    if wrong.size:
        row = int(wrong[0])
        raise TelemetryError(
            path, f"row {row + 1}, column {column.name!r}", f"{column[row]!r} is not a finite number",
            "Leave the field empty where nothing was measured",
        )  # fmt: skip
    unit = _unit(name)
    _, factor, offset = TO_SI[unit] if unit else ("kg", 1.0, 0.0)
    value = np.where(missing, np.nan, value * factor + offset)
    low = np.flatnonzero(value <= 0.0)
    if low.size:
        row = int(low[0])
        raise TelemetryError(
            path, f"row {row + 1}, column {column.name!r}", f"{column[row]!r} is not above zero",
            "Mend the reading or leave it empty",
        )  # fmt: skip
    return value


def check_order(path: str, time_s: Floats) -> None:
    """Raise TelemetryError for times that are unknown or not in order."""
    unknown = np.flatnonzero(~np.isfinite(time_s))
    if unknown.size:
        raise TelemetryError(path, f"row {int(unknown[0]) + 1}", "no time", "Give every row its time")
    step = np.diff(time_s)
    if (step == 0.0).any():
        row = int(np.argmax(step == 0.0)) + 2
        raise TelemetryError(path, f"row {row}", "the same time as the row before", "Keep one row of a moment")
    if (step < 0.0).any():
        row = int(np.argmax(step < 0.0)) + 2
        raise TelemetryError(path, f"row {row}", "earlier than the row before", "Sort the rows by time")


def _channels(path: str, vehicle: Vehicle) -> tuple[Floats, Quantities, dict[str, str], tuple[str, ...]]:
    """The vehicle's own telemetry: of each quantity the channel read most often, medians of hours."""
    source = open_source(path, vehicle)
    samples = next(iter(source.blocks(max(source.rows, 1))))
    hour = np.floor(samples.time_s / 3600.0).astype(np.int64)
    found: dict[str, pl.DataFrame] = {}
    notes = []
    for quantity in ("ppn2", "pressure", "ppo2", "ppco2", "pph2o", "temperature"):
        there = [c for c in vehicle.channels if c.quantity == quantity and c.id in samples.items]
        if not there:
            continue
        channel = max(there, key=lambda c: int(np.count_nonzero(samples.item == samples.items.index(c.id))))
        rows = samples.item == samples.items.index(channel.id)
        _, factor, offset = TO_SI[channel.unit]
        si = samples.value[rows] * factor + offset
        good = (si >= channel.range_si[0]) & (si <= channel.range_si[1])
        frame = pl.DataFrame({"hour": hour[rows][good], quantity: si[good]})
        found[quantity] = frame.group_by("hour").agg(pl.col(quantity).median()).sort("hour")
        notes.append(f"{quantity} from channel {channel.id}")
    hours = np.unique(np.concatenate([f["hour"].to_numpy() for f in found.values()]))
    grid = pl.DataFrame({"hour": hours})
    values = {q: grid.join(f, on="hour", how="left")[q].fill_null(math.nan).to_numpy() for q, f in found.items()}
    return (hours + 0.5) * 3600.0, values, dict(source.provenance), tuple(notes)


def _mass(
    path: str, found: Quantities, vehicle: Vehicle, mass_of: dict[str, float]
) -> tuple[Floats, str, tuple[str, ...]]:
    """The mass that is followed: nitrogen where it can be had, else all gas."""
    for tracer in ("N2", "air"):
        if tracer in found:
            return found[tracer], tracer, ()
    air = vehicle.atmosphere
    if "ppn2" in found:
        return found["ppn2"] * mass_of["N2"], "N2", ()
    if "pressure" not in found:
        raise TelemetryError(
            path, "columns", f"neither mass nor pressure, found {listed(found)}",
            f"Give one of {', '.join(MASSES)}, ppn2_mmhg, pressure_mmhg",
        )  # fmt: skip
    if "ppo2" not in found:
        note = "total pressure only: oxygen made and breathed and water are not taken out, which hides more"
        return found["pressure"] * mass_of["air"], "air", (note,)
    rest = found["pressure"] - found["ppo2"]
    assumed = []
    for quantity, nominal in (("ppco2", air.ppco2_pa.value), ("pph2o", air.pph2o_pa.value)):
        if quantity in found:
            rest = rest - found[quantity]
        else:
            rest = rest - nominal
            assumed.append(quantity)
    note = f"nitrogen is what is left of total pressure; {' and '.join(assumed)} at nominal" if assumed else ""
    return rest * mass_of["N2"], "N2", (note,) if note else ()


def _binned(time_s: Floats, mass: Floats, temperature: Floats | None) -> tuple[Floats, Floats, Floats, float]:
    """Means of hours at the finest; times, masses, thermometer less its mean, width."""
    usual = float(np.median(np.diff(time_s))) if time_s.size > 1 else DAY_S
    width = BIN_S
    kelvin = np.full(time_s.size, np.nan) if temperature is None else temperature
    if usual < width and time_s.size > 1:
        number = np.floor((time_s - time_s[0]) / width).astype(np.int64)
        frame = pl.DataFrame({"bin": number, "t": time_s, "m": mass, "k": kelvin})
        means = frame.group_by("bin").agg(pl.col(c).fill_nan(None).mean() for c in ("t", "m", "k")).sort("bin")
        time_s, mass, kelvin = (means[c].fill_null(math.nan).to_numpy() for c in ("t", "m", "k"))
    else:
        width = usual
    seen = np.isfinite(kelvin)
    warm = np.where(seen, kelvin - (kelvin[seen].mean() if seen.any() else 0.0), 0.0)
    return time_s, mass, warm, width


# --- rates and log ----------------------------------------------------------------------------------------------------


def _holds_rates(path: str) -> bool:
    if path.lower().endswith(".toml"):
        return True
    if not path.lower().endswith((".csv", ".csv.gz")) or not Path(path).is_file():
        return False
    names = {c.strip().lower() for c in read_table(path).frame.columns}
    return {"date", "rate"} <= names


def _rates(path: str) -> tuple[DatedRate, ...]:
    if not path.lower().endswith(".toml"):
        frame = read_table(path).frame
        names = {c: c.strip().lower() for c in frame.columns}
        return rates_of_rows(path, [{names[c]: v for c, v in row.items()} for row in frame.iter_rows(named=True)])
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TelemetryError(path, "path", str(error)[:160], "Give a readable UTF-8 TOML file") from error
    return rates_of_toml(path, text)


def _log(path: str, share: float, tracer: str) -> tuple[LogEntry, ...]:
    """Entries in order of time; masses of air become masses of the tracer."""
    frame = read_table(path).frame
    names = {c.strip().lower(): c for c in frame.columns}
    for wanted in ("time", "kind"):
        if wanted not in names:
            raise TelemetryError(
                path, "header", f"no column {wanted}; found {listed(names)}", "Give time, kind, mass_kg"
            )
    time_s, _ = seconds(path, frame[names["time"]])
    entries = []
    for row, fields in enumerate(frame.iter_rows(named=True), start=1):
        said = {
            key: (fields[name] or "").strip() for key, name in names.items() if isinstance(fields[name], str | None)
        }
        kind = said["kind"].lower()
        if kind not in KINDS:
            raise TelemetryError(
                path, f"row {row}, kind", f"{said['kind']!r} is not known", f"One of {', '.join(KINDS)}"
            )
        mass, sd = (kilograms(path, f"row {row}, {key}", said.get(key, "")) for key in ("mass_kg", "sd_kg"))
        gas = said.get("gas", "").lower() or "air"
        if gas not in ("air", "n2", "o2"):
            raise TelemetryError(path, f"row {row}, gas", f"{gas!r} is not known", "One of air, N2, O2")
        part = {"air": share, "n2": 1.0, "o2": 0.0 if tracer == "N2" else 1.0}[gas]
        if kind == "patch" and mass is not None:
            raise TelemetryError(path, f"row {row}, mass_kg", "a patch moves no gas", "Leave mass_kg empty")
        if sd is not None and sd <= 0.0:
            raise TelemetryError(path, f"row {row}, sd_kg", f"{sd:g} is not above zero", "Leave it empty if unknown")
        scaled = None if mass is None else mass * part
        entries.append(LogEntry(float(time_s[row - 1]), kind, scaled, sd, said.get("note", "")))
    if any(b.time_s < a.time_s for a, b in pairwise(entries)):
        raise TelemetryError(path, "rows", "not in order of time", "Sort the rows by time")
    return tuple(entries)
