"""Evidence in the record that cannot be: the watch goes on, and later pieces keep their numbers."""

from hullwatch.records import Event
from hullwatch.vehicle.load import load_vehicle
from hullwatch.watch import where

T0 = 1.9e9
SHIP = load_vehicle("demo")


def said(second: float, **data: object) -> tuple[float, Event]:
    return T0 + second, Event(T0 + second, "evidence", None, data)


def test_what_cannot_be_weighed_is_counted_and_set_aside() -> None:
    rows = [
        said(1, kind="ultrasound", observed={"compartment": ["LAB"], "level_db": "loud"}),
        said(2, kind="rumour", observed={}),
        said(3, kind="torque", observed={"torque_n_m": [0, 0, 1], "torque_sd_n_m": [1]}),  # a ship without gyros
        said(4, kind=["found"], observed="LAB"),
        (T0 + 5, Event(T0 + 5, "evidence_withdrawn", None, {"number": [1]})),
        (T0 + 6, Event(T0 + 6, "evidence_withdrawn", None, {})),
        said(7, kind="found", observed={"compartment": "LAB"}),
    ]
    told, _ = where.take(where.hear(where.Told(), SHIP, rows), T0 + 9, frozenset(), None)
    assert [(given.number, given.kind) for _, given in told.given] == [(5, "found")]
    assert told.numbered == 5
