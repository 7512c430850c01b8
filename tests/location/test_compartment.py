"""The place of a leak against every hypothesis written out by hand."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_room import gauge, ship

from hullwatch.location import compartment as location
from hullwatch.records import GroupState
from hullwatch.vehicle.facts import Vehicle

ROOMS = {"A": 60.0, "B": 30.0, "C": 10.0}
SHIP = ship([gauge("P1"), gauge("P2", "B"), gauge("P3", "C")], ROOMS)
WEIGHED = replace(
    SHIP, compartments=tuple(replace(c, leak_weight=w) for c, w in zip(SHIP.compartments, (3.0, 1.0, 0.5), strict=True))
)
FLOW, FLOW_SD = 1e-4, 1e-5  # m3/s


def group(
    number: int, rooms: str, loss_per_s: float, sd_per_s: float = 1e-7, sensors: int = 1, followed: bool = True
) -> GroupState:
    volume = sum(ROOMS[r] for r in rooms)
    return GroupState(
        group=number, compartments=tuple(rooms), time_s=0.0, volume_m3=volume, volume_sd_m3=0.05 * volume,
        pressure_pa=1e5, temperature_k=295.0, mass_kg=1.2 * volume, mass_sd_kg=0.1, loss_per_s=loss_per_s,
        loss_sd_per_s=sd_per_s, followed=followed, ppo2_pa=None, sensors=sensors,
    )  # fmt: skip


def started(vehicle: Vehicle = WEIGHED) -> location.LocationMemory:
    return location.begin(vehicle, tuple(ROOMS))


def posterior(groups: Sequence[GroupState], memory: location.LocationMemory | None = None) -> dict[str, float]:
    return dict(location.place(memory or started(), groups, FLOW, FLOW_SD).probability)


def test_with_all_hatches_open_the_posterior_is_the_prior() -> None:
    for loss in (0.0, 1e-6, 5e-5):
        place = location.place(started(), [group(0, "ABC", loss)], FLOW, FLOW_SD)
        assert dict(place.probability) == pytest.approx({"A": 3.0 / 4.5, "B": 1.0 / 4.5, "C": 0.5 / 4.5})
        assert [c for c, _ in place.probability] == ["A", "B", "C"]
        assert "figures are the prior" in place.why


def test_only_candidates_can_hold_the_leak() -> None:
    memory = location.begin(WEIGHED, ("B", "C"))
    found = posterior([group(0, "ABC", 1e-6)], memory)
    assert found == pytest.approx({"A": 0.0, "B": 2.0 / 3.0, "C": 1.0 / 3.0})


def test_the_side_that_goes_on_losing_holds_the_leak() -> None:
    quiet, losing = group(0, "AB", 0.0), group(1, "C", FLOW / 10.0)
    found = posterior([quiet, losing])
    assert found["C"] > 0.99
    other = posterior([group(0, "AB", FLOW / 90.0), group(1, "C", 0.0)])
    assert other["C"] < 0.01
    # within the losing side nothing is learnt: the prior's odds stay
    assert other["A"] / other["B"] == pytest.approx(3.0)


def test_a_side_without_a_sensor_or_not_followed_is_judged_by_the_other() -> None:
    for blind in (group(1, "C", 0.0, sensors=0), group(1, "C", 0.0, followed=False)):
        assert posterior([group(0, "AB", 0.0), blind])["C"] > 0.9
        assert posterior([group(0, "AB", FLOW / 90.0), blind])["C"] < 0.1


def density(x: float, mean: float, variance: float) -> float:
    return float(np.exp(-0.5 * (x - mean) ** 2 / variance) / np.sqrt(2.0 * np.pi * variance))


def by_enumeration(groups: Sequence[GroupState]) -> dict[str, float]:
    """Every compartment, and for every group whether this epoch misleads about it: all cases weighed and added up."""
    weights = {c.id: c.leak_weight for c in WEIGHED.compartments}
    total = dict.fromkeys(weights, 0.0)
    for room, misled in product(weights, product((False, True), repeat=len(groups))):
        case = 1.0
        for g, is_misled in zip(groups, misled, strict=True):
            expected = FLOW / g.volume_m3 if room in g.compartments else 0.0
            doubt = (FLOW_SD / g.volume_m3) ** 2 + (expected * g.volume_sd_m3 / g.volume_m3) ** 2 if expected else 0.0
            broad = (location.BROAD * FLOW / g.volume_m3) ** 2
            case *= location.SURPRISE if is_misled else 1.0 - location.SURPRISE
            own = g.loss_sd_per_s**2
            case *= (
                density(g.loss_per_s, 0.0, broad + own) if is_misled else density(g.loss_per_s, expected, doubt + own)
            )
        total[room] += weights[room] * case
    return {room: value / sum(total.values()) for room, value in total.items()}


SPLITS = st.sampled_from([("A", "BC"), ("AB", "C"), ("A", "B", "C"), ("AC", "B")])


@settings(deadline=None, max_examples=100)
@given(SPLITS, st.lists(st.floats(-2.0, 3.0), min_size=3, max_size=3), st.floats(0.03, 2.0))
def test_the_posterior_is_the_sum_over_all_hypotheses(split: tuple[str, ...], losses: list[float], sd: float) -> None:
    """Losses in units of what a hole in that group would cause."""
    unit = [FLOW / sum(ROOMS[r] for r in rooms) for rooms in split]
    groups = [group(k, rooms, losses[k] * unit[k], sd * unit[k]) for k, rooms in enumerate(split)]
    found, expected = posterior(groups), by_enumeration(groups)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert sum(found.values()) == pytest.approx(1.0)


@settings(deadline=None, max_examples=40)
@given(st.permutations([0, 1, 2]), st.permutations(["A", "B", "C"]), st.floats(-1.0, 2.0))
def test_the_order_of_groups_and_compartments_does_not_matter(order: list[int], rooms: list[str], loss: float) -> None:
    groups = [group(0, "A", 0.0), group(1, "B", loss * FLOW / 30.0), group(2, "C", 1e-7)]
    plain = posterior(groups)
    assert posterior([groups[k] for k in order]) == pytest.approx(plain)
    turned = replace(WEIGHED, compartments=tuple(WEIGHED.compartment(r) for r in rooms))
    assert posterior(groups, started(turned)) == pytest.approx(plain)


def test_epochs_add_up() -> None:
    """Two hatch tests, one after the other: the product of their posteriors over the prior."""
    first, second = (
        [group(0, "AB", 1e-6, 5e-7), group(1, "C", 0.0, 3e-6)],
        [group(0, "A", 1.4e-6, 6e-7), group(1, "BC", 0.0, 1e-6)],
    )
    memory = location.end_epoch(started(), first, FLOW, FLOW_SD)
    prior = posterior([group(0, "ABC", 1e-6)])
    one, other = posterior(first), posterior(second)
    joint = {room: one[room] * other[room] / prior[room] for room in ROOMS}
    expected = {room: share / sum(joint.values()) for room, share in joint.items()}
    assert posterior(second, memory) == pytest.approx(expected)
    assert memory.epochs == 1
    assert "1 hatch test" in location.place(memory, second, FLOW, FLOW_SD).why


def test_an_epoch_with_all_hatches_open_tells_nothing() -> None:
    memory = location.end_epoch(started(), [group(0, "ABC", 1e-6)], FLOW, FLOW_SD)
    assert memory.epochs == 0
    assert memory.log_weight == started().log_weight


def test_contradictory_epochs_leave_no_certainty() -> None:
    """C lost gas while closed off, then lost none while closed off again: either test may have misled."""
    losing, quiet = FLOW / 10.0, FLOW / 90.0
    memory = location.end_epoch(started(), [group(0, "AB", 0.0), group(1, "C", losing)], FLOW, FLOW_SD)
    found = posterior([group(0, "AB", quiet), group(1, "C", 0.0)], memory)
    assert max(found.values()) < 0.99
    assert found["C"] > 0.001


@pytest.mark.parametrize("times", [1, 3])
def test_one_misleading_epoch_leaves_every_place_possible(times: int) -> None:
    """A hole in A, and a test that shows the opposite as sharply as can be: A becomes improbable, never impossible."""
    groups = [group(0, "A", 0.0, 1e-12), group(1, "BC", FLOW / 40.0 * times, 1e-12)]
    for room, share in posterior(groups).items():
        assert share > 0.0, room


def test_probability_in_adds_up() -> None:
    place = location.place(started(), [group(0, "ABC", 1e-6)], FLOW, FLOW_SD)
    assert location.probability_in(place, ("A", "C")) == pytest.approx(3.5 / 4.5)
    assert location.probability_in(place, ()) == 0.0
    assert location.probability_in(place, tuple(ROOMS)) == pytest.approx(1.0)
