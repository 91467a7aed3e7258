"""Networks: arms against plain calls of fleet, choices on a grid by hand."""

import numpy as np
import pytest
import torch
import xarray as xr
from numpy.testing import assert_allclose

from reglab.chapters.weight_decay import networks as chapter
from reglab.data import signals
from reglab.train import fleet, mlp


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(chapter, "EPOCHS", 2)
    monkeypatch.setattr(chapter, "REPORT", (1, 2))


def test_arms_equal_a_plain_fleet(short, monkeypatch):
    settings = {"one": ("adamw", 0.01, 1.0), "other": ("sgd", 0.1, 0.0)}
    monkeypatch.setattr(chapter, "trained", with_short_report(chapter.trained))
    found = chapter.arms(settings, [3, 5], 0.4)
    assert dict(found.sizes) == {"arm": 2, "seed": 2, "epoch": 2}
    for name, (optimizer, lr, lam) in settings.items():
        plain = fleet(
            mlp(50), signals, n_train=1000, label_noise=0.4, seeds=[3, 5], optimizer=optimizer,
            lr=lr, weight_decay=lam, schedule="cosine", epochs=2, report=[1, 2], batch=100,
        )  # fmt: skip
        assert_allclose(found.test_error.sel(arm=name), plain.test_error, atol=1e-6)


def with_short_report(trained):
    return lambda *args, **kept: trained(*args, report=(1, 2), **kept)


def test_arms_tell_what_was_learned_of_right_and_wrong_labels(short, monkeypatch):
    monkeypatch.setattr(chapter, "trained", with_short_report(chapter.trained))
    settings = {"one": ("adamw", 0.01, 1.0), "other": ("sgd", 0.1, 0.0)}
    found = chapter.arms(settings, [3, 5], 0.4)
    for seed in (3, 5):
        given, true = (signals(seed, label_noise=noise).train.y for noise in (0.4, 0.0))
        wrong = (given != true).double().mean().item()
        at = found.isel(epoch=-1).sel(seed=seed)
        hits = (1 - wrong) * at.clean + wrong * at.memorized
        assert_allclose(hits, 1 - at.train_error, atol=1e-6)
        assert (at.memorized + at.corrected <= 1).all() and (at.clean > at.memorized).all()
    clean = chapter.arms(settings, [3], 0.0)
    assert "clean" not in clean and "network" not in found


def test_length_counts_weights_and_no_biases():
    network = mlp(50).build(40, 10, seed=3)
    flat = np.concatenate([network[i].weight.detach().numpy().ravel() for i in (0, 2, 4)])
    assert_allclose(chapter.weight_length(network), np.linalg.norm(flat), rtol=1e-6)


def test_arms_tell_how_long_the_weights_are(short, monkeypatch):
    monkeypatch.setattr(chapter, "trained", with_short_report(chapter.trained))
    found = chapter.arms({"none": ("adamw", 0.01, 0.0), "decay": ("adamw", 0.01, 10.0)}, [3], 0.4)
    assert found.length.sel(arm="decay").item() < 0.5 * found.length.sel(arm="none").item()


def test_epochs_may_be_other_than_the_chapters(short):
    found = chapter.trained("sgd", [3], 0.1, 0.0, report=(1, 3), epochs=3)
    assert found.epoch.values.tolist() == [1, 3]


def test_label_noise_is_passed_on(short):
    clean, noisy = (
        chapter.trained("sgd", [3], 0.1, 0.0, noise, (2,)).train_error.item() for noise in (0, 0.4)
    )
    assert noisy > clean + 0.1


def test_l2_takes_the_weights_and_lam_every_parameter(short):
    def small(**penalty):
        strength = dict(lam=0.0) | penalty
        return chapter.trained("sgd", [3], 0.1, label_noise=0.0, report=(2,), **strength)

    plain, all_of_them, weights = small(), small(lam=0.01), small(l2=0.01)
    losses = [run.train_loss.item() for run in (plain, all_of_them, weights)]
    assert len(set(losses)) == 3 and weights.attrs["l2"] == 0.01


def fake_grid():
    dims = ("lr", "weight_decay", "seed", "epoch")
    val = np.zeros((2, 3, 2, 2))
    val[..., 0] = 9.0  # an earlier epoch, not to be looked at
    val[0, :, :, 1] = [[0.5, 0.3], [0.3, 0.3], [0.2, 0.6]]
    val[1, :, :, 1] = [[0.5, 0.5], [0.4, 0.4], [0.1, 0.5]]
    coords = {"lr": [0.01, 0.1], "weight_decay": [0.0, 0.1, 1.0], "seed": [0, 1], "epoch": [1, 2]}
    return xr.Dataset({"val_error": (dims, val)}, coords)


def test_best_settings_and_heat():
    assert chapter.best_settings(fake_grid()).values.tolist() == [0.1, 1.0]
    assert_allclose(chapter.heat(fake_grid()), [[40, 30, 40], [50, 40, 30]])


def test_both_adams_stand_side_by_side():
    one, other = fake_grid(), fake_grid() + 1
    found = chapter.both_adams({"Adam + L2": one, "AdamW": other, "SGD, momentum 0.9": one})
    assert found.optimizer.values.tolist() == ["Adam + L2", "AdamW"]
    assert_allclose(found.val_error.sel(optimizer="Adam + L2"), fake_grid().val_error)
    assert_allclose(found.val_error.sel(optimizer="AdamW"), fake_grid().val_error + 1)


def test_grids_train_every_optimizer_on_its_own_rates(short, monkeypatch):
    monkeypatch.setattr(chapter, "LAMS", (0.0, 0.1))
    monkeypatch.setattr(chapter, "trained", with_short_report(chapter.trained))
    found = chapter.grids([3, 4], sgd_seeds=[3])
    assert list(found) == list(chapter.NAMES.values())
    assert [grid.seed.values.tolist() for grid in found.values()] == [[3], [3, 4], [3, 4]]
    for optimizer, name in chapter.NAMES.items():
        assert found[name].lr.values.tolist() == list(chapter.LRS[optimizer])
        assert found[name].attrs["optimizer"] == optimizer
        assert found[name].weight_decay.values.tolist() == [0.0, 0.1]


def test_sizes_of_gradients_are_what_adam_divides_by(short):
    """Adam's own running mean of squares, over an epoch of minibatches with its weights at rest."""
    found = chapter.gradient_sizes([3])
    network = trained_network()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.0, betas=(0.0, 1 - 1e-6))
    data = signals(3, label_noise=0.4).train
    for first in range(0, 1000, 100):
        rows = slice(first, first + 100)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(data.x[rows]), data.y[rows]).backward()
        optimizer.step()
    squares = [optimizer.state[network[i].weight]["exp_avg_sq"] for i in (0, 2, 4)]
    want = torch.cat([one.flatten() for one in squares]) / (1 - (1 - 1e-6) ** 10)
    assert found.shape == (1, 40 * 50 + 50 * 50 + 50 * 10)
    assert_allclose(found[0], want.sqrt(), rtol=1e-3, atol=1e-7)


def trained_network():
    optimizer, lr, lam = chapter.NOISY["no decay"]
    run = chapter.trained(optimizer, [3], lr, lam, report=[2], keep=["networks"])
    return run.network.item()


def test_sizes_of_gradients_are_those_of_each_seed(short):
    both = chapter.gradient_sizes([3, 5])
    assert_allclose(both[1], chapter.gradient_sizes([5])[0], rtol=1e-4)
    assert abs(both[0] - both[1]).max() > 1e-3


def test_shares_count_the_nearest_size_in_the_logarithm():
    found = np.array([[0.0, 0.02, 0.04, 0.3], [0.35, 1.0, 2.0, 99.0]])  # 0.0316 and 0.316: half way
    for sizes in ([0.01, 0.1, 1.0], xr.DataArray([0.01, 0.1, 1.0], dims="size")):
        share = chapter.shares_by_size(found, sizes)
        assert share.values.tolist() == [2 / 8, 2 / 8, 4 / 8]
        assert share["size"].values.tolist() == [0.01, 0.1, 1.0]


def test_each_arm_is_a_known_setting_and_the_baselines_do_not_decay():
    for arms in (chapter.NOISY, chapter.CLEAN):
        for name, (optimizer, lr, lam) in arms.items():
            assert optimizer in chapter.LRS and lr > 0
            assert (lam == 0) == name.startswith("no decay")
    assert chapter.REPORT[-1] == chapter.EPOCHS and set(chapter.NAMES) == set(chapter.LRS)
