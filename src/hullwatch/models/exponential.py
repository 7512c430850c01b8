"""The exponential of a flow matrix by eight pairs of poles: exp(z) = c0 + 2 Re sum(c_j / (z - t_j)) for z <= 0.

A rational approximation holds for any step: exp(hA) n costs eight sparse complex solves whether h is a second or a
week, where powers of A cost more the longer the step. The poles are those of Caratheodory and Fejer's near-best
approximation of order 16; the residues are least squares on the axis with r and three derivatives exact at zero, so
that what is conserved stays conserved and a forcing that is a cubic in time is carried exactly.
"""

import numpy as np

from hullwatch.records import Floats

PAIRS = 8
"""Conjugate pairs of poles. At two times of a step they make 16 lanes; with 12 the compiler gives up vectors."""

AT_INFINITY = 1.7763568394002505e-14

_TABLE = np.array(
    [
        # real and imaginary part of the pole, of its residue
        [6.426297498431201, 1.19469992052438, -65.07187627176546, -227.02101667517593],
        [5.9583674621392655, 3.589227090646854, 114.45228148392101, 103.22095736854665],
        [5.0036231348759, 5.999953382819157, -63.1692258577813, -11.485299935708468],
        [3.520017060276091, 8.440745872125058, 15.253008947937005, -5.754167791026464],
        [1.4311509492921133, 10.931598701985953, -1.507118097468485, 1.781382669148691],
        [-1.4006174319284785, 13.505837945478275, 0.04275686645043919, -0.15921615092303298],
        [-5.248999134432127, 16.230183380116973, 0.00017317334677358076, 0.004460221003999898],
        [-10.823477773031836, 19.288503044383653, -2.4456980440845655e-07, -2.471294626271714e-05],
    ]
)

POLE_RE: Floats = np.ascontiguousarray(_TABLE[:, 0])
POLE_IM: Floats = np.ascontiguousarray(_TABLE[:, 1])
RESIDUE_RE: Floats = np.ascontiguousarray(_TABLE[:, 2])
RESIDUE_IM: Floats = np.ascontiguousarray(_TABLE[:, 3])


def decay_of(z: Floats) -> Floats:
    """exp(z) by the poles, for the tests and for the curious.

    Parameters: z (...) dimensionless, zero or less. Returns: (...) dimensionless. Raises: nothing.
    Holds for: the negative real axis, to 3e-13 absolute; near it, where fans drive air in circles.
    Source: Trefethen, Weideman and Schmelzer 2006 (Caratheodory-Fejer); tests/models/test_exponential.py against exp.
    """
    x = np.asarray(z, dtype=np.float64)[..., None] - (POLE_RE + 1j * POLE_IM)
    return np.asarray(AT_INFINITY + 2.0 * ((RESIDUE_RE + 1j * RESIDUE_IM) / x).sum(axis=-1).real)
