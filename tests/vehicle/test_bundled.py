"""The ships that come with Hullwatch say what the public sources say."""

import pickle

import pytest

from hullwatch.units import MMHG_PA, TO_SI, kg_day, mmhg
from hullwatch.vehicle.description import SI_OF
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open, path, pressure_groups, reachable_crafts
from hullwatch.vehicle.load import bundled_vehicles, load_vehicle

ISS = ("iss-2018-08-29", "iss-2018-10-12", "iss-2024-04-10")


@pytest.fixture(params=bundled_vehicles())
def vehicle(request: pytest.FixtureRequest) -> Vehicle:
    return load_vehicle(request.param)


def channel_ids(vehicle: Vehicle) -> set[str]:
    return {channel.id for channel in vehicle.channels}


def test_the_bundled_ships_are_these() -> None:
    assert bundled_vehicles() == (
        "demo", "iss-2018-08-29", "iss-2018-10-12", "iss-2020-08-21", "iss-2024-04-10", "iss-airlock", "iss-astropi",
    )  # fmt: skip


def test_every_hatch_reports_its_position(vehicle: Vehicle) -> None:
    reporters = {channel.id: channel.hatch for channel in vehicle.channels if channel.quantity == "hatch_position"}
    assert {hatch.id: hatch.channel for hatch in vehicle.hatches} == {hatch: id for id, hatch in reporters.items()}


def test_everybody_has_a_seat_and_in_normal_life_a_way_to_it(vehicle: Vehicle) -> None:
    first = vehicle.compartments[0].id
    ready = {craft.id for craft in reachable_crafts(vehicle, first, default_open(vehicle))}
    assert {member.craft for member in vehicle.crew} <= ready


def test_a_reading_at_nominal_is_believable(vehicle: Vehicle) -> None:
    air = vehicle.atmosphere
    nominal = {
        "pressure": air.pressure_pa,
        "ppo2": air.ppo2_pa,
        "ppco2": air.ppco2_pa,
        "temperature": air.temperature_k,
    }
    for channel in vehicle.channels:
        if channel.quantity in nominal:
            low, high = channel.range_si
            assert low < nominal[channel.quantity].value < high, channel.id


def test_every_limit_lies_inside_what_a_sensor_may_say(vehicle: Vehicle) -> None:
    for limit in vehicle.limits:
        for channel in vehicle.channel_of(limit.quantity):
            assert channel.range_si[0] < limit.value_pa.value < channel.range_si[1]


def test_a_pressure_in_psi_read_as_mmhg_is_not_believed(vehicle: Vehicle) -> None:
    public = ("USLAB000058", "AIRLOCK000054", "P_NODE", "P_LAB", "P_STORE", "P_CAPSULE")
    for channel in vehicle.channel_of("pressure"):
        if channel.id in public:
            assert not channel.range_si[0] <= 14.7 * MMHG_PA <= channel.range_si[1]


def test_units_agree_with_quantities(vehicle: Vehicle) -> None:
    assert all(TO_SI[channel.unit][0] == SI_OF[channel.quantity] for channel in vehicle.channels)


def test_a_ship_travels_to_other_processes(vehicle: Vehicle) -> None:
    assert pickle.loads(pickle.dumps(vehicle)) == vehicle  # noqa: S301  # our own bytes


def test_the_demo_has_sensors_everywhere_and_is_all_invented() -> None:
    demo = load_vehicle("demo")
    assert len(demo.compartments) == 4
    for quantity in ("pressure", "temperature"):
        assert {c.compartment for c in demo.channel_of(quantity)} == {c.id for c in demo.compartments}
    assert {c.label for c in demo.channels} | {c.volume_m3.label for c in demo.compartments} == {"c"}
    assert len(demo.crew) == demo.crafts[0].seats == 3


@pytest.mark.parametrize(("name", "total_m3"), [("iss-2018-08-29", 851.0), ("iss-2024-04-10", 975.0)])
def test_iss_volume_is_the_sum_the_fact_base_gives(name: str, total_m3: float) -> None:
    # iss_modules.yaml, configurations[].free_volume_total_m3 (c): sum of free volumes after Ploetner's thesis
    assert load_vehicle(name).volume_m3 == pytest.approx(total_m3, rel=0.01)


@pytest.mark.parametrize(
    ("name", "crafts", "crew"),
    [
        ("iss-2018-08-29", {"SOYUZ_MS08", "SOYUZ_MS09", "PROGRESS_70P"}, 6),
        ("iss-2018-10-12", {"SOYUZ_MS09", "PROGRESS_70P", "HTV7"}, 3),
        (
            "iss-2024-04-10",
            {"DRAGON_CREW8", "DRAGON_CRS30", "CYGNUS_NG20", "SOYUZ_MS25", "PROGRESS_MS25", "PROGRESS_MS26"},
            7,
        ),
    ],
)
def test_who_was_aboard_and_what_was_docked(name: str, crafts: set[str], crew: int) -> None:
    vehicle = load_vehicle(name)
    assert {craft.id for craft in vehicle.crafts} == crafts
    assert len(vehicle.crew) == crew


def test_the_orbital_module_of_ms09_is_a_compartment_of_its_own() -> None:
    vehicle = load_vehicle("iss-2018-08-29")
    way = path(vehicle, "SOYUZ_MS09_DM", "FGB_GA", default_open(vehicle))
    assert way == ("SOYUZ_MS09_DM", "SOYUZ_MS09_OM", "MRM1", "FGB_GA")
    assert vehicle.compartment("SOYUZ_MS09_OM").leak_weight == 1.0  # nothing in the file knows where the hole was


def test_in_2024_the_transfer_chamber_is_shut_off_with_its_progress() -> None:
    vehicle = load_vehicle("iss-2024-04-10")
    assert ("SM_PRK", "PROGRESS_MS26") in pressure_groups(vehicle, default_open(vehicle))
    assert vehicle.compartment("SM_PRK").leak_weight > 1.0


@pytest.mark.parametrize("name", ISS)
def test_iss_public_channels_are_marked_apart_from_reconstructed_ones(name: str) -> None:
    vehicle = load_vehicle(name)
    public = {"USLAB000058", "AIRLOCK000054", "AIRLOCK000049", "USLAB000059", "NODE3000011", "TIME_000001.Status.Class"}
    assert public <= channel_ids(vehicle)
    for channel in vehicle.channels:
        if channel.id.startswith(("GAUGE_", "HATCH_")):
            assert (channel.label, channel.source) == ("c", "")


@pytest.mark.parametrize("name", ISS)
def test_iss_limits_in_mmhg(name: str) -> None:
    limits = {limit.id: limit for limit in load_vehicle(name).limits}
    shown = {id: round(mmhg(limit.value_pa.value)) for id, limit in limits.items()}
    assert shown == {"n2_makeup_floor": 724, "equipment_floor": 719, "evacuate": 490, "ppo2_floor": 146}
    assert limits["evacuate"].value_pa.label == "b"  # no retrieved text states it
    assert limits["evacuate"].alarm_class == "emergency"


@pytest.mark.parametrize("name", ISS)
def test_iss_leakage_and_supply_per_day(name: str) -> None:
    vehicle = load_vehicle(name)
    assert kg_day(vehicle.leakage_kg_s.value) == pytest.approx(0.27)
    assert kg_day(vehicle.supply.crew_o2_kg_s.value) == pytest.approx(0.84, rel=1e-4)
    assert kg_day(sum(c.leakage_kg_s for c in vehicle.compartments)) == pytest.approx(0.0150, rel=0.1)  # S10 modelled


def test_the_oxygen_rate_keeps_its_doubt() -> None:
    rate = load_vehicle("iss-2018-10-12").channel_of("o2_generation")[0]
    assert (rate.unit, rate.label) == ("kg/day", "c")
