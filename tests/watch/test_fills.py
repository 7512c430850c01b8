"""Gas that came: how much, measured from before it began, and which gas it was once it has mixed."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "balance"))  # the rooms in a row of the balance's tests

from going_on import recorded
from one_room import PRESSURE_PA, TEMPERATURE_K, frames, gauge, glass, log_gas, seconds, ship

from hullwatch.balance import air
from hullwatch.balance.air import K_STATE_TIME
from hullwatch.records import Event, Floats
from hullwatch.vehicle.facts import Channel, Vehicle
from hullwatch.watch import groups as pressure

HOUR = 3_600
START, LASTS = 3 * HOUR + 100, 90 * 60.0
MASS_KG = PRESSURE_PA * 100.0 / (8.314463 * TEMPERATURE_K) * 0.0288  # pV/(RT) M of 100 m3 of cabin air
OXYGEN, NITROGEN = 21_200.0 / PRESSURE_PA, 1.0 - 22_800.0 / PRESSURE_PA
SMOOTH = {"quantum_si": 0.0, "publish": "periodic"}


def analyser(quantity: str) -> Channel:
    return gauge(quantity, quantity=quantity, noise_si=10.0, period_s=60.0, bias_si=400.0, drift_si_day=5.0, **SMOOTH)


def cabin(*quantities: str) -> Vehicle:
    gauges = gauge("P1", noise_si=2.0, period_s=10.0, **SMOOTH), glass("T1")
    return ship([*gauges, *(analyser(q) for q in quantities)], unmetered_kg_s=1e-7)


def lived(vehicle: Vehicle, seed: int, came: Floats, oxygen_share: float, late_s: float = 0.0) -> list[Event]:
    """The record of a calm day in which so much gas came (a share of all); analysers see it with a lag."""
    rng, n = np.random.default_rng(seed), came.size
    calm = log_gas(rng, vehicle, n)
    here = came.copy()
    for k in range(1, n if late_s else 0):
        here[k] = here[k - 1] + (came[k] - here[k - 1]) / late_s
    total = PRESSURE_PA * np.exp(calm) * (1.0 + came)
    part = {"ppo2": OXYGEN + oxygen_share * here, "ppn2": NITROGEN + (1.0 - oxygen_share) * here}
    shown = {"P1": total + 2.0 * rng.normal(size=n), "T1": np.full(n, TEMPERATURE_K)}
    for channel in vehicle.channels:
        if channel.quantity in part:
            shown[channel.id] = total * part[channel.quantity] / (1.0 + here) + 10.0 * rng.normal(size=n)
    return recorded(vehicle, frames(vehicle, seconds(n), shown))


def uneven(hours: float, share: float) -> Floats:
    """Gas that comes fast at first and ever slower: no constant rate."""
    part = np.clip((np.arange(hours * HOUR) - START) / LASTS, 0.0, 1.0)
    return share * (1.0 - (1.0 - part) ** 2)


def fills(events: list[Event]) -> list[dict[str, object]]:
    return [dict(e.data) for e in events if e.kind == "step" and e.data["kind"] == "repressurisation"]


def named(events: list[Event]) -> list[str]:
    return [str(e.data["why"]) for e in events if e.kind == "operation" and e.data["state"] == "gas named"]


@pytest.mark.parametrize("share", [0.01, 0.03])
def test_what_came_at_an_uneven_rate_is_known_with_an_honest_interval(share: float) -> None:
    """The world knows; an interval of 90 % may be wrong in one of ten of these twelve, or twice as many."""
    right = 0
    for seed in range(12):
        said = [data["mass_kg"] for data in fills(lived(cabin(), seed, uneven(8.0, share), 0.0))]
        ends = [sum(mass[end] for mass in said if isinstance(mass, dict)) for end in ("low", "high")]
        assert 1 <= len(said) <= 2  # the slow end may be told by itself
        right += ends[0] <= share * MASS_KG <= ends[1]
        assert ends[1] - ends[0] < 0.002 * MASS_KG
    assert right >= 9


@pytest.mark.parametrize(
    ("gas", "oxygen_share", "late_s"),
    [("oxygen", 1.0, 60.0), ("oxygen", 1.0, 4_000.0), ("air", 1.0 - NITROGEN, 4_000.0), ("nitrogen", 0.0, 4_000.0)],
)
def test_the_gas_is_named_once_it_has_mixed_and_never_wrongly(gas: str, oxygen_share: float, late_s: float) -> None:
    events = lived(cabin("ppn2", "ppo2"), 3, uneven(12.0, 0.015), oxygen_share, late_s)
    assert len(fills(events)) == 1
    assert "came (" not in str(fills(events)[0]["why"])  # the air beside the analysers tells nothing yet
    said = named(events)
    assert len(said) == 1
    assert gas in said[0]
    assert not any(e.kind == "incident_opened" for e in events)


def test_without_analysers_no_gas_is_named() -> None:
    assert named(lived(cabin(), 3, uneven(10.0, 0.015), 1.0)) == []


def aged(belief: air.AirMemory, time_s: float) -> air.AirMemory:
    belief.clock[K_STATE_TIME] = time_s
    return belief


def test_beliefs_are_kept_ever_thinner_and_for_half_a_day() -> None:
    vehicle = cabin()
    (group,) = pressure.form(vehicle, frozenset(), frozenset(("P1", "T1")))
    assert pressure.before(group, 0.0) is None
    assert pressure.kept(group).past == ()  # no reading yet
    for minute in range(0, 24 * 60, 5):
        fresh = pressure.form(vehicle, frozenset(), frozenset(("P1", "T1")))[0].air
        now = 60.0 * minute
        group = pressure.kept(pressure.Group(aged(fresh, now), group.score, past=group.past))
        times = np.array([one.clock[K_STATE_TIME] for one in group.past])
        assert times[-1] == now
        age = now - times
        assert age.max() < pressure.PAST_S
        gaps = np.diff(times)
        assert (gaps <= np.maximum(300.0, pressure.PAST_SPACING * age[:-1] + 300.0)).all()
    assert len(group.past) < 25
    assert age.max() > 0.5 * pressure.PAST_S
    asked = now - 3 * HOUR
    found = pressure.before(group, asked)
    assert found is not None
    assert asked - 0.5 * 4.5 * HOUR < found.clock[K_STATE_TIME] <= asked
    assert pressure.before(group, float(times[0]) - 1.0) is None
