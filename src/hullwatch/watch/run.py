"""Run the chain over a source, block by block, handing every line to a keeper as soon as it is known."""

from collections.abc import Callable

from hullwatch.records import Event, LoggedOperation
from hullwatch.telemetry.source import BLOCK_ROWS, Source
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch.chain import begin, end, watch
from hullwatch.watch.memory import Settings
from hullwatch.watch.words import quality

Keeper = Callable[[tuple[Event, ...]], None]


def run(
    source: Source,
    vehicle: Vehicle,
    false_alarms_per_year: float,
    keep: Keeper,
    advance: Callable[[int], None] = lambda rows: None,
    rows: int = BLOCK_ROWS,
    log: tuple[LoggedOperation, ...] = (),
) -> bool:
    """Watch a source to its end; returns True if it was interrupted (Ctrl-C), with the record closed properly.

    `keep` gets the lines of each block before the next block is read; `advance` the rows taken in (-1 when done).
    """
    settings = Settings(false_alarms_per_year)
    blocks = iter(source.blocks(rows))
    first = next(blocks, None)
    start_s = float(first.time_s[0]) if first is not None and first.time_s.size else 0.0
    memory, events = begin(vehicle, source.name, source.provenance, settings, start_s, log)
    keep((*events, *(quality(note, start_s) for note in source.notes)))
    interrupted = False
    try:
        block = first
        while block is not None:
            memory, events = watch(memory, vehicle, settings, block)
            keep(events)
            advance(block.time_s.size)
            block = next(blocks, None)
    except KeyboardInterrupt:
        interrupted = True
    memory, events = end(memory, vehicle, settings, interrupted)
    keep(events)
    advance(-1)
    return interrupted
