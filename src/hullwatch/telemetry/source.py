"""A source of telemetry: readings in order of arrival, handed over in blocks of any size.

A live feed and a recording look the same from here on. Cutting into other blocks never changes what is in them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hullwatch.errors import OutOfRange
from hullwatch.records import Floats, Ints, QualityNote, Samples

BLOCK_ROWS = 262_144
"""Rows of a block unless asked otherwise: long enough for compiled loops, 6 MB, a screenful of progress a second."""


class Source(Protocol):
    """Whatever hands over readings in the order in which they arrived."""

    @property
    def name(self) -> str:
        """What is read, as the user named it."""
        ...

    @property
    def provenance(self) -> Mapping[str, str]:
        """Where the readings come from, such as the scenario of a simulation; empty when the source does not say."""
        ...

    @property
    def notes(self) -> tuple[QualityNote, ...]:
        """What the reader had to mend or decide before the first reading was handed over."""
        ...

    @property
    def rows(self) -> int:
        """How many readings there are."""
        ...

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[Samples]:
        """Hand the readings over in order of arrival, `rows` at a time (fewer in the last block)."""
        ...


@dataclass(frozen=True, slots=True)
class Recording:
    """A source that is in memory as a whole."""

    name: str
    samples: Samples
    provenance: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[QualityNote, ...] = ()

    @property
    def rows(self) -> int:
        """How many readings there are."""
        return len(self.samples.time_s)

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[Samples]:
        """Hand the readings over in order of arrival; blocks are views, so nothing is copied."""
        if rows < 1:
            raise OutOfRange("rows", rows, "a block has at least one row")
        whole = self.samples
        for start in range(0, self.rows, rows):
            cut = slice(start, start + rows)
            yield _block(whole.time_s[cut], whole.item[cut], whole.value[cut], whole.items)


def _block(time_s: Floats, item: Ints, value: Floats, items: tuple[str, ...]) -> Samples:
    return Samples(time_s=time_s, item=item, value=value, items=items)
