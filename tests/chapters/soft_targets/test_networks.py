"""The chapter's networks in miniature: what is measured, by hand, and how students are taught."""

import numpy as np
import pytest
import torch
import xarray as xr
from torch.nn import functional as F

from reglab.chapters.soft_targets import networks
from reglab.chapters.soft_targets.networks import CE
from reglab.data import signals
from reglab.targets import Distillation, LabelSmoothing
from reglab.train import fit, mlp

SEEDS = [3100, 3101]
ARMS = {CE: dict(lr=0.1), "smoothed": dict(lr=0.1, techniques=[LabelSmoothing(0.3)])}


@pytest.fixture(scope="module")
def runs():
    return networks.train_arms(ARMS, SEEDS, n_train=500, epochs=3)


def test_dims_and_what_is_kept(runs):
    assert runs.error.dims == ("arm", "seed") and runs.test_error.sizes["epoch"] == 1
    assert np.allclose(runs.error, runs.test_error.isel(epoch=-1), atol=1e-6)
    assert np.allclose(runs.nll, runs.test_loss.isel(epoch=-1), rtol=1e-4)


def test_measures_by_hand(runs):
    data = signals(3101, n_train=500)
    with torch.no_grad():
        net = runs.network.sel(arm="smoothed", seed=3101).item()
        z, val = net(data.test.x).double(), net(data.val.x).double()
    one = runs.sel(arm="smoothed", seed=3101)
    assert np.isclose(one.error, (z.argmax(1) != data.test.y).double().mean())
    hot = F.one_hot(data.test.y, 10)
    assert np.isclose(one.brier, ((z.softmax(1) - hot) ** 2).sum(1).mean())
    T = float(one.temperature)
    assert np.isclose(one.scaled_nll, F.cross_entropy(z / T, data.test.y))
    losses = [F.cross_entropy(val / (T * c), data.val.y).item() for c in (0.95, 1.0, 1.05)]
    assert losses[1] < min(losses[0], losses[2])


def test_smoothing_makes_networks_less_confident(runs):
    low = runs.network.sel(arm="smoothed", seed=3100).item()
    high = runs.network.sel(arm=CE, seed=3100).item()
    x = signals(3100).test.x
    confident = [networks.logits(n, x).softmax(1).max(1).values.mean() for n in (low, high)]
    assert confident[0] < confident[1]


def test_reliability_grid(runs):
    grid = networks.reliability_grid(runs, [1.0, 1e6], bins=5)
    assert grid.accuracy.sizes == {"arm": 2, "T": 2, "bin": 5}
    assert np.allclose(grid.mean_confidence.sel(T=1e6), 0.1, atol=1e-4)
    assert np.allclose(grid.nll.sel(T=1e6), np.log(10), atol=1e-4)
    # at T = 1 the loss over all examples is the mean over the seeds
    assert np.allclose(grid.nll.sel(T=1.0), runs.nll.mean("seed"))


def test_a_student_is_fitted_to_its_teacher(runs):
    """The same as `fit` on the teacher's probabilities."""
    arms = {"hard": dict(lr=0.1), "T": dict(teacher=CE, lr=0.05, techniques=[Distillation(2)])}
    students = networks.train_students(runs, SEEDS, arms, epochs=2)
    data = signals(3100, n_train=500)
    p = networks.logits(runs.network.sel(arm=CE, seed=3100).item(), data.train.x).softmax(1)
    net = mlp(networks.WIDTH).build(40, 10, seed=3100)
    lesson = networks.Splits(
        networks.Examples(data.train.x, p.float()), data.val, data.test, data.classes
    )
    settings = dict(epochs=2, lr=0.05, schedule="cosine", seed=3100)
    fit(net, lesson, techniques=[Distillation(2)], **settings)
    got = students.network.sel(arm="T", seed=3100).item()
    apart = networks.logits(net, data.test.x) - networks.logits(got, data.test.x)
    assert apart.abs().max() < 1e-3
    assert not np.allclose(students.error.sel(arm="hard"), students.error.sel(arm="T"))


def test_wrong_labels_have_their_own_number_of_epochs():
    found = networks.train_arms({CE: dict(lr=0.0001)}, [3100], n_train=500, label_noise=0.4)
    assert found.epoch.item() == networks.NOISY_EPOCHS


def test_joined_arms(runs):
    one, other = (runs.sel(arm=[name]) for name in ARMS)
    joined = networks.join_arms(one, other)
    assert joined.arm.values.tolist() == list(ARMS) and "epoch" not in joined.dims
    assert (joined.error == runs.error).all() and joined.network.shape == (2, 2)


def test_percent():
    assert networks.as_percent(xr.DataArray([0.1, 0.21])) == "≈ 15.5 %"
