"""What the record may contain: every kind of event, and the fields of its data.

The record is the only thing the report and the console read, so whatever an operator must see is a field here.
Times inside `data` are ISO 8601 UTC text; an interval is {"median", "low", "high"} at 90 %.
"""

from collections.abc import Mapping

from hullwatch.records import Event

_SAID: Mapping[str, str] = {
    "by": "who says so",
    "centre": "id of the centre it was entered through, or null",
    "entered_utc": "clock of the host at which it was entered, where it was told; nothing is computed from it",
    "signed": "{centre, key, number, after, signature}: Ed25519 signature of the centre, over the statement, which of "
    "its statements this is, and the hash of the last row it had seen; absent where no centre signs",
}

EVENT_FIELDS: Mapping[str, Mapping[str, str]] = {
    "watch_started": {
        "vehicle": "name of the vehicle file",
        "title": "the ship and its date in words",
        "source": "what was watched, as the user named it",
        "provenance": "where ship and telemetry come from",
        "reconstructed": "true when the telemetry is simulated or reconstructed",
        "settings": "settings of the watch, such as false_alarms_per_year",
        "compartments": "[{id, name, craft}]",
        "hatches": "[{id, between: [a, b], open}]",
        "crafts": "[{id, name, port, seats, returns}]",
        "crew": "[{name, craft}]",
        "limits": "[{id, quantity, value_pa, alarm_class, meaning}]",
        "channels": "[{id, name, quantity, compartment, label}]",
    },
    "groups_changed": {
        "groups": "[[compartment id]]: compartments that share one pressure, in the order of the group index",
        "hatches": "{hatch id: true if open}",
        "changed": "[{hatch, open}] what moved",
        "why": "sentence",
    },
    "trend": {
        "groups": "[{group, pressure_pa, temperature_k, mass_kg, corrected_kg: interval, loss_kg_day: interval or null,"
        " log_ratio}] where corrected_kg is the gas mass with heat taken out",
    },
    "quality": {
        "kind": "gap, stale, stuck, frozen, outlier, out_of_range, duplicate, late, clock_step, dropped, missing; of "
        "the balance: apart (a gauge in other air than most, or faulty), stuck (left behind by two others), jump (a "
        "thermometer's own); of the reader: clock, order, unit, unknown",
        "channel": "item id or null for the whole feed",
        "start_utc": "first moment",
        "end_utc": "last moment",
        "count": "readings or frames concerned",
        "why": "sentence",
    },
    "operation": {
        "kind": "makeup, vent, depress_pump, o2_generation, docking, hatch; of the operations log: its own kinds",
        "channel": "item id, or null for a row of the log",
        "state": "word; of the log: logged, or no effect seen once it is over; gas named, once what came has mixed",
        "why": "sentence",
        "nitrogen_part": "interval: mole fraction of nitrogen in the gas named; absent from all other rows",
    },
    "step": {
        "kind": "repressurisation, vent, step_loss, airlock, docking, sensor_fault",
        "group": "group index",
        "start_utc": "start",
        "end_utc": "end",
        "mass_kg": "interval, or null when no gas was gained or lost",
        "channel": "item id of a faulty sensor, or null",
        "took_s": "interval: seconds it took; low is 0 where the readings only bound it; null where it is not known; "
        "rows of older records have neither this nor the next two",
        "probability": "posterior that it is what `kind` says, or null where an operation, seen or logged, tells it",
        "set_aside": "[{cause, probability, why}]: what else was weighed; null where an operation tells it",
        "why": "sentence",
    },
    "incident_opened": {
        "medium": "air",
        "group": "group index at detection",
        "detected_utc": "moment of detection",
        "onset_utc": "interval of times",
        "may_be_older": "true where this air was not seen before: then only the latest onset can be told",
        "why": "sentence: the evidence",
    },
    "incident_state": {
        "previous": "state before",
        "state": "state after",
        "trigger": "what moved it, a key of the transition table",
        "why": "sentence",
    },
    "estimate": {
        "stage": "counts changes of the rate: patches and growth",
        "onset_utc": "interval of times",
        "may_be_older": "true where this air was not seen before: then only the latest onset can be told",
        "rate_kg_day": "interval",
        "effective_area_m2": "interval",
        "equivalent_diameter_m": "interval, under the discharge-coefficient prior",
        "discharge_coefficient": "interval",
        "law": "leak law the area is stated for",
        "law_probability": "{orifice, crack}: posterior of the law; while pressure has hardly fallen, the prior",
        "exponent": "interval: flow goes as pressure to this power; 1 a hole, 2 a crack",
        "pressure_fallen": "share of pressure lost since the flow was first known: what the law rests on",
        "volume_m3": "interval: volume of the leaking group",
        "effective_area_nominal_m2": "interval: area of the hole with the flow the leak has at nominal pressure",
        "correlation": "{pair: correlation of the logarithms}: rate, area and volume are not independent",
        "pressure_pa": "pressure of the leaking group",
        "location": "[{compartment, probability}], most probable first",
        "location_why": "sentence: what the place rests on",
        "hatch_tests": "{why, log_likelihood: {compartment: of what pressure in closed parts told, the best at 0}}",
        "evidence": "[{name, says, tells, log_likelihood, without_it, moves_top_by, misleads_probability, surprise, "
        "doubted}]: what hatch tests and every other piece of evidence said of the place; empty without evidence",
        "conflicts": "[{one, other, times}]: pieces that do not fit together, and how many times less probable "
        "together than if unrelated",
        "reserve_time_s": "[{limit, value_pa, group, median, low, high}], absent limits are not reached within the "
        "horizon",
        "set_aside": "[{cause, probability, why}]",
        "leak_probability": "posterior that gas is leaving through a hole",
        "would_change": "sentence: what would change this verdict",
    },
    "alarm": {
        "alarm_class": "emergency, warning, caution or advisory (ISS classes)",
        "state": "unacknowledged, acknowledged, returned, shelved, suppressed (ISA-18.2)",
        "trigger": "what the condition did: raise, escalate (to a higher class), return, or ease: to a lower class, "
        "because somebody lowered a limit",
        "text": "what it says",
    },
    "alarm_action": {
        "action": "acknowledge, shelve, unshelve, suppress, unsuppress, own or comment",
        "owner": "who takes care of it, for own; else null",
        "comment": "words, or empty",
        "until_utc": "time of data at which shelving ends, for shelve; else null",
        **_SAID,
    },
    "evidence": {
        "kind": "ultrasound, silence, flow, torque, gauge, found, tea_leaves, not_found or report",
        "observed": "{field: value} in SI: what was seen, as that kind of evidence says it",
        "note": "sentence, or empty",
        **_SAID,
    },
    "evidence_withdrawn": {
        "number": "which evidence of this record is no longer weighed, counted from 1",
        "why": "sentence, or empty",
        **_SAID,
    },
    "hatch_report": {
        "hatch": "hatch id",
        "open": "true if open",
        "note": "words, or empty",
        **_SAID,
    },
    "crew_report": {
        "people": "[name] of the crew",
        "compartment": "compartment id they are in",
        "note": "words, or empty",
        **_SAID,
    },
    "limit_changed": {
        "limit": "limit id",
        "value_pa": "its new value, Pa",
        "until_utc": "time of data at which it is again the vehicle's, or null",
        "why": "sentence",
        **_SAID,
    },
    "heard": {
        "what": "what the watch takes into account from this moment on: evidence, evidence_withdrawn, limit_changed, "
        "hatch_report, crew_report; limit_ended: a limit is again the vehicle's; hatch_looked_at_again: what telemetry "
        "and pressures say of a reported hatch has changed",
        "said_utc": "time of data of what was said, or at which the limit was to end",
        "by": "who said so, or null",
        "centre": "the centre it was entered through, or null",
        "statement": "16 hexadecimal digits of the SHA-256 of what was said, or null",
        "limit": "limit id, or null",
        "value_pa": "its value from now on, Pa, or null",
        "was_pa": "its value before, Pa, or null",
        "hatch": "of a report of a hatch: its id",
        "open": "true if it was reported open",
        "followed": "true if the watch takes it to be so",
        "contradiction": "sentence: what contradicts the report, or null",
        "people": "of a report of people: [name]",
        "compartment": "where they are from now on",
    },
    "centre_joined": {
        "public_key": "Ed25519 public key of the centre, 64 hexadecimal digits",
        **_SAID,
    },
    "decision_proposed": {
        "decision": "its id: the proposing centre and a number",
        "what": "sentence",
        "action": "{shut: [hatch], open: [hatch]}, or null where it moves no hatch",
        "needs": "[centre id]: all of them must agree before it is in force",
        **_SAID,
    },
    "decision_answered": {
        "decision": "id of the decision",
        "agree": "true to agree, false to refuse",
        "why": "sentence, or empty",
        **_SAID,
    },
    "merged": {
        "heads": "[hash, hash]: last row of each of the two copies, the smaller first",
        "counts": "[rows, rows] of the copies",
        "common": "how many rows at their beginning were the same",
        "sides": "[[side, rows]]: which copy each row after those came from, in order; side is first, second or both",
        "conflicts": "[{what, id, first, second}]: what the copies last said of the same thing where they contradict",
        "by": "who merged them",
    },
    "archived": {
        "before_utc": "data of rows older than this were moved out",
        "kinds": "{kind: rows moved out}",
        "by": "who did so",
    },
    "record_trouble": {
        "problem": "why rows could not be written",
        "since_utc": "time of data of the first row that had to wait",
        "rows": "rows that waited in memory and were written after it was over",
        "tries": "how often writing failed",
    },
    "advice": {
        "manner": "step_by_step, all_at_once, isolated; once it leaks no more: hold_test, watch_on",
        "next": "sentence: the next step",
        "why": "sentence: why this one",
        "shut": "[hatch id] to shut now",
        "opened": "[hatch id] to open before that",
        "work_s": "seconds people need to shut them, or null",
        "reading_s": "seconds until the gauges have told, or null",
        "limit_s": "seconds a hatch may stay shut before the pressure difference holds it, or null",
        "reopen": "sentence: whether and until when it is opened again, or null",
        "expected": "{time_s, worst_s, kg: intervals; closures, most_closures}: until isolated; or null",
        "alternatives": "[{what, more, unit, why}]: what else could be done next, and what it would cost more",
        "refused": "sentences: who is cut off from their return vehicle as things stand and what is least bad, or null",
        "nobody_cut_off": "sentence: that nobody is, in any branch, and where people have to stay for it, or null",
        "warnings": "[sentence]: what a find may mean for people",
        "afterwards": "sentence: what to do once it is isolated",
        "tree": "the whole plan, as `hullwatch plan --json` prints it, or null",
    },
    "crew_time": {
        "crew": "[{craft, people, limit, time_s: interval or null, abandon_s: seconds or null}]: the first limit that "
        "forces the people of each craft out, and when they have to turn back",
        "if_shut": "[{hatch, sides: [{compartments, volume_m3, probability, hole_here, hole_elsewhere, "
        "hatch_can_be_opened_s, half_mmhg_rule_s}]}]: the same if this hatch is shut now",
    },
    "clearance": {
        "verdict": "holds, does_not_hold or cannot_be_said",
        "compartments": "[compartment id] closed off together",
        "because": "sentence; where nothing is closed off, what has to be shut and how long it would take",
        "rate_kg_day": "interval of the loss, or null without readings",
        "limit": "what a patch may lose, in words",
        "limit_kg_day": "the same as a number",
        "risk": "{false_leak, false_hold}: that a sound wall is called leaking, and a leak at the limit sound",
        "gauge": "item id of the gauge that was read, or null",
        "held_since_utc": "first reading of the test, or null",
        "held_s": "from the first reading to the last",
        "readings": "how many",
        "decided_after_s": "when the verdict fell, from the first reading, or null",
        "earliest_after_s": "{holds, does_not_hold}: when a test begun now would decide on the mean; {} where one runs",
        "log_ratios": "{leak, limit, inflow}: evidence against a tight wall, or null",
    },
    "return_question": {
        "question": "sentence: does a hole in this place stop the return of this craft?",
        "answer": "no, yes or while_it_leaks",
        "why": "sentences",
        "compartment": "compartment id of the place",
        "crafts": "[craft id] whose return it bears on",
        "returns": "compartment id of the part of that craft that returns, or null",
        "leaves_utc": "when the craft is planned to leave, where a roster says so, or null",
        "people": "[name] who go home in it",
        "if_shut": "{crafts_cut_off, seats_lost, people_without_seat, ports_lost, why}: if the place is shut for good",
        "place_probability": "posterior probability of the place",
    },
    "watch_ended": {
        "span_utc": "[first, last] frame",
        "interrupted": "true when the watch was stopped before the source ended",
        "readings": "readings taken in",
        "frames": "frames judged",
        "channels_missing": "[item id] channels of the vehicle that never spoke",
        "signal_lost_s": "seconds without signal",
        "undecided_why": "sentence: why the data cannot say (no usable pressure channel, span too short), or null",
        "detectable_kg_day": "smallest steady leak the watch would have reported by its end, 19 times in 20, or null",
        "detectable_since_utc": "since when it would have been there: evidence reaches back so far; or null",
    },
}


def undocumented(event: Event) -> tuple[str, ...]:
    """Kind or fields of an event that this file does not name; empty when the event keeps the contract."""
    if event.kind not in EVENT_FIELDS:
        return (event.kind,)
    return tuple(f"{event.kind}.{field}" for field in event.data if field not in EVENT_FIELDS[event.kind])
