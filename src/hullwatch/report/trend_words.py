"""A trend in sentences, from its JSON object."""

from collections.abc import Mapping
from typing import Any

from hullwatch.units import LB_KG, mmhg

KIND_WORDS = {
    "onset": "the leak began", "rise": "the rate rose", "doubling": "the rate doubled or more",
    "recurrence": "the leak came back", "fall": "the rate fell", "no_effect": "a patch without a clear effect",
}  # fmt: skip
LAW_WORDS = {
    "constant": "constant", "step": "constant, one new site", "linear": "growing as much every day",
    "exponential": "growing exponentially", "runaway": "running away",
}  # fmt: skip


def trend_words(said: Mapping[str, Any]) -> str:
    """What was found, one fact a line."""
    lines = []
    if said["reconstructed"]:
        lines.append("RECONSTRUCTED series, not flight telemetry.")
    first, last = (text[:10] for text in said["span_utc"])
    lines.append(f"{said['name']}: {first} to {last}, {said['tracer']} followed.")
    lines.append(f"Losing {rate_words(said['rate_now_kg_day'])} of air at the end.")
    for change in said["changes"]:
        lines.append("  " + change_words(change))
    if not said["changes"]:
        lines.append("  No change of the rate was found.")
    lines += ["", *growth_words(said), *forecast_words(said)]
    rises = [d for d in said["declared"] if d["kind"] == "rise"]
    settings = said["declared_settings"]
    if settings["watched_from_utc"]:
        lines += ["", f"Watched as the readings came in, from {settings['watched_from_utc'][:10]}, at "
                  f"{settings['false_alarms_per_year']:g} false alarms a year:"]  # fmt: skip
        for rise in rises:
            lines.append(
                f"  {rise['declared_utc'][:10]}  a rise to {rise['rate_kg_day']['median']:.2f} kg/day declared, "
                f"onset {span_words(rise['onset_utc'])}"
            )
        if not rises:
            lines.append("  No rise would have been declared.")
    aside = said["set_aside"]
    if aside:
        counts = {kind: sum(1 for a in aside if a["kind"] == kind) for kind in dict.fromkeys(a["kind"] for a in aside)}
        named = ", ".join(f"{n} x {kind.replace('_', ' ')}" for kind, n in counts.items())
        lines += ["", f"Set aside as no leak: {named}."]
    return "\n".join(lines)


def rate_words(interval: Mapping[str, float]) -> str:
    """A rate with its range and in pounds."""
    low, middle, high = interval["low"], interval["median"], interval["high"]
    return f"{middle:.2f} ({low:.2f} to {high:.2f}) kg/day, {middle / LB_KG:.1f} lb/day"


def span_words(dates: Mapping[str, str]) -> str:
    """A date with its range."""
    return f"{dates['median'][:10]} ({dates['low'][:10]} to {dates['high'][:10]})"


def change_words(change: Mapping[str, Any]) -> str:
    """One change."""
    before, after = (change[k]["median"] for k in ("before_kg_day", "after_kg_day"))
    ratio = change["ratio"]
    times = f"to {ratio['median']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f}) of it"
    return (
        f"{span_words(change['date_utc'])}  {KIND_WORDS[change['kind']]}: {before:.2f} to {after:.2f} kg/day, {times}, "
        f"probability {change['probability']:.2f}"
    )


def growth_words(said: Mapping[str, Any]) -> list[str]:
    """The law of growth since the last fall."""
    growth = said["growth"]
    if growth["probability"] is None:
        return ["By which law the rate grows cannot be said: too few masses since it last fell."]
    law, share = max(growth["probability"].items(), key=lambda item: item[1])
    line = f"Since {growth['from_utc'][:10]} the rate is best described as {LAW_WORDS[law]} (probability {share:.2f})"
    if growth["doubling_days"]:
        d = growth["doubling_days"]
        line += f", doubling in {d['median']:.0f} ({d['low']:.0f} to {d['high']:.0f}) days"
    return [line + "."]


def forecast_words(said: Mapping[str, Any]) -> list[str]:
    """What is needed and when limits are reached."""
    ahead = said["forecast"]
    n = ahead["needed_kg"]
    lines = [
        f"Until {ahead['until_utc'][:10]} it takes {n['median']:.0f} ({n['low']:.0f} to {n['high']:.0f}) kg of air."
    ]
    for limit in ahead["limits"]:
        value = f"{limit['value']:.2f} kg/day" if limit["unit"] == "kg/day" else f"{mmhg(limit['value']):.0f} mmHg"
        when = span_words(limit["date_utc"]) if limit["date_utc"] else "not within a year"
        if not limit["date_utc"] and limit["chance_within_a_year"] > 0.005:
            when += f" (chance {limit['chance_within_a_year']:.2f})"
        lines.append(f"  {limit['limit'].replace('_', ' ')} {value}: {when}, {limit['why'].partition(';')[0]}.")
    return lines
