"""Run the chain over a source, block by block, handing every line to a keeper as soon as it is known."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from hullwatch.errors import DescriptionError, OutOfRange
from hullwatch.records import Event, LoggedOperation, Samples
from hullwatch.telemetry.source import BLOCK_ROWS, Source
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.roster import Roster
from hullwatch.watch.chain import begin, ending, hear, saying
from hullwatch.watch.memory import Settings, WatchMemory
from hullwatch.watch.saved import Readings, Saved, rest_of
from hullwatch.watch.saying import gathered
from hullwatch.watch.words import quality

Keeper = Callable[[tuple[Event, ...]], None]
Saver = Callable[[tuple[Event, ...], Saved], None]
SAVE_S = 3600.0
"""What the watch knows is saved once in an hour of data: that much is judged again after a crash, in about a second."""


def run(
    source: Source,
    vehicle: Vehicle,
    false_alarms_per_year: float,
    keep: Keeper,
    advance: Callable[[int], None] = lambda rows: None,
    rows: int = BLOCK_ROWS,
    log: tuple[LoggedOperation, ...] = (),
    evidence: tuple[Event, ...] = (),
    roster: Roster | None = None,
    heard: Callable[[], Sequence[tuple[float, Event]]] = lambda: (),
    save: Saver | None = None,
    resumed: Saved | None = None,
) -> bool:
    """Watch a source to its end; True if it was told to stop (KeyboardInterrupt), with the record closed properly.

    `keep` gets the lines of each block before the next block is read, those of a verdict before what is to be done is
    planned; `advance` the rows taken in (-1 when done);
    `heard` gives what others have said in the record since it was last asked, each with the time of data from which on
    it counts. `save` gets
    the lines in place of `keep`, with what the watch knows after them, once in a while and after it heard something; a
    watch that is given one of these as `resumed` goes on from there and gives the lines that would have followed.
    """
    settings = Settings(false_alarms_per_year)
    readings, saved_at, unsaved = Readings(), -1.0, True

    def hand_over(events: tuple[Event, ...]) -> None:
        nonlocal saved_at, unsaved
        now = (memory.last_s or 0.0) // SAVE_S
        if save is None or not events or not (unsaved or now > saved_at):
            keep(events)
            return
        save(events, Saved(memory, readings.count, readings.seen))
        saved_at, unsaved = now, False

    if resumed is None:
        blocks, start_s = _from_start(source, rows)
        memory, events = begin(vehicle, source.name, source.provenance, settings, start_s, log, evidence, roster)
        hand_over((*events, *(quality(note, start_s) for note in source.notes)))
    else:
        memory, blocks = resumed.memory, rest_of(source.blocks(rows), resumed, readings, source.name)
        advance(resumed.taken)
    left = _Left(blocks)
    for block in left:
        told = heard()
        unsaved = unsaved or bool(told)
        said = saying(_hear(memory, vehicle, told), vehicle, settings, block)
        # what was judged with words just heard goes to the record in one piece with the memory of having heard them
        memory, events = gathered(said, keep if save is None or not unsaved else None)
        if save is not None:
            readings.add(block)
        hand_over(events)
        advance(block.time_s.size)
    memory, events = gathered(ending(memory, vehicle, settings, left.interrupted), keep)
    keep(events)
    advance(-1)
    return left.interrupted


class _Left:
    """Blocks up to the end, or up to where their source was told to stop: never in the middle of one."""

    def __init__(self, blocks: Iterator[Samples]) -> None:
        self._blocks, self.interrupted = blocks, False

    def __iter__(self) -> Iterator[Samples]:
        with contextlib.suppress(StopIteration):
            while True:
                try:
                    block = next(self._blocks)
                except KeyboardInterrupt:
                    self.interrupted = True
                    return
                yield block


def _hear(memory: WatchMemory, vehicle: Vehicle, told: Sequence[tuple[float, Event]]) -> WatchMemory:
    """Take in what people said; words that cannot be weighed on this ship stay in the record and stop no watch."""
    for one in told:
        with contextlib.suppress(DescriptionError, OutOfRange):
            memory = hear(memory, vehicle, (one,))
    return memory


def _from_start(source: Source, rows: int) -> tuple[Iterator[Samples], float]:
    """All blocks, and the time of the first reading; 0 where there is none."""
    blocks = source.blocks(rows)
    first = next(blocks, None)
    if first is None:
        return iter(()), 0.0
    return chain([first], blocks), float(first.time_s[0]) if first.time_s.size else 0.0
