"""Networks: shares against a loop, logged losses against nn.Dropout, chosen luck."""

import numpy as np
import pytest
import torch
import xarray as xr
from numpy.testing import assert_allclose
from torch import nn

from reglab.chapters.overfitting import networks as chapter
from reglab.core import stream
from reglab.train import fleet, mlp

SEEDS = [3, 5]


def test_signals_differ_between_clean_and_noisy_only_in_the_flipped_labels():
    clean, noisy = chapter.signals(0), chapter.signals(0, label_noise=0.4)
    assert torch.equal(clean.train.x, noisy.train.x)
    assert int((clean.train.y != noisy.train.y).sum()) == 400
    assert torch.equal(clean.test.y, noisy.test.y)
    assert [len(p) for p in clean.parts().values()] == [1000, 1000, 4000]


@pytest.fixture(scope="module")
def learned():
    return chapter.first_learned(SEEDS, [0, 2, 4], width=12, label_noise=0.3)


def test_first_learned_counts_as_a_loop_does(learned):
    runs = fleet(
        mlp(12), chapter.signals, seeds=SEEDS, lr=chapter.LR, epochs=4, report=[4],
        keep="networks", label_noise=0.3,
    )  # fmt: skip
    for seed in SEEDS:
        given, true = chapter.signals(seed, label_noise=0.3).train, chapter.signals(seed).train.y
        answers = runs.network.sel(seed=seed).item()(given.x).argmax(1)
        counts = dict.fromkeys(["clean", "memorized", "corrected"], 0)
        for a, g, t in zip(answers.tolist(), given.y.tolist(), true.tolist(), strict=True):
            counts["clean"] += g == t and a == t
            counts["memorized"] += g != t and a == g
            counts["corrected"] += g != t and a == t
        got = learned.sel(seed=seed, epoch=4)
        assert_allclose(float(got.clean), counts["clean"] / 700)
        assert_allclose(float(got.memorized), counts["memorized"] / 300)
        assert_allclose(float(got.corrected), counts["corrected"] / 300)


def test_shares_add_up_to_the_training_error(learned):
    runs = fleet(
        mlp(12), chapter.signals, seeds=SEEDS, lr=chapter.LR, epochs=4, report=[0, 2, 4],
        label_noise=0.3,
    )  # fmt: skip
    right = 0.7 * learned.clean + 0.3 * learned.memorized
    assert_allclose(1 - right.transpose("seed", "epoch"), runs.train_error, atol=1e-6)


def test_logged_losses():
    found = chapter.logged_losses(SEEDS, p=0.5, width=12, epochs=3)
    runs = fleet(
        mlp(12, dropout=0.5), chapter.signals, seeds=SEEDS, lr=chapter.LR, epochs=3, report=[3]
    )
    assert_allclose(found.eval_mode, runs.train_loss.isel(epoch=-1), rtol=1e-5)
    assert_allclose(found.validation, runs.val_loss.isel(epoch=-1), rtol=1e-5)
    # The mode is all that differs: many masks on average give nn.Dropout's own training loss.
    assert (found.train_mode > found.eval_mode).all()


def test_masks_have_the_law_of_torch_dropout():
    x = torch.ones(200, 400)
    network = nn.Sequential(nn.Dropout(0.3))
    ours = chapter._with_masks(network, x, stream(0, "test"))
    theirs = network.train()(x)
    assert_allclose(sorted(ours.unique().tolist()), sorted(theirs.unique().tolist()), rtol=1e-6)
    # standard error of the mean of 80 000 multipliers with variance 3/7: 0.0023; both within 5
    assert abs(ours.mean() - 1) < 0.012 and abs(theirs.mean() - 1) < 0.012
    again = chapter._with_masks(network, x, stream(0, "test"))
    assert torch.equal(ours, again)


def fake_runs(val, test):
    dims = ("seed", "epoch")
    parts = {
        "val_error": (dims, np.array(val)[:, None]),
        "test_error": (dims, np.array(test)[:, None]),
    }
    return xr.Dataset(parts, coords={"seed": [7, 8, 9, 10], "epoch": [1]})


def test_best_of_picks_by_one_score_and_reports_another():
    found = chapter.best_of(fake_runs([0.3, 0.1, 0.2, 0.25], [0.5, 0.6, 0.7, 0.8]), tries=2)
    assert found.chosen_on.values.tolist() == [0.1, 0.2]
    assert found.fresh.values.tolist() == [0.6, 0.7]
    assert found.seed.values.tolist() == [7, 9]


def test_best_of_never_picks_a_run_that_diverged_and_keeps_the_time():
    runs = fake_runs([np.nan, 0.1, 0.2, 0.25], [np.nan, 0.6, 0.7, 0.8])
    runs.val_error.attrs["run_seconds"] = 3.0
    found = chapter.best_of(runs, tries=2)
    assert found.chosen_on.values.tolist() == [0.1, 0.2]
    assert found.chosen_on.attrs == {"run_seconds": 3.0}


def test_best_of_refuses_uneven_groups():
    with pytest.raises(ValueError, match="4 seeds do not divide into groups of 3"):
        chapter.best_of(fake_runs([0.1] * 4, [0.1] * 4), tries=3)
