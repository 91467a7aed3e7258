"""Networks in miniature: the table of settings, shared data, arms against plain calls of fleet."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from reglab.chapters.dropout import networks as chapter
from reglab.chapters.dropout.exact import compare_averages
from reglab.data import learned_shares, signals
from reglab.train import fleet, mlp


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(chapter, "EPOCHS", 1)
    monkeypatch.setattr(chapter, "N", 200)
    monkeypatch.setattr(chapter, "WIDTH", 8)


def plain(width, p, lr, seeds, label_noise=0.0, data=signals, **settings):
    """Final values of a plain fleet, of the size that `short` makes."""
    return fleet(
        mlp(width, dropout=p), data, n_train=200, label_noise=label_noise, seeds=seeds, lr=lr,
        schedule="cosine", epochs=1, report=[1], **settings,
    ).isel(epoch=-1)  # fmt: skip


def test_five_seeds_share_their_data():
    a, b, other = (chapter.shared_signals(seed, n_train=50) for seed in (10, 14, 15))
    assert torch.equal(a.train.x, b.train.x) and not torch.equal(a.train.x, other.train.x)
    assert torch.equal(a.train.x, signals(10, n_train=50).train.x)


def test_every_width_and_p_has_its_learning_rate():
    assert set(chapter.LRS) == {(kind, width) for kind in chapter.KINDS for width in chapter.WIDTHS}
    assert {len(lrs) for lrs in chapter.LRS.values()} == {len(chapter.RATES)}
    assert chapter.RATES[0] == 0


def test_settings_are_those_that_were_chosen_on_pilot_seeds():
    text = " ".join(Path(chapter.__file__).with_name("SEEDS.md").read_text().split())
    grid = "0.01, 0.03, 0.1, 0.2, 0.3"
    assert f"Learning rates: {grid} (0.5 where 0.3 was best)" in text
    assert {str(lr) for lrs in chapter.LRS.values() for lr in lrs} <= set(grid.split(", ")[1:])
    widths, rates = ", ".join(map(str, chapter.WIDTHS)), ", ".join(f"{p:g}" for p in chapter.RATES)
    assert f"every width ({widths}), every p ({rates})" in text
    errors = {"clean labels": ("14.5", "12.5"), "40 % wrong labels": ("54.0", "49.1")}
    for kind, arms in chapter.ARMS.items():
        none, some = (
            f"p = {p:g} at {lr:g} ({error} %"
            for (p, lr), error in zip(arms.values(), errors[kind], strict=True)
        )
        assert f"{kind} {none}), {some}" in text
    assert chapter.KINDS == {"clean labels": 0.0, "40 % wrong labels": 0.4}
    assert f"Width {chapter.WIDTH}, looked at closely" in text
    assert f"{chapter.N} signals, {chapter.EPOCHS} epochs" in text


def test_errors_over_width_are_those_of_plain_fleets(short):
    found = chapter.error_over_width([3, 5], widths=[16], kinds=["40 % wrong labels"])
    assert dict(found.sizes) == {"labels": 1, "width": 1, "p": 4, "seed": 2}
    lrs = chapter.LRS["40 % wrong labels", 16]
    for p, lr in zip(chapter.RATES, lrs, strict=True):
        want = plain(16, p, lr, [3, 5], 0.4)
        at = found.sel(labels="40 % wrong labels", width=16, p=p)
        for name in ("train_error", "test_error", "test_loss"):
            assert_allclose(at[name], want[name], rtol=1e-5)


def test_arms_are_five_networks_for_each_data_set(short):
    kind = "40 % wrong labels"
    seeds = range(10, 20)
    found = chapter.train_fives(kind, seeds)
    assert dict(found.test_error.sizes) == {"arm": 2, "seed": 2, "member": 5}
    assert found.seed.values.tolist() == [10, 15]
    for name, (p, lr) in chapter.ARMS[kind].items():
        want = plain(8, p, lr, seeds, 0.4, chapter.shared_signals, keep="predictions")
        at = found.sel(arm=name)
        assert_allclose(at.test_error.values.ravel(), want.test_error, atol=1e-6)
        outputs = at.test_output.values.reshape(10, 4000, 10)
        assert_allclose(outputs, want.test_output, rtol=1e-4, atol=1e-5)
        network = at.network.values[1, 2].eval()
        again = network(signals(15).test.x[:50]).detach()
        assert_allclose(at.test_output.values[1, 2, :50], again, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seeds", [range(10, 14), range(11, 16), [10, 11, 12, 14, 13]])
def test_seeds_come_in_fives(seeds):
    with pytest.raises(ValueError, match="fives from multiples of 5"):
        chapter.train_fives("clean labels", seeds)


def test_what_is_learned_of_labels_is_that_of_the_first_networks(short):
    kind = "40 % wrong labels"
    arms = chapter.train_fives(kind, range(5))
    found = chapter.learned_labels(arms, kind)
    assert dict(found.sizes) == {"arm": 2, "seed": 1}
    for arm in arms.arm.values:
        network = arms.network.sel(arm=arm).values[0, 0]
        want = learned_shares(network, 0, 0.4)
        assert_array_equal([float(found[n].sel(arm=arm)[0]) for n in found.data_vars], want)


def test_arms_have_a_p_and_a_learning_rate_each(short):
    arms = {"no dropout": (0.0, 0.1), "dropout": (0.5, 0.2)}
    found = chapter.train_arms(arms, [3, 5])
    for name, (p, lr) in arms.items():
        want = plain(8, p, lr, [3, 5])
        assert_allclose(found.test_error.sel(arm=name), want.test_error, atol=1e-6)
        assert_allclose(found.train_error.sel(arm=name), want.train_error, atol=1e-6)
    assert np.isfinite(found.test_loss).all() and "epoch" not in found.coords


def test_number_of_signals_and_epochs_can_be_set(short):
    found = chapter.train_arms({"one": (0.0, 0.1)}, [3], n_train=100, epochs=2)
    want = fleet(
        mlp(8), signals, n_train=100, seeds=[3], lr=0.1, schedule="cosine", epochs=2, report=[2]
    )
    assert_allclose(found.test_error[0], want.test_error[:, 0], atol=1e-6)


def test_tiny_networks_have_twelve_units_in_all_and_answer_300_test_examples(short, monkeypatch):
    compared = []

    def compare(network, x, y, p):
        widths = [m.out_features for m in network.modules() if isinstance(m, torch.nn.Linear)]
        compared.append((widths, len(x), len(y), p))
        return {"gap": 0.0}

    monkeypatch.setattr(chapter, "compare_averages", compare)
    chapter.compare_averages_of_networks([3])
    assert compared == [([12, 10], 300, 300, 0.2), ([6, 6, 10], 300, 300, 0.2)]


def test_tiny_networks_compare_their_averages(short):
    found = chapter.compare_averages_of_networks([3, 5], hidden=(4, 2), examples=20)
    assert dict(found.sizes) == {"layers": 2, "seed": 2}
    assert (found.geometric_gap.sel(layers=1) < 1e-12).all()
    assert (found.geometric_gap.sel(layers=2) > 1e-9).all()
    run = fleet(
        mlp(2, depth=2, dropout=0.2), signals, n_train=200, seeds=[3, 5], lr=0.1,
        schedule="cosine", epochs=1, report=[1], keep="networks",
    )  # fmt: skip
    test = signals(5).test
    want = compare_averages(run.network.values[1], test.x[:20], test.y[:20], 0.2)
    for name, value in want.items():
        assert_allclose(found[name].sel(layers=2, seed=5), value, rtol=1e-6)
