"""Chance by counting: what world 17 draws depends on the seed, on 17 and on the draw, and on nothing that ran before.

So an ensemble may be cut into any parts, on any machines, and every world stays itself.
"""

import numpy as np

from hullwatch.compiled import worlds_kernel
from hullwatch.records import Floats

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _WORD = np.uint64(0xFFFFFFFF), np.uint64(32)


@worlds_kernel
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Four 32-bit words of a 128-bit counter and a 64-bit key: Philox4x32-10 (Salmon et al., SC 2011)."""
    a, b, c, d = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    x, y = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        p, q = _M0 * a, _M1 * c
        a, b, c, d = (q >> _WORD) ^ b ^ x, q & _LOW, (p >> _WORD) ^ d ^ y, p & _LOW
        x, y = (x + _W0) & _LOW, (y + _W1) & _LOW
    return a, b, c, d


@worlds_kernel
def _fill(seed: int, first: int, out: Floats) -> None:
    for w in range(out.shape[0]):
        world = first + w
        for k in range(0, out.shape[1], 2):
            a, b, c, d = philox(
                k // 2, world & 0xFFFFFFFF, world >> 32, 0, seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
            )
            # 53 bits, never 0 and never 1
            out[w, k] = (float(a * np.uint64(2097152) + (b >> np.uint64(11))) + 0.5) * 2.0**-53
            if k + 1 < out.shape[1]:
                out[w, k + 1] = (float(c * np.uint64(2097152) + (d >> np.uint64(11))) + 0.5) * 2.0**-53


def uniforms(seed: int, first: int, worlds: int, draws: int) -> Floats:
    """Uniform numbers in (0, 1), (worlds, draws), of the worlds from `first` on."""
    out = np.empty((worlds, draws))
    _fill(seed, first, out)
    return out


def normals(uniform: Floats) -> Floats:
    """Standard normal numbers of pairs of uniforms, (w, d) of (w, 2 d) (Box and Muller 1958)."""
    half = uniform.shape[1] // 2
    radius = np.sqrt(-2.0 * np.log(uniform[:, :half]))
    return np.asarray(radius * np.cos(2.0 * np.pi * uniform[:, half : 2 * half]))
