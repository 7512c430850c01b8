"""Ways that resist, regulators and visiting craft in a scenario, against arithmetic done here."""

import numpy as np
import pytest

from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_MASS
from hullwatch.simulation.load import load_scenario, ship_of
from hullwatch.simulation.play import simulate

STILL = "heat = 0.0\nunseen_heat = 0.0\n"
SHUT_STORE = 'closed_hatches = ["NODE-STORE"]\n'
VENT = """
[[events]]
at = "+5 min"
kind = "airlock"
compartment = "STORE"
cabin = "NODE"
action = "depress"
to = "60 kPa"
duration = "10 min"
"""


def event(at, kind, **fields):
    lines = "".join(f"{k} = {v!r}\n".replace("'", '"') for k, v in fields.items())
    return f'[[events]]\nat = "{at}"\nkind = "{kind}"\n{lines}'


def pressure(motion, id):
    return motion.pressure_pa[:, motion.compartments.index(id)]


def minutes(motion):
    return (motion.time_s - motion.time_s[0]) / 60.0


def balance(motion):
    """Relative errors of mass and energy over the whole scenario: of what is docked, with what came and left."""
    first, last = motion.present[0], motion.present[-1]
    moles = motion.last.moles[last].sum(axis=0) - motion.first.moles[first].sum(axis=0)
    crossed = sum(ledger.total() for ledger in motion.ledger) + motion.joined_mol
    cv = np.array([29.38, 29.12, 37.13, 33.59]) - GAS_CONSTANT

    def energy(state, docked):
        return float((state.moles[docked] @ cv * state.temperature_k[docked]).sum())

    held = energy(motion.first, first)
    gained = sum(ledger.enthalpy_j for ledger in motion.ledger) + motion.joined_j
    heat = 0.0 if motion.last.wall_j is None else -float(motion.last.wall_j.sum())
    off = energy(motion.last, last) - held - gained - heat
    return np.abs(moles - crossed).max() / motion.first.moles.sum(), abs(off) / held


def test_an_equalisation_valve_fills_the_store_through_a_closed_hatch(play):
    area = 2e-5
    text = SHUT_STORE + VENT + event("+20 min", "passage", id="eq", hatch="NODE-STORE", area="20 mm^2")
    motion = play(text, head=play.head + STILL).motion
    t = minutes(motion)
    store, node = pressure(motion, "STORE"), pressure(motion, "NODE")
    before, after = np.flatnonzero(t <= 20.0)[-1], np.flatnonzero(t >= 21.0)[0]
    # subsonic orifice from node to store, ideal nozzle times effective area, written out
    r, g = store[before] / node[before], 1.4
    nozzle = np.sqrt(2 * g / (g - 1) * (r ** (2 / g) - r ** ((g + 1) / g)))
    flow = area * node[before] * nozzle / np.sqrt(287.2 * motion.temperature_k[before, 0])
    gain = motion.moles[after] @ MOLAR_MASS - motion.moles[before] @ MOLAR_MASS
    assert gain[motion.compartments.index("STORE")] == pytest.approx(60.0 * flow, rel=0.02)
    # 30 m3 through 20 mm2: time constant of hours; later it stands where the groups' gas says
    assert store[-1] > store[before]
    mass, energy = balance(motion)
    assert mass < 1e-12
    assert energy < 1e-12


def test_a_valve_large_enough_equalises_and_a_shut_one_does_not(play):
    opening = SHUT_STORE + VENT + event("+20 min", "passage", id="eq", hatch="NODE-STORE", diameter="40 mm", cd=0.8)
    even = play(opening, head=play.head + STILL).motion
    gap = np.abs(pressure(even, "NODE") - pressure(even, "STORE"))
    assert gap[minutes(even) > 40.0].max() < 20.0
    shut = play(opening + event("+20.2 min", "shut", passage="eq"), head=play.head + STILL).motion
    gap = np.abs(pressure(shut, "NODE") - pressure(shut, "STORE"))
    assert gap[minutes(shut) > 40.0].min() > 5e3


def test_a_seal_that_leaks_lets_through_what_it_is_rated_for(play):
    text = SHUT_STORE + VENT + event("+20 min", "passage", id="s", hatch="NODE-STORE", seal="2 kg/day")
    motion = play(text, head=play.head + STILL).motion
    tight = play(SHUT_STORE + VENT, head=play.head + STILL).motion
    t = minutes(motion)
    k = motion.compartments.index("STORE")
    gained = float((motion.last.moles[k] - tight.last.moles[k]) @ MOLAR_MASS)
    rows = t > 20.0
    share = (pressure(motion, "NODE")[rows] ** 2 - pressure(motion, "STORE")[rows] ** 2) / 99_992.0**2
    expected = 2.0 / 86_400.0 * float(np.trapezoid(share, motion.time_s[rows]))
    assert gained == pytest.approx(expected, rel=0.02)


def test_a_fan_through_a_closed_hatch_mixes_the_air(play):
    both = event("+0 s", "passage", id="in", origin="NODE", target="STORE", fan="50 L/s")
    both += event("+0 s", "passage", id="out", origin="STORE", target="NODE", fan="50 L/s")
    o2 = event("+0 s", "makeup", compartment="STORE", gas="O2", mass="1 kg", duration="1 min")
    for ducts, mixed in ((both, True), ("", False)):
        motion = play(SHUT_STORE + ducts + o2, head=play.head + STILL).motion
        share = motion.moles[-1, :, 0] / motion.moles[-1].sum(axis=1)
        gap = share[motion.compartments.index("STORE")] - share[motion.compartments.index("NODE")]
        # 30 m3 at 50 L/s: 12 time constants in two hours
        assert (abs(gap) < 2e-3) == mixed


def test_relief_and_regulator_keep_the_store_between_their_pressures(play):
    relief = event("+0 s", "passage", id="r", origin="STORE", area="50 mm^2", opens="105 kPa", closes="103 kPa")
    feed = event("+1 min", "makeup", compartment="STORE", gas="air", mass="5 kg", duration="20 min")
    up = play(SHUT_STORE + relief + feed, head=play.head + STILL).motion
    # filling raises it by 18 Pa between two samples: the relief may open anywhere between them, never later
    assert 105e3 - 20.0 < pressure(up, "STORE").max() <= 105e3 * (1.0 + 1e-6)
    leak = event("+0 s", "hole", id="h", compartment="STORE", area="10 mm^2")
    held = (
        SHUT_STORE
        + leak
        + event("+0 s", "regulator", compartment="STORE", gas="N2", rate="1 kg/h", opens="95 kPa", closes="97 kPa")
    )
    weak = play(held, head=play.head + STILL).motion
    strong = play(held.replace("1 kg/h", "60 kg/h"), head=play.head + STILL).motion
    assert pressure(weak, "STORE")[-1] < 94e3
    assert pressure(strong, "STORE").min() == pytest.approx(95e3, rel=1e-4)
    late = pressure(strong, "STORE")[minutes(strong) > 60.0]
    assert late.max() == pytest.approx(97e3, rel=1e-3)
    for motion in (up, strong):
        mass, energy = balance(motion)
        assert mass < 1e-12
        assert energy < 1e-12


def test_a_craft_docks_with_its_gas_and_another_time_leaves_with_it(play):
    head = play.head + STILL + 'away = ["CAPSULE"]\n'
    text = event("+30 min", "dock", craft="CAPSULE", pressure="90 kPa")
    text += event("+60 min", "hatch", hatch="NODE-CAPSULE", state="open")
    text += event("+90 min", "hatch", hatch="NODE-CAPSULE", state="closed")
    text += event("+100 min", "undock", craft="CAPSULE")
    done = play(text, head=head)
    motion, t = done.motion, minutes(done.motion)
    craft = pressure(motion, "CAPSULE")
    assert np.isnan(craft[t < 30.0][:-1]).all()
    inside = craft[(t > 30.0) & (t < 60.0)]
    assert np.abs(inside[:3] / 90e3 - 1.0).max() < 1e-3  # later its crew's breath shows: 3 people in 9 m3
    joined = 90e3 * 9.0 / (GAS_CONSTANT * 295.4)
    ship = motion.moles[np.flatnonzero(t <= 60.0)[-1]].sum()
    assert ship == pytest.approx(motion.first.moles[motion.present[0]].sum() + joined, rel=2e-3)
    open_now = (t > 61.0) & (t < 89.0)
    np.testing.assert_allclose(craft[open_now], pressure(motion, "NODE")[open_now], rtol=1e-9)
    # what the two had, by volume: 9 m3 and 150 m3
    last = np.flatnonzero(t <= 60.0)[-2]
    mean = (9.0 * craft[last] + 150.0 * pressure(motion, "NODE")[last]) / 159.0
    assert craft[open_now][0] == pytest.approx(mean, rel=1e-4)
    assert np.isnan(craft[-1])
    mass, energy = balance(motion)
    assert mass < 1e-12
    assert energy < 1e-12
    heard = done.telemetry.filter(done.telemetry["item"] == "P_CAPSULE")["time"]
    minute = (heard.dt.epoch("s") - int(motion.time_s[0])) / 60.0
    assert minute.min() >= 30.0
    assert minute.max() <= 100.0
    docked = done.telemetry.filter(done.telemetry["item"] == "DOCKED")["value"].to_list()
    assert docked == [0.0, 1.0, 0.0]
    assert "CAPSULE" not in done.truth.filter(done.truth["time"] == done.truth["time"].min())["compartment"].to_list()


def test_an_event_between_two_samples_acts_when_it_happens(play):
    """A hatch that closes at half a second: against the exact exponential, which knows no steps."""
    hole = event("+0 s", "hole", id="h", compartment="LAB", area="400 mm^2")
    shut = 'closed_hatches = ["NODE-STORE", "NODE-CAPSULE"]\n'
    found = []
    for at in ("+1800 s", "+1800.5 s", "+1801 s"):
        motion = play(shut + hole + event(at, "hatch", hatch="NODE-LAB", state="closed"), head=play.head + STILL).motion
        closes = float(at[1:-2])
        rows = np.flatnonzero(motion.time_s - motion.time_s[0] == closes)
        assert rows.size == 2  # before and after, at that very moment
        found.append((closes, float(pressure(motion, "NODE")[rows[0]])))
        # nothing leaves the node from then on, but its nominal leakage of 0.02 kg/day
        node = motion.moles[:, motion.compartments.index("NODE"), 1]  # nitrogen: nobody breathes it
        assert abs(node[-1] / node[rows[1]] - 1.0) < 5e-5
    # two halves of a second lower it by the same, as the exponential of that second does: a step of 10 s would show
    (t0, p0), (t1, p1), (t2, p2) = found
    rate = np.log(p0 / p2) / (t2 - t0)
    assert p1 == pytest.approx(p0 * np.exp(-rate * (t1 - t0)), rel=1e-9)
    assert p0 / p2 - 1.0 > 5e-4


@pytest.mark.parametrize("resists", [False, True])
def test_events_at_odd_moments_follow_the_exact_exponential(play, resists):
    """An isothermal-like hole that opens and is shut at odd moments, lumped and resolved: mass lost by the integral."""
    hole = event("+600.3 s", "hole", id="h", compartment="LAB", area="5 mm^2")
    hole += event("+1200.8 s", "patch", hole="h", remaining=0.0)
    if resists:
        hole += event("+0 s", "passage", id="s", hatch="NODE-STORE", seal="1 g/day")
    motion = play(SHUT_STORE + hole, head=play.head + STILL).motion
    lost = -float(sum(ledger.holes[0] @ MOLAR_MASS for ledger in motion.ledger))
    flow, t = motion.hole_kg_s[:, 0], motion.time_s - motion.time_s[0]
    assert flow[t < 600.29].max() == 0.0
    assert flow[t > 1200.81].max() == 0.0
    rows = flow > 0.0
    # choked flow falls as the mass: m(t) = m0 exp(-k t), k = flow / mass at the start
    first = flow[rows][0]
    group = [motion.compartments.index(c) for c in ("NODE", "LAB", "CAPSULE")]
    m0 = float((motion.moles[np.flatnonzero(rows)[0]][group] @ MOLAR_MASS).sum())
    k = first / m0
    assert lost == pytest.approx(m0 * -np.expm1(-k * 600.5), rel=2e-4)
    assert lost / (first * 600.0) < 600.5 / 600.0  # half a second more or less would be 8e-4


def test_the_bundled_spacewalk_empties_the_lock_and_brings_it_back():
    scenario = load_scenario("eva-day")
    motion = simulate(scenario, ship_of(scenario)).motion
    t, lock, cabin = minutes(motion), pressure(motion, "AL_CL"), pressure(motion, "AL_EL")
    assert 15e3 < lock[t < 231.0][-1] < 25e3  # pumped into the cabin
    walk = (t > 250.0) & (t < 650.0)
    assert lock[walk].max() < 2.0
    assert lock[walk].min() > 0.0  # the seal leaks into it
    assert lock[-1] == pytest.approx(cabin[-1], rel=1e-9)
    assert cabin.min() > 98.5e3  # the regulator never had to speak up
    craft = pressure(motion, "CYGNUS_NG20")
    assert np.isfinite(craft[t < 90.0]).all()
    assert np.isnan(craft[t > 90.0][1:]).all()
    mass, energy = balance(motion)
    assert mass < 1e-12
    assert energy < 1e-12
