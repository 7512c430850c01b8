"""Whatever happens in a scenario, in whatever order: mass and energy are conserved to rounding."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hullwatch.errors import DescriptionError
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP
from hullwatch.simulation.load import ship_of
from hullwatch.simulation.play import simulate
from hullwatch.simulation.references import check
from hullwatch.simulation.scenario import parse_scenario

HEAD = """
name = "random"
title = "Random events"
provenance = "Invented."
vehicle = "demo"
start_utc = "2030-05-06T08:00Z"
duration = "100 min"
seed = 7
closed_hatches = ["NODE-STORE", "NODE-CAPSULE"]
"""
PLACES = ("NODE", "LAB", "STORE")
HATCHES = ("NODE-LAB", "NODE-STORE", "NODE-CAPSULE")
at = st.floats(0.0, 80.0).map(lambda m: f"+{m:.3f} min")
place = st.sampled_from(PLACES)
tables = st.one_of(
    st.fixed_dictionaries({"kind": st.just("hatch"), "hatch": st.sampled_from(HATCHES),
                           "state": st.sampled_from(["open", "closed"])}),
    st.fixed_dictionaries({"kind": st.just("hole"), "compartment": place, "area": st.sampled_from(["1 mm^2", "3 cm^2"]),
                           "doubles_every": st.just("1 h")}),
    st.fixed_dictionaries({"kind": st.just("makeup"), "compartment": place, "gas": st.sampled_from(["N2", "O2", "air"]),
                           "mass": st.just("2 kg"), "duration": st.just("7 min")}),
    st.fixed_dictionaries({"kind": st.just("vent"), "compartment": place, "mass": st.just("1 kg"),
                           "duration": st.just("9 min")}),
    st.fixed_dictionaries({"kind": st.just("airlock"), "compartment": st.just("STORE"), "cabin": st.just("NODE"),
                           "action": st.sampled_from(["depress", "vent"]), "to": st.just("20 kPa"),
                           "duration": st.just("10 min")}),
    st.fixed_dictionaries({"kind": st.just("airlock"), "compartment": st.just("STORE"), "cabin": st.just("NODE"),
                           "action": st.just("repress"), "duration": st.just("10 min")}),
    st.fixed_dictionaries({"kind": st.just("passage"), "hatch": st.sampled_from(["NODE-LAB", "NODE-STORE"]),
                           "area": st.sampled_from(["0.1 mm^2", "5 cm^2"]), "duration": st.just("15 min")}),
    st.fixed_dictionaries({"kind": st.just("passage"), "origin": st.just("STORE"), "area": st.just("30 cm^2"),
                           "opens": st.just("104 kPa"), "closes": st.just("102 kPa"), "duration": st.just("15 min")}),
    st.fixed_dictionaries({"kind": st.just("passage"), "origin": place, "target": st.just("CAPSULE"),
                           "seal": st.just("3 kg/day"), "duration": st.just("15 min")}),
    st.fixed_dictionaries({"kind": st.just("passage"), "origin": st.just("LAB"), "target": st.just("STORE"),
                           "fan": st.just("40 L/s"), "duration": st.just("15 min")}),
    st.fixed_dictionaries({"kind": st.just("regulator"), "compartment": place, "gas": st.just("N2"),
                           "rate": st.just("9 kg/h"), "opens": st.just("99 kPa"), "closes": st.just("101 kPa"),
                           "duration": st.just("20 min")}),
    st.fixed_dictionaries({"kind": st.sampled_from(["dock", "undock"]), "craft": st.just("CAPSULE")}),
    st.fixed_dictionaries({"kind": st.just("crew"), "name": st.just("Ada"), "compartment": place}),
)  # fmt: skip


def possible(choices, away):
    """Those events that can happen one after another: what cannot is left out, as its DescriptionError asks."""
    kept = HEAD + ('away = ["CAPSULE"]\n' if away else "")
    scenario, ship = None, ship_of(parse_scenario(kept))
    for k, (when, table) in enumerate(choices):
        named = table | ({"id": f"x{k}"} if table["kind"] in ("hole", "passage") else {})
        lines = "".join(f'{key} = "{value}"\n' for key, value in named.items())
        text = f'{kept}[[events]]\nat = "{when}"\n{lines}'
        try:
            candidate = parse_scenario(text)
            check(candidate, ship)
        except DescriptionError:
            continue
        kept, scenario = text, candidate
    return scenario or parse_scenario(kept), ship


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(at, tables), max_size=14), st.booleans())
@example([("+0.000 min", {"kind": "undock", "craft": "CAPSULE"})], False)
def test_mass_and_energy_stay_over_random_events(choices, away):
    motion = simulate(*possible(choices, away)).motion
    first, last = motion.present_first, motion.present[-1]
    change = motion.last.moles[last].sum(axis=0) - motion.first.moles[first].sum(axis=0)
    crossed = sum(ledger.total() for ledger in motion.ledger) + motion.joined_mol
    held = motion.first.moles.sum()
    assert np.abs(change - crossed).max() <= 1e-12 * held

    def energy(state, docked):
        return float((state.moles[docked] @ (MOLAR_CP - GAS_CONSTANT) * state.temperature_k[docked]).sum())

    start = energy(motion.first, np.ones_like(first))
    gained = sum(ledger.enthalpy_j for ledger in motion.ledger) + motion.joined_j
    heat = 0.0 if motion.last.wall_j is None else -float(motion.last.wall_j.sum())
    assert abs(energy(motion.last, last) - energy(motion.first, first) - gained - heat) <= 1e-11 * start
