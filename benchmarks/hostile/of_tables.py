"""Tables: telemetry as CSV and Parquet, operations logs, long histories, closed compartments, discharges."""

# ruff: noqa: E501, S101, RUF005  # tables of what is given read best in long lines

import datetime as dt
import functools
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from judging import Kind
from mutating import bytes_of, json_bytes, json_of, one_text, table_of

from hullwatch.simulation.load import load_scenario
from hullwatch.simulation.play import simulate
from hullwatch.telemetry.discharge_file import read_discharge
from hullwatch.telemetry.files import open_source
from hullwatch.telemetry.history_file import read_history
from hullwatch.telemetry.hold_file import read_hold
from hullwatch.telemetry.operations_log import KINDS as OPERATIONS
from hullwatch.telemetry.operations_log import read_operations
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.load import load_vehicle
from hullwatch.watch import run

START = dt.datetime(2030, 5, 6, 8, tzinfo=dt.UTC)
ITEMS = ("P_NODE", "P_LAB", "P_STORE", "T_NODE", "T_LAB", "PPO2_LAB", "CLOCK", "FEED", "NODE-LAB", "X9")
NOMINAL = {"P": 750.0, "T": 22.0, "PPO2": 168.0}
MASS_OF = {"N2": 0.01, "air": 0.012, "share": 0.78}


@functools.cache
def ship() -> Vehicle:
    """The station that all of them are read for."""
    return load_vehicle("demo")


def stamp(second: float, form: int = 0) -> str:
    """A moment as people and programs write it."""
    when = START + dt.timedelta(seconds=second)
    if form == 0:
        return when.strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        str(when.timestamp()),
        f"{int(when.timestamp() * 1000)}",
        when.strftime("%Y-%j %H:%M:%S.%f"),
        when.isoformat(),
    )[form - 1]


def _value(chance: random.Random, item: str) -> str:
    return f"{NOMINAL.get(item.partition('_')[0], 1.0) + chance.gauss(0.0, 0.1):.3f}"


# --- telemetry --------------------------------------------------------------------------------------------------------


def telemetry_csv(chance: random.Random) -> dict[str, bytes]:
    """Telemetry long or wide, made wrong."""
    form, count = chance.choice((0, 0, 0, 1, 2, 3, 4)), chance.choice((1, 3, 12, 40))
    if chance.random() < 0.5:
        header = [chance.choice(("time", "time_utc", "timestamp", "unix_time_s", "epoch_ms")), "item", "value"]
        rows = [[stamp(k, form), item := chance.choice(ITEMS), _value(chance, item)] for k in range(count)]
    else:
        named = chance.sample(ITEMS, 4)
        header = ["time", *(chance.choice((item, f"cabin_{item}")) for item in named)]
        rows = [[stamp(k, form), *(_value(chance, item) for item in named)] for k in range(count)]
    data = table_of(chance, header, rows)
    return {"t.csv.gz" if data[:2] == b"\x1f\x8b" else "t.csv": data}


def read_telemetry(folder: Path) -> None:
    """As `hullwatch watch FILE` opens it, and every block of it."""
    source = open_source(str(next(folder.iterdir())), ship())
    for block in source.blocks(7):
        assert block.time_s.size == block.value.size == block.item.size


def valid_csv() -> dict[str, bytes]:
    """Forty readings."""
    rows = [f"{stamp(k)},P_LAB,{750 - 0.01 * k:.3f}" for k in range(40)]
    return {"t.csv": ("time,item,value\n" + "\n".join(rows) + "\n").encode()}


@functools.cache
def _parquets() -> tuple[bytes, ...]:
    """Tables as different writers write them."""
    times = [START + dt.timedelta(seconds=k) for k in range(60)]
    long = {
        "time": pa.array(times, pa.timestamp("us", "UTC")),
        "item": pa.array(["P_LAB", "T_LAB"] * 30),
        "value": [750.0, 22.0] * 30,
    }
    wide = {
        "time": [t.timestamp() for t in times],
        "P_LAB": [750.0] * 60,
        "T_LAB": [22.0] * 59 + [None],
        "PPO2_LAB": list(range(60)),
    }
    tables = (pa.table(long), pa.table(wide), pa.table(long | {"item": long["item"].dictionary_encode()}))
    return tuple(_written(t, c, v) for t in tables for c in ("snappy", "zstd", "none") for v in ("1.0", "2.0"))


def _written(table: pa.Table, compression: str = "snappy", pages: str = "1.0") -> bytes:
    sink = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata({"case": "demo"}), sink, compression=compression, data_page_version=pages
    )
    return sink.getvalue()


TYPES: tuple[Any, ...] = (
    pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.string(), pa.large_string(), pa.binary(),
    pa.date32(), pa.date64(), pa.time64("us"), pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("ms", "America/New_York"),
    pa.duration("ms"), pa.decimal128(38, 3), pa.list_(pa.float64()), pa.struct([("a", pa.int32())]), pa.null(),
    pa.dictionary(pa.int8(), pa.string()), pa.map_(pa.string(), pa.int8()),
)  # fmt: skip


def telemetry_parquet(chance: random.Random) -> dict[str, bytes]:
    """Bytes of a valid file made wrong, or a valid file of a table that holds something else than telemetry."""
    if chance.random() < 0.85:
        known = _parquets()
        data = bytes_of(chance, chance.choice(known), known)
        if chance.random() < 0.5:  # the footer again: without it no more than the ends are read
            data = data[:-8] + chance.choice(known)[-8:] if len(data) > 8 else data
        return {"t.parquet": data}
    columns = {}
    for name in ("time", "item", "value", "P_LAB")[: chance.choice((3, 4))]:
        kind, values = (
            chance.choice(TYPES),
            chance.choice(([], [None] * 3, [1, 2, 3], ["a", "b", "c"], [[1.0], [], None])),
        )
        try:
            columns[name if chance.random() < 0.9 else one_text(chance)] = pa.array(
                [*values, *[None] * (3 - len(values))], kind
            )
        except (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError):
            columns[name] = pa.array([1.0, 2.0, float("nan")])
    try:
        return {"t.parquet": _written(pa.table(columns))}
    except (pa.ArrowException, ValueError, UnicodeError):
        return {"t.parquet": b"PAR1PAR1"}


# --- logs and histories -----------------------------------------------------------------------------------------------


def operations(chance: random.Random) -> dict[str, bytes]:
    """An operations log made wrong."""
    header = ["start_utc", "end_utc", "kind", "compartment", "mass_kg", "note"]
    rows = [
        [stamp(60 * k), stamp(60 * k + 30) if chance.random() < 0.5 else "", chance.choice(list(OPERATIONS)),
         chance.choice(("LAB", "NODE-LAB", "")), chance.choice(("", "", "1.5", "-2")), "by hand"]
        for k in range(chance.choice((1, 4, 20)))
    ]  # fmt: skip
    return {"log.csv": table_of(chance, header, rows)}


def valid_operations() -> dict[str, bytes]:
    """Two rows."""
    text = "start_utc,end_utc,kind,mass_kg\n2030-05-06T08:00Z,,vent,-1.5\n2030-05-06T09:00Z,2030-05-06T09:10Z,repressurisation,2\n"
    return {"log.csv": text.encode()}


def history(chance: random.Random) -> dict[str, bytes]:
    """A long series of gas, with a log and dated rates beside it, any of them made wrong."""
    columns = chance.sample(
        ("n2_kg", "air_kg", "ppn2_mmhg", "pressure_mmhg", "temperature_degc", "ppo2_mmhg", "ppco2_pa"), 3
    )
    count = chance.choice((2, 10, 40))
    rows = [[stamp(86_400 * k), *(f"{700 + chance.gauss(0, 1):.2f}" for _ in columns)] for k in range(count)]
    files = {"series.csv": table_of(chance, ["time", *columns], rows)}
    if chance.random() < 0.4:
        log = [
            [stamp(86_400 * k), chance.choice(("makeup", "vent", "patch", "other")), chance.choice(("", "1.2")), ""]
            for k in range(4)
        ]
        files["log.csv"] = table_of(chance, ["time", "kind", "mass_kg", "sd_kg"], log)
    if chance.random() < 0.4:
        if chance.random() < 0.5:
            dated = [
                [chance.choice(("2030-05", "2030-Q3", "2030-06-01..2030-07-02")), "0.5", "kg/day"] for _ in range(3)
            ]
            files["rates.csv"] = table_of(chance, ["date", "rate", "unit"], dated)
        else:
            text = '[[rates]]\ndate = "2030-05"\nrate = 0.5\nunit = "kg/day"\n'
            files["rates.toml"] = bytes_of(chance, text.encode() * chance.choice((1, 2)))
    if chance.random() < 0.1:
        del files["series.csv"]
        files = files or {"rates.toml": b"rates = 1"}
    return files


def read_long(folder: Path) -> None:
    """As `hullwatch trend` reads them."""
    names = {path.name.partition(".")[0]: str(path) for path in folder.iterdir()}
    first = names.get("series") or names.get("rates") or names["log"]
    read_history(first, ship(), names.get("log"), names.get("rates") if "series" in names else None, MASS_OF)


def valid_history() -> dict[str, bytes]:
    """Ten days of nitrogen."""
    return {"series.csv": ("time,n2_kg\n" + "".join(f"{stamp(86_400 * k)},{900 - k}\n" for k in range(10))).encode()}


def hold(chance: random.Random) -> dict[str, bytes]:
    """A closed compartment's gauge made wrong."""
    time = chance.choice(("time_utc", "elapsed_s", "elapsed_h"))
    rows = [
        [stamp(60 * k) if time == "time_utc" else str(60 * k), f"{740 - 0.1 * k:.2f}", "21.5"]
        for k in range(chance.choice((2, 8, 30)))
    ]
    return {
        "hold.csv": table_of(chance, [time, chance.choice(("pressure_mmhg", "pressure_kpa")), "temperature_degc"], rows)
    }


def valid_hold() -> dict[str, bytes]:
    """Eight readings."""
    return {"hold.csv": ("elapsed_min,pressure_mmhg\n" + "".join(f"{k},{740 - k}\n" for k in range(8))).encode()}


VESSEL = {
    "name": "bottle", "gas": "N2", "direction": "discharge", "vessel_length_m": 0.5, "vessel_inner_diameter_m": 0.2,
    "vessel_wall_m": 0.008, "volume_m3": 0.0157, "initial_pressure_pa": 8e5, "initial_temperature_k": 298.0,
    "back_or_source_pressure_pa": 1e5, "ambient_temperature_k": 297.0, "h_outer_w_m2k": 5.0, "vessel_material": "steel",
    "pressure_reference": "absolute", "ambient_pressure_pa": 101325.0,
}  # fmt: skip


def discharge(chance: random.Random) -> dict[str, bytes]:
    """A vessel and the record of its discharge, one of them or both made wrong."""
    facts = json_of(chance, VESSEL) if chance.random() < 0.7 else VESSEL
    rows = [["pressure_bar_abs", str(k), f"{7.9 * 0.9**k:.3f}"] for k in range(8)]
    rows += [["temperature_gas_mean_k", str(k), "290"] for k in range(4)]
    header = ["quantity", "time_s", "value"]
    plain = chance.random() < 0.4
    record = ("\n".join(map(",".join, [header, *rows])) + "\n").encode() if plain else table_of(chance, header, rows)
    return {"v.json": json_bytes(chance, facts), "r.csv": record}


def valid_discharge() -> dict[str, bytes]:
    """A bottle."""
    rows = "".join(f"pressure_bar_abs,{k},{7.9 * 0.9**k:.3f}\n" for k in range(8))
    return {"v.json": json.dumps(VESSEL).encode(), "r.csv": ("quantity,time_s,value\n" + rows).encode()}


# --- telemetry, watched -----------------------------------------------------------------------------------------------

EXTREMES = (0.0, -1.0, 1e-300, 1e30, -1e30, 1e300, 1e308, -1e308, 5e-324, 101325.0, 14.7, 99.9, 750.0, 0.1, 1e6)


def recording(chance: random.Random) -> dict[str, bytes]:
    """Half an hour of readings that a reader takes: impossible values, times that jump, channels that contradict."""
    end = chance.choice((3, 60, 1_800))
    rows = []
    for item in chance.sample([c.id for c in ship().channels], chance.choice((1, 3, 12))) + ["P_LAB"]:
        level, drift = chance.choice((750.0, 750.0, 22.0, *EXTREMES)), chance.choice((0.0, 0.0, -1e-3, -1.0, 1e3))
        step = chance.choice((1, 7, 60))
        for k in range(0, end, step):
            value = level + drift * k
            if chance.random() < 0.01:
                value = chance.choice(EXTREMES)
            at = k + (chance.choice((0, 1e-6, -5.0, 1e4, -1e8, 1e9, 5e10)) if chance.random() < 0.005 else 0)
            rows.append(f"{START.timestamp() + at!r},{item},{value!r}")
    if chance.random() < 0.3:
        chance.shuffle(rows)
    return {"t.csv": ("time,item,value\n" + "\n".join(rows) + "\n").encode()}


def watch(folder: Path) -> None:
    """As `hullwatch watch FILE` does, to the last row of its record."""
    events: list[Any] = []
    run(open_source(str(folder / "t.csv"), ship()), ship(), 1.0, events.extend, rows=chance_rows(folder))
    json.dumps([event.data for event in events], allow_nan=False)


def leaking() -> dict[str, bytes]:
    """Six hours with a leak: a watch of it runs, and so compiles, everything that any other may need."""
    scenario = load_scenario("demo-leak")
    return {"t.csv": simulate(scenario, ship()).telemetry.write_csv().encode()}


def chance_rows(folder: Path) -> int:
    """Blocks of a size that differs from input to input."""
    return (1, 50, 10_000)[(folder / "t.csv").stat().st_size % 3]


# --- bombs ------------------------------------------------------------------------------------------------------------


@functools.cache
def _bombs() -> tuple[dict[str, bytes], ...]:
    """Small files that claim, or unpack to, far more than they are."""
    head = b"time,item,value\n"
    row = b"2030-05-06T08:00:00Z,P_LAB,750\n"
    huge = pa.table(
        {
            "time": pa.array([0.0] * 1_000_000),
            "item": pa.array(["P_LAB"] * 1_000_000).dictionary_encode(),
            "value": pa.array([1.0] * 1_000_000),
        }
    )
    many = pa.table({f"c{k}": pa.array([1.0]) for k in range(3_000)} | {"time": pa.array([1.0])})
    packed = gzip.compress(b"\0" * (1 << 26), 9)
    return (
        {"t.csv.gz": packed * 40},  # 2.6 GB of zeros
        {"t.csv.gz": gzip.compress(head) + gzip.compress(row * 2_000_000, 9) * 40},  # 2.5 GB of one row
        {"t.csv.gz": gzip.compress(head + b'"' + b"x" * (1 << 26), 9) * 30},
        {"t.parquet": _written(pa.concat_tables([huge] * 60), "zstd")},
        {"t.parquet": _written(many)},
        {"t.csv": b"," * 1_000_000},
        {"t.csv": b"time," + b"a," * 500_000 + b"\n" + row},
        {"t.csv": head + b"9" * 5_000_000 + b",P_LAB,1\n"},
        {"t.csv": head + b'"' * 2_000_000},
        {"t.csv": head + row + b"\n" * 5_000_000},
        {"t.csv": b"time,item,value\n" + b"\n".join(b"1,%d,1" % k for k in range(200_000))},
    )


def bomb(chance: random.Random) -> dict[str, bytes]:
    """One of the bombs."""
    return chance.choice(_bombs())


KINDS = (
    Kind("telemetry-csv", "telemetry, CSV, plain and gzipped", telemetry_csv, read_telemetry, valid_csv, 4.0),
    Kind("telemetry-parquet", "telemetry, Parquet", telemetry_parquet, read_telemetry, lambda: {"t.parquet": _parquets()[0]}, 4.0),
    Kind("operations-log", "operations logs", operations, lambda f: read_operations(str(f / "log.csv"), ship()), valid_operations, 6.0),
    Kind("history", "long histories with logs and dated rates", history, read_long, valid_history, 2.0),
    Kind("hold", "closed compartments read by gauge", hold, lambda f: read_hold(str(f / "hold.csv")), valid_hold, 5.0),
    Kind("discharge", "vessels (JSON) and records of their discharge", discharge, lambda f: read_discharge(str(f / "v.json"), str(f / "r.csv")), valid_discharge, 6.0),
    Kind("watched", "telemetry of impossible values and times, through the whole watch", recording, watch, leaking, 0.02),
    Kind("bombs", "small files that unpack to gigabytes, lines of megabytes", bomb, read_telemetry, valid_csv, 0.002),
)  # fmt: skip
