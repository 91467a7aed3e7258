"""Exercise error_when_stopped: other sound solutions pass, and the page's own does the same."""

import numpy as np
import torch
import xarray as xr
from numpy.testing import assert_allclose

from reglab.chapters.double_descent_in_networks.exercises.stop import error_when_stopped
from reglab.train import test_error_at_best_epoch as stopped_errors


def with_a_loop(val, test):
    return [errors[list(row).index(min(row))] for row, errors in zip(val, test, strict=True)]


def with_torch(val, test):
    best = torch.as_tensor(val).min(dim=1, keepdim=True).indices
    return torch.as_tensor(test).gather(1, best)[:, 0]


def with_xarray(val, test):
    val, test = (xr.DataArray(errors, dims=("seed", "epoch")) for errors in (val, test))
    return test.isel(epoch=val.argmin("epoch")).values


def test_other_sound_solutions_pass(passes):
    passes("error_when_stopped", with_a_loop, with_torch, with_xarray)


def test_the_page_stops_in_the_same_way():
    rng = np.random.default_rng(0)
    val, test = rng.random((2, 4, 9))
    parts = {"val_error": (("seed", "epoch"), val), "test_error": (("seed", "epoch"), test)}
    runs = xr.Dataset(parts, {"seed": range(4), "epoch": range(9)})
    assert_allclose(stopped_errors(runs), error_when_stopped(val, test))
