import numpy as np

from hullwatch.models.hatches import spanning_tree

ENDS = np.array([(0, 1), (1, 2), (2, 0), (3, 4)], dtype=np.int64)  # a ring and a pair


def test_all_closed_is_everyone_alone():
    group, parent, order = spanning_tree(5, ENDS, np.zeros(4, dtype=np.bool_))
    assert group.tolist() == [0, 1, 2, 3, 4]
    assert parent.tolist() == [-1] * 5
    assert order.tolist() == [0, 1, 2, 3, 4]


def test_a_ring_is_cut_into_a_tree_and_parents_come_first():
    group, parent, order = spanning_tree(5, ENDS, np.ones(4, dtype=np.bool_))
    assert group.tolist() == [0, 0, 0, 3, 3]
    assert parent.tolist() == [-1, 0, 0, -1, 3]
    place = {c: k for k, c in enumerate(order.tolist())}
    assert sorted(place) == [0, 1, 2, 3, 4]
    assert all(place[p] < place[c] for c, p in enumerate(parent.tolist()) if p >= 0)


def test_one_open_hatch_of_two_in_parallel_is_enough():
    ends = np.array([(0, 1), (0, 1)], dtype=np.int64)
    assert spanning_tree(2, ends, np.array([False, True]))[0].tolist() == [0, 0]
