"""The hatch picture is well-formed, complete, says everything in words too, and nothing in it overlaps."""

import itertools
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.vehicle.draw import hatch_graph_svg
from hullwatch.vehicle.graph import default_open
from hullwatch.vehicle.load import bundled_vehicles, load_vehicle

SVG = "{http://www.w3.org/2000/svg}"


def as_recorded(name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], frozenset[str]]:
    """Compartments and hatches in the shape of the record's `watch_started`."""
    vehicle = load_vehicle(name)
    compartments = [{"id": c.id, "name": c.name, "craft": c.craft} for c in vehicle.compartments]
    open_hatches = default_open(vehicle)
    hatches = [{"id": h.id, "between": list(h.between), "open": h.id in open_hatches} for h in vehicle.hatches]
    return compartments, hatches, open_hatches


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  # our own text


def groups_of(root: ElementTree.Element, kind: str) -> dict[str, ElementTree.Element]:
    return {g.attrib[kind]: g for g in root.iter(f"{SVG}g") if kind in g.attrib}


def words(element: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def frame(group: ElementTree.Element) -> tuple[float, float, float, float]:
    rect = next(group.iter(f"{SVG}rect"))
    x, y, width, height = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


@pytest.mark.parametrize("shaded", [True, False])
@pytest.mark.parametrize("name", bundled_vehicles())
def test_every_compartment_and_hatch_is_there_and_boxes_do_not_overlap(name: str, shaded: bool) -> None:
    compartments, hatches, open_hatches = as_recorded(name)
    shade = {c["id"]: 1.0 / len(compartments) for c in compartments} if shaded else {}
    root = parsed(hatch_graph_svg(compartments, hatches, open_hatches, shade, "Where"))
    boxes = groups_of(root, "data-compartment")
    assert set(boxes) == {c["id"] for c in compartments}
    states = {id: g.attrib["data-state"] for id, g in groups_of(root, "data-hatch").items()}
    assert states == {h["id"]: "open" if h["open"] else "closed" for h in hatches}
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    frames = [frame(box) for box in boxes.values()]
    for left, top, right, bottom in frames:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for (l1, t1, r1, b1), (l2, t2, r2, b2) in itertools.combinations(frames, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1


def test_a_probability_is_told_by_number_and_shade() -> None:
    compartments, hatches, open_hatches = as_recorded("demo")
    shade = {"LAB": 0.62, "STORE": 0.004, "NODE": 0.996}
    root = parsed(hatch_graph_svg(compartments, hatches, open_hatches, shade, "Where"))
    boxes = groups_of(root, "data-compartment")
    assert "62 %" in words(boxes["LAB"])
    assert "<1 %" in words(boxes["STORE"])
    assert ">99 %" in words(boxes["NODE"])
    assert not any("%" in word for word in words(boxes["CAPSULE"]))
    fills = {id: next(box.iter(f"{SVG}rect")).attrib["fill"] for id, box in boxes.items()}
    assert len(set(fills.values())) == 4
    assert "NODE >99 %, LAB 62 %" in (root.findtext(f"{SVG}desc") or "")


def test_a_closed_hatch_is_told_by_word_and_bar() -> None:
    compartments, hatches, open_hatches = as_recorded("demo")
    root = parsed(hatch_graph_svg(compartments, hatches, open_hatches - {"NODE-STORE"}, {}, "Where"))
    drawn = groups_of(root, "data-hatch")
    assert words(drawn["NODE-STORE"]) == ["closed"]
    assert words(drawn["NODE-LAB"]) == []
    assert "Closed hatches: NODE-STORE." in (root.findtext(f"{SVG}desc") or "")


def test_a_docked_craft_has_another_outline() -> None:
    compartments, hatches, open_hatches = as_recorded("demo")
    boxes = groups_of(parsed(hatch_graph_svg(compartments, hatches, open_hatches, {}, "")), "data-compartment")
    dashed = {id for id, box in boxes.items() if "stroke-dasharray" in next(box.iter(f"{SVG}rect")).attrib}
    assert dashed == {"CAPSULE"}


def test_names_from_outside_cannot_break_the_page() -> None:
    nasty = '<script>alert("1")</script>&'
    svg = hatch_graph_svg([{"id": nasty, "name": nasty, "craft": None}], [], frozenset(), {nasty: 0.5}, nasty)
    assert "<script" not in svg
    assert nasty in groups_of(parsed(svg), "data-compartment")


def test_loops_and_loose_pieces_are_drawn_too() -> None:
    compartments = [{"id": id, "name": id, "craft": None} for id in "ABCDE"]
    ways = {"1": "AB", "2": "BC", "3": "CA", "4": "DE"}
    hatches = [{"id": id, "between": list(ends)} for id, ends in ways.items()]
    root = parsed(hatch_graph_svg(compartments, hatches, {"1", "2", "4"}, {}, "Loop"))
    assert set(groups_of(root, "data-hatch")) == set(ways)
    assert set(groups_of(root, "data-compartment")) == set("ABCDE")


def test_an_empty_ship_is_a_picture_without_boxes() -> None:
    assert groups_of(parsed(hatch_graph_svg([], [], frozenset(), {}, "Nothing")), "data-compartment") == {}


@given(st.lists(st.integers(0, 1_000), max_size=40), st.text())
def test_any_tree_is_drawn_without_overlap_and_alike_each_time(parents: list[int], title: str) -> None:
    compartments = [{"id": f"M{i}", "name": "module", "craft": None} for i in range(len(parents) + 1)]
    hatches = [{"id": f"h{i}", "between": [f"M{i + 1}", f"M{p % (i + 1)}"]} for i, p in enumerate(parents)]
    svg = hatch_graph_svg(compartments, hatches, frozenset(), {"M0": 1.0}, title)
    assert svg == hatch_graph_svg(compartments, hatches, frozenset(), {"M0": 1.0}, title)
    frames = [frame(box) for box in groups_of(parsed(svg), "data-compartment").values()]
    for (l1, t1, r1, b1), (l2, t2, r2, b2) in itertools.combinations(frames, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1
