"""Draws the pictures of docs/explanation/laws-*.md from the laws themselves: `python docs/figures.py`."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path as File

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hullwatch.models.cabin import Cabin, State, advance, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.models.exponential import decay_of
from hullwatch.models.network import Network, Path, squeeze
from hullwatch.models.vessel import Opening, Vessel, cylinder_wall_area, discharge
from hullwatch.physics.crack import crack_flow, crossover_opening, slit_flow
from hullwatch.physics.gas import amount
from hullwatch.physics.orifice import ROUNDED, THICK, THIN, discharge_coefficient, hole_flow, orifice_flow
from hullwatch.physics.real_gas import gas_number, real_critical_flow_function
from hullwatch.physics.seal import ELASTOMERS, PERMEATION, permeability
from hullwatch.physics.transport import mean_free_path, viscosity
from hullwatch.units import MMHG_PA

PLACE = File(__file__).parent / "img" / "laws"
M, T, P, GAMMA = 28.9655e-3, 295.15, 101325.0, 1.4
# no date and no random ids: the same laws give the same files
mpl.rcParams.update({"svg.hashsalt": "hullwatch", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False})
mpl.rcParams["axes.spines.right"] = False


def drawn(figures: Mapping[str, Callable[[Axes], None]], place: File) -> None:
    """Draws each picture into a folder."""
    place.mkdir(parents=True, exist_ok=True)
    for name, draw in figures.items():
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        draw(figure.subplots())
        figure.savefig(place / f"{name}.svg", metadata={"Date": None, "Creator": None})
    print(f"{len(figures)} pictures in {place}")


def flow_against_ratio(axes: Axes) -> None:
    ratio = np.linspace(0.0, 1.0, 401)
    full = orifice_flow(P, 0.0, T, M, GAMMA, 1.0)
    for (name, edge), style in zip(
        (("rounded", ROUNDED), ("thick", THICK), ("thin", THIN)), ("-", "--", ":"), strict=True
    ):
        flow = [hole_flow(P, r * P, T, M, GAMMA, 1.0, *edge) / full for r in ratio]
        axes.plot(ratio, flow, style, color="black", label=f"{name} edge")
        axes.plot(ratio, [discharge_coefficient(r, *edge) for r in ratio], style, color="tab:blue", lw=0.8)
    axes.axvline(0.5283, color="gray", lw=0.6)
    axes.text(0.535, 0.04, "Mach 1 in the throat, r = 0.528", color="gray")
    axes.set(xlabel="pressure outside over inside", ylabel="flow over that of a perfect nozzle", ylim=(0, 1.05))
    axes.text(0.02, 1.0, "blue: discharge coefficient", color="tab:blue")
    axes.legend(frameon=False, loc="lower left")


def crack_regimes(axes: Axes) -> None:
    mu, width, length = viscosity(0, T), 0.045, 2e-3
    opening = np.geomspace(1e-8, 1e-3, 300)
    crack = [86400 * crack_flow(P, 0.0, T, M, GAMMA, mu, width, h, length, 0.84) for h in opening]
    slit = [86400 * slit_flow(P, 0.0, T, M, mu, width, h, length) for h in opening]
    hole = [86400 * orifice_flow(P, 0.0, T, M, GAMMA, 0.84 * width * h) for h in opening]
    axes.loglog(1e6 * opening, crack, color="black", label="crack")
    axes.loglog(1e6 * opening, slit, "--", color="tab:blue", lw=0.9, label="slit without inertia")
    axes.loglog(1e6 * opening, hole, ":", color="tab:red", lw=1.2, label="hole of the same area")
    path, cross = mean_free_path(P, T, M, mu), crossover_opening(P, T, M, GAMMA, mu, length, 0.84)
    for at, name in ((path, "mean free path"), (cross, "crossover 38 um")):
        axes.axvline(1e6 * at, color="gray", lw=0.6)
        axes.text(1.1e6 * at, 2e-8, name, color="gray", rotation=90, va="bottom")
    axes.set(xlabel="opening, um", ylabel="kg/day into vacuum, 45 mm long, 2 mm wall", ylim=(1e-8, 1e4))
    axes.legend(frameon=False, loc="upper left")


def crack_exponent(axes: Axes) -> None:
    pressure = np.geomspace(1e2, 1e6, 120)
    mu = viscosity(0, T)
    for h in (1e-6, 5e-6, 14e-6, 38e-6, 100e-6, 1e-3):

        def flow(p: float, h: float = h) -> float:
            return math.log(crack_flow(p, 0.0, T, M, GAMMA, mu, 0.045, h, 2e-3, 0.84))

        axes.semilogx(
            pressure / 1e3, [(flow(1.001 * p) - flow(p)) / math.log(1.001) for p in pressure], label=f"{h * 1e6:g} um"
        )
    axes.axvline(P / 1e3, color="gray", lw=0.6)
    axes.set(xlabel="pressure, kPa", ylabel="exponent of flow against pressure", ylim=(0.8, 2.1))
    axes.legend(frameon=False, ncols=2)


def seal_gases(axes: Axes) -> None:
    warm = np.linspace(270.0, 330.0, 61)
    for e, (elastomer, style) in enumerate(zip(ELASTOMERS, ("-", "--"), strict=True)):
        for k, (name, colour) in enumerate((("O2", "tab:red"), ("N2", "tab:blue"), ("CO2", "black"))):
            at, energy = PERMEATION[e, k]
            axes.semilogy(
                warm - 273.15, [permeability(at, energy, t) / 3.348e-16 for t in warm], style, color=colour,
                label=f"{name}, {elastomer}",
            )  # fmt: skip
    axes.set(xlabel="temperature, C", ylabel="permeability, barrer")
    axes.legend(frameon=False, ncols=2, fontsize=7)


def reserve_bias(axes: Axes) -> None:
    cabin = Cabin(
        ("A",), (), np.array([916.0]), np.array([143.0]), np.zeros((0, 2), int), np.zeros((0, 2), int), np.zeros(0)
    )
    for mm, style in ((10, "-"), (50, "--")):
        area = 0.84 * math.pi / 4 * (mm * 1e-3) ** 2
        n = amount(P, 916.0, T) * np.array([[0.21, 0.79, 0.0, 0.0]])
        gains = Gains(np.zeros((1, 4)), np.full(1, T), np.zeros(1), np.zeros(4), np.zeros((1, 4)), np.zeros((1, 4)))
        holes = Holes(np.array([0]), np.array([area]), np.zeros(1), np.zeros(1), np.zeros(1))
        span = 1.6 * 916.0 / (0.6847 * area * 291.0) * math.log(760 / 490)
        ways = ways_of(cabin, np.zeros(0, dtype=np.bool_))
        step = min(5.0, span / 2000)
        walls = Walls(0.0, 60.0, np.full((1, 1), T))
        _, track, _ = advance(cabin, State(n, np.array([T])), ways, holes, gains, walls, 0.0, span, step)
        t, p = track.time_s, track.pressure_pa[:, 0]
        limit = 490 * MMHG_PA
        true = float(np.interp(-limit, -p, t)) - t
        slope = -np.gradient(p, t)
        early = (t > 0) & (t < min(1200.0, 0.7 * true[0]))
        axes.plot(
            t[early] / 60,
            100 * ((p - limit) / slope / true - 1)[early],
            style,
            color="tab:red",
            label=f"straight line, {mm} mm",
        )
        axes.plot(
            t[early] / 60,
            100 * (np.log(p / limit) * p / slope / true - 1)[early],
            style,
            color="black",
            label=f"exponential, {mm} mm",
        )
    axes.axhline(0.0, color="gray", lw=0.6)
    axes.set(xlabel="minutes after the hole opened, 916 m3", ylabel="error of reserve time to 490 mmHg, %")
    axes.legend(frameon=False)


def critical_function(axes: Axes) -> None:
    pressure = np.linspace(0.05, 20.0, 80)
    for gas, style in (("N2", "-"), ("air", "--")):
        for t, colour in ((253.15, "tab:blue"), (293.15, "black"), (313.15, "tab:red")):
            values = [real_critical_flow_function(gas_number(gas), 1e5 * p, t) for p in pressure]
            axes.plot(pressure, values, style, color=colour, label=f"{gas}, {t:g} K")
    axes.axhline(0.684731, color="gray", lw=0.6)
    axes.text(12, 0.68478, "ideal, 1.4", color="gray")
    axes.set(xlabel="pressure, bar", ylabel="critical flow function C*")
    axes.legend(frameon=False, ncols=2)


def vessel_laws(axes: Axes) -> None:
    t = np.linspace(0.0, 55.0, 221)
    vessel = Vessel(gas_number("air"), 0.016179, 0.2, cylinder_wall_area(0.515, 0.2), 0.00818, 7.9e5, 298.0, 1e5, 298.0)
    for factor, name, style in ((1.0, "convection law", "-"), (0.0, "no heat", ":"), (1e3, "all heat", "--")):
        played = discharge(vessel, Opening(0.84 * math.pi / 4 * 2.71e-3**2), t, factor)
        axes.plot(t, played.pressure_pa / 1e5, style, color="black", label=name)
        if factor == 1.0:
            right = axes.twinx()
            right.plot(t, played.gas_k, color="tab:blue")
            right.plot(t, played.bead_k, "--", color="tab:blue")
            right.set_ylabel("gas and, dashed, its thermometer, K", color="tab:blue")
    axes.set(xlabel="s, 16.2 l of air through 2.71 mm", ylabel="bar")
    axes.legend(frameon=False)


def lock(axes: Axes) -> None:
    """A lock of 5.4 m3 goes to space through a valve and is filled again from a cabin of 900 m3."""
    volume, n = np.array([900.0, 5.4]), amount(P, np.array([900.0, 5.4]), T)
    state, wall = State(n[:, None] * np.array([0.21, 0.77, 0.005, 0.015]), np.full(2, T)), np.full(2, 143.0)
    begun, right = 0.0, axes.twinx()
    ways = (Path("orifice", 1, None, 4e-4), Path("orifice", 0, 1, 3e-4))
    for way, span, name in ((ways[0], 900.0, "to space, 4 cm2"), (ways[1], 900.0, "from the cabin, 3 cm2")):
        network = Network(volume, (way,), wall_time_s=wall, wall_k=np.full(2, T))
        found = squeeze(network, state, np.linspace(0.0, span, 361), 1e-8)
        minutes = (begun + found.time_s) / 60.0
        axes.plot(minutes, found.pressure_pa[:, 1] / 1e3, color="black")
        right.plot(minutes, found.temperature_k[:, 1] - 273.15, color="tab:blue", lw=0.9)
        axes.text(minutes[0] + 0.4, 106.0, name, color="gray")
        axes.axvline(minutes[0], color="gray", lw=0.6)
        state, begun = found.state, begun + span
    axes.set(xlabel="minutes", ylabel="pressure in the lock, kPa", ylim=(0, 112))
    right.set_ylabel("gas in the lock, C", color="tab:blue")


def exponential_error(axes: Axes) -> None:
    z = np.geomspace(1e-9, 1e9, 2000)
    axes.loglog(z, np.exp(-z), "--", color="gray", label="exp(-z)")
    axes.loglog(
        z, np.maximum(abs(decay_of(-z) - np.exp(-z)), 1e-18), color="black", label="error of the sum over poles"
    )
    axes.set(xlabel="z: step over the time in which something dies away", ylabel="", ylim=(1e-18, 3.0))
    axes.legend(frameon=False, loc="center left")


FIGURES = {
    "flow-against-ratio": flow_against_ratio,
    "crack-regimes": crack_regimes,
    "crack-exponent": crack_exponent,
    "seal-gases": seal_gases,
    "reserve-bias": reserve_bias,
    "critical-function": critical_function,
    "vessel": vessel_laws,
    "lock": lock,
    "exponential-error": exponential_error,
}

if __name__ == "__main__":
    drawn(FIGURES, PLACE)
