"""One way to compile a kernel: Numba nopython, cached on disk, float64, IEEE arithmetic (fastmath off).

Trap for developers: Numba's cache knows the file of a kernel, not the files of the kernels it calls. After an edit of
`orifice.py` delete the `*.nbi` of `models/` as well, or the old law stays compiled in.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit, types
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile a function at its first call; division by zero gives inf or nan, as in NumPy."""
    return cast(F, njit(cache=True, error_model="numpy")(function))


def worlds_kernel(function: F) -> F:
    """The same for the ensembles: without the interpreter's lock, so that threads share the work."""
    return cast(F, njit(cache=True, error_model="numpy", nogil=True)(function))


def inner_kernel(function: F) -> F:
    """For what only `worlds_kernel`s call and what allocates nothing: arrays are used without counting references to
    them, which is atomic and made threads that share tables wait for each other; and there is no way in from Python,
    which took as long to compile as the law itself."""
    options: dict[str, Any] = {"_nrt": False, "forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(F, njit(cache=True, error_model="numpy", nogil=True, **options)(function))


def once_kernel(function: F) -> F:
    """For a part of a kernel that is called in one place: it becomes text of its caller before anything is compiled.
    Every kernel by itself is optimised again in all that call it; a chain of five is five times the work."""
    return cast(F, njit(error_model="numpy", nogil=True, inline="always")(function))


def _fused(context: Any, a: Any, b: Any, c: Any) -> Any:
    def code(_: Any, builder: Any, __: Any, values: Any) -> Any:
        return builder.fma(*values)

    return types.float64(types.float64, types.float64, types.float64), code


fused = cast(Callable[[float, float, float], float], intrinsic(_fused))
"""a * b + c rounded once, for kernels. The compiler, left to fuse by itself (`contract`), fuses other terms whenever it
inlines otherwise, so that two processes differ in the last bits; written out, the fusion is part of the formula."""
