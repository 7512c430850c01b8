"""Every kind of evidence is entered on the page, by keys, in units people read; faults are said beside the field."""

from typing import Any

import pytest
from browsing import Visit
from serving_one import Served, Start, leaking_part

from hullwatch.records import Event
from hullwatch.vehicle.observed import FIELDS, KINDS
from watching import Watched


@pytest.fixture
def one(start: Start, night: Watched) -> Served:
    """A console with an incident."""
    return start(leaking_part(night.events))


def chosen(visit: Visit, kind: str) -> None:
    """Open the form of a kind by keys alone."""
    visit.page.wait_for_selector(".acknowledge")  # who may speak is known
    visit.page.keyboard.press("w")
    visit.page.wait_for_selector("dialog .choices")
    visit.page.focus(f"dialog .choices button:text-is('{KINDS[kind].words}')")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector("#form-h")


def sent(visit: Visit, one: Served) -> dict[str, Any]:
    """Send the form by Enter; what the record then holds."""
    before = len(one.client().view()["evidence"])
    visit.page.focus("dialog input[name=note]")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector("dialog", state="detached")
    evidence = one.client().view()["evidence"]
    assert len(evidence) == before + 1
    return dict(evidence[-1])


def test_the_page_asks_what_the_api_describes(one: Served) -> None:
    told = {kind["kind"]: kind for kind in one.ask("GET", "/api/v1/evidence-kinds").json}
    assert set(told) == set(KINDS)
    for name, kind in KINDS.items():
        assert [field["name"] for field in told[name]["fields"]] == [*kind.needs, *kind.may]
        for field in told[name]["fields"]:
            if field["holds"] == "number":
                assert field["low"] * field["si"] == pytest.approx(FIELDS[field["name"]].low, rel=5e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_form_that_axe_finds_nothing_in(kind: str, one: Served, visit: Visit) -> None:
    visit.open(one.address, "flight")
    chosen(visit, kind)
    for field in (*KINDS[kind].needs, *KINDS[kind].may):
        assert visit.page.locator(f"dialog [name={field}]").count() >= 1, field
    assert visit.violations() == []
    visit.picture(f"form-{kind}")


def test_a_gauge_is_read_in_its_own_units_and_recorded_in_si(one: Served, visit: Visit) -> None:
    visit.open(one.address, "flight")
    chosen(visit, "gauge")
    visit.page.keyboard.press("Enter")  # nothing yet
    visit.waits("#fault", "needed")
    assert visit.page.evaluate("document.activeElement.name") == "before_pa"
    for name, typed in (("before_pa", "750,5"), ("after_pa", "7e9"), ("during_s", "2")):
        visit.page.fill(f"dialog input[name={name}]", typed)
    visit.page.focus("dialog input[name=note]")
    visit.page.keyboard.press("Enter")
    visit.waits("#fault", "compartments")
    assert visit.violations() == []
    visit.picture("form-gauge-refused")
    visit.page.check("dialog input[value=STORE]")
    visit.page.focus("dialog input[name=note]")
    visit.page.keyboard.press("Enter")
    visit.waits("#fault", "mmHg")
    assert visit.page.evaluate("document.activeElement.name") == "after_pa"
    visit.page.fill("dialog input[name=after_pa]", "748")
    got = sent(visit, one)["observed"]
    assert got["compartments"] == ["STORE"]
    assert got["during_s"] == 7200.0
    assert (got["before_pa"], got["after_pa"]) == (pytest.approx(100_058.5, abs=1.0), pytest.approx(99_725.1, abs=1.0))


def test_torque_takes_three_numbers(one: Served, visit: Visit) -> None:
    visit.open(one.address, "flight")
    chosen(visit, "torque")
    visit.page.fill("dialog input[name=torque_n_m]", "0.3, -2.1")
    visit.page.fill("dialog input[name=torque_sd_n_m]", "0.15")
    visit.page.keyboard.press("Enter")
    visit.waits("#fault", "3 number")
    visit.page.fill("dialog input[name=torque_n_m]", "0.3, -2.1, 0.4")
    assert sent(visit, one)["observed"] == {"torque_n_m": [0.3, -2.1, 0.4], "torque_sd_n_m": [0.15]}


def test_air_moves_toward_a_side_of_its_hatch_and_a_time_may_be_given(one: Served, visit: Visit) -> None:
    visit.open(one.address, "flight")
    chosen(visit, "flow")
    visit.page.select_option("dialog select[name=hatch]", "NODE-STORE")
    assert set(
        visit.page.locator("dialog select[name=toward] option").evaluate_all("all => all.map(o => o.value)")
    ) == {
        "NODE",
        "STORE",
    }
    visit.page.select_option("dialog select[name=toward]", "STORE")
    visit.page.fill("dialog input[name=speed_m_s]", "3")
    visit.page.fill("dialog input[name=time_utc]", "yesterday")
    visit.page.keyboard.press("Enter")
    visit.waits("dialog .refused", "ISO 8601")
    visit.complaints.clear()  # the browser reports the 422 itself
    seen = one.client().view()["time_utc"][:16] + "Z"
    visit.page.fill("dialog input[name=time_utc]", seen)
    got = sent(visit, one)
    assert got["observed"] == {"hatch": "NODE-STORE", "toward": "STORE", "speed_m_s": pytest.approx(0.03)}
    assert got["time_utc"][:16] == seen[:16]


def test_what_is_reported_of_hatches_and_people_is_shown_with_what_contradicts_it(visit: Visit, one: Served) -> None:
    visit.open(one.address, "flight")
    visit.page.wait_for_selector(".acknowledge")
    people = [name for room in one.client().view()["map"]["compartments"] for name in room["people"]]
    visit.page.keyboard.press("w")
    visit.page.locator("dialog .choices button", has_text="Somebody is in a compartment").click()
    visit.page.keyboard.press("Enter")  # nobody chosen: said beside the field
    visit.waits("#fault", "at least one")
    visit.page.locator(f"dialog input[value='{people[0]}']").check()
    visit.page.locator("dialog select[name=compartment]").select_option("STORE")
    visit.page.focus("dialog input[name=note]")
    visit.page.keyboard.press("Enter")
    visit.waits("[data-key=here-STORE]", f"{people[0]} said to be in STORE")
    assert visit.page.locator("[data-compartment=STORE] .here").count() == 1
    one.client("flight").report_hatch("NODE-STORE", False)
    visit.waits("[data-key=said-NODE-STORE]", "reported closed (flight, houston)")
    why = "both sides fall together"
    heard = {"what": "hatch_report", "hatch": "NODE-STORE", "open": False, "followed": False, "contradiction": why}
    one.record.append([Event(one.desk.said_s, "heard", None, heard)])
    visit.waits("[data-key=said-NODE-STORE]", f"contradicted: {why}")
    assert visit.page.locator("[data-hatch=NODE-STORE] .doubt").count() == 1
    assert "Reports contradicted: NODE-STORE" in str(visit.page.get_attribute(".station", "aria-label"))
    assert not visit.violations()
    visit.picture("reports")
