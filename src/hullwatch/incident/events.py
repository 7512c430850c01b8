"""What the record may contain: every kind of event, and the fields of its data.

The record is the only thing the report and the console read, so whatever an operator must see is a field here.
Times inside `data` are ISO 8601 UTC text; an interval is {"median", "low", "high"} at 90 %.
"""

from collections.abc import Mapping

from hullwatch.records import Event

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
        "kind": "gap, stale, stuck, frozen, outlier, out_of_range, duplicate, late, clock_step, missing; of the "
        "balance: apart (a gauge in other air than most, or faulty), stuck (left behind by two others), jump (a "
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
        "state": "word; of the log: logged, or no effect seen once it is over",
        "why": "sentence",
    },
    "step": {
        "kind": "repressurisation, vent, step_loss, airlock, docking, sensor_fault",
        "group": "group index",
        "start_utc": "start",
        "end_utc": "end",
        "mass_kg": "interval, or null when no gas was gained or lost",
        "channel": "item id of a faulty sensor, or null",
        "why": "sentence",
    },
    "incident_opened": {
        "medium": "air",
        "group": "group index at detection",
        "detected_utc": "moment of detection",
        "onset_utc": "interval of times",
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
        "reserve_time_s": "[{limit, group, median, low, high}], absent limits are not reached within the horizon",
        "set_aside": "[{cause, probability, why}]",
        "leak_probability": "posterior that gas is leaving through a hole",
        "would_change": "sentence: what would change this verdict",
    },
    "alarm": {
        "alarm_class": "emergency, warning, caution or advisory (ISS classes)",
        "state": "unacknowledged, acknowledged, returned, shelved, suppressed (ISA-18.2)",
        "text": "what it says",
    },
    "evidence": {
        "kind": "ultrasound, silence, flow, torque, gauge, found, tea_leaves, not_found or report",
        "observed": "{field: value} in SI: what was seen, as that kind of evidence says it",
        "by": "who says so",
        "note": "sentence, or empty",
    },
    "evidence_withdrawn": {
        "number": "which evidence of this record is no longer weighed, counted from 1",
        "by": "who says so",
        "why": "sentence, or empty",
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
