"""The filter of a closed room: against the joint Gaussian it stands for, in any blocks, and looking ahead."""

import numpy as np
import pytest

from hullwatch.records import Floats
from hullwatch.response.hold import (
    FLOW_SD_PER_S,
    GLASS_S,
    ROUNDING_S,
    Readings,
    Room,
    ahead,
    begin,
    hold,
)  # fmt: skip

P_PA, WARM_K = 1e5, 295.0
ROOM = Room(13.3, 13.5, 0.02, 5400.0, 0.5, 143.0, glass_step_k=0.0625)


def readings(rng: np.random.Generator, count: int = 60, every: float = 60.0, warm: bool = True) -> Readings:
    clock = every * np.arange(count) + 10.0 * rng.random(count)
    glass = WARM_K + 0.3 * np.sin(clock / 4000.0) if warm else np.full(count, np.nan)
    return Readings(clock, P_PA * (1.0 + 1e-4 * rng.standard_normal(count)), glass)


def by_joint_gaussian(block: Readings) -> tuple[float, float]:
    """The oracle: all readings at once, the covariance of everything that hides the flow written out."""
    t, n = block.time_s, block.time_s.size
    apart = np.abs(t[:, None] - t[None, :])
    heat = (ROOM.heat_k / WARM_K) ** 2 * (1.0 + apart / ROOM.heat_s) * np.exp(-apart / ROOM.heat_s)
    steps = ((ROOM.quantum_pa / P_PA) ** 2 + (ROOM.gain * ROOM.glass_step_k / WARM_K) ** 2) / 12.0
    fade = np.exp(-(t - t[0]) / ROOM.settle_s) * ROOM.settle_k / WARM_K
    cov = (
        heat
        + steps * np.exp(-apart / ROUNDING_S)
        + np.outer(fade, fade)
        + 1.0
        + np.outer(t - t[0], t - t[0]) * FLOW_SD_PER_S**2
    )
    cov += np.diag((ROOM.noise_pa / block.pressure_pa) ** 2)
    mean, seen = np.zeros(n), np.zeros(n)
    if np.isfinite(block.temperature_k).all():
        felt = block.temperature_k[0]
        for k in range(n):
            if k:
                felt += (block.temperature_k[k] - felt) * (1.0 - np.exp(-(t[k] - t[k - 1]) / GLASS_S))
            seen[k] = felt / block.temperature_k[0] - 1.0
        mean = ROOM.gain * seen
        cov += np.outer(seen, seen) * ROOM.gain_sd**2
    z = np.log(block.pressure_pa / block.pressure_pa[0])
    cross = (t - t[0]) * FLOW_SD_PER_S**2
    flow = cross @ np.linalg.solve(cov, z - mean)
    variance = FLOW_SD_PER_S**2 - cross @ np.linalg.solve(cov, cross)
    return -float(flow), float(np.sqrt(variance))


@pytest.mark.parametrize("warm", [True, False])
def test_it_is_the_joint_gaussian(warm: bool) -> None:
    block = readings(np.random.default_rng(5), warm=warm)
    _, beliefs, _ = hold(begin(ROOM, P_PA, WARM_K), block)
    loss, sd = by_joint_gaussian(block)
    assert beliefs.loss_per_s[-1] == pytest.approx(loss, rel=2e-3, abs=2e-3 * sd)
    assert beliefs.loss_sd_per_s[-1] == pytest.approx(sd, rel=2e-3)


@pytest.mark.parametrize("cuts", [(1,), (7, 8, 30), tuple(range(1, 60))])
def test_blocks_do_not_change_the_answer(cuts: tuple[int, ...]) -> None:
    whole = readings(np.random.default_rng(6))
    memory, beliefs, residuals = hold(begin(ROOM), whole)
    again, parts = begin(ROOM), []
    for a, b in zip((0, *cuts), (*cuts, 60), strict=True):
        block = Readings(whole.time_s[a:b], whole.pressure_pa[a:b], whole.temperature_k[a:b])
        again, said, _ = hold(again, block)
        parts.append(said.loss_per_s)
    assert np.array_equal(np.concatenate(parts), beliefs.loss_per_s)
    assert np.array_equal(again.x, memory.x)
    assert np.array_equal(again.p, memory.p)
    assert residuals.h.shape == (60, 7)


def test_innovations_are_white_where_the_model_holds() -> None:
    """Drawn from the model itself, the whitened innovations are standard normal."""
    rng, whitened = np.random.default_rng(8), []
    t = 60.0 * np.arange(120)
    apart = np.abs(t[:, None] - t[None, :])
    heat = (ROOM.heat_k / WARM_K) ** 2 * (1.0 + apart / ROOM.heat_s) * np.exp(-apart / ROOM.heat_s)
    steps = ((ROOM.quantum_pa / P_PA) ** 2 + (ROOM.gain * ROOM.glass_step_k / WARM_K) ** 2) / 12.0
    fade = np.exp(-t / ROOM.settle_s) * ROOM.settle_k / WARM_K
    noise = (ROOM.noise_pa / P_PA) ** 2 * np.eye(t.size)
    root = np.linalg.cholesky(heat + steps * np.exp(-apart / ROUNDING_S) + np.outer(fade, fade) + noise)
    for _ in range(100):
        z = root @ rng.standard_normal(t.size) - 1e-7 * t
        _, _, residuals = hold(begin(ROOM, P_PA, WARM_K), Readings(t, P_PA * np.exp(z), np.full(t.size, np.nan)))
        whitened.append(residuals.nu[2:] / np.sqrt(residuals.s[2:]))
    every = np.array(whitened)
    assert every.std() == pytest.approx(1.0, abs=0.02)
    assert abs(float((every[:, 1:] * every[:, :-1]).mean())) < 0.02


def doubt_after(hours: float) -> float:
    memory, _, _ = hold(begin(ROOM), readings(np.random.default_rng(1), 20, warm=False))
    return float(ahead(memory, 60.0, memory.last_s + 3600.0 * hours, False).loss_sd_per_s[-1])


def test_looking_ahead_is_what_waiting_brings() -> None:
    clock: Floats = 60.0 * np.arange(200)
    whole = Readings(clock, np.full(200, P_PA), np.full(200, np.nan))
    memory, _, _ = hold(begin(ROOM), Readings(clock[:20], whole.pressure_pa[:20], whole.temperature_k[:20]))
    looked = ahead(memory, 60.0, float(clock[-1]), False)
    _, waited, _ = hold(begin(ROOM), whole)
    assert looked.loss_sd_per_s[-1] == pytest.approx(waited.loss_sd_per_s[-1], rel=0.03)
    assert doubt_after(8.0) < 0.2 * doubt_after(1.0)
