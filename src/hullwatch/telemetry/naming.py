"""Which channel a column of a wide table holds, by its name.

    the id, or ..._<id>                 crewlock_pressure_torr_AIRLOCK000049
    another name the vehicle knows      temp_pressensor_c; * stands for anything: pressure_*_hpa
    a pair of bounds                    ptot_min_mmhg and ptot_max_mmhg: the reading lies half-way

A sensor the ship has several of takes one column for each, in the order in which they stand. The lowest, the highest
and the spread within a stretch of time are no readings: columns named so are never taken by a pattern.
"""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass

from hullwatch.telemetry.columns import item_of_column
from hullwatch.vehicle.facts import Channel

NO_READING = frozenset({"min", "max", "std", "sd", "rms", "count", "delta", "diff"})
"""Words in a column's name that say it is no reading."""


@dataclass(frozen=True, slots=True)
class Names:
    """Column -> item for every column of its own, and item -> (low, high) for items between two columns."""

    own: dict[str, str]
    between: dict[str, tuple[str, str]]
    twice: tuple[str, str, str] | None = None  # item and two columns that both claim it


def name_columns(wide: Sequence[str], channels: Sequence[Channel]) -> Names:
    """Channels of the columns of a wide table; a column no channel knows keeps its own name."""
    ids = [channel.id for channel in channels]
    own: dict[str, str] = {}
    by_item: dict[str, str] = {}

    def give(column: str, item: str) -> bool:
        free = next((name for name in (item, *_twins(item, channels)) if name not in by_item), None)
        if free is None:
            return False
        own[column], by_item[free] = free, column
        return True

    for column in wide:
        item = item_of_column(column, ids)
        if item in ids and not give(column, item):
            return Names(own, {}, (item, by_item[item], column))
    for known in (False, True):  # names first, then patterns
        for column in wide:
            item_of = _aliased(column, channels, patterns=known)
            if column not in own and item_of is not None:
                give(column, item_of)
    between = {}
    plain = {column.strip().lower(): column for column in wide}
    for channel in channels:
        low, high = channel.bounds or ("", "")
        if channel.id not in by_item and low in plain and high in plain:
            between[channel.id] = (plain[low], plain[high])
    used = {column for pair in between.values() for column in pair}
    rest = {column: column.strip() for column in wide if column not in own and column not in used}
    return Names(own | rest, between)


def _aliased(column: str, channels: Sequence[Channel], patterns: bool) -> str | None:
    """The channel that has this column among its other names."""
    name = column.strip().lower()
    for channel in channels:
        if channel.twin_of is not None:
            continue
        for other in channel.columns:
            if patterns and "*" in other and not NO_READING & set(name.split("_")):
                if fnmatch.fnmatchcase(name, other.lower()):
                    return channel.id
            elif not patterns and name == other.lower():
                return channel.id
    return None


def _twins(item: str, channels: Sequence[Channel]) -> list[str]:
    """Further sensors of the same kind, in order."""
    return [channel.id for channel in channels if channel.twin_of == item]
