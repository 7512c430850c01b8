"""A known leak in recorded readings: the exponential, through each sensor's own resolution."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from hullwatch.errors import OutOfRange
from hullwatch.records import Samples
from hullwatch.simulation.inject import inject, parse_injection
from hullwatch.units import DAY_S, TO_SI, utc_seconds
from hullwatch.vehicle.load import load_vehicle

DEMO = load_vehicle("demo")
IDS = tuple(c.id for c in DEMO.channels)
CHANNEL = {c.id: c for c in DEMO.channels}
RATE = 50.0 / DAY_S
# pV/(RT) M of the whole demonstration station: 99,992 Pa, 159 m3, 295.4 K, 28.8 g/mol
MASS_KG = 99_992.0 * 159.0 / (8.314463 * 295.4) * 0.0288


@pytest.fixture(scope="module")
def recording(play):
    table = play().telemetry
    item = table["item"].cast(pl.String).replace_strict(IDS, list(range(len(IDS))), return_dtype=pl.Int64).to_numpy()
    return Samples(table["time"].dt.timestamp("ms").to_numpy() / 1e3, item, table["value"].to_numpy(), IDS)


def of(samples, id):
    rows = samples.item == samples.items.index(id)
    return samples.time_s[rows], samples.value[rows]


def held(samples, id, at_s):
    """What the channel last published by each time."""
    time, value = of(samples, id)
    return value[np.searchsorted(time, at_s, side="right") - 1]


def with_noise(noise_quanta, publish="on_change"):
    """The station with this noise in its laboratory pressure sensor."""
    quantum = CHANNEL["P_LAB"].quantum_si
    channels = tuple(
        replace(c, noise_si=noise_quanta * quantum, publish=publish) if c.id == "P_LAB" else c for c in DEMO.channels
    )
    return replace(DEMO, channels=channels)


def opening(recording):
    return float(recording.time_s[0] + 1800.0)


def test_nothing_changes_before_the_opening(recording):
    opened = opening(recording)
    leaky = inject(recording, DEMO, RATE, opened)
    for name in ("time_s", "item", "value"):
        before = [getattr(s, name)[s.time_s < opened] for s in (recording, leaky)]
        np.testing.assert_array_equal(*before)
    assert leaky.items == recording.items


def test_only_gas_changes(recording):
    leaky = inject(recording, DEMO, RATE, opening(recording))
    for channel in DEMO.channels:
        same = all(np.array_equal(x, y) for x, y in zip(of(recording, channel.id), of(leaky, channel.id), strict=True))
        gas = channel.quantity in ("pressure", "ppo2", "ppn2", "ppco2")
        assert same is not gas, channel.id


@pytest.mark.parametrize("id", ["P_LAB", "P_NODE", "P_CAPSULE", "PPO2_LAB", "PPN2_LAB"])
def test_late_readings_have_fallen_by_the_exponential(recording, id):
    """Half a step of resolution, and what the sensor's own noise adds, is all that may differ."""
    opened, rate = opening(recording), 20.0 * RATE
    leaky = inject(recording, DEMO, rate, opened)
    late = np.arange(opened + 3600.0, recording.time_s[-1], 60.0)
    ratio = held(leaky, id, late) / held(recording, id, late)
    # of gas that expands while it leaves, the walls make good all but a few minutes: 0.4 * 143 s of the loss at most
    at_published = (
        late
        if CHANNEL[id].publish == "on_change"
        else of(leaky, id)[0][np.searchsorted(of(leaky, id)[0], late, side="right") - 1]
    )
    expected = np.exp(-rate / MASS_KG * (at_published - opened))
    step = 1.5 * CHANNEL[id].quantum_si / TO_SI[CHANNEL[id].unit][1] / held(recording, id, late)
    slack = 0.4 * 150.0 * rate / MASS_KG
    assert (np.abs(ratio - expected) < step + slack + 1e-9).all()
    assert ratio[-1] < 0.85


def test_a_hole_that_closes_takes_no_more(recording):
    opened, closed = recording.time_s[0] + 1_800.0, recording.time_s[0] + 3_600.0
    leaking = inject(recording, DEMO, RATE, opened)
    stopped = inject(recording, DEMO, RATE, opened, closed)
    id = next(c.id for c in DEMO.channels if c.quantity == "pressure")
    during, later = np.linspace(opened, closed, 50), np.linspace(closed + 600.0, recording.time_s[-1], 50)
    np.testing.assert_allclose(held(stopped, id, during), held(leaking, id, during), atol=1e-9)
    lost = held(recording, id, later) / held(stopped, id, later) - 1.0
    quantum = CHANNEL[id].quantum_si / TO_SI[CHANNEL[id].unit][1]
    # a code each way: before and after are rounded apart
    assert lost == pytest.approx(RATE * 1_800.0 / MASS_KG, abs=2.0 * quantum / held(recording, id, later).min())


def test_a_slow_leak_is_the_same_law(recording):
    opened = opening(recording)
    leaky = inject(recording, DEMO, RATE, opened)
    end = recording.time_s[-1:]
    lost = 1.0 - held(leaky, "P_LAB", end) / held(recording, "P_LAB", end)
    expected = -np.expm1(-RATE / MASS_KG * (end - opened))
    assert lost == pytest.approx(expected, abs=0.12 / 745.0)


@pytest.mark.parametrize("noise_quanta", [0.1, 1.5])
def test_codes_stay_on_the_sensors_grid(recording, noise_quanta):
    leaky = inject(recording, with_noise(noise_quanta), RATE, opening(recording))
    quantum = CHANNEL["P_LAB"].quantum_si / TO_SI["mmHg"][1]
    first = of(recording, "P_LAB")[1][0]
    steps = (of(leaky, "P_LAB")[1] - first) / quantum
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    assert np.ptp(steps) > 10


@pytest.mark.parametrize("noise_quanta", [0.1, 1.5])
def test_published_on_change_stays_published_on_change(recording, noise_quanta):
    leaky = inject(recording, with_noise(noise_quanta), RATE, opening(recording))
    time, value = of(leaky, "P_LAB")
    assert (value[1:] != value[:-1]).all()
    assert (np.diff(time) > 0.0).all()
    assert set(np.floor(time)) <= set(np.floor(recording.time_s))


def test_a_periodic_channel_speaks_when_it_spoke(recording):
    leaky = inject(recording, DEMO, RATE, opening(recording))
    np.testing.assert_array_equal(of(leaky, "PPO2_LAB")[0], of(recording, "PPO2_LAB")[0])


def test_readings_stay_in_order_of_arrival(recording):
    """A late reading of another channel stays behind those it arrived after."""
    late = recording.time_s.copy()
    other = np.flatnonzero(recording.item == IDS.index("T_LAB"))
    behind = other[other > late.size * 0.7][5]
    late[behind] -= 900.5
    shuffled = Samples(late, recording.item, recording.value, IDS)
    leaky = inject(shuffled, DEMO, RATE, opening(recording))
    steady = leaky.item != IDS.index("T_LAB")
    assert (np.diff(leaky.time_s[steady]) >= 0.0).all()
    place = np.flatnonzero((leaky.item == IDS.index("T_LAB")) & (leaky.time_s == late[behind]))
    assert leaky.time_s[place - 1] >= recording.time_s[behind] - 1.0
    np.testing.assert_array_equal(of(leaky, "T_LAB")[0], of(shuffled, "T_LAB")[0])


def test_the_same_leak_twice_gives_the_same_readings(recording):
    vehicle = with_noise(1.5)
    one, other = (inject(recording, vehicle, RATE, opening(recording)) for _ in range(2))
    for name in ("time_s", "item", "value"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_vanishing_leak_changes_next_to_nothing(recording):
    leaky = inject(recording, DEMO, 1e-12, opening(recording))
    at = np.arange(opening(recording), recording.time_s[-1], 20.0)
    quantum = CHANNEL["P_LAB"].quantum_si / TO_SI["mmHg"][1]
    gap = np.abs(held(leaky, "P_LAB", at) - held(recording, "P_LAB", at))
    assert gap.max() <= 1.5 * quantum
    assert gap.mean() < 0.5 * quantum


def test_a_larger_leak_leaves_less(recording):
    opened = opening(recording)
    end = recording.time_s[-1:]
    left = [held(inject(recording, DEMO, rate, opened), "P_LAB", end)[0] for rate in (RATE, 3.0 * RATE, 10.0 * RATE)]
    assert left == sorted(left, reverse=True)
    assert len(set(left)) == 3


# --- sparse recordings ------------------------------------------------------------------------------------------------


def seldom(codes, time_s=None):
    """Laboratory pressure that moves by these codes, one a second unless told otherwise, and one cabin temperature."""
    time = 1.9e9 + 0.5 + (np.arange(codes.size) if time_s is None else time_s)
    quantum = CHANNEL["P_LAB"].quantum_si / TO_SI["mmHg"][1]
    item = np.append(np.zeros(codes.size, dtype=np.int64), 1)
    return Samples(np.append(time, time[-1] + 0.3), item, np.append(745.0 + quantum * codes, 20.0), ("P_LAB", "T_LAB"))


def irregular():
    rng = np.random.default_rng(0)
    return seldom(rng.integers(-2, 3, 300), np.cumsum(rng.integers(1, 9, 300)).astype(np.float64))


@pytest.mark.parametrize("noise_quanta", [0.1, 1.5])
@pytest.mark.parametrize("before_end_s", [0.0, 0.3, 0.8, 1.3])
@pytest.mark.parametrize("recorded", [seldom(np.arange(600) % 2), irregular()], ids=["regular", "irregular"])
def test_an_opening_at_the_very_end_changes_nothing_before_it(recorded, before_end_s, noise_quanta):
    opened = float(recorded.time_s[-1]) - before_end_s
    leaky = inject(recorded, with_noise(noise_quanta), RATE, opened)
    for name in ("time_s", "item", "value"):
        np.testing.assert_array_equal(*[getattr(s, name)[s.time_s < opened] for s in (recorded, leaky)])
    assert np.isfinite(leaky.value).all()
    quantum = CHANNEL["P_LAB"].quantum_si / TO_SI["mmHg"][1]
    late = of(leaky, "P_LAB")[1][of(leaky, "P_LAB")[0] >= opened]
    assert (np.abs(late - 745.0) <= 8.0 * quantum).all()  # a second of 50 kg/day is nothing


def test_a_channel_with_one_reading_keeps_it():
    calm = seldom(np.arange(600) % 2)
    one = Samples(
        np.append(calm.time_s, calm.time_s[-1]), np.append(calm.item, 2), np.append(calm.value, 745.0),
        (*calm.items, "P_NODE"),
    )  # fmt: skip
    leaky = inject(one, DEMO, RATE, float(calm.time_s[10]))
    time, value = of(leaky, "P_NODE")
    assert time.size == 1
    assert value[0] == pytest.approx(745.0 * np.exp(-RATE / MASS_KG * 590.0), abs=0.2)


def test_a_channel_listed_but_never_read_stays_silent():
    calm = seldom(np.arange(600) % 2)
    listed = Samples(calm.time_s, calm.item, calm.value, (*calm.items, "P_NODE"))
    leaky = inject(listed, DEMO, RATE, float(calm.time_s[10]))
    assert of(leaky, "P_NODE")[0].size == 0
    np.testing.assert_array_equal(
        of(leaky, "P_LAB")[1], of(inject(calm, DEMO, RATE, float(calm.time_s[10])), "P_LAB")[1]
    )


def test_a_channel_that_first_speaks_after_the_opening_says_nothing_before():
    calm = irregular()
    late = calm.time_s[200] + np.array([0.0, 5.0, 19.0, 26.0])
    time = np.concatenate([calm.time_s, late])
    order = np.argsort(time, kind="stable")
    item = np.concatenate([calm.item, np.full(4, 2)])[order]
    value = np.concatenate([calm.value, [745.0, 745.1, 745.0, 745.2]])[order]
    leaky = inject(Samples(time[order], item, value, (*calm.items, "P_NODE")), DEMO, RATE, float(calm.time_s[50]))
    assert of(leaky, "P_NODE")[0].min() >= late[0] - 1.0


# --- what people write ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kg_day"), [("25 kg/day at 2018-10-12T21:00Z", 25.0), ("2 lb/day at 2018-10-12T21:00", 2 * 0.45359237)]
)
def test_a_rate_and_a_moment(text, kg_day):
    rate, opened = parse_injection(text)
    assert rate * DAY_S == pytest.approx(kg_day)
    assert opened == utc_seconds("2018-10-12T21:00:00Z")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("25 kg/day", "25 kg/day at 2018-10-12T21:00Z"),
        ("25 kg/day, 2018-10-12", "25 kg/day at 2018-10-12T21:00Z"),
        ("25 mm at 2018-10-12T21:00Z", "units of kg/s"),
        ("-25 kg/day at 2018-10-12T21:00Z", "above zero"),
        ("0 kg/day at 2018-10-12T21:00Z", "above zero"),
        ("25 kg/day at noon", "ISO 8601"),
        ("much at 2018-10-12T21:00Z", "units of kg/s"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(text, remedy):
    with pytest.raises(OutOfRange, match=remedy.replace("/", ".")):
        parse_injection(text)


@pytest.mark.parametrize("shift", [-1.0, 7201.0, 1e9])
def test_an_opening_outside_the_recording_is_refused(recording, shift):
    with pytest.raises(OutOfRange, match="within the recording"):
        inject(recording, DEMO, RATE, float(recording.time_s[0]) + shift)


def test_a_recording_without_pressure_is_refused(recording):
    rows = recording.item == IDS.index("T_LAB")
    only = Samples(recording.time_s[rows], np.zeros(rows.sum(), dtype=np.int64), recording.value[rows], ("T_LAB",))
    with pytest.raises(OutOfRange, match="no pressure channel"):
        inject(only, DEMO, RATE, float(only.time_s[3]))


def test_an_empty_recording_is_refused():
    empty = Samples(np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0), IDS)
    with pytest.raises(OutOfRange, match="within the recording"):
        inject(empty, DEMO, RATE, 0.0)
