"""Units as bytes: functions travel, parts of large tensors travel alone, versions must match."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import cloudpickle
import numpy as np
import pytest
import torch
from torch import nn
from train_toys import I, K, task, toy

from reglab.data import Examples, Splits
from reglab.train import modules
from reglab.train.history import CURVES
from reglab.train.running.packing import check_travels, pack, run_packed, submit
from reglab.train.running.store_key import VERSIONS
from reglab.train.running.units import Unit, run


def unit(**settings):
    return Unit(task(**settings), (0, 3), (), "cpu")


def same(one, other):
    return all(np.array_equal(one[name], other[name], equal_nan=True) for name in CURVES)


def test_a_packed_unit_runs_to_the_same_bits():
    assert same(run_packed(pack(unit()), VERSIONS), run(unit()))


def test_functions_that_no_module_holds_travel():
    one = unit(model=modules(lambda: nn.Linear(I, K)), schedule=lambda t: 1 - t)
    assert same(run_packed(pack(one), VERSIONS), run(one))


def test_part_of_a_large_tensor_travels_alone():
    pool = torch.cat([toy().train.x, torch.randn(20_000, I, dtype=torch.float64)])
    data = Splits(Examples(pool[:40], toy().train.y), toy().val, toy().test, K)
    one = task(seeds=[0, 3])
    part = Unit(type(one)(one.networks, [data, data], 5, 3, one.dtype), (0, 3), (), "cpu")
    packed = pack(part)
    assert len(packed) < 60_000 < pool.nbytes
    back = cloudpickle.loads(packed)
    assert torch.equal(back.task.data[0].train.x, pool[:40])
    assert back.task.data[0] is back.task.data[1]
    assert same(run_packed(packed, VERSIONS), run(part))


def test_a_worker_of_another_version_refuses():
    theirs = VERSIONS | {"torch": "9.9"}
    with pytest.raises(RuntimeError, match=r"worker has torch 2\S+ instead of 9.9; install"):
        run_packed(b"", theirs)
    with pytest.raises(RuntimeError, match="worker has new None instead of 1"):
        run_packed(b"", VERSIONS | {"new": "1"})


def test_what_cannot_travel_is_told_at_once():
    lock = Lock()
    check_travels([lambda: 3])
    with pytest.raises(ValueError, match="can't be sent to other processes: .*hold no lock"):
        check_travels([lambda: lock])


def test_only_advice_on_large_graphs_is_silenced():
    class Pool(ThreadPoolExecutor):
        def submit(self, function, payload, versions):
            import warnings

            warnings.warn("Sending large graph of size 28 MiB.", UserWarning, stacklevel=1)
            warnings.warn(payload.decode(), UserWarning, stacklevel=1)
            return versions

    with pytest.warns(UserWarning) as told:
        assert submit(Pool(1), b"another matter") == VERSIONS
    assert [str(warning.message) for warning in told] == ["another matter"]
