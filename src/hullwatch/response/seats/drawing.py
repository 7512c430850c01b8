"""Draws who has which seat when: a line for each person, a colour and a word for each craft, in plain SVG.

A full seat is a plain bar; a degraded one is striped, an improvised one dotted and outlined, no place is an empty red
frame: a pattern and a word stand beside every colour.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from hullwatch.response.seats.answer import Answer
from hullwatch.response.seats.words import day
from hullwatch.vehicle.roster import Roster
from hullwatch.vehicle.svg import INK
from hullwatch.vehicle.svg import number as _n
from hullwatch.vehicle.svg import text as _text

QUIET, GRID, ALERT = "#57606a", "#d8dee4", "#b3261e"
COLOURS = ("#5b8fd6", "#e39b3b", "#5aa87a", "#b07cc6", "#c8b23c", "#4fb3bf", "#d98880", "#8d99a6")
LEFT, RIGHT, TOP, ROW, WIDTH = 168.0, 24.0, 86.0, 21.0, 1180.0
CHAR = 6.6  # mean advance of 11 px text in a wide system font


@dataclass(frozen=True, slots=True)
class _Bar:
    """One kind of place over one stretch."""

    begin: float
    end: float
    craft: str | None
    state: str


@dataclass(frozen=True, slots=True)
class _Scale:
    """Time to the right."""

    begin: float
    end: float

    def x(self, time_s: float) -> float:
        """Where a moment stands, kept inside the picture."""
        inside = min(max(time_s, self.begin), self.end)
        return LEFT + (inside - self.begin) / (self.end - self.begin) * (WIDTH - LEFT - RIGHT)


def seats_svg(answer: Answer) -> str:
    """The picture of an answer's timeline as SVG text. Pure: the same answer gives the same text."""
    roster, periods = answer.roster, answer.timeline.periods
    scale = _Scale(periods[0].span.from_s, periods[-1].span.until_s)
    people = [p.name for p in roster.crew if any(p.name == r.person for q in periods for r in q.decision.best.rides)]
    marks = _marks(answer)
    rows = TOP + len(people) * ROW
    crafts = [c for c in roster.crafts if c.seats]
    bottom = rows + 34.0 + len(crafts) * 17.0
    height = bottom + 62.0
    colours = {craft.id: COLOURS[k % len(COLOURS)] for k, craft in enumerate(crafts)}
    title = f"Who has which seat: {roster.title}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {_n(height)}" width="{WIDTH:g}"'
        f' height="{_n(height)}" role="img" aria-label={quoteattr(title)} font-family="system-ui, sans-serif">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(_in_words(answer))}</desc>",
        _patterns(),
        f'<rect width="{WIDTH:g}" height="{_n(height)}" fill="#ffffff"/>',
        _text(16, 26, title, size=15, weight=600),
        *_months(scale, bottom),
        *_lines(marks, scale, bottom),
    ]
    for k, name in enumerate(people):
        parts += _person(name, TOP + k * ROW, _bars(answer, name), scale, colours, roster)
    parts += _docked(roster, rows + 34.0, scale, colours)
    parts += _events(marks, scale)
    parts += [*_legend(bottom + 34.0, answer), "</svg>"]
    return "\n".join(parts) + "\n"


# --- who sits where ---------------------------------------------------------------------------------------------------


def _bars(answer: Answer, name: str) -> list[_Bar]:
    """Stretches with the same place, joined."""
    found: list[_Bar] = []
    for period in answer.timeline.periods:
        ride = next((r for r in period.decision.best.rides if r.person == name), None)
        if ride is None:
            continue
        place = (ride.craft, ride.state)
        last = found[-1] if found else None
        if last is not None and (last.end, last.craft, last.state) == (period.span.from_s, *place):
            found[-1] = _Bar(last.begin, period.span.until_s, *place)
        else:
            found.append(_Bar(period.span.from_s, period.span.until_s, *place))
    return found


def _person(
    name: str, y: float, bars: Sequence[_Bar], scale: _Scale, colours: dict[str, str], roster: Roster
) -> list[str]:
    middle = y + ROW / 2
    parts = [
        f'<path d="M{_n(LEFT)} {_n(middle)}H{_n(WIDTH - RIGHT)}" stroke="{GRID}" stroke-width="0.7"/>',
        _text(LEFT - 8, middle + 4, name, size=11, anchor="end"),
    ]
    for bar in bars:
        x, width = scale.x(bar.begin), max(scale.x(bar.end) - scale.x(bar.begin), 1.5)
        craft = roster.craft(bar.craft).name if bar.craft is not None else "no place"
        word = "" if bar.state == "full" else f", {bar.state}"
        fill = "#ffffff" if bar.craft is None else colours[bar.craft]
        over = {"degraded": "url(#striped)", "improvised": "url(#dotted)"}.get(bar.state)
        edge = ALERT if bar.state == "none" else INK if bar.state in ("degraded", "improvised") else "#ffffff"
        shape = f'x="{_n(x)}" y="{_n(y + 2)}" width="{_n(width)}" height="{_n(ROW - 4)}" rx="2"'
        told = f"{name}: {craft}{word}, {day(bar.begin)} to {day(bar.end)}"
        parts.append(f'<g data-person={quoteattr(name)} data-place="{bar.state}"><title>{escape(told)}</title>')
        parts.append(f'<rect {shape} fill="{fill}" stroke="{edge}" stroke-width="1"/>')
        if over is not None:
            parts.append(f'<rect {shape} fill="{over}"/>')
        parts += _label(x, middle, width, _short(craft), bar.state)
        parts.append("</g>")
    return parts


def _label(x: float, middle: float, width: float, craft: str, state: str) -> list[str]:
    """The longest of what may be said that fits; on a light plate where the bar has a pattern."""
    choices = [craft, craft.split(" ")[-1]] if state == "full" else [f"{craft}, {state}", state, craft]
    said = next((c for c in choices if len(c) * CHAR + 8 <= width), "")
    if not said:
        return []
    plate = (
        f'<rect x="{_n(x + 3)}" y="{_n(middle - 6.5)}" width="{_n(len(said) * CHAR + 2)}" height="13" rx="2"'
        ' fill="#ffffff" fill-opacity="0.85"/>'
    )
    return [*([plate] if state != "full" else []), _text(x + 5, middle + 4, said, size=11)]


def _short(craft: str) -> str:
    return craft.removeprefix("Soyuz ").removeprefix("Dragon ")


def _docked(roster: Roster, y: float, scale: _Scale, colours: dict[str, str]) -> list[str]:
    """When each craft is there; striped while something is wrong with it."""
    parts = [_text(16, y - 8, "docked craft and their ports", size=11, weight=600, fill=QUIET)]
    for k, craft in enumerate(c for c in roster.crafts if c.seats):
        top = y + k * 17.0
        parts.append(_text(LEFT - 8, top + 11, craft.name, size=11, anchor="end"))
        for stay in craft.stays:
            x = scale.x(stay.span.from_s)
            width = scale.x(stay.span.until_s) - x
            if width <= 0.0:
                continue
            port = roster.port(stay.port).name
            parts.append(
                f'<rect x="{_n(x)}" y="{_n(top + 2)}" width="{_n(width)}" height="11" fill="{colours[craft.id]}"'
                f' stroke="#ffffff"><title>{escape(f"{craft.name} at {port}")}</title></rect>'
            )
            for fault in (f for f in roster.faults if f.craft == craft.id):
                begin = max(x, scale.x(fault.span.from_s))
                end = min(x + width, scale.x(fault.span.until_s))
                if end > begin:
                    parts.append(
                        f'<rect x="{_n(begin)}" y="{_n(top + 2)}" width="{_n(end - begin)}" height="11"'
                        f' fill="url(#striped)" stroke="{INK}" stroke-width="0.8"/>'
                    )
            if len(port) * 5.2 + 8 <= width:
                parts.append(
                    f'<rect x="{_n(x + 2)}" y="{_n(top + 3)}" width="{_n(len(port) * 5.2 + 4)}" height="9" rx="2"'
                    ' fill="#ffffff" fill-opacity="0.8"/>'
                )
                parts.append(_text(x + 4, top + 11, port, size=9))
    return parts


# --- time and events --------------------------------------------------------------------------------------------------


def _months(scale: _Scale, bottom: float) -> list[str]:
    """A line and a name for the first of each month."""
    first = dt.datetime.fromtimestamp(scale.begin, dt.UTC)
    at, parts = dt.datetime(first.year, first.month, 1, tzinfo=dt.UTC), []
    while at.timestamp() < scale.end:
        begin = at
        at = dt.datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=dt.UTC)
        x, end = scale.x(begin.timestamp()), scale.x(at.timestamp())
        if begin.timestamp() >= scale.begin:
            parts.append(f'<path d="M{_n(x)} {_n(TOP - 6)}V{_n(bottom)}" stroke="{GRID}" stroke-width="0.8"/>')
        if end - x >= 30.0:
            name = begin.strftime("%b %Y" if begin.month == 1 or not parts or len(parts) == 1 else "%b")
            parts.append(_text(x + 3, TOP - 10, name, size=10, fill=QUIET))
    return parts


def _marks(answer: Answer) -> list[tuple[float, str]]:
    """What the picture should name: faults, leaks, places rigged, and when people move."""
    roster = answer.roster
    found = [(f.span.from_s, f"{_short(roster.craft(f.craft).name)}: {f.name}") for f in roster.faults]
    found += [(x.from_s, "leak") for x in roster.leaks] + [(x.patched_s, "patched") for x in roster.leaks]
    for period in answer.timeline.periods:
        moved = [ride for ride in period.decision.best.rides if ride.moved and ride.craft is not None]
        if moved:
            who = moved[0].person.split(" ")[-1] if len(moved) == 1 else f"{len(moved)} people"
            to = {_short(roster.craft(ride.craft).name) for ride in moved if ride.craft is not None}
            found.append((period.span.from_s, f"{who} to {' and '.join(sorted(to))}"))
    odd = {name for name, d in answer.timeline.days.items() if d.degraded or d.improvised or d.none}
    for home in answer.timeline.homecomings:
        if odd & set(home.aboard) and answer.at is None:
            found.append((home.time_s, f"{len(home.aboard)} home in {_short(roster.craft(home.craft).name)}"))
    if answer.at_s is not None:
        found.append((answer.at_s, "asked for"))
    return sorted((time_s, words) for time_s, words in found if time_s < roster.span.until_s)


def _lines(marks: Sequence[tuple[float, str]], scale: _Scale, bottom: float) -> list[str]:
    """A line down the picture for each event, under everything else."""
    return [
        f'<path d="M{_n(scale.x(time_s))} 49V{_n(bottom)}" stroke="{ALERT}" stroke-dasharray="4 3"/>'
        for time_s, _ in marks
    ]


def _events(marks: Sequence[tuple[float, str]], scale: _Scale) -> list[str]:
    """The words of the events, in two tiers so that neighbours do not touch."""
    parts: list[str] = []
    ends = [-1e9, -1e9]
    for time_s, words in marks:
        at = dt.datetime.fromtimestamp(time_s, dt.UTC)
        said = f"{at.day} {at:%b}, {words}"
        # near the right edge the words stand left of their line
        x = min(scale.x(time_s), WIDTH - RIGHT - len(said) * CHAR - 4)
        tier = min((0, 1), key=lambda k: (ends[k] > x, k))
        ends[tier] = x + len(said) * CHAR + 10
        y = 46.0 + 15.0 * tier
        width = _n(len(said) * CHAR + 4)
        parts.append(f'<rect x="{_n(x)}" y="{_n(y - 9)}" width="{width}" height="13" fill="#ffffff"/>')
        parts.append(_text(x + 2, y + 1, said, size=11, fill=ALERT))
    return parts


def _legend(y: float, answer: Answer) -> list[str]:
    parts, x = [], 16.0
    for state, word in (
        ("full", "full seat"),
        ("degraded", "degraded"),
        ("improvised", "improvised"),
        ("none", "no place"),
    ):
        over = {"degraded": "url(#striped)", "improvised": "url(#dotted)"}.get(state)
        fill = "#ffffff" if state == "none" else COLOURS[-1]
        edge = ALERT if state == "none" else INK
        shape = f'x="{_n(x)}" y="{_n(y - 10)}" width="34" height="13" rx="2"'
        parts.append(f'<rect {shape} fill="{fill}" stroke="{edge}"/>')
        if over is not None:
            parts.append(f'<rect {shape} fill="{over}"/>')
        parts.append(_text(x + 40, y + 1, word, size=11))
        x += 58.0 + len(word) * CHAR + 14.0
    days = answer.timeline.days.values()
    degraded, improvised = sum(d.degraded for d in days), sum(d.improvised for d in days)
    none = sum(d.none for d in days)
    said = f"person-days: {degraded:.1f} degraded, {improvised:.1f} improvised, {none:.1f} without a place"
    return [*parts, _text(WIDTH - RIGHT, y + 1, said, size=12, weight=600, anchor="end")]


def _in_words(answer: Answer) -> str:
    said = [
        f"{name}: {d.degraded:.1f} days degraded, {d.improvised:.1f} improvised, {d.none:.1f} without a place"
        for name, d in answer.timeline.days.items()
        if d.degraded or d.improvised or d.none
    ]
    return ". ".join(said) + "." if said else "Everyone has a full seat all the time."


# --- marks ------------------------------------------------------------------------------------------------------------


def _patterns() -> str:
    return (
        '<defs><pattern id="striped" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path d="M0 0V7" stroke="{INK}" stroke-width="2.4" stroke-opacity="0.55"/></pattern>'
        '<pattern id="dotted" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<circle cx="3" cy="3" r="1.3" fill="{INK}" fill-opacity="0.75"/></pattern></defs>'
    )
