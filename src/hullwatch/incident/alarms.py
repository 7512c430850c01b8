"""One leak, one alarm: its class after the ISS classes, its state after ISA-18.2.

    normal --raise--> unacknowledged --acknowledge--> acknowledged --return--> normal
                        |      ^  <------escalate---------'
                      return   raise
                        v      |
                       returned --acknowledge--> normal          shelve / suppress from any of them

The class may rise while the alarm stands, never fall by itself: a smaller rate is seen in the numbers, not in a quieter
alarm. It falls only where somebody has lowered a limit since, for a reason that is in the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hullwatch.errors import IllegalTransition
from hullwatch.records import AlarmClass, Interval
from hullwatch.units import HOUR_S, MMHG_PA, mmhg

CLASSES: tuple[AlarmClass, ...] = ("advisory", "caution", "warning", "emergency")
"""ISS alarm classes, mildest first."""

CLASS_MEANING: Mapping[AlarmClass, str] = {
    "emergency": "class 1: rapid depressurisation; the whole crew acts at once",
    "warning": "class 2: immediate action",
    "caution": "class 3: no immediate action, but it will not wait for the next shift's end",
    "advisory": "class 4: for information and planning",
}

STATES: Mapping[str, str] = {
    "normal": "no alarm",
    "unacknowledged": "the condition stands and nobody has taken it",
    "acknowledged": "the condition stands and somebody has taken it",
    "returned": "the condition went away before anybody took it (returned to normal, unacknowledged)",
    "shelved": "an operator set it aside for a time",
    "suppressed": "suppressed by design, for instance during a planned depressurisation",
}
"""ISA-18.2 alarm states."""

_ACTIVE = ("normal", "unacknowledged", "acknowledged", "returned")
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("normal", "raise"): "unacknowledged",
    ("unacknowledged", "acknowledge"): "acknowledged",
    ("unacknowledged", "escalate"): "unacknowledged",
    ("unacknowledged", "ease"): "unacknowledged",  # a limit was lowered: a lower class, no less an alarm
    ("unacknowledged", "return"): "returned",
    ("acknowledged", "escalate"): "unacknowledged",  # a higher class must be taken anew
    ("acknowledged", "ease"): "acknowledged",
    ("acknowledged", "return"): "normal",
    ("returned", "acknowledge"): "normal",
    ("returned", "raise"): "unacknowledged",
    **{(state, "shelve"): "shelved" for state in _ACTIVE},
    **{(state, "suppress"): "suppressed" for state in _ACTIVE},
    ("shelved", "escalate"): "unacknowledged",  # shelving a caution does not shelve the emergency it becomes
    ("shelved", "unshelve"): "normal",  # raised again at once if the condition still stands
    ("suppressed", "unsuppress"): "normal",
}


def transition(state: str, trigger: str) -> str:
    """The alarm state after `trigger`; IllegalTransition when the table forbids it."""
    try:
        return TRANSITIONS[state, trigger]
    except KeyError:
        accepted = tuple(word for (origin, word) in TRANSITIONS if origin == state)
        raise IllegalTransition(state, trigger, accepted) from None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a leak deserves which class. Defaults [c]: the ISS figures are not public (domain facts, section 4).

    Any confirmed leak is at least an advisory. Reserve time counts to limits whose own class is at least as high.
    """

    caution_pa_s: float = 5.0 * MMHG_PA / HOUR_S
    warning_pa_s: float = 15.0 * MMHG_PA / HOUR_S
    emergency_pa_s: float = 60.0 * MMHG_PA / HOUR_S  # 1 mmHg per minute
    caution_reserve_s: float = 7 * 24 * HOUR_S
    warning_reserve_s: float = 24 * HOUR_S
    emergency_reserve_s: float = 3 * HOUR_S

    def fall_pa_s(self, alarm_class: AlarmClass) -> float:
        """Rate of pressure fall from which the class applies; 0 for an advisory."""
        return {
            "advisory": 0.0,
            "caution": self.caution_pa_s,
            "warning": self.warning_pa_s,
            "emergency": self.emergency_pa_s,
        }[alarm_class]

    def reserve_s(self, alarm_class: AlarmClass) -> float:
        """Reserve time below which the class applies."""
        return {
            "advisory": float("inf"),
            "caution": self.caution_reserve_s,
            "warning": self.warning_reserve_s,
            "emergency": self.emergency_reserve_s,
        }[alarm_class]


@dataclass(frozen=True, slots=True)
class Reserve:
    """Time left to one limit, and how serious that limit is."""

    limit: str
    alarm_class: AlarmClass
    reserve_time_s: Interval


@dataclass(frozen=True, slots=True)
class Alarm:
    """The one alarm of one incident."""

    incident: str
    alarm_class: AlarmClass
    state: str = "normal"
    under: tuple[tuple[str, float], ...] = ()  # limits, Pa, as they were when its class was last weighed


def alarm_class(
    fall_pa_s: Interval, reserves: Sequence[Reserve] = (), thresholds: Thresholds | None = None
) -> tuple[AlarmClass, str]:
    """The class a leak deserves, and why: the higher of what its pressure fall and its reserve times ask for.

    The fall counts with its median; reserve time with its low end, which is the safe side.
    """
    bounds = thresholds or Thresholds()
    for name in reversed(CLASSES[1:]):
        if fall_pa_s.median >= bounds.fall_pa_s(name):
            per_hour = mmhg(fall_pa_s.median) * HOUR_S
            return name, (
                f"pressure falls {per_hour:.3g} mmHg/h; {name} from {mmhg(bounds.fall_pa_s(name)) * HOUR_S:g} mmHg/h"
            )
        for reserve in reserves:
            serious = CLASSES.index(reserve.alarm_class) >= CLASSES.index(name)
            if serious and reserve.reserve_time_s.low < bounds.reserve_s(name):
                hours, bound = reserve.reserve_time_s.low / HOUR_S, bounds.reserve_s(name) / HOUR_S
                return name, f"{reserve.limit} may be reached in {hours:.3g} h; {name} below {bound:g} h"
    return "advisory", f"pressure falls {mmhg(fall_pa_s.median) * HOUR_S:.3g} mmHg/h, and no limit is near"


def on_leak(
    alarm: Alarm | None, incident: str, deserved: AlarmClass, under: tuple[tuple[str, float], ...] = ()
) -> tuple[Alarm, str]:
    """The incident's alarm while gas is leaving, and what moved it; "" mostly: it is said once, not each second.

    The watch knows nothing of what operators did; `alarm_list.fold` puts both together.
    """
    if alarm is None or alarm.state in ("normal", "returned"):
        state = transition(alarm.state if alarm else "normal", "raise")
        return Alarm(incident, deserved, state, under), "raise"
    higher = CLASSES.index(deserved) - CLASSES.index(alarm.alarm_class)
    if higher > 0 and alarm.state != "suppressed":
        return Alarm(incident, deserved, transition(alarm.state, "escalate"), under), "escalate"
    if higher < 0 and _lowered(alarm.under, under):
        return Alarm(incident, deserved, transition(alarm.state, "ease"), under), "ease"
    return replace(alarm, under=under), ""


def _lowered(before: tuple[tuple[str, float], ...], now: tuple[tuple[str, float], ...]) -> bool:
    """Whether a limit is lower than it was: falling gas has longer to go to it."""
    known = dict(before)
    return any(value < known.get(name, value) for name, value in now)


def on_end(alarm: Alarm) -> tuple[Alarm, str]:
    """The alarm when the leak stopped or was explained, and what moved it; "" if nothing did."""
    if alarm.state not in ("unacknowledged", "acknowledged"):
        return alarm, ""
    return replace(alarm, state=transition(alarm.state, "return")), "return"


def states_markdown() -> str:
    """The alarm states and their transitions as Markdown."""
    lines = ["| state | meaning | accepts |", "| --- | --- | --- |"]
    for state, meaning in STATES.items():
        moves = ", ".join(f"`{word}` → {to}" for (origin, word), to in TRANSITIONS.items() if origin == state)
        lines.append(f"| **{state}** | {meaning} | {moves} |")
    return "\n".join(lines) + "\n"
