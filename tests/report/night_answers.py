"""The night's answers: next steps, time left, whether it holds, the way home, evidence. Made up like the night itself."""

# ruff: noqa: E501

from collections.abc import Iterator
from typing import Any

from hullwatch.records import Event

INCIDENT = "AIR-2018-08-29-1"


def between(middle: float, doubt: float) -> dict[str, float]:
    """An interval around a value."""
    return {"median": middle, "low": middle - doubt, "high": middle + doubt}


EVIDENCE: list[dict[str, Any]] = [
    {"name": "pressure", "says": "2 hatch tests weighed", "tells": True, "log_likelihood": {"ms09_om": 0.0, "rassvet": -4.0},
     "without_it": [{"compartment": "ms09_om", "probability": 0.7}], "moves_top_by": 0.24, "misleads_probability": None,
     "surprise": 0.2, "doubted": False},
    {"name": "#1 ultrasound", "says": "18 dB over the noise in ms09_om with the racks on", "tells": True,
     "log_likelihood": {"ms09_om": 0.0, "rassvet": -6.0}, "without_it": [{"compartment": "ms09_om", "probability": 0.8}],
     "moves_top_by": 0.14, "misleads_probability": 0.002, "surprise": 0.4, "doubted": False},
    {"name": "#2 report", "says": "somebody heard it in lab", "tells": True, "log_likelihood": {"lab": 0.0, "ms09_om": -2.0},
     "without_it": [{"compartment": "ms09_om", "probability": 0.96}], "moves_top_by": -0.02, "misleads_probability": 0.93,
     "surprise": 40.0, "doubted": True},
]  # fmt: skip
CONFLICTS = [{"one": "#1 ultrasound", "other": "#2 report", "times": 4100.0}]
HATCH_TESTS = {"why": "2 hatch tests weighed", "log_likelihood": {"ms09_om": 0.0, "rassvet": -4.0}}


def answers(at: "Any") -> Iterator[Event]:
    """Rows of the watch's answers, in order."""
    yield advice(
        at("29T23:51"),
        "step_by_step",
        "shut fgb-rassvet. Prokopyev, Gerst on the side of ms09_om",
        ["fgb-rassvet"],
        _tree(),
    )
    yield crew(at("29T23:51"))
    yield advice(
        at("30T10:06"),
        "isolated",
        "shut rassvet-ms09_om: only ms09_om is left",
        ["rassvet-ms09_om"],
        None,
        "Gerst in lab cannot reach Soyuz MS-09 through open hatches: open fgb-rassvet first.",
    )
    yield question(at("30T10:06"), "while_it_leaks")
    yield clearance(at("30T19:12"), "cannot_be_said", None)
    yield clearance(at("31T14:00"), "holds", 0.02)
    yield question(at("31T14:00"), "no")


def _side(suspects: list[str], p: float, then: "dict[str, Any] | None" = None) -> dict[str, Any]:
    return {"suspects": suspects, "probability": p, "compartments": suspects, "people": [], "stays_shut": False,
            "seals": [], "given_up": False, "then": then}  # fmt: skip


def _step(shut: str, a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    return {
        "opened": [],
        "shut": [shut],
        "work_s": 60.0,
        "reading_s": 300.0,
        "readings": 1,
        "limit_s": 900.0,
        "sides": [a, b],
    }


def _tree() -> dict[str, Any]:
    inner = _step("rassvet-ms09_om", _side(["ms09_om"], 0.45), _side(["rassvet"], 0.15))
    first = _step("fgb-rassvet", _side(["rassvet", "ms09_om"], 0.6, inner), _side(["fgb", "lab"], 0.4))
    return {
        "manner": "step_by_step", "why": "it parts 60 % from 40 %", "branches": [_side(["rassvet", "ms09_om", "fgb", "lab"], 1.0, first)],
        "rate_kg_s": between(3e-4, 2e-5), "time_s": between(3600.0, 600.0), "worst_s": between(7200.0, 900.0), "gas_kg": between(1.0, 0.2),
        "closures": 1.6, "most_closures": 2, "stepwise_s": between(3600.0, 600.0), "together_s": between(9000.0, 900.0),
        "switch_over_kg_s": None, "set_aside": [], "cut_off": [], "warnings": [], "afterwards": "watch the rest",
    }  # fmt: skip


def advice(time_s: float, manner: str, said: str, shut: list[str], tree: Any, refused: str | None = None) -> Event:
    """One next step."""
    data = {
        "manner": manner, "next": said, "why": "It parts 60 % of the probability from 40 %", "shut": shut, "opened": [],
        "work_s": 60.0, "reading_s": 300.0, "limit_s": 900.0, "reopen": "It can stay shut for 15 min",
        "expected": {"time_s": between(3600.0, 600.0), "worst_s": between(7200.0, 900.0), "kg": between(1.0, 0.2), "closures": 1.6, "most_closures": 2},
        "alternatives": [{"what": "pma1-fgb", "more": 240.0, "unit": "s", "why": "parts 40 from 60 %, and leads to 4 min more on the average"}],
        "refused": refused, "nobody_cut_off": None if refused else "Nobody is cut off from their return vehicle in any branch of this plan",
        "warnings": ["If it is in rassvet, Prokopyev, Gerst board Soyuz MS-09"], "afterwards": "Watch the rest for an hour", "tree": tree,
    }  # fmt: skip
    return Event(time_s, "advice", INCIDENT, data)


def crew(time_s: float) -> Event:
    """How long people have."""
    here = [{"limit": "evacuation", "reserve_time_s": between(1.1e5, 1e4), "why": "people must have left"}]
    side = {"compartments": ["rassvet", "ms09_om"], "volume_m3": 28.0, "probability": 0.6, "hole_here": here,
            "hole_elsewhere": [{"limit": "evacuation", "reserve_time_s": None, "why": "not reached within ten years"}],
            "hatch_can_be_opened_s": between(2400.0, 300.0), "half_mmhg_rule_s": between(60.0, 8.0)}  # fmt: skip
    data = {
        "crew": [
            {"craft": "MS-09", "people": ["Prokopyev", "Gerst"], "limit": "evacuation", "time_s": between(1.1e6, 1e5), "abandon_s": 1e6},
            {"craft": "MS-08", "people": ["Feustel"], "limit": None, "time_s": None, "abandon_s": None},
        ],
        "if_shut": [{"hatch": "fgb-rassvet", "sides": [side]}],
    }  # fmt: skip
    return Event(time_s, "crew_time", INCIDENT, data)


def clearance(time_s: float, verdict: str, rate: float | None) -> Event:
    """One answer to whether it holds."""
    data = {
        "verdict": verdict, "compartments": ["ms09_om"], "because": "it loses less than the limit" if rate else "hatches are open: shut rassvet-ms09_om",
        "rate_kg_day": None if rate is None else between(rate, 0.03), "limit": "0.1 kg/day", "limit_kg_day": 0.1,
        "risk": {"false_leak": 1e-3, "false_hold": 1e-3}, "gauge": None if rate is None else "GAUGE", "held_since_utc": None,
        "held_s": 4e4 if rate else 0.0, "readings": 700 if rate else 0, "decided_after_s": 4e4 if rate else None,
        "earliest_after_s": {} if rate else {"holds": 45_000, "does_not_hold": 44_000}, "log_ratios": None,
    }  # fmt: skip
    return Event(time_s, "clearance", INCIDENT, data)


def question(time_s: float, answer: str) -> Event:
    """The way home."""
    data = {
        "question": "Does a hole in the orbital module stop the return of Soyuz MS-09?", "answer": answer,
        "why": "The orbital module is discarded before the entry", "compartment": "ms09_om", "crafts": ["MS-09"],
        "returns": "ms09_dm", "leaves_utc": "2018-12-20T01:40:00.000Z", "people": ["Prokopyev", "Gerst"],
        "if_shut": {"crafts_cut_off": ["MS-09"], "seats_lost": 3, "people_without_seat": ["Prokopyev", "Gerst"], "ports_lost": ["Rassvet"],
                    "why": "Soyuz MS-09 can then be entered no more, with 3 seats"},
        "place_probability": 0.94,
    }  # fmt: skip
    return Event(time_s, "return_question", INCIDENT, data)
