"""Files that people write: vehicles, rosters, scenarios, studies, years, evidence, tokens, keys, quantities and times."""

# ruff: noqa: E501  # tables of what is given read best in long lines

import functools
import json
import random
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from judging import Kind
from mutating import LINES, bytes_of, one_text, toml_of

import hullwatch
from hullwatch.console.tokens import Person, digest, entry_toml, read_tokens
from hullwatch.incident.signing import CentreKey, from_pem, to_pem
from hullwatch.location.typed import read_evidence
from hullwatch.simulation.load import load_scenario, load_study
from hullwatch.simulation.years import parse_years
from hullwatch.units import parse_quantity, utc_seconds, utc_text
from hullwatch.vehicle.load import load_vehicle
from hullwatch.vehicle.roster_load import load_roster

HERE = Path(hullwatch.__file__).parent
EVENTS = """
[[events]]
at = "+10 min"
kind = "hatch_closed"
hatch = "NODE-LAB"

[[events]]
at = "+3 h"
kind = "signal_loss"
duration = "20 min"
"""
EVIDENCE = """
[[evidence]]
at = "2030-05-06T09:05Z"
by = "Rao"
kind = "ultrasound"
compartment = "LAB"
level = "21 dB"
racks = "off"
note = "loud behind the panel"

[[evidence]]
at = "2030-05-06T09:15Z"
by = "Rao"
kind = "gauge"
compartment = "LAB"
before = "750 mmHg"
after = "748 mmHg"
during = "2 h"

[[evidence]]
at = "2030-05-06T09:25Z"
by = "Rao"
kind = "flow"
hatch = "NODE-LAB"
toward = "LAB"
speed = "3 cm/s"
fans = "off"

[[evidence]]
at = "2030-05-06T09:35Z"
by = "Ann"
kind = "found"
compartment = "STORE"
sure = 0.9
"""
KEY = CentreKey("houston", Ed25519PrivateKey.from_private_bytes(b"h" * 32))
UNITS = ("m", "kg/s", "Pa", "Pa/s", "s", "K", "m/s", "kg")
QUANTITIES = (
    "2 mm",
    "0.08 in",
    "0.8 mmHg/h",
    "2.4 lb/day",
    "25 kg/day",
    "11.5 h",
    "3 cm/s",
    "22 degC",
    "730 mmHg",
    "1e5 Pa",
)


def _text(*parts: str) -> str:
    return (HERE.joinpath(*parts)).read_text("utf-8")


@functools.cache
def _texts(kind: str) -> tuple[str, ...]:
    """Valid files of a kind."""
    return {
        "vehicle": (_text("vehicle", "data", "demo.toml"),),
        "roster": (_text("vehicle", "data", "rosters", "soyuz-ms-09.toml"), _text("vehicle", "data", "rosters", "soyuz-ms-22.toml")),
        "scenario": (
            _text("simulation", "scenarios", "demo-leak.toml"),
            _text("simulation", "scenarios", "demo-leak.toml") + EVIDENCE.replace("2030-05-06T", "2030-05-06T"),
            *(_text("simulation", "scenarios", f"{name}.toml") for name in ("quiet-day", "soyuz-ms-09", "eva-day")),
        ),
        "study": (_text("simulation", "studies", "reserve-time.toml"),),
        "years": (_text("simulation", "year_cases", "zvezda-prk.toml"),),
        "evidence": (EVIDENCE,),
        "tokens": (entry_toml(Person("Ann", "operator", "houston", digest("a"))) + entry_toml(Person("Bo", "viewer", None, digest("b"))),),
    }[kind]  # fmt: skip


def _spoilt(kind: str, file: str, chance: random.Random) -> dict[str, bytes]:
    """A valid file with values, lines or bytes made wrong."""
    text = chance.choice(_texts(kind))
    if chance.random() < 0.75:
        data = toml_of(chance, text).encode("utf-8", "surrogatepass")
        return {file: data if chance.random() < 0.9 else bytes_of(chance, data)}
    if chance.random() < 0.9:
        return {file: bytes_of(chance, text.encode(), [other.encode() for other in _texts(kind)])}
    return {
        file: (chance.choice(LINES) + "\n").encode() * chance.choice((1, 3)) + text.encode()[: chance.randrange(400)]
    }


def _kind(name: str, about: str, file: str, read, share: float) -> Kind:
    return Kind(
        name, about, functools.partial(_spoilt, name, file), read,
        lambda: {file: _texts(name)[0].encode()}, share,
    )  # fmt: skip


def read_key(folder: Path) -> None:
    """The private key of a centre."""
    from_pem((folder / "key.pem").read_bytes(), "key.pem")


def keys(chance: random.Random) -> dict[str, bytes]:
    """A key file made wrong."""
    return {"key.pem": bytes_of(chance, to_pem(KEY))}


def quantity(chance: random.Random) -> dict[str, bytes]:
    """A quantity or a time as people might type it."""
    roll = chance.random()
    if roll < 0.4:
        text = one_text(chance) + chance.choice((" ", "")) + one_text(chance)[:200]
    elif roll < 0.8:
        text = bytes_of(chance, chance.choice(QUANTITIES).encode(), [q.encode() for q in QUANTITIES]).decode(
            "utf-8", "replace"
        )
    else:
        text = bytes_of(chance, b"2030-05-06T08:00:00.000Z").decode("utf-8", "replace")
    return {"q.json": json.dumps([text, chance.choice(UNITS)]).encode()}


def read_quantity(folder: Path) -> None:
    """As options and forms read it."""
    text, unit = json.loads((folder / "q.json").read_text())
    if unit == "s" and "-" in text:
        utc_text(utc_seconds(text))
    else:
        parse_quantity(text, unit)


@functools.cache
def _ship():
    return load_vehicle("demo")


KINDS = (
    _kind("vehicle", "vehicle files", "v.toml", lambda f: load_vehicle(str(f / "v.toml")), 1.0),
    _kind("roster", "rosters of crew and craft", "r.toml", lambda f: load_roster(str(f / "r.toml")), 0.15),
    _kind("scenario", "cases and scenarios", "s.toml", lambda f: load_scenario(str(f / "s.toml")), 0.6),
    _kind("study", "studies", "s.toml", lambda f: load_study(str(f / "s.toml")), 0.3),
    _kind("years", "years of a slow leak", "y.toml", lambda f: parse_years((f / "y.toml").read_text("utf-8", "replace"), "y.toml"), 0.5),
    _kind("evidence", "files of evidence", "e.toml", lambda f: read_evidence((f / "e.toml").read_text("utf-8", "replace"), "e.toml", _ship()), 5.0),
    _kind("tokens", "files of tokens", "t.toml", lambda f: read_tokens(str(f / "t.toml"), [KEY]), 4.0),
    Kind("keys", "private keys of centres", keys, read_key, lambda: {"key.pem": to_pem(KEY)}, 4.0),
    Kind("quantities", "quantities and times as people type them", quantity, read_quantity, lambda: {"q.json": b'["2 mm", "m"]'}, 8.0),
)  # fmt: skip
