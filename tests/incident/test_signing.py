"""A statement is its centre's or it is not: every change of any part of it shows."""

from dataclasses import replace
from typing import Any

import pytest
import two_centres as two
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.errors import DescriptionError
from hullwatch.incident import signing
from hullwatch.records import Event

KEYS = {"houston": two.HOUSTON.public_key, "moscow": two.MOSCOW.public_key}
SAID = Event(two.T0, "hatch_report", None, {"hatch": "node/lab", "open": False, "by": "Ann"})
SIGNED = signing.sign(SAID, two.HOUSTON, 3, "a" * 64)


def test_what_a_centre_signs_is_found_to_be_its() -> None:
    assert signing.check(SIGNED, KEYS) == ""
    assert SIGNED.data["centre"] == "houston"
    assert SIGNED.data["signed"]["number"] == 3


def test_the_text_signed_is_the_one_documented() -> None:
    """Checked by hand with the library alone, so that another program can check it too."""
    signed = SIGNED.data["signed"]
    text = (
        '["hullwatch statement","2017-07-14T02:40:00.000Z",1500000000.0,"hatch_report",null,'
        '{"by":"Ann","centre":"houston","hatch":"node/lab","open":false},"houston",'
        f'"{signed["key"]}",3,"{"a" * 64}"]'
    )
    two.HOUSTON.private.public_key().verify(bytes.fromhex(signed["signature"]), text.encode())


def changed(**data: Any) -> Event:
    return replace(SIGNED, data={**SIGNED.data, **data})


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (changed(open=True), "does not bear"),
        (changed(by="Bob"), "does not bear"),
        (changed(more=1), "does not bear"),
        (replace(SIGNED, time_s=two.T0 + 1), "does not bear"),
        (replace(SIGNED, kind="limit_changed"), "does not bear"),
        (replace(SIGNED, incident="AIR-1"), "does not bear"),
        (changed(signed={**SIGNED.data["signed"], "number": 4}), "does not bear"),
        (changed(signed={**SIGNED.data["signed"], "after": "b" * 64}), "does not bear"),
        (changed(signed={**SIGNED.data["signed"], "signature": "zz"}), "does not bear"),
        (changed(signed={**SIGNED.data["signed"], "key": "0" * 16}), "which is not the key of houston"),
        (changed(signed={"centre": "houston"}), "without one of"),
        (changed(signed="yes"), "without one of"),
        (changed(signed=None), "is not signed"),
        (changed(centre="moscow"), "is signed by houston"),
        (changed(centre="moscow", signed={**SIGNED.data["signed"], "centre": "moscow"}), "not the key of moscow"),
        (changed(centre="paris", signed={**SIGNED.data["signed"], "centre": "paris"}), "whose key is not known"),
    ],
)
def test_any_change_shows(event: Event, why: str) -> None:
    assert why in signing.check(event, KEYS)


def test_a_key_that_is_none_is_said_and_not_obeyed() -> None:
    for key in ("", "zz", "00", "f" * 63):
        assert signing.check(SIGNED, {"houston": key})


def test_nobody_signs_for_another_centre() -> None:
    with pytest.raises(DescriptionError, match="whose key this is"):
        signing.sign(replace(SAID, data={**SAID.data, "centre": "moscow"}), two.HOUSTON, 1, "")


def test_what_nobody_claims_needs_no_signature() -> None:
    assert signing.check(SAID, {}) == ""


@given(st.binary(min_size=1, max_size=12), st.integers(0, 63))
def test_a_signature_that_was_guessed_never_passes(flip: bytes, at: int) -> None:
    raw = bytearray.fromhex(SIGNED.data["signed"]["signature"])
    for k, byte in enumerate(flip):
        raw[(at + k) % 64] ^= byte
    if raw.hex() != SIGNED.data["signed"]["signature"]:
        assert signing.check(changed(signed={**SIGNED.data["signed"], "signature": raw.hex()}), KEYS)


def test_a_key_file_gives_back_the_key_and_its_centre() -> None:
    key = signing.new_key("tsukuba")
    again = signing.from_pem(signing.to_pem(key), "key.pem")
    assert (again.centre, again.public_key) == ("tsukuba", key.public_key)
    assert key.private.private_bytes_raw().hex() not in repr(key)
    assert signing.new_key("tsukuba").public_key != key.public_key


def _rsa() -> bytes:
    pem = generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return b"centre: houston\n" + pem


@pytest.mark.parametrize(
    "text", [b"", b"\x00\xff", b"centre: houston\n", signing.to_pem(two.HOUSTON).partition(b"\n")[2], _rsa(),
             b"centre: HOU STON\n" + signing.to_pem(two.HOUSTON).partition(b"\n")[2]],
)  # fmt: skip
def test_what_is_no_key_file_is_said(text: bytes) -> None:
    with pytest.raises(DescriptionError, match=r"key\.pem.*record key new"):
        signing.from_pem(text, "key.pem")


@pytest.mark.parametrize("name", ["", "Houston", "9x", "a b", "x" * 33, "ü", "a/b", "-a"])
def test_names_of_centres_are_plain(name: str) -> None:
    with pytest.raises(DescriptionError, match="small letters"):
        signing.centre_name(name)
