import numpy as np
import pytest

from hullwatch.simulation.chance import normals, philox, uniforms

# Known answers of Philox4x32-10 from the Random123 distribution (Salmon, Moraes, Dror and Shaw 2011), kat_vectors
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_the_published_answers(counter, key, words):
    assert tuple(int(w) for w in philox(*counter, *key)) == words


def test_a_world_draws_the_same_wherever_it_stands():
    whole = uniforms(7, 0, 50, 5)
    np.testing.assert_array_equal(uniforms(7, 30, 20, 5), whole[30:])
    assert not np.array_equal(uniforms(8, 0, 50, 5), whole)
    big = uniforms(2**62 + 7, 2**33, 2, 5)
    assert not np.array_equal(big, whole[:2])


def test_numbers_are_even_and_normal():
    u = uniforms(3, 0, 50_000, 4)
    assert u.min() > 0.0
    assert u.max() < 1.0
    assert np.abs(u.mean(axis=0) - 0.5).max() < 0.006
    assert np.abs(np.corrcoef(u.T) - np.eye(4)).max() < 0.02
    z = normals(u)
    assert np.abs(z.mean(axis=0)).max() < 0.02
    assert np.abs(z.std(axis=0) - 1.0).max() < 0.02
