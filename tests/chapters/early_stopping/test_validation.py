"""Validation data: judged by hand from the networks themselves, in miniature."""

from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from numpy.testing import assert_allclose
from torch.nn.functional import cross_entropy

from reglab.chapters.early_stopping import networks as nets
from reglab.chapters.early_stopping import validation as chapter
from reglab.train import fleet, mlp

SMALL = dict(n_train=100, label_noise=0.4, epochs=2, lr=0.1)


@pytest.fixture(scope="module")
def judged():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nets, "FEW", SMALL)
        yield chapter.judge([3, 5])


def test_each_epoch_is_judged_by_each_example(judged):
    assert dict(judged.sizes) == {"seed": 2, "epoch": 3, "labels": 2, "example": 1000}
    plain = fleet(mlp(64), nets.examples, seeds=[3, 5], report=range(3), **SMALL)
    right = judged.sel(labels="right")
    assert_allclose(right.miss.mean("example"), plain.val_error, atol=1e-6)
    assert_allclose(right.loss.mean("example"), plain.val_loss, atol=1e-4)
    assert_allclose(judged.test_error, plain.test_error)


@torch.no_grad()
def test_wrong_labels_judge_the_same_answers(judged):
    last = fleet(mlp(64), nets.examples, seeds=[5], report=[2], keep="networks", **SMALL)
    drawn = nets.examples(5)
    y = nets.wrong_validation_labels(drawn, 5, 0.4)
    z = last.network.item()(drawn.val.x)
    at = judged.sel(labels="wrong", seed=5, epoch=2)
    assert_allclose(at.miss, (z.argmax(1) != y).numpy())
    assert_allclose(at.loss, cross_entropy(z, y, reduction="none").numpy(), atol=1e-4)


def table(miss, test_error, loss=None):
    """judged data of one or more seeds: miss (labels, seed, epoch, example)."""
    dims = ("labels", "seed", "epoch", "example")
    miss = np.array(miss, dtype=float)
    return xr.Dataset(
        {
            "miss": (dims, miss),
            "loss": (dims, np.array(loss if loss is not None else miss, dtype=float)),
            "test_error": (("seed", "epoch"), np.array(test_error)),
        },
        coords={"labels": ["right", "wrong"], "seed": [3], "epoch": [0, 1, 2]},
    )


RIGHT = [[1, 1, 1, 1], [0, 1, 1, 0], [1, 0, 0, 0]]  # (epoch, example)
WRONG = [[1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 1]]


def test_optimism_on_the_first_examples(monkeypatch):
    monkeypatch.setattr(chapter, "FIXED", 1)
    found = chapter.optimism(table([[RIGHT], [WRONG]], [[0.9, 0.6, 0.4]]), [1, 4])
    # With one example, epoch 1 has no error; with four, epoch 2 has a quarter.
    assert_allclose(found.chosen.sel(n_val=1), [0.6 - 0.0])
    assert_allclose(found.chosen.sel(n_val=4), [0.4 - 0.25])
    assert_allclose(found.fixed.sel(n_val=1), [0.6 - 0.0])
    assert_allclose(found.fixed.sel(n_val=4), [0.6 - 0.5])
    assert found.seed.values.tolist() == [3] and set(found.coords) == {"n_val", "seed"}


def test_the_page_names_the_epoch_that_was_not_chosen():
    (page,) = Path(__file__).parents[3].glob("chapters/*-early-stopping.ipynb")
    assert f"at epoch {chapter.FIXED}, not chosen" in page.read_text()


def test_stop_each_way_with_each_kind_of_labels():
    loss = [[[[9], [8], [7]]], [[[1], [2], [3]]]] * np.ones(4)
    found = chapter.stop_each_way(table([[RIGHT], [WRONG]], [[0.9, 0.6, 0.4]], loss))
    assert_allclose(found.error.sel(labels="right"), [0.4])
    assert_allclose(found.error.sel(labels="wrong"), [0.6])
    assert_allclose(found.loss.sel(labels="right"), [0.4])
    assert_allclose(found.loss.sel(labels="wrong"), [0.9])


def test_train_again_for_as_many_epochs_as_were_chosen_on_wrong_labels(judged, monkeypatch):
    monkeypatch.setattr(nets, "FEW", SMALL)
    found = chapter.train_again(judged, [5])
    best = int(judged.sel(labels="wrong", seed=5).miss.mean("example").argmin("epoch"))
    joined = fleet(mlp(64), nets.examples, seeds=[5], joined=True, report=range(3), **SMALL)
    assert found.epochs.values.tolist() == [best] and set(found.coords) == {"seed"}
    assert_allclose(found.stopped, judged.test_error.sel(seed=[5]).isel(epoch=best))
    assert_allclose(found.again, joined.test_error.isel(epoch=best))
