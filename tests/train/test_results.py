"""The table: rows land where the grid says, labels, the warning."""

import numpy as np
import pytest
from train_toys import TRAINING

from reglab.train import mlp
from reglab.train.history import CURVES
from reglab.train.results import Results
from reglab.train.settings import expand


def results(reported=(0, 5), keep=()):
    return Results(
        expand(mlp([3, 5]), TRAINING | dict(lr=[0.1, 0.2]), {}, [7, 8, 9]), reported, keep
    )


def curves(rows, value):
    return {name: np.full((rows, 2), value) for name in CURVES}


def test_rows_land_where_the_grid_says():
    r = results()
    for i in range(12):
        r.add([i], curves(1, float(i)), None, None)
    runs = r.dataset(epochs=5)
    assert runs.test_loss.dims == ("width", "lr", "seed", "epoch")
    assert runs.test_loss.sel(width=5, lr=0.1, seed=9, epoch=5) == 8.0
    assert runs.attrs["epochs"] == 5 and runs.attrs["batch"] == 15 and "lr" not in runs.attrs
    assert not runs.diverged.any()


def test_warning_names_the_first_three():
    r = results()
    r.add(range(12), curves(12, 1.0), None, None)
    r.add([2], curves(1, np.nan), None, None)
    with pytest.warns(RuntimeWarning, match="1 of 12 networks.*width=3.*lr=0.1.*seed=9$"):
        assert r.dataset().diverged.sum() == 1
    r.add(range(5), curves(5, np.nan), None, None)
    with pytest.warns(RuntimeWarning, match="5 of 12 networks.*seed=9 and 2 more$"):
        r.dataset()


def test_none_is_no_attribute():
    r = Results(expand(mlp(3), TRAINING | dict(batch=None), {}, [7]), [0, 5], [])
    r.add([0], curves(1, 1.0), None, None)
    assert "batch" not in r.dataset().attrs
