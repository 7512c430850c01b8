"""Long series, dated rates and logs: what is read, and what is refused with which words."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from hullwatch.errors import TelemetryError
from hullwatch.models.slow_air import SlowRecord
from hullwatch.telemetry.dated_rates import rates_of_rows, rates_of_toml
from hullwatch.telemetry.history_file import read_history
from hullwatch.units import DAY_S, MMHG_PA, TO_SI, utc_seconds
from hullwatch.vehicle.load import load_vehicle

SHIP = load_vehicle("demo")
MASS_OF = {"N2": 0.01, "air": 0.012, "share": 0.75}
ROWS = ["2024-01-01,560.0", "2024-01-02,559.9", "2024-01-03,559.8"]


def read(tmp_path: Path, text: str, log: str = "", rates: str = "") -> SlowRecord:
    (tmp_path / "s.csv").write_text(text)
    names = {}
    for name, content in (("log", log), ("rates", rates)):
        if content:
            names[name] = str(tmp_path / f"{name}.csv")
            Path(names[name]).write_text(content)
    return read_history(str(tmp_path / "s.csv"), SHIP, names.get("log"), names.get("rates"), MASS_OF)


def series(*rows: str, header: str = "date,ppn2_mmhg") -> str:
    return "\n".join([header, *(rows or ROWS)]) + "\n"


def test_partial_pressure_becomes_mass(tmp_path: Path) -> None:
    record = read(tmp_path, series())
    assert record.tracer == "N2"
    assert record.share == 0.75
    np.testing.assert_allclose(record.mass_kg, np.array([560.0, 559.9, 559.8]) * MMHG_PA * 0.01)
    np.testing.assert_allclose(np.diff(record.time_s), DAY_S)
    assert not record.thermometer


@pytest.mark.parametrize(
    ("header", "row", "tracer", "mass"),
    [
        ("date,n2_kg", "830.5", "N2", 830.5),
        ("date,air_kg", "1100", "air", 1100.0),
        ("date,pressure_kpa", "100", "air", 1200.0),
        ("date,pressure_kpa,ppo2_kpa,ppco2_kpa,pph2o_kpa", "100,21,0.4,1.1", "N2", 775.0),
    ],
)
def test_every_way_to_state_the_gas(tmp_path: Path, header: str, row: str, tracer: str, mass: float) -> None:
    record = read(tmp_path, series(*(f"2024-01-0{d},{row}" for d in (1, 2, 3)), header=header))
    assert record.tracer == tracer
    np.testing.assert_allclose(record.mass_kg, mass)


def test_parquet_thermometer_and_gaps(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    times = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 4), "1d", eager=True, time_zone="UTC")
    pl.DataFrame({"time": times, "ppn2_psi": [11.0, None, 10.9, 10.9], "temperature_degc": [22.0, 23.0, None, 24.0]}
                 ).write_parquet(path)  # fmt: skip
    record = read_history(str(path), SHIP, None, None, MASS_OF)
    assert np.isnan(record.mass_kg).tolist() == [False, True, False, False]
    np.testing.assert_allclose(record.warm_k, [-1.0, 0.0, 0.0, 1.0], atol=1e-9)


def test_fine_readings_become_hours(tmp_path: Path) -> None:
    rows = [f"{1_700_000_000 + 60 * k},{560 + 0.001 * (k % 60)}" for k in range(600)]
    record = read(tmp_path, series(*rows, header="unix_time_s,ppn2_mmhg"))
    assert record.time_s.size == 10
    assert record.bin_s == 3600.0


def test_telemetry_of_the_vehicles_own_channels(tmp_path: Path) -> None:
    by_quantity = {q: SHIP.channel_of(q)[0] for q in ("ppn2", "pressure", "temperature")}  # type: ignore[arg-type]
    nominal = {"ppn2": 78_000.0, "pressure": 1.0e5, "temperature": 295.0}
    rows = ["time,item,value"]
    for k in range(10 * 24 * 6):
        for quantity, channel in by_quantity.items():
            _, factor, offset = TO_SI[channel.unit]
            value = (nominal[quantity] - offset) / factor
            # one reading in a hundred is wild: medians of hours do not see it
            value = value * 1.02 if k % 100 == 7 else value
            rows.append(f"{1_700_000_000 + 600 * k},{channel.id},{value:.6f}")
    record = read(tmp_path, "\n".join(rows) + "\n")
    assert record.tracer == "N2"
    assert record.bin_s == 3600.0
    np.testing.assert_allclose(record.mass_kg, 780.0, rtol=1e-6)
    assert any(by_quantity["ppn2"].id in note for note in record.notes)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["2024-01-01,560", "2024-01-02,nan"], ("row 2", "nan", "finite")),
        (["2024-01-01,560", "2024-01-02,high"], ("row 2", "high", "finite")),
        (["2024-01-01,560", "2024-01-02,-3"], ("row 2", "-3", "above zero")),
        (["2024-01-01,560", "2024-01-01,561"], ("row 2", "same time")),
        (["2024-01-02,560", "2024-01-01,561"], ("row 2", "earlier", "Sort")),
        (["yesterday,560", "2024-01-01,561"], ("not a time",)),
        ([",560", "2024-01-01,561"], ("row 1", "no time")),
    ],
)
def test_bad_rows_are_refused(tmp_path: Path, rows: list[str], words: tuple[str, ...]) -> None:
    with pytest.raises(TelemetryError) as error:
        read(tmp_path, series(*rows))
    for word in words:
        assert word in str(error.value)


def test_bad_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TelemetryError, match=r"furlong.*ppn2_mmhg"):
        read(tmp_path, series(header="date,ppn2_furlong"))
    with pytest.raises(TelemetryError, match="no time column"):
        read(tmp_path, series(header="when,ppn2_mmhg"))
    with pytest.raises(TelemetryError, match=r"gone\.csv"):
        read_history(str(tmp_path / "gone.csv"), SHIP, None, None, MASS_OF)


def test_log_is_read_in_the_tracers_mass(tmp_path: Path) -> None:
    log = "time,kind,mass_kg,sd_kg,gas,note\n2024-01-01T12:00Z,repress,10,,N2,a\n2024-01-02,airlock,,,,\n" \
        "2024-01-02T06:00Z,vent,-2,0.5,air,b\n2024-01-02T07:00Z,patch,,,,c\n"  # fmt: skip
    found = read(tmp_path, series(), log).log
    assert [(e.kind, e.mass_kg, e.sd_kg) for e in found] == [
        ("repress", 10.0, None), ("airlock", None, None), ("vent", -1.5, 0.5), ("patch", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("2024-01-01,party,1", "'party'"), ("2024-01-01,repress,much", "'much'"), ("2024-01-01,patch,3", "no gas"),
        ("2024-01-03,vent,\n2024-01-02,vent,", "order of time"),
    ],
)  # fmt: skip
def test_bad_logs_are_refused(tmp_path: Path, line: str, word: str) -> None:
    with pytest.raises(TelemetryError, match=word):
        read(tmp_path, series(), f"time,kind,mass_kg\n{line}\n")


def test_dates_of_every_length() -> None:
    rows = [
        {"date": "2004", "rate": 0.064, "unit": "kg/day"}, {"date": "2011-Q1", "rate": 0.5, "unit": "lb/day"},
        {"date": "2021-03", "rate": 0.54, "unit": "kg/day", "sd": 0.1},
        {"date": "2021-07..2021-08", "rate": 1, "unit": "lb/day"},
        {"date": "2024-02-07", "end": "2024-02-13", "rate": 2.4, "unit": "lb/day", "label": "a", "source": "x"},
    ]  # fmt: skip
    found = rates_of_rows("f", rows)
    assert found[0].start_s == utc_seconds("2004-01-01")
    assert found[0].end_s == utc_seconds("2005-01-01")
    assert (found[1].start_s, found[1].end_s) == (utc_seconds("2011-01-01"), utc_seconds("2011-04-01"))
    assert found[1].rate_kg_s * DAY_S == pytest.approx(0.22679618)
    assert found[2].sd_kg_s * DAY_S == pytest.approx(0.1)
    assert found[3].end_s == utc_seconds("2021-09-01")
    assert found[4].end_s == utc_seconds("2024-02-14")
    assert (found[4].label, found[4].source) == ("a", "x")


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"date": "2024", "rate": -1, "unit": "kg/day"}, "negative"),
        ({"date": "2024", "rate": "nan", "unit": "kg/day"}, "finite"),
        ({"date": "2024", "rate": 1, "unit": "stone/day"}, "stone/day"),
        ({"date": "2024", "rate": 1}, "unit"),
        ({"date": "Feb 2024", "rate": 1, "unit": "kg/day"}, "not a date"),
        ({"date": "2024-13", "rate": 1, "unit": "kg/day"}, "month"),
        ({"date": "2024-02..2024-01", "rate": 1, "unit": "kg/day"}, "ends before"),
        ({"date": "2024", "rate": 1, "unit": "kg/day", "sd": 0}, "above zero"),
        ({"date": "2024", "rate": 1, "unit": "kg/day", "colour": "red"}, "colour"),
    ],
)
def test_bad_rates_are_refused(row: dict[str, object], word: str) -> None:
    with pytest.raises(TelemetryError, match=word):
        rates_of_rows("f", [row])


def test_dates_in_order_and_once() -> None:
    one, other = ({"date": f"202{y}", "rate": 1, "unit": "kg/day"} for y in (1, 0))
    with pytest.raises(TelemetryError, match="earlier"):
        rates_of_rows("f", [one, other])
    with pytest.raises(TelemetryError, match="same date"):
        rates_of_rows("f", [one, one])
    with pytest.raises(TelemetryError, match="not TOML"):
        rates_of_toml("f", "[[rates]")
    with pytest.raises(TelemetryError, match=r"no \[\[rates\]\]"):
        rates_of_toml("f", "x = 1")
