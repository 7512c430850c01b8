"""Where the rows of a watch go: a new record, or that of the same watch that was cut off, which goes on."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hullwatch.cli.leaving import RECORD, directory, fresh_record

if TYPE_CHECKING:
    from hullwatch.incident.keeping import Keeper
    from hullwatch.incident.store import Record
    from hullwatch.records import Event
    from hullwatch.vehicle.facts import Vehicle
    from hullwatch.watch.saved import Saved

EVIDENCE = ("evidence", "evidence_withdrawn")
HEARD = (*EVIDENCE, "limit_changed", "hatch_report", "crew_report")
"""Kinds of statement that the watch takes into account."""


@dataclass
class Kept:
    """A watch's record while it runs. inputs: digest of all that it was given beside its readings."""

    keeper: "Keeper"
    inputs: str
    resumed: "Saved | None" = None
    asked: int = 0  # rows up to here were searched for what others said
    ended: bool = False  # this very watch has been kept to its end: there is nothing to do
    own: "set[Any]" = field(default_factory=set)  # what is not to be heard (again), by content
    again: "list[tuple[float, Event]]" = field(default_factory=list)  # heard before it was cut off, with from when on
    events: "list[Event]" = field(default_factory=list)

    def keep(self, events: "tuple[Event, ...]") -> None:
        """Write rows."""
        self._take(events)
        ended = any(event.kind == "watch_ended" for event in events)
        self.keeper.append(events, b"" if ended else None)  # a watch that has ended needs no memory

    def save(self, events: "tuple[Event, ...]", saved: "Saved") -> None:
        """Write rows, and what the watch knows after them."""
        from hullwatch.watch.saved import pack

        self._take(events)
        beside = {"asked": self.asked, "own": sorted(self.own, key=str)}
        self.keeper.append(events, pack(saved, self.inputs, beside))

    def heard(self) -> "list[tuple[float, Event]]":
        """What others said since this was last asked, and the time of data from which on it counts."""
        from hullwatch.errors import RecordError

        again, self.again = self.again, []
        if self.keeper.known:
            return again  # the rows being given again were written before anything else was heard
        record = self.keeper.record
        try:
            since, self.asked = self.asked, record.head[0]
            rows = list(record.rows(HEARD, after=since))
        except RecordError as error:
            if not error.passing:
                raise
            return again  # the keeper says what is wrong when it writes
        fresh = [row.event for row in rows if row.content not in self.own and _can_be_heard(row.event)]
        self.events.extend(fresh)
        return again + [(event.time_s, event) for event in fresh]

    def finish(self) -> "list[Event]":
        """All events, from the record if all of them could be written."""
        self.keeper.finish()
        return list(self.keeper.record.events())

    def _take(self, events: "tuple[Event, ...]") -> None:
        from hullwatch.incident.chain import row_of

        self.own |= {row_of(event).content for event in events if event.kind in EVIDENCE}
        self.events.extend(events)


def _can_be_heard(event: "Event") -> bool:
    """Whether a row says what evidence must say: others write to the record too, and may write anything."""
    if event.kind not in EVIDENCE:
        return True  # the watch looks at it itself
    kind, observed, number = (event.data.get(name) for name in ("kind", "observed", "number"))
    if event.kind == "evidence":
        return isinstance(kind, str) and isinstance(observed, dict)
    return isinstance(number, int) and not isinstance(number, bool)


def kept_in(out: Path | None, record: str, begun: "dict[str, Any]", inputs: str, ship: "Vehicle") -> Kept | None:
    """The record of a watch, taken up again if one of the same watch lies there unfinished; None where none is asked.

    begun: what the first row of the same watch would say of source, vehicle and settings.
    """
    from hullwatch.incident.keeping import Keeper
    from hullwatch.incident.store import open_record

    if out is not None:
        directory(out)
    if not record and out is None:
        return None
    place = record or str(out / RECORD if out is not None else "")
    if record or Path(place).exists():
        opened = open_record(place)
        try:
            kept = _taken_up(opened, begun, inputs, ship)
            if kept is None and record:
                raise _other(opened)
        except BaseException:
            opened.close()
            raise
        if kept is not None and (record or not kept.ended):
            return kept
        opened.close()  # which brings all that was acknowledged into the one file, before it is moved
    if out is not None and not record:
        place = str(fresh_record(out))
    return Kept(Keeper(open_record(place), _say), inputs)


def _taken_up(opened: "Record", begun: "dict[str, Any]", inputs: str, ship: "Vehicle") -> Kept | None:
    """The unfinished watch in a record, if it is the same; a new one where there is nothing yet."""
    from hullwatch.incident.keeping import Keeper, known_rows
    from hullwatch.watch.saved import unpack

    if not opened.head[0]:
        return Kept(Keeper(opened, _say), inputs)
    first = next(iter(opened.events("watch_started")), None)
    if first is None or any(first.data.get(name) != value for name, value in begun.items()):
        return None
    if next(iter(opened.rows("watch_ended")), None) is not None:
        return Kept(Keeper(opened, _say), inputs, ended=True, events=list(opened.events()))
    memory = opened.memory
    found = unpack(memory[1], inputs, ship) if memory is not None else None
    if found is None:
        _say(f"{opened.name}: unfinished, and what the watch knew cannot be taken up: it is judged from its beginning")
        return _begun_again(opened, Kept(Keeper(opened, _say, known_rows(opened.rows())), inputs))
    seq = memory[0] if memory is not None else 0
    saved, beside = found
    _say(f"{opened.name}: unfinished at row {opened.head[0]}: the watch goes on after {saved.taken} readings")
    own = {tuple(content) for content in beside["own"]}
    before = [row.event for row in opened.rows() if row.seq <= seq and row.data is not None]
    keeper = Keeper(opened, _say, known_rows(opened.rows(after=seq)))
    return _begun_again(opened, Kept(keeper, inputs, saved, int(beside["asked"]), own=own, events=before))


def _begun_again(opened: "Record", kept: Kept) -> Kept:
    """What rows that will be given again were judged with is heard again, from the same frame on."""
    from hullwatch.incident.chain import statement_id

    heard = [row.event for row in kept.keeper.known if row.kind == "heard"]
    if not heard:
        return kept
    said = {statement_id(row.event): row for row in opened.rows(HEARD, after=kept.asked)}  # others are in its memory
    for event in heard:
        row = said.get(str(event.data.get("statement")))
        if row is not None:
            kept.again.append((event.time_s, row.event))
            kept.own.add(row.content)
    return kept


def _other(opened: "Record") -> Exception:
    from hullwatch.errors import RecordError

    return RecordError(opened.name, "holds another watch", "Give another path or database with --record")


def _say(words: str) -> None:
    typer.echo(f"hullwatch: {words}", err=True)
