"""Soft sharing: the laws of the true weights, what is measured, and one network by `fit`."""

import pytest
import torch

from reglab.chapters.parameter_sharing import soft as chapter
from reglab.data import signals
from reglab.sharing import SoftSharing
from reglab.train import fit, mlp


def test_three_values():
    drawn = torch.stack([chapter.true_weights(seed, "three values") for seed in range(200)])
    assert drawn.unique().tolist() == [-1, 0, 1]
    assert drawn.square().mean().item() == pytest.approx(2 / 3, abs=0.02)


def test_normal_weights_have_the_same_variance():
    drawn = torch.stack([chapter.true_weights(seed, "normal") for seed in range(200)])
    assert len(drawn.unique()) > 10_000
    assert drawn.square().mean().item() == pytest.approx(2 / 3, abs=0.02)


@pytest.mark.parametrize("values", chapter.VALUES)
def test_examples_follow_the_weights_with_this_noise(values):
    data = chapter.regression(4190, values)
    rest = data.test.y - data.test.x @ chapter.true_weights(4190, values)
    assert rest.std().item() == pytest.approx(chapter.NOISE, rel=0.05)
    assert len(data.train) == chapter.EXAMPLES


def test_excess_error_is_the_squared_distance_from_the_true_weights():
    arms = {"none": [], "soft": [SoftSharing(0.02, 3, 2, 0.2)]}
    runs = chapter.fit_lines([4190, 4191], "normal", arms, epochs=5)
    for arm in arms:
        network = runs.network.sel(arm=arm, seed=4191).item()
        want = (
            (network.weight.detach()[0] - chapter.true_weights(4191, "normal"))
            .square()
            .sum()
            .item()
        )
        assert runs.excess_error.sel(arm=arm, seed=4191).item() == pytest.approx(want)


def test_without_penalty_and_with_time_it_is_least_squares():
    runs = chapter.fit_lines([4190], "normal", {"none": []}, epochs=1500)
    data = chapter.regression(4190, "normal").train
    want = torch.linalg.lstsq(data.x, data.y[:, None]).solution[:, 0]
    assert torch.allclose(runs.network.item().weight.detach()[0], want, atol=1e-2)


def test_a_line_starts_at_0():
    assert not chapter.zero_line().weight.any()


def test_a_network_is_what_fit_trains():
    technique = SoftSharing(1e-4, 3, 2, 0.1)
    arms = {"soft": dict(lr=0.05, techniques=[technique])}
    runs = chapter.train_mlps([4190], arms, epochs=1)
    data = signals(4190, label_noise=chapter.WRONG)
    network = mlp(64).build(40, 10, seed=4190)
    fit(network, data, epochs=1, lr=0.05, schedule="cosine", seed=4190, techniques=[technique])
    error = (network.eval()(data.test.x).argmax(1) != data.test.y).double().mean().item()
    assert runs.test_error.item() == pytest.approx(error, abs=2e-3)


def test_both_laws_have_the_same_arms():
    assert tuple(chapter.LINES) == chapter.VALUES
    assert len({tuple(arms) for arms in chapter.LINES.values()}) == 1


def test_an_arm_for_each_strength():
    arms = chapter.soft_arms([0.0, 0.04])
    assert arms == {"0": [], "0.04": [SoftSharing(0.04, components=3, min_width=0.2)]}
