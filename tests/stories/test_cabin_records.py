"""Cabin air as recorded on other days, by other sensors, read as it is with the vehicle file that has just these."""

from pathlib import Path

import numpy as np
import pytest

from hullwatch.errors import TelemetryError
from hullwatch.physics import gas
from hullwatch.telemetry.files import open_source
from hullwatch.telemetry.resolution import as_written
from hullwatch.units import utc_seconds
from hullwatch.vehicle.load import load_vehicle
from watching import DATA, Watched, watched

ASTROPI = {
    "iss_astropi/ground_control_2015-08-20": 24604,
    "iss_astropi/juno_2021-04-19": 949,
    "iss_astropi/mk2_ir_2022-01-31_part1": 6788,
    "iss_astropi/mk2_vis_2022-01-31_part1": 6895,
    "iss_astropi/node2_izzy_2016-03-09": 99,
    "iss_astropi/pinuts_2020-04-15": 1055,
    "iss_astropi/skedsmo_2017-05-03": 488,
    "iss_astropi/tdop_2018-04-27": 9920,
    "iss_astropi_2016_digitised/columbus_eclss_o2_repress_2015_1.7min": 344,
    "iss_astropi_2016_digitised/columbus_ed_2016-02-16_to_29_16min": 1130,
    "iss_astropi_2016_digitised/columbus_ed_2016-02-25_airlock_event_1.8min": 93,
    "iss_astropi_2016_digitised/columbus_ed_2016-03-14_to_17_38min": 136,
    "iss_astropi_2016_digitised/columbus_ed_2016-03-15_1.6min": 806,
    "iss_astropi_2016_digitised/columbus_ed_2016-03-16_1.6min": 787,
    "iss_astropi_2016_digitised/columbus_ed_2016-03-17_1.6min": 675,
}
"""Records, and how many pressures are in each."""


def _path(name: str) -> Path:
    path = DATA / f"{name}.csv.gz"
    if not path.is_file():
        pytest.skip(f"no {path}: set HULLWATCH_DATA to the folder that holds the recordings")
    return path


def _watched(name: str, ship: str) -> Watched:
    return _seen(str(_path(name)), ship)


def _seen(path: str, ship: str) -> Watched:
    vehicle = load_vehicle(ship)
    source = open_source(path, vehicle)
    return watched(source, as_written(vehicle, source))


def _notes(found: Watched) -> list[tuple[str, str | None]]:
    return [(note["kind"], note["channel"]) for note in found.summary["data_quality"]["notes"]]


@pytest.mark.parametrize("name", ASTROPI)
def test_every_astro_pi_record_is_read_as_it_is(name: str) -> None:
    vehicle = load_vehicle("iss-astropi")
    source = open_source(str(_path(name)), vehicle)
    (block,) = source.blocks(source.rows)
    pressure = [k for k, item in enumerate(block.items) if item in ("pressure_hpa", "ptot_mmhg")]
    assert sum(int((block.item == k).sum()) for k in pressure) == ASTROPI[name]
    assert not {note.kind for note in source.notes} & {"unit", "out_of_range", "order"}


WEATHER = "iss_astropi/ground_control_2015-08-20"
"""The same kind of unit on Earth: air that really goes, as the watch sees it."""


@pytest.mark.parametrize("name", [name for name in ASTROPI if name != WEATHER])
def test_no_leak_is_found_in_them(name: str) -> None:
    found = _watched(name, "iss-astropi")
    assert found.summary["incidents"] == []
    assert found.summary["verdict"] == "no_leak"


def test_weather_is_at_most_suspected() -> None:
    found = _watched(WEATHER, "iss-astropi")
    assert {incident["state"] for incident in found.summary["incidents"]} <= {"suspected", "dismissed"}


@pytest.mark.parametrize(
    ("name", "kind", "mass_kg"),
    [
        # +13.4 and +13 hPa of 1010 in a ship of some 1090 kg; the airlock's came as 13.4 and went as 11.6 hPa
        ("iss_astropi_2016_digitised/columbus_ed_2016-03-15_1.6min", "repressurisation", 14.5),
        ("iss_astropi_2016_digitised/columbus_ed_2016-03-17_1.6min", "repressurisation", 14.0),
        ("iss_astropi_2016_digitised/columbus_ed_2016-02-25_airlock_event_1.8min", "airlock", -12.5),
    ],
)
def test_what_is_known_of_them_is_named_and_weighed(name: str, kind: str, mass_kg: float) -> None:
    found = _watched(name, "iss-astropi")
    named = [event for event in found.summary["events"] if event["kind"] == kind]
    assert len(named) == 1
    assert named[0]["mass_kg"]["median"] == pytest.approx(mass_kg, rel=0.15)
    # one gauge alone: what was set aside says so, and all that was weighed makes one
    aside = {one["cause"]: one for one in named[0]["set_aside"]}
    assert {"leak", "cooling", "sensor step"} <= set(aside)
    assert "nothing to compare pressure_hpa with" in aside["sensor step"]["why"]
    whole = named[0]["probability"] + sum(one["probability"] for one in aside.values())
    assert whole == pytest.approx(1.0, abs=1e-3)
    # and how long it took is within the times between which it is said to have been
    took, span = named[0]["took_s"], utc_seconds(named[0]["end_utc"]) - utc_seconds(named[0]["start_utc"])
    assert took["low"] <= took["median"] <= took["high"]
    assert took["low"] <= span


def test_the_two_units_of_2022_are_two_sensors_side_by_side(tmp_path: Path) -> None:
    for unit in ("ir", "vis"):
        path = _path(f"iss_astropi/mk2_{unit}_2022-01-31_part1")
        (tmp_path / path.name).symlink_to(path)
    found = _seen(str(tmp_path), "iss-astropi")
    assert found.summary["verdict"] == "no_leak"
    assert not {"pressure_hpa", "pressure_hpa_2"} & set(found.summary["data_quality"]["channels_missing"])


def test_the_glitch_of_a_sensor_waking_up_is_no_gas() -> None:
    found = _watched("iss_astropi/node2_izzy_2016-03-09", "iss-astropi")
    assert ("outlier", "pressure_hpa") in _notes(found)
    assert found.summary["events"] == []


def test_the_airlock_in_august_2025_is_quiet() -> None:
    found = _watched("iss_telemetry_airlock/airlock_pressures_2025-08-07T15_to_08-08T00_1min", "iss-airlock")
    assert (found.summary["verdict"], found.summary["incidents"], found.summary["events"]) == ("no_leak", [], [])


def test_a_frozen_feed_is_not_a_quiet_cabin() -> None:
    found = _watched("iss_telemetry_airlock/stale_feed_2025-07-19_to_20_1min", "iss-airlock")
    assert found.summary["verdict"] == "undecided"
    assert {("stuck", "AIRLOCK000049"), ("frozen", None)} <= set(_notes(found))


def test_a_record_of_another_ship_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "other.csv"
    foreign.write_text("time_utc,altitude_km\n2022-01-01T00:00:00Z,408\n")
    with pytest.raises(TelemetryError, match="nothing in it is known"):
        open_source(str(foreign), load_vehicle("iss-astropi"))


FILLS = {
    "iss_astropi_2016_digitised/columbus_eclss_o2_repress_2015_1.7min": 1,
    "iss_astropi_2016_digitised/columbus_ed_2016-02-16_to_29_16min": 1,
    "iss_astropi_2016_digitised/columbus_ed_2016-03-14_to_17_38min": 2,
    "iss_astropi_2016_digitised/columbus_ed_2016-03-15_1.6min": 1,
    "iss_astropi_2016_digitised/columbus_ed_2016-03-17_1.6min": 1,
}
"""Records, and how often gas was let in: all of it by hand, at a rate that varied."""


@pytest.mark.parametrize("name", FILLS)
def test_as_much_gas_came_as_pressure_rose(name: str) -> None:
    """Pressure before it began against its highest soon after: the mean gas hardly warms meanwhile."""
    vehicle = load_vehicle("iss-astropi")
    source = open_source(str(_path(name)), vehicle)
    (block,) = source.blocks(source.rows)
    read = np.isin(block.item, [k for k, item in enumerate(block.items) if item in ("pressure_hpa", "ptot_mmhg")])
    time_s, pressure = block.time_s[read], block.value[read]
    air = vehicle.atmosphere
    amount_mol = float(gas.amount(air.pressure_pa.value, vehicle.volume_m3, air.temperature_k.value))
    came = [step for step in _watched(name, "iss-astropi").summary["events"] if step["kind"] == "repressurisation"]
    assert len(came) == FILLS[name]
    for step in came:
        start, end = utc_seconds(step["start_utc"]), utc_seconds(step["end_utc"])
        before = pressure[time_s < start][-1]
        after = pressure[(time_s >= start) & (time_s < end + 1.5 * 3600.0)].max()
        level = after * (100.0 if "pressure_hpa" in block.items else 133.322) / air.pressure_pa.value
        rose_kg = amount_mol * level * -np.expm1(np.log(before / after)) * 0.0288
        own_kg = 0.4  # a tenth of a kelvin, which the plain difference knows nothing of
        assert step["mass_kg"]["low"] - own_kg < rose_kg < step["mass_kg"]["high"] + own_kg
        assert step["mass_kg"]["high"] - step["mass_kg"]["low"] < 2.0


def test_the_oxygen_of_2015_is_named_oxygen_once_it_has_mixed() -> None:
    """The analyser in Columbus saw it come over four hours, at steady total pressure: no leak makes up for that."""
    found = _watched("iss_astropi_2016_digitised/columbus_eclss_o2_repress_2015_1.7min", "iss-astropi")
    named = [e.data for e in found.events if e.kind == "operation" and e.data["state"] == "gas named"]
    assert [data["kind"] for data in named] == ["repressurisation"]
    assert "oxygen came" in str(named[0]["why"])
    assert named[0]["nitrogen_part"]["high"] < 0.5
    assert found.summary["incidents"] == []
