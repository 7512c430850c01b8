"""What the next step rests on at the moments around a hatch that moves."""

from dataclasses import replace

import pytest

from hullwatch.incident.follow import Incident
from hullwatch.records import GroupState, Interval, LeakPlace
from hullwatch.units import DAY_S
from hullwatch.vehicle.graph import default_open, pressure_groups
from hullwatch.vehicle.load import load_vehicle
from hullwatch.watch import advising

SHIP = load_vehicle("iss-2018-08-29")
OPEN = default_open(SHIP)
FLOW = 25.0 / DAY_S / 1.19  # m3/s of 25 kg/day


def groups(open_hatches: frozenset[str]) -> tuple[GroupState, ...]:
    states = []
    for k, inside in enumerate(pressure_groups(SHIP, open_hatches)):
        volume = sum(c.volume_m3.value for c in SHIP.compartments if c.id in inside)
        states.append(
            GroupState(
                group=k, compartments=tuple(inside), time_s=0.0, volume_m3=volume, volume_sd_m3=0.05 * volume,
                pressure_pa=99_992.0, temperature_k=295.4, mass_kg=1.19 * volume, mass_sd_kg=0.01, loss_per_s=0.0,
                loss_sd_per_s=1e-9, followed=True, ppo2_pa=None, sensors=1, cooled=0.0, pressure_sd_pa=10.0,
            )
        )  # fmt: skip
    return tuple(states)


def now(
    time_s: float, open_hatches: frozenset[str], flow: float, sd: float, settled: bool, stage: int = 1
) -> advising.Now:
    rate = Interval(flow * 1.19, 0.9 * flow * 1.19, 1.1 * flow * 1.19)
    incident = Incident(
        id="AIR-1", state="confirmed", onset_s=Interval(0.0, 0.0, 0.0), flow_m3_s=flow, flow_sd_m3_s=sd, peak_m3_s=flow,
        rate_kg_s=rate, leak_probability=1.0, set_aside=(), stage=stage, said_s=0.0, alarm=None,
    )  # fmt: skip
    inside = max(pressure_groups(SHIP, OPEN), key=len)
    place = LeakPlace(tuple((c, 1.0 / len(inside)) for c in inside), "nothing has told")
    return advising.Now(SHIP, incident, place, open_hatches, groups(open_hatches), time_s, settled)


def planned_rate(planned: advising.Planned, at: advising.Now) -> tuple[float, list[str]]:
    """The rate in kg/day the plan was made for, and the warnings of its line."""
    _, events = advising.step(replace(planned, said=()), at)
    data = next(event.data for event in events if event.kind == "advice")
    return data["tree"]["rate_kg_s"]["median"] * DAY_S, data["warnings"]


SHUT = OPEN - {"NODE1-PMA1"}


@pytest.fixture(scope="module")
def moved() -> advising.Planned:
    """A plan with a sharp rate, then a hatch that moves."""
    before, _ = advising.step(advising.NOTHING, now(0.0, OPEN, FLOW, 0.04 * FLOW, True))
    after, events = advising.step(before, now(1000.0, SHUT, FLOW, 0.04 * FLOW, False))
    assert events[0].data["warnings"][0].startswith("Hatches have just moved: the plan supposes the rate known before")
    return after


def test_parts_that_know_less_do_not_change_the_rate_planned_for(moved: advising.Planned) -> None:
    vague = now(1700.0, SHUT, 1.5 * FLOW, 0.3 * FLOW, True)
    rate, warnings = planned_rate(moved, vague)
    assert rate == pytest.approx(25.0, rel=0.01)
    assert "25 (23 to 27) kg/day" in warnings[0]
    assert not advising.due(replace(moved, timed=True), vague)  # nothing has become known


def test_once_the_parts_know_it_better_their_rate_counts(moved: advising.Planned) -> None:
    rate, warnings = planned_rate(moved, now(1700.0, SHUT, 1.1 * FLOW, 0.03 * FLOW, True))
    assert rate == pytest.approx(27.5, rel=0.01)
    assert not any("Hatches have just moved" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("time_s", "flow", "stage"),
    [(1700.0, 2.2, 1), (1700.0, 1.5, 2), (1000.0 + advising.RELEARN_S, 1.5, 1)],
    ids=["contradicted", "the leak itself has changed", "an hour later"],
)
def test_what_was_known_does_not_hold_for_ever(moved: advising.Planned, time_s: float, flow: float, stage: int) -> None:
    later = now(time_s, SHUT, flow * FLOW, 0.3 * FLOW, True, stage)
    rate, warnings = planned_rate(moved, later)
    assert rate == pytest.approx(25.0 * flow, rel=0.01)
    assert not any("Hatches have just moved" in warning for warning in warnings)
    assert advising.due(moved, later)


def test_of_two_moves_in_a_row_the_sharper_rate_is_kept(moved: advising.Planned) -> None:
    again, _ = advising.step(moved, now(2000.0, OPEN, 1.4 * FLOW, 0.3 * FLOW, False))
    rate, _ = planned_rate(again, now(3000.0, OPEN, 1.4 * FLOW, 0.3 * FLOW, True))
    assert rate == pytest.approx(25.0, rel=0.01)
