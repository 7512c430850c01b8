"""A feed of five sensors in one room, row by row, and what cleaning makes of it."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from hullwatch.records import Frames, QualityNote, Samples
from hullwatch.telemetry.clean import CleanMemory, begin, clean, flush
from hullwatch.units import MMHG_PA
from hullwatch.vehicle.facts import Channel, Vehicle

Row = tuple[float, str, float]
T0 = 1_539_320_400.0
ITEMS = ("P", "Q", "T", "O2", "VALVE", "FEED", "NOBODY")
PA = (60.0 * MMHG_PA, 850.0 * MMHG_PA)
CHANNELS = (
    Channel("P", "pressure", "pressure", "mmHg", "cabin", PA, spike_si=0.3 * MMHG_PA, stuck_after_s=4000.0),
    Channel("Q", "other pressure", "pressure", "psi", "cabin", PA),
    Channel("T", "temperature", "temperature", "degC", "cabin", (273.15, 323.15)),
    Channel("O2", "oxygen", "ppo2", "mmHg", "cabin", (0.0, 5e4), publish="periodic", period_s=20.0, spike_si=400.0),
    Channel("VALVE", "valve", "makeup_valve", "code", "cabin", (-0.5, 3.5)),
    Channel("FEED", "feed", "feed_status", "code", None, (-0.5, 1000.5)),
)
COLUMN = {channel.id: k for k, channel in enumerate(CHANNELS)}


def samples(rows: Sequence[Row]) -> Samples:
    return Samples(
        np.array([T0 + row[0] for row in rows], dtype=np.float64),
        np.array([ITEMS.index(row[1]) for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=np.float64),
        ITEMS,
    )


def joined(parts: Sequence[Frames]) -> Frames:
    def column_of(name: str) -> Any:
        return np.concatenate([getattr(p, name) for p in parts])

    return Frames(
        column_of("time_s"),
        column_of("value_si"),
        column_of("previous_si"),
        column_of("fresh"),
        column_of("flags"),
        parts[0].channels,
    )


def run(
    ship: Vehicle, rows: Sequence[Row], cuts: Sequence[int] = ()
) -> tuple[Frames, tuple[QualityNote, ...], CleanMemory]:
    """Everything the rows become, cut before these places."""
    memory, parts = begin(ship), []
    notes: list[QualityNote] = []
    edges = [0, *sorted(cuts), len(rows)]
    for start, stop in pairwise(edges):
        memory, frames, said = clean(memory, ship, samples(rows[start:stop]))
        parts.append(frames)
        notes += said
    memory, last = flush(memory)
    return joined([*parts, last]), tuple(notes), memory


def steady(start: int, stop: int, p: float = 745.0, item: str = "P") -> list[Row]:
    return [(float(t), item, p) for t in range(start, stop)]


def kinds(notes: Sequence[QualityNote]) -> list[str]:
    return [note.kind for note in notes]


def column(frames: Frames, item: str) -> np.ndarray:
    return np.asarray(frames.value_si[:, COLUMN[item]])


def flags(frames: Frames, item: str) -> np.ndarray:
    return np.asarray(frames.flags[:, COLUMN[item]])
