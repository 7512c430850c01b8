import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.models.wiring import eliminate


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_the_pattern_holds_all_that_elimination_fills_in(count, seed):
    rng = np.random.default_rng(seed)
    edges = [(k, int(rng.integers(k + 1, count))) for k in range(count - 1)]
    edges += [tuple(sorted(rng.choice(count, 2, replace=False).tolist())) for _ in range(3)]
    a = np.eye(count) * 50.0
    for i, j in edges:
        a[i, j], a[j, i] = rng.normal(size=2)
    entries, pairs = eliminate(count, edges)
    # plain elimination of a dense matrix, without pivots
    lu = a.copy()
    for k in range(count):
        for i in range(k + 1, count):
            lu[i, k] /= lu[k, k]
            lu[i, k + 1 :] -= lu[i, k] * lu[k, k + 1 :]
    filled = {(i, j) for i in range(count) for j in range(i + 1, count) if lu[i, j] != 0.0 or lu[j, i] != 0.0}
    assert filled <= set(entries)
    for (k, _), met in zip(entries, pairs, strict=True):
        assert [j for _, j in met] == [j for owner, j in entries if owner == k]


def test_a_tree_has_no_fill_in():
    edges = [(0, 3), (1, 3), (2, 4), (3, 4)]
    assert eliminate(5, edges)[0] == sorted(edges)
