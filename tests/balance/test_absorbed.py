"""What an operation did to the gas, against dense sums in small steps and against worlds whose answer is known."""

import numpy as np
import pytest
from one_room import PRESSURE_PA, TEMPERATURE_K, cut, frames, gauge, glass, seconds, ship

from hullwatch.balance import air, amend
from hullwatch.balance.absorbed import absorbed, renew_gauges
from hullwatch.balance.layout import FLOW, GAINS, MASS, UNMETERED, lay_out
from hullwatch.records import Floats, Frames
from hullwatch.vehicle.facts import Vehicle

VEHICLE = ship([gauge("P1"), gauge("P2", quantum_si=0.1, noise_si=5.0), glass("T")])
WANDER = 0.01


def started(vehicle: Vehicle) -> air.AirMemory:
    return air.begin(vehicle, lay_out(vehicle, ("A",), frozenset(c.id for c in vehicle.channels)))


def shown(log_pressure: Floats, rng: np.random.Generator) -> Frames:
    """Both gauges show the pressure with noise, once a second; the thermometer rests."""
    pressure = PRESSURE_PA * np.exp(log_pressure)
    n = pressure.size
    read = {"P1": pressure + 2.0 * rng.normal(size=n), "P2": pressure + 5.0 * rng.normal(size=n)}
    return frames(VEHICLE, seconds(n), {**read, "T": np.full(n, TEMPERATURE_K)})


def through_an_operation(
    jump: float, span: int, seed: int, leak_per_s: float = 0.0
) -> tuple[air.AirMemory, air.AirMemory]:
    """Belief before and after a `span` of seconds in which mass may wander and goes by `jump` in the logarithm."""
    rng = np.random.default_rng(seed)
    calm, after = 3600, 600
    t = np.arange(calm + span + after)
    moved = np.clip((t - calm) / max(span - 60, 1), 0.0, 1.0) * jump - leak_per_s * t
    whole = shown(moved, rng)
    memory = started(VEHICLE)
    if leak_per_s:
        memory = amend.expect_flow(memory, -leak_per_s, 0.05 * leak_per_s)
    before, _ = air.balance(memory, VEHICLE, cut(whole, 0, calm))
    loose = amend.let_mass_wander(before, WANDER)
    middle, _ = air.balance(loose, VEHICLE, cut(whole, calm, calm + span))
    held = amend.let_mass_wander(middle, 0.0)
    done, _ = air.balance(held, VEHICLE, cut(whole, calm + span, t.size))
    return before, done


def by_small_steps(before: air.AirMemory, after: air.AirMemory, sensor: int) -> tuple[float, float]:
    """Change and variance by dense matrices: x' = A x with noise, a thousand steps, the reading before kept apart."""
    lay, n = before.layout, before.layout.states
    a = np.diag([0.0 if np.isinf(r) else -1.0 / r for r in lay.relax_s])
    for i, j, w in zip(lay.into, lay.source, lay.weight, strict=True):
        a[i, j] += w
    q = np.diag([0.0 if np.isinf(r) else 2.0 * v / r for r, v in zip(lay.relax_s, lay.variance, strict=True)])
    walk = before.walk.copy()
    walk[MASS] = 0.0
    q += np.diag(walk)
    rows = []
    for memory in (before, after):
        h = np.zeros(n)
        h[:GAINS] = 1.0
        h[[UNMETERED, FLOW, 5]] = 0.0
        # constant in pascals, so it grows in the logarithm, once pressure has fallen by more than a tenth of it
        h[lay.bias(sensor)] = max(1.0, np.exp(-(memory.x[:GAINS] * h[:GAINS]).sum() - 0.1))
        rows.append(h)
    steps = 4000
    dt = (after.clock[1] - before.clock[1]) / steps
    f, noise, step = np.eye(n), np.zeros((n, n)), np.eye(n) + a * dt
    for _ in range(steps):
        f = step @ f
        noise = step @ noise @ step.T + q * dt
    along = rows[1] @ f - rows[0]
    variance = along @ before.p @ along + rows[1] @ noise @ rows[1]
    variance += rows[0] @ before.p @ rows[0] + rows[1] @ after.p @ rows[1]
    return float(rows[1] @ after.x - rows[1] @ f @ before.x), float(np.sqrt(variance))


@pytest.mark.parametrize(("jump", "leak"), [(-0.01, 0.0), (0.004, 0.0), (-0.3, 0.0), (-0.01, 1e-6)])
def test_as_dense_sums_in_small_steps(jump: float, leak: float) -> None:
    before, after = through_an_operation(jump, 1800, 1, leak)
    found = absorbed(before, after, TEMPERATURE_K)
    assert found is not None
    slow = min((by_small_steps(before, after, s) for s in (0, 1)), key=lambda s: abs(s[1] - found[1]))
    assert found[1] == pytest.approx(slow[1], rel=0.02)
    assert found[0] == pytest.approx(slow[0], abs=0.05 * slow[1])


def test_the_change_is_found_and_its_interval_holds_it() -> None:
    """Worlds without heat or flows of their own: the interval is wide for those, so it must hold every time."""
    for seed, jump in enumerate((-0.02, -0.002, 0.001, 0.01)):
        found = absorbed(*through_an_operation(jump, 1200, seed), TEMPERATURE_K)
        assert found is not None
        assert abs(found[0] - jump) < 1.645 * found[1]


def test_a_leak_followed_is_no_part_of_the_change() -> None:
    rate = 2e-6
    before, after = through_an_operation(-0.01, 1800, 3, rate)
    found = absorbed(before, after, TEMPERATURE_K)
    assert found is not None
    assert abs(found[0] + 0.01) < 2.0 * found[1] < rate * 2400.0
    assert before.x[FLOW] == pytest.approx(-rate, rel=0.05)


def test_the_longer_it_lasts_the_less_is_known() -> None:
    spread = [absorbed(*through_an_operation(-0.01, span, 4), TEMPERATURE_K) for span in (300, 1800, 7200)]
    sd = [found[1] for found in spread if found is not None]
    assert sd == sorted(sd)
    assert len(sd) == 3


def test_without_a_reading_before_nothing_can_be_said() -> None:
    _, after = through_an_operation(-0.01, 600, 5)
    assert absorbed(started(VEHICLE), after, TEMPERATURE_K) is None


def test_wandering_mass_follows_every_reading_and_leaves_the_flow_alone() -> None:
    before, after = through_an_operation(-0.2, 600, 6)
    assert after.x[MASS] - before.x[MASS] == pytest.approx(-0.2, abs=5e-4)
    assert after.x[FLOW] == 0.0
    assert abs(after.x[UNMETERED]) < 4.0 * np.sqrt(before.layout.variance[UNMETERED])


def test_gauges_renewed_are_as_little_known_as_at_first_and_the_rest_stays() -> None:
    _, after = through_an_operation(-0.2, 600, 7)
    renewed, lay = renew_gauges(after), after.layout
    for state in (MASS, lay.bias(0), lay.bias(1)):
        assert renewed.p[state, state] == lay.start[state]
        assert np.count_nonzero(renewed.p[state]) == 1
    assert renewed.x[MASS] == after.x[MASS]
    assert renewed.p[UNMETERED, UNMETERED] == after.p[UNMETERED, UNMETERED]
