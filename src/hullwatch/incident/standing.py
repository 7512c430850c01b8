"""What a record holds that a statement must fit to: places, hatches, limits, incidents, alarms, decisions, centres."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hullwatch.incident import alarm_list, decisions
from hullwatch.incident.alarm_list import ListedAlarm
from hullwatch.incident.decisions import Decision, divided_crafts
from hullwatch.records import Event
from hullwatch.units import utc_seconds

KINDS = (
    "watch_started", "groups_changed", "incident_opened", "alarm", "alarm_action", "evidence", "decision_proposed",
    "decision_answered", "centre_joined", "hatch_report", "heard", "limit_changed", "merged",
)  # fmt: skip
"""Events that are read here."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The record as statements see it."""

    compartments: tuple[str, ...] = ()
    hatches: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # the two sides of each
    now_open: frozenset[str] = frozenset()  # by telemetry, or as last reported
    crew: tuple[str, ...] = ()  # names
    crafts: Mapping[str, str] = field(default_factory=dict)  # port compartment of each
    limits_pa: Mapping[str, float] = field(default_factory=dict)  # as last changed
    incidents: tuple[str, ...] = ()
    alarms: Mapping[str, ListedAlarm] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    centres: Mapping[str, str] = field(default_factory=dict)  # public key of each
    evidence: int = 0  # how many pieces were given
    disputed: tuple[str, ...] = ()  # hatches that merged copies contradict each other about, not looked at since

    def divided_by(self, shut: Iterable[str]) -> tuple[str, ...]:
        """Crafts that shutting these hatches would part from the others."""
        return divided_crafts(self.crafts, self.hatches, self.now_open, shut)


def standing(events: Iterable[Event], now_s: float | None = None) -> Standing:
    """Fold a record. now_s: time of data now, when `events` holds only the kinds above."""
    kept = list(events)
    started = next((e.data for e in reversed(kept) if e.kind == "watch_started"), {})
    listed = alarm_list.fold(kept, now_s)
    taken = decisions.fold(kept)
    return Standing(
        compartments=tuple(str(c["id"]) for c in started.get("compartments") or ()),
        hatches={str(h["id"]): (str(h["between"][0]), str(h["between"][1])) for h in started.get("hatches") or ()},
        now_open=hatches_open(kept),
        crew=tuple(str(person["name"]) for person in started.get("crew") or ()),
        crafts={str(c["id"]): str(c["port"]) for c in started.get("crafts") or () if c.get("port")},
        limits_pa=limits_pa(kept, now_s),
        incidents=tuple(str(e.incident) for e in kept if e.kind == "incident_opened"),
        alarms={alarm.incident: alarm for alarm in listed},
        decisions={decision.decision: decision for decision in taken},
        centres=centres(kept),
        evidence=sum(e.kind == "evidence" for e in kept),
        disputed=disputed_hatches(kept),
    )


def hatches_open(events: Iterable[Event]) -> frozenset[str]:
    """Hatches open by the last word on each: of telemetry where it spoke, of a person where one reported since and the
    watch does not go by telemetry or pressures that contradict it."""
    known: dict[str, bool] = {}
    for event in events:
        if event.kind == "groups_changed":
            said: Mapping[str, Any] = event.data.get("hatches") or {}
            moved = {c["hatch"] for c in event.data.get("changed") or ()}
            known.update({h: bool(v) for h, v in said.items() if h not in known or h in moved})
        elif event.kind == "hatch_report":
            known[str(event.data.get("hatch"))] = bool(event.data.get("open"))
        elif event.kind == "heard" and event.data.get("hatch") is not None:
            known[str(event.data["hatch"])] = bool(event.data.get("open")) is bool(event.data.get("followed"))
    return frozenset(h for h, is_open in known.items() if is_open)


def disputed_hatches(events: Iterable[Event]) -> tuple[str, ...]:
    """Hatches that a merge found open in one copy and shut in the other, and that nobody and nothing spoke of since."""
    found: dict[str, None] = {}
    for event in events:
        if event.kind == "merged":
            found.update({c["id"]: None for c in event.data.get("conflicts") or () if c.get("what") == "hatch"})
        elif event.kind == "hatch_report":
            found.pop(str(event.data.get("hatch")), None)
        elif event.kind == "groups_changed":
            for moved in event.data.get("changed") or ():
                found.pop(str(moved["hatch"]), None)
    return tuple(found)


def limits_pa(events: Iterable[Event], now_s: float | None = None) -> dict[str, float]:
    """Every limit, Pa: as the vehicle file has it, unless somebody changed it, before a restart or since.

    now_s: time of data now; one set for a time that is over is again the vehicle's.
    """
    described: dict[str, float] = {}
    changed: dict[str, float] = {}
    for event in events:
        if event.kind == "watch_started":
            described = {str(x["id"]): float(x["value_pa"]) for x in event.data.get("limits") or ()}
        elif event.kind == "limit_changed":
            name, until = str(event.data.get("limit")), event.data.get("until_utc")
            changed[name] = float(event.data.get("value_pa", float("nan")))
            if until and now_s is not None and utc_seconds(str(until)) <= now_s:
                changed.pop(name)
    return described | changed


def centres(events: Iterable[Event]) -> dict[str, str]:
    """Public key of every centre that joined, the last one it announced."""
    return {
        str(e.data["centre"]): str(e.data["public_key"])
        for e in events
        if e.kind == "centre_joined" and e.data.get("centre") and e.data.get("public_key")
    }
