"""The verb that says whether a patch, or a closed vestibule or vehicle, holds."""

import json
import math
from typing import Annotated, Any

import typer

from hullwatch.cli.asking import JsonOption
from hullwatch.cli.program import LEAK, NO_LEAK, UNDECIDED

READ_NOISE_PA = 33.0  # a quarter of 1 mmHg: what a person reads off a manovacuummeter [c]
SEEN_K, BLIND_K, WARMTH_S = 0.05, 0.3, 5400.0  # warmth that no thermometer shows, with one and without [c]
CHECK_S = 1800.0  # of a Soyuz leak check [a:S08]
HAND_SETTLED_S = 300.0  # how long people wait before they first read a gauge [c]
SETTLE_K, WALLS_S = 1.0, 143.0  # what shutting a hatch or letting gas in leaves; METHODS 1.3 [c]
NEW_LEAK_YEAR = 1.0  # false alarms a year of the watch for a new leak

FIELDS = {
    "verdict": "holds, does_not_hold or cannot_be_said",
    "because": "why, in words",
    "held_s": "from the first reading to the last",
    "decided_after_s": "when the verdict fell, from the first reading; null if it has not",
    "readings": "how many",
    "last_mmhg": "the last reading",
    "fall_mmhg": "first reading less the last",
    "rate_mmhg_h": "loss of gas as a fall of pressure, interval; negative comes in",
    "rate_kg_day": "the same as mass, interval; null without a volume",
    "limit_mmhg_h": "the limit, as a fall of pressure here",
    "limit": "the limit, as it was given",
    "log_ratio_leak": "ln of odds of the evidence: a leak at the limit or beyond, against a tight wall",
    "log_ratio_limit": "the same for a leak just at the limit: what holding has to rule out",
    "log_ratio_inflow": "the same for a gain of gas as large",
    "earliest_after_s": "when a verdict would fall on the mean: holds (if tight), does_not_hold (if at the limit), "
    "as_it_seems",
    "new_leak_after_s": "when gas was found to go again after it held; null if not",
    "risk": "false_leak and false_hold",
    "rule": "what a known check's own rule makes of the readings; null without one",
    "set_aside[]": "cause and why: what else could look like this",
}
"""What --json prints."""


def clear(
    source: Annotated[
        str, typer.Argument(help="CSV or Parquet: time, pressure_mmhg, temperature_degc. Or readings.")
    ] = "",
    reading: Annotated[
        list[str] | None,
        typer.Option(help='A gauge reading, twice or more: "730 mmHg at 2020-12-26T12:00Z", "620 mmHg at 18 h".'),
    ] = None,
    volume: Annotated[str, typer.Option(help='Free volume, with its doubt: "4.5 +- 1.5 m^3".')] = "",
    limit: Annotated[
        str, typer.Option(help='What may be lost: "0.1 kg/day" (needs the volume) or "1 mmHg in 30 min".')
    ] = "0.1 kg/day",
    tight: Annotated[str, typer.Option(help="What a sound wall loses; default: a tenth of the limit.")] = "",
    check: Annotated[str, typer.Option(help="A known check: soyuz (at most 1 mmHg in 30 min).")] = "",
    false_leak: Annotated[float, typer.Option(help="Risk that a tight wall is called leaking.")] = 1e-3,
    false_hold: Annotated[float, typer.Option(help="Risk that a leak at the limit is called tight.")] = 1e-3,
    residual: Annotated[
        str, typer.Option(help='Warmth no thermometer shows: "0.02 K"; default 0.05 K, 0.3 K without one.')
    ] = "",
    settled: Annotated[
        str,
        typer.Option(help="How long it had been shut when it was first read; default: 5 min for --reading, else 0."),
    ] = "",
    neighbour: Annotated[str, typer.Option(help='Pressure on the other side of the hatch: "745 mmHg".')] = "",
    as_json: JsonOption = False,
) -> None:
    """Say whether a closed compartment holds: holds, does not hold, or cannot be said yet, and when it can.

    Exit codes: 0 holds, 2 does not hold, 3 cannot be said yet.
    """
    from hullwatch.errors import OutOfRange
    from hullwatch.response import clearance

    if check and check != "soyuz":
        raise OutOfRange("check", None, f"{check!r} is not known; allowed is soyuz")
    if check:
        limit = "1 mmHg in 30 min"
    for name, risk in (("false-leak", false_leak), ("false-hold", false_hold)):
        if not 1e-9 <= risk <= 0.2:
            raise OutOfRange(name, risk, "a risk from 1e-9 to 0.2")
    time_s, pressure_pa, kelvin = _read(source, reading or [])
    room = _room(pressure_pa, kelvin, residual, settled, bool(reading))
    scale = _scale(volume, limit, tight, pressure_pa, kelvin)
    terms = clearance.terms_of(scale["limit_per_s"], scale["share"], false_leak, false_hold, scale["tight_per_s"])
    said = _judged(time_s, pressure_pa, kelvin, room, terms, scale)
    said["limit"], said["risk"] = limit, {"false_leak": false_leak, "false_hold": false_hold}
    said["rule"] = _rule(time_s, pressure_pa) if check else None
    said["set_aside"] = _set_aside(said, room, kelvin, neighbour)
    typer.echo(json.dumps(said) if as_json else _words(said, time_s))
    code = {"holds": NO_LEAK, "does_not_hold": LEAK, "cannot_be_said": UNDECIDED}[said["verdict"]]
    raise typer.Exit(code)


def _read(source: str, texts: list[str]) -> tuple[Any, Any, Any]:
    """Readings from the file or from the options, at least two."""
    import numpy as np

    from hullwatch.cli.with_doubt import readings, record
    from hullwatch.errors import OutOfRange

    if bool(source) == bool(texts):
        raise OutOfRange("source", None, "give either a file or --reading twice or more, and not both")
    if source:
        return record(source)
    time_s, pressure_pa = readings(texts)
    if time_s.size < 2:
        raise OutOfRange("reading", float(time_s.size), "two readings or more: one tells no rate")
    return time_s, pressure_pa, np.full(time_s.size, np.nan)


def _room(pressure_pa: Any, kelvin: Any, residual: str, settled: str, by_hand: bool) -> Any:
    """What hides a small leak here: the gauge as its codes show it, and the warmth."""
    import numpy as np

    from hullwatch.cli.with_doubt import quantity, step_of
    from hullwatch.response.hold import Room
    from hullwatch.units import MMHG_PA

    seen = bool(np.isfinite(kelvin).any())
    shut = quantity("settled", settled, "s")[0] if settled else HAND_SETTLED_S if by_hand else 0.0
    heat = quantity("residual", residual, "kelvin")[0] if residual else SEEN_K if seen else BLIND_K
    step = MMHG_PA if by_hand else step_of(pressure_pa)
    # neighbours differ by noise and by what truly changes between them: half of it is an upper bound of the noise
    noise = (
        READ_NOISE_PA if by_hand or pressure_pa.size < 10 else float(np.median(np.abs(np.diff(pressure_pa, 2)))) / 1.65
    )
    return Room(
        max(noise, 0.1 * step, 0.5), step, heat, WARMTH_S, SETTLE_K * math.exp(-max(shut, 0.0) / WALLS_S), WALLS_S,
        glass_step_k=step_of(kelvin) if seen else 0.0,
    )  # fmt: skip


def _scale(volume: str, limit: str, tight: str, pressure_pa: Any, kelvin: Any) -> dict[str, Any]:
    """Limits as relative losses, the mass in the room, and the doubt of its volume."""
    import numpy as np

    from hullwatch.cli.with_doubt import quantity
    from hullwatch.errors import OutOfRange
    from hullwatch.physics.gas import AIR_MOLAR_MASS, amount

    bound, _, unit = quantity("limit", limit, "kg/s", "pascal/s")
    sound = quantity("tight", tight, unit)[0] if tight else 0.1 * bound
    if not 0.0 <= sound < bound:
        raise OutOfRange("tight", sound, f"from zero to below the limit {limit!r}")
    known = np.isfinite(kelvin)
    warm = float(kelvin[known][0]) if known.any() else 295.0
    mass, share = None, 0.0
    if volume:
        size, sd, _ = quantity("volume", volume, "m**3")
        if not size > 0.0:
            raise OutOfRange("volume", size, "a volume above zero")
        mass, share = float(amount(float(pressure_pa[0]), size, warm)) * AIR_MOLAR_MASS, sd / size
    if unit == "kg/s":
        if mass is None:
            remedy = 'a limit in kg/day needs --volume; or give the limit as pressure in a time, "1 mmHg in 30 min"'
            raise OutOfRange("volume", None, remedy)
        return {
            "limit_per_s": bound / mass,
            "tight_per_s": sound / mass,
            "share": share,
            "mass_kg": mass,
            "volume_share": share,
        }
    start = float(pressure_pa[0])
    return {
        "limit_per_s": bound / start,
        "tight_per_s": sound / start,
        "share": 0.0,
        "mass_kg": mass,
        "volume_share": share,
    }


def _rule(time_s: Any, pressure_pa: Any) -> str:
    """What the check's own rule makes of the readings: the fall in its half hour, nothing taken out."""
    import numpy as np

    from hullwatch.units import mmhg

    held = float(time_s[-1] - time_s[0])
    fall = mmhg(float(pressure_pa[0] - np.interp(time_s[0] + min(held, CHECK_S), time_s, pressure_pa)))
    if fall > 1.0:
        return f"{fall:.2g} mmHg in {min(held, CHECK_S) / 60.0:.3g} min, more than 1 mmHg in 30 min: fails"
    if held < CHECK_S:
        return f"{fall:.2g} mmHg in {held / 60.0:.3g} min; 30 min are not over"
    return f"{fall:.2g} mmHg in 30 min, no more than 1 mmHg: passes"


def _judged(time_s: Any, pressure_pa: Any, kelvin: Any, room: Any, terms: Any, scale: dict[str, Any]) -> dict[str, Any]:
    """The test over all readings, and the watch for a new leak from the verdict on."""
    import numpy as np

    from hullwatch.records import Interval
    from hullwatch.response import clearance, hold
    from hullwatch.units import mmhg

    typical = float(np.median(pressure_pa))
    held = hold.begin(room, typical, float(np.nanmedian(kelvin)) if np.isfinite(kelvin).any() else 295.0)
    held, beliefs, residuals = hold.hold(held, hold.Readings(time_s, pressure_pa, kelvin))
    memory, said = clearance.judge(clearance.ClearanceMemory(terms), beliefs)
    cadence = float(np.median(np.diff(time_s)))
    when = clearance.earliest(memory, held, min(cadence, 3600.0), bool(np.isfinite(kelvin).any()))
    again = _again(residuals, held, said.decided_s if said.verdict == "holds" else None)
    verdict, because = said.verdict, said.because
    if again is not None:
        verdict, because = "does_not_hold", "it held, and then gas went again"
        memory, said = _since(again, time_s, pressure_pa, kelvin, room, terms, memory, said)
    loss, sd = memory.loss_per_s, memory.loss_sd_per_s
    pressure_rate = Interval(loss, loss - 1.645 * sd, loss + 1.645 * sd).scaled(mmhg(typical) * 3600.0)
    mass = scale["mass_kg"]
    rate = (
        None
        if mass is None
        else clearance.rate_interval(said.loss_per_s, sd, mass, scale["volume_share"]).scaled(86_400.0)
    )
    return {
        "verdict": verdict,
        "because": because,
        "held_s": float(time_s[-1] - time_s[0]),
        "decided_after_s": None if said.decided_s is None else said.decided_s - float(time_s[0]),
        "readings": int(time_s.size),
        "last_mmhg": mmhg(float(pressure_pa[-1])),
        "fall_mmhg": mmhg(float(pressure_pa[0] - pressure_pa[-1])),
        "rate_mmhg_h": pressure_rate.as_dict(),
        "rate_kg_day": None if rate is None else rate.as_dict(),
        "limit_mmhg_h": float(np.mean(terms.limit_per_s)) * mmhg(typical) * 3600.0,
        "log_ratio_leak": said.log_ratio_leak,
        "log_ratio_limit": said.log_ratio_limit,
        "log_ratio_inflow": said.log_ratio_inflow,
        "earliest_after_s": {k: None if v is None else v - float(time_s[0]) for k, v in when.items()},
        "new_leak_after_s": None if again is None else again - float(time_s[0]),
    }


def _since(
    again: float, time_s: Any, pressure_pa: Any, kelvin: Any, room: Any, terms: Any, memory: Any, said: Any
) -> Any:
    """The rate since a new leak was found, from the readings since; the old one where there are too few."""
    from dataclasses import replace

    import numpy as np

    from hullwatch.response import clearance, hold

    rest = time_s >= again
    if rest.sum() < 3:
        return memory, said
    settled = replace(room, settle_k=0.0)
    block = hold.Readings(time_s[rest], pressure_pa[rest], kelvin[rest])
    _, beliefs, _ = hold.hold(hold.begin(settled, float(np.median(pressure_pa))), block)
    later, new = clearance.judge(clearance.ClearanceMemory(terms), beliefs)
    return later, replace(new, decided_s=said.decided_s)


def _again(residuals: Any, held: Any, since_s: float | None) -> float | None:
    """Re-leak watch: when, after a patch was found to hold, gas was found to go again; None if it was not."""
    import numpy as np

    from hullwatch.detection import score
    from hullwatch.estimators.change import threshold
    from hullwatch.records import Residuals
    from hullwatch.response import hold

    if since_s is None:
        return None
    rest = residuals.time_s > since_s
    if not rest.any():
        return None
    part = Residuals(
        residuals.time_s[rest], np.arange(int(rest.sum())), residuals.dt_s[rest], residuals.pinned[rest],
        residuals.nu[rest], residuals.s[rest], residuals.h[rest], residuals.gain[rest],
    )  # fmt: skip
    weight = np.array([1.0, 1.0 / held.room.heat_s])
    memory = score.begin(held.relax_s, hold.INTO, hold.SOURCE, weight, ())
    _, frame = score.score(memory, part, threshold(NEW_LEAK_YEAR), np.inf)
    return None if frame is None else float(part.time_s[frame])


def _set_aside(said: dict[str, Any], room: Any, kelvin: Any, neighbour: str) -> list[dict[str, str]]:
    """What else could look like this, and how far it was ruled out."""
    import numpy as np

    from hullwatch.cli.with_doubt import quantity
    from hullwatch.units import mmhg

    hours = max(said["held_s"] / 3600.0, 1e-9)
    heat = room.heat_k / 295.0 * mmhg(1e5) * np.sqrt(2.0)
    steps, noise = mmhg(room.quantum_pa), mmhg(room.noise_pa)
    why = {
        "warmth": f"{room.heat_k:g} K that no thermometer shows is {heat:.2g} mmHg between two moments, "
        f"{heat / hours:.2g} mmHg/h over this hold; part of the test",
        "gauge": f"steps of {steps:.2g} mmHg and noise of {noise:.2g} mmHg; part of the test; a drifting gauge is not: "
        "read a second one",
        "hatch seal": "not ruled out: the pressure on the other side is not given (--neighbour); a compartment fed "
        "through its hatch seems to hold",
    }
    if neighbour:
        beside = mmhg(quantity("neighbour", neighbour, "pascal")[0])
        higher = beside > said["last_mmhg"] + 1.0
        why["hatch seal"] = (
            f"the other side is at {beside:.0f} mmHg, higher than here: gas may come in there and hide a leak"
            if higher
            else f"ruled out: the other side is at {beside:.0f} mmHg, no higher than here"
        )
    if not np.isfinite(kelvin).any():
        why["temperature"] = "no thermometer was read: a steady trend of warmth counts as gas"
    return [{"cause": cause, "why": text} for cause, text in why.items()]


def _words(said: dict[str, Any], time_s: Any) -> str:
    """The answer in a few lines."""
    from hullwatch.cli.with_doubt import span

    title = {"holds": "HOLDS", "does_not_hold": "DOES NOT HOLD", "cannot_be_said": "CANNOT BE SAID YET"}[
        said["verdict"]
    ]
    risk = said["risk"]["false_leak" if said["verdict"] == "does_not_hold" else "false_hold"]
    lines = [f"{title}: {said['because']}."]
    if said["decided_after_s"] is not None:
        verb = "found to hold" if said["new_leak_after_s"] is not None else "said"
        lines.append(f"  {verb} after {span(said['decided_after_s'])}, at a risk of {risk:g}; limit {said['limit']}.")
    if said["rule"] is not None:
        lines.append(f"  the rule as it is written: {said['rule']}.")
    rate = said["rate_mmhg_h"]
    line = (
        f"  pressure fell by {said['fall_mmhg']:.3g} mmHg in {span(said['held_s'])}; gas goes at {rate['median']:.3g} "
        f"({rate['low']:.3g} to {rate['high']:.3g}) mmHg/h"
    )
    if said["rate_kg_day"] is not None:
        kg = said["rate_kg_day"]
        line += f", {kg['median']:.3g} ({kg['low']:.3g} to {kg['high']:.3g}) kg/day"
    lines.append(f"{line}; the limit is {said['limit_mmhg_h']:.3g} mmHg/h here.")
    when = said["earliest_after_s"]
    if when:
        lines.append(
            f"  earliest, from the first reading: holds after {span(when['holds'])}, does not hold after "
            f"{span(when['does_not_hold'])}; as it seems now after {span(when['as_it_seems'])}."
        )
    if said["new_leak_after_s"] is not None:
        lines.append(
            f"  gas goes again: found {span(said['new_leak_after_s'])} after the first reading; the rate is that since."
        )
    lines += [f"  set aside  {aside['cause']}: {aside['why']}" for aside in said["set_aside"]]
    return "\n".join(lines)
