"""The real cabin records: 25 days of air seen by seven sensors, none of them with a known leak.

Each is read as it is, with the bundled vehicle file that has its sensors. Records are looked for in HULLWATCH_DATA
(default ../shared/data). `python benchmarks/skill/records.py` watches every one of them and prints what was said.
"""

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hullwatch.incident.summary import summarise
from hullwatch.records import Event, Samples
from hullwatch.telemetry.files import open_source
from hullwatch.telemetry.resolution import as_written
from hullwatch.telemetry.source import Recording
from hullwatch.units import HOUR_S
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.load import load_vehicle
from hullwatch.watch import run

DATA = Path(os.environ.get("HULLWATCH_DATA", Path(__file__).parents[2] / "../shared/data"))
FALSE_ALARMS_PER_YEAR = 1.0


@dataclass(frozen=True)
class Record:
    """Where it lies, who reads it, and what is known of it."""

    name: str
    path: str  # a file, or several with | between them: sensors side by side
    vehicle: str
    gas: str = ""  # gas known to have come or gone: thresholds that look at falls alone cannot stand it
    leaks: bool = True  # leaks are put into it
    cabin: bool = True  # false: not a cabin at all


PI, PLOTS, AIRLOCK = "iss_astropi/", "iss_astropi_2016_digitised/columbus_", "iss_telemetry_airlock/"
RECORDS = (
    Record("telemetry 2018-10-12", "isslive-2018-10-12/telemetry.parquet", "iss-2018-10-12"),
    Record("airlock 2025-08-07", AIRLOCK + "airlock_pressures_2025-08-07T15_to_08-08T00_1min.csv.gz", "iss-airlock"),
    Record("stale feed 2025-07-19", AIRLOCK + "stale_feed_2025-07-19_to_20_1min.csv.gz", "iss-airlock", leaks=False),
    Record("Mark II ir 2022-01-31", PI + "mk2_ir_2022-01-31_part1.csv.gz", "iss-astropi"),
    Record("Mark II vis 2022-01-31", PI + "mk2_vis_2022-01-31_part1.csv.gz", "iss-astropi"),
    Record(
        "Mark II both 2022-01-31",
        PI + "mk2_ir_2022-01-31_part1.csv.gz|" + PI + "mk2_vis_2022-01-31_part1.csv.gz", "iss-astropi",
    ),
    Record("juno 2021-04-19", PI + "juno_2021-04-19.csv.gz", "iss-astropi"),
    Record("pinuts 2020-04-15", PI + "pinuts_2020-04-15.csv.gz", "iss-astropi"),
    Record("tdop 2018-04-27", PI + "tdop_2018-04-27.csv.gz", "iss-astropi"),
    Record("skedsmo 2017-05-03", PI + "skedsmo_2017-05-03.csv.gz", "iss-astropi"),
    Record("izzy 2016-03-09", PI + "node2_izzy_2016-03-09.csv.gz", "iss-astropi", leaks=False),
    Record(
        "ed 2016-02-16 to 29", PLOTS + "ed_2016-02-16_to_29_16min.csv.gz", "iss-astropi",
        gas="airlock pumped into the cabin and back, 25 February",
    ),
    Record(
        "ed 2016-02-25 airlock", PLOTS + "ed_2016-02-25_airlock_event_1.8min.csv.gz", "iss-astropi", leaks=False,
        gas="airlock pumped into the cabin and back",
    ),
    Record(
        "ed 2016-03-14 to 17", PLOTS + "ed_2016-03-14_to_17_38min.csv.gz", "iss-astropi",
        gas="repressurisations, 15 and 17 March",
    ),
    Record("ed 2016-03-15", PLOTS + "ed_2016-03-15_1.6min.csv.gz", "iss-astropi", gas="repressurisation"),
    Record("ed 2016-03-16", PLOTS + "ed_2016-03-16_1.6min.csv.gz", "iss-astropi"),
    Record("ed 2016-03-17", PLOTS + "ed_2016-03-17_1.6min.csv.gz", "iss-astropi", gas="repressurisation"),
    Record("Columbus O2 2015", PLOTS + "eclss_o2_repress_2015_1.7min.csv.gz", "iss-astropi", gas="oxygen added"),
    Record(
        "on Earth 2015-08-20", PI + "ground_control_2015-08-20.csv.gz", "iss-astropi", leaks=False, cabin=False,
        gas="weather",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """A record in memory: what the watch reads, thinned where nothing is lost by it."""

    record: Record
    vehicle: Vehicle
    source: Recording
    hours: float  # of air, without losses of signal

    @property
    def samples(self) -> Samples:
        return self.source.samples


def load(record: Record) -> Loaded | None:
    """The record, or None where it is not at hand."""
    paths = [DATA / part for part in record.path.split("|")]
    if not all(path.is_file() for path in paths):
        return None
    vehicle = load_vehicle(record.vehicle)
    source = open_source(str(paths[0] if len(paths) == 1 else _side_by_side(paths)), vehicle)
    vehicle = as_written(vehicle, source)
    (whole,) = source.blocks(source.rows)
    samples = thinned(whole, vehicle)
    gaps = np.diff(np.unique(samples.time_s))
    hours = float(gaps[gaps < vehicle.signal_timeout_s].sum()) / HOUR_S
    return Loaded(record, vehicle, Recording(record.name, samples, source.provenance, source.notes), hours)


def thinned(samples: Samples, vehicle: Vehicle) -> Samples:
    """Without the items the ship does not know but one in every frame: all they say is that the feed speaks."""
    ids = {channel.id for channel in vehicle.channels}
    known = np.array([item in ids for item in samples.items], dtype=np.bool_)[samples.item]
    frame = np.floor(np.maximum.accumulate(samples.time_s) / vehicle.frame_s)
    first = np.concatenate([[True], np.diff(frame) > 0.0])
    keep = known | first
    return Samples(samples.time_s[keep], samples.item[keep], samples.value[keep], samples.items)


def _side_by_side(paths: list[Path]) -> Path:
    """A folder that holds just these files."""
    folder = Path(tempfile.mkdtemp(prefix="hullwatch-skill-"))
    for path in paths:
        (folder / path.name).symlink_to(path.resolve())
    return folder


@dataclass(frozen=True)
class Quiet:
    """What the watch says of a record as it is."""

    verdict: str
    alarms: tuple[str, ...]
    events: tuple[str, ...]
    notes: tuple[str, ...]
    detectable_kg_day: float | None
    seconds: float


def watch_quiet(loaded: Loaded) -> Quiet:
    """The whole chain over the record as it is, as `hullwatch watch` runs it."""
    events: list[Event] = []
    start = time.perf_counter()
    run(loaded.source, loaded.vehicle, FALSE_ALARMS_PER_YEAR, events.extend)
    seconds = time.perf_counter() - start
    said = summarise(events)
    return Quiet(
        said["verdict"],
        tuple(f"{i['id']} {i['detected_utc']}" for i in said["incidents"]),
        tuple(_event_words(event) for event in said["events"]),
        tuple(sorted({note["kind"] for note in said["data_quality"]["notes"]} - {"unknown", "clock"})),
        said["detectable_kg_day"],
        seconds,
    )


def _event_words(event: dict) -> str:
    mass = event["mass_kg"]
    size = f" {mass['median']:+.1f} kg" if mass else ""
    where = f" {event['channel']}" if event["channel"] else ""
    return f"{event['kind']}{where}{size} {event['start_utc'][5:16]} to {event['end_utc'][5:16]}"


def quiet_table(found: list[tuple[Loaded, Quiet]]) -> list[str]:
    """Markdown rows: record, what is known of it, what was said."""
    lines = [
        "| record | air | known | verdict | leak alarms | events named | doubts noted | detectable | watch |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for loaded, quiet in found:
        detectable = "-" if quiet.detectable_kg_day is None else f"{quiet.detectable_kg_day:.3g} kg/day"
        lines.append(
            f"| {loaded.record.name} | {loaded.hours:.1f} h | {loaded.record.gas or '-'} | {quiet.verdict} | "
            f"{'<br>'.join(quiet.alarms) or 'none'} | {'<br>'.join(quiet.events) or 'none'} | "
            f"{', '.join(quiet.notes) or 'none'} | {detectable} | {quiet.seconds:.1f} s |"
        )
    return lines


def everything() -> list[Loaded]:
    """All records at hand."""
    found = [loaded for record in RECORDS if (loaded := load(record)) is not None]
    if not found:
        sys.exit(f"no records at {DATA}: set HULLWATCH_DATA to the folder that holds them")
    return found


if __name__ == "__main__":
    print("\n".join(quiet_table([(loaded, watch_quiet(loaded)) for loaded in everything()])))
