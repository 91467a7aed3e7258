"""A Dask cluster of two worker processes over loopback; one is killed in mid-sweep."""

import os
import signal

import distributed
import pytest
from train_toys import assert_equal, nine

import reglab.train.running.executors as executors
from reglab.train import fleet, sweep


@pytest.fixture(scope="module")
def client():
    # Any free port: with None, Dask still wants 8787, which another test run may have.
    place = dict(host="127.0.0.1", dashboard_address="127.0.0.1:0")
    workers = dict(n_workers=2, threads_per_worker=1, processes=True)
    with distributed.LocalCluster(**place, **workers) as cluster, distributed.Client(cluster) as c:
        yield c


def test_a_cluster_gives_fleet_s_bits(client, tmp_path):
    settings = nine(keep=["predictions", "networks"])
    want = fleet(**settings)
    assert_equal(sweep(**settings, executor=client.get_executor(pure=False)), want)
    runs = sweep(**settings, executor=client.get_executor(), store=tmp_path)
    assert_equal(runs, want)
    assert_equal(sweep(**settings, store=tmp_path), want)


def test_the_client_itself_is_no_executor(client):
    with pytest.raises(ValueError, match=r"got Client; use client.get_executor\(pure=False\)"):
        sweep(**nine(), executor=client)


def test_a_worker_killed_in_mid_sweep_loses_nothing(client, monkeypatch, tmp_path):
    def put(shelf, i, found, original=executors.Shelf.put):
        original(shelf, i, found)
        if len(shelf.done) == 2:
            busy = [worker for worker, buckets in client.processing().items() if buckets]
            victims.append(before[busy[0]])
            os.kill(victims[0], signal.SIGKILL)

    settings, victims, before = nine(epochs=100), [], client.run(os.getpid)
    with monkeypatch.context() as patch:
        patch.setattr(executors.Shelf, "put", put)
        runs = sweep(**settings, executor=client.get_executor(pure=False), store=tmp_path)
    assert_equal(runs, fleet(**settings))
    assert len([*tmp_path.iterdir()]) == 9
    client.wait_for_workers(2, timeout=60)
    after = set(client.run(os.getpid).values())
    assert len(before) == len(after) == 2
    assert set(before.values()) - after == set(victims) and len(victims) == 1


def test_a_cluster_without_workers_is_not_waited_for_without_end(monkeypatch, tmp_path):
    monkeypatch.setattr(executors, "PAUSE", 0.05)
    monkeypatch.setattr(executors, "WITHOUT_WORKERS", 0.2)
    place = dict(host="127.0.0.1", dashboard_address="127.0.0.1:0", n_workers=0)
    with distributed.LocalCluster(**place) as cluster, distributed.Client(cluster) as client:
        pool = client.get_executor(pure=False)
        with pytest.raises(TimeoutError, match="no worker for 0.2 s; start some") as caught:
            sweep(**nine(), executor=pool, store=tmp_path)
    assert "0 of 9 buckets are finished" in caught.value.__notes__[0]
