"""Evidence as it is typed: options and tables say the same, and what is wrong is named with its place and a remedy."""

import pytest

from hullwatch.errors import DescriptionError
from hullwatch.location.typed import observed, read_evidence
from hullwatch.units import utc_seconds
from hullwatch.vehicle.load import load_vehicle

DEMO = load_vehicle("demo")


def table(**fields: str) -> str:
    said = {"at": "2030-05-06T11:00Z", "by": "Rao", "kind": "silence", "compartment": "LAB", **fields}
    return "[[evidence]]\n" + "\n".join(f'{name} = "{value}"' for name, value in said.items())


def test_units_become_si() -> None:
    said = {"compartment": "LAB,STORE", "before": "730 mmHg", "after": "678 mmHg", "during": "11.5 h"}
    found = observed("gauge", said)
    assert found["compartments"] == ["LAB", "STORE"]
    assert found["before_pa"] == pytest.approx(730 * 133.322, rel=1e-4)
    assert found["during_s"] == pytest.approx(11.5 * 3600)


def test_a_table_becomes_a_line_at_its_own_time() -> None:
    (event,) = read_evidence(table(racks="on", note="nothing", label="c"), "heard.toml", DEMO)
    assert event.kind == "evidence"
    assert event.time_s == utc_seconds("2030-05-06T11:00Z")
    assert event.data == {
        "kind": "silence", "observed": {"compartment": "LAB", "racks_on": True}, "by": "Rao", "note": "nothing [c]",
    }  # fmt: skip


def test_tables_come_in_order_of_time() -> None:
    text = "\n".join([table(at="2030-05-06T12:00Z"), table(at="2030-05-06T10:00Z")])
    assert [e.time_s for e in read_evidence(text, "x", DEMO)] == sorted(
        utc_seconds(at) for at in ("2030-05-06T10:00Z", "2030-05-06T12:00Z")
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"compartment": "ATTIC"}, r"heard.toml evidence\[0\]: compartment = 'ATTIC': allowed is one of NODE"),
        ({"kind": "rumour"}, r"evidence\[0\]: kind = 'rumour'"),
        ({"by": ""}, r"evidence\[0\]: by = None"),
        ({"colour": "red"}, r"evidence\[0\]: colour = 'red': allowed is one of at"),
        ({"kind": "ultrasound", "level": "loud"}, r"level = 'loud': allowed is 1 number"),
        ({"at": "yesterday"}, r"evidence\[0\].*yesterday"),
        ({"racks": "maybe"}, r"racks = 'maybe': allowed is on or off"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, str], said: str) -> None:
    with pytest.raises(DescriptionError, match=said):
        read_evidence(table(**fields), "heard.toml", DEMO)


def test_other_tables_are_refused() -> None:
    with pytest.raises(DescriptionError, match=r"rumours"):
        read_evidence("[rumours]\nx = 1\n", "heard.toml", DEMO)
    with pytest.raises(DescriptionError, match="TOML"):
        read_evidence("[[evidence]\n", "heard.toml", DEMO)
