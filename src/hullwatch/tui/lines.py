"""The view as lines of text: what the terminal shows, each part a function from the view. Pure.

Text of the record is put in as text, never as markup, and without characters a terminal would obey.
"""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from hullwatch.incident.states import OPEN
from hullwatch.incident.words import gravest, percent, short_utc, span_range, span_text, spread

View = Mapping[str, Any]
STYLES = {
    # class: (word with a shape of its own, style); colours after Astro UXDS and the ISS classes
    "emergency": ("▲▲ EMERGENCY", "bold #101923 on #ff3838"),
    "warning": ("▲ WARNING", "bold #101923 on #ff6b6b"),
    "caution": ("■ CAUTION", "bold #101923 on #fce83a"),
    "advisory": ("◆ ADVISORY", "bold #101923 on #2dccff"),
    "normal": ("● NORMAL", "bold #101923 on #56f000"),
    "undecided": ("? UNDECIDED", "bold #101923 on #a4abb6"),
}
SIGNALS = {"good": "●", "stale": "◐", "lost": "○", "ended": "■"}
MARKS = {
    "incident": "◆",
    "alarm": "▲",
    "hatch": "│",
    "step": "■",
    "operation": "~",
    "signal": "─",
    "word": "“",
    "advice": "→",
}
PLACES = 3


def plain(text: Any) -> str:
    """Words as they may be shown: one line, nothing in them that a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))


def title(view: View, past: bool) -> Text:
    """Class, state, moment, link."""
    word, style = STYLES.get(view["banner"]["class"], STYLES["undecided"])
    data = view["data"]
    text = Text().append(f" {word} ", style=style)
    state = view["banner"]["state"]
    if state != "normal":
        text.append(f" {state} ", style="bold reverse" if state == "unacknowledged" else "bold")
    text.append(f"  {view['day_of_year']} UTC", style="bold")
    if past:
        text.append("  ").append(" AS KNOWN THEN ", style="bold reverse")
    else:
        text.append(f"  {SIGNALS.get(data['signal'], '?')} {data['signal']}")
    if view["reconstructed"]:
        text.append("  ").append("RECONSTRUCTED", style="bold underline")
    return text


def verdict(view: View) -> Text:
    """The sentence, and what is wrong with record or watch."""
    text = Text().append(plain(view["banner"]["words"]), style="bold")
    if view["banner"].get("held"):
        text.append(f"\n{plain(view['banner']['held'])}", style="bold")
    if view.get("trouble"):
        text.append(f"\n{plain(view['trouble'])}", style="bold reverse")
    return text


def figures(view: View) -> Text:
    """Rate, hole, fall of pressure, and the reserve, each with its 90 % range."""
    incident = shown(view)
    if incident is None:
        found = view.get("detectable")
        said = "no incident" if found is None else f"a leak of {found['kg_day']:g} kg/day or more would have been seen"
        return Text(plain(said), style="dim")
    if incident["state"] not in OPEN:
        return _was(incident)
    worst = gravest([{**one["time_s"], **one} for one in incident["reserve"]])
    text = Text().append("RESERVE ", style="dim")
    if worst is None:
        text.append("no limit is reached within the forecast", style="bold")
    else:
        text.append(f"{span_range(worst['time_s'])} to {plain(worst['limit']).replace('_', ' ')}", style="bold")
    fall = incident["pressure_fall_mmhg_h"]
    if fall:
        text.append("   FALL ", style="dim").append(f"{spread(fall)} mmHg/h", style="bold")
    text.append("\n")
    for name, value, unit in (("RATE", incident["rate_kg_day"], "kg/day"), ("HOLE", incident["hole_mm"], "mm")):
        text.append(f"{name} ", style="dim")
        text.append(f"{spread(value)} {unit}   " if value else "not known   ", style="bold" if value else "dim")
    return text


def _was(incident: Mapping[str, Any]) -> Text:
    """The figures of a leak that is over: where they were best measured."""
    best, text = incident["best"], Text()
    for name, value, unit in (("RATE WAS", best["rate_kg_day"], "kg/day"), ("HOLE", best["hole_mm"], "mm")):
        text.append(f"{name} ", style="dim")
        text.append(f"{spread(value)} {unit}   " if value else "not known   ", style="bold" if value else "dim")
    return (
        text.append(f"\nsince {short_utc(incident['ended_utc'])} not told from nothing", style="dim")
        if incident["ended_utc"]
        else text
    )


def places(view: View, width: int = 78) -> Text:
    """Bars of where it leaks, most probable first."""
    incident = shown(view)
    if incident is None or not incident["location"]:
        return Text("where: not known", style="dim")
    text, room = Text(), max(10, width - 36)
    for place in incident["location"][:PLACES]:
        full = round(place["probability"] * room)
        text.append(f"{plain(place['compartment']):16.16} ")
        text.append("█" * full + "·" * (room - full), style="#f0883e")
        text.append(f" {percent(place['probability'])}\n", style="bold")
    rest = len(incident["location"]) - PLACES
    return text.append(f"{rest} others less; {plain(incident['location_why'])}" if rest > 0 else "", style="dim")


def answers(view: View) -> Text:
    """Next step, time, patch, return; or what was set aside."""
    incident = shown(view)
    if incident is None:
        return Text(plain(view["banner"]["detail"]))
    lines = [plain(line) for line in incident["answers"]]
    others = sorted(incident["set_aside"] or (), key=lambda one: -one["probability"])
    if others:
        aside = ", ".join(f"{plain(o['cause'])} {percent(o['probability'])}" for o in others[:4])
        way_home = next((k for k, line in enumerate(lines) if line.startswith("RETURN")), len(lines))
        lines.insert(way_home, f"ASIDE   {aside}")  # before the longest answer, which a small screen cuts
    return Text("\n".join(lines))


def alarm_lines(view: View) -> list[tuple[str, Text]]:
    """Alarms that ask for somebody: (incident, line)."""
    lines = []
    for alarm in view["alarms"]:
        if alarm["state"] == "normal":
            continue
        word, style = STYLES.get(alarm["class"], STYLES["undecided"])
        text = Text(no_wrap=True, overflow="ellipsis").append(f" {word} ", style=style)
        text.append(f" {alarm['state']}", style="bold")
        text.append(f" since {short_utc(alarm['since_utc'])[11:]}")
        text.append(f" {plain(alarm['owner'] or 'no owner')}", style="dim")
        lines.append((str(alarm["incident"]), text.append(f"  {plain(alarm['text'])}")))
    return lines


def timeline(view: View) -> Text:
    """What happened, newest first."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for entry in view["timeline"]:
        text.append(f"{short_utc(entry['time_utc'])[5:16]} ", style="dim")
        text.append(f"{MARKS.get(entry['kind'], ' ')} ")
        text.append(plain(entry["title"]), style="bold")
        text.append(f"  {plain(entry['words'])}\n", style="dim")
    return text


def channels(view: View) -> Text:
    """Pressures with age and quality."""
    text = Text()
    for one in view["data"]["channels"]:
        if one["quantity"] not in ("pressure", "ppo2", "temperature"):
            continue
        value = "-" if one["value"] is None else f"{one['value']:.6g} {one['unit'] or ''}"
        age = "" if one["age_s"] is None else f"{span_text(one['age_s'])} old"
        text.append(f"{plain(one['name']):36.36} ")
        text.append(f"{value:>16} ", style="bold" if not one["quality"] else "bold reverse")
        text.append(f"{age:>10} {', '.join(map(plain, one['quality']))}\n", style="dim")
    return text


def shown(view: View) -> Mapping[str, Any] | None:
    """The incident the banner speaks of."""
    return next((one for one in view["incidents"] if one["id"] == view["banner"]["incident"]), None)
