"""One table of what the laws reach against tables and measurements: `python benchmarks/physics.py`.

--write also writes docs/explanation/validation-physics.md. Records are looked for in HULLWATCH_DATA (default
../shared/data). Peers run in the same run where they are installed: pip install hyddown cantera scipy.
"""

import argparse
import gzip
import importlib.metadata
import json
import math
import os
import platform
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import network_peers
import numpy as np

from hullwatch.models.vessel import HOLE_LAW, DischargeRecord, Opening, discharge
from hullwatch.physics.orifice import THICK, effective_area, equivalent_diameter
from hullwatch.physics.real_gas import gas_number, real_critical_flow_function
from hullwatch.sizing.decline import compare_declines
from hullwatch.sizing.vessel import fit, opening_of, size_vessel
from hullwatch.telemetry.discharge_file import read_discharge
from hullwatch.units import DAY_S, HOUR_S, MMHG_PA

DATA = Path(os.environ.get("HULLWATCH_DATA", Path(__file__).parents[1] / "../shared/data"))
VESSELS = ("Air_790kPa_21mm", "Byrnes_run7", "Byrnes_run8", "N2_Exp_I1")
C_STAR = {
    # METHODS 1.4
    "N2": [(1e5, 253.15, 0.685135), (1e5, 273.15, 0.685031), (1e5, 293.15, 0.684946), (1e5, 313.15, 0.684872),
           (20e5, 293.15, 0.689918)],
    "air": [(1e5, 253.15, 0.685377), (1e5, 273.15, 0.685247), (1e5, 293.15, 0.685128), (1e5, 313.15, 0.685009),
            (5e4, 293.15, 0.684985)],
}  # fmt: skip
Row = tuple[str, str, str, str]
PAGE = Path(__file__).parents[1] / "docs/explanation/validation-physics.md"


def critical_flow() -> list[Row]:
    rows = []
    for gas, states in C_STAR.items():
        off = max(abs(real_critical_flow_function(gas_number(gas), p, t) / c - 1) for p, t, c in states)
        rows.append((f"C* of {gas}, worst of {len(states)} states", f"{100 * off:.4f} %", "0.01 %", "ISO 9300: 0.1 %"))
    return rows


def record(name: str) -> tuple[DischargeRecord, dict]:
    paths = [str(DATA / "vessel_discharge" / f"{name}.{ending}") for ending in ("json", "csv")]
    return read_discharge(*paths), json.loads(Path(paths[0]).read_text())


def misses(r: DischargeRecord, opening: Opening, **how: float) -> tuple[float, float, float]:
    """Root mean square of pressure in %, of the thermometer and of the gas itself in K."""
    pressure = discharge(r.vessel, opening, r.pressure_s, **how).pressure_pa / r.pressure_pa - 1
    at = discharge(r.vessel, opening, r.gas_s, **how)
    p, bead, gas = (float(np.sqrt(np.mean(x**2))) for x in (pressure, at.bead_k - r.gas_k, at.gas_k - r.gas_k))
    return 100 * p, bead, gas


def blowdown() -> list[Row]:
    rows = []
    for name in VESSELS:
        r, facts = record(name)
        area = 0.25 * math.pi * facts["orifice_diameter_m"] ** 2
        target = "1 %, 4 K" if name == VESSELS[0] else "report"
        other = peer(facts, r)
        p, bead, gas = misses(r, Opening(area * THICK[1], slow_share=THICK[0] / THICK[1]))
        rows.append(
            (f"{name}: nothing from the record", f"{p:.2f} %, {bead:.1f} K ({gas:.1f} K without bead)", target, other)
        )
        used = facts["discharge_coefficient_used_by_source"]
        p, bead, gas = misses(r, Opening(area * used, slow_share=1.0))
        rows.append((f"{name}: source's own Cd {used}", f"{p:.2f} %, {bead:.1f} K ({gas:.1f})", target, other))
        found = fit(r, HOLE_LAW, unknown=("edge",))
        opening = opening_of(r, HOLE_LAW, ("edge",), found.theta)[1]
        p, bead, gas = misses(r, opening)
        cd = opening.size / area
        rows.append(
            (f"{name}: hole from the record", f"{p:.2f} %, {bead:.1f} K ({gas:.1f}), Cd {cd:.3f}", target, other)
        )
        if name == VESSELS[0]:
            spread = ", ".join(
                f"{misses(r, opening, bead_m=b * 1e-3)[1]:.1f} at {b} mm" for b in (0.3, 0.5, 0.7, 1.0, 1.5)
            )
            rows.append((f"{name}: by bead", f"{spread} K", "4 K", "bead is not published"))
            none, full = misses(r, opening, heat_factor=0.0)[0], misses(r, opening, heat_factor=1e3)[0]
            rows.append((f"{name}: no heat, all heat", f"{none:.1f} %, {full:.1f} %", "", "METHODS: 11.8 %, 11.9 %"))
    return rows


def peer(facts: dict, r: DischargeRecord) -> str:
    """HydDown on the same case with the coefficient of its own validation file: pressure and gas temperature."""
    try:
        from hyddown import HydDown  # noqa: PLC0415  # a peer, not needed
    except ImportError:
        return "HydDown not installed"
    fluid = {"air": "air", "N2": "N2", "H2": "hydrogen"}[facts["gas"]]
    case = HydDown({
        "vessel": {"length": facts["vessel_length_m"], "diameter": facts["vessel_inner_diameter_m"],
                   "thickness": facts["vessel_wall_m"], "heat_capacity": 470.0, "density": 7850.0,
                   "orientation": "vertical"},
        "initial": {"temperature": facts["initial_temperature_k"], "pressure": facts["initial_pressure_pa"],
                    "fluid": fluid},
        "calculation": {"type": "energybalance", "time_step": 0.05, "end_time": float(r.pressure_s[-1]) + 1.0},
        "valve": {"flow": "discharge", "type": "orifice", "diameter": facts["orifice_diameter_m"],
                  "discharge_coef": facts["discharge_coefficient_used_by_source"],
                  "back_pressure": float(facts["back_or_source_pressure_pa"])},
        "heat_transfer": {"type": "specified_h", "temp_ambient": facts["ambient_temperature_k"],
                          "h_outer": facts["h_outer_w_m2k"], "h_inner": "calc"},
    })  # fmt: skip
    case.run(disable_pbar=True)
    p = np.interp(r.pressure_s, case.time_array, case.P) / r.pressure_pa - 1
    t = np.interp(r.gas_s, case.time_array, case.T_fluid) - r.gas_k
    return f"HydDown {100 * np.sqrt(np.mean(p**2)):.1f} %, {np.sqrt(np.mean(t**2)):.1f} K"


def sizes() -> list[Row]:
    rows = []
    for name in VESSELS:
        r, facts = record(name)
        for how, given in (("", r), (", no thermometer", replace(r, gas_s=np.zeros(0), gas_k=np.zeros(0)))):
            found = size_vessel(given)
            d, drilled = found.equivalent_diameter_m, facts["orifice_diameter_m"]
            said = (
                f"{1e3 * d.median:.3f} ({1e3 * d.low:.3f} to {1e3 * d.high:.3f}) mm, "
                f"{100 * (d.median / drilled - 1):+.1f} %; "
                f"CdA +-{50 * (found.effective_area_m2.high / found.effective_area_m2.low - 1):.1f} %; {found.law} "
                f"{found.bayes_factor:.1g}; n {found.exponent.median:.2f}"
            )
            inside = "inside" if d.low <= drilled <= d.high else "OUTSIDE"
            rows.append((f"size {name}{how}", said, f"{1e3 * drilled:g} mm {inside}", "by Cd: -10, +15 %"))
    return rows


def tunnel() -> list[Row]:
    days = np.array([14, 20, 25, 28, 29, 31]) * DAY_S
    found = compare_declines(days, np.array([473, 273, 200, 167, 160, 154]) * MMHG_PA)
    n = found.exponent
    return [
        ("PrK July 2021, crack law", f"{found.rms_pa['crack'] / MMHG_PA:.2f} mmHg", "4 mmHg", "orifice 17.6 mmHg"),
        ("PrK July 2021, orifice law", f"{found.rms_pa['orifice'] / MMHG_PA:.2f} mmHg", "worse", "first pressure free"),
        (
            "PrK Bayes factor, crack over orifice",
            f"{math.exp(found.log_bayes_factor):.0f}",
            "stated",
            "6 readings, no hours",
        ),
        ("PrK exponent", f"{n.median:.2f} ({n.low:.2f} to {n.high:.2f})", "", "crack 2, slip lowers it"),
    ]


def chambers() -> list[Row]:
    with gzip.open(DATA / "air_chamber_decay" / "Ultimaker_015.csv.gz", "rt") as stream:
        table = np.loadtxt(stream, delimiter=",", skiprows=1)
    t, gauge = table[:, 0], table[:, 2] * 1e5
    torn = int(np.flatnonzero(gauge > 0.997 * gauge.max())[-1])
    pieces = np.array_split(np.flatnonzero((np.arange(t.size) >= torn) & (gauge > 1.4e5)), 150)
    found = compare_declines(
        np.array([t[i].mean() for i in pieces]), np.array([gauge[i].mean() for i in pieces]) + 101325.0
    )
    n = found.exponent
    return [
        (
            "torn chamber, exponent above 2.4 bar",
            f"{n.median:.2f} ({n.low:.2f} to {n.high:.2f})",
            "1.6 to 1.8",
            "README: 1.8",
        )
    ]


def history() -> list[Row]:
    air = 28.9655e-3
    areas = [
        effective_area(915 * MMHG_PA * v / (287.05 * 295.0) * math.log(915 / 50) / 117.0, 915 * MMHG_PA, 295.0)
        for v in (3.5, 3.75, 4.0)
    ]
    rate = 0.8 * MMHG_PA * 851.0 / (287.0 * 295.0) / HOUR_S
    ms09 = equivalent_diameter(effective_area(rate, 750 * MMHG_PA, 295.0, molar_mass=air), 0.8)
    mass = 700 * MMHG_PA * 370.0 / (287.05 * 295.0)
    spektr = equivalent_diameter(effective_area(mass * math.log(700 / 490) / (23 * 60.0), 700 * MMHG_PA, 295.0), 0.8)
    # an adiabatic cabin: P/P0 = (1 + 0.2 t/tau)^-7
    cold = 5.0 * ((915 / 50) ** (1 / 7) - 1) / math.log(915 / 50)
    said = ", ".join(f"{1e4 * a:.2f}" for a in areas)
    return [
        (
            "Soyuz 11, 3.5, 3.75, 4 m3, walls warm",
            f"{said} e-4 m2",
            "4.5 to 5.1e-4",
            f"no heat: times {cold:.2f}; warm walls are the most any heat gives",
        ),
        ("MS-09, 0.8 mmHg/h", f"{ms09 * 1e3:.2f} mm at Cd 0.8", "1.4 mm", "D3"),
        (
            "Mir Spektr, 23 min from 700 mmHg",
            f"{spektr * 1e3:.0f} mm at Cd 0.8",
            "consistent",
            "volume 370 m3 recalled",
        ),
    ]


def peer_versions() -> str:
    found = []
    for name in ("hyddown", "cantera", "scipy"):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    return ", ".join(found)


def table(rows: list[Row]) -> str:
    head = ("figure", "measured", "target", "limit or peer")
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * 4, *rows)) + "\n"


def parts() -> dict[str, list[Row]]:
    """The tables of the page, by the claim each stands for."""
    made = {
        "Choked flow of real gas": critical_flow(),
        "Leaks of the past": history(),
        "A crack or a hole: transfer tunnel PrK": tunnel(),
        "One pressure for all that open hatches join": network_peers.rows(),
    }
    missing = [("no record", f"{folder} is not in HULLWATCH_DATA", "", "") for folder in ("vessel_discharge",)]
    there = (DATA / "vessel_discharge").is_dir()
    made["Vessels that discharge: pressure and temperature"] = blowdown() if there else missing
    made["Size of a hole from a discharge"] = sizes() if there else missing
    torn = (DATA / "air_chamber_decay").is_dir()
    made["Torn chambers"] = (
        chambers() if torn else [("no record", "air_chamber_decay is not in HULLWATCH_DATA", "", "")]
    )
    return made


WORDS = {
    "Choked flow of real gas": "Against the critical flow function of the reference equations of state "
    "([the law of a hole](laws-hole.md)).",
    "Leaks of the past": "Published pressures and times, turned into an opening.",
    "A crack or a hole: transfer tunnel PrK": "Six pressures of the closed tunnel in July 2021, to the day "
    "([the law of a crack](laws-crack.md)). The first pressure is free in both laws.",
    "One pressure for all that open hatches join": "Worst difference over the run, for six compartments in a row "
    "([the network](laws-network.md)). SciPy solves the same laws, written out a second time in the benchmark; "
    "Cantera's reactors are isothermal.",
    "Vessels that discharge: pressure and temperature": "Root mean square over the record, in pressure and in what the "
    "thermometer shows; in brackets the gas itself. HydDown takes the discharge coefficient of its own case file "
    "([the law of a vessel](laws-vessel.md)). Only *hole from the record* fits anything: the hole, never heat.",
    "Size of a hole from a discharge": "`hullwatch size`: median and 90 % interval of the diameter; the drilled one "
    "must lie inside and within 10 % of the median.",
    "Torn chambers": "Exponent of flow against pressure of a printed chamber that tore.",
}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--write", action="store_true", help="write the validation page")
    write = ask.parse_args().write
    head = (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, "
        f"{peer_versions()}"
    )
    print(head)
    page = "# How true the laws are\n\n<!-- Made by `python benchmarks/physics.py --write`; do not edit. -->\n\n"
    page += f"Measured {head}. *Target* is what the project asked of itself.\n"
    for name, rows in parts().items():
        text = f"\n## {name}\n\n{WORDS[name]}\n\n{table(rows)}"
        print(text, flush=True)
        page += text
    if write:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
