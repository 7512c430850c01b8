"""Tokens: who may speak, for which centre. Only the SHA-256 of a token is ever kept; the token is shown once."""

import hashlib
import hmac
import json
import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hullwatch.errors import DescriptionError
from hullwatch.incident.signing import CentreKey

ROLES = ("viewer", "operator")
_FIELDS = {"name", "role", "centre", "sha256"}


@dataclass(frozen=True, slots=True)
class Person:
    """Who a token belongs to. `centre` is whose key signs what they say; None where words are not signed."""

    name: str
    role: str
    centre: str | None
    sha256: str


def new_token() -> str:
    """A token that nobody guesses: 256 bits from the operating system."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def whose(token: str, people: Sequence[Person]) -> Person | None:
    """Who the token belongs to; every one is compared, in constant time, so that time tells nothing."""
    given, found = digest(token), None
    for person in people:
        if hmac.compare_digest(given, person.sha256):
            found = person
    return found


def entry_toml(person: Person) -> str:
    """A person's entry in a file of tokens."""
    centre = f'centre = "{person.centre}"\n' if person.centre else ""
    return f'[[token]]\nname = {json.dumps(person.name)}\nrole = "{person.role}"\n{centre}sha256 = "{person.sha256}"\n'


def read_tokens(path: str, keys: Sequence[CentreKey] = ()) -> tuple[Person, ...]:
    """The people of a file of tokens; DescriptionError names file, entry and what is allowed."""
    try:
        found = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DescriptionError(path, "file", str(error), "a TOML file made by `hullwatch console token`") from error
    entries = found.get("token")
    if not isinstance(entries, list) or not entries or set(found) != {"token"}:
        raise DescriptionError(path, "keys", sorted(found), "one or more [[token]], nothing else")
    centres = [key.centre for key in keys]
    return tuple(_person(path, number, entry, centres) for number, entry in enumerate(entries, 1))


def _person(path: str, number: int, entry: Any, centres: Sequence[str]) -> Person:
    where = f"token {number}"
    if not isinstance(entry, dict) or not _FIELDS - {"centre"} <= set(entry) <= _FIELDS:
        said = sorted(entry) if isinstance(entry, dict) else entry
        raise DescriptionError(path, where, said, "name, role, sha256, and for an operator of a centre, centre")
    if not all(isinstance(value, str) for value in entry.values()) or not entry["name"].strip():
        raise DescriptionError(path, where, sorted(entry), "text in every field, and a name")
    if entry["role"] not in ROLES:
        raise DescriptionError(path, f"{where}.role", entry["role"], " or ".join(ROLES))
    if len(entry["sha256"]) != 64 or set(entry["sha256"].lower()) - set("0123456789abcdef"):
        raise DescriptionError(path, f"{where}.sha256", "...", "the SHA-256 of the token, 64 hexadecimal digits")
    centre = entry.get("centre")
    if centre is not None and centre not in centres:
        allowed = f"a centre whose key is given with --key: {', '.join(centres) or 'none is'}"
        raise DescriptionError(path, f"{where}.centre", centre, allowed)
    return Person(entry["name"], entry["role"], centre, entry["sha256"].lower())
