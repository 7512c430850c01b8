"""What is published, and what is not."""

import numpy as np
import polars as pl
import pytest

from hullwatch.simulation.load import ship_of
from hullwatch.simulation.play import simulate
from hullwatch.simulation.scenario import parse_scenario
from hullwatch.units import TO_SI
from hullwatch.vehicle.load import load_vehicle

DEMO = load_vehicle("demo")


def readings(play, item):
    part = play.telemetry.filter(pl.col("item") == item)
    return part["time"].dt.timestamp("ms").to_numpy() / 1e3, part["value"].to_numpy()


def event(kind, at="+30 min", **fields):
    lines = "".join(f"{k} = {v}\n" for k, v in fields.items())
    return f'[[events]]\nat = "{at}"\nkind = "{kind}"\n{lines}'


def test_the_same_seed_gives_the_same_tables_and_another_does_not(play):
    scenario = parse_scenario(play.head)
    again = simulate(scenario, ship_of(scenario))
    assert again.telemetry.equals(play().telemetry)
    assert again.truth.equals(play().truth)
    other = parse_scenario(play.head.replace("seed = 7", "seed = 8"))
    assert not simulate(other, ship_of(other)).telemetry.equals(again.telemetry)


def test_a_channel_less_does_not_change_the_others(play):
    import dataclasses

    scenario = parse_scenario(play.head)
    fewer = dataclasses.replace(DEMO, channels=tuple(c for c in DEMO.channels if c.id != "P_NODE"))
    kept = play().telemetry.filter(pl.col("item") != "P_NODE")
    assert (
        simulate(scenario, fewer)
        .telemetry.with_columns(pl.col("item").cast(pl.String))
        .equals(kept.with_columns(pl.col("item").cast(pl.String)))
    )


def test_time_and_order(play):
    table = play().telemetry
    assert table.columns == ["time", "item", "value"]
    assert table["time"].is_sorted()
    assert set(table["item"].unique()) == {c.id for c in DEMO.channels}
    assert not table["value"].is_nan().any()


@pytest.mark.parametrize("channel", [c for c in DEMO.channels if c.publish == "on_change"], ids=lambda c: c.id)
def test_on_change_means_on_change(play, channel):
    time, value = readings(play(), channel.id)
    assert np.all(value[1:] != value[:-1])
    assert np.all(np.diff(time) >= 1.0)


@pytest.mark.parametrize("channel", [c for c in DEMO.channels if c.publish == "periodic"], ids=lambda c: c.id)
def test_periodic_means_every_period(play, channel):
    time, _ = readings(play(), channel.id)
    np.testing.assert_allclose(np.diff(time), channel.period_s)


@pytest.mark.parametrize("channel", [c for c in DEMO.channels if c.quantum_si > 0], ids=lambda c: c.id)
def test_values_are_multiples_of_the_quantum(play, channel):
    _, value = readings(play(), channel.id)
    steps = value / (channel.quantum_si / TO_SI[channel.unit][1])
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)


def test_values_are_those_of_the_truth_within_the_sensors_doubt(play):
    lab = play().truth.filter(pl.col("compartment") == "LAB")
    for item, column in (("P_LAB", "pressure_pa"), ("T_LAB", "temperature_k")):
        channel = next(c for c in DEMO.channels if c.id == item)
        _, factor, offset = TO_SI[channel.unit]
        _, value = readings(play(), item)
        off = abs(float(np.mean(value * factor + offset)) - float(lab[column].mean()))
        assert off < 4 * channel.bias_si + channel.quantum_si + 0.3 * (item == "T_LAB")


def test_loss_of_signal_publishes_nothing_but_the_status(play):
    lost = play(event("signal_loss", duration='"10 min"'))
    start = parse_scenario(play.head).start_s
    feed = next(c.id for c in DEMO.channels if c.quantity == "feed_status")
    inside = lost.telemetry.filter(
        (pl.col("time").dt.timestamp("ms") >= (start + 1800) * 1000)
        & (pl.col("time").dt.timestamp("ms") < (start + 2400) * 1000)
    )
    assert inside["item"].to_list() == [feed]
    time, value = readings(lost, feed)
    assert value.tolist()[0] == 24.0
    assert value.tolist()[2] == 24.0
    assert value[1] != 24.0
    np.testing.assert_allclose(time - start, [0.0, 1800.0, 2400.0])


def test_the_clock_ticks_every_second(play):
    clock = next(c.id for c in DEMO.channels if c.quantity == "onboard_time")
    time, value = readings(play(), clock)
    assert time.size == 7201
    np.testing.assert_allclose(np.diff(value), 1000.0)
    # 6 May is day 126 of 2030 (1 January is day 1): 126 days and 8 h, in ms
    assert value[0] == pytest.approx((126 * 24 + 8) * 3.6e6)


def test_hatch_positions_at_the_start_and_on_change(play):
    channel = next(c for c in DEMO.channels if c.quantity == "hatch_position" and c.hatch == "NODE-LAB")
    moved = play(event("hatch", hatch='"NODE-LAB"', state='"closed"'))
    time, value = readings(moved, channel.id)
    assert value.tolist() == [1.0, 0.0]
    assert (time - time[0]).tolist() == [0.0, 1800.0]


def test_a_valve_shows_the_makeup(play):
    gas = event("makeup", compartment='"NODE"', gas='"N2"', mass='"1 kg"', duration='"5 min"')
    time, value = readings(play(gas), "VALVE_N2")
    assert value.tolist() == [0.0, 1.0, 0.0]
    assert (time - time[0]).tolist() == [0.0, 1800.0, 2100.0]
    assert readings(play(gas), "VALVE_O2")[1].tolist() == [0.0]


def test_a_stuck_sensor_says_nothing_new(play):
    time, _ = readings(play(event("sensor_fault", channel='"P_LAB"', fault='"stuck"', duration='"30 min"')), "P_LAB")
    minutes = (time - time[0]) / 60.0
    assert not np.any((minutes > 30.0) & (minutes < 60.0))
    assert np.any(minutes > 60.0)


def test_a_dead_sensor_says_nothing_at_all(play):
    time, _ = readings(play(event("sensor_fault", channel='"P_LAB"', fault='"dead"')), "P_LAB")
    assert time.max() - time[0] < 1800.0


@pytest.mark.parametrize(
    ("fault", "fields", "at_minute", "size"),
    [
        ("step", {"size": '"3 mmHg"'}, 50.0, 3.0),
        ("drift", {"rate": '"3 mmHg/h"'}, 90.0, 3.0),
        ("spike", {"size": '"20 mmHg"'}, 30.0, 20.0),
        ("spike", {"size": '"20 mmHg"'}, 30.1, 0.0),
    ],
)
def test_faults_add_what_they_say(play, fault, fields, at_minute, size):
    wrong = play(event("sensor_fault", channel='"P_LAB"', fault=f'"{fault}"', **fields))
    at = parse_scenario(play.head).start_s + 60.0 * at_minute
    shown = []
    for one in (wrong, play()):
        time, value = readings(one, "P_LAB")
        shown.append(value[np.searchsorted(time, at, side="right") - 1])
    assert shown[0] - shown[1] == pytest.approx(size, abs=0.25)


def test_a_clock_step_moves_the_stamps_and_nothing_else(play):
    stepped = play(event("clock_step", step='"-30 s"'))
    shift = (stepped.telemetry["time"] - play().telemetry["time"]).dt.total_seconds().to_numpy()
    assert set(shift.tolist()) == {0, -30}
    assert stepped.telemetry["value"].equals(play().telemetry["value"])


def test_metadata_says_it_is_no_recording(play):
    assert play().metadata["simulated"] == "true"
    assert play().metadata["reconstructed"] == "true"
    assert play().metadata["vehicle"] == "demo"
    assert play().metadata["seed"] == "7"
