"""Real processes: two spawned workers, SIGKILL in mid-sweep, two sweeps that share a store."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from pathlib import Path

import pytest
from torch import nn
from train_toys import I, K, assert_equal, nine, sweep_together, toy

import reglab.train.running.executors as executors
from reglab.train import fleet, modules, sweep

SWEEP = """
import sys
sys.path.append(sys.argv[1])
from train_toys import nine
from reglab.train import sweep
sweep(**nine(epochs=int(sys.argv[3])), store=sys.argv[2])
"""


def stored(folder):
    return sorted(folder.glob("*.bucket")) if folder.exists() else []


@pytest.fixture(scope="module")
def pool():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as workers:
        yield workers


def test_two_spawned_workers_give_fleet_s_bits(pool, tmp_path):
    settings = nine(keep=["predictions", "networks"])
    want = fleet(**settings)
    assert_equal(sweep(**settings, executor=pool), want)
    assert_equal(sweep(**settings, executor=pool, store=tmp_path), want)
    assert len(stored(tmp_path)) == 9
    assert_equal(sweep(**settings, store=tmp_path), want)


def test_functions_travel_to_spawned_workers(pool):
    model = modules(lambda p: nn.Sequential(nn.Linear(I, K), nn.Dropout(p)), p=[0.1, 0.2])
    settings = dict(epochs=2, lr=0.1, seeds=[0, 3], device="cpu", schedule=lambda t: 1 - t)
    settings["keep"] = "networks"
    assert_equal(sweep(model, toy, executor=pool, **settings), fleet(model, toy, **settings))


def test_an_error_in_a_worker_is_the_caller_s(pool):
    def schedule(t):
        return 1.0 if parent_process() is None else 1 / 0

    with pytest.raises(ZeroDivisionError) as raised:
        sweep(**nine(schedule=schedule), executor=pool)
    assert "of 9 buckets are finished, but not kept" in raised.value.__notes__[-1]


def test_killed_in_mid_sweep_it_goes_on_bit_for_bit(tmp_path, monkeypatch):
    epochs = 100
    command = [sys.executable, "-c", SWEEP, Path(__file__).parent, tmp_path, epochs]
    killed = subprocess.Popen([*map(str, command)])
    while len(stored(tmp_path)) < 2:
        assert killed.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
    killed.kill()
    assert killed.wait() == -signal.SIGKILL
    done, runs = stored(tmp_path), []
    assert 2 <= len(done) < 9
    before = {path: path.stat().st_mtime_ns for path in done}

    def counted(unit, tick, run=executors.run):
        runs.append(unit)
        return run(unit, tick)

    monkeypatch.setattr(executors, "run", counted)
    again = sweep(**nine(epochs=epochs), store=tmp_path)
    assert len(runs) == 9 - len(done)
    assert before == {path: path.stat().st_mtime_ns for path in done}
    assert_equal(again, fleet(**nine(epochs=epochs)))


def test_two_sweeps_may_share_a_store(pool, tmp_path):
    store, meeting = tmp_path / "store", tmp_path / "meeting"
    meeting.mkdir()
    both = [pool.submit(sweep_together, store, meeting, name, 40) for name in "ab"]
    want = fleet(**nine(epochs=40))
    for one in both:
        assert_equal(one.result(), want)
    assert stored(store) == sorted(store.iterdir()) and len(stored(store)) == 9
    assert_equal(sweep(**nine(epochs=40), store=store), want)


def test_a_worker_that_dies_says_what_is_in_the_store(pool, tmp_path, monkeypatch):
    """The last of these tests, for it leaves the pool broken."""

    def put(shelf, i, found, original=executors.Shelf.put):
        original(shelf, i, found)
        if len(shelf.done) == 2:
            os.kill(next(iter(pool._processes)), signal.SIGKILL)

    with monkeypatch.context() as patch, pytest.raises(BrokenExecutor) as raised:
        patch.setattr(executors.Shelf, "put", put)
        sweep(**nine(epochs=40), executor=pool, store=tmp_path)
    done = len(stored(tmp_path))
    told = str(raised.value)
    assert "worker process died" in told and f"{done} of 9 buckets are finished and in" in told
    assert 2 <= done < 9
    assert_equal(sweep(**nine(epochs=40), store=tmp_path), fleet(**nine(epochs=40)))
