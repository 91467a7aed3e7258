"""Data and trainings of the chapter, in miniature: labels, joined parts, arms, positions."""

from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from numpy.testing import assert_allclose
from torch import nn

from reglab.chapters.early_stopping import networks as chapter
from reglab.data import Examples, mnist1d
from reglab.train import fleet, mlp

SMALL = dict(n_train=200, label_noise=0.4, epochs=2)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(chapter, "WRONG", SMALL)


def test_examples_are_mnist_1d_with_wrong_training_labels_only():
    drawn, clean = chapter.examples(3, 200, 0.4), mnist1d(3, n_train=200, noise=0.05)
    assert [len(part) for part in drawn.parts().values()] == [200, 1000, 2000]
    assert torch.equal(drawn.train.x, clean.train.x)
    assert (drawn.train.y != clean.train.y).sum() == 80
    assert torch.equal(drawn.test.x, clean.test.x[-2000:])
    assert torch.equal(drawn.test.y, clean.test.y[-2000:])
    plain = chapter.examples(3)
    assert len(plain.train) == 1000
    assert torch.equal(plain.train.y, mnist1d(3, n_train=1000, noise=0.05).train.y)


def test_joined_examples_train_on_all_labels_and_validate_on_none():
    apart, both = chapter.examples(3, 200, 0.4), chapter.examples(3, 200, 0.4, joined=True)
    assert [len(part) for part in both.parts().values()] == [1200, 0, 2000]
    assert torch.equal(both.train.x, torch.cat([apart.train.x, apart.val.x]))
    assert torch.equal(both.train.y[:200], apart.train.y)
    assert torch.equal(both.train.y[200:], chapter.wrong_validation_labels(apart, 3, 0.4))
    assert torch.equal(both.test.x, apart.test.x)
    assert both.classes == 10


def test_wrong_validation_labels_are_named_by_the_seed():
    drawn = chapter.examples(3)
    wrong = chapter.wrong_validation_labels(drawn, 3, 0.4)
    assert (wrong != drawn.val.y).sum() == 400 and wrong.unique().tolist() == list(range(10))
    assert torch.equal(wrong, chapter.wrong_validation_labels(drawn, 3, 0.4))
    assert not torch.equal(wrong, chapter.wrong_validation_labels(drawn, 4, 0.4))
    assert torch.equal(drawn.val.y, chapter.wrong_validation_labels(drawn, 3, 0.0))


def test_train_is_a_plain_fleet_measured_at_every_epoch():
    found = chapter.train([3, 5], lr=0.1, **SMALL)
    plain = fleet(
        mlp(64), chapter.examples, n_train=200, label_noise=0.4, seeds=[3, 5], lr=0.1, epochs=2,
        report=[0, 1, 2], optimizer="sgd", momentum=0.9, batch=100, schedule="constant",
    )  # fmt: skip
    assert found.epoch.values.tolist() == [0, 1, 2]
    assert_allclose(found.test_error, plain.test_error)
    assert chapter.train([3], lr=0.1, report=[2], **SMALL).epoch.values.tolist() == [2]


def test_every_arm_is_trained_with_its_own_settings(small):
    found = chapter.errors_at_end([3, 5])
    assert found.dims == ("arm", "seed") and "epoch" not in found.coords
    assert found.arm.values.tolist() == ["constant rate", "cosine", "weight decay", "dropout"]
    for name, own in chapter.TO_THE_END.items():
        own = dict(own)
        spec = mlp(64, dropout=own.pop("dropout", 0.0))
        run = fleet(spec, chapter.examples, seeds=[3, 5], report=[2], **SMALL, **own)
        assert_allclose(found.sel(arm=name), run.test_error.isel(epoch=0), err_msg=name)


def test_errors_at_takes_each_run_at_its_own_position():
    values = np.arange(12.0).reshape(3, 2, 2)
    runs = xr.Dataset(
        {"test_error": (("epoch", "arm", "seed"), values), "other": (("epoch",), [7.0, 8.0, 9.0])},
        coords={"epoch": [0, 5, 9], "seed": [3, 5]},
    )
    found = chapter.errors_at(runs, [[0, 1], [2, 0]])
    assert found.values.tolist() == [[0.0, 5.0], [10.0, 3.0]]
    assert found.seed.values.tolist() == [3, 5] and "epoch" not in found.coords
    assert chapter.errors_at(runs, 2, "other").item() == 9.0


def test_error_counts_wrong_answers_in_eval_mode_and_restores_the_mode():
    model = nn.Sequential(nn.Dropout(1.0), nn.Identity())
    part = Examples(torch.eye(4), torch.tensor([0, 1, 2, 0]))
    assert chapter.error(model, part) == 0.25 and model.training
    assert chapter.error(model.eval(), part) == 0.25 and not model.training


def chosen_rows():
    """What SEEDS.md says was chosen, by what was trained: {first column: last column}."""
    text = Path(chapter.__file__).with_name("SEEDS.md").read_text()
    rows = [row.strip("|").split("|") for row in text.splitlines() if row.count("|") == 4]
    return {row[0].strip(): row[2].strip() for row in rows}


def test_settings_are_those_that_were_chosen_on_pilot_seeds():
    wrong, few, clean, ends = chapter.WRONG, chapter.FEW, chapter.CLEAN, chapter.TO_THE_END
    decay, drop = ends["weight decay"], ends["dropout"]
    share = f"{100 * wrong['label_noise']:g} % wrong labels"
    kind = f"{wrong['n_train']} examples, {share}, {wrong['epochs']} epochs, constant rate"
    right = f"{clean['n_train']} examples, clean labels, {clean['epochs']} epochs, constant rate"
    cosine = f"4000 clean examples, cosine over {chapter.LONG} epochs, cut at {chapter.CUT}"
    want = {
        f"{kind}, stopped": f"{chapter.STOPPED['lr']}:",
        "the same, not stopped": f"{ends['constant rate']['lr']}:",
        "the same, cosine schedule, not stopped": f"{ends['cosine']['lr']}:",
        "the same, weight decay, constant rate, not stopped": (
            f"{decay['lr']} and {decay['weight_decay']}:"
        ),
        "the same, dropout, constant rate, not stopped": f"{drop['lr']} and {drop['dropout']}:",
        right: f"{clean['lr']}:",
        f"{few['n_train']} examples, {100 * few['label_noise']:g} % wrong labels": f"{few['lr']}:",
        cosine: f"{chapter.CUT_LR}:",
        f"the same, cosine over {chapter.CUT} epochs": f"{chapter.SHORT_LR}:",
    }
    rows = chosen_rows()
    assert {what: rows.get(what, "").startswith(start) for what, start in want.items()} == (
        dict.fromkeys(want, True)
    )
    assert few["epochs"] == wrong["epochs"] == 40 and len(rows) == len(want) + 2  # and two of head
