"""Draws the pictures of reserve-time.md and clearance.md from the code: `python docs/response_figures.py`."""

from pathlib import Path as File

import numpy as np
from figures import drawn
from matplotlib.axes import Axes

from hullwatch.models.emptying import Flows, Room, passages
from hullwatch.models.worlds import PRESSURE, Limits
from hullwatch.physics.gas import MOLAR_MASS, amount, fractions, mixture_gamma, mixture_molar_mass
from hullwatch.physics.leaks import hole
from hullwatch.physics.orifice import effective_area
from hullwatch.response import hold
from hullwatch.response.clearance import ratios, terms_of
from hullwatch.response.reserve_fit import unit_falls
from hullwatch.units import DAY_S, MMHG_PA

PLACE = File(__file__).parent / "img" / "response"
VOLUME_M3, WARM_K, WALLS_S = 916.0, 295.0, 143.0
P_PA, LIMIT_PA = 760.0 * MMHG_PA, 490.0 * MMHG_PA
GREEN, RED, BLUE, GREY = "#2a7f3f", "#b3261e", "#1f5fa8", "#777777"


def early_bias(axes: Axes) -> None:
    """A 50 mm hole: what is left in truth, and what each formula says from the slope of the gauge at that moment."""
    share = fractions(P_PA, 21_500.0, 400.0, 1_100.0)
    moles = amount(P_PA, VOLUME_M3, WARM_K) * share
    gas = float(mixture_molar_mass(moles)), float(mixture_gamma(moles))
    leak = hole(0.25 * np.pi * 0.05**2, (0.84, 0.84))[None, :]
    area = 0.84 * 0.25 * np.pi * 0.05**2
    loss = area / effective_area(1.0, P_PA, WARM_K, 0.0, *gas) / float(moles @ MOLAR_MASS)
    flows = Flows(leak, 1.0, np.zeros(4), 0.0, np.zeros(4))
    limits = Limits(np.array([PRESSURE]), np.array([LIMIT_PA]), np.array([True]))
    whole = passages(Room(moles, VOLUME_M3, WARM_K, WARM_K, WALLS_S), flows, limits, 1e9)[0]
    t = np.linspace(0.0, 900.0, 181)
    fall, cooled = np.empty(t.size), np.empty(t.size)
    unit_falls(t, loss, WALLS_S, fall, cooled)
    slope = np.gradient(fall, t)
    left = np.log(P_PA / LIMIT_PA) - fall
    minutes = t / 60.0
    axes.plot(minutes, (whole - t) / 60.0, color="black", lw=2.0, label="true time left")
    axes.plot(minutes, left / slope / 60.0, color=BLUE, label="exponential formula")
    axes.plot(minutes, (1.0 - np.exp(-left)) / slope / 60.0, color=RED, label="linear formula")
    axes.fill_between(minutes, left / slope / 60.0, (whole - t) / 60.0, color=BLUE, alpha=0.12, lw=0)
    axes.text(4.4, 16.2, "shaded: the gas still cools, so the gauge\nfalls faster than the gas is lost", color=BLUE)
    axes.set(
        xlabel="minutes since a 50 mm hole opened in 916 m3",
        ylabel="minutes left to 490 mmHg",
        ylim=(0, 22),
        xlim=(0, 15),
    )
    axes.legend(frameon=False, loc="lower left")


def clearance_test(axes: Axes) -> None:
    """The evidence of a test, reading by reading, in rooms that hold and rooms that do not."""
    mass, hours = 7.0, 1.75
    terms = terms_of(0.1 / DAY_S / mass, 0.0, 1e-3, 1e-3)
    room = hold.Room(13.3, 13.466, 0.02, 5400.0, 0.5, WALLS_S)
    clock = np.arange(0.0, 3600.0 * hours, 60.0)
    apart = np.abs(clock[:, None] - clock[None, :])
    warm = np.linalg.cholesky(
        (0.02 / WARM_K) ** 2 * (1.0 + apart / 5400.0) * np.exp(-apart / 5400.0) + 1e-14 * np.eye(clock.size)
    )
    for rate, color in ((0.01, GREEN), (0.1, RED), (1.0, "#e08a00")):
        for seed in range(6):
            rng = np.random.default_rng([int(100 * rate), seed])
            settle = 0.5 / WARM_K * rng.standard_normal() * np.exp(-clock / WALLS_S)
            z = warm @ rng.standard_normal(clock.size) + settle - rate / DAY_S / mass * clock
            shown = np.round((98_700.0 * np.exp(z) + 13.3 * rng.standard_normal(clock.size)) / 13.466) * 13.466
            _, found, _ = hold.hold(
                hold.begin(room, 98_700.0), hold.Readings(clock, shown, np.full(clock.size, np.nan))
            )
            leak, limit, _ = ratios(terms, found.loss_per_s, found.loss_sd_per_s)
            line = leak if rate > 0.05 else limit
            over = np.flatnonzero(np.abs(line) >= np.log(1e3))
            stop = int(over[0]) + 1 if over.size else clock.size
            label = f"loses {rate:g} kg/day" if seed == 0 else None
            axes.plot(clock[:stop] / 60.0, line[:stop], color=color, lw=1.0, label=label)
            axes.plot(clock[stop - 1] / 60.0, line[stop - 1], "o", color=color, ms=3.5)
    for level, text, color in ((np.log(1e3), "does not hold", RED), (-np.log(1e3), "holds", GREEN)):
        axes.axhline(level, color=color, lw=0.8, ls="--")
        axes.text(74.0, level + (0.4 if level > 0 else -1.2), text, color=color, ha="right")
    axes.axhline(0.0, color=GREY, lw=0.5)
    axes.set(
        xlabel="minutes since the hatch was shut (6 m3, 0.02 K, gauge of 0.1 mmHg)",
        ylabel="evidence, ln of odds", ylim=(-9.5, 14), xlim=(0, 75),
    )  # fmt: skip
    axes.legend(frameon=False, loc="center right")


def when_it_can_be_said(axes: Axes) -> None:
    """Time to a verdict against the limit asked for, for a few rooms."""
    limits = np.geomspace(0.02, 2.0, 15)
    for name, room, color in (
        ("0.02 K, gauge 0.1 mmHg", hold.Room(13.3, 13.466, 0.02, 5400.0, 0.5, WALLS_S), GREEN),
        ("0.05 K, gauge 0.1 mmHg", hold.Room(13.3, 13.466, 0.05, 5400.0, 0.5, WALLS_S), BLUE),
        ("0.3 K (no thermometer), gauge 1 mmHg", hold.Room(33.0, MMHG_PA, 0.3, 5400.0, 0.1, WALLS_S), RED),
    ):
        # a reading a minute; those between two of these points are averaged into them
        times = np.arange(0.0, 36 * 3600.0, 120.0)
        _, found, _ = hold.hold(
            hold.begin(hold.Room(room.noise_pa / 2**0.5, *list(_rest(room))), 98_700.0),
            hold.Readings(times, np.full(times.size, 98_700.0), np.full(times.size, np.nan)),
        )
        said = []
        for limit in limits:
            terms = terms_of(limit / DAY_S / 7.0, 0.0, 1e-3, 1e-3)
            _, edge, inflow = ratios(terms, np.full(times.size, terms.tight_per_s[0]), found.loss_sd_per_s)
            done = np.flatnonzero(np.maximum(edge, inflow) <= -np.log(1e3))
            said.append(times[done[0]] / 3600.0 if done.size else np.nan)
        axes.loglog(limits, said, color=color, label=name)
    axes.axhline(4.0, color=GREY, lw=0.8, ls=":")
    axes.text(0.021, 4.2, "4 h", color=GREY)
    axes.set(
        xlabel="limit asked for, kg/day, in 6 m3", ylabel="hours until a tight wall is shown to hold", ylim=(0.1, 40)
    )
    axes.legend(frameon=False, loc="upper right")


def _rest(room: hold.Room) -> tuple[float, float, float, float, float]:
    return room.quantum_pa, room.heat_k, room.heat_s, room.settle_k, room.settle_s


FIGURES = {
    "reserve-early-bias": early_bias,
    "clearance-evidence": clearance_test,
    "clearance-hours": when_it_can_be_said,
}

if __name__ == "__main__":
    drawn(FIGURES, PLACE)
