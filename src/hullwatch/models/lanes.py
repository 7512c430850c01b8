"""Rows of 32 complex numbers, worked on by vector instructions that are written out.

    row of a table x:   re re re ... (32)  im im im ... (32)        lane = pole * 4 + species

A compiler that is left to find vectors by itself finds them in one loop and loses them in the next, and takes its time
over it. Here eight lanes are one LLVM vector: a machine whose vectors are shorter takes them in parts, with the same
result, for every lane is computed by itself and every fused multiply-add is asked for by name.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from hullwatch.models.exponential import AT_INFINITY, PAIRS, POLE_IM, POLE_RE, RESIDUE_IM, RESIDUE_RE
from hullwatch.physics.gas import SPECIES
from hullwatch.records import Floats

KINDS = len(SPECIES)
LANES = KINDS * PAIRS
WIDE = 2 * KINDS  # lanes of a vector: all species at two poles
_CHUNKS = LANES // WIDE
_INVERSE = 1.0 / (POLE_RE + 1j * POLE_IM)
_MEAN = (RESIDUE_RE + 1j * RESIDUE_IM) * _INVERSE  # residues of (exp(z) - 1) / z


class _Vectors:
    """LLVM's builder, with what is done here to eight or four numbers at a time."""

    def __init__(self, context: Any, builder: Any, signature: Any, values: Sequence[Any]) -> None:
        self.builder = builder
        self.args = list(values)
        self.data = [
            context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else None
            for kind, value in zip(signature.args, values, strict=True)
        ]

    def at(self, array: int, index: Any, width: int, offset: int, size: int) -> Any:
        """Where `size` numbers begin, at `offset` in a row of `width`."""
        whole = self.builder.add(
            self.builder.mul(index, ir.Constant(index.type, width)), ir.Constant(index.type, offset)
        )
        return self.builder.bitcast(self.builder.gep(self.data[array], [whole]), _kind(size).as_pointer())

    def load(self, array: int, index: Any, width: int, offset: int = 0, size: int = WIDE) -> Any:
        return self.builder.load(self.at(array, index, width, offset, size), align=8)

    def store(self, value: Any, array: int, index: Any, width: int, offset: int = 0) -> None:
        self.builder.store(value, self.at(array, index, width, offset, value.type.count), align=8)

    def fused(self, a: Any, b: Any, c: Any) -> Any:
        """a * b + c, rounded once."""
        kind = a.type
        name = f"llvm.fma.v{kind.count}f64"
        kinds = ir.FunctionType(kind, [kind] * 3)
        # Numba's own helper; it has no annotations
        function = cgutils.get_or_insert_function(self.builder.module, kinds, name)  # type: ignore[no-untyped-call]
        return self.builder.call(function, [a, b, c])

    def spread(self, scalar: Any, size: int = WIDE) -> Any:
        one = self.builder.insert_element(ir.Constant(_kind(size), ir.Undefined), scalar, _lane(0))
        return self.builder.shuffle_vector(one, one, _mask([0] * size))

    def twice(self, four: Any) -> Any:
        """Four species at two poles."""
        return self.builder.shuffle_vector(four, four, _mask([*range(KINDS), *range(KINDS)]))

    def halves(self, eight: Any) -> Any:
        """The sum over two poles."""
        low = self.builder.shuffle_vector(eight, eight, _mask(range(KINDS)))
        high = self.builder.shuffle_vector(eight, eight, _mask(range(KINDS, WIDE)))
        return self.builder.fadd(low, high)

    def sum(self, four: Any) -> Any:
        """(x0 + x1) + (x2 + x3)."""
        x = [self.builder.extract_element(four, _lane(k)) for k in range(KINDS)]
        return self.builder.fadd(self.builder.fadd(x[0], x[1]), self.builder.fadd(x[2], x[3]))

    def least(self, a: Any, b: Any) -> Any:
        return self.builder.select(self.builder.fcmp_ordered("<", a, b), a, b)

    def greatest(self, a: Any, b: Any) -> Any:
        return self.builder.select(self.builder.fcmp_ordered(">", a, b), a, b)

    def complex_of(self, array: int, index: Any, chunk: int) -> tuple[Any, Any]:
        first = chunk * WIDE
        return self.load(array, index, 2 * LANES, first), self.load(array, index, 2 * LANES, LANES + first)

    def keep(self, re: Any, im: Any, array: int, index: Any, chunk: int) -> None:
        self.store(re, array, index, 2 * LANES, chunk * WIDE)
        self.store(im, array, index, 2 * LANES, LANES + chunk * WIDE)

    def times(self, re: Any, im: Any, re2: Any, im2: Any) -> tuple[Any, Any]:
        b = self.builder
        return self.fused(re, re2, b.fneg(b.fmul(im, im2))), self.fused(re, im2, b.fmul(im, re2))

    def inverse(self, re: Any, im: Any, one: Any) -> tuple[Any, Any]:
        b = self.builder
        size = b.fdiv(one, self.fused(re, re, b.fmul(im, im)))
        return b.fmul(re, size), b.fmul(b.fneg(im), size)

    def sum_poles(self, solved: Sequence[tuple[Any, Any]], q: Any, per: Any) -> None:
        """From the solutions of all poles the mean and the end of a step, into arguments 6 and 7; 5 is its start."""
        b = self.builder
        mean = end = _constant(np.zeros(WIDE))
        for k, (re, im) in enumerate(solved):
            mean = self.fused(_tabled(_MEAN.real, k), re, self.fused(_tabled(-_MEAN.imag, k), im, mean))
            end = self.fused(_tabled(RESIDUE_RE, k), re, self.fused(_tabled(-RESIDUE_IM, k), im, end))
        by = self.spread(b.fneg(per), KINDS)
        left = b.fmul(_constant(np.full(KINDS, AT_INFINITY)), self.load(5, q, KINDS, size=KINDS))
        self.store(b.fmul(by, self.halves(mean)), 6, q, KINDS)
        self.store(self.fused(by, self.halves(end), left), 7, q, KINDS)


def _kind(size: int) -> Any:
    return ir.VectorType(ir.DoubleType(), size)


def _lane(k: int) -> Any:
    return ir.Constant(ir.IntType(32), k)


def _mask(lanes: Sequence[int] | range) -> Any:
    return ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), list(lanes))


def _constant(values: Floats) -> Any:
    return ir.Constant(_kind(values.size), values.tolist())


def _tabled(per_pole: Floats, chunk: int) -> Any:
    """A number of each pole, for all species of it."""
    return _constant(np.repeat(per_pole, KINDS)[chunk * WIDE : (chunk + 1) * WIDE])


def _kernel(body: Callable[[_Vectors], Any], shape: str, *, returns: bool = False) -> Any:
    """What a kernel can call. Shape: one letter an argument: m table, i row, f number."""
    known = {"i": types.int64, "f": types.float64}

    def typing(_: Any, *given: Any) -> Any:
        kinds = [known.get(letter, kind) for letter, kind in zip(shape, given, strict=True)]

        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            found = body(_Vectors(context, builder, signature, values))
            return found if returns else context.get_dummy_value()

        return (types.float64 if returns else types.void)(*kinds), code

    # what Numba asks a function for, to know how many it takes; a type checker does not know that functions have one
    names = [inspect.Parameter(f"a{k}", inspect.Parameter.POSITIONAL_ONLY) for k in range(len(shape) + 1)]
    typing.__signature__ = inspect.Signature(names)  # type: ignore[attr-defined]
    typing.__name__ = body.__name__.strip("_")
    return intrinsic(typing)


def _less(v: _Vectors) -> None:
    _, out, a, b = v.args
    for k in range(_CHUNKS):
        (re, im), (re2, im2), (old, old_im) = v.complex_of(0, a, k), v.complex_of(0, b, k), v.complex_of(0, out, k)
        minus, minus_im = v.builder.fneg(re), v.builder.fneg(im)
        real = v.fused(im, im2, v.fused(minus, re2, old))
        v.keep(real, v.fused(minus_im, re2, v.fused(minus, im2, old_im)), 0, out, k)


def _less_real(v: _Vectors) -> None:
    _, out, a, real = v.args
    by = v.spread(v.builder.fneg(real))
    for k in range(_CHUNKS):
        (re, im), (old, old_im) = v.complex_of(0, a, k), v.complex_of(0, out, k)
        v.keep(v.fused(by, re, old), v.fused(by, im, old_im), 0, out, k)


def _leaf(v: _Vectors) -> None:
    _, q, p, rhs_q, rhs_p, both, lower = v.args
    b, one = v.builder, _constant(np.ones(WIDE))
    minus, by = v.spread(b.fneg(both)), v.spread(lower)
    for k in range(_CHUNKS):
        re, im = v.inverse(*v.complex_of(0, q, k), one)
        v.keep(re, im, 0, q, k)
        old, old_im = v.complex_of(0, p, k)
        v.keep(v.fused(minus, re, old), v.fused(minus, im, old_im), 0, p, k)
        down, down_im = v.times(re, im, *v.complex_of(0, rhs_q, k))
        old, old_im = v.complex_of(0, rhs_p, k)
        v.keep(v.fused(by, down, old), v.fused(by, down_im, old_im), 0, rhs_p, k)


def _back(v: _Vectors) -> None:
    _, q, rhs_q, rhs_p, upper, *_, per = v.args
    by = v.spread(upper)
    solved = []
    for k in range(_CHUNKS):
        (re, im), (more, more_im) = v.complex_of(0, rhs_q, k), v.complex_of(0, rhs_p, k)
        re, im = v.times(v.fused(by, more, re), v.fused(by, more_im, im), *v.complex_of(0, q, k))
        v.keep(re, im, 0, rhs_q, k)
        solved.append((re, im))
    v.sum_poles(solved, q, per)


def _times(v: _Vectors) -> None:
    _, out, a = v.args
    for k in range(_CHUNKS):
        v.keep(*v.times(*v.complex_of(0, out, k), *v.complex_of(0, a, k)), 0, out, k)


def _invert(v: _Vectors) -> None:
    _, out = v.args
    one = _constant(np.ones(WIDE))
    for k in range(_CHUNKS):
        v.keep(*v.inverse(*v.complex_of(0, out, k), one), 0, out, k)


def _real(v: _Vectors) -> None:
    _, out, real = v.args
    for k in range(_CHUNKS):
        v.keep(v.spread(real), _constant(np.zeros(WIDE)), 0, out, k)


def _shifted(v: _Vectors) -> None:
    _, out, per, own, _, q = v.args
    loss = v.twice(v.builder.fadd(v.load(4, q, KINDS, size=KINDS), v.spread(own, KINDS)))
    by = v.spread(per)
    for k in range(_CHUNKS):
        re = v.fused(by, _tabled(POLE_RE, k), loss)
        v.keep(re, v.builder.fmul(by, _tabled(POLE_IM, k)), 0, out, k)


def _laid(v: _Vectors) -> None:
    _, out, _, _, q, step = v.args
    moles = v.twice(v.load(2, q, KINDS, size=KINDS))
    force = v.twice(v.builder.fmul(v.load(3, q, KINDS, size=KINDS), v.spread(step, KINDS)))
    for k in range(_CHUNKS):
        re = v.fused(force, _tabled(_INVERSE.real, k), moles)
        v.keep(re, v.builder.fmul(force, _tabled(_INVERSE.imag, k)), 0, out, k)


def _summed(v: _Vectors) -> None:
    _, q, rhs_q, *_, per = v.args
    v.sum_poles([v.complex_of(0, rhs_q, k) for k in range(_CHUNKS)], q, per)


def _held(v: _Vectors) -> Any:
    return v.sum(v.load(0, v.args[1], KINDS, size=KINDS))


def _balance(v: _Vectors) -> Any:
    *_, q, breath, hole = v.args
    b = v.builder
    moles, away = v.load(0, q, KINDS, size=KINDS), v.load(3, q, KINDS, size=KINDS)
    given = v.fused(
        v.spread(breath, KINDS), v.load(2, ir.Constant(q.type, 0), KINDS, size=KINDS), v.load(1, q, KINDS, size=KINDS)
    )
    given = v.fused(away, v.least(moles, v.load(4, q, KINDS, size=KINDS)), given)
    v.store(given, 5, q, KINDS)
    return v.sum(v.fused(b.fneg(b.fadd(v.spread(hole, KINDS), away)), moles, given))


def _moved(v: _Vectors) -> None:
    _, source, target, up, share = v.args
    part = v.builder.fmul(v.spread(share, KINDS), v.load(0, up, KINDS, size=KINDS))
    out, into = v.load(0, source, KINDS, size=KINDS), v.load(0, target, KINDS, size=KINDS)
    v.store(v.builder.fsub(out, part), 0, source, KINDS)
    v.store(v.builder.fadd(into, part), 0, target, KINDS)


def _owed(v: _Vectors) -> None:
    *_, q, hole, step = v.args
    b, four = v.builder, {"width": KINDS, "size": KINDS}
    first = ir.Constant(q.type, 0)
    lost = v.fused(
        b.fneg(b.fadd(v.spread(hole, KINDS), v.load(4, q, **four))), v.load(1, q, **four), v.load(3, q, **four)
    )
    short = v.fused(v.spread(step, KINDS), lost, b.fsub(v.load(0, q, **four), v.load(2, q, **four)))
    v.store(b.fadd(v.load(5, first, **four), short), 5, first, KINDS)


def _paid(v: _Vectors) -> None:
    _, _, q, part = v.args
    due = v.load(1, ir.Constant(q.type, 0), KINDS, size=KINDS)
    v.store(v.fused(v.spread(part, KINDS), due, v.load(0, q, KINDS, size=KINDS)), 0, q, KINDS)


def _change(v: _Vectors) -> Any:
    _, _, q = v.args
    x = v.builder.fsub(v.load(1, q, KINDS, size=KINDS), v.load(0, q, KINDS, size=KINDS))
    x = v.greatest(x, v.builder.fneg(x))
    x = [v.builder.extract_element(x, _lane(k)) for k in range(KINDS)]
    return v.greatest(v.greatest(x[0], x[1]), v.greatest(x[2], x[3]))


Table = Floats
less = cast(Callable[[Table, int, int, int], None], _kernel(_less, "miii"))
"""x, out, a, b: row out -= row a * row b."""
less_real = cast(Callable[[Table, int, int, float], None], _kernel(_less_real, "miif"))
"""x, out, a, real: row out -= row a * real."""
leaf = cast(Callable[[Table, int, int, int, int, float, float], None], _kernel(_leaf, "miiiiff"))
"""x, q, p, rhs_q, rhs_p, both, lower: row q is inverted; then row p -= row q * both and
row rhs_p += row q * row rhs_q * lower."""
times = cast(Callable[[Table, int, int], None], _kernel(_times, "mii"))
"""x, out, a: row out *= row a."""
invert = cast(Callable[[Table, int], None], _kernel(_invert, "mi"))
"""x, out: row out = 1 / row out."""
set_real = cast(Callable[[Table, int, float], None], _kernel(_real, "mif"))
"""x, out, real: row out = real."""
shifted = cast(Callable[[Table, int, float, float, Floats, int], None], _kernel(_shifted, "miffmi"))
"""x, out, per, own, removal (q, s), q: row out = pole * per + own + removal[q], the diagonal of pole / step - A."""
laid = cast(Callable[[Table, int, Floats, Floats, int, float], None], _kernel(_laid, "mimmif"))
"""x, out, state (q, s), steady (q, s), q, step: row out = state[q] + step * steady[q] / pole."""
_Finish = Callable[[Table, int, int, int, float, Floats, Floats, Floats, float], None]
back = cast(_Finish, _kernel(_back, "miiifmmmf"))
"""x, q, rhs_q, rhs_p, upper, start, mean, end (q, s each), per:
row rhs_q = row q * (row rhs_q + row rhs_p * upper), and the sums of it over the poles, into mean[q] and end[q]."""
summed = cast(_Finish, _kernel(_summed, "miiifmmmf"))
"""The same, where row rhs_q is solved already: the sums only."""
held = cast(Callable[[Floats, int], float], _kernel(_held, "mi", returns=True))
"""state (q, s), q: moles of all species."""
balance = cast(
    Callable[[Floats, Floats, Floats, Floats, Floats, Floats, int, float, float], float],
    _kernel(_balance, "mmmmmmiff", returns=True),
)
"""state, supply (q, s), person (1, s), removal, floor, steady (q, s each), q, breath, hole: what does not depend on the
state goes into steady[q]; returned is what the compartment gains by itself, mol/s."""
moved = cast(Callable[[Floats, int, int, int, float], None], _kernel(_moved, "miiif"))
"""state, source, target, up, share: share times what is at `up` goes from source to target."""
owed = cast(
    Callable[[Floats, Floats, Floats, Floats, Floats, Floats, int, float, float], None], _kernel(_owed, "mmmmmmiff")
)
"""start, mean, end, steady, removal (q, s each), account (s,), q, hole, step: what the end misses by the balance of the
mean goes onto the account."""
paid = cast(Callable[[Floats, Floats, int, float], None], _kernel(_paid, "mmif"))
"""end (q, s), account (s,), q, part: a part of the account goes to the end."""
change = cast(Callable[[Floats, Floats, int], float], _kernel(_change, "mmi", returns=True))
"""before, after (q, s each), q: the largest change of a species."""
