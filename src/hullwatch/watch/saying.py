"""How the chain says things: line by line as they become known, so that a verdict need not wait for the plan after it.

    trend, estimate, state, alarm  --None-->  advice, crew_time ...
                                     `-- what comes next takes long: hand over what was said

Where a pause is hangs on the data alone, and pauses change neither the lines nor their order.
"""

from collections.abc import Callable, Generator

from hullwatch.records import Event
from hullwatch.watch.memory import WatchMemory

Saying = Generator[tuple[Event, ...] | None, None, WatchMemory]
"""Gives lines, or None for a pause; returns the memory after them."""


def gathered(
    said: Saying, early: Callable[[tuple[Event, ...]], None] | None = None
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """The memory after all of it, and its lines but for those that `early` was given at a pause."""
    waiting: tuple[Event, ...] = ()
    while True:
        try:
            part = next(said)
        except StopIteration as done:
            memory: WatchMemory = done.value
            return memory, waiting
        waiting += part or ()
        if part is None and waiting and early is not None:
            early(waiting)
            waiting = ()
