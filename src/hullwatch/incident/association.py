"""Is this the leak we already follow? A pure answer, with the sentence that goes into the record."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hullwatch.records import Detection, Interval
from hullwatch.units import DAY_S, kg_day, utc_text

LEAK_KINDS = frozenset({"leak_onset", "rate_rise", "rate_fall"})
RETURN_WITHIN_S = 30 * DAY_S
"""How long after a leak stopped the same place may leak again and still be called the same incident."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What association needs to know of an incident. `compartments`: every one the leak may be in."""

    id: str
    state: str
    onset_s: Interval
    compartments: frozenset[str]
    rate_kg_s: Interval
    last_s: float  # time of its latest estimate while gas was leaving


@dataclass(frozen=True, slots=True)
class Association:
    """The incident a detection belongs to, None for a new one, and why."""

    incident: str | None
    why: str


def incident_id(detected_s: float, taken: Collection[str], medium: str = "air") -> str:
    """Name of a new incident, from data alone: medium, UTC day of detection, number on that day."""
    day = utc_text(detected_s)[:10]
    number = 1
    while (name := f"{medium.upper()}-{day}-{number}") in taken:
        number += 1
    return name


def associate(incidents: Sequence[Followed], detection: Detection, compartments: frozenset[str]) -> Association:
    """The incident that `detection`, in the pressure group made of `compartments`, belongs to.

    Pressure alone cannot tell two holes in one group apart, so a change of rate in a group that already leaks
    belongs to the leak followed there; it is a new incident only where no followed leak can be.
    """
    if detection.kind not in LEAK_KINDS:
        return Association(None, f"a {detection.kind.replace('_', ' ')} is not a leak and belongs to no incident")
    here = [i for i in incidents if i.compartments & compartments and i.state != "dismissed"]
    leaking = [i for i in here if i.state not in ("stopped", "cleared")]
    if leaking:
        best = max(leaking, key=lambda i: (_overlap_s(i.onset_s, detection.onset_s), i.last_s, i.id))
        return Association(best.id, _why_same(best, detection, compartments))
    ended = [i for i in here if 0 <= detection.time_s - i.last_s <= RETURN_WITHIN_S and _alike(i, detection)]
    if ended and detection.kind != "rate_fall":
        best = max(ended, key=lambda i: (i.last_s, i.id))
        return Association(
            best.id,
            f"{best.id} {best.state} {(detection.time_s - best.last_s) / DAY_S:.1f} days ago in the same place "
            f"with a rate that overlaps this one ({_rates(best, detection)}): taken as the same leak, come back",
        )
    return Association(None, _why_new(incidents, here, detection))


def _overlap_s(a: Interval, b: Interval) -> float:
    """Seconds two intervals share; the negative gap when they share none."""
    return min(a.high, b.high) - max(a.low, b.low)


def _alike(incident: Followed, detection: Detection) -> bool:
    return _overlap_s(incident.rate_kg_s, detection.size) >= 0


def _rates(incident: Followed, detection: Detection) -> str:
    return f"{kg_day(incident.rate_kg_s.median):.3g} then, {kg_day(detection.size.median):.3g} kg/day now"


def _why_same(best: Followed, detection: Detection, compartments: frozenset[str]) -> str:
    shared = len(best.compartments & compartments)
    place = f"{shared} compartment{'s' if shared != 1 else ''} of this pressure group can hold {best.id}"
    if detection.kind == "leak_onset" and _overlap_s(best.onset_s, detection.onset_s) >= 0:
        return f"{place} and the onset intervals overlap"
    change = {"rate_rise": "grew", "rate_fall": "shrank"}.get(detection.kind, "shows again")
    return f"{place}; pressure alone cannot tell two holes in one group apart, so it is taken that {best.id} {change}"


def _why_new(incidents: Sequence[Followed], here: Sequence[Followed], detection: Detection) -> str:
    if not incidents:
        return "no incident is followed"
    if not here:
        return "no followed leak can be in this pressure group"
    last = max(here, key=lambda i: (i.last_s, i.id))
    return f"{last.id} is {last.state}, and neither its time nor its rate fits this one ({_rates(last, detection)})"
