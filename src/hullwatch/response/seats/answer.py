"""The whole answer to one question about seats, before it becomes words, JSON or a picture."""

from dataclasses import dataclass

from hullwatch.response.seats.decision import decide
from hullwatch.response.seats.impact import Apart, Impact, LeakImpact, apart, closing, leak_impacts
from hullwatch.response.seats.moment import moment
from hullwatch.response.seats.sensitivity import Sensitivity, sensitivity
from hullwatch.response.seats.timeline import Period, Timeline, timeline
from hullwatch.vehicle.roster import Roster, Walk


@dataclass(frozen=True, slots=True)
class WalkImpact:
    """A spacewalk: who must keep to which side during it, and whether its airlock is there."""

    walk: Walk
    apart: tuple[Apart, ...]
    lost_airlock: tuple[str, ...]  # compartments of its airlock that are shut for good


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything asked of a roster; `at` and what follows is there when a moment was asked for."""

    roster: Roster
    timeline: Timeline
    closed: frozenset[str]
    impact: Impact | None
    leaks: tuple[LeakImpact, ...]
    walks: tuple[WalkImpact, ...]
    at: Period | None = None
    at_s: float | None = None
    sensitivity: Sensitivity | None = None
    apart: tuple[Apart, ...] = ()

    @property
    def worst(self) -> str:
        """The worst kind of place anybody has: full, degraded, improvised, cut off or none."""
        order = ("full", "degraded", "improvised", "cut off", "none")
        periods = [self.at] if self.at is not None else list(self.timeline.periods)
        kinds = {"cut off" if ride.cut_off else ride.state for period in periods for ride in period.decision.best.rides}
        return max(kinds, key=order.index, default="full")


def answer(roster: Roster, at_s: float | None, closed: frozenset[str]) -> Answer:
    """Decide a roster: over its whole time, or at a moment; with compartments shut, at that moment or all the time.

    A moment is decided from the places people had until then. Compartments are shut at the moment asked for, and people
    move from where they were before.
    """
    if at_s is None:
        course = timeline(roster, closed)
        last = roster.span.until_s
        return Answer(
            roster,
            course,
            closed,
            closing(roster, roster.span.from_s, closed) if closed else None,
            _last_words(roster, last),
            tuple(_walk(roster, walk, course, closed) for walk in roster.walks),
        )
    course = timeline(roster, until_s=at_s)
    period = course.periods[-1]
    if closed:
        now_in = {ride.person: ride.craft for ride in period.decision.best.rides}
        shut = decide(moment(roster, at_s, closed, now_in), roster.hazards)
        period = Period(period.span, period.events, shut)
    best = period.decision.best
    coming = [w for w in roster.walks if w.span.from_s < period.span.until_s and at_s < w.span.until_s]
    return Answer(
        roster,
        course,
        closed,
        closing(roster, at_s, closed) if closed else None,
        leak_impacts(roster, at_s),
        tuple(_walk(roster, w, course, closed) for w in coming),
        period,
        at_s,
        # a plan of full seats bears no hazard but that of any return: no judgement can make another better
        sensitivity(period.decision.now, roster.hazards, best) if best.cost.shortfalls else None,
        apart(roster, at_s, closed, {ride.person: ride.craft for ride in best.rides}) if closed else (),
    )


def _last_words(roster: Roster, end_s: float) -> tuple[LeakImpact, ...]:
    """Each leak at the last moment its craft is there, which is when it matters whether it can return."""
    moments = {end_s - 1.0}
    for craft in roster.crafts:
        moments |= {min(stay.span.until_s, end_s) - 1.0 for stay in craft.stays}
    found: dict[str, LeakImpact] = {}
    for time_s in sorted(moments):
        for leak in leak_impacts(roster, time_s):
            if not leak.crafts or any(craft.stay(time_s) is not None for craft in leak.crafts):
                found[leak.leak.compartment] = leak
    return tuple(found.values())


def _walk(roster: Roster, walk: Walk, course: Timeline, closed: frozenset[str]) -> WalkImpact:
    period = course.at(walk.span.from_s) or course.periods[-1]
    inside = {r.person: r.craft for r in period.decision.best.rides if r.person not in walk.crew}
    begin, airlock = walk.span.from_s, frozenset(walk.airlock)
    already = {side.craft for side in apart(roster, begin, closed, inside)}
    sides = apart(roster, begin, airlock | closed, inside)
    return WalkImpact(
        walk, tuple(x for x in sides if x.craft not in already), tuple(x for x in walk.airlock if x in closed)
    )
