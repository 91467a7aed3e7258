"""The table: rows land where the grid says, labels, the warning."""

import numpy as np
import pytest
import torch
import xarray as xr
from train_toys import TRAINING, deviation, toy

from reglab import train
from reglab.train import mlp
from reglab.train.engines.task import Task
from reglab.train.history import CURVES
from reglab.train.results import Results
from reglab.train.running.units import state_bytes
from reglab.train.settings import expand


def results(reported=(0, 5), keep=()):
    grid = expand(mlp([3, 5]), TRAINING | dict(lr=[0.1, 0.2]), {}, [7, 8, 9])
    return Results(grid, reported, keep, Task([], [toy()], None, 5, torch.float64))


def curves(rows, value):
    return {name: np.full((rows, 2), value) for name in CURVES} | {"seconds": np.array(0.25)}


def test_rows_land_where_the_grid_says():
    r = results()
    for i in range(12):
        r.add([i], curves(1, float(i)))
    runs = r.dataset(epochs=5)
    assert runs.test_loss.dims == ("width", "lr", "seed", "epoch")
    assert runs.test_loss.sel(width=5, lr=0.1, seed=9, epoch=5) == 8.0
    assert runs.attrs["epochs"] == 5 and runs.attrs["batch"] == 15 and "lr" not in runs.attrs
    assert runs.attrs["run_seconds"] == 3.0  # of all buckets together
    assert not runs.diverged.any()


def test_warning_names_the_first_three():
    r = results()
    r.add(range(12), curves(12, 1.0))
    r.add([2], curves(1, np.nan))
    with pytest.warns(RuntimeWarning, match="1 of 12 networks.*width=3.*lr=0.1.*seed=9$"):
        assert r.dataset().diverged.sum() == 1
    r.add(range(5), curves(5, np.nan))
    with pytest.warns(RuntimeWarning, match="5 of 12 networks.*seed=9 and 2 more$"):
        r.dataset()


def test_none_is_no_attribute():
    r = Results(
        expand(mlp(3), TRAINING | dict(batch=None), {}, [7]),
        [0, 5],
        [],
        Task([], [toy()], None, 5, torch.float64),
    )
    r.add([0], curves(1, 1.0))
    assert "batch" not in r.dataset().attrs


def test_kept_networks_and_predictions_come_back():
    r = results(keep=["networks", "predictions"])
    for i, network in enumerate(r.grid.networks):
        trained = network.spec.build(6, 3, seed=i + 100, dtype=torch.float64)
        found = {"state 0": state_bytes(trained), "test_output": np.full((1, 4, 3), float(i))}
        r.add([i], curves(1, 0.0) | found)
    runs = r.dataset().sel(width=5, lr=0.1, seed=9)
    assert (runs.test_output == 8.0).all() and runs.test_output.shape == (4, 3)
    assert deviation(runs.network.item(), mlp(5).build(6, 3, 108, torch.float64)) == 0


def test_every_curve_knows_how_long_it_took():
    r = results()
    for i in range(12):
        r.add([i], curves(1, float(i)))
    runs = r.dataset(epochs=5)
    assert runs.attrs["run_seconds"] == 12 * 0.25
    assert runs.test_error.sel(width=5, lr=0.1).attrs["run_seconds"] == 3.0


def test_the_earliest_best_validation_epoch_is_taken():
    dims = ("width", "seed", "epoch")
    val = np.array([[[0.5, 0.2, 0.2], [0.1, 0.3, 0.4]], [[0.6, 0.5, 0.4], [0.3, 0.2, 0.9]]])
    test = np.arange(12).reshape(2, 2, 3) / 100
    coords = {"width": [6, 8], "seed": [1, 2], "epoch": [1, 5, 9]}
    runs = xr.Dataset({"val_error": (dims, val), "test_error": (dims, test)}, coords)
    best = train.test_error_at_best_epoch(runs)
    assert best.dims == ("width", "seed")
    np.testing.assert_allclose(best, [[0.01, 0.03], [0.08, 0.10]])
