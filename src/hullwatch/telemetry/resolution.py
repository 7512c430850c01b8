"""To what step a recording was written, where the vehicle file leaves that to the recording.

One kind of sensor is recorded by many hands: to its own step of a few thousandths of a hectopascal, or rounded to a
tenth. What is lost in rounding is doubt that the sensor itself does not have.
"""

from dataclasses import replace

import numpy as np

from hullwatch.records import Floats
from hullwatch.telemetry.source import Source
from hullwatch.units import TO_SI
from hullwatch.vehicle.facts import Channel, Vehicle

DIGITS = 6
"""Most digits behind the point that are looked at; finer than any cabin sensor."""
FEW = 10
"""Readings it takes to say how they are written."""


def as_written(vehicle: Vehicle, source: Source) -> Vehicle:
    """The vehicle with the steps of this recording in the channels that ask for it (first block of readings)."""
    asking = [channel for channel in vehicle.channels if channel.quantum_as_written]
    block = next(iter(source.blocks()), None) if asking else None
    if block is None:
        return vehicle
    step = {
        channel.id: written_step(block.value[block.item == block.items.index(channel.id)])
        for channel in asking
        if channel.id in block.items
    }
    return replace(
        vehicle, channels=tuple(_coarser(channel, step.get(channel.id, 0.0)) for channel in vehicle.channels)
    )


def written_step(value: Floats) -> float:
    """The largest power of ten, at most one, that all values are multiples of; 0 when too few, or written finer."""
    if value.size < FEW:
        return 0.0
    for digits in range(DIGITS):
        scaled = value * 10.0**digits
        if (np.abs(scaled - np.rint(scaled)) < 1e-3).all():
            return float(10.0**-digits)
    return 0.0


def _coarser(channel: Channel, step: float) -> Channel:
    return replace(channel, quantum_si=max(channel.quantum_si, step * TO_SI[channel.unit][1]))
