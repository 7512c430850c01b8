"""Oxygen and carbon dioxide beside pressure: who gave and took what, also while new gas is not everywhere yet."""

import numpy as np
import pytest
from one_room import PRESSURE_PA, TEMPERATURE_K, cut, frames, gauge, glass, seconds, ship

from hullwatch.balance import air, amend, species
from hullwatch.balance.absorbed import absorbed
from hullwatch.balance.heard import W_SD, W_Z_TIME
from hullwatch.balance.layout import DRIVE, FLOW, HEAT, MASS, lay_out
from hullwatch.records import Floats, Frames
from hullwatch.vehicle.facts import Channel, Vehicle

OXYGEN, CARBON, VAPOUR = (x / PRESSURE_PA for x in (21_200.0, 400.0, 1_200.0))
NITROGEN = 1.0 - OXYGEN - CARBON - VAPOUR
NOISE_PA = {"ppn2": 5.0, "ppo2": 5.0, "ppco2": 2.0}
HIGH_PA = {"ppn2": 100.0, "ppo2": 100.0, "ppco2": 10.0}


def analyser(quantity: str, room: str = "A") -> Channel:
    return gauge(
        quantity.upper() + room, room, quantity=quantity, quantum_si=0.0, noise_si=NOISE_PA[quantity],
        bias_si=4.0 * HIGH_PA[quantity], drift_si_day=1.0, publish="periodic", period_s=60.0,
    )  # fmt: skip


def cabin(*quantities: str) -> Vehicle:
    pressure = gauge("P1", quantum_si=0.0, noise_si=2.0, publish="periodic", period_s=20.0)
    return ship([pressure, glass("T"), *(analyser(q) for q in quantities)])


ALL = cabin("ppn2", "ppo2", "ppco2")


def begun(vehicle: Vehicle) -> air.AirMemory:
    return air.begin(vehicle, lay_out(vehicle, ("A",), frozenset(c.id for c in vehicle.channels)))


def amounts(gas: Floats, exchanged: Floats, carbon: Floats, vapour: Floats) -> dict[str, Floats]:
    """Partial pressures, Pa, gas by gas: all of it scaled (gas, a logarithm), then changed by what was exchanged."""
    scale = np.exp(gas)
    oxygen = OXYGEN * scale + exchanged - carbon - vapour
    parts = {"ppn2": NITROGEN * scale, "ppo2": oxygen, "ppco2": CARBON * scale + carbon}
    total = (NITROGEN + OXYGEN + CARBON + VAPOUR) * scale + exchanged
    return {quantity: PRESSURE_PA * part for quantity, part in (*parts.items(), ("pressure", total))}


def shown(vehicle: Vehicle, rng: np.random.Generator, *changes: Floats) -> Frames:
    """Frames of a cabin with these changes (see amounts), analysers HIGH_PA high."""
    said, n = amounts(*changes), changes[0].size
    noise, high = {"pressure": 2.0} | NOISE_PA, {"pressure": 0.0} | HIGH_PA
    read = {
        c.id: said[c.quantity] + high[c.quantity] + noise[c.quantity] * rng.normal(size=n)
        for c in vehicle.channels
        if c.quantity in noise
    }
    return frames(vehicle, seconds(n), {**read, "T": np.full(n, TEMPERATURE_K)})


@pytest.mark.parametrize("quantity", ["pressure", "ppn2", "ppo2", "ppco2"])
@pytest.mark.parametrize("state", range(4))
def test_what_an_analyser_shows_is_the_derivative_of_its_logarithm(quantity: str, state: int) -> None:
    channel = next(c for c in ALL.channels if c.quantity == quantity)
    level, offset = species.level(ALL, channel)
    change = 1e-6

    def logarithm(size: float) -> float:
        moved = [np.array([size * (k == state)]) for k in range(4)]
        # total pressure is mass as the filter has it: what is exchanged is part of it
        moved[0] = moved[0] - moved[1]
        return float(np.log((amounts(*moved)[quantity][0] + offset) / level))

    assert logarithm(0.0) == pytest.approx(0.0, abs=1e-12)
    slope = (logarithm(change) - logarithm(-change)) / (2.0 * change)
    expected = species.tells(ALL, channel)[state]
    if quantity == "pressure" and state == 1:
        expected = 0.0  # through mass alone
    assert slope == pytest.approx(expected, rel=1e-4, abs=2e-2 if quantity == "ppco2" else 1e-4)


def test_carbon_dioxide_is_read_beside_oxygen_only() -> None:
    def read(*quantities: str) -> tuple[int, int, int]:
        lay = begun(cabin(*quantities)).layout
        return len(lay.analysers), lay.species, lay.unmixed_states

    assert read("ppco2") == (0, 0, 0)
    assert read("ppn2", "ppco2") == (1, 1, 2)
    assert read("ppo2") == (1, 3, 2)
    assert read("ppn2", "ppo2", "ppco2") == (3, 3, 2)


def test_oxygen_tells_what_people_take_where_nitrogen_hardly_could() -> None:
    n = 4 * 3600
    taken = -1e-8 * np.arange(float(n))  # 0.014 % in four hours
    still = np.zeros(n)
    known = {}
    for quantities in (("ppn2",), ("ppo2",), ("ppn2", "ppo2", "ppco2")):
        vehicle = cabin(*quantities)
        memory, _ = air.balance(
            begun(vehicle), vehicle, shown(vehicle, np.random.default_rng(7), still, taken, still, still)
        )
        e = memory.layout.exchanged
        assert abs(memory.x[e] - taken[-1]) < 3.0 * np.sqrt(memory.p[e, e])
        known[quantities] = memory.p[e, e]
    assert known["ppn2", "ppo2", "ppco2"] < min(known["ppn2",], known["ppo2",])


def test_carbon_dioxide_that_comes_for_oxygen_is_not_taken_for_oxygen_that_went() -> None:
    """People breathe out what they breathe in: half a mmHg of it is left in the air for hours."""
    n = 4 * 3600
    still, carbon = np.zeros(n), 66.0 / PRESSURE_PA * np.clip(np.arange(float(n)) / 7200.0, 0.0, 1.0)
    off = {}
    for quantities in (("ppo2",), ("ppo2", "ppco2")):
        vehicle = cabin(*quantities)
        memory, _ = air.balance(
            begun(vehicle), vehicle, shown(vehicle, np.random.default_rng(8), still, still, carbon, still)
        )
        lay = memory.layout
        off[quantities] = abs(memory.x[lay.exchanged + species.CARBON] - carbon[-1])
        assert abs(memory.x[lay.exchanged]) < 3.0 * np.sqrt(memory.p[lay.exchanged, lay.exchanged])
    assert off["ppo2", "ppco2"] < 0.5 * off["ppo2",]  # what of it is the analyser's own error is not known


def test_what_does_not_see_the_gas_is_no_witness_of_it() -> None:
    n = 1200
    memory, _ = air.balance(begun(ALL), ALL, shown(ALL, np.random.default_rng(1), *np.zeros((4, n))))
    quantities = [ALL.channels[k].quantity for k in memory.layout.sensors]
    assert quantities == ["pressure", "ppn2", "ppo2", "ppco2"]
    assert np.isinf(memory.window[:, W_SD]).tolist() == [False, False, False, True]
    assert memory.window[3, W_Z_TIME] == -np.inf


@pytest.mark.parametrize("vehicle", [cabin("ppn2"), ALL])
def test_gas_that_is_not_everywhere_yet_leaves_what_is_read_known(vehicle: Vehicle) -> None:
    n = 3600
    memory, _ = air.balance(begun(vehicle), vehicle, shown(vehicle, np.random.default_rng(2), *np.zeros((4, n))))
    lay, mixed = memory.layout, amend.mix(memory, 0.01)
    e, beside = lay.exchanged, lay.unmixed[-1]
    assert mixed.p[e, e] - memory.p[e, e] == pytest.approx((amend.KIND_SHARE * 0.01) ** 2)
    both = np.zeros(lay.states)
    both[[e, beside, beside + 1]] = 1.0
    assert both @ mixed.p @ both == pytest.approx(both @ memory.p @ both)
    assert np.linalg.eigvalsh(mixed.p).min() > -1e-15
    for gone in (0.0, -0.01):
        assert amend.mix(memory, gone) is memory  # what goes is of the air that is there
    assert amend.mix(begun(cabin()), 0.01).layout.exchanged == -1


def late_oxygen(n: int, start: int) -> tuple[Floats, Floats, Floats]:
    """Oxygen let in elsewhere within ten minutes: all of it, and what has reached the analysers."""
    came = 0.004 * np.clip((np.arange(float(n)) - start) / 600.0, 0.0, 1.0)
    here = np.zeros(n)
    for k in range(1, n):
        here[k] = here[k - 1] + (came[k] - here[k - 1]) / 5_400.0
    return came, here, np.zeros(n)


@pytest.mark.parametrize("quantities", [("ppn2",), ("ppo2",), ("ppn2", "ppo2", "ppco2")])
def test_oxygen_that_arrives_late_is_oxygen_after_all(quantities: tuple[str, ...]) -> None:
    n, start = 6 * 3600, 3600
    vehicle, (came, here, still) = cabin(*quantities), late_oxygen(6 * 3600, 3600)
    full, local = (amounts(still, x, still, still) for x in (came, here))
    # total pressure is everywhere alike at once, the air at the analysers is not: there is more of the old air
    swelled = full["pressure"] / local["pressure"]
    rng = np.random.default_rng(11)
    read = {
        c.id: local[c.quantity] * swelled + HIGH_PA[c.quantity] + NOISE_PA[c.quantity] * rng.normal(size=n)
        for c in vehicle.channels if c.quantity in NOISE_PA
    }  # fmt: skip
    read |= {"P1": full["pressure"] + 2.0 * rng.normal(size=n), "T": np.full(n, TEMPERATURE_K)}
    world = frames(vehicle, seconds(n), read)
    before, _ = air.balance(begun(vehicle), vehicle, cut(world, 0, start))
    during, _ = air.balance(amend.let_mass_wander(before, 0.01), vehicle, cut(world, start, start + 600))
    held = amend.let_mass_wander(during, 0.0)
    e = held.layout.exchanged

    def off(memory: air.AirMemory, until: int) -> float:
        """By how many sigma what was exchanged is misjudged then."""
        after, _ = air.balance(memory, vehicle, cut(world, start + 600, until))
        return float(abs(after.x[e] - before.x[e] - 0.004) / np.sqrt(after.p[e, e]))

    soon = start + 2400
    assert off(held, soon) > 10.0
    mixed = amend.mix(held, 0.004)
    assert max(off(mixed, soon), off(mixed, n)) < 3.0


def test_heat_learned_while_gas_came_is_forgotten_and_the_level_is_not() -> None:
    n = 3600
    memory, _ = air.balance(begun(ALL), ALL, shown(ALL, np.random.default_rng(3), *np.zeros((4, n))))
    new, lay = amend.reheat(memory), memory.layout
    level = np.zeros(lay.states)
    level[[MASS, HEAT]] = 1.0
    assert level @ new.x == pytest.approx(level @ memory.x, abs=1e-15)
    assert level @ new.p @ level == pytest.approx(level @ memory.p @ level)
    other = [k for k in range(lay.states) if k not in (MASS, HEAT, DRIVE)]
    assert (new.p @ level)[other] == pytest.approx((memory.p @ level)[other])
    assert new.x[[HEAT, DRIVE]].tolist() == [0.0, 0.0]
    start = [lay.start[HEAT], lay.start[DRIVE], lay.start[HEAT]]
    assert [new.p[HEAT, HEAT], new.p[DRIVE, DRIVE], new.p[HEAT, DRIVE]] == start
    assert np.linalg.eigvalsh(new.p).min() > -1e-15
    assert new.p == pytest.approx(new.p.T)


def test_a_gain_of_which_only_the_end_was_seen_is_counted_from_less_gas() -> None:
    n = 3600
    memory, _ = air.balance(begun(ALL), ALL, shown(ALL, np.random.default_rng(3), *np.zeros((4, n))))
    followed = amend.expect_flow(memory, 1e-6, 1e-7)
    earlier = amend.before_it_came(followed, 0.002)
    assert earlier.x[MASS] == followed.x[MASS] - 0.002
    assert earlier.p[MASS, MASS] == pytest.approx(followed.p[MASS, MASS] + 0.001**2)
    assert (earlier.x[FLOW], earlier.p[FLOW, FLOW], earlier.walk[FLOW]) == (0.0, 0.0, 0.0)
    found = absorbed(earlier, followed, TEMPERATURE_K)
    assert found is None  # at the same moment: nothing lies between
    later, _ = air.balance(
        followed, ALL, cut(shown(ALL, np.random.default_rng(4), *np.zeros((4, n + 600))), n, n + 600)
    )
    found = absorbed(earlier, later, TEMPERATURE_K)
    assert found is not None
    assert abs(found[0] - 0.002) < 2.0 * found[1]
    assert found[1] == pytest.approx(0.001, rel=0.3)
