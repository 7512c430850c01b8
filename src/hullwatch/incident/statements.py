"""What people may say to a record: one builder for each kind of statement, which refuses what cannot be.

Each takes `Standing` (what the record holds), the time of data at which it is entered and who says it, and gives an
event. `Record.append([event], key)` writes it, signed where there is a key. `entered_utc` is the host's clock at the
edge, for people to read; nothing is computed from it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from hullwatch.errors import DescriptionError
from hullwatch.incident import alarm_list, signing
from hullwatch.incident.chain import canonical
from hullwatch.incident.standing import Standing
from hullwatch.records import Event
from hullwatch.units import HOUR_S, utc_seconds, utc_text
from hullwatch.vehicle.observed import KINDS as OBSERVATIONS
from hullwatch.vehicle.observed import check_observed

KINDS = (
    "centre_joined", "alarm_action", "evidence", "evidence_withdrawn", "hatch_report", "decision_proposed",
    "decision_answered", "limit_changed", "crew_report",
)  # fmt: skip
"""Kinds of event that people say; all others are the watch's, or tell what was done to the record itself."""
ACTIONS: Mapping[str, str] = {
    "acknowledge": "take it",
    "shelve": "set it aside until a time of data, a day at most; it wakes by itself then, or when its class rises",
    "unshelve": "take it off the shelf before that",
    "suppress": "set it aside by design, for a reason that must be given, for instance a planned depressurisation; "
    "only `unsuppress` ends it",
    "unsuppress": "end that",
    "own": "name who takes care of it; nobody where no name is given",
    "comment": "say something about it",
}
"""What people may do to an alarm."""
EVIDENCE = tuple(OBSERVATIONS)
LONGEST_SHELF_S = 24 * HOUR_S
"""An alarm is set aside for a day of data at most [c]: longer is forgetting it."""
LONGEST_TEXT, LONGEST_NAME, LONGEST_DATA = 4_000, 200, 16_000
"""Letters of a comment or reason, of a person's name, of what was observed."""


def centre_joined(
    standing: Standing, time_s: float, centre: str, public_key: str, by: str, entered_utc: str | None = None
) -> Event:
    """A centre makes itself known with its public key; a new key of a centre known already is signed with the old."""
    data = {"centre": signing.centre_name(centre), "public_key": signing.public_key(public_key), "by": _person(by)}
    if standing.centres.get(centre) == data["public_key"]:
        raise DescriptionError("statement", "centre", centre, "a centre that has not joined with this key already")
    return _event(time_s, "centre_joined", None, data, entered_utc)


def alarm_action(
    standing: Standing,
    time_s: float,
    incident: str,
    action: str,
    by: str,
    centre: str | None = None,
    owner: str | None = None,
    comment: str = "",
    until_utc: str | None = None,
    entered_utc: str | None = None,
) -> Event:
    """Acknowledge, shelve (until a time of data), suppress, own or comment the alarm of an incident."""
    alarm = standing.alarms.get(incident)
    if alarm is None:
        raise _unknown("incident", incident, standing.alarms)
    if action not in ACTIONS:
        raise _unknown("action", action, ACTIONS)
    alarm_list.after(alarm, action)  # the table refuses what it does not have
    comment = _text("comment", comment, needed=action in ("comment", "suppress"))
    if action == "shelve":
        until_utc = _shelf_end(time_s, until_utc)
    data = {
        "action": action, "owner": _text("owner", owner or "", longest=LONGEST_NAME) or None, "comment": comment,
        "until_utc": until_utc if action == "shelve" else None, "by": _person(by), "centre": _centre(standing, centre),
    }  # fmt: skip
    return _event(time_s, "alarm_action", incident, data, entered_utc)


def evidence(
    standing: Standing,
    time_s: float,
    kind: str,
    observed: Mapping[str, Any],
    by: str,
    incident: str | None = None,
    note: str = "",
    centre: str | None = None,
    entered_utc: str | None = None,
) -> Event:
    """What somebody saw, heard or read by hand; time_s is when. It is weighed by `location` when it is read."""
    if kind not in EVIDENCE:
        raise _unknown("kind", kind, EVIDENCE)
    if incident is not None and incident not in standing.incidents:
        raise _unknown("incident", incident, standing.incidents)
    plain = _plain("observed", observed)
    try:
        check_observed(kind, plain, standing.compartments, standing.hatches)
    except DescriptionError as error:
        raise DescriptionError("statement", error.key, error.value, error.allowed) from error
    data = {
        "kind": kind, "observed": plain, "by": _person(by), "note": _text("note", note),
        "centre": _centre(standing, centre),
    }  # fmt: skip
    return _event(time_s, "evidence", incident, data, entered_utc)


def evidence_withdrawn(
    standing: Standing,
    time_s: float,
    number: int,
    by: str,
    why: str = "",
    centre: str | None = None,
    entered_utc: str | None = None,
) -> Event:
    """Evidence, by its number in the record from 1, was a mistake: it stays and is no longer weighed."""
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= standing.evidence:
        known = f"1 to {standing.evidence}" if standing.evidence else "none: there is no evidence"
        raise DescriptionError("statement", "number", number, known)
    data = {"number": number, "by": _person(by), "why": _text("why", why), "centre": _centre(standing, centre)}
    return _event(time_s, "evidence_withdrawn", None, data, entered_utc)


def hatch_report(
    standing: Standing,
    time_s: float,
    hatch: str,
    is_open: bool,
    by: str,
    note: str = "",
    centre: str | None = None,
    entered_utc: str | None = None,
) -> Event:
    """Somebody says that a hatch is open or shut."""
    if hatch not in standing.hatches:
        raise _unknown("hatch", hatch, standing.hatches)
    data = {
        "hatch": hatch, "open": _truth("open", is_open), "by": _person(by), "note": _text("note", note),
        "centre": _centre(standing, centre),
    }  # fmt: skip
    return _event(time_s, "hatch_report", None, data, entered_utc)


def crew_report(
    standing: Standing,
    time_s: float,
    people: Sequence[str] | str,
    compartment: str,
    by: str,
    note: str = "",
    centre: str | None = None,
    entered_utc: str | None = None,
) -> Event:
    """Somebody says where people are: who breathes in a part that is shut, and who can reach their craft."""
    names = [name.strip() for name in people.split(",")] if isinstance(people, str) else people
    if not isinstance(names, list | tuple) or not names:
        raise DescriptionError("statement", "people", str(people)[:60], "a list of names of the crew")
    for name in names:
        if name not in standing.crew:
            raise _unknown("people", name, standing.crew)
    if compartment not in standing.compartments:
        raise _unknown("compartment", compartment, standing.compartments)
    data = {
        "people": list(dict.fromkeys(names)), "compartment": compartment, "by": _person(by),
        "note": _text("note", note), "centre": _centre(standing, centre),
    }  # fmt: skip
    return _event(time_s, "crew_report", None, data, entered_utc)


def decision_proposed(
    standing: Standing,
    time_s: float,
    what: str,
    by: str,
    action: Mapping[str, Sequence[str]] | None = None,
    needs: Sequence[str] | None = None,
    incident: str | None = None,
    centre: str | None = None,
    entered_utc: str | None = None,
) -> Event:
    """A decision put to the centres it needs; shutting a hatch that parts docked craft needs every centre joined.

    needs: None for those it must have: every centre where craft would be parted, else the proposing one.
    """
    centre = _centre(standing, centre)
    moves = _moves(standing, action)
    parted = standing.divided_by(moves["shut"]) if moves else ()
    must = sorted(standing.centres) if parted else [centre] if centre else []
    asked = list(dict.fromkeys(must if needs is None else needs))
    for name in asked:
        if name not in standing.centres:
            raise _unknown("needs", name, standing.centres)
    if parted and set(must) - set(asked):
        allowed = f"all of {', '.join(must)}: it would part {', '.join(parted)} from the other craft"
        raise DescriptionError("statement", "needs", asked, allowed)
    if incident is not None and incident not in standing.incidents:
        raise _unknown("incident", incident, standing.incidents)
    side = centre or "here"
    number = 1 + sum(d.centre == centre for d in standing.decisions.values())
    data = {
        "decision": f"{side}-{number}", "what": _text("what", what, needed=True), "action": moves, "needs": asked,
        "by": _person(by), "centre": centre,
    }  # fmt: skip
    return _event(time_s, "decision_proposed", incident, data, entered_utc)


def decision_answered(
    standing: Standing,
    time_s: float,
    decision: str,
    agree: bool,
    by: str,
    why: str = "",
    centre: str | None = None,
    entered_utc: str | None = None,
) -> Event:
    """A centre agrees to a decision that waits for it, or refuses it."""
    asked = standing.decisions.get(decision)
    if asked is None:
        raise _unknown("decision", decision, standing.decisions)
    centre = _centre(standing, centre)
    if centre not in asked.waits_for:
        waits = ", ".join(asked.waits_for) or f"none: {decision} is {asked.state.replace('_', ' ')}"
        raise DescriptionError("statement", "centre", centre, f"one that {decision} waits for ({waits})")
    data = {
        "decision": decision, "agree": _truth("agree", agree), "why": _text("why", why, needed=not agree),
        "by": _person(by), "centre": centre,
    }  # fmt: skip
    return _event(time_s, "decision_answered", asked.incident, data, entered_utc)


def limit_changed(
    standing: Standing,
    time_s: float,
    limit: str,
    value_pa: float,
    why: str,
    by: str,
    until_utc: str | None = None,
    centre: str | None = None,
    entered_utc: str | None = None,
) -> Event:
    """A limit is set to another value, Pa, for a reason, and perhaps for a time: then it is again the vehicle's."""
    if limit not in standing.limits_pa:
        raise _unknown("limit", limit, standing.limits_pa)
    if isinstance(value_pa, bool) or not isinstance(value_pa, int | float) or not 0.0 <= value_pa <= 2e5:
        raise DescriptionError("statement", "value_pa", value_pa, "a pressure from 0 to 200000 Pa")
    data = {
        "limit": limit, "value_pa": float(value_pa), "until_utc": _limit_end(time_s, until_utc),
        "why": _text("why", why, needed=True), "by": _person(by), "centre": _centre(standing, centre),
    }  # fmt: skip
    return _event(time_s, "limit_changed", None, data, entered_utc)


def check_signer(standing: Standing, key: signing.CentreKey) -> None:
    """DescriptionError unless the centre of a key has joined this record with it: what another signs is no proof."""
    known = standing.centres.get(key.centre)
    if known is None:
        names = ", ".join(sorted(standing.centres)) or "none yet"
        allowed = f"a centre that has joined this record ({names}); `hullwatch record join` lets one join"
        raise DescriptionError("statement", "key", key.centre, allowed)
    if known != key.public_key:
        allowed = f"the key with which {key.centre} joined this record ({signing.key_id(known)})"
        raise DescriptionError("statement", "key", f"{key.centre} {signing.key_id(key.public_key)}", allowed)


def _event(time_s: float, kind: str, incident: str | None, data: dict[str, Any], entered_utc: str | None) -> Event:
    if not math.isfinite(time_s) or not 0.0 <= time_s < 1e11:
        raise DescriptionError("statement", "time_utc", time_s, "a time between 1970 and 5138")
    if entered_utc is not None:
        data["entered_utc"] = utc_text(utc_seconds(entered_utc))
    return Event(float(time_s), kind, incident, data)


def _unknown(field: str, value: Any, known: Any) -> DescriptionError:
    names = ", ".join(sorted(map(str, known)))
    return DescriptionError("statement", field, value, f"one of {names}" if names else "none: the record has none")


def _person(by: str) -> str:
    return _text("by", by, needed=True, longest=LONGEST_NAME)


def _centre(standing: Standing, centre: str | None) -> str | None:
    if centre is not None and centre not in standing.centres:
        raise _unknown("centre", centre, standing.centres)
    return centre


def _text(field: str, value: Any, needed: bool = False, longest: int = LONGEST_TEXT) -> str:
    """Words of a person: text, not too long, with nothing in it that a page or a terminal would obey."""
    allowed = f"{'words' if needed else 'text'}, at most {longest} letters, no control characters"
    if not isinstance(value, str):
        raise DescriptionError("statement", field, value, allowed)
    said = value.replace("\r\n", "\n").strip()
    wild = any(not (letter.isprintable() or letter in "\n\t ") for letter in said)
    if wild or len(said) > longest or (needed and not said):
        raise DescriptionError("statement", field, said[:60], allowed)
    return said


def _truth(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise DescriptionError("statement", field, value, "true or false")
    return value


def _plain(field: str, value: Any) -> dict[str, Any]:
    """A JSON object, finite and not too long."""
    try:
        text = canonical(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise DescriptionError("statement", field, str(value)[:60], "a JSON object with finite numbers") from error
    if not isinstance(value, Mapping) or len(text) > LONGEST_DATA:
        raise DescriptionError("statement", field, text[:60], f"a JSON object of at most {LONGEST_DATA} letters")
    plain: dict[str, Any] = json.loads(text)
    return plain


def _shelf_end(time_s: float, until_utc: str | None) -> str:
    last = utc_text(time_s + LONGEST_SHELF_S)
    allowed = f"a time of data after {utc_text(time_s)} and not after {last}"
    if not until_utc:
        raise DescriptionError("statement", "until_utc", until_utc, allowed)
    until_s = utc_seconds(until_utc)
    if not time_s < until_s <= time_s + LONGEST_SHELF_S:
        raise DescriptionError("statement", "until_utc", until_utc, allowed)
    return utc_text(until_s)


def _limit_end(time_s: float, until_utc: str | None) -> str | None:
    if until_utc is None or until_utc == "":
        return None
    until_s = utc_seconds(until_utc)
    if until_s <= time_s:
        raise DescriptionError("statement", "until_utc", until_utc, f"a time of data after {utc_text(time_s)}")
    return utc_text(until_s)


def _moves(standing: Standing, action: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]] | None:
    """Hatches to shut and to open; None where the decision moves none."""
    if action is None:
        return None
    if not isinstance(action, Mapping) or not set(action) <= {"shut", "open"}:
        raise DescriptionError("statement", "action", str(action)[:60], "{shut: [hatch], open: [hatch]}, or nothing")
    moves = {way: list(dict.fromkeys(action.get(way) or ())) for way in ("shut", "open")}
    for hatch in (*moves["shut"], *moves["open"]):
        if hatch not in standing.hatches:
            raise _unknown("action", hatch, standing.hatches)
    if twice := set(moves["shut"]) & set(moves["open"]):
        raise DescriptionError("statement", "action", sorted(twice), "each hatch shut or opened, not both")
    return moves
