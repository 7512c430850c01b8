"""One way to compile a kernel: Numba nopython, cached on disk, float64, IEEE arithmetic (fastmath off).

Trap for developers: Numba's cache knows the file of a kernel, not the files of the kernels it calls. After an edit of
`orifice.py` delete the `*.nbi` of `models/` as well, or the old law stays compiled in.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile a function at its first call; division by zero gives inf or nan, as in NumPy."""
    return cast(F, njit(cache=True, error_model="numpy")(function))


def worlds_kernel(function: F) -> F:
    """The same for the ensembles: without the interpreter's lock, so that threads share the work, and with a*b+c
    rounded once. The one rounding is more exact, and the same on every run and thread of a machine."""
    return cast(F, njit(cache=True, error_model="numpy", nogil=True, fastmath={"contract"})(function))
