"""What was done to the air explains what it did, is named, and hides no leak: by valves, a lock's gauge or a log."""

import pytest

from hullwatch.incident.events import undocumented
from hullwatch.records import LoggedOperation
from hullwatch.units import utc_seconds
from operations_cases import day, fill, hole, row, told, vent
from watching import Cases, Watched, overlaps

VENT = row("vent", "10:00", "10:20", "LAB")
OPENED = utc_seconds("2030-05-06T10:10Z")


def steps(story: Watched) -> list[dict[str, object]]:
    """Steps of gas, as the summary has them."""
    return [step for step in story.summary["events"] if step["kind"] != "sensor_fault"]


# --- a spacewalk ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def eva(cases: Cases) -> Watched:
    return cases.watched("eva-day")


def test_a_spacewalk_is_no_leak(eva: Watched) -> None:
    assert eva.summary["verdict"] == "no_leak"
    assert eva.summary["incidents"] == []
    assert not eva.of("alarm")


def test_the_lock_s_gas_is_followed_into_the_cabin_and_back(eva: Watched) -> None:
    """5.4 m3 from 100 kPa to 20 kPa into the cabin, the rest overboard; on return the cabin fills the lock."""
    cabin = [step for step in steps(eva) if step["group"] == 0]
    lock = [step for step in steps(eva) if step["group"] == 1]
    assert [step["kind"] for step in cabin + lock] == ["airlock"] * 4
    assert overlaps(cabin[0]["mass_kg"], 6.35 * 0.8)  # type: ignore[arg-type]
    assert overlaps(cabin[1]["mass_kg"], -6.35)  # type: ignore[arg-type]
    assert lock[0]["mass_kg"]["median"] == pytest.approx(-6.35, rel=0.03)  # type: ignore[index]
    assert "depress pump" in str(cabin[0]["why"])
    assert "Quest crew lock rising" in str(cabin[1]["why"])


# --- from a log -------------------------------------------------------------------------------------------------------


def test_a_vent_nobody_logged_is_not_explained(cases: Cases) -> None:
    assert told(cases, day(vent())).summary["verdict"] == "leak"


@pytest.mark.parametrize("log", [(VENT,), (row("pump", "09:30", "09:50"), VENT)], ids=["alone", "after another"])
def test_a_logged_vent_explains_what_went(cases: Cases, log: tuple[LoggedOperation, ...]) -> None:
    story = told(cases, day(vent()), *log)
    assert story.summary["incidents"] == []
    (step,) = steps(story)
    assert step["kind"] == "vent"
    assert overlaps(step["mass_kg"], -1.5)  # type: ignore[arg-type]
    assert "vent of the log from 10:00" in str(step["why"])


def test_what_the_logged_mass_does_not_explain_is_said(cases: Cases) -> None:
    (step,) = steps(told(cases, day(vent()), row("vent", "10:00", "10:20", "LAB", -0.5)))
    assert "-0.5 kg" in str(step["why"])
    assert "is unexplained" in str(step["why"])
    (step,) = steps(told(cases, day(vent()), row("vent", "10:00", "10:20", "LAB", -1.5)))
    assert "which explains it" in str(step["why"])


def test_a_loss_is_not_explained_by_a_repressurisation(cases: Cases) -> None:
    (step,) = steps(told(cases, day(vent()), row("repressurisation", "10:00", "10:20", "LAB", 1.5)))
    assert step["kind"] == "step_loss"
    assert "does not explain it" in str(step["why"])


@pytest.mark.parametrize("kind", ["eva", "other", "hatch_open"])
def test_what_moves_no_gas_explains_none(cases: Cases, kind: str) -> None:
    hatch = "NODE-LAB" if kind == "hatch_open" else None
    story = told(cases, day(vent()), row(kind, "10:00", "10:20", hatch=hatch))
    assert story.summary["verdict"] == "leak"
    assert [e for e in story.of("operation") if e.data["kind"] == kind]


def test_an_operation_that_did_nothing_changes_nothing_but_its_name(cases: Cases) -> None:
    plain, story = told(cases, day()), told(cases, day(), VENT)
    assert story.summary["incidents"] == plain.summary["incidents"] == []
    assert steps(story) == []
    begun, over = [e for e in story.of("operation") if e.data["channel"] is None]
    assert begun.data["state"] == "logged"
    assert over.data["state"] == "no effect seen"
    assert [e for e in story.of("step")] == [e for e in plain.of("step")]


# --- told by nothing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize(
    ("mass", "duration"), [("0.3 kg", "2 min"), ("0.6 kg", "1 min"), ("0.6 kg", "5 min"), ("1.2 kg", "3 min")]
)
def test_gas_that_goes_for_a_while_is_let_go_and_nothing_comes_back(
    cases: Cases, mass: str, duration: str, seed: int
) -> None:
    """What a ship that is berthed takes, with no word of it: a suspicion may be raised, once; what is gone does not
    come again beyond the doubt about how much it was, and no second leak is seen while heat would have come back."""
    went = -float(mass.split()[0])
    story = told(cases, day(vent(mass=mass, duration=duration), hours=9, seed=seed))
    assert len(story.summary["incidents"]) <= 1
    assert all(i["state"] in ("dismissed", "stopped") for i in story.summary["incidents"])
    said = [step for step in steps(story) if step["kind"] == "step_loss"]
    assert all(overlaps(step["mass_kg"], went) for step in said)  # type: ignore[arg-type]
    if said:
        moved = sum(step["mass_kg"]["median"] for step in steps(story))  # type: ignore[index]
        assert moved == pytest.approx(went, rel=0.35)
    else:
        assert steps(story) == []


# --- leaks meanwhile --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "log"),
    [
        (day(vent(), hole(130)), (VENT,)),
        (day(hole(130)), (VENT,)),
        (day(hole(130)), (row("airlock_depress", "10:00", "10:20", "LAB"),)),
        (day(vent("VENT_LAB"), hole(130)), ()),
        (day(fill(valve="VALVE_N2"), hole(130)), ()),
    ],
    ids=["in a vent", "in a vent that was none", "in a depress that was none", "valve of a vent", "valve of a tank"],
)
def test_a_leak_that_begins_meanwhile_is_found_afterwards(
    cases: Cases, text: str, log: tuple[LoggedOperation, ...]
) -> None:
    story = told(cases, text, *log)
    incident = story.incident
    assert story.summary["verdict"] == "leak"
    # the operation is over at 10:21 and has settled at 10:31: four minutes on it is known
    assert OPENED < utc_seconds(incident["detected_utc"]) < utc_seconds("2030-05-06T10:35Z")
    onset = {end: utc_seconds(text) for end, text in incident["onset_utc"].items()}
    # while the operation lasts nothing tells when; of five intervals of 90 % that of the tank ends 8 s too soon
    assert overlaps(onset, OPENED - (10.0 if "VALVE_N2" in text else 0.0))
    assert incident["rate_kg_day"]["median"] == pytest.approx(100.0, rel=0.1)


def test_what_the_leak_took_is_not_given_to_the_operation(cases: Cases) -> None:
    (step,) = steps(told(cases, day(vent(), hole(130)), VENT))
    assert overlaps(step["mass_kg"], -1.5)  # type: ignore[arg-type]
    assert "besides, AIR-2030-05-06-1 took" in str(step["why"])
    assert steps(told(cases, day(hole(130)), VENT)) == []


def test_a_leak_followed_already_goes_on_being_followed(cases: Cases) -> None:
    plain, story = told(cases, day(hole(60))), told(cases, day(hole(60), vent()), VENT)
    assert story.incident["state"] == plain.incident["state"] == "confirmed"
    for end, text in story.incident["onset_utc"].items():  # readings of the vent's time say next to nothing of it
        assert utc_seconds(text) == pytest.approx(utc_seconds(plain.incident["onset_utc"][end]), abs=1.0)
    assert story.incident["rate_kg_day"]["median"] == pytest.approx(plain.incident["rate_kg_day"]["median"], rel=0.02)
    now = story.incident["rate_now_kg_day"]["median"]
    assert now == pytest.approx(plain.incident["rate_now_kg_day"]["median"], rel=0.03)
    (step,) = steps(story)
    assert step["mass_kg"]["median"] == pytest.approx(-1.5, abs=0.15)  # type: ignore[index]


def test_the_verdict_says_since_when_nothing_moved(cases: Cases) -> None:
    story = told(cases, day(vent("VENT_LAB"), hole(240)))
    (why,) = [a["why"] for a in story.incident["set_aside"] if a["cause"] == "airlock, vent or docking"]
    assert "no pump, vent or valve moved since Laboratory vent valve closed at 2030-05-06 10:20 UTC" in why
    logged = told(cases, day(hole(240)), VENT)
    (why,) = [a["why"] for a in logged.incident["set_aside"] if a["cause"] == "airlock, vent or docking"]
    assert "in the log last vent at 2030-05-06 10:00 UTC" in why
    assert "none moved since the watch began at 2030-05-06 08:00 UTC" in why


# --- tanks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "log", "mass_kg"),
    [
        (day(fill(valve="VALVE_N2")), (), 1.5),
        (day(fill(valve="VALVE_N2")), (row("repressurisation", "10:00", "10:20", "STORE", 1.5),), 1.5),
        (day(fill("6 kg", "100 min", valve="VALVE_N2")), (), 6.0),
    ],
    ids=["valve", "valve and log", "longer than a valve's word is believed"],
)
def test_one_fill_is_one_line(cases: Cases, text: str, log: tuple[LoggedOperation, ...], mass_kg: float) -> None:
    story = told(cases, text, *log)
    assert story.summary["incidents"] == []
    (step,) = steps(story)
    assert step["kind"] == "repressurisation"
    assert step["mass_kg"]["median"] == pytest.approx(mass_kg, rel=0.05)  # type: ignore[index]
    assert "N2 makeup valve" in str(step["why"])


def test_every_line_is_documented(cases: Cases, eva: Watched) -> None:
    for story in (eva, told(cases, day(vent(), hole(130)), VENT), told(cases, day(), VENT)):
        assert [wrong for event in story.events for wrong in undocumented(event)] == []
