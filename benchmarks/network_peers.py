"""One pressure per group, and every hatch resolved, against SciPy's stiff solvers and Cantera's reactors.

Six compartments of 46 to 120 m3 in a row, hatches of 1.2 m2, a fan of 0.06 m3/s in each hatch, air of another mixture
in each compartment, walls with a time constant of 143 s, a hole in the first: until 30 % of the air is gone, a day at
most.
"""

import importlib.util
import itertools
import math
import time
from collections.abc import Callable

import numpy as np

from hullwatch.models.cabin import Cabin, State, advance, equalised, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.models.network import OPEN_HATCH_M2, Network, Path, squeeze
from hullwatch.models.paths import SMOOTH_PA
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP, MOLAR_MASS, SPECIES, amount

VOLUME = np.array([100.0, 75.0, 110.0, 80.0, 120.0, 46.0])
COUNT, WARM, PRESSURE, FAN, WALL_S = VOLUME.size, 295.0, 101325.0, 0.06, 143.0
ENDS = np.array([(k, k + 1) for k in range(COUNT - 1)])
CV = MOLAR_CP - GAS_CONSTANT
Row = tuple[str, str, str, str]


def start() -> State:
    o2 = np.linspace(0.19, 0.24, COUNT)
    mix = np.stack([o2, 0.98 - o2, np.full(COUNT, 0.005), np.full(COUNT, 0.015)], axis=1)
    return State(amount(PRESSURE, VOLUME, WARM)[:, None] * mix, np.full(COUNT, WARM))


def network(area: float, isothermal: bool) -> Network:
    paths = [Path("orifice", a, b, OPEN_HATCH_M2) for a, b in ENDS.tolist()]
    paths += [Path("fan", a, b, FAN) for a, b in ENDS.tolist()]
    walls = {} if isothermal else {"wall_time_s": np.full(COUNT, WALL_S), "wall_k": np.full(COUNT, WARM)}
    return Network(VOLUME, (*paths, Path("orifice", 0, None, area)), isothermal=isothermal, **walls)


def rates(area: float, isothermal: bool) -> Callable[[float, np.ndarray], np.ndarray]:
    """The same laws, written out plainly: y is (c, 4) mol, and with heat (c,) J."""

    def carry(d: np.ndarray, u: int, v: int | None, molar: float, n: np.ndarray, t: np.ndarray) -> None:
        x = n[u] / n[u].sum()
        flow = molar * np.append(x, x @ MOLAR_CP * t[u])
        d[u] -= flow
        if v is not None:
            d[v] += flow

    def orifice(n: np.ndarray, t: np.ndarray, p: float, down: float, size: float) -> float:
        g = (n @ MOLAR_CP) / (n @ CV)
        molar = n @ MOLAR_MASS / n.sum()
        gap, r = p - down, down / p
        soft = math.sqrt(gap) / (gap * gap + SMOOTH_PA**2) ** 0.25 if gap > 0 else 0.0
        if r <= (2 / (g + 1)) ** (g / (g - 1)):
            flux = p * math.sqrt(g * (2 / (g + 1)) ** ((g + 1) / (g - 1)))
        else:
            log = math.log1p(-gap / p)
            flux = p * math.sqrt(2 * g / (g - 1) * math.exp(2 / g * log) * -math.expm1((g - 1) / g * log))
        return size * flux * soft * math.sqrt(1 / (molar * GAS_CONSTANT * t))

    def change(_: float, y: np.ndarray) -> np.ndarray:
        n = y[: 4 * COUNT].reshape(COUNT, 4)
        t = np.full(COUNT, WARM) if isothermal else y[4 * COUNT :] / (n @ CV)
        p = n.sum(axis=1) * GAS_CONSTANT * t / VOLUME
        d = np.zeros((COUNT, 5))
        for a, b in ENDS.tolist():
            u, v = (a, b) if p[a] >= p[b] else (b, a)
            carry(d, u, v, orifice(n[u], t[u], p[u], p[v], OPEN_HATCH_M2), n, t)
            carry(d, a, b, FAN * n[a].sum() / VOLUME[a], n, t)
        carry(d, 0, None, orifice(n[0], t[0], p[0], 0.0, area), n, t)
        d[:, 4] += n @ MOLAR_CP * (WARM - t) / WALL_S
        return d[:, :4].ravel() if isothermal else np.concatenate([d[:, :4].ravel(), d[:, 4]])

    return change


def scipy_run(area: float, times: np.ndarray, method: str, isothermal: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """Moles (t, c, s), temperatures (t, c) and seconds taken."""
    from scipy.integrate import solve_ivp  # noqa: PLC0415  # a peer, not needed

    s, begin = start(), time.perf_counter()
    y = s.moles.ravel() if isothermal else np.concatenate([s.moles.ravel(), s.moles @ CV * WARM])
    found = solve_ivp(rates(area, isothermal), (0.0, times[-1]), y, method, times, rtol=1e-9, atol=1e-7)
    if not found.success:
        raise RuntimeError(found.message)
    n = found.y[: 4 * COUNT].T.reshape(-1, COUNT, 4)
    t = np.full((times.size, COUNT), WARM) if isothermal else found.y[4 * COUNT :].T / (n @ CV)
    return n, t, time.perf_counter() - begin


def cantera_run(area: float, times: np.ndarray) -> tuple[np.ndarray, float]:
    """Pressures (t, c) of isothermal reactors with the same laws as functions, and seconds taken."""
    import cantera as ct  # noqa: PLC0415  # a peer, not needed

    made_of = ("{O: 2}", "{N: 2}", "{C: 1, O: 2}", "{H: 2, O: 1}")
    text = "phases:\n- {name: gas, thermo: ideal-gas, species: [O2, N2, CO2, H2O], kinetics: none}\nspecies:\n"
    for name, atoms, cp in zip(SPECIES, made_of, MOLAR_CP, strict=True):
        thermo = f"{{model: constant-cp, T0: 298.15, h0: 0.0, s0: 0.0, cp0: {1e3 * cp}}}"
        text += f"- {{name: {name}, composition: {atoms}, thermo: {thermo}}}\n"

    def gas(moles: np.ndarray, p: float):
        made = ct.Solution(yaml=text)
        made.TPX = WARM, p, moles
        return made

    began = start()
    rooms = [
        ct.IdealGasReactor(gas(n, PRESSURE), energy="off", volume=v, clone=False)
        for n, v in zip(began.moles, VOLUME, strict=True)
    ]
    space = ct.Reservoir(gas(began.moles[0], 1e-6), clone=False)
    keep = []

    def through(room, size: float) -> Callable[[float], float]:
        def flow(dp: float) -> float:
            if dp <= 0.0:
                return 0.0
            phase = room.phase
            g, p = phase.cp / phase.cv, phase.P
            soft = math.sqrt(dp) / (dp * dp + SMOOTH_PA**2) ** 0.25
            r = (p - dp) / p
            if r <= (2 / (g + 1)) ** (g / (g - 1)):
                flux = p * math.sqrt(g * (2 / (g + 1)) ** ((g + 1) / (g - 1)))
            else:
                log = math.log1p(-dp / p)
                flux = p * math.sqrt(2 * g / (g - 1) * math.exp(2 / g * log) * -math.expm1((g - 1) / g * log))
            return size * flux * soft * math.sqrt(phase.density / p)

        return flow

    def valve(a, b, size: float) -> None:
        made = ct.Valve(a, b)
        made.pressure_function = through(a, size)
        made.device_coefficient = 1.0
        keep.append(made)

    for a, b in ENDS.tolist():
        valve(rooms[a], rooms[b], OPEN_HATCH_M2)
        valve(rooms[b], rooms[a], OPEN_HATCH_M2)
        fan = ct.MassFlowController(rooms[a], rooms[b])
        fan.mass_flow_rate = lambda _, room=rooms[a]: FAN * room.phase.density
        keep.append(fan)
    valve(rooms[0], space, area)
    net = ct.ReactorNet(rooms)
    net.rtol, net.atol, net.max_steps = 1e-9, 1e-14, 1_000_000
    begin, found = time.perf_counter(), []
    for t in times:
        if t > 0.0:
            net.advance(t)
        found.append([room.phase.P for room in rooms])
    return np.array(found), time.perf_counter() - begin


def lumped_run(area: float, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moles and temperatures of `models/cabin.py`."""
    names, zero = tuple("ABCDEF"), np.zeros((COUNT, 4))
    cabin = Cabin(
        names, tuple("abcde"), VOLUME, np.full(COUNT, WALL_S), ENDS, ENDS, np.full(COUNT - 1, FAN),
        hatch_exchange_m3_s=0.0,
    )  # fmt: skip
    ways = ways_of(cabin, np.ones(COUNT - 1, dtype=np.bool_))
    one = np.zeros(1)
    holes = Holes(np.array([0]), np.array([area]), one, one, one)
    gains = Gains(zero, np.full(COUNT, WARM), np.zeros(COUNT), np.zeros(4), zero, zero)
    walls = Walls(0.0, 60.0, np.full((1, COUNT), WARM))
    state, n, t = equalised(cabin, start(), ways), [], []
    n.append(state.moles)
    t.append(state.temperature_k)
    for a, b in itertools.pairwise(times):
        state, _, _ = advance(cabin, state, ways, holes, gains, walls, float(a), float(b), min(10.0, float(b - a) / 20))
        n.append(state.moles)
        t.append(state.temperature_k)
    return np.array(n), np.array(t)


def rows() -> list[Row]:
    """Worst difference over the run and the compartments."""
    made: list[Row] = []
    have = {name: importlib.util.find_spec(name) is not None for name in ("scipy", "cantera")}
    for mm, bound in ((2.0, "1e-6"), (10.0, "1e-6"), (20.0, "1e-6"), (50.0, "1e-5")):
        area = 0.84 * 0.25 * math.pi * (mm * 1e-3) ** 2
        times = np.linspace(0.0, min(0.3 * VOLUME.sum() / (area * 199.0), 86_400.0), 13)
        full = squeeze(network(area, False), start(), times, 1e-10)
        n, t = lumped_run(area, times)
        p = n.sum(axis=2) * GAS_CONSTANT * t / VOLUME
        x, y = (m / m.sum(axis=2)[:, :, None] for m in (n, full.moles))
        made.append((
            f"one pressure per group, with heat, {mm:g} mm, against every hatch resolved",
            f"pressure {np.abs(p / full.pressure_pa - 1).max():.1e}, "
            f"{np.abs(t - full.temperature_k).max():.3f} K, mole fraction {np.abs(x - y).max():.1e}",
            f"{bound}, 0.01 K, 1e-6", f"{full.steps} stiff steps",
        ))  # fmt: skip
        if mm not in (2.0, 50.0):
            continue
        quick = squeeze(network(area, False), start(), times, 1e-6)
        found = {method: scipy_run(area, times, method, False) for method in ("Radau", "BDF")} if have["scipy"] else {}
        for method, (m, warm, took) in found.items():
            slow = m.sum(axis=2) * GAS_CONSTANT * warm / VOLUME
            made.append((
                f"every hatch resolved, {mm:g} mm, against SciPy {method} at 1e-9",
                f"at 1e-10: pressure {np.abs(full.pressure_pa / slow - 1).max():.0e}, "
                f"{np.abs(full.temperature_k - warm).max():.0e} K; "
                f"at 1e-6: {np.abs(quick.pressure_pa / slow - 1).max():.0e}",
                "1e-6", f"SciPy {took:.1f} s",
            ))  # fmt: skip
        if not have["scipy"]:
            made.append((f"every hatch resolved, {mm:g} mm, against SciPy", "not installed", "1e-6", ""))
        if not have["cantera"]:
            made.append((f"every hatch resolved, {mm:g} mm, against Cantera", "not installed", "1e-6", ""))
            continue
        still = squeeze(network(area, True), start(), times, 1e-10)
        begin = time.perf_counter()
        squeeze(network(area, True), start(), times, 1e-6)
        own = time.perf_counter() - begin
        reactors, took = cantera_run(area, times)
        made.append((
            f"every hatch resolved, isothermal, {mm:g} mm, against Cantera reactors at 1e-9",
            f"pressure {np.abs(still.pressure_pa / reactors - 1).max():.0e}", "1e-6",
            f"Cantera {took:.1f} s, here at 1e-6 {1e3 * own:.1f} ms",
        ))  # fmt: skip
    return made


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
