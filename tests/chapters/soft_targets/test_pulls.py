"""Pulls against differences of the losses, resting gaps in closed form, the bandit's limit."""

import numpy as np
import pytest

from reglab.chapters.soft_targets import pulls
from reglab.targets import (
    ConfidencePenalty,
    EntropyMinimization,
    LabelSmoothing,
    best_logit_gap,
)


def losses(g, eps=0.0, beta=0.0):
    """Cross-entropy of smoothed targets minus beta H, by probabilities."""
    p, other = np.exp(g) / (np.exp(g) + 9), 1 / (np.exp(g) + 9)
    ce = -(1 - eps + eps / 10) * np.log(p) - 9 * eps / 10 * np.log(other)
    return ce + beta * (p * np.log(p) + 9 * other * np.log(other))


CASES = [
    (None, {}),
    (LabelSmoothing(0.2), {"eps": 0.2}),
    (ConfidencePenalty(0.5), {"beta": 0.5}),
    (EntropyMinimization(0.5), {"beta": -0.5}),
]


@pytest.mark.parametrize("technique, settings", CASES)
def test_pull_is_minus_the_slope_of_the_loss(technique, settings):
    gaps = np.linspace(-3, 8, 12)
    want = -(losses(gaps + 1e-5, **settings) - losses(gaps - 1e-5, **settings)) / 2e-5
    assert np.allclose(pulls.pull(technique, gaps), want, atol=1e-8)


def test_smoothing_rests_at_the_known_gap():
    found = pulls.resting_gap(pulls.pulls([0.05, 0.1, 0.3], [0.1])["label smoothing"])
    want = [best_logit_gap(eps, 10) for eps in (0.05, 0.1, 0.3)]
    assert np.allclose(found, want, atol=1e-2)


def test_only_smoothing_and_the_penalty_rest():
    all_four = pulls.pulls([0.1], [0.5])
    assert np.isnan(pulls.resting_gap(all_four["cross-entropy"]))
    assert np.isnan(pulls.resting_gap(all_four["CE + βH"])).all()
    gap = float(pulls.resting_gap(all_four["CE − βH"])[0])
    assert abs(pulls.pull(ConfidencePenalty(0.5), np.array([gap]))[0]) < 1e-3


def test_at_strength_0_all_are_cross_entropy():
    off = pulls.pulls([0.0], [0.0])
    for name in ("label smoothing", "CE − βH", "CE + βH"):
        assert np.allclose(off[name].squeeze(), off["cross-entropy"])


def test_the_bandit_with_a_bonus_ends_at_softmax_of_rewards():
    policy = pulls.play_bandit(steps=1500).sel(beta=0.1).isel(step=-1)
    want = np.exp(np.array(pulls.REWARDS) / 0.1)
    assert np.allclose(policy, want / want.sum(), atol=5e-3)


def test_the_bandit_s_sign_decides():
    best = pulls.play_bandit(steps=300).isel(arm=0)
    assert (best.isel(step=0) < 0.01).all()
    ends = best.isel(step=-1)
    assert ends.sel(beta=0.1) > 0.8
    assert ends.sel(beta=0.0) < 0.01 and ends.sel(beta=-0.1) < best.isel(step=0).sel(beta=-0.1)


def test_one_step_of_the_bandit_by_hand():
    start = np.array([0.0, 1.0])
    p = np.exp(start) / np.exp(start).sum()
    step = 0.5 * p * (np.array([1.0, 0.0]) - p[0])
    after = pulls.play_bandit([0.0], [1.0, 0.0], start, steps=1, lr=0.5).isel(beta=0, step=1)
    want = np.exp(start + step)
    assert np.allclose(after, want / want.sum())
