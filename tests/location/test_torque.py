"""Torque of a leak: signs by hand, the spread against draws, and the change found in a made-up record."""

from dataclasses import replace

import numpy as np
import pytest
from scenes import WALLED, scene

from hullwatch.errors import OutOfRange
from hullwatch.location import momentum, torque
from hullwatch.location.posterior import weigh
from hullwatch.location.spots import SECTORS
from hullwatch.physics.orifice import full_expansion_thrust, orifice_thrust, round_hole_area
from hullwatch.records import Floats, Interval
from hullwatch.vehicle.facts import Figure

SCENE = scene(WALLED)
SPOTS = SCENE.spots
ATTITUDE = WALLED.attitude
assert ATTITUDE is not None
FORCE = (0.3, 0.01)


def index(name: str) -> int:
    return SPOTS.name.index(name)


def test_thrust_lies_between_a_thin_hole_and_a_full_nozzle() -> None:
    rate = Interval(3e-4, 3e-4 * 0.9, 3e-4 * 1.1)
    area = 3e-4 / (0.684731 * 1e5 * np.sqrt(28.9655e-3 / (8.31446 * 295.0)))
    force, sd = torque.thrust_n(rate, 1e5, 295.0)
    assert orifice_thrust(1e5, 0.0, 1.4, area) < force < full_expansion_thrust(1e5, 1.4, area)
    assert sd / force == pytest.approx(0.1 / 1.645, rel=1e-6)
    # METHODS 5.2: about 0.34 N at 2 mm
    assert orifice_thrust(101_325.0, 0.0, 1.4, round_hole_area(2e-3, 0.84)) == pytest.approx(0.34, abs=0.01)


def test_a_hole_ahead_on_top_pushes_the_nose_down() -> None:
    """Gas leaves upwards ahead of the mass centre: the nose goes down, which is -y (x fore, y starboard, z nadir)."""
    mean, _ = torque._expected(SPOTS, ATTITUDE, FORCE, (0.0, 0.0))
    at, out = SPOTS.at[index("A/6-zenith")], SPOTS.normal[index("A/6-zenith")]
    assert out == pytest.approx([0.0, 0.0, -1.0])
    arm = at[0] - ATTITUDE.mass_center_m[0]
    assert mean[index("A/6-zenith")][1] == pytest.approx(-arm * FORCE[0])  # force is +z; (x,.,.) x (0,0,F) = -x F


def drawn(k: int, count: int, seed: int) -> Floats:
    """Torques of leaks at places drawn in a cell, with plumes drawn round the normal: no first orders here."""
    rng = np.random.default_rng(seed)
    found = np.empty((count, 3))
    axis_end = SPOTS.at[k] - SPOTS.axis[k]
    unit = SPOTS.along[k] / np.linalg.norm(SPOTS.along[k])
    for i in range(count):
        turn = rng.uniform(-1.0, 1.0) * np.pi / SECTORS
        reach = SPOTS.axis[k] * np.cos(turn) + np.cross(unit, SPOTS.axis[k]) * np.sin(turn)
        out = SPOTS.normal[k] * np.cos(turn) + np.cross(unit, SPOTS.normal[k]) * np.sin(turn)
        at = axis_end + reach + SPOTS.along[k] * rng.uniform(-1.0, 1.0)
        side = np.cross(out, unit)
        push = out + torque.PLUME_SIDE * (rng.standard_normal() * unit + rng.standard_normal() * side)
        size = FORCE[0] * (1.0 + np.hypot(torque.PLUME_SIZE, FORCE[1] / FORCE[0]) * rng.standard_normal())
        center = np.array(ATTITUDE.mass_center_m) + ATTITUDE.mass_center_sd_m * rng.standard_normal(3)
        found[i] = np.cross(at - center, -size * push)
    return found


@pytest.mark.parametrize("name", ["A/1-nadir", "A/6-port-zenith", "B/2-fore", "B/4-zenith"])
def test_mean_and_spread_are_those_of_draws(name: str) -> None:
    k = index(name)
    mean, spread = torque._expected(SPOTS, ATTITUDE, FORCE, (torque.PLUME_SIDE, torque.PLUME_SIZE))
    sample = drawn(k, 4_000, 3)
    scale = np.sqrt(np.trace(spread[k]))
    assert mean[k] == pytest.approx(sample.mean(axis=0), abs=0.12 * scale)
    assert np.sqrt(np.diag(spread[k])) == pytest.approx(sample.std(axis=0), rel=0.15, abs=0.05 * scale)


def test_the_place_that_made_the_torque_wins_and_no_torque_means_near_the_mass_centre() -> None:
    mean, _ = torque._expected(SPOTS, ATTITUDE, FORCE, (0.0, 0.0))
    small = np.eye(3) * 0.05**2
    tight = replace(ATTITUDE, mass_center_sd_m=0.01, drag_torque_n_m=(0.0, 0.0, 0.0))
    for k in range(0, len(SPOTS.name), 7):
        if SPOTS.known[k]:
            piece = torque.torque_piece(SPOTS, tight, mean[k], small, FORCE, "t", plume=(0.02, 0.02))
            best = SPOTS.at[int(np.argmax(piece.log_like))]
            assert np.linalg.norm(np.cross(best - SPOTS.at[k], SPOTS.normal[k])) < 2.5, SPOTS.name[k]
    none = torque.torque_piece(SPOTS, ATTITUDE, np.zeros(3), small, FORCE, "t")
    far, near = index("A/6-zenith"), index("A/1-zenith")
    assert none.log_like[near] > none.log_like[far] + 2.0


def test_a_place_without_walls_is_neither_for_nor_against() -> None:
    piece = torque.torque_piece(SPOTS, ATTITUDE, np.array([0.0, 1.0, 0.0]), np.eye(3) * 0.01, FORCE, "t")
    assert piece.astray is not None
    assert piece.believed[index("C")] == pytest.approx(piece.astray)


def test_background_far_larger_than_the_thrust_says_nothing() -> None:
    piece = torque.torque_piece(SPOTS, ATTITUDE, np.array([1.0, 1.0, 1.0]), np.eye(3) * 50.0**2, (0.01, 0.001), "t")
    assert not piece.tells
    assert weigh(SPOTS, [piece]).spot == pytest.approx(np.exp(SPOTS.log_prior), rel=0.05)


# --- the change in a record -------------------------------------------------------------------------------------------

ORBIT = 5_556.0


def record(torque_n_m: tuple[float, float, float], onset_s: float, seed: int = 1) -> tuple[list[Floats], list[Floats]]:
    """Ten orbits of control torque: swings within each, and noise; a leak's torque is taken up after its onset."""
    rng = np.random.default_rng(seed)
    time = np.arange(0.0, 10 * ORBIT, 1.0)
    phase = 2.0 * np.pi * time / ORBIT
    swings = np.column_stack([2.0 * np.sin(phase), 5.0 * np.cos(2.0 * phase), 2.0 * np.cos(phase + 1.0)])
    values = swings + 0.3 * rng.standard_normal(swings.shape) + np.array([-5.0, -0.2, -1.2])
    values[time >= onset_s] -= np.array(torque_n_m)
    return [time, time, time], [values[:, j] for j in range(3)]


def test_the_change_is_found_with_its_sign_within_its_doubt() -> None:
    told = (1.5, -3.0, 0.4)
    change = momentum.change_at(*momentum.on_one_clock(*record(told, 5.3 * ORBIT)), 5.3 * ORBIT, ORBIT, 1)
    assert change.after == 1
    assert np.all(np.abs(change.change_n_m - told) < 3.0 * np.sqrt(np.diag(change.covariance)))
    assert np.sqrt(np.diag(change.covariance)) == pytest.approx([0.06] * 3, abs=0.05)


def test_more_orbits_are_surer() -> None:
    clock = momentum.on_one_clock(*record((1.0, 0.0, 0.0), 4.5 * ORBIT))
    one, five = (momentum.change_at(*clock, 4.5 * ORBIT, ORBIT, n) for n in (1, 5))
    assert five.after == 5
    assert np.trace(five.covariance) <= np.trace(one.covariance)


def test_gaps_are_bridged_and_orbits_hardly_heard_are_left_out() -> None:
    times, values = record((2.0, 0.0, 0.0), 5.0 * ORBIT)
    gap = (times[0] > 5.2 * ORBIT) & (times[0] < 5.3 * ORBIT)
    heard = [t[~gap] for t in times], [v[~gap] for v in values]
    change = momentum.change_at(*momentum.on_one_clock(*heard), 5.0 * ORBIT, ORBIT, 1)
    assert change.change_n_m[0] == pytest.approx(2.0, abs=0.6)
    lost = (times[0] > 5.05 * ORBIT) & (times[0] < 5.9 * ORBIT)
    heard = [t[~lost] for t in times], [v[~lost] for v in values]
    assert momentum.change_at(*momentum.on_one_clock(*heard), 5.0 * ORBIT, ORBIT, 2).after == 1


def test_an_onset_without_an_orbit_on_either_side_is_refused() -> None:
    clock = momentum.on_one_clock(*record((2.0, 0.0, 0.0), 5.0 * ORBIT))
    for onset in (0.1 * ORBIT, 9.9 * ORBIT, 50.0 * ORBIT):
        with pytest.raises(OutOfRange, match="whole orbit"):
            momentum.change_at(*clock, onset, ORBIT, 1)


def test_figures_of_the_attitude_are_labelled() -> None:
    assert isinstance(WALLED.walls[0].radius_m, Figure)
    assert ATTITUDE.label == "c"
