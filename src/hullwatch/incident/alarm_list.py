"""The alarms as they stand: what the watch found and what operators did, folded by the ISA-18.2 table.

The watch says only what its condition does (raise, escalate, return); people acknowledge, shelve, suppress, own and
comment. Where the table of `alarms.py` has no entry for what came, the state stays: an alarm shelved stays shelved when
its condition comes again, and wakes when its class rises. Shelving ends by itself at its time of data, never by a clock
of the host, so a replay shows the same list.

Against chatter: a class latches (it rises, and never falls while the alarm stands); an alarm returns only once the
rate can no longer be told from nothing (95 %), far below where it was raised; and one returned unseen stays on the list
until somebody takes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from hullwatch.incident.alarms import TRANSITIONS, transition
from hullwatch.records import Event
from hullwatch.units import utc_seconds, utc_text

KINDS = ("alarm", "alarm_action", "evidence")
"""Events that are read here; any others only move the time of data on."""
_SEEN_BEFORE = ("evidence", "evidence_withdrawn")  # their time is when something was seen, not when it was said


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody did to an alarm. took: False where the state did not allow it (two centres at once)."""

    action: str
    by: str
    centre: str | None
    time_s: float
    comment: str
    took: bool

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "action": self.action, "by": self.by, "centre": self.centre, "utc": utc_text(self.time_s),
            "comment": self.comment, "took": self.took,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListedAlarm:
    """One alarm as it stands."""

    incident: str
    alarm_class: str = "advisory"
    state: str = "normal"
    stands: bool = False  # whether its condition is there, whatever people did to the alarm
    text: str = ""
    since_s: float = 0.0  # in this state
    until_s: float | None = None  # shelved until
    owner: str | None = None
    by: str | None = None  # who brought it into this state; None: the watch
    centre: str | None = None
    raised: int = 0  # how often its condition came
    actions: tuple[Action, ...] = ()
    evidence: tuple[int, ...] = field(default=())  # numbers of the evidence given for its incident

    @property
    def listed(self) -> bool:
        """Whether it asks for somebody: anything but normal."""
        return self.state != "normal"

    def as_dict(self) -> dict[str, Any]:
        """JSON form for page, terminal and report."""
        return {
            "incident": self.incident, "class": self.alarm_class, "state": self.state, "stands": self.stands,
            "text": self.text, "since_utc": utc_text(self.since_s), "owner": self.owner, "by": self.by,
            "centre": self.centre, "until_utc": None if self.until_s is None else utc_text(self.until_s),
            "comments": [
                {"by": a.by, "centre": a.centre, "utc": utc_text(a.time_s), "text": a.comment}
                for a in self.actions if a.comment
            ],
            "actions": [a.as_dict() for a in self.actions], "evidence": list(self.evidence), "raised": self.raised,
        }  # fmt: skip


def fold(events: Iterable[Event], now_s: float | None = None) -> list[ListedAlarm]:
    """Every alarm of a record, in the order in which they were first raised.

    now_s: time of data up to which shelving may have ended, when `events` holds only some kinds of event.
    """
    alarms: dict[str, ListedAlarm] = {}
    numbered = 0
    clock_s = float("-inf")
    for event in events:
        if event.kind not in _SEEN_BEFORE and event.time_s > clock_s:
            clock_s = event.time_s
            _wake(alarms, clock_s)
        if event.kind == "evidence":
            numbered += 1
            if event.incident in alarms:
                alarm = alarms[event.incident]
                alarms[event.incident] = replace(alarm, evidence=(*alarm.evidence, numbered))
        elif event.incident is not None and event.kind in ("alarm", "alarm_action"):
            alarm = alarms.get(event.incident) or ListedAlarm(event.incident)
            alarms[event.incident] = (_watched if event.kind == "alarm" else _acted)(alarm, event)
    if now_s is not None:
        _wake(alarms, now_s)
    return list(alarms.values())


def after(alarm: ListedAlarm, action: str) -> str:
    """The state after somebody's action; IllegalTransition where the table forbids it."""
    if action in ("own", "comment"):
        return alarm.state
    return _standing(transition(alarm.state, action), alarm.stands)


def _standing(state: str, stands: bool) -> str:
    """Set free from shelf or suppression, a condition that stands rings again at once."""
    return transition(state, "raise") if state == "normal" and stands else state


def _wake(alarms: dict[str, ListedAlarm], now_s: float) -> None:
    """End the shelving of every alarm whose time has come."""
    for name, alarm in alarms.items():
        if alarm.state == "shelved" and alarm.until_s is not None and alarm.until_s <= now_s:
            state = after(alarm, "unshelve")
            alarms[name] = replace(alarm, state=state, since_s=alarm.until_s, until_s=None, by=None, centre=None)


def _watched(alarm: ListedAlarm, event: Event) -> ListedAlarm:
    """The condition came, grew or went."""
    trigger = event.data.get("trigger") or _trigger_of(str(event.data.get("state")))
    stands = trigger != "return"
    state = TRANSITIONS.get((alarm.state, trigger), alarm.state)
    if state in ("normal", "returned") and stands:  # a higher class of what had returned: merged copies may say so
        state = transition(state, "raise")
    name = str(event.data.get("alarm_class", alarm.alarm_class))
    said = replace(
        alarm, alarm_class=name, stands=stands, text=str(event.data.get("text", "")),
        raised=alarm.raised + (trigger == "raise"),
    )  # fmt: skip
    if state == alarm.state:
        return said
    return replace(said, state=state, since_s=event.time_s, until_s=None, by=None, centre=None)


def _trigger_of(state: str) -> str:
    """What the watch meant in a record from before it wrote triggers."""
    return "return" if state in ("returned", "normal") else "raise"


def _acted(alarm: ListedAlarm, event: Event) -> ListedAlarm:
    """Somebody did something; what the table forbids is kept as said and changes nothing."""
    data = event.data
    action, by, centre = str(data.get("action")), str(data.get("by", "")), data.get("centre")
    moves = action not in ("own", "comment")
    took = not moves or (alarm.state, action) in TRANSITIONS
    done = Action(action, by, centre, event.time_s, str(data.get("comment") or ""), took)
    alarm = replace(alarm, actions=(*alarm.actions, done))
    if action == "own":
        return replace(alarm, owner=data.get("owner") or None)
    if not moves or not took:
        return alarm
    until_s = utc_seconds(str(data["until_utc"])) if action == "shelve" and data.get("until_utc") else None
    alarm = replace(alarm, state=after(alarm, action), since_s=event.time_s, until_s=until_s, by=by, centre=centre)
    return alarm
