"""Recordings from files: Parquet or CSV, long or wide, one file or a directory of them, become a source.

    file -> table (parquet_file, csv_file) -> readings in file order (readings) -> order of arrival (arrival) -> source

This is an edge: files are opened here and in the two readers, nowhere else in the room.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hullwatch.errors import TelemetryError
from hullwatch.records import QualityNote, Samples
from hullwatch.telemetry.arrival import in_arrival_order, merged
from hullwatch.telemetry.columns import Table, listed
from hullwatch.telemetry.csv_file import read_csv
from hullwatch.telemetry.parquet_file import read_parquet
from hullwatch.telemetry.plausibility import check_unit
from hullwatch.telemetry.readings import Part, read_readings
from hullwatch.telemetry.side_by_side import side_by_side
from hullwatch.telemetry.source import Recording, Source
from hullwatch.vehicle.facts import Vehicle

ENDINGS = (".parquet", ".csv", ".csv.gz")


def open_source(path: str, vehicle: Vehicle) -> Source:
    """Read a recording, whole, in order of arrival.

    Raises TelemetryError, naming file, place and remedy, when it cannot be read or holds nothing this vehicle can
    be watched by. Mended or doubtful data is no error: see the source's notes.
    """
    ids = tuple(channel.id for channel in vehicle.channels)
    parts = [in_arrival_order(read_readings(_read(file), vehicle.channels)) for file in _files(path)]
    parts = side_by_side(parts, vehicle.channels)
    found = {name for part in parts for name in part.found}
    if not found & set(ids):
        raise TelemetryError(
            path,
            "channels",
            f"nothing in it is known to {vehicle.name}: found {listed(sorted(found))}; expected {listed(ids)}",
            "Is --vehicle right?",
        )
    parts, items = _with_items(parts, ids)
    time_s, item, value = merged(parts)
    samples = Samples(time_s=time_s, item=item, value=value, items=items)
    notes = tuple(note for part in parts for note in part.notes)
    _check_pressure(path, vehicle, items, notes)
    notes += _check_units(path, vehicle, samples) + _unknown(samples, ids)
    return Recording(path, samples, _provenance(parts), notes)


def _files(path: str) -> list[str]:
    """The file itself, or the readable files of a directory by name."""
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISDIR(mode):
            return [path]
        names = sorted(name for name in os.listdir(path) if not name.startswith("."))
    except (OSError, ValueError) as error:
        raise _unopened(path, error) from error
    chosen = [str(Path(path, name)) for name in names if name.lower().endswith(ENDINGS)]
    if not chosen:
        raise TelemetryError(
            path,
            "directory",
            f"no telemetry in it, found {listed(names)}",
            f"Give files ending in {', '.join(ENDINGS)}",
        )
    return chosen


def _read(file: str) -> Table:
    """The table of one file, by its ending."""
    if not file.lower().endswith(ENDINGS):
        raise TelemetryError(file, "name", "unknown kind of file", f"Give a file ending in {', '.join(ENDINGS)}")
    try:
        state = os.stat(file)
        if not stat.S_ISREG(state.st_mode):
            raise TelemetryError(file, "name", "not a regular file", "Copy the recording into a file first")
        if state.st_size == 0:
            raise TelemetryError(file, "byte 0", "the file is empty", "Fetch it again, or check the export")
        return read_parquet(file) if file.lower().endswith(".parquet") else read_csv(file)
    except OSError as error:
        raise _unopened(file, error) from error


def _unopened(path: str, error: OSError | ValueError) -> TelemetryError:
    if isinstance(error, FileNotFoundError):
        return TelemetryError(path, "path", "no such file or directory", "Check the spelling and the current directory")
    reason = getattr(error, "strerror", None) or str(error)
    return TelemetryError(path, "path", f"cannot be opened: {reason}", "Check the path and its permissions")


def _with_items(parts: Sequence[Part], ids: tuple[str, ...]) -> tuple[list[Part], tuple[str, ...]]:
    """Parts whose codes point into one tuple of items: the vehicle's channels first, in its order, then the others."""
    present = {part.found[code] for part in parts for code in np.flatnonzero(np.bincount(part.code))}
    items = tuple(id for id in ids if id in present) + tuple(sorted(present - set(ids)))
    index = {name: code for code, name in enumerate(items)}
    tables = [np.array([index.get(name, -1) for name in part.found], dtype=np.int64) for part in parts]
    return [replace(part, code=table[part.code]) for part, table in zip(parts, tables, strict=True)], items


def _check_pressure(path: str, vehicle: Vehicle, items: tuple[str, ...], notes: tuple[QualityNote, ...]) -> None:
    wanted = [channel.id for channel in vehicle.channel_of("pressure")]
    if set(wanted) & set(items):
        return
    lost = [f"{note.channel}: {note.why}" for note in notes if note.channel in wanted]
    raise TelemetryError(
        path,
        "channels",
        f"missing pressure channel: found {listed(items)}" + (f" ({'; '.join(lost)})" if lost else ""),
        f"Record at least one of {listed(wanted)}",
    )


def _check_units(path: str, vehicle: Vehicle, samples: Samples) -> tuple[QualityNote, ...]:
    notes: tuple[QualityNote, ...] = ()
    for channel in vehicle.channel_of("pressure"):
        if channel.id in samples.items:
            rows = samples.item == samples.items.index(channel.id)
            nominal_pa = vehicle.atmosphere.pressure_pa.value
            notes += check_unit(path, channel, samples.time_s[rows], samples.value[rows], nominal_pa)
    return notes


def _unknown(samples: Samples, ids: tuple[str, ...]) -> tuple[QualityNote, ...]:
    """One note that lists every item the vehicle does not know."""
    names = [name for name in samples.items if name not in ids]
    if not names:
        return ()
    rows = samples.item >= len(samples.items) - len(names)
    time_s = samples.time_s[rows]
    why = f"{len(names)} items the vehicle does not know only show that the feed speaks: {', '.join(names)}"
    return (QualityNote("unknown", None, float(time_s.min()), float(time_s.max()), len(time_s), why),)


def _provenance(parts: Sequence[Part]) -> dict[str, str]:
    """Entries of all files; where files disagree, all their answers."""
    texts: dict[str, list[str]] = {}
    for part in parts:
        for key, text in part.provenance.items():
            if text not in texts.setdefault(key, []):
                texts[key].append(text)
    return {key: "; ".join(every) for key, every in texts.items()}
