"""An answer about seats in words."""

from collections.abc import Iterator, Mapping, Sequence

from hullwatch.response.seats.answer import Answer, WalkImpact
from hullwatch.response.seats.decision import Decision, Plan, Ride
from hullwatch.response.seats.moment import KELVIN, chance_too_hot
from hullwatch.response.seats.sensitivity import Reach, Sensitivity
from hullwatch.response.seats.timeline import Period
from hullwatch.units import utc_text
from hullwatch.vehicle.roster import HAZARDS, Hazard, Roster

PLACE = {"full": "", "degraded": "degraded", "improvised": "improvised", "none": "NO PLACE"}


def as_text(answer: Answer) -> str:
    """The answer for a person."""
    roster = answer.roster
    head = [roster.title, roster.provenance, "labels: a found in a source, b recalled, c chosen or estimated"]
    body = _moment(answer) if answer.at is not None else _course(answer)
    return "\n".join([*head, "", *body])


def day(time_s: float) -> str:
    """A moment to the minute, or only its day when it is midnight."""
    text = utc_text(time_s)
    return text[:10] if text[11:16] == "00:00" else f"{text[:10]} {text[11:16]}"


# --- one moment -------------------------------------------------------------------------------------------------------


def _moment(answer: Answer) -> Iterator[str]:
    assert answer.at is not None  # noqa: S101  # the caller has asked
    assert answer.at_s is not None  # noqa: S101
    decision, roster = answer.at.decision, answer.roster
    shut = f", with {', '.join(roster.named(x) for x in sorted(answer.closed))} shut" if answer.closed else ""
    since = f"since {day(answer.at.span.from_s)}: {'; '.join(answer.at.events) or 'the beginning'}"
    yield f"seats at {day(answer.at_s)} UTC{shut} ({since})"
    yield f"  docked: {'; '.join(_docked(decision, roster, k) for k in range(len(decision.now.crafts)))}"
    labels = {person.name: person.label for person in decision.now.people}
    yield from _table([_ride(roster, ride, labels[ride.person]) for ride in decision.best.rides])
    yield ""
    yield verdict(decision, roster)
    yield from (f"  because {line}" for line in reasons(decision, roster))
    if decision.second is not None:
        yield f"next best: {changes(decision.best, decision.second, roster)}"
        yield f"  costs {costs_more(decision.best, decision.second, roster.hazards)}"
    yield from _numbers(decision, roster)
    if answer.sensitivity is not None:
        yield from _how_sure(answer.sensitivity, decision.best, roster)
    yield from _around(answer)


def _docked(decision: Decision, roster: Roster, k: int) -> str:
    craft, pallets = decision.now.crafts[k], decision.now.pallets[k]
    stay = craft.stay(decision.now.time_s)
    port = f" at {roster.port(stay.port).name}" if stay is not None else ""
    return f"{craft.name} [{craft.label}]{port}, {craft.seats} seats" + (
        f" and {pallets} improvised" if pallets else ""
    )


def _ride(roster: Roster, ride: Ride, label: str) -> tuple[str, ...]:
    craft = roster.craft(ride.craft).name if ride.craft is not None else "-"
    place = "cut off" if ride.cut_off else PLACE[ride.state]
    return (
        f"{ride.person} [{label}]",
        craft,
        place,
        "moves" if ride.moved else "",
        "; ".join(s.words for s in ride.lacks),
    )


def verdict(decision: Decision, roster: Roster) -> str:
    """One sentence: does everyone have a place, of what kind, and what it risks."""
    best = decision.best
    kinds = [ride.state for ride in best.rides]
    if best.cost.without_place:
        names = ", ".join(ride.person for ride in best.rides if ride.craft is None)
        said = f"WITHOUT A PLACE: {names}. This is the least bad plan."
    elif best.cost.cut_off:
        names = ", ".join(ride.person for ride in best.rides if ride.cut_off)
        crafts = sorted({roster.craft(ride.craft).name for ride in best.rides if ride.cut_off and ride.craft})
        side = f"must be on the side of {' or '.join(crafts)} when the hatches are shut, and can then only leave in it"
        said = f"Everyone has a place, but CUT OFF: {names} {side}."
    elif best.cost.shortfalls:
        odd = [f"{kinds.count(kind)} {kind}" for kind in ("degraded", "improvised") if kind in kinds]
        said = f"Everyone has a place; {' and '.join(odd)}."
    else:
        said = "Everyone has a full seat."
    return f"{said} Expected loss if all had to leave now: {_loss(best, roster.hazards)} people (c)."


def reasons(decision: Decision, roster: Roster) -> list[str]:
    """Why this plan: what keeping the old places would cost, and one rider more or less in what is not whole."""
    best = decision.best
    found = []
    if best.cost.moves and decision.stay is not None:
        found.append(f"keeping the places they had costs {costs_more(best, decision.stay, roster.hazards)}")
    if best.cost.moves and decision.stay is None:
        had = (decision.now.now_in[ride.person] for ride in best.rides if ride.moved)
        gone = sorted({roster.craft(craft).name for craft in had if craft is not None})
        found.append(f"the places they had are gone: {', '.join(gone) or 'they had none'}")
    for craft in decision.now.crafts:
        fault = next((f for f in decision.now.faults[craft.id] if f.heat is not None), None)
        concerned = best.riders(craft.id) or craft.id in decision.now.now_in.values()
        if fault is None or fault.heat is None or not concerned:
            continue
        heat, most = fault.heat, len(decision.with_riders[craft.id]) - 1
        expected = ", ".join(
            f"{heat.temperature_k(n) - KELVIN:.0f} degC with {n} ({chance_too_hot(heat, n):.0%} above it)"
            for n in range(1, most + 1)
        )
        found.append(
            f"people warm the cabin of {craft.name} ({fault.name} [{fault.label}]); its limit is "
            f"{heat.limit_k.value - KELVIN:.0f} degC [{heat.limit_k.label}], expected are {expected}, "
            f"sd {heat.sd_k.value:.0f} K [{heat.sd_k.label}]"
        )
    return found


def changes(best: Plan, other: Plan, roster: Roster) -> str:
    """What another plan does differently."""
    before = {ride.person: ride for ride in best.rides}
    said = [
        f"{ride.person} {_where(ride, roster)}"
        for ride in other.rides
        if (ride.craft, ride.improvised) != (before[ride.person].craft, before[ride.person].improvised)
    ]
    return ", ".join(said) or "the same places"


def _where(ride: Ride, roster: Roster) -> str:
    if ride.craft is None:
        return "without a place"
    return f"in {roster.craft(ride.craft).name}{' (improvised)' if ride.improvised else ''}"


def costs_more(best: Plan, other: Plan, hazards: Mapping[str, Hazard]) -> str:
    """What another plan costs more, at the first thing that counts; an interval where it is a judgement."""
    a, b = best.cost, other.cost
    if b.without_place != a.without_place:
        return f"{_people(b.without_place - a.without_place)} without a place"
    if b.cut_off != a.cut_off:
        return f"{_people(b.cut_off - a.cut_off)} cut off"
    if b.loss_nano != a.loss_nano:
        low, high = loss_between(best, other, hazards)
        return f"{(b.loss_nano - a.loss_nano) * 1e-9:.2g} [{low:.2g}, {high:.2g}] people more expected loss (c)"
    if b.shortfalls != a.shortfalls:
        return f"{b.shortfalls - a.shortfalls} more shortfalls, expected loss the same"
    if b.moves != a.moves:
        return f"{b.moves - a.moves} more moves, all else the same"
    return "nothing: it is as good"


def loss_between(best: Plan, other: Plan, hazards: Mapping[str, Hazard]) -> tuple[float, float]:
    """Least and most that another plan's expected loss exceeds the best's, over all stated intervals together."""
    low = high = 0.0
    for id, hazard in hazards.items():
        more = other.weights.get(id, 0.0) - best.weights.get(id, 0.0)
        low += more * (hazard.low if more > 0.0 else hazard.high)
        high += more * (hazard.high if more > 0.0 else hazard.low)
    return low, high


def _numbers(decision: Decision, roster: Roster) -> Iterator[str]:
    """For every craft that is not whole: the best plan with each number of riders."""
    best = decision.best
    for craft in decision.now.crafts:
        if not (decision.now.faults[craft.id] or craft.id in decision.now.leaking):
            continue
        yield f"riders of {craft.name}, the best plan with each number:"
        rows = []
        for n, plan in enumerate(decision.with_riders[craft.id]):
            if plan is None:
                continue
            if n == len(best.riders(craft.id)):
                rows.append((f"{n}", "chosen", f"expected loss {_loss(plan, roster.hazards)}"))
            else:
                rows.append((f"{n}", "", f"costs {costs_more(best, plan, roster.hazards)}"))
        yield from _table(rows)


def _how_sure(sure: Sensitivity, best: Plan, roster: Roster) -> Iterator[str]:
    yield "how far a judged figure may move before another plan is best (one at a time):"
    yield from _table([_reach(reach, roster) for reach in sure.reaches])
    if sure.corners_held == sure.corners:
        yield (
            f"  and for all probabilities at once, temperatures as stated: best at all {sure.corners} corners of their "
            "intervals, so anywhere inside them"
        )
    else:
        values = ", ".join(f"{id} {value:.2g}" for id, value in sure.broken_by.items())
        yield (
            f"  but not for all at once: best at {sure.corners_held} of {sure.corners} corners of their intervals; "
            f"another plan wins for instance at {values}"
        )
    for what_if in sure.what_ifs:
        said = "the answer stays" if what_if.plan is None else changes(best, what_if.plan, roster)
        yield f"  with {what_if.words}: {said}"


def _reach(reach: Reach, roster: Roster) -> tuple[str, ...]:
    if reach.unit == "K":
        craft, what = reach.name.split(" ", 1)
        name = f"{roster.craft(craft).name}, {what}"
        value, low, high = (None if x is None else x - KELVIN for x in (reach.value, reach.holds_from, reach.holds_to))
        said = f"{value:.0f} degC [{reach.label}]"
        between = _between(low, high, "{:.1f} degC", "15 K lower", "15 K higher")
    else:
        name = HAZARDS.get(reach.name, reach.name)
        low, high = reach.stated
        said = f"{reach.value:.2g} [{low:.2g}, {high:.2g}] [{reach.label}]"
        between = _between(reach.holds_from, reach.holds_to, "{:.2g}", "0", "1")
    return name, said, between


def _between(low: float | None, high: float | None, shape: str, least: str, most: str) -> str:
    if low is None and high is None:
        return f"holds from {least} to {most}"
    return f"holds from {least if low is None else shape.format(low)} to {most if high is None else shape.format(high)}"


# --- the whole time ---------------------------------------------------------------------------------------------------


def _course(answer: Answer) -> Iterator[str]:
    roster, course = answer.roster, answer.timeline
    yield f"seats from {day(roster.span.from_s)} to {day(roster.span.until_s)} UTC"
    rows: list[tuple[str, ...]] = [("from", "aboard", "places", "expected loss", "what happens")]
    rows += [_period(period, roster) for period in course.periods]
    yield from _table(rows)
    yield ""
    for period in course.periods:
        best = period.decision.best
        if best.cost.moves or best.cost.without_place or best.cost.cut_off:
            yield f"{day(period.span.from_s)}: {_moves(best, roster)}"
            yield from (f"  because {line}" for line in reasons(period.decision, roster))
    yield "days with a place that is not a full seat:"
    days = [(name, d) for name, d in course.days.items() if d.degraded or d.improvised or d.none]
    if days:
        total = [sum(getattr(d, kind) for _, d in days) for kind in ("degraded", "improvised", "none")]
        rows = [("", "degraded", "improvised", "none")]
        rows += [(n, f"{d.degraded:.1f}", f"{d.improvised:.1f}", f"{d.none:.1f}") for n, d in days]
        yield from _table([*rows, ("all together", *(f"{t:.1f}" for t in total))])
    else:
        yield "  none"
    yield "who goes home in what:"
    rows = []
    for home in course.homecomings:
        who = ", ".join(home.aboard) or "nobody"
        rows.append((day(home.time_s), roster.craft(home.craft).name if home.craft else "no craft", who))
        if home.stranded:
            rows.append(("", "left behind", ", ".join(home.stranded)))
    yield from _table(rows or [("nobody leaves",)])
    yield from _around(answer)
    yield "ask for a date with --at: its next best, and how far the judged figures may move"


def _period(period: Period, roster: Roster) -> tuple[str, ...]:
    best = period.decision.best
    kinds = ["cut off" if ride.cut_off else ride.state for ride in best.rides]
    odd = [f"{kinds.count(k)} {k}" for k in ("degraded", "improvised", "cut off", "none") if k in kinds]
    happens = "; ".join(period.events) or "the beginning"
    return (
        day(period.span.from_s),
        str(len(best.rides)),
        ", ".join(odd) or "all full",
        _loss(best, roster.hazards),
        happens,
    )


def _moves(plan: Plan, roster: Roster) -> str:
    into: dict[str, list[str]] = {}
    for ride in plan.rides:
        if ride.moved or ride.craft is None:
            into.setdefault(_where(ride, roster), []).append(ride.person)
    return "; ".join(
        f"{', '.join(names)} {'' if 'without' in where else 'to a place '}{where}" for where, names in into.items()
    )


# --- leaks, shut compartments, spacewalks -----------------------------------------------------------------------------


def _around(answer: Answer) -> Iterator[str]:
    roster = answer.roster
    for leak in answer.leaks:
        where = roster.named(leak.leak.compartment)
        if leak.crafts:
            stops = "does not stop" if leak.returns_anyway else "puts at risk"
            names = ", ".join(craft.name for craft in leak.crafts)
            yield f"leak in {where} ({leak.state}): {stops} the return of {names}"
        else:
            yield f"leak in {where} ({leak.state}): no return depends on it"
        yield f"  because {leak.why}"
    if answer.impact is not None:
        yield f"shut for good: {', '.join(roster.named(x) for x in answer.impact.closed)}"
        cut = [*answer.impact.cut_off, *answer.impact.unusable]
        yield f"  craft out of reach: {', '.join(roster.craft(c).name for c in cut) or 'none'}"
        yield f"  docking ports lost: {', '.join(port.name for port in answer.impact.lost_ports) or 'none'}"
        for craft, port, when, free in answer.impact.stranded_arrivals:
            others = ", ".join(roster.port(p).name for p in free) or "none"
            yield f"  {craft.name}, due {day(when)} at {roster.port(port).name}, needs another port (free: {others})"
        for apart in answer.apart:
            yield f"  {', '.join(apart.people)} must be on the side of {roster.craft(apart.craft).name}"
    for walk in answer.walks:
        yield from _walk(walk, roster)


def _walk(impact: WalkImpact, roster: Roster) -> Iterator[str]:
    walk = impact.walk
    yield f"{walk.name}, {day(walk.span.from_s)}{'' if walk.done else ' (not done)'}: {', '.join(walk.crew)} out"
    if impact.lost_airlock:
        yield f"  NOT POSSIBLE: {', '.join(roster.named(x) for x in impact.lost_airlock)} is shut"
    shut = ", ".join(roster.named(x) for x in walk.airlock)
    for apart in impact.apart:
        side = roster.craft(apart.craft).name
        yield f"  while {shut} is shut off, {', '.join(apart.people)} must stay on the side of {side}"
    if not impact.apart:
        yield f"  with {shut} shut off, everyone inside can reach their craft"


# --- small pieces -----------------------------------------------------------------------------------------------------


def _loss(plan: Plan, hazards: Mapping[str, Hazard]) -> str:
    low, median, high = plan.loss(hazards)
    return f"{median:.2g} [{low:.2g}, {high:.2g}]"


def _people(count: int) -> str:
    return "1 person more" if count == 1 else f"{count} people more"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))] if rows else []
    return [("  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))).rstrip() for row in rows]
