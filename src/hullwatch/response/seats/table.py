"""An answer about seats as JSON values."""

from collections.abc import Mapping
from typing import Any

from hullwatch.response.seats.answer import Answer
from hullwatch.response.seats.decision import Plan
from hullwatch.response.seats.impact import Apart
from hullwatch.response.seats.sensitivity import Reach, Sensitivity
from hullwatch.response.seats.timeline import Period
from hullwatch.response.seats.words import changes, costs_more, reasons, verdict
from hullwatch.units import utc_text
from hullwatch.vehicle.roster import Hazard, Roster

FIELDS: Mapping[str, str] = {
    "roster": "name of the case or file",
    "title": "what it is, in words",
    "worst_place": "the worst kind of place anybody has: full, degraded, improvised, cut off or none",
    "closed": "compartments shut for good",
    "periods": "stretches in which nothing changes; with `--at` those up to it, the last being the answer",
    "periods[].from_utc": "beginning",
    "periods[].until_utc": "end",
    "periods[].events": "what changed at the beginning, in words",
    "periods[].verdict": "one sentence",
    "periods[].reasons": "why, in words",
    "periods[].plan": "the best plan",
    "periods[].plan.rides": "a place for each person",
    "periods[].plan.rides[].person": "name",
    "periods[].plan.rides[].craft": "id of the craft, null without a place",
    "periods[].plan.rides[].place": "full, degraded, improvised or none",
    "periods[].plan.rides[].cut_off": "true if the craft can be reached only before the hatches are shut",
    "periods[].plan.rides[].moved": "true if it is not the craft of the stretch before",
    "periods[].plan.rides[].lacks": "what the place lacks, in words",
    "periods[].plan.without_place": "people without a place",
    "periods[].plan.cut_off": "people cut off",
    "periods[].plan.expected_loss_people": "if all had to leave then: median, low and high of all hazards together (c)",
    "periods[].plan.shortfalls": "things places lack, counted",
    "periods[].plan.moves": "people who change craft",
    "periods[].next_best": "the second best plan: what it does otherwise and what it costs more; null if there is none",
    "periods[].with_riders": "for each craft what the best plan with 0, 1, 2 ... riders costs more; null: impossible",
    "days": "for each person days with a place that is `degraded`, `improvised` or `none`",
    "homecomings": "who leaves the station in what",
    "homecomings[].time_utc": "when",
    "homecomings[].craft": "id of the craft, empty if people leave and no craft does",
    "homecomings[].aboard": "people whose place was in it",
    "homecomings[].stranded": "people who were to leave then and had their place elsewhere",
    "leaks": "each leak and what it means for a return",
    "leaks[].compartment": "where",
    "leaks[].state": "open or patched",
    "leaks[].crafts": "ids of the craft whose return it bears on: the one it is in, or those behind it",
    "leaks[].returns_anyway": "true if it does not stop a return",
    "leaks[].why": "in words",
    "shut": "what shutting `closed` costs, null if nothing is shut",
    "shut.cut_off": "craft that can be reached only before",
    "shut.unusable": "craft whose returning part is shut",
    "shut.lost_ports": "ids of docking ports",
    "shut.stranded_arrivals": "planned arrivals at lost ports: `craft`, `port`, `time_utc`, `free_ports`",
    "shut.apart": "who must be on which side: `craft`, `people`, `side` (compartments)",
    "walks": "spacewalks in the stretch",
    "walks[].name": "in words",
    "walks[].from_utc": "when",
    "walks[].crew": "who is out",
    "walks[].possible": "false if a compartment of its airlock is shut for good",
    "walks[].apart": "who must be on which side during it",
    "how_sure": "how far figures may move before another plan is best; null without `--at`, or if all seats are full",
    "how_sure.corners": "corners of the box of all stated intervals of probabilities",
    "how_sure.corners_held": "those where the plan is best; all of them: it is best anywhere inside",
    "how_sure.broken_by": "probabilities of the first corner where it is not",
    "how_sure.figures": "`name`, `unit`, `value`, `stated`, `label`, `holds_from`, `holds_to` (null: no end) of each",
    "how_sure.what_ifs": "one improvised place more or less: `if`, and `then` what changes, null if nothing",
}
"""What every key of the JSON means."""


def as_dict(answer: Answer) -> dict[str, Any]:
    """The answer as JSON values."""
    roster = answer.roster
    periods = list(answer.timeline.periods)
    if answer.at is not None:
        periods = [*periods[:-1], answer.at]
    return {
        "roster": roster.name,
        "title": roster.title,
        "worst_place": answer.worst,
        "closed": sorted(answer.closed),
        "periods": [_period(period, roster) for period in periods],
        "days": {
            name: {"degraded": d.degraded, "improvised": d.improvised, "none": d.none}
            for name, d in answer.timeline.days.items()
        },
        "homecomings": [
            {
                "time_utc": utc_text(home.time_s),
                "craft": home.craft,
                "aboard": list(home.aboard),
                "stranded": list(home.stranded),
            }
            for home in answer.timeline.homecomings
        ]
        if answer.at is None
        else [],
        "leaks": [
            {
                "compartment": x.leak.compartment,
                "state": x.state,
                "crafts": [craft.id for craft in x.crafts],
                "returns_anyway": x.returns_anyway,
                "why": x.why,
            }
            for x in answer.leaks
        ],
        "shut": _shut(answer),
        "walks": [
            {
                "name": w.walk.name,
                "from_utc": utc_text(w.walk.span.from_s),
                "crew": list(w.walk.crew),
                "possible": not w.lost_airlock,
                "apart": [_apart(x) for x in w.apart],
            }
            for w in answer.walks
        ],
        "how_sure": _how_sure(answer.sensitivity, answer) if answer.sensitivity is not None else None,
    }


def _period(period: Period, roster: Roster) -> dict[str, Any]:
    decision = period.decision
    second = decision.second
    return {
        "from_utc": utc_text(period.span.from_s),
        "until_utc": utc_text(period.span.until_s),
        "events": list(period.events),
        "verdict": verdict(decision, roster),
        "reasons": reasons(decision, roster),
        "plan": _plan(decision.best, roster.hazards),
        "next_best": None if second is None else _otherwise(decision.best, second, roster),
        "with_riders": {
            craft: [None if plan is None else costs_more(decision.best, plan, roster.hazards) for plan in plans]
            for craft, plans in decision.with_riders.items()
        },
    }


def _otherwise(best: Plan, other: Plan, roster: Roster) -> dict[str, str]:
    return {"does": changes(best, other, roster), "costs": costs_more(best, other, roster.hazards)}


def _plan(plan: Plan, hazards: Mapping[str, Hazard]) -> dict[str, Any]:
    low, median, high = plan.loss(hazards)
    return {
        "rides": [
            {
                "person": ride.person,
                "craft": ride.craft,
                "place": ride.state,
                "cut_off": ride.cut_off,
                "moved": ride.moved,
                "lacks": [s.words for s in ride.lacks],
            }
            for ride in plan.rides
        ],
        "without_place": plan.cost.without_place,
        "cut_off": plan.cost.cut_off,
        "expected_loss_people": {"median": median, "low": low, "high": high},
        "shortfalls": plan.cost.shortfalls,
        "moves": plan.cost.moves,
    }


def _shut(answer: Answer) -> dict[str, Any] | None:
    impact = answer.impact
    if impact is None:
        return None
    return {
        "cut_off": list(impact.cut_off),
        "unusable": list(impact.unusable),
        "lost_ports": [port.id for port in impact.lost_ports],
        "stranded_arrivals": [
            {"craft": craft.id, "port": port, "time_utc": utc_text(when), "free_ports": list(free)}
            for craft, port, when, free in impact.stranded_arrivals
        ],
        "apart": [_apart(x) for x in answer.apart],
    }


def _apart(apart: Apart) -> dict[str, Any]:
    return {"craft": apart.craft, "people": list(apart.people), "side": list(apart.side)}


def _how_sure(sure: Sensitivity, answer: Answer) -> dict[str, Any]:
    assert answer.at is not None  # noqa: S101  # there is no sensitivity without a moment
    best = answer.at.decision.best
    return {
        "corners": sure.corners,
        "corners_held": sure.corners_held,
        "broken_by": dict(sure.broken_by),
        "figures": [_figure(reach) for reach in sure.reaches],
        "what_ifs": [
            {"if": x.words, "then": None if x.plan is None else changes(best, x.plan, answer.roster)}
            for x in sure.what_ifs
        ],
    }


def _figure(reach: Reach) -> dict[str, Any]:
    return {
        "name": reach.name,
        "unit": reach.unit,
        "value": reach.value,
        "stated": list(reach.stated),
        "label": reach.label,
        "holds_from": reach.holds_from,
        "holds_to": reach.holds_to,
    }
