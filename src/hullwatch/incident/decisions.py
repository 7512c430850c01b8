"""Decisions that need more than one centre: proposed, answered, in force only when every centre needed has agreed.

    proposed --every centre in `needs` agreed--> in_force
        `-----one of them refused--------------> refused

Whoever proposes has agreed. Answers of others are kept and do not count; an answer that comes after the decision was
taken is kept and changes nothing: what was done on it cannot be undone by a word, only by another decision.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hullwatch.records import Event
from hullwatch.units import utc_text

KINDS = ("decision_proposed", "decision_answered")
"""Events that are read here."""

STATES: Mapping[str, str] = {
    "proposed": "waits for the centres that have not answered",
    "in_force": "every centre it needs has agreed",
    "refused": "a centre it needs has refused",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a centre said to a decision, and whether that counted."""

    centre: str | None
    agree: bool
    by: str
    why: str
    time_s: float
    counts: bool

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "centre": self.centre, "agree": self.agree, "by": self.by, "why": self.why, "utc": utc_text(self.time_s),
            "counts": self.counts,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it stands."""

    decision: str
    what: str
    action: Mapping[str, Any] | None
    needs: tuple[str, ...]
    by: str
    centre: str | None
    time_s: float
    incident: str | None
    state: str
    since_s: float
    agreed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Centres that have to answer yet."""
        answered = {*self.agreed, *self.refused}
        return tuple(c for c in self.needs if c not in answered) if self.state == "proposed" else ()

    def as_dict(self) -> dict[str, Any]:
        """JSON form for page, terminal and report."""
        return {
            "decision": self.decision, "what": self.what, "action": self.action, "state": self.state,
            "needs": list(self.needs), "agreed": list(self.agreed), "refused": list(self.refused),
            "waits_for": list(self.waits_for), "by": self.by, "centre": self.centre, "incident": self.incident,
            "time_utc": utc_text(self.time_s), "since_utc": utc_text(self.since_s),
            "answers": [answer.as_dict() for answer in self.answers],
        }  # fmt: skip


def fold(events: Iterable[Event]) -> list[Decision]:
    """Every decision of a record, in the order proposed."""
    found: dict[str, Decision] = {}
    for event in events:
        name = str(event.data.get("decision", ""))
        if event.kind == "decision_proposed" and name not in found:
            found[name] = _proposed(name, event)
        elif event.kind == "decision_answered" and name in found:
            found[name] = _answered(found[name], event)
    return list(found.values())


def divided_crafts(
    crafts: Mapping[str, str], hatches: Mapping[str, Sequence[str]], now_open: Iterable[str], shut: Iterable[str]
) -> tuple[str, ...]:
    """Crafts that shutting these hatches would part from the others: closing that way cuts a port.

    crafts: port compartment by craft; hatches: the two sides by hatch. The part with most crafts is not named.
    """
    before = _parts(crafts, hatches, set(now_open))
    after = _parts(crafts, hatches, set(now_open) - set(shut))
    if after == before:
        return ()
    ports = {craft: next(k for k, part in enumerate(after) if port in part) for craft, port in crafts.items()}
    main = max(ports.values(), key=lambda k: (list(ports.values()).count(k), len(after[k]), -k), default=0)
    together = {craft: next(k for k, part in enumerate(before) if port in part) for craft, port in crafts.items()}
    newly = {c for c in ports for other in ports if together[c] == together[other] and ports[c] != ports[other]}
    return tuple(sorted(c for c in newly if ports[c] != main))


def _parts(crafts: Mapping[str, str], hatches: Mapping[str, Sequence[str]], now_open: set[str]) -> list[frozenset[str]]:
    """Compartments that open hatches join, in a settled order."""
    part = {c: frozenset((c,)) for c in (*crafts.values(), *(end for ends in hatches.values() for end in ends))}
    for name, (a, b) in hatches.items():
        if name in now_open and part[a] is not part[b]:
            joined = part[a] | part[b]
            part.update(dict.fromkeys(joined, joined))
    return sorted(set(part.values()), key=sorted)


def _proposed(name: str, event: Event) -> Decision:
    data, centre = event.data, event.data.get("centre")
    needs = tuple(str(c) for c in data.get("needs") or ())
    decision = Decision(
        name, str(data.get("what", "")), data.get("action"), needs, str(data.get("by", "")), centre, event.time_s,
        event.incident, "proposed", event.time_s, agreed=(centre,) if centre in needs else (),
    )  # fmt: skip
    return _settle(decision, event.time_s)


def _answered(decision: Decision, event: Event) -> Decision:
    data, centre = event.data, event.data.get("centre")
    agree = bool(data.get("agree"))
    counts = decision.state == "proposed" and centre in decision.needs
    answer = Answer(centre, agree, str(data.get("by", "")), str(data.get("why", "")), event.time_s, counts)
    decision = replace(decision, answers=(*decision.answers, answer))
    if not counts or centre is None:
        return decision
    if agree and centre not in decision.agreed:
        decision = replace(decision, agreed=(*decision.agreed, centre))
    elif not agree:
        decision = replace(decision, refused=(centre,))
    return _settle(decision, event.time_s)


def _settle(decision: Decision, time_s: float) -> Decision:
    """In force or refused, if that can be said now."""
    if decision.refused:
        return replace(decision, state="refused", since_s=time_s)
    if set(decision.needs) <= set(decision.agreed):
        return replace(decision, state="in_force", since_s=time_s)
    return decision
