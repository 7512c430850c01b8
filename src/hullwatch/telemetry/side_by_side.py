"""Several files of one kind of sensor: one after the other they are one sensor, at the same time they are two.

part1 ------|                       first sensor
       part2 ------|                first sensor, later
other ----------------|             at the same time: the second sensor
"""

from collections.abc import Sequence
from dataclasses import replace

from hullwatch.telemetry.readings import Part
from hullwatch.vehicle.facts import Channel

OVERLAP_S = 60.0
"""Files that overlap by less are one recording cut in two."""


def side_by_side(parts: Sequence[Part], channels: Sequence[Channel]) -> list[Part]:
    """The parts with their items given to the first sensor of its kind that is not speaking at that time.

    Only ships that say a sensor may be there several times are concerned. In a file that goes to the second sensor, an
    item the ship has only one of is no longer that item: two thermometers are not one that jumps.
    """
    twins = {c.id: [t.id for t in channels if t.twin_of == c.id] for c in channels if c.twin_of is None}
    several = {item for item, others in twins.items() if others}
    taken: list[list[tuple[float, float]]] = []
    placed = []
    for part in parts:
        if not several & set(part.found) or not part.time_s.size:
            placed.append(part)
            continue
        span = (float(part.time_s.min()), float(part.time_s.max()))
        free = next((k for k, spans in enumerate(taken) if not any(_overlap(span, other) for other in spans)), None)
        if free is None:
            free = len(taken)
            taken.append([])
        taken[free].append(span)
        placed.append(_renamed(part, free, twins) if free else part)
    return placed


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return min(one[1], other[1]) - max(one[0], other[0]) > OVERLAP_S


def _renamed(part: Part, sensor: int, twins: dict[str, list[str]]) -> Part:
    """The part as the readings of a further sensor: 1 the second, 2 the third."""

    def name(item: str) -> str:
        if item not in twins:
            return item
        others = twins[item]
        return others[sensor - 1] if sensor <= len(others) else f"{item} of {part.file.rpartition('/')[2]}"

    return replace(part, found=tuple(name(item) for item in part.found))
