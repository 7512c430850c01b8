"""Events in the record's words: what the chain decided, as data an operator can read."""

from collections.abc import Mapping, Sequence
from typing import Any

from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.incident.chain import statement_id
from hullwatch.incident.words import span_range, span_text
from hullwatch.records import (
    Detection,
    Event,
    Forecast,
    GroupState,
    Interval,
    LeakPlace,
    LeakSize,
    QualityNote,
    SetAside,
)
from hullwatch.sizing.law import JointSize
from hullwatch.units import kg_day, utc_text
from hullwatch.vehicle.facts import Vehicle


def interval(value: Interval) -> dict[str, float]:
    """JSON form of an interval, to six digits."""
    return {key: float(f"{number:.6g}") for key, number in value.as_dict().items()}


def times(value: Interval) -> dict[str, str]:
    """JSON form of an interval of times."""
    return {key: utc_text(number) for key, number in value.as_dict().items()}


def started(
    vehicle: Vehicle,
    source: str,
    provenance: Mapping[str, str],
    settings: Mapping[str, Any],
    open_hatches: frozenset[str],
    time_s: float,
) -> Event:
    """The first line of a record."""
    reconstructed = provenance.get("reconstructed", "").lower() == "true"
    return Event(
        time_s,
        "watch_started",
        None,
        {
            "vehicle": vehicle.name,
            "title": vehicle.title,
            "source": source,
            "provenance": {"vehicle": vehicle.provenance, **provenance},
            "reconstructed": reconstructed,
            "settings": dict(settings),
            "compartments": [{"id": c.id, "name": c.name, "craft": c.craft} for c in vehicle.compartments],
            "hatches": [
                {"id": h.id, "between": list(h.between), "open": h.id in open_hatches} for h in vehicle.hatches
            ],
            "crafts": [
                {"id": c.id, "name": c.name, "port": c.port, "seats": c.seats, "returns": c.returns}
                for c in vehicle.crafts
            ],
            "crew": [{"name": c.name, "craft": c.craft} for c in vehicle.crew],
            "limits": [
                {
                    "id": x.id,
                    "quantity": x.quantity,
                    "value_pa": x.value_pa.value,
                    "alarm_class": x.alarm_class,
                    "meaning": x.meaning,
                }
                for x in vehicle.limits
            ],
            "channels": [
                {"id": c.id, "name": c.name, "quantity": c.quantity, "compartment": c.compartment, "label": c.label}
                for c in vehicle.channels
            ],
        },
    )


def quality(note: QualityNote, time_s: float) -> Event:
    """A stretch of doubtful data."""
    return Event(
        time_s,
        "quality",
        None,
        {
            "kind": note.kind,
            "channel": note.channel,
            "start_utc": utc_text(note.start_s),
            "end_utc": utc_text(note.end_s),
            "count": note.count,
            "why": note.why,
        },
    )


def heard(event: Event, time_s: float, **more: Any) -> Event:
    """What somebody said is weighed from this frame on: a watch begun again takes it in at the same one."""
    data = {
        "what": event.kind, "said_utc": utc_text(event.time_s), "by": event.data.get("by"),
        "centre": event.data.get("centre"), "statement": statement_id(event),
        **dict.fromkeys(("limit", "value_pa", "was_pa")), **more,
    }  # fmt: skip
    return Event(time_s, "heard", event.incident, data)


def looked_again(time_s: float, **hatch: Any) -> Event:
    """A report of a hatch is followed now, or no more, for what telemetry and pressures have come to say."""
    data = {
        "what": "hatch_looked_at_again", "said_utc": utc_text(time_s), "by": None, "centre": None, "statement": None,
        **dict.fromkeys(("limit", "value_pa", "was_pa")), **hatch,
    }  # fmt: skip
    return Event(time_s, "heard", None, data)


def limit_ended(limit: str, value_pa: float, was_pa: float, end_s: float, time_s: float) -> Event:
    """A limit set for a time is again what the vehicle has."""
    data = {
        "what": "limit_ended", "said_utc": utc_text(end_s), "by": None, "centre": None, "statement": None,
        "limit": limit, "value_pa": value_pa, "was_pa": was_pa,
    }  # fmt: skip
    return Event(time_s, "heard", None, data)


def groups_changed(
    groups: Sequence[Sequence[str]], vehicle: Vehicle, now_open: frozenset[str], moved: Sequence[str], time_s: float,
    reported: frozenset[str] = frozenset(),
) -> Event:  # fmt: skip
    """Hatches moved, and with them the pressure groups; reported: those that moved because somebody said so."""
    names = (
        ", ".join(
            f"{h} {'opened' if h in now_open else 'closed'}{', as reported' if h in reported else ''}" for h in moved
        )
        or "as the watch began"
    )
    return Event(
        time_s,
        "groups_changed",
        None,
        {
            "groups": [list(g) for g in groups],
            "hatches": {h.id: h.id in now_open for h in vehicle.hatches},
            "changed": [
                {"hatch": h, "open": h in now_open, **({"source": "report"} if h in reported else {})} for h in moved
            ],
            "why": f"{names}: {len(groups)} pressure group{'s' if len(groups) != 1 else ''}",
        },
    )


def trend(states: Sequence[GroupState], ratios: Sequence[float], time_s: float) -> Event:
    """Where every group stands."""
    rows = []
    for state, ratio in zip(states, ratios, strict=True):
        spread = SIGMAS_90 * state.mass_sd_kg
        loss = None
        if state.followed:
            scale = kg_day(state.mass_kg)
            width = SIGMAS_90 * state.loss_sd_per_s
            loss = interval(
                Interval(state.loss_per_s, state.loss_per_s - width, state.loss_per_s + width).scaled(scale)
            )
        rows.append(
            {
                "group": state.group,
                "pressure_pa": round(state.pressure_pa, 2),
                "temperature_k": round(state.temperature_k, 3),
                "mass_kg": round(state.mass_kg, 4),
                "corrected_kg": {
                    "median": round(state.mass_kg, 4),
                    "low": round(state.mass_kg - spread, 4),
                    "high": round(state.mass_kg + spread, 4),
                },
                "loss_kg_day": loss,
                "log_ratio": round(ratio, 2),
            }
        )
    return Event(time_s, "trend", None, {"groups": rows})


def estimate(
    incident: str,
    time_s: float,
    onset_s: Interval,
    may_be_older: bool,
    size: LeakSize,
    together: JointSize | None,
    place: LeakPlace,
    forecasts: Sequence[Forecast],
    causes: Sequence[SetAside],
    leak_probability: float,
    pressure_pa: float,
    stage: int,
    would_change: str,
    said: Mapping[str, Any],
    limits_pa: Mapping[str, float],
) -> Event:
    """All that is known of a leak at one moment; `said`: what each piece of evidence said of the place."""
    return Event(
        time_s,
        "estimate",
        incident,
        {
            "stage": stage,
            "onset_utc": times(onset_s),
            "may_be_older": may_be_older,
            "rate_kg_day": interval(size.rate_kg_s.scaled(kg_day(1.0))),
            "effective_area_m2": interval(size.effective_area_m2),
            "equivalent_diameter_m": interval(size.equivalent_diameter_m),
            "discharge_coefficient": interval(size.discharge_coefficient),
            "law": size.law,
            **(_law(together) if together is not None else {}),
            "pressure_pa": round(pressure_pa, 1),
            "location": [{"compartment": c, "probability": float(f"{p:.4g}")} for c, p in place.probability],
            "location_why": place.why,
            **said,
            "reserve_time_s": [
                {"limit": f.limit, "value_pa": limits_pa[f.limit], "group": f.group, **interval(f.reserve_time_s)}
                for f in forecasts
                if f.reserve_time_s
            ],
            "set_aside": aside(causes),
            "leak_probability": float(f"{leak_probability:.6g}"),
            "would_change": would_change,
        },
    )


def _law(size: JointSize) -> dict[str, Any]:
    """What is known of the law of a leak, and how rate, area and volume hang together."""
    return {
        "law_probability": {name: float(f"{p:.4g}") for name, p in size.law.probability.items()},
        "exponent": interval(size.law.exponent),
        "pressure_fallen": float(f"{size.law.fallen:.4g}"),
        "volume_m3": interval(size.volume_m3),
        "effective_area_nominal_m2": interval(size.effective_area_nominal_m2),
        "correlation": {
            "rate, volume": float(f"{size.rate_with_volume:.4g}"),
            "rate, area at nominal pressure": float(f"{size.rate_with_area:.4g}"),
        },
    }


def step(
    kind: str,
    group: int,
    start_s: float,
    end_s: float,
    mass_kg: Interval | None,
    channel: str | None,
    why: str,
    time_s: float,
    weighed: Detection | None = None,
    took_s: Interval | None = None,
) -> Event:
    """A step of gas or of a sensor, told apart from a leak.

    weighed: what was weighed against all else; None where an operation, seen or logged, tells what it was. took_s: how
    long it took, low at 0 where that is only bounded.
    """
    return Event(
        time_s,
        "step",
        None,
        {
            "kind": kind,
            "group": group,
            "start_utc": utc_text(start_s),
            "end_utc": utc_text(end_s),
            "mass_kg": interval(mass_kg) if mass_kg else None,
            "channel": channel,
            "took_s": interval(took_s) if took_s else None,
            "probability": float(f"{weighed.probability:.6g}") if weighed else None,
            "set_aside": aside(weighed.set_aside) if weighed else None,
            "why": why,
        },
    )


def aside(causes: Sequence[SetAside]) -> list[dict[str, Any]]:
    """JSON form of what was considered and set aside."""
    return [{"cause": a.cause, "probability": float(f"{a.probability:.3g}"), "why": a.why} for a in causes]


def within(took_s: Interval | None) -> str:
    """How long a step took, to follow a verb: its range where that is known, else only within what time it was over."""
    if took_s is None:
        return ""
    if took_s.low <= 0.0:
        return f" within {span_text(took_s.high)}"
    return f" over {span_range(took_s.as_dict())}"
