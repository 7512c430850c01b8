"""Recordings of every shape give the same samples; doubtful content is noted."""

import gzip
import os
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hullwatch.records import QualityNote, Samples
from hullwatch.telemetry.files import open_source
from hullwatch.telemetry.source import Source
from hullwatch.vehicle.facts import Vehicle

ISO = "%Y-%m-%dT%H:%M:%S%.3fZ"


def _whole(source: Source) -> Samples:
    (block,) = source.blocks(10_000_000)
    return block


def _assert_same(one: Samples, other: Samples) -> None:
    assert one.items == other.items
    for name in ("time_s", "item", "value"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def _kinds(source: Source) -> dict[str, QualityNote]:
    return {note.kind: note for note in source.notes}


def _long_csv(frame: pl.DataFrame, path: Path) -> None:
    path.write_text(frame.with_columns(pl.col("time").dt.to_string(ISO)).write_csv())


def _gzipped(frame: pl.DataFrame, path: Path) -> None:
    text = frame.with_columns(pl.col("time").dt.to_string("%Y-%m-%d %H:%M:%S%.6f+00:00")).write_csv(separator=";")
    path.write_bytes(gzip.compress(text.encode()))


def _aliased(frame: pl.DataFrame, path: Path) -> None:
    frame.select(
        unix_time_s=pl.col("time").dt.epoch("ms") / 1e3, Name=pl.col("item"), Reading=pl.col("value")
    ).write_parquet(path)


def _small_codes(frame: pl.DataFrame, path: Path) -> None:
    item = frame["item"].to_arrow().dictionary_encode().cast(pa.dictionary(pa.int8(), pa.string()))
    pq.write_table(
        pa.table([frame["time"].to_arrow(), item, frame["value"].to_arrow()], ["time", "item", "value"]), path
    )


LONG = {
    "plain.parquet": lambda frame, path: frame.write_parquet(path),
    "categorical.parquet": lambda frame, path: frame.cast({"item": pl.Categorical}).write_parquet(path),
    "int8_dictionary.parquet": _small_codes,
    "enum.parquet": lambda frame, path: frame.cast({"item": pl.Enum(sorted(set(frame["item"])))}).write_parquet(path),
    "zoned_ns.parquet": lambda frame, path: frame.cast({"time": pl.Datetime("ns", "UTC")}).write_parquet(path),
    "paris_us.parquet": lambda frame, path: frame.with_columns(
        pl.col("time").cast(pl.Datetime("us")).dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Paris")
    ).write_parquet(path),
    "aliased.parquet": _aliased,
    "epoch_ms.csv": lambda frame, path: frame.with_columns(pl.col("time").dt.epoch("ms")).write_csv(path),
    "iso.csv": _long_csv,
    "iso.csv.gz": _gzipped,
    "bom.csv": lambda frame, path: frame.write_csv(path, include_bom=True),
    "unzipped_by_a_browser.csv.gz": _long_csv,
}


@pytest.mark.parametrize("name", LONG)
def test_every_long_file_gives_the_same_samples(
    name: str, tmp_path: Path, readings: pl.DataFrame, vehicle: Vehicle
) -> None:
    LONG[name](readings, tmp_path / name)
    samples = _whole(open_source(str(tmp_path / name), vehicle))
    assert samples.items == ("USLAB000058", "AIRLOCK000054", "USLAB000059", "S1000001")
    assert samples.item.dtype == np.int64
    np.testing.assert_array_equal(samples.time_s, readings["time"].dt.epoch("ms").to_numpy() / 1e3)
    np.testing.assert_array_equal(samples.value, readings["value"].to_numpy())
    assert [samples.items[code] for code in samples.item[:8]] == readings["item"][:8].to_list()


@pytest.mark.parametrize("name", ["wide.parquet", "wide.csv", "wide.csv.gz"])
def test_wide_is_long(name: str, tmp_path: Path, readings: pl.DataFrame, wide: pl.DataFrame, vehicle: Vehicle) -> None:
    readings.write_parquet(tmp_path / "long.parquet")
    wide = wide.rename({"AIRLOCK000054": "equipment_lock_pressure_torr_AIRLOCK000054"})
    if name.endswith("parquet"):
        wide.write_parquet(tmp_path / name)
    else:
        (_gzipped if name.endswith("gz") else _long_csv)(wide, tmp_path / name)
    _assert_same(
        _whole(open_source(str(tmp_path / name), vehicle)), _whole(open_source(str(tmp_path / "long.parquet"), vehicle))
    )


def test_unknown_items_are_kept_and_listed(tmp_path: Path, readings: pl.DataFrame, vehicle: Vehicle) -> None:
    readings.write_parquet(tmp_path / "a.parquet")
    note = _kinds(open_source(str(tmp_path / "a.parquet"), vehicle))["unknown"]
    assert (note.count, note.channel) == (120, None)
    assert "S1000001" in note.why


def test_metadata_is_provenance(tmp_path: Path, readings: pl.DataFrame, vehicle: Vehicle) -> None:
    readings.write_parquet(tmp_path / "a.parquet", metadata={"scenario": "slow leak", "reconstructed": "true"})
    source = open_source(str(tmp_path / "a.parquet"), vehicle)
    assert dict(source.provenance) == {"scenario": "slow leak", "reconstructed": "true"}
    assert source.name == str(tmp_path / "a.parquet")


def test_wide_text_columns_are_left_out(tmp_path: Path, wide: pl.DataFrame, vehicle: Vehicle) -> None:
    wide.with_columns(remark=pl.lit("all quiet")).write_parquet(tmp_path / "a.parquet")
    source = open_source(str(tmp_path / "a.parquet"), vehicle)
    assert "remark" not in _whole(source).items
    assert any("'remark'" in note.why for note in source.notes)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("layout", ["long", "wide"])
def test_missing_values_are_dropped_and_counted(
    ending: str, layout: str, tmp_path: Path, readings: pl.DataFrame, wide: pl.DataFrame, vehicle: Vehicle
) -> None:
    bad = {4: None, 8: float("nan"), 12: float("inf"), 16: float("-inf")}  # rows of USLAB000058 in the long table
    if layout == "long":
        column = [bad.get(row, value) for row, value in enumerate(readings["value"])]
        frame = readings.with_columns(pl.Series("value", column, dtype=pl.Float64))
    else:
        column = [bad.get(4 * row, value) for row, value in enumerate(wide["USLAB000058"])]
        frame = wide.with_columns(pl.Series("USLAB000058", column, dtype=pl.Float64))
    path = tmp_path / f"a.{ending}"
    frame.write_parquet(path) if ending == "parquet" else _long_csv(frame, path)
    source = open_source(str(path), vehicle)
    note = _kinds(source)["missing"]
    assert source.rows == len(readings) - 4
    assert (note.channel, note.count) == ("USLAB000058", 4)
    assert note.why == "4 of 120 readings are empty or NaN or infinite and are dropped"
    start = readings["time"].dt.epoch("ms")[0] / 1e3
    assert (note.start_s, note.end_s) == pytest.approx((start + 1.003, start + 4 * 1.003))


def test_an_all_nan_column_is_a_missing_channel(tmp_path: Path, wide: pl.DataFrame, vehicle: Vehicle) -> None:
    wide.with_columns(AIRLOCK000054=pl.lit(float("nan"))).write_parquet(tmp_path / "a.parquet")
    source = open_source(str(tmp_path / "a.parquet"), vehicle)
    assert "AIRLOCK000054" not in _whole(source).items
    note = _kinds(source)["missing"]
    assert (note.channel, note.why) == ("AIRLOCK000054", "all 120 readings are NaN")


def test_rows_without_time_or_item_are_dropped_and_counted(
    tmp_path: Path, readings: pl.DataFrame, vehicle: Vehicle
) -> None:
    text = "time,item,value\n,USLAB000058,745\n2018-10-12T05:00:00Z,,745\n2018-10-12T05:00:01Z,USLAB000058,745\n\n\n"
    (tmp_path / "a.csv").write_text(text)
    source = open_source(str(tmp_path / "a.csv"), vehicle)
    assert source.rows == 1
    assert _kinds(source)["missing"].count == 2


def test_a_directory_is_merged_and_ignores_other_files(
    tmp_path: Path, readings: pl.DataFrame, vehicle: Vehicle
) -> None:
    whole = tmp_path / "whole.parquet"
    readings.write_parquet(whole)
    folder = tmp_path / "parts"
    folder.mkdir()
    for number, name in enumerate(readings["item"].unique(maintain_order=True)):
        part = readings.filter(pl.col("item") == name)
        part.write_parquet(folder / f"{number}.parquet") if number % 2 else _long_csv(part, folder / f"{number}.csv")
    (folder / "README.md").write_text("# telemetry")
    (folder / ".hidden.csv").write_text("no telemetry")
    _assert_same(_whole(open_source(str(folder), vehicle)), _whole(open_source(str(whole), vehicle)))


def _data() -> Path:
    root = Path(os.environ.get("HULLWATCH_DATA", Path(__file__).parents[2] / "../shared/data"))
    if not root.is_dir():
        pytest.skip(f"no third-party recordings at {root}: set HULLWATCH_DATA")
    return root


def test_one_real_day_of_the_station(vehicle: Vehicle) -> None:
    source = open_source(str(_data() / "isslive-2018-10-12/telemetry.parquet"), vehicle)
    samples = _whole(source)
    assert (source.rows, len(samples.items)) == (2_706_427, 147)
    assert samples.items[:2] == ("USLAB000058", "AIRLOCK000054")
    assert (np.diff(samples.time_s) >= 0.0).all()
    assert [note.kind for note in source.notes] == ["unknown"]


def test_real_minutes_of_the_airlock(vehicle: Vehicle) -> None:
    source = open_source(str(_data() / "iss_telemetry_airlock"), vehicle)
    assert _whole(source).items == ("AIRLOCK000054", "AIRLOCK000049")
    assert (source.rows, source.notes) == (2_156, ())
