"""A small ship, one leak, and two centres with keys that never change: what tests of statements share."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hullwatch.incident import merging, statements
from hullwatch.incident.chain import GENESIS, Row, chained
from hullwatch.incident.signing import CentreKey
from hullwatch.incident.standing import Standing, standing
from hullwatch.incident.store import Record
from hullwatch.incident.verification import Proved, listed
from hullwatch.records import Event

T0 = 1.5e9
LEAK = "AIR-2017-07-14-1"
HOUSTON = CentreKey("houston", Ed25519PrivateKey.from_private_bytes(b"h" * 32))
MOSCOW = CentreKey("moscow", Ed25519PrivateKey.from_private_bytes(b"m" * 32))

# pma | node | lab, a craft at each end: shutting either hatch parts them
ROOMS = ("pma", "node", "lab", "closet")
HATCHES = {"pma/node": ("pma", "node"), "node/lab": ("node", "lab"), "lab/closet": ("lab", "closet")}


def started() -> Event:
    data = {
        "compartments": [{"id": room, "name": room.title(), "craft": None} for room in ROOMS],
        "hatches": [{"id": name, "between": list(ends), "open": True} for name, ends in HATCHES.items()],
        "crafts": [{"id": "dragon", "port": "pma"}, {"id": "soyuz", "port": "lab"}],
        "limits": [{"id": "hypoxia", "value_pa": 70_000.0}],
    }
    return Event(T0, "watch_started", None, data)


def shape(time_s: float = T0, shut: tuple[str, ...] = (), changed: tuple[str, ...] = ()) -> Event:
    hatches = {name: name not in shut for name in HATCHES}
    moved = [{"hatch": name, "open": hatches[name]} for name in changed]
    return Event(time_s, "groups_changed", None, {"groups": [list(ROOMS)], "hatches": hatches, "changed": moved})


def opened() -> Event:
    return Event(T0 + 10, "incident_opened", LEAK, {"medium": "air"})


def alarm(after_s: float, trigger: str, name: str = "caution") -> Event:
    state = {"raise": "unacknowledged", "escalate": "unacknowledged", "return": "returned"}[trigger]
    return Event(
        T0 + after_s, "alarm", LEAK, {"alarm_class": name, "state": state, "trigger": trigger, "text": trigger}
    )


def beginning() -> list[Event]:
    """What the watch wrote: a leak with an alarm."""
    return [started(), shape(), opened(), alarm(11, "raise")]


def join(record: Record, *keys: CentreKey) -> None:
    """Let centres join."""
    for key in keys:
        joined = statements.centre_joined(now(record), T0 + 20, key.centre, key.public_key, "flight director")
        record.append([joined], key)


def now(record: Record) -> Standing:
    return standing(record.events())


def whole(rows: Sequence[Row]) -> Proved:
    """Rows in memory as a record that was proved."""
    return Proved(listed(rows), len(rows), rows[-1].hash if rows else GENESIS)


def merged(one: Sequence[Row], other: Sequence[Row], by: str = "Ann") -> list[Row]:
    """One record of two copies."""
    return list(chained(merging.merge(merging.compare(whole(one), whole(other)), by)))
