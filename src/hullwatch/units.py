"""Foreign units, met only at the edges; inside everything is SI.

Fixed factors are used for channels (fast, no parser); `parse_quantity` reads what people write, with Pint.
"""

import datetime as dt
import functools
import math
import re
from typing import Any

from hullwatch.errors import OutOfRange

MMHG_PA = 133.322387415
PSI_PA = 6894.757293168
LB_KG = 0.45359237
DAY_S = 86_400.0
HOUR_S = 3_600.0

TO_SI: dict[str, tuple[str, float, float]] = {
    # unit: (SI unit, factor, offset), value_si = value * factor + offset
    "Pa": ("Pa", 1.0, 0.0),
    "kPa": ("Pa", 1e3, 0.0),
    "hPa": ("Pa", 1e2, 0.0),
    "mmHg": ("Pa", MMHG_PA, 0.0),
    "psi": ("Pa", PSI_PA, 0.0),
    "degC": ("K", 1.0, 273.15),
    "K": ("K", 1.0, 0.0),
    "kg/day": ("kg/s", 1.0 / DAY_S, 0.0),
    "kg/s": ("kg/s", 1.0, 0.0),
    "lb/day": ("kg/s", LB_KG / DAY_S, 0.0),
    "s": ("s", 1.0, 0.0),
    "ms": ("s", 1e-3, 0.0),
    "percent": ("1", 1e-2, 0.0),
    "code": ("code", 1.0, 0.0),
}
"""Units a channel may be published in."""


PLAIN: dict[tuple[str, str], tuple[float, float]] = {
    # (as written, SI): value_si = value * first / second
    ("s", "s"): (1.0, 1.0),
    ("min", "s"): (60.0, 1.0),
    ("h", "s"): (3600.0, 1.0),
    ("day", "s"): (DAY_S, 1.0),
    ("mm", "m"): (1.0, 1000.0),
    ("cm", "m"): (1.0, 100.0),
    ("m", "m"): (1.0, 1.0),
    ("Pa", "Pa"): (1.0, 1.0),
    ("kPa", "Pa"): (1000.0, 1.0),
    ("kg", "kg"): (1.0, 1.0),
    ("kg/day", "kg/s"): (1.0, DAY_S),
    ("kg/h", "kg/s"): (1.0, 3600.0),
    ("kg/s", "kg/s"): (1.0, 1.0),
}
"""What scenarios are full of, read without Pint, which takes a quarter of a second to start."""

_PLAIN_TEXT = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s+([A-Za-z/]+)\s*")
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_UNIT = (
    r"(?:[A-Za-zµ°%]\w*+(?:\s*(?:\^|\*\*)\s*-?\d{1,2})?|[\s/*()])+"  # *+: a word is taken whole, or its splits double
)
LONGEST_QUANTITY = 100
"""Letters of a quantity that is looked at: "1.2e-3 kg m^2 / s^2" has 19."""
_TEXT = re.compile(rf"\s*({NUMBER})\s*({_UNIT})")
_POWER = re.compile(r"(?<=[A-Za-z])([2-9])\b")  # m3 is m^3


SPANS = ((DAY_S, "days"), (HOUR_S, "h"), (60.0, "min"))
"""Units that a length of time is said in, from twice the unit on; seconds below."""


def span(seconds: float | None) -> str:
    """A length of time in the unit people would use; None is one beyond what was looked ahead."""
    if seconds is None:
        return "not within what is looked ahead"
    unit, name = next(((size, word) for size, word in SPANS if abs(seconds) >= 2.0 * size), (1.0, "s"))
    return f"{seconds / unit:.{'3g' if unit > 1.0 else '0f'}} {name}"


def kg_day(rate_kg_s: float) -> float:
    """Mass flow in kg/day of a mass flow in kg/s."""
    return rate_kg_s * DAY_S


def mmhg(pressure_pa: float) -> float:
    """Pressure in mmHg of a pressure in Pa."""
    return pressure_pa / MMHG_PA


@functools.cache
def _registry() -> Any:
    import pint  # noqa: PLC0415  # optional weight: only text typed by a person needs it

    registry: Any = pint.UnitRegistry()
    registry.define("mmHg = 133.322387415 * pascal = torr_hg")
    return registry


def parse_quantity(text: str, unit: str) -> float:
    """Read a quantity as people write it ("2 mm", "25 kg/day", "0.8 mmHg/h") into the SI unit given.

    One number and its unit: a second number is refused, not multiplied in. Raises OutOfRange with the unit wanted when
    the text has another dimension or is no quantity.
    """
    plain = _PLAIN_TEXT.fullmatch(text)
    if plain is not None and (plain[2], unit) in PLAIN:
        first, second = PLAIN[plain[2], unit]
        return float(plain[1]) * first / second
    said = _TEXT.fullmatch(text) if len(text) <= LONGEST_QUANTITY else None
    if said is None:
        raise OutOfRange("quantity", None, f"{text!r} is not one number and its unit, in units of {unit}")
    registry = _registry()
    try:
        value = float((float(said[1]) * registry.Quantity(_POWER.sub(r"^\1", f"1 {said[2]}"))).to(unit).magnitude)
    except Exception as error:  # pint raises many kinds; the caller needs one sentence
        raise OutOfRange("quantity", None, f"{text!r} is not a quantity in units of {unit} ({error})") from error
    if not math.isfinite(value):
        raise OutOfRange("quantity", value, f"{text!r} must be finite")
    return value


def utc_text(time_s: float) -> str:
    """ISO 8601 UTC text, to the millisecond, of seconds since 1970-01-01."""
    stamp = dt.datetime.fromtimestamp(round(time_s * 1000.0) / 1000.0, dt.UTC)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{stamp.microsecond // 1000:03d}Z"


def utc_seconds(text: str) -> float:
    """Seconds since 1970-01-01 UTC of ISO 8601 text; a text without zone is UTC."""
    try:
        stamp = dt.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError as error:
        raise OutOfRange("time", None, f"{text!r} is not ISO 8601, for instance 2018-10-12T21:00Z") from error
    if stamp.tzinfo is None:
        stamp = stamp.replace(tzinfo=dt.UTC)
    try:
        return stamp.astimezone(dt.UTC).timestamp()
    except OverflowError as error:
        raise OutOfRange("time", None, f"{text!r} lies in no year from 1 to 9999 of UTC") from error
