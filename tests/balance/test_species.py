"""Nitrogen beside pressure: what people and machines take shows in one and not in the other, a leak in both."""

import numpy as np
import pytest
from one_room import PRESSURE_PA, TEMPERATURE_K, cut, frames, gauge, glass, seconds, ship

from hullwatch.balance import air, amend
from hullwatch.balance.absorbed import absorbed
from hullwatch.balance.came import exchanged_of, named, nitrogen_part
from hullwatch.balance.layout import FLOW, GAINS, MASS, UNMETERED, lay_out
from hullwatch.balance.species import shares
from hullwatch.records import Floats, Frames, Interval
from hullwatch.vehicle.facts import Channel, Vehicle

SHARE = 1.0 - (21_200.0 + 400.0 + 1_200.0) / PRESSURE_PA
EVERY = 60


def analyser(id: str = "N2", room: str = "A") -> Channel:
    return gauge(
        id, room, quantity="ppn2", quantum_si=0.0, noise_si=5.0, bias_si=800.0, drift_si_day=1.0, publish="periodic",
        period_s=float(EVERY),
    )  # fmt: skip


def cabin(*more: Channel) -> Vehicle:
    return ship([gauge("P1", quantum_si=0.0, noise_si=2.0, publish="periodic", period_s=20.0), glass("T"), *more])


def shown(vehicle: Vehicle, leaked: Floats, exchanged: Floats, rng: np.random.Generator) -> Frames:
    """A cabin that lost and was given so much, in shares of its gas; the analyser reads 3 hPa high."""
    n = leaked.size
    nitrogen = SHARE * PRESSURE_PA * np.exp(-leaked) + 300.0 + 5.0 * rng.normal(size=n)
    total = PRESSURE_PA * np.exp(exchanged - leaked) + 2.0 * rng.normal(size=n)
    read = {"P1": total, "T": np.full(n, TEMPERATURE_K), "N2": nitrogen}
    return frames(vehicle, seconds(n), {c.id: read[c.id] for c in vehicle.channels})


def begun(vehicle: Vehicle) -> air.AirMemory:
    return air.begin(vehicle, lay_out(vehicle, ("A",), frozenset(c.id for c in vehicle.channels)))


def test_an_analyser_adds_its_gas_its_place_and_its_own_errors() -> None:
    alone, both = (lay_out(v, ("A",), frozenset(("P1", "T", "N2"))) for v in (cabin(), cabin(analyser())))
    assert shares(cabin())[0] == pytest.approx(SHARE)
    assert (alone.exchanged, both.exchanged) == (-1, GAINS + both.lags_s.size)
    assert (alone.bias(0), both.bias(0)) == (both.exchanged, both.exchanged + 3)
    assert both.unmixed.tolist() == [-1, both.exchanged + 1]
    assert both.states == alone.states + 5
    assert (both.pressure, both.analysers, both.sensors) == ((0,), (2,), (0, 2))
    assert both.reference_pa.tolist() == pytest.approx([PRESSURE_PA, SHARE * PRESSURE_PA])
    # all that moves the states known without it is as it was
    assert both.walk[:GAINS].tolist() == alone.walk[:GAINS].tolist()
    assert (both.into[:-1].tolist(), both.source[:-1].tolist()) == (alone.into.tolist(), alone.source.tolist())
    assert (both.into[-1], both.source[-1], both.weight[-1]) == (both.exchanged, UNMETERED, 1.0)


def test_an_analyser_without_a_pressure_gauge_is_not_read() -> None:
    lay = lay_out(ship([glass("T"), analyser()]), ("A",), frozenset(("T", "N2")))
    assert (lay.sensors, lay.exchanged) == ((), -1)


def test_gas_that_people_take_is_told_from_gas_that_leaks() -> None:
    vehicle, n = cabin(analyser()), 6 * 3600
    ramp = 3e-8 * np.arange(float(n))  # 0.065 % in six hours
    rng = np.random.default_rng(5)
    taken, _ = air.balance(begun(vehicle), vehicle, shown(vehicle, 0.0 * ramp, -ramp, rng))
    followed = amend.expect_flow(begun(vehicle), 0.0, 1e-7)
    lost, _ = air.balance(followed, vehicle, shown(vehicle, ramp, 0.0 * ramp, rng))
    e = taken.layout.exchanged
    for memory, gone in ((taken, -ramp[-1]), (lost, 0.0)):
        assert abs(memory.x[e] - gone) < 3.0 * np.sqrt(memory.p[e, e])
        assert np.sqrt(memory.p[e, e]) < 0.3 * ramp[-1]
    assert lost.x[FLOW] == pytest.approx(-3e-8, abs=3.0 * np.sqrt(lost.p[FLOW, FLOW]))
    # beside a flow that is followed only the analyser can tell what is breathed
    blind, _ = air.balance(
        amend.expect_flow(begun(cabin()), 0.0, 1e-7),
        cabin(),
        shown(cabin(), ramp, 0.0 * ramp, np.random.default_rng(5)),
    )
    assert lost.p[FLOW, FLOW] < 0.5 * blind.p[FLOW, FLOW]


def test_oxygen_that_is_metered_is_exchanged_gas() -> None:
    vehicle = ship(
        [*cabin(analyser()).channels, gauge("O2", quantity="o2_generation", quantum_si=0.0, publish="on_change")]
    )
    n = 3600
    still = shown(cabin(analyser()), np.zeros(n), np.zeros(n), np.random.default_rng(1))
    wide = frames(vehicle, seconds(n), {"O2": np.full(n, 1e-4)})
    for k in range(3):
        wide.value_si[:, k], wide.previous_si[:, k] = still.value_si[:, k], still.previous_si[:, k]
        wide.fresh[:, k], wide.flags[:, k] = still.fresh[:, k], still.flags[:, k]
    metered, _ = air.balance(begun(vehicle), vehicle, wide)
    plain, _ = air.balance(begun(cabin(analyser())), cabin(analyser()), still)
    made = 1e-4 * n / 31.9988e-3 / (PRESSURE_PA * 100.0 / 8.314462618 / TEMPERATURE_K)
    e = plain.layout.exchanged
    # pressure did not rise: as much was taken as was made, and the filter must find that flow
    assert metered.x[UNMETERED] < plain.x[UNMETERED]
    assert abs(metered.x[e] - plain.x[e]) < 0.5 * made


def test_a_reading_repeated_to_the_last_digit_is_no_news() -> None:
    vehicle, n = cabin(analyser()), 3600
    whole = shown(vehicle, np.zeros(n), np.zeros(n), np.random.default_rng(2))
    column = [c.id for c in vehicle.channels].index("N2")
    whole.value_si[n // 2 :, column] = whole.value_si[n // 2 - 1, column]
    memory, residuals = air.balance(begun(vehicle), vehicle, whole)
    read = residuals.h[:, memory.layout.bias(1)] != 0.0
    assert residuals.frame[read].max() <= n // 2 + EVERY
    assert read.sum() == n // 2 // EVERY


def test_any_blocks_give_the_same_belief_bit_for_bit() -> None:
    vehicle, n = cabin(analyser()), 3 * 3600
    ramp = 2e-8 * np.arange(float(n))
    whole = shown(vehicle, ramp, -ramp, np.random.default_rng(3))
    once, _ = air.balance(begun(vehicle), vehicle, whole)
    parts, start = begun(vehicle), 0
    for size in (1, 59, 60, 61, 977, 5000, n):
        parts, _ = air.balance(parts, vehicle, cut(whole, start, min(start + size, n)))
        start = min(start + size, n)
    assert np.array_equal(once.x, parts.x)
    assert np.array_equal(once.p, parts.p)


def test_while_gas_of_unknown_kind_comes_the_analyser_only_follows() -> None:
    vehicle = cabin(analyser())
    memory = begun(vehicle)
    e = memory.layout.exchanged
    freed = amend.free_exchanged(amend.expect_flow(memory, 1e-6, 1e-7))
    assert freed.walk[e] == amend.EXCHANGED_WALK
    assert amend.hold_exchanged(freed).walk[e] == amend.EXCHANGED_WALK  # still coming
    assert amend.forget_flow(freed).walk[e] == 0.0
    assert amend.let_mass_wander(memory, 0.01).walk[e] == amend.EXCHANGED_WALK
    assert amend.let_mass_wander(amend.let_mass_wander(memory, 0.01), 0.0).walk[[MASS, e]].tolist() == [0.0, 0.0]
    assert amend.doubt_exchanged(memory, 0.01).p[e, e] == pytest.approx((amend.KIND_SHARE * 0.01) ** 2)
    for unchanged in (amend.free_exchanged, amend.hold_exchanged, lambda m: amend.doubt_exchanged(m, 0.01)):
        same = unchanged(begun(cabin()))
        assert np.array_equal(same.p, begun(cabin()).p)
        assert np.array_equal(same.walk, begun(cabin()).walk)


def test_what_a_lying_analyser_taught_is_forgotten() -> None:
    vehicle, n = cabin(analyser()), 6 * 3600
    ramp = 3e-8 * np.arange(float(n))
    memory, _ = air.balance(begun(vehicle), vehicle, shown(vehicle, 0.0 * ramp, -ramp, np.random.default_rng(5)))
    again = amend.relearn_exchange(memory)
    assert (again.x[UNMETERED], again.p[UNMETERED, UNMETERED]) == (0.0, memory.layout.variance[UNMETERED])
    assert again.x[MASS] == memory.x[MASS]


def test_a_group_formed_anew_keeps_what_the_analyser_reads_beside_pressure() -> None:
    vehicle, n = cabin(analyser()), 3 * 3600
    ramp = 3e-8 * np.arange(float(n))
    parent, _ = air.balance(begun(vehicle), vehicle, shown(vehicle, 0.0 * ramp, -ramp, np.random.default_rng(5)))
    child = air.inherit(begun(vehicle), (parent,))
    e, bias = parent.layout.exchanged, parent.layout.bias(1)
    assert child.x[bias] == parent.x[bias] - parent.x[e]
    weights = np.zeros(parent.layout.states)
    weights[[bias, e]] = 1.0, -1.0
    assert child.p[bias, bias] == pytest.approx(weights @ parent.p @ weights)


def filled(vehicle: Vehicle, nitrogen: float, after_s: int, seed: int) -> Interval | None:
    """What is said of a hundredth that came within ten minutes, so long after its end, with this part of nitrogen."""
    start, stop = 7_200, 7_800
    came = 0.01 * np.clip((np.arange(float(stop + after_s)) - start) / (stop - start), 0.0, 1.0)
    total, of_it = np.log1p(came), np.log1p(nitrogen / SHARE * came)
    world = shown(vehicle, -of_it, total - of_it, np.random.default_rng(seed))
    before, _ = air.balance(begun(vehicle), vehicle, cut(world, 0, start))
    after, _ = air.balance(amend.let_mass_wander(before, 0.01), vehicle, cut(world, start, stop))
    after = amend.let_mass_wander(after, 0.0)
    found = absorbed(before, after, TEMPERATURE_K)
    assert found is not None
    after, _ = air.balance(after, vehicle, cut(world, stop, stop + after_s))
    return nitrogen_part(after, exchanged_of(before), float(stop - start + after_s), *found)


@pytest.mark.parametrize(("gas", "nitrogen"), [("oxygen", 0.0), ("air", SHARE), ("nitrogen", 1.0)])
def test_analysers_say_which_gas_came(gas: str, nitrogen: float) -> None:
    """The world knows what came; an interval of 90 % may be wrong in one of ten of these thirty, or twice as many."""
    said = [filled(cabin(analyser()), nitrogen, 600, seed) for seed in range(30)]
    right = [part for part in said if part is not None and part.low <= nitrogen <= part.high]
    assert len(right) >= 24
    assert all(gas in named(part, SHARE) for part in right)
    assert max(part.high - part.low for part in right) < 0.3


def test_what_no_analyser_has_seen_yet_is_not_named() -> None:
    part = filled(cabin(analyser()), 1.0, 0, 1)
    assert part is not None
    assert named(part, SHARE) == ""
    assert filled(cabin(), 1.0, 600, 1) is None
    assert named(None, SHARE) == ""
