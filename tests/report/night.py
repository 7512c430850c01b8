"""A synthetic record told after the MS-09 night: plausible numbers in the record's own words, made by no detector.

The report must be looked at with something to show; nothing here proves that a leak would be found like this.
"""

# ruff: noqa: E501, SIM905  # a table of what happened reads best in long lines

import math
import random
from collections.abc import Iterator
from typing import Any

from night_answers import CONFLICTS, EVIDENCE, HATCH_TESTS, answers

from hullwatch.records import Event
from hullwatch.units import utc_seconds, utc_text

START_S = utc_seconds("2018-08-29T00:00Z")
END_S = utc_seconds("2018-08-31T20:00Z")
STEP_S = 800.0
INCIDENT = "AIR-2018-08-29-1"

_SHIP = (
    ("pma2", "PMA-2", None), ("node2", "Harmony (Node 2)", None), ("columbus", "Columbus", None),
    ("jpm", "Kibo", None), ("jlp", "Kibo ELM-PS", None), ("lab", "Destiny (US Lab)", None),
    ("node1", "Unity (Node 1)", None), ("quest", "Quest airlock", None), ("node3", "Tranquility (Node 3)", None),
    ("cupola", "Cupola", None), ("pmm", "Leonardo PMM", None), ("beam", "BEAM", None), ("pma1", "PMA-1", None),
    ("fgb", "Zarya (FGB)", None), ("pkho", "Zvezda PkhO", None), ("ro", "Zvezda RO", None), ("prk", "Zvezda PrK", None),
    ("pirs", "Pirs (DC-1)", None), ("progress", "Progress MS-09 (70P)", "70P"), ("poisk", "Poisk (MRM-2)", None),
    ("ms08_om", "Soyuz MS-08 orbital module", "MS-08"), ("ms08_dm", "Soyuz MS-08 descent module", "MS-08"),
    ("rassvet", "Rassvet (MRM-1)", None), ("ms09_om", "Soyuz MS-09 orbital module", "MS-09"),
    ("ms09_dm", "Soyuz MS-09 descent module", "MS-09"),
)  # fmt: skip
_WAYS = tuple(
    "pma2-node2 node2-columbus node2-jpm jpm-jlp node2-lab lab-node1 node1-quest node1-node3 node3-cupola node3-pmm "
    "node3-beam node1-pma1 pma1-fgb fgb-pkho pkho-ro ro-prk prk-progress pkho-pirs pkho-poisk poisk-ms08_om "
    "ms08_om-ms08_dm fgb-rassvet rassvet-ms09_om ms09_om-ms09_dm".split()
)
_CLOSED = {"pma2-node2", "node3-beam"}
_VOLUME = 850.0


def between(median: float, half: float) -> dict[str, float]:
    """An interval."""
    return {"median": median, "low": median - half, "high": median + half}


def at(text: str) -> float:
    """Seconds of a UTC time in August 2018, written `29T23:00`."""
    return utc_seconds(f"2018-08-{text}Z")


def started(**changes: Any) -> Event:
    """How the watch begins."""
    data = {
        "vehicle": "iss-2018-08-29",
        "title": "International Space Station, 29 August 2018",
        "source": "ms09-night.parquet",
        "provenance": "Configuration from published sources; telemetry simulated to the published pressure figures",
        "reconstructed": True,
        "settings": {"false_alarms_per_year": 1.0, "frame_s": 1.0, "discharge_coefficient": 0.8},
        "compartments": [{"id": i, "name": name, "craft": craft} for i, name, craft in _SHIP],
        "hatches": [{"id": way, "between": way.split("-"), "open": way not in _CLOSED} for way in _WAYS],
        "crafts": [
            {"id": "MS-08", "name": "Soyuz MS-08", "port": "poisk", "seats": 3, "returns": "ms08_dm"},
            {"id": "MS-09", "name": "Soyuz MS-09", "port": "rassvet", "seats": 3, "returns": "ms09_dm"},
            {"id": "70P", "name": "Progress MS-09", "port": "pirs", "seats": 0, "returns": None},
        ],
        "crew": [
            *({"name": name, "craft": "MS-08"} for name in ("Artemyev", "Feustel", "Arnold")),
            *({"name": name, "craft": "MS-09"} for name in ("Prokopyev", "Gerst", "Aunon-Chancellor")),
        ],
        "limits": [
            {"id": "nitrogen_makeup", "quantity": "pressure", "value_pa": 96500.0, "alarm_class": "advisory",
             "meaning": "Nitrogen is added to the cabin"},
            {"id": "equipment_floor", "quantity": "pressure", "value_pa": 95840.0, "alarm_class": "caution",
             "meaning": "Some equipment is certified down to here"},
            {"id": "evacuation", "quantity": "pressure", "value_pa": 65330.0, "alarm_class": "emergency",
             "meaning": "The crew leaves the ship"},
        ],
        "channels": [
            {"id": "USLAB000058", "name": "Lab cabin pressure", "quantity": "pressure", "compartment": "lab", "label": "a"},
            {"id": "AIRLOCK000054", "name": "Airlock cabin pressure", "quantity": "pressure", "compartment": "quest",
             "label": "a"},
            {"id": "USLAB000059", "name": "Cabin temperature", "quantity": "temperature", "compartment": "lab", "label": "a"},
            {"id": "AIRLOCK000049", "name": "Crewlock pressure", "quantity": "pressure", "compartment": "quest",
             "label": "a"},
        ],
    }  # fmt: skip
    return Event(START_S, "watch_started", None, {**data, **changes})


def groups(closed: set[str]) -> list[list[str]]:
    """Sets of compartments that share one pressure."""
    left, found = [i for i, _, _ in _SHIP], []
    while left:
        group = [left[0]]
        for member in group:
            for way in _WAYS:
                a, b = way.split("-")
                other = b if a == member else a if b == member else None
                if other and way not in closed and other not in group:
                    group.append(other)
        found.append(sorted(group))
        left = [i for i in left if i not in group]
    return sorted(found, key=len, reverse=True)


def moved(time_s: float, closed: set[str], hatches: tuple[str, ...], is_open: bool, why: str) -> Event:
    """A hatch event."""
    changed = [{"hatch": hatch, "open": is_open} for hatch in hatches]
    positions = {way: way not in closed for way in _WAYS}
    return Event(
        time_s, "groups_changed", None, {"groups": groups(closed), "hatches": positions, "changed": changed, "why": why}
    )


def trend(time_s: float, closed: set[str], pressure_mmhg: float, low_mmhg: float, loss: float, ratio: float) -> Event:
    """Pressures of the main cabin and, when closed off, of the Soyuz MS-09 side."""
    lines = []
    for index, members in enumerate(groups(closed)):
        if len(members) == 1:
            continue  # no sensor there
        aft = "ms09_om" in members and len(members) < 10
        p = (low_mmhg if aft else pressure_mmhg) * 133.322
        volume = _VOLUME * len(members) / (len(_SHIP) - 2)
        mass = p * volume / (287.0 * 295.2)
        lines.append(
            {"group": index, "pressure_pa": p, "temperature_k": 295.2, "mass_kg": mass,
             "corrected_kg": between(mass, 0.9 * len(members) / len(_SHIP)),
             "loss_kg_day": between(0.0 if aft else loss, 3.0 + 0.2 * abs(loss)), "log_ratio": ratio}
        )  # fmt: skip
    return Event(time_s, "trend", None, {"groups": lines})


def estimate(time_s: float, rate: float, doubt: float, sure: bool, place: float, probability: float) -> Event:
    """What is believed of the leak at one time: `doubt` relative half width, `place` probability of the orbital module."""
    onset = at("29T17:40")
    spread = 1200.0 + 7000.0 * doubt
    rest = [("ms09_dm", 0.45), ("rassvet", 0.35), ("fgb", 0.1), ("ro", 0.06), ("lab", 0.04)]
    hole = 1.8e-3 * math.sqrt(max(rate, 0.02) / 26.0)
    days = (0.38, 0.62, 13.5)
    reserve = [
        {"limit": limit, "group": 0, "median": d * 26.0 / rate * 86400, "low": d * 26.0 / rate * 86400 * (1 - doubt),
         "high": d * 26.0 / rate * 86400 * (1 + 1.4 * doubt)}
        for limit, d in zip(("nitrogen_makeup", "equipment_floor", "evacuation"), days, strict=True)
    ] if rate > 1 else []  # fmt: skip
    other = 1 - probability
    data = {
        "onset_utc": {"median": utc_text(onset), "low": utc_text(onset - spread), "high": utc_text(onset + 0.7 * spread)},
        "rate_kg_day": between(rate, max(rate * doubt, 0.3)),
        "effective_area_m2": between(math.pi / 4 * hole**2 * 0.8, math.pi / 4 * hole**2 * 0.8 * doubt),
        "equivalent_diameter_m": between(hole, hole * doubt * 0.8),
        "discharge_coefficient": {"median": 0.8, "low": 0.6, "high": 0.98},
        "law": "choked orifice",
        "law_probability": {"orifice": 0.5, "crack": 0.5},
        "exponent": {"median": 1.75, "low": 0.6, "high": 2.9},
        "pressure_fallen": 0.002,
        "volume_m3": {"median": 916.0, "low": 870.0, "high": 960.0},
        "pressure_pa": 99500.0,
        "location": [{"compartment": "ms09_om", "probability": place}]
        + [{"compartment": c, "probability": (1 - place) * share} for c, share in rest],
        "location_why": "Pressure holds on the station's side of the closed Rassvet hatch and falls beyond it" if sure
        else "No hatch has been closed since the onset: only the prior leak weight of each compartment speaks",
        "hatch_tests": HATCH_TESTS, "evidence": EVIDENCE if sure else [], "conflicts": CONFLICTS if sure else [],
        "reserve_time_s": reserve,
        "set_aside": [
            {"cause": "temperature", "probability": other * 0.6,
             "why": "Mean gas temperature would have to fall 0.32 K/h for hours; thermometers fell 0.02 K/h"},
            {"cause": "oxygen_supply", "probability": other * 0.25, "why": "Nitrogen fell with oxygen in proportion"},
            {"cause": "vent_open", "probability": other * 0.1, "why": "No vent valve reported open"},
            {"cause": "sensor", "probability": other * 0.05, "why": "Two sensors in two modules fell together"},
        ],
        "leak_probability": probability,
        "would_change": "A pressure that stays flat for 3 h with the supply valves closed",
    }  # fmt: skip
    return Event(time_s, "estimate", INCIDENT, data)


def state(time_s: float, previous: str, after: str, trigger: str, why: str) -> Event:
    """A change of the incident's state."""
    return Event(
        time_s, "incident_state", INCIDENT, {"previous": previous, "state": after, "trigger": trigger, "why": why}
    )


def quality(kind: str, channel: str | None, start: str, end: str, count: int, why: str) -> Event:
    """A stretch of doubtful data."""
    start_s, end_s = at(start), at(end)
    data = {
        "kind": kind,
        "channel": channel,
        "start_utc": utc_text(start_s),
        "end_utc": utc_text(end_s),
        "count": count,
    }
    return Event(end_s, "quality", None, {**data, "why": why})


def step(kind: str, start: str, end: str, mass: dict[str, float] | None, channel: str | None, why: str) -> Event:
    """Gas gained or lost at once, or a sensor that jumped."""
    data = {"kind": kind, "group": 0, "start_utc": utc_text(at(start)), "end_utc": utc_text(at(end)), "mass_kg": mass}
    weighed = {
        "took_s": {"median": 240.0, "low": 0.0, "high": 480.0} if mass else None,
        "probability": 0.87,
        "set_aside": [
            {"cause": "sensor step", "probability": 0.12, "why": "nothing to compare it with"},
            {"cause": "leak", "probability": 0.0004, "why": "a leak goes on falling; this did not"},
        ],
    }
    return Event(at(end), "step", None, {**data, "channel": channel, **weighed, "why": why})


def night() -> list[Event]:
    """The whole record, in order of time."""
    return [started(), *sorted([*_happenings(), *_trends()], key=lambda event: event.time_s), _ended()]


def _ended() -> Event:
    data = {
        "span_utc": [utc_text(START_S), utc_text(END_S)],
        "interrupted": False,
        "readings": 611_204,
        "frames": 242_160,
    }
    more = {
        "channels_missing": ["AIRLOCK000049"],
        "signal_lost_s": 2640.0,
        "undecided_why": None,
        "detectable_kg_day": 6.1,
        "detectable_since_utc": utc_text(START_S),
    }
    return Event(END_S, "watch_ended", None, {**data, **more})


def _happenings() -> Iterator[Event]:
    closed = set(_CLOSED)
    yield Event(START_S, "groups_changed", None, {"groups": groups(closed), "changed": [], "why": "first positions",
                                                  "hatches": {w: w not in closed for w in _WAYS}})  # fmt: skip
    yield step(
        "step_loss",
        "29T09:12",
        "29T09:20",
        between(-0.9, 0.25),
        None,
        "Pressure fell once and stayed: vestibule vented",
    )
    yield quality("gap", None, "29T03:10", "29T03:22", 720, "The feed was silent: loss of signal")
    yield quality("gap", None, "30T04:40", "30T05:12", 1920, "The feed was silent: loss of signal")
    yield quality(
        "stuck", "USLAB000059", "30T12:00", "30T15:30", 12600, "Unchanged for 3.5 h; the last value was not used"
    )
    yield quality("outlier", "USLAB000058", "31T02:00", "31T02:00", 1, "A reading 40 mmHg off stood alone")
    when = at("29T23:02")
    onset = {
        "median": "2018-08-29T17:40:00.000Z",
        "low": "2018-08-29T15:55:00.000Z",
        "high": "2018-08-29T18:55:00.000Z",
    }
    yield Event(when, "incident_opened", INCIDENT, {"medium": "air", "group": 0, "detected_utc": utc_text(when),
                "onset_utc": onset, "why": "Corrected gas fell 5.7 kg (4.1 to 7.3) since the onset; log-likelihood ratio 13"})  # fmt: skip
    yield Event(when, "alarm", INCIDENT, {"alarm_class": "advisory", "state": "unacknowledged",
                                          "text": "Possible air leak, 24 kg/day (15 to 33)"})  # fmt: skip
    yield state(
        at("29T23:50"),
        "suspected",
        "confirmed",
        "evidence_strong",
        "Leak probability 0.993; every other cause below 0.5 %",
    )
    yield Event(at("29T23:50"), "alarm", INCIDENT, {"alarm_class": "caution", "state": "unacknowledged",
                "text": "Air leak, 25 kg/day (20 to 30); evacuation limit in 14 days (11 to 18)"})  # fmt: skip
    yield Event(
        at("30T00:20"), "alarm", INCIDENT, {"alarm_class": "caution", "state": "acknowledged", "text": "Taken by ETHOS"}
    )
    closed |= {"pma1-fgb"}
    yield moved(at("30T07:40"), closed, ("pma1-fgb",), False, "Search: US and Russian segments apart")
    closed |= {"fgb-rassvet"}
    yield moved(at("30T08:50"), closed, ("fgb-rassvet",), False, "Search: Rassvet and Soyuz MS-09 apart")
    yield state(at("30T10:05"), "confirmed", "located", "place_known", "Soyuz MS-09 orbital module holds 91 %")
    yield state(
        at("30T10:06"), "located", "isolated", "isolated", "Pressure holds on the station's side of the Rassvet hatch"
    )
    closed -= {"pma1-fgb", "fgb-rassvet"}
    yield moved(at("30T13:30"), closed, ("pma1-fgb", "fgb-rassvet"), True, "Crew returns to patch the hole")
    yield state(at("30T13:31"), "isolated", "located", "reopened", "The Rassvet hatch is open again")
    yield state(
        at("30T19:10"), "located", "stopped", "rate_zero", "Rate 0.1 kg/day (-0.9 to 1.1) since the epoxy patch"
    )
    yield Event(
        at("30T19:10"), "alarm", INCIDENT, {"alarm_class": "caution", "state": "returned", "text": "Leak stopped"}
    )
    yield Event(
        at("30T20:00"),
        "operation",
        None,
        {"kind": "makeup", "channel": "70P", "state": "open", "why": "Air from Progress"},
    )
    yield step(
        "repressurisation",
        "30T20:00",
        "30T21:10",
        between(13.4, 0.6),
        None,
        "Pressure rose 10 mmHg with the Progress valve open",
    )
    yield from answers(at)
    yield state(at("31T14:00"), "stopped", "cleared", "hold_proved", "An 18 h hold bounds the rate below 0.6 kg/day")
    for i in range(60):
        t = at("29T23:02") + i * 2500.0
        if t < at("30T15:00"):
            n = 1 + i * 0.12
            done = t > at("30T10:05")
            yield estimate(t, 26.0 - 2.0 / n, 0.38 / n**1.2 + 0.06, done, 0.91 if done else 0.45, 1 - 0.03 / n**4)
        elif t < at("31T14:00"):
            rate = 7.0 if t < at("30T19:00") else 0.4
            yield estimate(t, rate, 0.25, True, 0.94, 0.9995)


def _trends() -> Iterator[Event]:
    draw = random.Random(9)
    pressure, low, t = 748.0, 748.0, START_S
    closed: set[str] = set(_CLOSED)
    ratio = 0.0
    while t <= END_S:
        rate = 0.0 if t < at("29T17:40") else 0.8 if t < at("30T14:50") else 0.2 if t < at("30T19:00") else 0.0
        apart = at("30T08:50") <= t < at("30T13:30")
        us = at("30T07:40") <= t < at("30T13:30")
        closed = set(_CLOSED) | ({"pma1-fgb"} if us else set()) | ({"fgb-rassvet"} if apart else set())
        if apart:
            low -= 0.8 * 34 * STEP_S / 3600 * 0.1
        else:
            pressure -= rate * STEP_S / 3600
            low = pressure
        if at("30T20:00") <= t < at("30T21:10"):
            pressure += 10.0 * STEP_S / 4200
        heat = 0.18 * math.sin(2 * math.pi * (t - START_S) / 86400)
        ratio = min(60.0, ratio + 0.55) if rate else max(0.0, ratio * 0.9 + draw.gauss(0, 0.2))
        wander = draw.gauss(0, 0.04)
        if not at("30T04:40") < t < at("30T05:12"):
            yield trend(t, closed, pressure + heat + wander, low + heat, rate * 32.2 + draw.gauss(0, 1.0), ratio)
        t += STEP_S


def quiet_day() -> list[Event]:
    """A day on which nothing leaks: an airlock depressurisation, one loss of signal."""
    draw = random.Random(4)
    closed = set(_CLOSED)
    begin, end = START_S, START_S + 86_400.0
    events = [started(reconstructed=False, provenance="ISSLIVE public feed", source="isslive-2018-08-29.parquet")]
    events.append(moved(begin, closed, (), True, "first positions"))
    for i in range(109):
        t = begin + i * 800.0
        heat = 0.2 * math.sin(2 * math.pi * i / 108) - (0.9 if t > begin + 40_000 else 0.0)
        events.append(
            trend(t, closed, 751.2 + heat + draw.gauss(0, 0.04), 751.2, draw.gauss(0.2, 0.8), abs(draw.gauss(0, 0.5)))
        )
    events.append(
        step("airlock", "29T11:05", "29T11:30", between(-1.4, 0.3), None, "Crewlock depressurised for an EVA")
    )
    events.append(quality("gap", None, "29T14:00", "29T14:09", 540, "The feed was silent: loss of signal"))
    data = {"span_utc": [utc_text(begin), utc_text(end)], "interrupted": False, "readings": 90_411, "frames": 85_860}
    more = {"channels_missing": [], "signal_lost_s": 540.0, "undecided_why": None, "detectable_kg_day": 6.1}
    more["detectable_since_utc"] = utc_text(begin)
    events.append(Event(end, "watch_ended", None, {**data, **more}))
    return sorted(events, key=lambda event: event.time_s)
