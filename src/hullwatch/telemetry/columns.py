"""Which columns of a table hold the time, the items and the values: long or wide, by their names.

    long   time, item, value                       one reading a row
    wide   time, <channel>, <channel>, ...         one moment a row; a name may end in _<channel id>

A long table is one with an item and a value column; everything else is wide.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from hullwatch.errors import TelemetryError

TIME_NAMES = (
    "time", "time_utc", "timestamp", "timestamp_utc", "datetime", "utc",
    "time_stamp", "unix_time_s", "unix_time_ms", "epoch_s", "epoch_ms", "time_s", "time_ms", "hour_utc",
)  # fmt: skip
ITEM_NAMES = ("item", "id", "channel", "name")
VALUE_NAMES = ("value", "reading")
MAX_COLUMNS = 4_096
"""Most columns: a table of one for each channel has some hundreds, and each is compared with every channel."""
SHOWN = 8
"""How many names an error lists before it only counts."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file as it was read: text columns are still text."""

    file: str
    frame: pl.DataFrame
    provenance: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns; a wide table has no item and value column but one column per item in `wide`."""

    time: str
    item: str | None
    value: str | None
    wide: tuple[str, ...]

    @property
    def needed(self) -> list[str]:
        """The columns that have to be read."""
        return [self.time, *(name for name in (self.item, self.value) if name is not None), *self.wide]


def find_columns(file: str, header: Sequence[str], stamps: Sequence[str] = ()) -> Columns:
    """Find time, item and value column, or time and one column per item.

    Names are compared without case and outer blanks, in the order of the lists above: a table may carry its time
    twice (`unix_time_s` beside `time_utc`), and the others are then no items. `stamps` are the columns of datetimes.
    """
    names = {name.strip().lower(): name for name in header}
    times = [names[alias] for alias in TIME_NAMES if alias in names]
    # pandas stores an unnamed time index under a name of its own: the only datetime column is the time
    times = times or list(stamps)[:1]
    if not times:
        raise TelemetryError(
            file, "header", f"no time column; found {listed(header)}", f"Name one of {', '.join(TIME_NAMES)}"
        )
    item = next((names[alias] for alias in ITEM_NAMES if alias in names), None)
    value = next((names[alias] for alias in VALUE_NAMES if alias in names), None)
    if item is not None and value is not None:
        return Columns(times[0], item, value, ())
    return Columns(times[0], None, None, tuple(name for name in header if name not in times))


def item_of_column(column: str, ids: Iterable[str]) -> str:
    """The channel a wide column holds: its name is the id or ends in `_<id>`; otherwise the column's own name."""
    name = column.strip()
    fits = [id for id in ids if name == id or name.endswith(f"_{id}")]
    return max(fits, key=len, default=name)


def listed(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    every = [repr(name)[:64] for name in names]
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return (", ".join(every[:SHOWN]) + more) or "nothing"
