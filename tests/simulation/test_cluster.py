"""The same answer from a cluster of two workers, and when one of them is killed in the middle."""

import warnings

import numpy as np
import pytest
from small_ensembles import ensemble

from hullwatch.simulation.ensemble import run_ensemble

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")  # Dask warns of its own sockets and clocks when a worker dies

WORLDS, PART, SEED = 480, 20, 11


@pytest.fixture(scope="module")
def cluster():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs="CRITICAL"
            ) as local,
            distributed.Client(local) as client,
        ):
            yield local, client


def test_two_workers_say_what_one_thread_says(cluster):
    here = run_ensemble(ensemble(), WORLDS, SEED, part=133)
    there = run_ensemble(ensemble(), WORLDS, SEED, client=cluster[1], part=PART)
    for name in ("passages", "never", "soonest_s", "latest_s", "pressures"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))


def test_a_worker_killed_in_the_middle_changes_nothing(cluster):
    local, client = cluster
    here = run_ensemble(ensemble(), WORLDS, SEED, part=133)
    killed = []

    def kill_one(worlds):
        if not killed:
            victim = next(iter(local.workers.values()))
            killed.append(victim)
            victim.process.process.kill()

    there = run_ensemble(ensemble(), WORLDS, SEED, client=client, part=PART, progress=kill_one)
    assert killed
    for name in ("passages", "never", "soonest_s", "latest_s", "pressures"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
