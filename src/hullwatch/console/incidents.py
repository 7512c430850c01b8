"""One incident as the view shows it: the latest figures, each with its interval, and what was set aside and why."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hullwatch.console.ship import Ship
from hullwatch.incident import states, summary
from hullwatch.incident.answers import answer_lines
from hullwatch.incident.words import scaled
from hullwatch.records import Event
from hullwatch.units import MMHG_PA, utc_text

Data = Mapping[str, Any]


def told_incident(
    said: Data, fold: summary.Fold, ship: Ship, alarms: Iterable[Data], words: Mapping[str, Event | None]
) -> dict[str, Any]:
    """The incident of the summary `said`, with the figures of its latest estimate while gas was leaving."""
    latest = fold.incidents[said["id"]].leaking
    estimate: Data = latest.data if latest else {}
    time_s = latest.time_s if latest else 0.0
    rate = estimate.get("rate_kg_day")
    return {
        **{name: said[name] for name in ("id", "state", "detected_utc", "onset_utc", "may_be_older", "ended_utc",
                                          "leak_probability")},
        "estimate_utc": utc_text(time_s) if latest else None,
        "rate_kg_day": rate,
        "hole_mm": _scaled(estimate.get("equivalent_diameter_m"), 1e3),
        "area_mm2": _scaled(estimate.get("effective_area_m2"), 1e6),
        "best": {"rate_kg_day": said["rate_kg_day"], "rate_utc": said["rate_utc"],
                 "hole_mm": _scaled(said["equivalent_diameter_m"], 1e3)},
        **{name: said[name] for name in ("law", "law_probability", "exponent", "pressure_fallen", "volume_m3")},
        "pressure_mmhg": estimate["pressure_pa"] / MMHG_PA if estimate.get("pressure_pa") else None,
        "pressure_fall_mmhg_h": _fall(rate, estimate, ship) if said["state"] in states.OPEN else None,
        **{name: said[name] for name in ("location", "location_why", "set_aside", "would_change", "history")},
        "reserve": [_reserve(entry, fold.started, time_s) for entry in estimate.get("reserve_time_s") or ()],
        "alarm": next((alarm for alarm in alarms if alarm["incident"] == said["id"]), None),
        **{name: _word(event) for name, event in words.items()},
        **{name: said[name] for name in ("evidence", "conflicts")},
        "answers": answer_lines(said),
    }  # fmt: skip


def _scaled(interval: Data | None, factor: float) -> dict[str, float] | None:
    return scaled(interval, factor) if interval else None


def _fall(rate: Data | None, estimate: Data, ship: Ship) -> dict[str, float] | None:
    """Pressure lost an hour, mmHg: the rate's share of the gas of its group, times the group's pressure."""
    groups = {entry.get("group") for entry in estimate.get("reserve_time_s") or ()}
    group = ship.trend.get(groups.pop()) if len(groups) == 1 else None
    if not rate or not group or not group.get("mass_kg") or not group.get("pressure_pa"):
        return None
    return scaled(rate, group["pressure_pa"] / MMHG_PA / group["mass_kg"] / 24.0)


def _reserve(entry: Data, started: Data, time_s: float) -> dict[str, Any]:
    limits: Sequence[Data] = started.get("limits") or ()
    limit = next((one for one in limits if one.get("id") == entry.get("limit")), {})
    left = {end: float(entry[end]) for end in ("median", "low", "high")}
    value_pa = entry.get("value_pa", limit.get("value_pa"))  # as it was in force then; older records do not say
    return {
        "limit": entry.get("limit"),
        "group": entry.get("group"),
        "meaning": limit.get("meaning"),
        "alarm_class": limit.get("alarm_class"),
        "quantity": limit.get("quantity"),
        "value_mmhg": value_pa / MMHG_PA if value_pa else None,
        "time_s": left,
        "at_utc": {end: _utc(time_s + seconds) for end, seconds in left.items()},
    }


def _utc(time_s: float) -> str | None:
    """A moment as text; None where the calendar ends."""
    try:
        return utc_text(time_s)
    except (OverflowError, ValueError, OSError):
        return None


def _word(event: Event | None) -> dict[str, Any] | None:
    return None if event is None else {**event.data, "time_utc": utc_text(event.time_s)}
