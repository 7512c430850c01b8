"""Sensors that are not believed, or not as they read, and why: what the record says of them."""

from collections.abc import Iterator

from hullwatch.balance.air import K_TIME, AirMemory
from hullwatch.balance.glass import G_JUMP, G_JUMPED
from hullwatch.balance.heard import W_APART, W_BESIDE, W_CODE, W_LEFT
from hullwatch.records import QualityNote
from hullwatch.units import TO_SI, utc_text
from hullwatch.vehicle.facts import Channel, Vehicle


def doubts(memory: AirMemory, vehicle: Vehicle) -> tuple[QualityNote, ...]:
    """What is doubted of the group's sensors as of its last frame; start_s is since when."""
    return (*_of_gauges(memory, vehicle), *_of_thermometers(memory, vehicle))


def _of_gauges(memory: AirMemory, vehicle: Vehicle) -> Iterator[QualityNote]:
    now_s = float(memory.clock[K_TIME])
    for channel_number, window in zip(memory.layout.sensors, memory.window, strict=True):
        channel = vehicle.channels[channel_number]
        if window[W_APART] > 0.0:
            beside = float(window[W_BESIDE])
            side = "below" if beside < 0.0 else "above"
            since = float(window[W_APART])
            why = (
                f"reads {_shown(abs(beside), channel)} {side} the middle one of the gauges since "
                f"{utc_text(since)}: in other air, or faulty; not used"
            )
            yield QualityNote("apart", channel.id, since, now_s, 1, why)
        if window[W_LEFT] > 0.0:
            since = float(window[W_LEFT])
            factor, offset = TO_SI[channel.unit][1:]
            why = (
                f"unchanged at {(float(window[W_CODE]) - offset) / factor:.6g} {channel.unit} since {utc_text(since)} "
                "while two other gauges went on: stuck, or its readings are lost; no witness until it moves"
            )
            yield QualityNote("stuck", channel.id, since, now_s, 1, why)


def _of_thermometers(memory: AirMemory, vehicle: Vehicle) -> Iterator[QualityNote]:
    for channel_number, glass in zip(memory.layout.thermometer, memory.glass, strict=True):
        if glass[G_JUMPED] > 0.0:
            channel, at = vehicle.channels[channel_number], float(glass[G_JUMPED])
            why = (
                f"{'rose' if glass[G_JUMP] > 0.0 else 'fell'} by {_shown(abs(float(glass[G_JUMP])), channel)} at once, "
                "as no air does: the sensor's own jump; its readings count from there"
            )
            yield QualityNote("jump", channel.id, at, at, 1, why)


def _shown(difference_si: float, channel: Channel) -> str:
    """A difference in the channel's unit."""
    unit = "K" if channel.quantity == "temperature" else channel.unit
    return f"{difference_si / (1.0 if unit == 'K' else TO_SI[channel.unit][1]):.3g} {unit}"
