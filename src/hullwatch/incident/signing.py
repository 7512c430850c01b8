"""Statements that only one centre can have made: Ed25519 signatures inside the rows of the record.

`data.signed` = {centre, key, number, after, signature}. What is signed is the whole statement, which of the centre's
statements it is, counted from 1, and `after`: the hash of the last row the centre had seen. That hash stands for every
row before it, so each statement also countersigns all that its centre had before its eyes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from hullwatch.errors import DescriptionError
from hullwatch.incident.chain import canonical
from hullwatch.records import Event
from hullwatch.units import utc_text

FIELDS = ("centre", "key", "number", "after", "signature")
"""What `data.signed` holds."""


@dataclass(frozen=True, slots=True)
class CentreKey:
    """A centre's name and the private key it signs with. Never shown, never recorded."""

    centre: str
    private: Ed25519PrivateKey

    @property
    def public_key(self) -> str:
        """The public key, 64 hexadecimal digits."""
        return self.private.public_key().public_bytes_raw().hex()

    def __repr__(self) -> str:
        return f"CentreKey({self.centre!r}, key {key_id(self.public_key)})"


def new_key(centre: str) -> CentreKey:
    """A new key for a centre, from the operating system's random numbers."""
    return CentreKey(centre_name(centre), Ed25519PrivateKey.generate())


def key_id(public_key: str) -> str:
    """Short name of a public key: the first 16 hexadecimal digits of its SHA-256."""
    digest = Hash(SHA256())
    digest.update(bytes.fromhex(public_key))
    return digest.finalize().hex()[:16]


def centre_name(name: str) -> str:
    """The name if it can be a centre's: 1 to 32 small letters, digits and hyphens, a letter first."""
    if not (name.isascii() and 1 <= len(name) <= 32 and name[0].isalpha() and name == name.lower()
            and name.replace("-", "a").isalnum()):  # fmt: skip
        raise DescriptionError(
            "statement", "centre", name[:40], "1 to 32 small letters, digits and hyphens, a letter first"
        )
    return name


def to_pem(key: CentreKey) -> bytes:
    """The private key as PEM (PKCS 8, not encrypted), with the centre's name on a line before it."""
    pem = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return f"centre: {key.centre}\n".encode() + pem


def from_pem(text: bytes, file: str) -> CentreKey:
    """The key that `to_pem` wrote; DescriptionError names the file when it is none."""
    first, _, rest = text.partition(b"\n")
    name = first.decode("utf-8", "replace").strip()
    try:
        if not name.startswith("centre: "):
            raise ValueError("no centre named")
        private = serialization.load_pem_private_key(rest, password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError("not an Ed25519 key")
        return CentreKey(centre_name(name.removeprefix("centre: ")), private)
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError, DescriptionError) as error:
        raise DescriptionError(file, "key", "...", "a file made by `hullwatch record key new`") from error


def sign(event: Event, key: CentreKey, number: int, after: str) -> Event:
    """The event as the `number`-th statement of the centre, made after the row whose hash is `after`.

    `Record.append(events, key)` does this with the right number and hash; call that.
    """
    if event.data.get("centre") not in (None, key.centre):
        raise DescriptionError("statement", "centre", event.data["centre"], f"{key.centre}, whose key this is")
    data = {name: value for name, value in event.data.items() if name != "signed"} | {"centre": key.centre}
    said = replace(event, data=data)
    signed: dict[str, Any] = {
        "centre": key.centre, "key": key_id(key.public_key), "number": number, "after": after,
    }  # fmt: skip
    signature = key.private.sign(_text(said, signed)).hex()
    return replace(said, data={**data, "signed": {**signed, "signature": signature}})


def check(event: Event, public_keys: Mapping[str, str]) -> str:
    """Why the event is not the statement of the centre it names; "" when it is, or names none.

    public_keys: by centre, its public key in hexadecimal.
    """
    centre, signed = event.data.get("centre"), event.data.get("signed")
    if signed is None:
        return f"is said to be of {centre} and is not signed" if centre is not None else ""
    if not isinstance(signed, Mapping) or set(signed) != set(FIELDS):
        return f"has a signature without one of {', '.join(FIELDS)}"
    if signed["centre"] != centre:
        return f"is said to be of {centre} and is signed by {signed['centre']}"
    public = public_keys.get(str(centre))
    if public is None:
        return f"is signed by {centre}, whose key is not known"
    try:
        if signed["key"] != key_id(public):
            return f"is signed with key {signed['key']}, which is not the key of {centre} ({key_id(public)})"
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(
            bytes.fromhex(str(signed["signature"])), _text(event, signed)
        )
    except (InvalidSignature, ValueError, TypeError):
        return f"does not bear the signature of {centre}: it was altered, or {centre} never said it"
    return ""


def public_key(text: str) -> str:
    """The public key if it is one: 64 hexadecimal digits."""
    try:
        raw = bytes.fromhex(text)
        Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, TypeError) as error:
        raise DescriptionError("statement", "public_key", str(text)[:70], "64 hexadecimal digits") from error
    return raw.hex()


def _text(event: Event, signed: Mapping[str, Any]) -> bytes:
    """What is signed: the statement with its place, as one text that nothing else has."""
    data = {name: value for name, value in event.data.items() if name != "signed"}
    place = [signed["centre"], signed["key"], signed["number"], signed["after"]]
    time_s = float(event.time_s)
    whole = ["hullwatch statement", utc_text(time_s), time_s, event.kind, event.incident, data, *place]
    return canonical(whole).encode("ascii")
