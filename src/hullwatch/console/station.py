"""The station map: compartments in their pressure groups, hatches, where the leak is likely, whose seats are where.

Drawn in the text's own colour on no background, so that it reads on light and dark. Colour is never alone: a group is a
letter too, a probability a number, a closed hatch a bar and a word, a craft a dashed outline. Every part says itself in
a <title>, and has data-compartment or data-hatch for the page to act on.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hullwatch.incident.words import percent
from hullwatch.vehicle.draw import GAP, Box, Branch, spanning_forest, tree_layout
from hullwatch.vehicle.svg import number as n

Data = Mapping[str, Any]
GROUP_COLOURS = ("#4a86cf", "#9b6bd0", "#2a9d95", "#b5793a", "#c2608f", "#7a8794")
"""Of groups A, B, C ...; none of them a colour of status."""
LIKELY = "#f0883e"
HEIGHT = 44.0
SHOWN = 0.005
"""Probability from which on it is written on the map; every one is in the compartment's title."""
_PERSON = "M0 -9.2a2.6 2.6 0 1 1 0 5.2a2.6 2.6 0 1 1 0 -5.2zM-4.4 3v-2.2a4.4 4.4 0 0 1 8.8 0V3z"


def group_letter(index: int | None) -> str:
    """A, B, C ... of a pressure group; after Z, numbers."""
    return "" if index is None else chr(65 + index) if index < 26 else str(index + 1)


def station_svg(view: Data) -> str:
    """The map of a view as SVG text. Pure: the same view gives the same text."""
    ship: Data = view["map"]
    rooms: dict[str, Data] = {str(one["id"]): one for one in ship["compartments"]}
    hatches: dict[str, Data] = {str(one["id"]): one for one in ship["hatches"]}
    ways = [(id, str(one["between"][0]), str(one["between"][1])) for id, one in hatches.items()]
    branches, loops = spanning_forest(list(rooms), ways)
    boxes = tree_layout(rooms, branches, HEIGHT)
    width = max((box.x + box.width for box in boxes.values()), default=200.0) + 16.0
    bottom = max((box.y + box.height / 2 for box in boxes.values()), default=40.0)
    top = min((box.y - box.height / 2 for box in boxes.values()), default=0.0) - 14.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {n(top)} {n(width)} {n(bottom + 40.0 - top)}" role="img"'
        f' class="station" font-family="system-ui, sans-serif" fill="currentColor" aria-labelledby="station-title'
        f' station-words"><title id="station-title">{escape(str(view.get("title") or "The ship"))}</title>'
        f'<desc id="station-words">{escape(station_words(ship))}</desc>'
    ]
    parts += [_hatch(branch, boxes, hatches[branch.hatch], loop=False) for branch in branches]
    parts += [_hatch(branch, boxes, hatches[branch.hatch], loop=True) for branch in loops]
    parts += [_room(one, boxes[id], ship["group_pressure_mmhg"]) for id, one in rooms.items()]
    parts += [_legend(ship, bottom + 26.0), "</svg>"]
    return "\n".join(parts) + "\n"


def station_words(ship: Data) -> str:
    """The map in words, for those who do not see it."""
    said = []
    for index, group in enumerate(ship["groups"]):
        pressure = ship["group_pressure_mmhg"][index]
        at = "" if pressure is None else f" at {pressure:.1f} mmHg"
        said.append(f"Group {group_letter(index)}{at}: {', '.join(group)}.")
    shut = [str(hatch["id"]) for hatch in ship["hatches"] if not hatch["open"]]
    said.append(f"Closed hatches: {', '.join(shut) or 'none'}.")
    likely = sorted((room for room in ship["compartments"] if room["posterior"]), key=lambda room: -room["posterior"])
    if likely:
        said.append(
            "Leak most probably in: " + ", ".join(f"{r['id']} {percent(r['posterior'])}" for r in likely[:3]) + "."
        )
    homes = [f"{', '.join(room['people'])} in {room['id']}" for room in ship["compartments"] if room["people"]]
    if homes:
        said.append(f"Seats home: {'; '.join(homes)}.")
    return " ".join(said)


def _room(room: Data, box: Box, pressures: Sequence[float | None]) -> str:
    id, group, chance = str(room["id"]), room["group"], room["posterior"]
    colour = "currentColor" if group is None else GROUP_COLOURS[group % len(GROUP_COLOURS)]
    tint = 0.0 if chance is None else 0.85 * min(max(chance, 0.0), 1.0) ** 0.6
    x, top = box.x, box.y - box.height / 2
    ink = ' fill="#101923"' if tint >= 0.6 else ""  # dark on orange, whatever the page's own colour
    craft = bool(room.get("craft"))
    outline = 'stroke-dasharray="6 3" rx="14"' if craft else 'rx="4"'
    frame = f'x="{n(x)}" y="{n(top)}" width="{n(box.width)}" height="{n(box.height)}" {outline}'
    kind = f"room group-{group_letter(group) or 'none'}{' craft' if craft else ''}"
    marks = [
        f'<g class="{kind}" data-compartment={quoteattr(id)}'
        f' data-group={quoteattr(group_letter(group))} data-posterior="{0.0 if chance is None else chance:.6g}">'
        f"<title>{escape(_room_words(room, pressures))}</title>",
        f'<rect class="tint" {frame} fill="{LIKELY}" fill-opacity="{tint:.3f}" stroke="none"/>',
        f'<rect class="frame" {frame} fill="none" stroke="{colour}" stroke-width="{2.6 if tint > 0.3 else 1.8}"/>',
        f'<text x="{n(x + 9)}" y="{n(top + 18)}" font-size="{n(min(12.5, (box.width - 18) / 0.74 / max(len(id), 1)))}"'
        f' font-weight="700"{ink}>{escape(id)}</text>',
    ]
    if group is not None:
        marks.append(
            f'<circle cx="{n(x + 14)}" cy="{n(top + 31)}" r="7.5" fill="{colour}"/><text x="{n(x + 14)}"'
            f' y="{n(top + 35)}" font-size="11" font-weight="700" text-anchor="middle" fill="#ffffff">'
            f"{group_letter(group)}</text>"
        )
    if chance is not None and chance >= SHOWN:
        shown = percent(chance).replace("over ", "&gt;")
        marks.append(
            f'<text x="{n(x + box.width - 9)}" y="{n(top + 36)}" font-size="12.5" font-weight="700"'
            f' text-anchor="end"{ink}>{shown}</text>'
        )
    if room["people"]:
        marks.append(
            f'<g class="people" transform="translate({n(x + 32)} {n(top + 34)})"><path d="{_PERSON}"/><text x="7"'
            f' y="1.5" font-size="11" font-weight="600">{len(room["people"])}</text></g>'
        )
    return "\n".join([*marks, "</g>"])


def _room_words(room: Data, pressures: Sequence[float | None]) -> str:
    group, chance = room["group"], room["posterior"]
    said = f"{room['id']}: {room['name']}"
    if group is not None:
        pressure = pressures[group] if group < len(pressures) else None
        said += f"; pressure group {group_letter(group)}" + ("" if pressure is None else f", {pressure:.1f} mmHg")
    if chance is not None:
        said += f"; leak here with probability {percent(chance)}"
    return said + (f"; seats of {', '.join(room['people'])}" if room["people"] else "")


def _hatch(branch: Branch, boxes: Mapping[str, Box], hatch: Data, loop: bool) -> str:
    inner, outer = boxes[branch.inner], boxes[branch.outer]
    if loop:  # a hatch that closes a ring has no place in a tree: a curve between the left edges
        swing = min(inner.x, outer.x) - 12.0
        path = f"M{n(inner.x)} {n(inner.y)}C{n(swing)} {n(inner.y)} {n(swing)} {n(outer.y)} {n(outer.x)} {n(outer.y)}"
        x, y = outer.x - 10.0, outer.y
    else:
        bend = outer.x - GAP + 12.0
        path = f"M{n(inner.x + inner.width)} {n(inner.y)}H{n(bend)}V{n(outer.y)}H{n(outer.x)}"
        x, y = (bend + outer.x) / 2.0, outer.y
    said = {"telemetry": "seen by telemetry", "report": "as reported", "default": "assumed, never seen to move"}
    state = "open" if hatch["open"] else "closed"
    dashes = "" if hatch["open"] else ' stroke-dasharray="3 4"'
    words = f"{branch.hatch}: {state} ({said.get(hatch['source'], hatch['source'])})"
    marks = [
        f'<g class="hatch {state}" data-hatch={quoteattr(branch.hatch)} data-state="{state}"'
        f" data-source={quoteattr(str(hatch['source']))}><title>{escape(words)}</title>"
        f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="0.55" stroke-width="1.8"'
        f"{dashes}/>"
        f'<rect class="touch" x="{n(x - 14)}" y="{n(y - 14)}" width="28" height="28" fill="none" pointer-events="all"/>'
    ]
    if not hatch["open"]:
        marks.append(
            f'<path d="M{n(x)} {n(y - 9)}V{n(y + 9)}" stroke="currentColor" stroke-width="4.5"/><text x="{n(x)}"'
            f' y="{n(y - 12)}" font-size="10" font-weight="600" text-anchor="middle">closed</text>'
        )
    if hatch["source"] == "report":
        marks.append(f'<text x="{n(x)}" y="{n(y + 20)}" font-size="9.5" text-anchor="middle">reported</text>')
    return "".join([*marks, "</g>"])


def _legend(ship: Data, y: float) -> str:
    """One entry for each group, with its pressure, then the marks."""
    marks, x = ['<g class="legend" font-size="11.5">'], 16.0
    shared = [
        k for k, group in enumerate(ship["groups"]) if ship["group_pressure_mmhg"][k] is not None or len(group) > 1
    ]
    for index in shared[:6]:
        colour, pressure = GROUP_COLOURS[index % len(GROUP_COLOURS)], ship["group_pressure_mmhg"][index]
        words = f"{len(ship['groups'][index])} rooms" if pressure is None else f"{pressure:.1f} mmHg"
        marks.append(
            f'<circle cx="{n(x + 7)}" cy="{n(y - 4)}" r="7.5" fill="{colour}"/><text x="{n(x + 7)}" y="{n(y)}"'
            f' font-size="11" font-weight="700" text-anchor="middle" fill="#ffffff">{group_letter(index)}</text>'
            f'<text x="{n(x + 19)}" y="{n(y)}">{words}</text>'
        )
        x += 105.0
    marks.append(
        f'<rect x="{n(x)}" y="{n(y - 12)}" width="26" height="16" rx="8" fill="none" stroke="currentColor"'
        f' stroke-dasharray="6 3"/><text x="{n(x + 32)}" y="{n(y)}">craft</text>'
        f'<path d="M{n(x + 76)} {n(y - 12)}v16" stroke="currentColor" stroke-width="4.5"/>'
        f'<text x="{n(x + 84)}" y="{n(y)}">closed</text>'
        f'<rect x="{n(x + 136)}" y="{n(y - 12)}" width="26" height="16" rx="3" fill="{LIKELY}" fill-opacity="0.7"/>'
        f'<text x="{n(x + 168)}" y="{n(y)}">leak probability</text>'
        f'<g transform="translate({n(x + 276)} {n(y)})"><path d="{_PERSON}"/></g>'
        f'<text x="{n(x + 284)}" y="{n(y)}">seats home</text></g>'
    )
    return "\n".join(marks)
