"""Draws the ship as a tree of compartments and hatches, in plain SVG, from what the record holds.

The tree stands on its middle and grows to the right, one column per hatch away from the middle:

    +------+          +---------+        +---------+
    | ROOT |----+-----| LAB 2 % |--------| COL 1 % |     plain line: hatch open
    +------+    |     +---------+        +---------+
                |     +---------+
                +--[]-| SM 71 % |                        bar across the line: hatch closed
                      +---------+

Colour is never alone: a probability is a percentage and a bar, a closed hatch a bar and a word,
a craft a dashed outline.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hullwatch.vehicle.svg import INK as _INK
from hullwatch.vehicle.svg import number as _n
from hullwatch.vehicle.svg import text as _text

GAP, _MARGIN, _HEAD = 56.0, 16.0, 44.0
_ID_CHAR, _NAME_CHAR = 8.8, 5.7  # mean advance of 12 px bold capitals and of 10 px text in a wide system font
_QUIET, _LINE, _SHUT, _CALM = "#57606a", "#6e7781", "#b3261e", "#1f5f8b"
_SHADE = (240, 136, 62)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Branch:
    """One hatch of the tree: from the compartment nearer the middle to the one beyond."""

    hatch: str
    inner: str
    outer: str


@dataclass(frozen=True, slots=True)
class Box:
    """Where a compartment stands; y is the middle of the box."""

    x: float
    y: float
    width: float
    height: float


def hatch_graph_svg(
    compartments: Sequence[Mapping[str, Any]],
    hatches: Sequence[Mapping[str, Any]],
    open_hatches: Set[str],
    shade: Mapping[str, float],
    title: str,
    *,
    tags: Mapping[str, str] | None = None,
    badges: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """A picture of the ship as SVG text, for compartments [{id, name, craft}] and hatches [{id, between}].

    `open_hatches` holds ids of hatches; `shade` maps a compartment's id to the probability, 0 to 1, that the leak is
    there, and may be empty. For a plan: `tags` are short marks on hatches, the one that begins with "1" stands out;
    `badges` are words on compartments; `notes` are lines below. Pure: the same arguments give the same text.
    """
    nodes = {str(c["id"]): c for c in compartments}
    ways = [(str(h["id"]), str(h["between"][0]), str(h["between"][1])) for h in hatches]
    branches, extra = spanning_forest(list(nodes), ways)
    boxes = tree_layout(nodes, branches, 50.0 if shade else 36.0)
    right = max((box.x + box.width for box in boxes.values()), default=0.0) + _MARGIN
    width = max(right, 560.0, len(title) * 9.8 + 2 * _MARGIN)
    bottom = max((box.y + box.height / 2 for box in boxes.values()), default=_HEAD)
    width = max(width, *(len(note) * 6.4 + 2 * _MARGIN for note in notes)) if notes else width
    height = bottom + 52.0 + (18.0 * len(notes) + 8.0 if notes else 0.0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}"'
        f' height="{_n(height)}" role="img" aria-label={quoteattr(title)} font-family="system-ui, sans-serif">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(_in_words(branches + extra, open_hatches, shade))}</desc>",
        f'<rect width="{_n(width)}" height="{_n(height)}" fill="#ffffff"/>',
        _text(_MARGIN, 27.0, title, size=15, weight=600),
    ]
    parts += [_wire(branch, boxes, branch.hatch in open_hatches) for branch in branches]
    parts += [_arc(branch, boxes, branch.hatch in open_hatches) for branch in extra]
    parts += [_compartment(nodes[id], boxes[id], shade.get(id)) for id in nodes]
    parts += [_badge(boxes[id], words) for id, words in (badges or {}).items() if id in boxes]
    parts += [_tag(b, boxes, tags[b.hatch], b.hatch in open_hatches) for b in branches if tags and b.hatch in tags]
    parts += [_tag(b, boxes, tags[b.hatch], False, True) for b in extra if tags and b.hatch in tags]
    parts += [_legend(bottom + 32.0, bool(shade))]
    parts += [_text(_MARGIN, bottom + 66.0 + 18.0 * k, note, size=12) for k, note in enumerate(notes)]
    parts.append("</svg>")
    return _NOT_XML.sub("\ufffd", "\n".join(parts)) + "\n"


# --- the tree ---------------------------------------------------------------------------------------------------------


def spanning_forest(ids: Sequence[str], ways: Sequence[tuple[str, str, str]]) -> tuple[list[Branch], list[Branch]]:
    """Branches of a tree for every connected piece, rooted in its middle, and the hatches left over (loops)."""
    branches: list[Branch] = []
    used: set[str] = set()
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            continue
        piece = _reach(id, ways)
        root = min((node for node in ids if node in piece), key=lambda node: max(_reach(node, ways).values()))
        seen |= set(piece)
        for hatch, inner, outer in _walk(root, ways):
            used.add(hatch)
            branches.append(Branch(hatch, inner, outer))
    return branches, [Branch(*way) for way in ways if way[0] not in used]


def _reach(root: str, ways: Sequence[tuple[str, str, str]]) -> dict[str, int]:
    depth = {root: 0}
    for _, inner, outer in _walk(root, ways):
        depth[outer] = depth[inner] + 1
    return depth


def _walk(root: str, ways: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Breadth first: (hatch, compartment nearer the root, compartment beyond)."""
    seen, queue = {root}, [root]
    while queue:
        here = queue.pop(0)
        for hatch, a, b in ways:
            beyond = b if a == here else a
            if here in (a, b) and beyond not in seen:
                seen.add(beyond)
                queue.append(beyond)
                yield hatch, here, beyond


def tree_layout(nodes: Mapping[str, Mapping[str, Any]], branches: Sequence[Branch], height: float) -> dict[str, Box]:
    """Tidy tree: every leaf has a row of its own, a parent stands midway between its first and last child."""
    children: dict[str, list[str]] = {id: [] for id in nodes}
    depth: dict[str, int] = dict.fromkeys(nodes, 0)
    for branch in branches:
        children[branch.inner].append(branch.outer)
        depth[branch.outer] = depth[branch.inner] + 1
    outer = {branch.outer for branch in branches}
    rows: dict[str, float] = {}
    taken = 0

    def place(id: str) -> float:
        nonlocal taken
        if not children[id]:
            rows[id] = float(taken)
            taken += 1
        else:
            ys = [place(child) for child in children[id]]
            rows[id] = (ys[0] + ys[-1]) / 2.0
        return rows[id]

    for id in nodes:
        if id not in outer:
            place(id)
    widths: dict[int, float] = {}
    for id, at in depth.items():
        widths[at] = max(widths.get(at, 104.0), len(id) * _ID_CHAR + 16.0)
    left = {at: _MARGIN + sum(widths[i] + GAP for i in range(at)) for at in widths}
    middle = {id: _HEAD + height / 2 + row * (height + 10.0) for id, row in rows.items()}
    return {id: Box(left[depth[id]], middle[id], widths[depth[id]], height) for id in nodes}


# --- the marks --------------------------------------------------------------------------------------------------------


def _compartment(node: Mapping[str, Any], box: Box, probability: float | None) -> str:
    id, name = str(node["id"]), str(node.get("name", ""))
    x, top = box.x, box.y - box.height / 2
    room = int((box.width - 16.0) / _NAME_CHAR)
    shown = name if len(name) <= room else name[: room - 1].rstrip(" (-") + "…"
    tint = 0.0 if probability is None else min(max(probability, 0.0), 1.0)
    outline = 'stroke-dasharray="5 3" rx="13"' if node.get("craft") else 'rx="4"'
    told = "" if probability is None else f", leak here with probability {_percent(probability)}"
    marks = [
        f"<g data-compartment={quoteattr(id)}><title>{escape(f'{id}: {name}{told}')}</title>",
        f'<rect x="{_n(x)}" y="{_n(top)}" width="{_n(box.width)}" height="{_n(box.height)}" fill="{_tint(tint)}"'
        f' stroke="{_INK}" stroke-width="{2.2 if tint >= 0.2 else 1.3}" {outline}/>',
        _text(x + 8, top + 15.0, id, size=12, weight=700),
        _text(x + 8, top + 28.0, shown, size=10, fill=_INK if tint >= 0.2 else _QUIET),
    ]
    if probability is not None:
        track = box.width - 16.0 - 40.0
        marks += [
            f'<rect x="{_n(x + 8)}" y="{_n(top + 36)}" width="{_n(track)}" height="6" fill="#ffffff" stroke="{_QUIET}"'
            f' stroke-width="0.6"/>',
            f'<rect x="{_n(x + 8)}" y="{_n(top + 36)}" width="{_n(track * tint)}" height="6" fill="{_INK}"/>',
            _text(x + box.width - 8, top + 43.5, _percent(probability), size=11, weight=700, anchor="end"),
        ]
    return "\n".join([*marks, "</g>"])


def _tint(probability: float) -> str:
    """White for 0 to orange for 1, steep at first so that a tenth is already seen; ink stays readable on all of it."""
    share = 0.85 * probability**0.6
    return "#" + "".join(f"{round(255 + share * (c - 255)):02x}" for c in _SHADE)


def _wire(branch: Branch, boxes: Mapping[str, Box], is_open: bool) -> str:
    inner, outer = boxes[branch.inner], boxes[branch.outer]
    start, end = inner.x + inner.width, outer.x
    bend = end - GAP + 12.0
    line = (
        f'<path d="M{_n(start)} {_n(inner.y)}H{_n(bend)}V{_n(outer.y)}H{_n(end)}" fill="none"'
        f' stroke="{_LINE}" stroke-width="1.8"/>'
    )
    marks = [_hatch_open(branch, is_open), line]
    if not is_open:
        marks += _bar((bend + end) / 2.0, outer.y)
    return "\n".join([*marks, "</g>"])


def _arc(branch: Branch, boxes: Mapping[str, Box], is_open: bool) -> str:
    """A hatch that closes a loop, which a tree has no place for: a curve between the left edges."""
    a, b = boxes[branch.inner], boxes[branch.outer]
    swing = min(a.x, b.x) - 12.0
    line = (
        f'<path d="M{_n(a.x)} {_n(a.y)}C{_n(swing)} {_n(a.y)} {_n(swing)} {_n(b.y)} {_n(b.x)} {_n(b.y)}"'
        f' fill="none" stroke="{_LINE}" stroke-width="1.8"/>'
    )
    marks = [_hatch_open(branch, is_open), line]
    if not is_open:
        marks += _bar(b.x - 10.0, b.y)
    return "\n".join([*marks, "</g>"])


def _hatch_open(branch: Branch, is_open: bool) -> str:
    state = "open" if is_open else "closed"
    label = f"{branch.hatch} ({branch.inner} to {branch.outer}): {state}"
    return f'<g data-hatch={quoteattr(branch.hatch)} data-state="{state}"><title>{escape(label)}</title>'


def _bar(x: float, y: float) -> list[str]:
    """A gap in the line, a bar across it, and the word."""
    return [
        f'<rect x="{_n(x - 5)}" y="{_n(y - 3)}" width="10" height="6" fill="#ffffff"/>',
        f'<path d="M{_n(x)} {_n(y - 8)}V{_n(y + 8)}" stroke="{_SHUT}" stroke-width="4"/>',
        _text(x, y - 11.0, "closed", size=10, weight=600, anchor="middle", fill=_SHUT),
    ]


def _badge(box: Box, words: str) -> str:
    """A word on the upper edge of a box, such as how many people are there."""
    width = len(words) * 5.6 + 12.0
    x, y = box.x + box.width - width - 6.0, box.y - box.height / 2
    return "\n".join(
        [
            f'<g data-badge=""><rect x="{_n(x)}" y="{_n(y - 10)}" width="{_n(width)}" height="13" rx="6.5"'
            f' fill="{_CALM}" stroke="#ffffff" stroke-width="1.5"/>',
            _text(x + width / 2, y, words, size=9, weight=600, anchor="middle", fill="#ffffff") + "</g>",
        ]
    )


def _tag(branch: Branch, boxes: Mapping[str, Box], words: str, is_open: bool, loop: bool = False) -> str:
    """The number of a step on its hatch: filled for the next one."""
    outer = boxes[branch.outer]
    x, y = outer.x - 22.0, outer.y if is_open else outer.y + 17.0
    if loop:
        x, y = outer.x - 10.0, outer.y + 14.0
    first = words.startswith("1")
    radius = 9.5 if first else 8.0
    half = max(radius, len(words) * 3.4 + 4.0)
    return "\n".join(
        [
            f'<g data-step={quoteattr(words)}><title>{escape(f"{branch.hatch}: step {words}")}</title>'
            f'<rect x="{_n(x - half)}" y="{_n(y - radius)}" width="{_n(2 * half)}" height="{_n(2 * radius)}"'
            f' rx="{_n(radius)}" fill="{_SHUT if first else "#ffffff"}" stroke="{_SHUT if first else _QUIET}"'
            f' stroke-width="1.4"/>',
            _text(
                x, y + 3.8, words, size=11, weight=700, anchor="middle", fill="#ffffff" if first else _INK
            ) + "</g>",
        ]
    )  # fmt: skip


def _legend(y: float, shaded: bool) -> str:
    x = _MARGIN
    marks = ['<g data-legend="">']
    marks += [
        f'<path d="M{_n(x)} {_n(y)}h34" stroke="{_LINE}" stroke-width="1.8"/>',
        _text(x + 41, y + 4, "open hatch", size=11),
    ]
    x += 125.0
    marks += [
        f'<path d="M{_n(x)} {_n(y)}h12m10 0h12" stroke="{_LINE}" stroke-width="1.8"/>',
        f'<path d="M{_n(x + 17)} {_n(y - 8)}v16" stroke="{_SHUT}" stroke-width="4"/>',
        _text(x + 41, y + 4, "closed hatch", size=11),
    ]
    x += 135.0
    marks += [
        f'<rect x="{_n(x)}" y="{_n(y - 9)}" width="34" height="18" rx="9" fill="none" stroke="{_INK}"'
        f' stroke-width="1.3" stroke-dasharray="5 3"/>',
        _text(x + 41, y + 4, "docked craft", size=11),
    ]
    if shaded:
        x += 135.0
        for i, tint in enumerate((0.03, 0.25, 0.9)):
            marks.append(
                f'<rect x="{_n(x + 11 * i)}" y="{_n(y - 9)}" width="11" height="18" fill="{_tint(tint)}"'
                f' stroke="{_INK}" stroke-width="0.6"/>'
            )
        marks.append(_text(x + 41, y + 4, "leak probability", size=11))
    return "\n".join([*marks, "</g>"])


def _in_words(branches: Sequence[Branch], open_hatches: Set[str], shade: Mapping[str, float]) -> str:
    shut = [branch.hatch for branch in branches if branch.hatch not in open_hatches]
    said = f"Closed hatches: {', '.join(shut) or 'none'}."
    likely = sorted(shade.items(), key=lambda item: (-item[1], item[0]))[:3]
    places = ", ".join(f"{id} {_percent(p)}" for id, p in likely)
    return said + (f" Leak most probably in: {places}." if places else "")


def _percent(probability: float) -> str:
    if 0.0 < probability < 0.01:
        return "<1 %"
    if 0.99 < probability < 1.0:
        return ">99 %"
    return f"{100.0 * probability:.0f} %"
